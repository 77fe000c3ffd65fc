"""Rows of the exchange that nobody needs any more, dropped some thousands a day.

What is kept, however old: a delivery that is still open; the latest one about an object to an inbox, since whoever
received it is told of its end even if they follow no more; and everything about follows, quotes and moves, which are
sent again when somebody asks again. Envelopes stay, emptied by `tidy`: their ids tell a repetition for good.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from federation.models import Activity, Delivery, DeliveryState, Notice

__all__ = ["BROADCAST", "Purged", "forget_said", "old_deliveries", "purge"]

BROADCAST = ("Create", "Update", "Announce")  # what tells of a state, and is told anew when the state changes
ENDING = ("Delete", "Undo")  # what takes back, and says nothing else
WORDS = frozenset({"content", "contentMap", "name", "nameMap", "summary", "summaryMap", "source"})
HEAD = ("@context", "id", "type", "actor", "published", "to", "cc")
BATCH, BATCHES = 500, 40  # rows deleted by one statement, statements in one run
Purged = tuple[int, int]


def purge(*, now: datetime) -> Purged:
    """Drop old rows of finished deliveries and notices that were read; return how many of each."""
    limit = now - timedelta(days=settings.TRAFFIC_KEPT_DAYS)
    return _drop(old_deliveries(limit)), _drop(Notice.objects.filter(read_at__lt=limit))


def old_deliveries(limit: datetime) -> QuerySet[Delivery]:
    """Return deliveries of broadcasts that ended before `limit` and that a later one has replaced, or that failed."""
    later = Delivery.objects.filter(
        inbox=OuterRef("inbox"), object_uri=OuterRef("object_uri"), state=DeliveryState.DONE, id__gt=OuterRef("id")
    )
    replaced = Q(state=DeliveryState.DONE) & Exists(later)
    failed = Q(state__in=[DeliveryState.REFUSED, DeliveryState.EXPIRED])
    return Delivery.objects.filter(replaced | failed, done_at__lt=limit, activity__kind__in=BROADCAST)


def _drop(rows: QuerySet[Delivery] | QuerySet[Notice]) -> int:
    """Delete the rows, a bounded number at a time, the oldest first."""
    total = 0
    for _batch in range(BATCHES):
        keys = list(rows.order_by("id").values_list("id", flat=True)[:BATCH])
        if not keys:
            break
        number, _ = rows.model._default_manager.filter(id__in=keys).delete()
        total += number
    return total


def forget_said(actor: str, *, now: datetime) -> None:
    """Take their words out of what an actor of ours, who is gone, told others: what still waits is not sent.

    What told of a state names its object alone from now on; of agreements everything but the words stays, since both
    sides hold each other to them. To whom something went stays too: they are told of its end.
    """
    waiting = Delivery.objects.filter(activity__actor=actor, activity__kind__in=BROADCAST, state=DeliveryState.QUEUED)
    waiting.update(state=DeliveryState.EXPIRED, done_at=now)
    for row in Activity.objects.filter(actor=actor).exclude(kind__in=ENDING):
        said = json.loads(bytes(row.body))
        bare = _head(said, row.object_uri) if row.kind in BROADCAST else _wordless(said)
        row.body = json.dumps(bare, ensure_ascii=False, separators=(",", ":")).encode()
        row.save(update_fields=["body"])


def _head(said: dict[str, Any], about: str) -> dict[str, Any]:
    return {name: said[name] for name in HEAD if name in said} | {"object": about}


def _wordless(said: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(said, list):
        return [_wordless(each) for each in said]
    if isinstance(said, dict):
        return {name: _wordless(each) for name, each in said.items() if name not in WORDS}
    return said
