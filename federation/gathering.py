"""Catch up with what a node we follow has proven: its living papers are read where they live, the missing ones end.

Messages bring what is new; this brings what was there before we followed, and what was lost on the way: once an hour
digests are compared, and what differs is read. Bounded as the rest of catching up, and everything read belongs to the
one origin that we follow.
"""

import logging
import time
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.cache import cache
from django.db import transaction

from federation import actors, attested, client
from federation.digests import papers_digest, papers_of
from federation.errors import Refused, Unreachable, Untranslatable
from federation.harvest import ITEMS, RUN_S, check_time, items
from federation.models import Follow, SignedKind, SignedObject
from federation.received.attested import end_for, taken
from federation.rules.origins import origin_of, same_origin
from federation.rules.translate.reading import text
from federation.rules.vocabulary import TOILE
from network.clock import now
from network.errors import DomainError

__all__ = ["compare", "gather"]

log = logging.getLogger("toile.federation")

READ_AGAIN = 100  # papers, when versions differ
SEEN_S = 7 * 86_400
AGAIN = timedelta(days=30)  # after which a paper held is looked at again: a renewal may have been missed


def compare(follow_id: int) -> bool:
    """Hold what we have of the papers of a followed node against its own digest; gather if they differ.

    Returns whether it did. If what we hold still differs afterwards, versions may: some papers are read again, those
    looked at longest ago first. What we need not keep may differ for ever: the same two digests are compared once.
    """
    follow = Follow.objects.get(pk=follow_id)
    origin, collection = origin_of(follow.followed), _collection_of(follow.followed, now())
    head = client.get_document(collection, signer=actors.node_signer()).document if collection else {}
    theirs, ours, seen = head.get("digest"), papers_digest(origin), f"papers-compared:{follow.followed}"
    if not isinstance(theirs, str) or theirs == ours or cache.get(_short(seen)) == (theirs, ours):
        return False
    gather(follow_id)
    if papers_digest(origin) != theirs:
        until = time.monotonic() + RUN_S
        for uri in list(papers_of(origin).order_by("verified_at").values_list("uri", flat=True)[:READ_AGAIN]):
            _take(uri, now(), until)
    cache.set(_short(seen), (theirs, papers_digest(origin)), timeout=SEEN_S)
    return True


def _short(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def _collection_of(actor: str, moment: datetime) -> str:
    """Return where the node of `actor` lists what it has proven; empty if it does not."""
    collection = text(actors.fetch(actor, now=moment).node, (TOILE + "attestations",)) or ""
    return collection if same_origin(collection, actor) else ""


def gather(follow_id: int) -> int:
    """Read what the node of this accepted follow has proven and we lack; return how many papers were taken.

    Raises Unreachable if its collection cannot be read, or not in time. Single papers that cannot are left out.
    """
    follow, moment, until = Follow.objects.get(pk=follow_id), now(), time.monotonic() + RUN_S
    collection = _collection_of(follow.followed, moment)
    if not collection:
        return 0
    listed = set(items(collection, owner=follow.followed, until=until))
    held = SignedObject.objects.filter(owner__startswith=f"{origin_of(follow.followed)}/")
    fresh = held.filter(uri__in=listed, verified_at__gt=moment - AGAIN).values_list("uri", flat=True)
    number = sum(_take(uri, moment, until) for uri in sorted(listed.difference(fresh)))
    if len(listed) < ITEMS:
        living = held.exclude(kind=SignedKind.TOMBSTONE).exclude(uri__in=listed)
        for uri, owner in living.values_list("uri", "owner")[:ITEMS]:
            check_time(until)
            _look(uri, owner)
    log.info("gathered from %s: %d of %d papers", follow.followed, number, len(listed))
    return number


def _take(uri: str, moment: datetime, until: float) -> bool:
    check_time(until)
    try:
        fetched = client.get_document(uri, signer=actors.node_signer())
        signed = attested.verify(fetched.raw, source="", now=moment) if fetched.document.get("id") == uri else None
        if signed is None:
            return False
        effect = taken(signed, "", moment)
        with transaction.atomic():
            effect()
    except (Unreachable, Untranslatable, Refused, DomainError) as error:
        log.info("not taken: %s (%s)", uri, error.code)
        return False
    SignedObject.objects.filter(uri=uri, owner=signed.owner).update(verified_at=moment)
    return True


def _look(uri: str, owner: str) -> None:
    """End what its own address says is no more."""
    try:
        client.get_document(uri, signer=actors.node_signer())
    except Unreachable as error:
        if error.gone:
            with transaction.atomic():
                end_for(uri, owner, now())
