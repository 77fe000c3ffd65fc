"""Create and Update: what its sender embeds is believed; what is only named is fetched where it lives.

A fetch is made only for those we have to do with: a stranger's word costs no request. For others than those we list it
counts on the sender's budget.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from federation import attested, client
from federation.client import Fetched
from federation.models import Node, Standing
from federation.queries import is_listed, standing_of
from federation.readers import collectives_with
from federation.received import events, offers
from federation.received.attested import taken
from federation.received.messages import Effect, Ignored, Message
from federation.rules import proofs
from federation.rules.origins import id_of, origin_of, same_origin
from federation.rules.translate.notes import proposal_linked_from
from federation.served import named_in

__all__ = ["changed"]


def changed(message: Message, moment: datetime) -> Effect:
    """Take an event, an offer, the companion Note that links it, or something with a proof of its own."""
    document = message.object
    at_home = document is None
    if document is None:
        fetched = _fetched(message, message.object_id)
        if (effect := _proven(fetched, message, moment)) is not None:
            return effect
        document = fetched.document
    if events.is_event_document(document):  # of its owner, or of a group whose member speaks: the same origin shows it
        return events.taken(document, moment, at_home=at_home)
    _check_own(document, message)
    if document.get("type") == "Note":
        linked = proposal_linked_from(document)
        if linked is None:
            raise Ignored("note")
        document, at_home = _fetched(message, linked, named_in(document)).document, True
        _check_own(document, message)
    return offers.record(offers.read(document, message.actor, moment), moment, at_home=at_home)


def _proven(fetched: Fetched, message: Message, moment: datetime) -> Effect | None:
    if not (proofs.has_proof(fetched.document) and attested.is_proven_kind(fetched.document)):
        return None
    signed = attested.verify(fetched.raw, source=message.actor, now=moment)
    return taken(signed, message.actor, moment) if signed is not None else None


def _fetched(message: Message, uri: str, audience: Iterable[str] = ()) -> Fetched:
    """Fetch an object that its owner's origin serves under its own id, as somebody here for whom it is."""
    if not same_origin(uri, message.actor):
        raise Ignored("origin")
    if not is_listed(message.actor):
        _check_worth_asking(message.actor)
        attested.spend(message.actor)
    fetched = client.get_document(uri, signer=offers.signer_for(audience))
    if fetched.document.get("id") != uri:
        raise Ignored("owner")
    return fetched


def _check_own(document: dict[str, Any], message: Message) -> None:
    if id_of(document.get("attributedTo")) != message.actor:
        raise Ignored("owner")


def _check_worth_asking(actor: str) -> None:
    """Raise Ignored unless we have to do with this actor: a member of a collective we know, or of a node we know."""
    known = Node.objects.filter(origin=origin_of(actor)).exists() or collectives_with(actor)
    if not known or standing_of(actor) in {Standing.BLOCKED, Standing.LIMITED}:
        raise Ignored("not-followed")
