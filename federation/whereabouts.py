"""Where an inbox has gone: when it is not there, or no longer knows us, its actor is looked up once more."""

import logging
from datetime import datetime

from django.db import transaction

from federation import actors
from federation.errors import Unreachable, Untranslatable
from federation.models import Delivery, DeliveryState, Follow, RemoteActor
from federation.rules.origins import origin_of
from network.clock import now

__all__ = ["follow_move", "moved_to"]

log = logging.getLogger("toile.federation")


def moved_to(inbox: str, *, since: datetime) -> str:
    """Return where the actor behind `inbox` receives now, or the empty text if that is unknown or still there.

    The actor is fetched (a request of some seconds) unless that was done after `since`: a message makes us look once.
    """
    for column in ("inbox", "shared_inbox"):
        uri = _actor_behind(column, inbox)
        if not uri:
            continue
        known = RemoteActor.objects.filter(uri=uri).first()
        if known is None or known.fetched_at < since:
            known = _looked_up(uri)
        return _elsewhere(getattr(known, column), inbox) if known else ""
    return ""


def _actor_behind(column: str, inbox: str) -> str:
    follower = Follow.objects.filter(outgoing=False, **{column: inbox}).values_list("follower", flat=True).first()
    return follower or RemoteActor.objects.filter(**{column: inbox}).values_list("uri", flat=True).first() or ""


def _looked_up(uri: str) -> RemoteActor | None:
    try:
        actors.fetch(uri, now=now())
    except (Unreachable, Untranslatable) as error:
        log.info("not found again: %s (%s)", uri, error.code)
        return None
    return RemoteActor.objects.get(uri=uri)


def _elsewhere(found: str, inbox: str) -> str:
    return "" if found == inbox else found


@transaction.atomic
def follow_move(old: str, new: str, sending: list[int]) -> None:
    """Send what was for the inbox `old` to `new`: follows, what is queued, and the rows `sending`, which are ours."""
    log.warning("the inbox %s is now %s", old, new)
    for column in ("inbox", "shared_inbox"):
        Follow.objects.filter(outgoing=False, **{column: old}).update(**{column: new})
    rows = Delivery.objects.filter(inbox=old)
    rows = rows.filter(state=DeliveryState.QUEUED) | rows.filter(pk__in=sending, state=DeliveryState.SENDING)
    there = list(Delivery.objects.filter(inbox=new).values_list("activity", flat=True))
    rows.filter(activity__in=there).update(state=DeliveryState.REFUSED, last_status="moved", lease_until=None)
    again = {"state": DeliveryState.QUEUED, "lease_until": None, "attempts": 0, "next_attempt_at": now()}
    rows.exclude(activity__in=there).update(**again, inbox=new, host=origin_of(new), last_status="moved")
