"""Follow, and what is said about it: Accept, Reject, Undo. Only the one followed answers; only the follower undoes."""

from datetime import datetime
from functools import partial
from typing import Any

from federation import actors, nodes
from federation.models import Follow, FollowState, Node, RemoteActor, Standing
from federation.queries import may_exchange, node_actor, standing_of
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules.origins import id_of, origin_of
from federation.rules.vocabulary import NODE_TYPES
from federation.signals import follow_accepted
from network.actions.copies import forget_offers_of
from network.clock import now
from network.models import Collective, Member
from network.signals import announce

__all__ = ["accept", "follow", "reject", "undo"]


def follow(message: Message, moment: datetime) -> Effect:
    """Somebody wants to follow an actor of ours: accepted at once, unless their node is limited."""
    if not _is_actor_of_ours(message.object_id):
        raise Ignored("no-such-actor")
    if not may_exchange(message.actor):
        raise Ignored("not-spoken-with")
    who = actors.remote_actor(message.actor, now=moment)
    nodes.learn(who.origin)
    return partial(_followed, message, who)


def _is_actor_of_ours(uri: str) -> bool:
    if uri == node_actor() or Member.objects.filter(uri=uri, local=True, gone_at=None).exists():
        return True
    return Collective.objects.filter(uri=uri, local=True).exists()


def _followed(message: Message, who: RemoteActor) -> Done:
    boxes = {"inbox": who.inbox, "shared_inbox": who.shared_inbox}
    row, created = Follow.objects.select_for_update().get_or_create(
        follower=message.actor,
        followed=message.object_id,
        defaults={"activity": message.id, "outgoing": False, **boxes},
    )
    if not created:
        Follow.objects.filter(pk=row.pk).update(activity=message.id, **boxes)
        row.refresh_from_db()
    _remember_node_actor(who)
    if row.state == FollowState.REJECTED:
        nodes.answer(row, accepted=False)
    elif row.state == FollowState.ACCEPTED or standing_of(message.actor) != Standing.LIMITED:
        nodes.answer(row, accepted=True)
    return Done(detail=row.state)


def _remember_node_actor(who: RemoteActor) -> None:
    if who.kind in NODE_TYPES:
        Node.objects.filter(origin=who.origin, actor="").update(actor=who.uri, name=who.name[:120])


def accept(message: Message, moment: datetime, raw: Any) -> Effect:  # noqa: ANN401
    """Somebody accepts that we follow them."""
    return partial(_answered, message, raw, FollowState.ACCEPTED)


def reject(message: Message, moment: datetime, raw: Any) -> Effect:  # noqa: ANN401
    """Somebody refuses that we follow them, or does so no longer."""
    return partial(_answered, message, raw, FollowState.REJECTED)


def _answered(message: Message, raw: Any, state: str) -> Done:  # noqa: ANN401
    row = _follow_meant(raw, followed=message.actor)
    if row is None:
        raise Ignored("no-such-follow")
    if row.state == state:
        return Done(detail="repeated")
    row.state, row.decided_at, row.caught_up_at = state, now(), None
    row.save(update_fields=["state", "decided_at", "caught_up_at"])
    _settle_standing(row)
    if state == FollowState.ACCEPTED:
        announce(follow_accepted, follow_id=row.pk)
    return Done(detail=str(state))


def _follow_meant(raw: Any, *, followed: str) -> Follow | None:  # noqa: ANN401
    """Find our follow of `followed` by its activity's id, else by the pair that an embedded Follow names."""
    ours = Follow.objects.select_for_update().filter(outgoing=True, followed=followed)
    by_id = ours.filter(activity=id_of(raw) or "").first()
    if by_id or not isinstance(raw, dict):
        return by_id
    return ours.filter(follower=id_of(raw.get("actor")) or "").first()


def _settle_standing(row: Follow) -> None:
    """A node whose Application accepted us is a peer; one that refuses us is not, any more."""
    node = Node.objects.filter(origin=origin_of(row.followed), actor=row.followed)
    if row.state == FollowState.ACCEPTED:
        node.filter(standing=Standing.UNKNOWN).update(standing=Standing.PEER)
    elif node.filter(standing=Standing.PEER).update(standing=Standing.UNKNOWN):
        forget_offers_of(origin=origin_of(row.followed))


def undo(message: Message, moment: datetime, raw: Any) -> Effect:  # noqa: ANN401
    """Somebody takes back what they did. Of what we keep, that can be a Follow."""
    return partial(_undone, message, raw)


def _undone(message: Message, raw: Any) -> Done:  # noqa: ANN401
    theirs = Follow.objects.filter(outgoing=False, follower=message.actor)
    found = theirs.filter(activity=id_of(raw) or "")
    if not found and isinstance(raw, dict) and raw.get("type") == "Follow":
        found = theirs.filter(followed=id_of(raw.get("object")) or "")
    if not found:
        raise Ignored("nothing-to-undo")
    found.delete()
    return Done()
