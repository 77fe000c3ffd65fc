"""Two of one origin give a thing the same id: their origin says whose it is.

What somebody embeds is believed at their own origin, so a neighbour may name an id before its owner does. Being first
proves nothing: what the id serves decides, and the other's copy is given up. It costs a fetch only once two disagree.
"""

from federation import attested, client
from federation.errors import Unreachable
from federation.received.messages import Ignored
from federation.rules.origins import id_of
from federation.rules.signatures import SigningKey
from network.actions.copies import give_up_copies
from network.models import Event, Offer

__all__ = ["check_at_home", "held_by_another", "hand_over"]


def held_by_another(uri: str, owner: str) -> bool:
    """Whether we hold something of others under this id as somebody else's than `owner`'s."""
    offers = Offer.objects.filter(uri=uri, local=False).exclude(owner__uri=owner).values("uri")
    events = Event.objects.filter(uri=uri, local=False).exclude(organiser__uri=owner).values("uri")
    return offers.union(events).exists()


def check_at_home(uri: str, owner: str, signer: SigningKey) -> None:
    """Raise Ignored("owner") unless what `uri` serves is `owner`'s, on whose budget this is asked; Unreachable."""
    attested.spend(owner)
    document = client.get_document(uri, signer=signer).document
    if document.get("id") != uri or id_of(document.get("attributedTo")) != owner:
        raise Ignored("owner")


def hand_over(uri: str, owner: str, *, settled: bool) -> None:
    """Give up what is held under this id as another's, once it is `settled` that it is `owner`'s.

    Raises Unreachable("disputed") if that other came meanwhile: the origin was not asked yet.
    """
    if not held_by_another(uri, owner):
        return
    if not settled:
        raise Unreachable("disputed")
    give_up_copies(uri=uri, but_of=owner)
