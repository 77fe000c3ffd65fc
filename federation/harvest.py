"""Catch up with an actor we follow: read its offers where it lives, take what is new, end what is no more.

Bounded: at most 50 pages and 1,000 items at a time. Each offer is fetched at its own address and passes through the
same handlers as a message would.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from federation import actors, client
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import Follow
from federation.received import offers
from federation.rules.origins import id_of, is_uri, origin_of, same_origin
from federation.rules.vocabulary import NODE_TYPES
from network.clock import now
from network.errors import DomainError
from network.models import Offer, OfferState

__all__ = ["catch_up", "items"]

log = logging.getLogger("toile.federation")

PAGES, ITEMS = 50, 1000


def catch_up(follow_id: int) -> int:
    """Read what the actor of this accepted follow offers; return how many offers were stored.

    Raises Unreachable if its collection cannot be read; single offers that cannot are left out.
    """
    follow = Follow.objects.get(pk=follow_id)
    moment = now()
    found = actors.fetch(follow.followed, now=moment).actor
    listed = set(items(found.offers or found.outbox, owner=found.uri))
    stored = sum(_take(uri, moment) for uri in sorted(listed))
    if found.offers and len(listed) < ITEMS:
        _end_missing(found.uri, found.kind in NODE_TYPES, listed)
    Follow.objects.filter(pk=follow_id).update(caught_up_at=moment)
    log.info("caught up with %s: %d of %d offers", found.uri, stored, len(listed))
    return stored


def items(collection: str, *, owner: str) -> Iterator[str]:
    """Yield the ids of the objects in a collection of `owner`'s origin, page by page, within the budget."""
    page, seen, number = collection, set[str](), 0
    while page and page not in seen and len(seen) <= PAGES and same_origin(page, owner):
        seen.add(page)
        document = client.get_document(page, signer=actors.node_signer()).document
        for uri in _ids(document, owner):
            number += 1
            if number > ITEMS:
                return
            yield uri
        page = id_of(document.get("first") if "first" in document else document.get("next")) or ""


def _ids(document: dict[str, Any], owner: str) -> Iterator[str]:
    """Ids of what a page lists: objects as they are, or what an activity created or changed."""
    entries = document.get("orderedItems", document.get("items"))
    for entry in entries if isinstance(entries, list) else []:
        done = isinstance(entry, dict) and entry.get("type") in {"Create", "Update"}
        uri = id_of(entry.get("object") if done and isinstance(entry, dict) else entry)
        if is_uri(uri) and same_origin(str(uri), owner):
            yield str(uri)


def _take(uri: str, moment: datetime) -> bool:
    try:
        effect = offers.offer_at(uri, moment)
        with transaction.atomic():
            effect()
    except (Unreachable, Untranslatable, Refused, DomainError) as error:
        log.info("not taken: %s (%s)", uri, error.code)
        return False
    return True


def _end_missing(actor: str, whole_node: bool, listed: set[str]) -> None:
    """Look again at offers that we hold and the collection no longer lists."""
    held = Offer.objects.filter(local=False, state=OfferState.LIVE).exclude(uri__in=listed)
    held = held.filter(owner__origin=origin_of(actor)) if whole_node else held.filter(owner__uri=actor)
    for uri, owner in held.values_list("uri", "owner__uri")[:ITEMS]:
        try:
            offers.settle_missing(uri, owner)
        except Unreachable as error:
            log.info("not looked at: %s (%s)", uri, error.code)
