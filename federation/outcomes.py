"""What an answer to a delivery means, written down: for the row, its host, its followers, and the operator.

One transaction for a group of answers. Hosts are locked before rows, everywhere.
"""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from federation import readings, whereabouts
from federation.forms import REMEMBERED
from federation.models import Delivery, DeliveryState, Follow, Host, Node, Notice
from federation.posting import Posted
from federation.queries import OPEN
from federation.rules.delivery import (
    GIVE_UP_AFTER,
    GONE,
    OUR_HEADERS,
    PATIENT,
    UNAUTHORISED,
    WELL,
    Health,
    Next,
    Verdict,
    after_attempt,
    is_ill,
    names_delay,
)
from network.clock import now

__all__ = ["health_of", "look_and_record", "record"]

log = logging.getLogger("toile.federation")

STATE_AFTER = {
    Verdict.DONE: DeliveryState.DONE,
    Verdict.AGAIN: DeliveryState.QUEUED,
    Verdict.REFUSED: DeliveryState.REFUSED,
    Verdict.EXPIRED: DeliveryState.EXPIRED,
}
ASKED_FOR_TIME = [str(status) for status in {*PATIENT, UNAUTHORISED}]
LOOKS_S = 30.0  # looking up actors takes no longer, for one batch
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class _Result:
    """A row that was tried, the status that came (0: none), in words, and what follows from it."""

    row: Delivery
    status: int
    word: str
    then: Next
    form: str
    names_delay: bool

    @property
    def unauthorised(self) -> int:
        """How often the row has met 401."""
        return self.row.unauthorised + (self.status == UNAUTHORISED)


def health_of(host: Host) -> Health:
    """Return the breaker of a host."""
    return Health(host.failures, host.open_until, host.probe_until)


def record(group: Iterable[Posted], leased: dict[int, Delivery]) -> None:
    """Write down what came of these parcels; `leased` are the rows by their marks. What was not tried is released."""
    moment, told = now(), list(group)
    results = [_result(posted, leased[posted.parcel.row], moment) for posted in told if posted.answer is not None]
    with transaction.atomic():
        _heed_hosts(results, moment)
        _write(results, moment)
        _release([leased[posted.parcel.row] for posted in told if posted.answer is None])
        _heed_inboxes(results, moment)
        readings.learn(((one.row.host, one.row.activity.object_type, one.status) for one in results), moment)
        _notice(results, moment)


def look_and_record(group: list[Posted], leased: dict[int, Delivery]) -> None:
    """Look again where the actors of these inboxes receive; what has moved follows, the rest is recorded as it is."""
    rows: dict[str, list[Delivery]] = defaultdict(list)
    for posted in group:
        rows[posted.parcel.inbox].append(leased[posted.parcel.row])
    end, moved = time.monotonic() + LOOKS_S, set[str]()
    for inbox, waiting in rows.items():
        since = max(row.queued_at for row in waiting)
        new = whereabouts.moved_to(inbox, since=since) if time.monotonic() < end else ""
        if new:
            whereabouts.follow_move(inbox, new, [row.pk for row in waiting])
            moved.add(inbox)
    record([posted for posted in group if posted.parcel.inbox not in moved], leased)


def _result(posted: Posted, row: Delivery, moment: datetime) -> _Result:
    answer = posted.answer
    status = answer.status if answer else 0
    then = after_attempt(
        status=status,
        attempts=row.attempts,
        unauthorised=row.unauthorised + (status == UNAUTHORISED),
        queued_at=row.queued_at,
        now=moment,
        jitter=_chance.uniform(-1, 1),
        retry_after=answer.retry_after if answer else None,
    )
    word = str(status or (answer.error if answer else ""))[:60]
    if then.verdict in {Verdict.REFUSED, Verdict.EXPIRED}:
        log.warning("delivery %s to %s: %s after %s", then.verdict.value, row.inbox, word, row.attempts)
    return _Result(row, status, word, then, posted.form, bool(answer and names_delay(status, answer.retry_after)))


# --- Rows -------------------------------------------------------------------------------------------------


def _write(results: list[_Result], moment: datetime) -> None:
    """Write each row's outcome, equal ones in one statement, unless another worker has taken the row over since.

    That a message was received stays true, whoever has the row by now.
    """
    alike: dict[tuple[Any, ...], list[_Result]] = defaultdict(list)
    for one in results:
        alike[one.then, one.word, one.unauthorised, one.row.lease_until].append(one)
    for (then, word, unauthorised, lease_until), same in alike.items():
        rows = Delivery.objects.filter(pk__in=[one.row.pk for one in same], state__in=OPEN)
        if then.verdict is not Verdict.DONE:
            rows = rows.filter(state=DeliveryState.SENDING, lease_until=lease_until)
        rows.update(
            state=STATE_AFTER[then.verdict],
            last_status=word,
            unauthorised=unauthorised,
            lease_until=None,
            next_attempt_at=then.at or F("next_attempt_at"),
            done_at=None if then.verdict is Verdict.AGAIN else moment,
        )


def _release(rows: list[Delivery]) -> None:
    """Give back what was leased and not tried: its time has still come."""
    ours = Delivery.objects.filter(pk__in=[row.pk for row in rows], state=DeliveryState.SENDING)
    untried = {"state": DeliveryState.QUEUED, "lease_until": None, "attempts": F("attempts") - 1}
    ours.filter(lease_until__in={row.lease_until for row in rows}).update(**untried)


def _heed_inboxes(results: list[_Result], moment: datetime) -> None:
    """End what is gone; leave alone what asks for time; note who was heard of."""
    for inbox in {one.row.inbox for one in results if one.status == GONE}:
        Follow.objects.filter(Q(inbox=inbox) | Q(shared_inbox=inbox), outgoing=False).delete()
        waiting = Delivery.objects.filter(inbox=inbox, state=DeliveryState.QUEUED)
        waiting.update(state=DeliveryState.REFUSED, last_status=str(GONE), done_at=moment)
    for one in results:
        if one.names_delay and one.then.at:
            waiting = Delivery.objects.filter(host=one.row.host, state=DeliveryState.QUEUED)
            waiting.filter(next_attempt_at__lt=one.then.at).update(next_attempt_at=one.then.at)
    done = {one.row.host for one in results if one.then.verdict is Verdict.DONE}
    Node.objects.filter(origin__in=done).update(last_seen_at=moment)


# --- Hosts ------------------------------------------------------------------------------------------------


def _heed_hosts(results: list[_Result], moment: datetime) -> None:
    """Count failures in a row, close the breaker of a host that answers, learn how each likes to be signed to."""
    by_host: dict[str, list[_Result]] = defaultdict(list)
    for one in results:
        by_host[one.row.host].append(one)
    learnt: dict[str, list[int]] = defaultdict(list)
    for host in Host.objects.select_for_update().filter(origin__in=by_host).order_by("origin"):
        form = next((one.form for one in reversed(by_host[host.origin]) if one.form), "")
        if form and (host.form != form or host.form_at is None or host.form_at <= moment - REMEMBERED):
            learnt[form].append(host.pk)
        _keep_health(host, by_host[host.origin], moment)
    for form, pks in learnt.items():
        Host.objects.filter(pk__in=pks).update(form=form, form_at=moment)


def _keep_health(host: Host, results: list[_Result], moment: datetime) -> None:
    before = health = health_of(host)
    for one in results:
        health = health.failed(moment) if is_ill(one.status) else WELL
    if health == before:
        return
    host.failures, host.open_until, host.probe_until = health.failures, health.open_until, health.probe_until
    host.save(update_fields=["failures", "open_until", "probe_until"])
    if health == WELL and before.open_until is not None:
        _wake(host.origin, moment)


def _wake(origin: str, moment: datetime) -> None:
    """The host answers again: what failed while it was unwell goes at once; what it asked to wait for still waits."""
    waiting = Delivery.objects.filter(host=origin, state=DeliveryState.QUEUED, next_attempt_at__gt=moment)
    waiting.exclude(last_status__in=ASKED_FOR_TIME).update(next_attempt_at=moment)


# --- The operator -----------------------------------------------------------------------------------------


def _notice(results: list[_Result], moment: datetime) -> None:
    """Tell the operator of peers that refuse how we write, and of messages that expired: one notice for a host."""
    for origin in {one.row.host for one in results if one.status in OUR_HEADERS}:
        _tell("our_headers_refused", origin, 1)
    expired = defaultdict[str, int](int)
    for one in results:
        if one.then.verdict is Verdict.EXPIRED:
            expired[one.row.host] += 1
    for origin, count in expired.items():
        _tell("delivery_expired", origin, count + _expire_others(origin, moment))


def _expire_others(origin: str, moment: datetime) -> int:
    """End what waited as long behind the same host, and could not be tried; return how many."""
    old = Delivery.objects.filter(host=origin, state=DeliveryState.QUEUED, queued_at__lte=moment - GIVE_UP_AFTER)
    return old.update(state=DeliveryState.EXPIRED, done_at=moment)


def _tell(code: str, origin: str, count: int) -> None:
    notice = Notice.objects.filter(code=code, about=origin, read_at=None).first()
    if notice is None:
        Notice.objects.create(code=code, about=origin, facts={"count": count})
        return
    notice.facts = {**notice.facts, "count": notice.facts.get("count", 0) + count}
    notice.save(update_fields=["facts"])
