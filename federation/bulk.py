"""Offers that arrived together, read and written together: what is ordinary about them is asked for once for all.

What is out of the ordinary in any way (unknown, private, deleted before, to be fetched, wrong) is left for `inbox`,
which does one message at a time and says what became of it.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import F

from federation import actors, contexts
from federation.models import Envelope, Outcome, TombstoneSeen
from federation.queries import digest_of, listing_rule
from federation.received import offers
from federation.received.messages import message_of
from federation.rules import proofs, strict_json
from network.actions.arrivals import record_remote_offers
from network.clock import now
from network.models import Member, Visibility
from network.rules.cards import OfferCard

__all__ = ["looks_ordinary", "take_offers"]

log = logging.getLogger("toile.federation")


def looks_ordinary(envelope: Envelope) -> bool:
    """Whether a message may be an offer like others; cheap, and on the safe side only for what is not one."""
    return b'"Proposal"' in bytes(envelope.body)


def take_offers(envelopes: Iterable[Envelope]) -> set[int]:
    """Apply those of these messages, each waiting, that are ordinary offers; return their keys.

    One transaction: of the same offer the first is taken only, so that its later versions come after it.
    """
    moment = now()
    cards: dict[str, tuple[int, OfferCard]] = {}
    for pk, card in _cards(envelopes, moment):
        cards.setdefault(card.uri, (pk, card))
    if len(cards) < 2:
        return set()
    try:
        with transaction.atomic():
            return _taken(dict(cards.values()), moment)
    except Exception as error:  # noqa: BLE001 - nothing was written; each is taken alone and has its own outcome
        log.info("not taken together: %s", type(error).__name__)
        return set()


def _cards(envelopes: Iterable[Envelope], moment: datetime) -> Iterator[tuple[int, OfferCard]]:
    for envelope in envelopes:
        try:
            card = _card(envelope, moment)
        except Exception:  # noqa: BLE001, S112 - what is wrong with one message is told where it is taken alone
            continue
        if card is not None and card.visibility == Visibility.PUBLIC:
            yield envelope.pk, card


def _card(envelope: Envelope, moment: datetime) -> OfferCard | None:
    received = strict_json.parse(bytes(envelope.body))
    if proofs.has_proof(received) or proofs.has_proof(received.get("object")):
        return None
    message = message_of(contexts.clean(received), envelope.actor)
    if message.kind not in {"Create", "Update"} or message.object is None or message.about == "actor":
        return None
    return offers.read(message.object, envelope.actor, moment)


def _taken(cards: dict[int, OfferCard], moment: datetime) -> set[int]:
    """Write the offers and their messages' outcome; nothing that was asked before the locks counts."""
    waiting = Envelope.objects.select_for_update().filter(pk__in=cards, outcome=Outcome.WAITING).order_by("pk")
    locked = set(waiting.values_list("pk", flat=True))
    welcome = _welcome([card for pk, card in cards.items() if pk in locked], moment)
    written = record_remote_offers(cards=welcome, now=moment)
    taken = {pk for pk, card in cards.items() if pk in locked and card.uri in written}
    rows = Envelope.objects.filter(pk__in=taken)
    rows.update(outcome=Outcome.APPLIED, detail="", attempts=F("attempts") + 1)
    log.info("messages applied together: %d", len(taken))
    return taken


def _welcome(cards: list[OfferCard], moment: datetime) -> list[OfferCard]:
    """Leave out what is of nobody we list, of somebody not met for a day or gone, or was deleted before."""
    owners = {card.owner_uri for card in cards}
    met = Member.objects.filter(uri__in=owners, local=False, gone_at=None, heard_at__gt=moment - actors.FRESH)
    known = set(met.values_list("uri", flat=True))
    digests = {digest_of(uri) for uri in owners.union(card.uri for card in cards)}
    buried = set(TombstoneSeen.objects.filter(uri_digest__in=digests).values_list("uri_digest", flat=True))
    listed = listing_rule(owners)
    return [
        card
        for card in cards
        if card.owner_uri in known and listed(card.owner_uri)
        and buried.isdisjoint({digest_of(card.uri), digest_of(card.owner_uri)})
    ]  # fmt: skip
