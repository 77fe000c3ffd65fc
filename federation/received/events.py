"""Events of others: Create, Update and Delete of an Event, and what a group announces.

An Event is believed as an offer is: embedded by its owner, or as its own address serves it.
"""

from datetime import datetime
from functools import partial
from typing import Any

from federation import actors
from federation.errors import Untranslatable
from federation.models import RemoteActor, TombstoneSeen
from federation.queries import digest_of, is_listed, was_deleted
from federation.received import disputes, offers
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules.origins import same_origin
from federation.rules.translate.events import is_event, read_event
from federation.rules.vocabulary import AS2_NS, SOFTWARE_TYPES
from network.actions.event_copies import record_remote_event, record_remote_event_end
from network.actions.members import record_remote_member
from network.clock import now
from network.models import Event
from network.rules.cards import MemberCard
from network.rules.event_cards import EventCard

__all__ = ["deleted", "is_event_document", "record", "taken"]


def is_event_document(document: dict[str, Any]) -> bool:
    """Whether this says of itself that it is an Event, in short or in full."""
    kinds = document.get("type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(kind in {"Event", "as:Event", AS2_NS + "Event"} for kind in named)


def taken(document: dict[str, Any], moment: datetime, *, at_home: bool) -> Effect:
    """Return the effect of storing an Event that its owner shows, or (`at_home`) its own address."""
    found = actors.expanded(document)
    if not is_event(found):
        raise Ignored("object-type")
    card = read_event(found, now=moment)
    if not same_origin(card.uri, card.owner_uri):
        raise Ignored("owner")
    return record(card, moment, at_home=at_home)


def record(card: EventCard, moment: datetime, *, at_home: bool = False) -> Effect:
    """Return the effect that stores `card`, once its owner is known; raise Ignored if it is not for this agenda."""
    _check_wanted(card)
    disputed = disputes.held_by_another(card.uri, card.owner_uri)
    if disputed and not at_home:
        disputes.check_at_home(card.uri, card.owner_uri, actors.node_signer())
    _know(card.owner_uri, moment)
    return partial(_recorded, card, moment, at_home or disputed)


def _know(uri: str, moment: datetime) -> None:
    """See to it that the organiser has a row: some agendas speak as one program, which is a collective to us."""
    try:
        actors.know_member(uri, now=moment)
    except Untranslatable as error:
        who = RemoteActor.objects.filter(uri=uri, kind__in=SOFTWARE_TYPES, gone_at=None).first()
        if error.code != "type" or who is None:
            raise
        names = {"handle": who.username[:60], "name": who.name[:120]}
        record_remote_member(card=MemberCard(uri=uri, origin=who.origin, kind="collective", **names))


def _recorded(card: EventCard, moment: datetime, settled: bool) -> Done:
    _check_wanted(card)
    disputes.hand_over(card.uri, card.owner_uri, settled=settled)
    record_remote_event(card=card, now=moment)
    return Done()


def _check_wanted(card: EventCard) -> None:
    if not is_listed(card.owner_uri):
        raise Ignored("not-followed")
    if was_deleted(card.uri, card.owner_uri):
        raise Ignored("deleted")
    if not card.public:
        raise Ignored("audience")


def deleted(message: Message, moment: datetime) -> Effect:
    """Delete of an object: an Event of the sender's own, or whatever else it may be."""
    owner = Event.objects.filter(uri=message.object_id, local=False).values_list("organiser__uri", flat=True).first()
    if owner is None:
        return offers.deleted(message, moment)
    if owner != message.actor or not same_origin(message.object_id, message.actor):
        raise Ignored("owner")
    return partial(_gone, message.object_id, owner)


def _gone(uri: str, owner: str) -> Done:
    """Take it off the agenda, and remember: whatever comes later with this id counts no more."""
    TombstoneSeen.objects.get_or_create(uri_digest=digest_of(uri), owner=owner, defaults={"deleted_at": now()})
    record_remote_event_end(uri=uri, owner_uri=owner)
    return Done()
