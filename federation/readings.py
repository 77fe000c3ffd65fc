"""What each peer reads, as its answers tell; and what it is sent instead of what it never will."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from federation.models import Activity, Delivery, DeliveryState, Reading
from federation.rules.delivery import PROPOSAL, Reception, companion_of, is_error
from federation.signals import deliveries_queued
from network.signals import announce

__all__ = ["learn"]

log = logging.getLogger("toile.federation")

OFTEN_ENOUGH = timedelta(hours=1)  # a peer that takes everything is noted no more often

Pair = tuple[str, str]  # origin and type of object


def learn(answers: Iterable[tuple[str, str, int]], moment: datetime) -> None:
    """Remember how peers took what they were sent: (origin, type of object, status) of each answer, in order.

    Where a peer turns out to read one type never, its open rows of that type end, and companions are queued. Runs in
    the caller's transaction.
    """
    told: dict[Pair, list[int]] = defaultdict(list)
    for origin, object_type, status in answers:
        if 200 <= status < 300 or is_error(status):
            told[origin, object_type].append(status)
    if not told:
        return
    known: dict[Pair, Reading] = {
        (row.origin, row.object_type): row for row in Reading.objects.filter(origin__in={origin for origin, _ in told})
    }
    failing = {origin for (origin, _), row in known.items() if row.first_failed_at}
    failing |= {origin for (origin, _), statuses in told.items() if any(is_error(status) for status in statuses)}
    fresh = [pair for pair in told if pair not in known]
    known |= {pair: Reading(origin=pair[0], object_type=pair[1]) for pair in fresh}
    changed = [pair for pair in told if _changes(known[pair], told[pair], moment, pair[0] in failing)]
    Reading.objects.bulk_create([known[pair] for pair in fresh], ignore_conflicts=True)
    for pair in set(changed).difference(fresh):
        known[pair].save(update_fields=["accepted_at", "failures", "first_failed_at"])
    for pair in told:
        if pair[0] in failing and _is_hopeless(known, pair, moment):
            _give_up(*pair)


def _changes(row: Reading, statuses: list[int], moment: datetime, closely: bool) -> bool:
    """Fold the answers into the row; return whether that is worth writing."""
    before = reception = Reception(row.accepted_at, row.failures, row.first_failed_at)
    for status in statuses:
        reception = reception.failed(moment) if is_error(status) else reception.accepted(moment)
    row.accepted_at, row.failures = reception.accepted_at, reception.failures
    row.first_failed_at = reception.first_failed_at
    at_ease = before.accepted_at is not None and moment - before.accepted_at < OFTEN_ENOUGH
    return closely or not at_ease


def _is_hopeless(known: dict[Pair, Reading], pair: Pair, moment: datetime) -> bool:
    row = known[pair]
    others = [one.accepted_at for (origin, kind), one in known.items() if origin == pair[0] and kind != pair[1]]
    latest = max((at for at in others if at), default=None)
    reception = Reception(row.accepted_at, row.failures, row.first_failed_at)
    return reception.hopeless(moment, else_accepted_at=latest)


def _give_up(origin: str, object_type: str) -> None:
    """Send this peer nothing more of this type: what waits is refused, and said in the companion form if there is one.

    Rows being sent are left: their answers come back here.
    """
    if Reading.objects.filter(origin=origin, object_type=object_type, unread=False).update(unread=True):
        log.warning("%s does not read objects of type %s: given up", origin, object_type)
    waiting = Delivery.objects.filter(host=origin, state=DeliveryState.QUEUED, activity__object_type=object_type)
    if object_type == PROPOSAL:
        _queue_companions(waiting.order_by("id").values_list("activity__uri", "object_uri", "inbox"), origin)
    waiting.update(state=DeliveryState.REFUSED, last_status="unread")


def _queue_companions(rows: Iterable[tuple[str, str, str]], origin: str) -> None:
    wanted = [(*companion_of(activity, object_uri), inbox) for activity, object_uri, inbox in rows]
    found = {one.uri: one for one in Activity.objects.filter(uri__in=[uri for uri, _, _ in wanted])}
    companions = [
        Delivery(activity=found[uri], inbox=inbox, host=origin, object_uri=note)
        for uri, note, inbox in wanted
        if uri in found
    ]
    Delivery.objects.bulk_create(companions, ignore_conflicts=True)
    announce(deliveries_queued)
