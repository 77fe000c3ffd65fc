"""Rows of the exchange that nobody needs any more, dropped some thousands a day.

What is kept, however old: a delivery that is still open; the latest one about an object to an inbox, since whoever
received it is told of its end even if they follow no more; and everything about follows, quotes and moves, which are
sent again when somebody asks again. Envelopes stay, emptied by `tidy`: their ids tell a repetition for good.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from federation.models import Delivery, DeliveryState, Notice

__all__ = ["BROADCAST", "Purged", "old_deliveries", "purge"]

BROADCAST = ("Create", "Update", "Announce")  # what tells of a state, and is told anew when the state changes
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
