"""Catch up with an actor we follow: what it said since we last looked, and what it offers today.

Its outbox is read newest first, down to the item seen last or the budget, then applied oldest first by the same
handlers as messages. Outboxes forget deletions, so its `offers` are compared with what we hold. Bounded: at most 50
pages and 1,000 items of each, and a few minutes in all; what is left is read the next time. After a gap in the worker's
heartbeat every follow is caught up with.
"""

import json
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from federation import actors, client, inbox
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import Envelope, Follow, FollowState, Heartbeat, Outcome
from federation.queries import is_ours
from federation.received import offers
from federation.rules import strict_json
from federation.rules.origins import id_of, is_uri, origin_of, same_origin
from federation.rules.vocabulary import NODE_TYPES
from federation.steps import vet
from network.clock import now
from network.errors import DomainError
from network.models import Offer, OfferState, Visibility

__all__ = ["GAP", "RUN_S", "beat", "catch_up", "check_time", "items", "mark_all_stale", "mark_stale", "newest"]

log = logging.getLogger("toile.federation")

PAGES, ITEMS = 50, 1000
RUN_S = 240.0  # seconds of one run, however slow the other side is
MAX_ITEM = 256 * 1024  # bytes, as in the inbox
GAP = timedelta(minutes=10)
SELDOM = timedelta(minutes=1)  # the heartbeat is written no more often
NAME = "sweep"
AGAIN = (Outcome.IGNORED, Outcome.EXPIRED)  # what was not for us before may be now that we follow


# --- The heartbeat ----------------------------------------------------------------------------------------


def beat() -> timedelta:
    """Note that the worker is at work; return how long it was not. After a gap every follow is to be caught up with."""
    moment = now()
    with transaction.atomic():
        row, created = Heartbeat.objects.select_for_update().get_or_create(name=NAME, defaults={"at": moment})
        away = moment - row.at
        if away > GAP:
            log.warning("away for %s: catching up with all we follow", away)
            mark_all_stale()
        if not created and not timedelta() <= away < SELDOM:
            Heartbeat.objects.filter(pk=row.pk).update(at=moment)
    return away


def mark_all_stale() -> int:
    """Let every accepted follow of ours be caught up with at the next sweep; return their number."""
    return Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED).update(caught_up_at=None)


def mark_stale(follow_id: int) -> None:
    """Let this follow be caught up with again: the last time was not enough."""
    Follow.objects.filter(pk=follow_id).update(caught_up_at=None)


# --- One follow -------------------------------------------------------------------------------------------


def catch_up(follow_id: int) -> int:
    """Read what the actor of this accepted follow said, and offers; return how many of its offers were stored.

    Raises Unreachable if its collections cannot be read for the moment, or not in time; single items that cannot are
    left out.
    """
    follow = Follow.objects.get(pk=follow_id)
    moment, until = now(), time.monotonic() + RUN_S
    found = actors.fetch(follow.followed, now=moment).actor
    late = _read_outbox(follow, found.outbox, moment, until)
    listed = set(items(found.offers, owner=found.uri, until=until)) if found.offers else set()
    stored = sum(_take(uri, moment, until) for uri in _longest_unheard(listed))
    if found.offers and len(listed) < ITEMS:
        _end_missing(found.uri, found.kind in NODE_TYPES, listed)
    if late is not None:
        raise late
    Follow.objects.filter(pk=follow_id).update(caught_up_at=moment)
    log.info("caught up with %s: %d of %d offers", found.uri, stored, len(listed))
    return stored


def check_time(until: float) -> None:
    """Raise Unreachable("timeout") once the time of a run (monotonic clock, seconds) is over."""
    if time.monotonic() > until:
        raise Unreachable("timeout")


# --- Its outbox -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry of an outbox: the activity's id, and the activity itself where its owner put it there."""

    id: str
    document: dict[str, Any] | None


def _read_outbox(follow: Follow, outbox: str, moment: datetime, until: float) -> Unreachable | None:
    """Apply what is new in the outbox, oldest first; return what kept us from reading all of it, if that may pass."""
    late: Unreachable | None = None
    fresh: list[_Item] = []
    try:
        fresh = list(newest(outbox, owner=follow.followed, last=follow.newest_seen, until=until))
    except Unreachable as error:
        log.info("outbox not read: %s (%s)", outbox, error.code)
        return error if error.passing else None
    for item in reversed(fresh):
        check_time(until)
        try:
            _apply(item, follow.followed, moment)
        except Unreachable as error:
            log.info("not taken: %s (%s)", item.id, error.code)
            late = error if error.passing else late
    if fresh and late is None:
        Follow.objects.filter(pk=follow.pk).update(newest_seen=fresh[0].id)
    return late


def newest(outbox: str, *, owner: str, last: str, until: float = math.inf) -> Iterator[_Item]:
    """Yield the items of `owner`'s outbox, newest first, down to the id `last` or the end of the budget."""
    number = 0
    for page in _pages(outbox, owner, until):
        for entry in _entries(page):
            uri = id_of(entry)
            number += 1
            if uri == last or number > ITEMS:
                return
            if is_uri(uri) and same_origin(str(uri), owner):
                own = isinstance(entry, dict) and id_of(entry.get("actor")) == owner
                yield _Item(str(uri), {"@context": page.get("@context"), **entry} if own else None)


def _apply(item: _Item, owner: str, moment: datetime) -> None:
    """Let the inbox's handlers do what an item says, unless that was done before; raise Unreachable.

    An item that its owner's outbox shows whole is believed; any other is fetched at its own address.
    """
    known = Envelope.objects.filter(activity=item.id).exclude(outcome__in=AGAIN)
    if is_ours(item.id) or any(same_origin(actor, item.id) for actor in known.values_list("actor", flat=True)):
        return
    raw = json.dumps(item.document, ensure_ascii=False).encode() if item.document else _fetched(item.id)
    try:
        document = strict_json.parse_activity(raw if len(raw) <= MAX_ITEM else b"")
        vet(document)
    except Refused:
        return
    actor = document["actor"]
    if same_origin(actor, item.id, owner):
        inbox.process(_kept(item.id, actor, raw, moment))


def _fetched(uri: str) -> bytes:
    fetched = client.get_document(uri, signer=actors.node_signer())
    return fetched.raw if fetched.document.get("id") == uri else b""


@transaction.atomic
def _kept(activity: str, actor: str, raw: bytes, moment: datetime) -> int:
    """Keep the item as a message that was admitted; return its envelope, waiting to be processed."""
    fields = {"body": raw, "received_at": moment, "next_attempt_at": moment}
    row, created = Envelope.objects.get_or_create(activity=activity, actor=actor, defaults=fields)
    if not created:
        again = Envelope.objects.filter(pk=row.pk, outcome__in=AGAIN)
        again.update(**fields, outcome=Outcome.WAITING, attempts=0)
    return row.pk


# --- Its offers -------------------------------------------------------------------------------------------


def items(collection: str, *, owner: str, until: float = math.inf) -> Iterator[str]:
    """Yield the ids of the objects in a collection of `owner`'s origin, page by page, within the budget."""
    number = 0
    for page in _pages(collection, owner, until):
        for uri in map(id_of, _entries(page)):
            number += 1
            if number > ITEMS:
                return
            if is_uri(uri) and same_origin(str(uri), owner):
                yield str(uri)


def _pages(collection: str, owner: str, until: float) -> Iterator[dict[str, Any]]:
    """Yield the collection and its pages, each once, as long as they lie at `owner`'s origin; at most 50 pages."""
    page, seen = collection, set[str]()
    while page and page not in seen and len(seen) <= PAGES and same_origin(page, owner):
        seen.add(page)
        check_time(until)
        document = client.get_document(page, signer=actors.node_signer()).document
        yield document
        page = id_of(document.get("first") if "first" in document else document.get("next")) or ""


def _entries(page: dict[str, Any]) -> list[Any]:
    entries = page.get("orderedItems", page.get("items"))
    return entries if isinstance(entries, list) else []


def _longest_unheard(listed: set[str]) -> list[str]:
    """Return these offers in the order in which to ask for them: those we lack, then those heard of longest ago."""
    heard = dict(Offer.objects.filter(uri__in=listed).values_list("uri", "heard_at"))
    return sorted(listed, key=lambda uri: (heard.get(uri, datetime.min.replace(tzinfo=UTC)), uri))


def _take(uri: str, moment: datetime, until: float) -> bool:
    check_time(until)
    try:
        effect = offers.offer_at(uri, moment)
        with transaction.atomic():
            effect()
    except (Unreachable, Untranslatable, Refused, DomainError) as error:
        log.info("not taken: %s (%s)", uri, error.code)
        return False
    return True


def _end_missing(actor: str, whole_node: bool, listed: set[str]) -> None:
    """Look again at offers that we hold and the collection no longer lists; it never lists those for members."""
    held = Offer.objects.filter(local=False, state=OfferState.LIVE).exclude(uri__in=listed)
    held = held.filter(owner__origin=origin_of(actor)) if whole_node else held.filter(owner__uri=actor)
    held = held.exclude(visibility=Visibility.MEMBERS)
    for uri, owner in held.values_list("uri", "owner__uri")[:ITEMS]:
        try:
            offers.settle_missing(uri, owner)
        except Unreachable as error:
            log.info("not looked at: %s (%s)", uri, error.code)
