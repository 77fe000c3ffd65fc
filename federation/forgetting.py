"""Forgetting another node: an operator's decision, for good. What is kept is what protects: measures, and hashes."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from federation import nodes, silences
from federation.models import (
    Delivery,
    DeliveryState,
    Envelope,
    Follow,
    Host,
    Node,
    ProofKey,
    Reading,
    RemoteActor,
    RemoteKey,
    SignedObject,
    Standing,
)
from federation.queries import OPEN
from network.actions.forgetting import Forgotten, forget_origin, held_of
from network.clock import now
from network.errors import NotEntitled
from network.models import Account, Departure

__all__ = ["Erased", "forget_node", "what_is_held"]

MEASURED = (Standing.LIMITED, Standing.BLOCKED)


@dataclass(frozen=True)
class Erased:
    """What was erased of a node: in the directory, and of the exchange (actors with their keys, signed papers, messages
    emptied)."""

    origin: str
    directory: Forgotten
    actors: int = 0
    papers: int = 0
    messages: int = 0


def what_is_held(node_id: int) -> Erased:
    """Count what forgetting a node would erase; NotFound("node_unknown")."""
    origin = nodes.found(node_id).origin
    below = f"{origin}/"
    return Erased(
        origin,
        held_of(origin),
        RemoteActor.objects.filter(origin=origin).count(),
        SignedObject.objects.filter(owner__startswith=below).count(),
        Envelope.objects.filter(actor__startswith=below).exclude(body=b"").count(),
    )


@transaction.atomic
def forget_node(*, node_id: int, actor: Account | None) -> Erased:
    """Erase the copies of all that a node has given, and stop following it; return what was erased.

    `actor` is None for the person at the machine. The node learns by Undo that it is no longer followed, unless it is
    blocked. A measure taken against it stays, with its reason; so do the ids of its messages and the hashes of what it
    deleted, so that nothing comes back unasked. Following it again begins anew. Raises NotEntitled("not_operator"),
    NotFound("node_unknown").
    """
    if actor is not None and not actor.operator:
        raise NotEntitled("not_operator")
    node = nodes.locked(node_id)
    origin, moment = node.origin, now()
    nodes.end_follows(node)
    silences.departed(origin, Departure.FORGOTTEN, now=moment)
    erased = Erased(origin, forget_origin(origin=origin), *_forget_exchange(origin))
    if node.standing in MEASURED:
        Node.objects.filter(pk=node.pk).update(actor="", name="", software="", version="")
    else:
        node.delete()
    return erased


def _forget_exchange(origin: str) -> tuple[int, int, int]:
    """Erase actors, keys, papers and follows; empty messages; drop what waits to be sent, except that we leave."""
    below = f"{origin}/"
    Follow.objects.filter(Q(follower__startswith=below) | Q(followed__startswith=below)).delete()
    papers, _ = SignedObject.objects.filter(Q(owner__startswith=below)).delete()
    for keys in (RemoteKey, ProofKey):
        keys.objects.filter(owner__startswith=below).delete()
    actors, _ = RemoteActor.objects.filter(origin=origin).delete()
    messages = Envelope.objects.filter(actor__startswith=below).exclude(body=b"").update(body=b"")
    Delivery.objects.filter(host=origin).exclude(state__in=OPEN).delete()
    waiting = Delivery.objects.filter(host=origin, state=DeliveryState.QUEUED)
    waiting.exclude(activity__kind="Undo").update(state=DeliveryState.REFUSED, last_status="forgotten", done_at=now())
    Reading.objects.filter(origin=origin).delete()
    Host.objects.filter(origin=origin).exclude(origin__in=waiting.values("host")).delete()
    return actors, papers, messages
