"""What operators decide about other nodes: limit, block, allow, close this node to all but its list; notices read.

A block holds for the host on every port and for the hosts below it. Everything it ends, it ends at once, in one
transaction; lifting it brings back what was only hidden (attestations), not what was dropped (offers come anew).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from django.conf import settings
from django.db import transaction

from federation import nodes, silences
from federation.models import (
    Delivery,
    DeliveryState,
    Follow,
    FollowState,
    Node,
    Notice,
    Policy,
    RemoteActor,
    Standing,
)
from federation.queries import exchange_rule, muted_rule, under_hosts
from federation.rules import nodelist
from federation.rules.nodelist import Line
from federation.rules.origins import host_of
from network.actions.copies import forget_offers_of, mute_origins
from network.clock import now
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Account, Member

__all__ = [
    "allow",
    "apply_list",
    "block",
    "disallow",
    "export_list",
    "limit",
    "read_list",
    "read_notice",
    "readmit",
    "set_closed",
]


# --- one node --------------------------------------------------------------------------------------------


@transaction.atomic
def limit(*, node_id: int, actor: Account, reason: str) -> None:
    """Keep a node at a distance: its follows wait for approval, its offers are neither taken nor listed."""
    _need_operator(actor)
    _limit(_node(node_id), reason)


@transaction.atomic
def block(*, node_id: int, actor: Account, reason: str) -> None:
    """Have nothing to do with a node: its messages are refused, follows in both directions end, its offers go, and
    what its members attest counts for nothing."""
    _need_operator(actor)
    _block(_node(node_id), reason)


@transaction.atomic
def readmit(*, node_id: int, actor: Account) -> None:
    """Lift a limit or a block; the node is a peer again if our follow still stands, and is caught up with."""
    _need_operator(actor)
    _readmit(_node(node_id))


@transaction.atomic
def allow(*, node_id: int, actor: Account) -> None:
    """Put a node on the list of those with which this node speaks when it is closed."""
    _need_operator(actor)
    node = _node(node_id)
    if node.standing == Standing.BLOCKED:
        raise WrongState("node_blocked")
    Node.objects.filter(pk=node.pk).update(allowed=True)


@transaction.atomic
def disallow(*, node_id: int, actor: Account) -> None:
    """Take a node off that list; a peer is still spoken with."""
    _need_operator(actor)
    Node.objects.filter(pk=_node(node_id).pk).update(allowed=False)


@transaction.atomic
def set_closed(*, closed: bool, actor: Account) -> None:
    """Close this node to all but peers and the nodes on its list, or open it again.

    What waits for the others when it closes is not sent: they catch up if it opens again.
    """
    _need_operator(actor)
    Policy.objects.update_or_create(id=1, defaults={"closed": closed})
    if closed:
        may = exchange_rule()
        _drop_waiting("closed", lambda host: not may(host))


@transaction.atomic
def read_notice(*, notice_id: int, actor: Account) -> None:
    """Mark a notice as read; NotFound("notice_unknown")."""
    _need_operator(actor)
    if not Notice.objects.filter(pk=notice_id).update(read_at=now()):
        raise NotFound("notice_unknown")


def _limit(node: Node, reason: str) -> None:
    _set(node, Standing.LIMITED, reason)
    forget_offers_of(origin=node.origin)
    _mute()


def _block(node: Node, reason: str) -> None:
    _set(node, Standing.BLOCKED, reason)
    Node.objects.filter(pk=node.pk).update(allowed=False)
    under = under_hosts(frozenset({host_of(node.origin)}))
    for origin in filter(under, _known_origins()):
        forget_offers_of(origin=origin)
    _drop_waiting("blocked", under)
    for follow in Follow.objects.select_for_update().all():
        if under(follow.followed if follow.outgoing else follow.follower):
            follow.delete()
    _mute()


def _readmit(node: Node) -> None:
    follows = Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED, followed=node.actor)
    _set(node, Standing.PEER if follows.exists() else Standing.UNKNOWN, "")
    follows.update(caught_up_at=None)
    silences.returned(node.origin)
    _mute()


def _set(node: Node, standing: str, reason: str) -> None:
    node.standing, node.reason = standing, reason.strip()[: nodelist.REASON_MAX]
    node.save(update_fields=["standing", "reason"])


def _mute() -> None:
    mute_origins(muted_rule())


def _known_origins() -> set[str]:
    members = Member.objects.filter(local=False).order_by().values_list("origin", flat=True).distinct()
    actors = RemoteActor.objects.order_by().values_list("origin", flat=True).distinct()
    return {*members, *actors}


def _drop_waiting(why: str, host_matches: Callable[[str], bool]) -> None:
    queued = Delivery.objects.filter(state=DeliveryState.QUEUED)
    hosts = [host for host in queued.order_by().values_list("host", flat=True).distinct() if host_matches(host)]
    queued.filter(host__in=hosts).update(state=DeliveryState.REFUSED, last_status=why, done_at=now())


# --- lists -----------------------------------------------------------------------------------------------


def read_list(text: str, *, otherwise: str = "blocked", reason: str = "") -> list[Line]:
    """Return the lines of a list for a preview; see `rules.nodelist.read`."""
    return nodelist.read(text, otherwise=otherwise, reason=reason, own=settings.ORIGIN)


@transaction.atomic
def apply_list(*, lines: Iterable[Line], actor: Account | None) -> Mapping[str, int]:
    """Take the measures of a list, all or none; return how many nodes were blocked, limited, allowed or unchanged.

    `actor` is None for the person at the machine. Safe to repeat. Invalid("list_faulty", count=…) if a line has a
    problem: nothing is written then.
    """
    if actor is not None:
        _need_operator(actor)
    wanted = list(lines)
    if wrong := [line for line in wanted if line.problem]:
        raise Invalid("list_faulty", count=len(wrong), field="text")
    return Counter(_apply(line) for line in wanted if line.standing)


def _apply(line: Line) -> str:
    node, _created = Node.objects.select_for_update().get_or_create(origin=line.origin)
    before = (node.standing, node.reason, node.allowed)
    if line.standing == "allowed":
        if node.standing in {Standing.BLOCKED, Standing.LIMITED}:
            _readmit(node)
        Node.objects.filter(pk=node.pk).update(allowed=True)
    elif before[:2] != (line.standing, line.reason):
        (_block if line.standing == Standing.BLOCKED else _limit)(node, line.reason)
    node.refresh_from_db()
    return "unchanged" if (node.standing, node.reason, node.allowed) == before else line.standing


def export_list() -> str:
    """Return the measures and the list of allowed nodes as CSV, which `read_list` reads."""
    rows = Node.objects.order_by("origin").values_list("origin", "standing", "reason", "allowed")
    named = ((origin, _word(standing, allowed), reason) for origin, standing, reason, allowed in rows)
    return nodelist.written(line for line in named if line[1])


def _word(standing: str, allowed: bool) -> str:
    if standing == Standing.UNKNOWN:
        return "allowed" if allowed else ""
    return standing


def _need_operator(actor: Account) -> None:
    if not actor.operator:
        raise NotEntitled("not_operator")


def _node(node_id: int) -> Node:
    return nodes.locked(node_id)
