"""Deliver what is queued: lease due rows, send them side by side, record the answers; no row is held while it is sent.

A host belongs to one worker at a time, so that it never gets more than two messages at once, and of the messages about
one object to one inbox only the first is due. A worker killed in between leaves leases that run out: those messages are
sent again, and receivers know their ids.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from federation import forms, keys, outcomes, posting
from federation.models import Activity, Delivery, DeliveryState, Host
from federation.queries import OPEN, exchange_rule
from federation.readers import MEMBERS, members_elsewhere
from federation.rules.delivery import Audience, is_error, may_have_moved
from network.clock import now

__all__ = ["deliver_due", "due", "lease"]

log = logging.getLogger("toile.federation")

AT_A_TIME = 500  # rows
OF_ONE_HOST = 100  # rows in one lease: a slow host must not fill it
PATIENCE_S = 60.0  # for one call
BATCH_S = 15.0  # for one lease: no request begins later
LEASE = timedelta(seconds=30)  # BATCH_S, the deadline of one POST, and some air


def deliver_due() -> int:
    """Send what is due, for a minute at most; return how many rows were tried."""
    end, tried = time.monotonic() + PATIENCE_S, 0
    while time.monotonic() < end and (rows := lease(AT_A_TIME)):
        tried += _deliver(rows, min(end, time.monotonic() + BATCH_S))
    return tried


# --- Leasing ----------------------------------------------------------------------------------------------


def due(moment: datetime) -> QuerySet[Delivery]:
    """Return rows whose time has come, without those that wait for an earlier one of the same inbox and object."""
    mine = Delivery.objects.filter(inbox=OuterRef("inbox"), object_uri=OuterRef("object_uri"), id__lt=OuterRef("id"))
    ready = Q(state=DeliveryState.QUEUED, next_attempt_at__lte=moment)
    dropped = Q(state=DeliveryState.SENDING, lease_until__lt=moment)
    return Delivery.objects.filter(ready | dropped).exclude(Exists(mine.filter(state__in=OPEN)))


def lease(limit: int) -> list[Delivery]:
    """Take due rows for `LEASE`, at most `limit`, of hosts that no other worker is sending to.

    A host whose breaker is open gives one row, or none. The hosts' rows are locked first, so that two workers part
    the hosts between them. What waits for a node with which we speak no more, or is for members and waits for somebody
    who is one no longer, is dropped instead.
    """
    moment = now()
    with transaction.atomic():
        _drop_unwelcome(moment)
        patience = _claimed(_free(moment), moment, limit)
        rows = _chosen(patience, moment, limit) if patience else []
        while outsiders := _outsiders(rows):
            _drop(Delivery.objects.filter(pk__in=outsiders), "left", moment)
            rows = _chosen(patience, moment, limit)
        _mark(rows, moment + LEASE)
        return rows


def _drop_unwelcome(moment: datetime) -> None:
    """End what a node is not to get: it was under way, or queued at the same moment, when the node was blocked."""
    may = exchange_rule()
    hosts = [host for host in _hosts_of(due(moment)) if not may(host)]
    if hosts:
        _drop(Delivery.objects.filter(host__in=hosts, state__in=OPEN), "blocked", moment)


def _drop(rows: QuerySet[Delivery], why: str, moment: datetime) -> None:
    rows.update(state=DeliveryState.REFUSED, last_status=why, lease_until=None, done_at=moment)


def _outsiders(rows: list[Delivery]) -> list[int]:
    """Return those of these rows that would bring what is for members to somebody who left, or was excluded, meanwhile.

    Of its end (Delete) whoever had it is told all the same.
    """
    inside = cache(lambda named: {one.inbox for one in members_elsewhere(Audience(named))})
    named = {row.pk: _members_named(row.activity) for row in rows}
    return [row.pk for row in rows if named[row.pk] and row.inbox not in inside(named[row.pk])]


def _members_named(activity: Activity) -> tuple[str, ...]:
    """Return the collections of members to which a Create or an Update is addressed; mostly none."""
    if activity.public or activity.kind not in {"Create", "Update"}:
        return ()
    return tuple(uri for uri in json.loads(bytes(activity.body))["to"] if uri.endswith(MEMBERS))


def _hosts_of(rows: QuerySet[Delivery]) -> set[str]:
    return set(rows.order_by().values_list("host", flat=True).distinct())


def _free(moment: datetime) -> QuerySet[Delivery]:
    """Return due rows of hosts that nobody is sending to and whose breaker lets something through."""
    sending = Delivery.objects.filter(state=DeliveryState.SENDING, lease_until__gte=moment).values("host")
    resting = Host.objects.filter(open_until__gt=moment, probe_until__gt=moment).values("origin")
    return due(moment).exclude(host__in=sending).exclude(host__in=resting)


def _claimed(rows: QuerySet[Delivery], moment: datetime, limit: int) -> dict[str, int]:
    """Lock the hosts of these rows that are not locked; return how many rows each may be given."""
    origins = sorted(_hosts_of(rows))[:limit]
    if not origins:
        return {}
    known = set(Host.objects.filter(origin__in=origins).values_list("origin", flat=True))
    missing = [Host(origin=origin) for origin in origins if origin not in known]
    Host.objects.bulk_create(missing, ignore_conflicts=True)
    locked = Host.objects.select_for_update(skip_locked=True).filter(origin__in=origins).order_by("origin")
    found = {host.origin: outcomes.health_of(host) for host in locked}
    return {
        origin: 1 if health.is_open(moment) else OF_ONE_HOST
        for origin, health in found.items()
        if health.patience(moment)
    }


def _chosen(rooms: dict[str, int], moment: datetime, limit: int) -> list[Delivery]:
    """Return the rows to send, looked up anew now that their hosts are ours: every host's first before any second."""
    place = Window(RowNumber(), partition_by=F("host"), order_by=[F("next_attempt_at").asc(), F("id").asc()])
    ranked = _free(moment).filter(host__in=rooms).annotate(place=place).filter(place__lte=OF_ONE_HOST)
    given = Counter[str]()
    chosen = []
    for pk, host in ranked.order_by("place", "next_attempt_at", "id").values_list("pk", "host")[:limit]:
        if given[host] < rooms[host]:
            given[host] += 1
            chosen.append(pk)
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("activity")
    return list(rows.filter(pk__in=chosen).order_by("next_attempt_at", "id"))


def _mark(rows: list[Delivery], until: datetime) -> None:
    ours = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    ours.update(state=DeliveryState.SENDING, lease_until=until, attempts=F("attempts") + 1)
    for row in rows:
        row.state, row.lease_until, row.attempts = DeliveryState.SENDING, until, row.attempts + 1
    probed = Host.objects.filter(origin__in={row.host for row in rows}, open_until__gt=until - LEASE)
    probed.update(probe_until=until)


# --- Sending ----------------------------------------------------------------------------------------------


def _deliver(rows: list[Delivery], until: float) -> int:
    """Send leased rows, record answers as they come, those that need a look at the actor last; return how many went."""
    leased = {row.pk: row for row in rows}
    hosts = {row.host for row in rows}
    moment, tried = now(), 0
    patience = {host.origin: outcomes.health_of(host).patience(moment) or 1 for host in _hosts(hosts)}
    aside: list[posting.Posted] = []
    with closing(posting.post_all(_parcels(rows, hosts), patience, until)) as groups:
        for group in groups:
            aside += [posted for posted in group if _needs_look(posted)]
            outcomes.record([posted for posted in group if not _needs_look(posted)], leased)
            tried += sum(posted.answer is not None for posted in group)
    outcomes.look_and_record(aside, leased)
    return tried


def _hosts(origins: Iterable[str]) -> QuerySet[Host]:
    return Host.objects.filter(origin__in=origins)


def _needs_look(posted: posting.Posted) -> bool:
    return posted.answer is not None and may_have_moved(posted.answer.status)


def _parcels(rows: list[Delivery], hosts: set[str]) -> list[posting.Parcel]:
    """Return the rows as they are sent: nothing in them needs the database any more."""
    signers = {actor: keys.signing_key(actor) for actor in {row.activity.actor for row in rows}}
    known = forms.forms_for(hosts)
    unproven = hosts.difference(_hosts(hosts).exclude(form="").values_list("origin", flat=True))
    return [
        posting.Parcel(
            row=row.pk,
            inbox=row.inbox,
            host=row.host,
            body=bytes(row.activity.body),
            signer=signers[row.activity.actor],
            form=forms.turned(known[row.host], row.attempts) if _may_misread(row, unproven) else known[row.host],
        )
        for row in rows
    ]


def _may_misread(row: Delivery, unproven: set[str]) -> bool:
    """Whether a host, which has never let us in, may fail at how we sign: then both forms are tried in turns."""
    return row.host in unproven and row.last_status.isdigit() and is_error(int(row.last_status))
