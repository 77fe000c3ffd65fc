"""Announce: somebody hands on what another wrote. It is believed by its proof, or as its own origin serves it.

Nothing that the announcement says of its object counts, least of all for whom it is.
"""

from datetime import datetime

from federation import actors, attested, client
from federation.queries import is_ours
from federation.received import events, offers
from federation.received.attested import taken
from federation.received.messages import Effect, Ignored, Message
from federation.rules import proofs
from federation.rules.origins import id_of, is_uri, same_origin
from federation.rules.vocabulary import AS2_NS, PROPOSAL_TYPES

__all__ = ["announced"]

LISTED = {"Proposal", "vf:Proposal", *PROPOSAL_TYPES, "Event", "as:Event"}


def announced(message: Message, moment: datetime) -> Effect:
    """Fetch what is announced where it lives, within the announcer's budget, and take it as if its owner had sent it.

    An embedded copy without a proof is worth its id, and only if it is of a kind that we keep.
    """
    inner = message.document.get("object")
    if isinstance(inner, dict) and not (attested.is_proven_kind(inner) or _kind(inner) in LISTED):
        raise Ignored("object-type")
    uri = message.object_id
    if not is_uri(uri) or is_ours(uri):
        raise Ignored("ours" if is_ours(uri) else "object")
    attested.spend(message.actor)
    fetched = client.get_document(uri, signer=actors.node_signer())
    owner = id_of(fetched.document.get("attributedTo")) or ""
    if fetched.document.get("id") != uri or not same_origin(uri, owner):
        raise Ignored("owner")
    if proofs.has_proof(fetched.document):
        signed = attested.verify(fetched.raw, source=message.actor, now=moment)
        if signed is not None and attested.is_proven_kind(signed.document):
            return taken(signed, message.actor, moment)
    if events.is_event_document(fetched.document):
        return events.taken(fetched.document, moment, at_home=True)
    return offers.record(offers.read(fetched.document, owner, moment), moment, at_home=True)


def _kind(thing: dict[str, object]) -> str:
    return str(thing.get("type")).removeprefix(AS2_NS)
