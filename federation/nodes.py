"""Other nodes: follow one, answer those who ask, limit or block. Only operators of this node do these things."""

import logging

from django.conf import settings
from django.db import transaction

from federation import actors, client, outbox
from federation.errors import Unreachable, Untranslatable
from federation.models import Activity, Follow, FollowState, Node, RemoteActor, Standing
from federation.queries import node_actor
from federation.rules.delivery import Recipient
from federation.rules.origins import is_uri, origin_of, same_origin
from federation.rules.vocabulary import NODE_TYPES
from network.actions.copies import forget_offers_of
from network.clock import now
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Account

__all__ = ["accept", "answer", "block", "follow_node", "learn", "limit", "readmit", "reject", "unfollow"]

log = logging.getLogger("toile.federation")

NODEINFO_REL = "http://nodeinfo.diaspora.software/ns/schema/"


def follow_node(*, origin_or_handle: str, actor: Account) -> Follow:
    """Ask another node (its address, host or handle; also one of its members') to be followed by this node.

    Afterwards a pending follow and its delivery are there; asking again while it is pending sends it again.
    Talks to the other node first, outside any transaction (some seconds). Raises NotEntitled("not_operator"),
    Invalid("node_address_invalid"), NotFound("node_not_found"), WrongState("own_node", "node_blocked",
    "already_following").
    """
    _need_operator(actor)
    who = _find(origin_or_handle)
    node = learn(who.origin)
    if node.standing == Standing.BLOCKED:
        raise WrongState("node_blocked")
    if who.kind in NODE_TYPES:
        Node.objects.filter(pk=node.pk).update(actor=who.uri, name=who.name[:120])
    return _ask(who)


def _find(written: str) -> RemoteActor:
    """Return the actor that `written` names, fetched at its own address."""
    try:
        uri = actors.discover(written)
        if same_origin(uri, settings.ORIGIN):
            raise WrongState("own_node")
        return actors.remote_actor(uri, now=now())
    except ValueError as error:
        raise Invalid("node_address_invalid", field="address") from error
    except (Unreachable, Untranslatable) as error:
        log.info("no node at %r: %s", written, error)
        raise NotFound("node_not_found", why=error.code) from error


@transaction.atomic
def _ask(who: RemoteActor) -> Follow:
    known = Follow.objects.select_for_update().filter(follower=node_actor(), followed=who.uri).first()
    if known and known.state == FollowState.ACCEPTED:
        raise WrongState("already_following")
    if known and known.state == FollowState.PENDING:
        outbox.resend(Activity.objects.get(uri=known.activity))
        return known
    if known:
        known.delete()
    sent = outbox.send_to(Recipient(who.uri, who.inbox), "Follow", node_actor(), who.uri, who.uri)
    return Follow.objects.create(follower=node_actor(), followed=who.uri, activity=sent.uri, outgoing=True)


@transaction.atomic
def unfollow(*, node_id: int, actor: Account) -> None:
    """Stop following a node: Undo is sent, its offers are no longer listed."""
    _need_operator(actor)
    node = _node(node_id)
    _undo_follows(node)
    if node.standing == Standing.PEER:
        node.standing = Standing.UNKNOWN
        node.save(update_fields=["standing"])
    forget_offers_of(origin=node.origin)


def _undo_follows(node: Node) -> None:
    for follow in Follow.objects.select_for_update().filter(outgoing=True, followed=node.actor):
        who = RemoteActor.objects.get(uri=follow.followed)
        body = {"id": follow.activity, "type": "Follow", "actor": follow.follower, "object": follow.followed}
        outbox.send_to(Recipient(who.uri, who.inbox), "Undo", follow.follower, body, who.uri)
        follow.delete()


@transaction.atomic
def limit(*, node_id: int, actor: Account, reason: str) -> None:
    """Keep a node at a distance: its follows wait for approval, its offers are neither taken nor listed."""
    _set_standing(node_id, actor, Standing.LIMITED, reason)


@transaction.atomic
def block(*, node_id: int, actor: Account, reason: str) -> None:
    """Have nothing to do with a node: its messages are refused, follows in both directions end."""
    node = _set_standing(node_id, actor, Standing.BLOCKED, reason)
    _undo_follows(node)
    Follow.objects.filter(outgoing=False, follower__startswith=f"{node.origin}/").delete()


@transaction.atomic
def readmit(*, node_id: int, actor: Account) -> None:
    """Lift a limit or a block; the node is a peer again if our follow still stands, and is caught up with."""
    _need_operator(actor)
    node = _node(node_id)
    follows = Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED, followed=node.actor)
    node.standing = Standing.PEER if follows.exists() else Standing.UNKNOWN
    node.reason = ""
    node.save(update_fields=["standing", "reason"])
    follows.update(caught_up_at=None)


def _set_standing(node_id: int, actor: Account, standing: str, reason: str) -> Node:
    _need_operator(actor)
    node = _node(node_id)
    node.standing, node.reason = standing, reason.strip()[:500]
    node.save(update_fields=["standing", "reason"])
    forget_offers_of(origin=node.origin)
    return node


@transaction.atomic
def accept(*, follow_id: int, actor: Account) -> None:
    """Accept somebody's request to follow an actor of ours."""
    _need_operator(actor)
    answer(_request(follow_id), accepted=True)


@transaction.atomic
def reject(*, follow_id: int, actor: Account) -> None:
    """Refuse somebody's request to follow an actor of ours."""
    _need_operator(actor)
    answer(_request(follow_id), accepted=False)


def answer(follow: Follow, *, accepted: bool) -> None:
    """Settle an incoming follow and tell its sender; asked again, the same answer is sent again."""
    kind = "Accept" if accepted else "Reject"
    before = Activity.objects.filter(kind=kind, object_uri=follow.activity, actor=follow.followed).first()
    follow.state = FollowState.ACCEPTED if accepted else FollowState.REJECTED
    follow.decided_at = follow.decided_at or now()
    follow.save(update_fields=["state", "decided_at"])
    if before:
        outbox.resend(before)
        return
    body = {"id": follow.activity, "type": "Follow", "actor": follow.follower, "object": follow.followed}
    outbox.send_to(Recipient(follow.follower, follow.inbox), kind, follow.followed, body, follow.activity)


def learn(origin: str) -> Node:
    """Return the row of the node at `origin`, and ask its NodeInfo once what software it runs. Never raises for it."""
    node, _ = Node.objects.get_or_create(origin=origin_of(origin))
    if not node.software:
        try:
            node.software = _software(node.origin)
            node.save(update_fields=["software"])
        except Unreachable as error:
            log.info("no NodeInfo at %s: %s", origin, error)
    return node


def _software(origin: str) -> str:
    links = client.get_json(f"{origin}/.well-known/nodeinfo").document.get("links")
    hrefs = [
        link.get("href")
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, dict) and str(link.get("rel", "")).startswith(NODEINFO_REL)
    ]
    href = next((str(href) for href in reversed(hrefs) if is_uri(href) and same_origin(str(href), origin)), None)
    if href is None:
        return ""
    software = client.get_json(href).document.get("software")
    name = software.get("name") if isinstance(software, dict) else ""
    return name[:60].lower() if isinstance(name, str) else ""


def _need_operator(actor: Account) -> None:
    if not actor.operator:
        raise NotEntitled("not_operator")


def _node(node_id: int) -> Node:
    node = Node.objects.select_for_update().filter(pk=node_id).first()
    if node is None:
        raise NotFound("node_unknown")
    return node


def _request(follow_id: int) -> Follow:
    follow = Follow.objects.select_for_update().filter(pk=follow_id, outgoing=False, state=FollowState.PENDING).first()
    if follow is None:
        raise NotFound("follow_unknown")
    return follow
