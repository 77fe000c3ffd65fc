"""Offers of others: Create, Update and Delete of a Proposal, or of the companion Note that links it."""

from datetime import datetime
from functools import partial
from typing import Any

from federation import actors, client
from federation.errors import Unreachable
from federation.models import Follow, TombstoneSeen
from federation.queries import digest_of, is_listed, was_deleted
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules.origins import id_of, same_origin
from federation.rules.translate.notes import proposal_linked_from
from federation.rules.translate.offers import is_proposal, read_proposal
from network.actions.members import mark_member_gone
from network.actions.offers import record_remote_offer, record_remote_withdrawal
from network.clock import now
from network.models import Member, Offer
from network.rules.cards import OfferCard

__all__ = ["actor_deleted", "changed", "deleted", "offer_at", "record", "settle_missing"]


def changed(message: Message, moment: datetime) -> Effect:
    """Create or Update: an embedded object of its sender is believed, anything else is fetched where it lives."""
    document = message.object or _fetch(message.object_id, message.actor)
    if document.get("type") == "Note":
        linked = proposal_linked_from(document)
        if linked is None:
            raise Ignored("note")
        document = _fetch(linked, message.actor)
    return record(read(document, message.actor, moment), moment)


def read(document: dict[str, Any], owner: str, moment: datetime) -> OfferCard:
    """Return the card of a Proposal of `owner`; raise Ignored for other things and other people's."""
    found = actors.expanded(document)
    if not is_proposal(found):
        raise Ignored("object-type")
    card = read_proposal(found, now=moment)
    if card.owner_uri != owner or not same_origin(card.uri, owner):
        raise Ignored("owner")
    return card


def record(card: OfferCard, moment: datetime) -> Effect:
    """Return the effect that stores `card`, once its owner is known; raise Ignored if it is not for this directory."""
    if not is_listed(card.owner_uri):
        raise Ignored("not-followed")
    if was_deleted(card.uri, card.owner_uri):
        raise Ignored("deleted")
    actors.know_member(card.owner_uri, now=moment)
    return partial(_recorded, card, moment)


def _recorded(card: OfferCard, moment: datetime) -> Done:
    if was_deleted(card.uri, card.owner_uri) or not is_listed(card.owner_uri):
        raise Ignored("deleted")
    record_remote_offer(card=card, now=moment)
    return Done()


def _fetch(uri: str, owner: str) -> dict[str, Any]:
    """Fetch an object that its owner's origin serves under its own id."""
    if not same_origin(uri, owner):
        raise Ignored("origin")
    document = client.get_document(uri, signer=actors.node_signer()).document
    if document.get("id") != uri or id_of(document.get("attributedTo")) != owner:
        raise Ignored("owner")
    return document


def offer_at(uri: str, moment: datetime) -> Effect:
    """Return the effect of storing the offer that lives at `uri`, whoever of that origin owns it (catching up)."""
    document = client.get_document(uri, signer=actors.node_signer()).document
    owner = id_of(document.get("attributedTo")) or ""
    if document.get("id") != uri or not same_origin(uri, owner):
        raise Ignored("owner")
    return record(read(document, owner, moment), moment)


def deleted(message: Message, moment: datetime) -> Effect:
    """Delete of an object: an id or a Tombstone, of the sender's own."""
    if not same_origin(message.object_id, message.actor):
        raise Ignored("origin")
    return partial(_offer_gone, message.object_id, message.actor)


def actor_deleted(message: Message, moment: datetime) -> Effect:
    """Delete of the sender itself: all that is theirs ends."""
    return partial(_actor_gone, message.actor)


def _actor_gone(actor: str) -> Done:
    ended, _ = Follow.objects.filter(outgoing=False, follower=actor).delete()
    if not Member.objects.filter(uri=actor, local=False).exists():
        if ended:
            return Done(detail="follower gone")
        raise Ignored("unknown")
    mark_member_gone(uri=actor)
    return Done()


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
    """Withdraw an offer if its own address says that it is no more (catching up); raise Unreachable if it is mute."""
    try:
        client.get_document(uri, signer=actors.node_signer())
    except Unreachable as error:
        if not error.gone:
            raise
        record_remote_withdrawal(uri=uri, owner_uri=owner)
