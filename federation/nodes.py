"""Other nodes: follow one, stop following it, answer those who ask. Only operators of this node do these things."""

import logging

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from federation import actors, client, outbox, silences
from federation.errors import Unreachable, Untranslatable
from federation.models import Activity, Follow, FollowState, Node, RemoteActor, Standing
from federation.queries import is_closed, node_actor, standing_of
from federation.rules.delivery import Recipient
from federation.rules.origins import is_uri, origin_of, same_origin
from federation.rules.vocabulary import NODE_TYPES
from network.actions.copies import forget_offers_of
from network.clock import now
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Account

__all__ = [
    "accept", "answer", "ask", "end_follows", "follow_node", "found", "learn", "locked", "reject", "unfollow",
]  # fmt: skip

log = logging.getLogger("toile.federation")

NODEINFO_REL = "http://nodeinfo.diaspora.software/ns/schema/"
NODEINFO_KEPT_S = 7 * 86_400


def follow_node(*, origin_or_handle: str, actor: Account) -> Follow:
    """Ask another node (its address, host or handle; also one of its members') to be followed by this node.

    Afterwards a pending follow and its delivery are there; asking again while it is pending sends it again.
    Talks to the other node first, outside any transaction (some seconds); a closed node puts it on its list, since
    that is what the operator asks for. What it gives is shown again if it had departed. Raises
    NotEntitled("not_operator"), Invalid("node_address_invalid"), NotFound("node_not_found"), WrongState("own_node",
    "node_blocked", "already_following").
    """
    _need_operator(actor)
    who = _find(origin_or_handle)
    node = learn(who.origin)
    silences.returned(node.origin)
    if who.kind in NODE_TYPES:
        Node.objects.filter(pk=node.pk).update(actor=who.uri, name=who.name[:120])
    return ask(who)


def _find(written: str) -> RemoteActor:
    """Return the actor that `written` names, fetched at its own address."""
    try:
        uri = actors.discover(written)
        _check_askable(uri)
        return actors.remote_actor(uri, now=now())
    except ValueError as error:
        raise Invalid("node_address_invalid", field="address") from error
    except (Unreachable, Untranslatable) as error:
        log.info("no node at %r: %s", written, error)
        raise NotFound("node_not_found", why=error.code) from error


def _check_askable(uri: str) -> None:
    if same_origin(uri, settings.ORIGIN):
        raise WrongState("own_node")
    if standing_of(uri) == Standing.BLOCKED:
        raise WrongState("node_blocked")
    if is_closed():
        Node.objects.update_or_create(origin=origin_of(uri), defaults={"allowed": True})


@transaction.atomic
def ask(who: RemoteActor, *, follower: str = "") -> Follow:
    """Ask to follow an actor, as an actor of ours (the node's own if not said).

    WrongState("already_following") if that was accepted before; asked again while it waits, the same is sent again.
    """
    follower = follower or node_actor()
    known = Follow.objects.select_for_update().filter(follower=follower, followed=who.uri).first()
    if known and known.state == FollowState.ACCEPTED:
        raise WrongState("already_following")
    if known and known.state == FollowState.PENDING:
        outbox.resend(Activity.objects.get(uri=known.activity))
        return known
    if known:
        known.delete()
    sent = outbox.send_to(Recipient(who.uri, who.inbox), "Follow", follower, who.uri, who.uri)
    return Follow.objects.create(follower=follower, followed=who.uri, activity=sent.uri, outgoing=True)


@transaction.atomic
def unfollow(*, node_id: int, actor: Account) -> None:
    """Stop following a node: Undo is sent, its offers are no longer listed."""
    _need_operator(actor)
    node = locked(node_id)
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
    """Return the row of the node at `origin`; its NodeInfo is asked which software runs there, in which version.

    Asked once, and again after a week, since software changes. Never raises for it.
    """
    node, _ = Node.objects.get_or_create(origin=origin_of(origin))
    if not node.software or cache.add(f"nodeinfo-again:{node.origin}", 1, timeout=NODEINFO_KEPT_S):
        try:
            node.software, node.version = _software(node.origin)
            node.save(update_fields=["software", "version"])
        except Unreachable as error:
            log.info("no NodeInfo at %s: %s", origin, error)
    return node


def _software(origin: str) -> tuple[str, str]:
    links = client.get_json(f"{origin}/.well-known/nodeinfo").document.get("links")
    hrefs = [
        link.get("href")
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, dict) and str(link.get("rel", "")).startswith(NODEINFO_REL)
    ]
    href = next((str(href) for href in reversed(hrefs) if is_uri(href) and same_origin(str(href), origin)), None)
    software = client.get_json(href).document.get("software") if href else None
    said = software if isinstance(software, dict) else {}
    name, version = (value if isinstance(value, str) else "" for value in (said.get("name"), said.get("version")))
    return name[:60].lower(), version[:40]


def _need_operator(actor: Account) -> None:
    if not actor.operator:
        raise NotEntitled("not_operator")


def end_follows(node: Node) -> None:
    """Stop following the node, and tell it so unless it is blocked."""
    if node.standing != Standing.BLOCKED:
        _undo_follows(node)


def found(node_id: int) -> Node:
    """Return the row of a node; NotFound("node_unknown")."""
    node = Node.objects.filter(pk=node_id).first()
    if node is None:
        raise NotFound("node_unknown")
    return node


def locked(node_id: int) -> Node:
    """Return the row of a node, locked; NotFound("node_unknown")."""
    node = Node.objects.select_for_update().filter(pk=node_id).first()
    if node is None:
        raise NotFound("node_unknown")
    return node


def _request(follow_id: int) -> Follow:
    follow = Follow.objects.select_for_update().filter(pk=follow_id, outgoing=False, state=FollowState.PENDING).first()
    if follow is None:
        raise NotFound("follow_unknown")
    return follow
