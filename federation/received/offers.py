"""Offers of others: read from a Proposal, kept if they are for this directory, ended when their owner says so."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from federation import actors, client, keys
from federation.errors import Unreachable
from federation.models import Standing, TombstoneSeen
from federation.queries import digest_of, is_listed, is_ours, node_actor, standing_of, was_deleted
from federation.readers import is_fellow, reader_here
from federation.received import disputes
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules.origins import id_of, same_origin
from federation.rules.signatures import SigningKey
from federation.rules.translate.offers import is_proposal, read_proposal
from network.actions.copies import forget_offer
from network.actions.offers import record_remote_offer, record_remote_withdrawal
from network.clock import now
from network.models import Offer, Visibility
from network.rules.cards import OfferCard

__all__ = ["deleted", "offer_at", "read", "record", "settle_missing", "signer_for"]

HTTP_GONE = 410


def read(document: dict[str, Any], owner: str, moment: datetime) -> OfferCard:
    """Return the card of a Proposal of `owner`; raise Ignored for other things and other people's."""
    found = actors.expanded(document)
    if not is_proposal(found):
        raise Ignored("object-type")
    card = read_proposal(found, now=moment)
    if card.owner_uri != owner or not same_origin(card.uri, owner):
        raise Ignored("owner")
    return replace(card, audience=tuple(uri for uri in card.audience if _may_name(uri, owner)))


def _may_name(uri: str, owner: str) -> bool:
    """Whether an owner's word that an offer is for `uri` counts: their followers, not another's; us; members."""
    return same_origin(uri, owner) or is_ours(uri) or uri.endswith("/members")


def record(card: OfferCard, moment: datetime, *, at_home: bool = False) -> Effect:
    """Return the effect that stores `card`, once its owner is known; raise Ignored if it is not for this directory.

    `at_home`: it was read at its own address, which settles whose it is.
    """
    _check_wanted(card)
    disputed = disputes.held_by_another(card.uri, card.owner_uri)
    if disputed and not at_home:
        disputes.check_at_home(card.uri, card.owner_uri, signer_for(card.audience))
    actors.know_member(card.owner_uri, now=moment)
    return partial(_recorded, card, moment, at_home or disputed)


def _recorded(card: OfferCard, moment: datetime, settled: bool) -> Done:
    _check_wanted(card)
    disputes.hand_over(card.uri, card.owner_uri, settled=settled)
    record_remote_offer(card=card, now=moment)
    return Done()


def _check_wanted(card: OfferCard) -> None:
    """Raise Ignored for an offer of nobody we list, for nobody here, or deleted before.

    One that we hold is changed even if it is for nobody here any more: then nobody here sees it.
    """
    if not (is_listed(card.owner_uri) or _among_fellows(card)):
        raise Ignored("not-followed")
    if was_deleted(card.uri, card.owner_uri):
        raise Ignored("deleted")
    if not (_is_for_us(card) or Offer.objects.filter(uri=card.uri, owner__uri=card.owner_uri).exists()):
        raise Ignored("audience")


def _is_for_us(card: OfferCard) -> bool:
    return card.visibility == Visibility.PUBLIC or reader_here(card.audience) is not None


def _among_fellows(card: OfferCard) -> bool:
    """Whether it is for a collective to which its owner belongs as well as somebody here."""
    if card.visibility == Visibility.PUBLIC or not is_fellow(card.owner_uri, card.audience):
        return False
    return standing_of(card.owner_uri) not in {Standing.BLOCKED, Standing.LIMITED} and bool(reader_here(card.audience))


def signer_for(audience: Iterable[str]) -> SigningKey:
    """Return the key with which to ask for what is for `audience`: that of somebody among them here, or the node's."""
    return keys.signing_key(reader_here(audience) or node_actor())


def offer_at(uri: str, moment: datetime) -> Effect:
    """Return the effect of storing the offer that lives at `uri`, whoever of that origin owns it (catching up)."""
    document = client.get_document(uri, signer=actors.node_signer()).document
    owner = id_of(document.get("attributedTo")) or ""
    if document.get("id") != uri or not same_origin(uri, owner):
        raise Ignored("owner")
    return record(read(document, owner, moment), moment, at_home=True)


def deleted(message: Message, moment: datetime) -> Effect:
    """Delete of an object: an id or a Tombstone, of the sender's own."""
    if not same_origin(message.object_id, message.actor):
        raise Ignored("origin")
    return partial(_offer_gone, message.object_id, message.actor)


def _offer_gone(uri: str, actor: str) -> Done:
    """Withdraw it if it is the sender's, and remember: whatever comes later with this id counts no more."""
    owner = Offer.objects.filter(uri=uri).values_list("owner__uri", flat=True).first()
    if owner not in {actor, None}:
        raise Ignored("owner")
    TombstoneSeen.objects.get_or_create(uri_digest=digest_of(uri), owner=actor, defaults={"deleted_at": now()})
    if owner:
        record_remote_withdrawal(uri=uri, owner_uri=actor)
    return Done()


def settle_missing(uri: str, owner: str) -> None:
    """Withdraw an offer if its own address says that it is no more (catching up); raise Unreachable if it is mute.

    Gone (410) is for good. Not found (404) may also mean that it is no longer for us to see: our copy is dropped, and
    may come again. One that is not public is asked for by somebody for whom it was; if nobody is left, by nobody.
    """
    private = Offer.objects.filter(uri=uri).exclude(visibility=Visibility.PUBLIC).first()
    if private and reader_here(private.audience) is None:
        return
    try:
        client.get_document(uri, signer=signer_for(private.audience if private else ()))
    except Unreachable as error:
        if not error.gone:
            raise
        if error.status != HTTP_GONE:
            forget_offer(uri=uri, owner_uri=owner)
            return
        TombstoneSeen.objects.get_or_create(uri_digest=digest_of(uri), owner=owner, defaults={"deleted_at": now()})
        record_remote_withdrawal(uri=uri, owner_uri=owner)
