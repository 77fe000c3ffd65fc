"""The life of others' ids: an actor that moves to another address, and one that leaves for good."""

from datetime import datetime, timedelta
from functools import partial

from federation import actors, nodes, silences
from federation.errors import Unreachable
from federation.models import Follow, Node, Notice, RemoteActor, Standing
from federation.queries import is_ours
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules.origins import id_of, is_uri, origin_of, same_origin
from federation.rules.vocabulary import NODE_TYPES, SOFTWARE_TYPES
from network.actions.copies import forget_offers_of, forget_offers_of_member
from network.models import Departure

__all__ = ["actor_deleted", "moved"]

QUIET = timedelta(days=30)  # between two moves of one actor


def moved(message: Message, moment: datetime) -> Effect:
    """Move: the sender lives at `target` now, if what is served there names the sender among its other ids.

    Our follows ask anew there. Membership, votes and attestations stay with the old id; nothing moves by itself.
    """
    target = id_of(message.document.get("target")) or ""
    if not is_uri(target) or target == message.actor or is_ours(target):
        raise Ignored("target")
    old = RemoteActor.objects.filter(uri=message.actor).first() or actors.remote_actor(message.actor, now=moment)
    if _moved_lately(old, moment):
        raise Ignored("moved-lately")
    try:
        found = actors.fetch(target, now=moment)
    except Unreachable as error:
        raise Unreachable(error.code, retry_after=error.retry_after) from error  # a new address may take its time
    if message.actor not in found.actor.also_known_as:
        raise Ignored("not-confirmed")
    if (old.kind in SOFTWARE_TYPES) != (found.actor.kind in SOFTWARE_TYPES):
        raise Ignored("target-type")  # a node is no person, nor would all its members be one's friends
    return partial(_moved, old.pk, target, moment)


def _moved_lately(old: RemoteActor, moment: datetime) -> bool:
    return old.moved_at is not None and old.moved_at > moment - QUIET


def _moved(old_pk: int, target: str, moment: datetime) -> Done:
    old = RemoteActor.objects.select_for_update().get(pk=old_pk)
    if _moved_lately(old, moment):
        raise Ignored("moved-lately")
    old.moved_to, old.moved_at = target, moment
    old.save(update_fields=["moved_to", "moved_at"])
    new = RemoteActor.objects.get(uri=target)
    forget_offers_of_member(uri=old.uri)
    if _speaks_for_its_node(old) and not same_origin(old.uri, new.uri):
        _node_moved(old, new, moment)
    follows = Follow.objects.select_for_update().filter(outgoing=True, followed=old.uri)
    followers = list(follows.values_list("follower", flat=True))
    follows.delete()
    for follower in followers:
        if not Follow.objects.filter(follower=follower, followed=new.uri).exists():
            nodes.ask(new, follower=follower)
    return Done(detail="moved")


def _speaks_for_its_node(old: RemoteActor) -> bool:
    return old.kind in NODE_TYPES and Node.objects.filter(origin=old.origin, actor=old.uri).exists()


def _node_moved(old: RemoteActor, new: RemoteActor, moment: datetime) -> None:
    """A whole node is a peer at its new address only once it accepts us there; the operator is told.

    What its members said under the old address is hidden and counts no more: they say it again under the new one.
    """
    forget_offers_of(origin=old.origin)
    Follow.objects.filter(outgoing=False, follower=old.uri).delete()
    Node.objects.filter(origin=old.origin, standing=Standing.PEER).update(standing=Standing.UNKNOWN)
    node, _created = Node.objects.get_or_create(origin=origin_of(new.uri))
    Node.objects.filter(pk=node.pk, actor__in=["", new.uri]).update(actor=new.uri, name=new.name[:120])
    silences.departed(old.origin, Departure.MOVED, now=moment)
    silences.returned(node.origin)
    Notice.objects.create(code="node_moved", about=old.origin, facts={"to": node.origin})


def actor_deleted(message: Message, moment: datetime) -> Effect:
    """Delete of the sender itself: all that is theirs ends, and nothing brings them back."""
    return partial(_buried, message.actor, moment)


def _buried(actor: str, moment: datetime) -> Done:
    if not actors.bury(actor, now=moment):
        raise Ignored("unknown")
    return Done()
