"""Deliver what is queued: lease a row, send it, record the answer; a row is never held during the sending.

A worker killed in between leaves a lease that runs out: the message is sent again, and receivers know its id.
"""

import logging
import random
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from federation import client, keys
from federation.models import Delivery, DeliveryState, Follow, Node
from federation.queries import OPEN
from federation.rules.delivery import BREAKER_FAILURES, BREAKER_OPEN_S, GONE, PER_HOST, Next, Verdict, after_attempt
from network.clock import now

__all__ = ["deliver_due", "due"]

log = logging.getLogger("toile.federation")

LEASE = timedelta(seconds=20)  # twice the deadline of one POST
FAILURES_REMEMBERED_S = 3600
STATE_AFTER = {
    Verdict.DONE: DeliveryState.DONE,
    Verdict.AGAIN: DeliveryState.QUEUED,
    Verdict.REFUSED: DeliveryState.REFUSED,
    Verdict.EXPIRED: DeliveryState.EXPIRED,
}
_chance = random.SystemRandom()


def deliver_due(limit: int = 200) -> int:
    """Send what is due, one row after the other, at most `limit`; return how many were tried."""
    tried = 0
    while tried < limit and (row := _lease()):
        _send(row)
        tried += 1
    return tried


def due() -> QuerySet[Delivery]:
    """Return rows whose time has come, without those that wait for an earlier one of the same inbox and object."""
    moment = now()
    mine = Delivery.objects.filter(inbox=OuterRef("inbox"), object_uri=OuterRef("object_uri"), id__lt=OuterRef("id"))
    ready = Q(state=DeliveryState.QUEUED, next_attempt_at__lte=moment)
    dropped = Q(state=DeliveryState.SENDING, lease_until__lt=moment)
    return Delivery.objects.filter(ready | dropped).exclude(Exists(mine.filter(state__in=OPEN)))


def _lease() -> Delivery | None:
    """Take one due row for `LEASE`, of a host with fewer than two being sent; None if there is none."""
    with transaction.atomic():
        rows = due().exclude(host__in=_busy_hosts()).order_by("next_attempt_at", "id")
        row = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        row.state, row.lease_until, row.attempts = DeliveryState.SENDING, now() + LEASE, row.attempts + 1
        row.save(update_fields=["state", "lease_until", "attempts"])
        return row


def _busy_hosts() -> list[str]:
    sending = Delivery.objects.filter(state=DeliveryState.SENDING, lease_until__gte=now())
    busy = sending.values("host").annotate(number=Count("id")).filter(number__gte=PER_HOST)
    return list(busy.values_list("host", flat=True))


def _send(row: Delivery) -> None:
    activity = row.activity
    signer = keys.signing_key(activity.actor)
    answer = client.post(row.inbox, bytes(activity.body), signer=signer, activity_id=activity.uri)
    then = after_attempt(
        status=answer.status,
        attempts=row.attempts,
        queued_at=row.queued_at,
        now=now(),
        jitter=_chance.uniform(-1, 1),
        retry_after=answer.retry_after,
    )
    _record(row, then, str(answer.status or answer.error))
    _heed(row, answer.status, then)
    if then.verdict in {Verdict.REFUSED, Verdict.EXPIRED}:
        log.warning("delivery %s to %s: %s after %s", then.verdict.value, row.inbox, row.last_status, row.attempts)


def _record(row: Delivery, then: Next, status: str) -> None:
    """Write the outcome, unless another worker has taken the row over since."""
    row.last_status = status[:60]
    Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING, attempts=row.attempts).update(
        state=STATE_AFTER[then.verdict],
        last_status=row.last_status,
        lease_until=None,
        next_attempt_at=then.at or row.next_attempt_at,
        done_at=None if then.verdict is Verdict.AGAIN else now(),
    )


def _heed(row: Delivery, status: int, then: Next) -> None:
    """Learn from the answer: a host that answers is well, one that fails again and again is left alone for a while."""
    if then.verdict is Verdict.DONE:
        Node.objects.filter(origin=row.host).update(last_seen_at=now())
    if status == GONE:
        Follow.objects.filter(Q(inbox=row.inbox) | Q(shared_inbox=row.inbox), outgoing=False).delete()
    if then.ill:
        _count_failure(row.host)
    elif status:
        _forgive(row.host)


def _count_failure(host: str) -> None:
    """Count failures in a row; from the fifth on, everything for this host waits for the breaker to close."""
    key = _breaker(host)
    cache.add(key, 0, FAILURES_REMEMBERED_S)
    if cache.incr(key) >= BREAKER_FAILURES:
        until = now() + timedelta(seconds=BREAKER_OPEN_S)
        waiting = Delivery.objects.filter(host=host, state=DeliveryState.QUEUED, next_attempt_at__lt=until)
        waiting.update(next_attempt_at=until)


def _forgive(host: str) -> None:
    """The host answers again: close its breaker, and let what never was tried go at once."""
    if (cache.get(_breaker(host)) or 0) >= BREAKER_FAILURES:
        rested = Delivery.objects.filter(host=host, state=DeliveryState.QUEUED, next_attempt_at__gt=now())
        rested.update(next_attempt_at=F("queued_at"))
    cache.delete(_breaker(host))


def _breaker(host: str) -> str:
    return f"federation-failures:{host}"
