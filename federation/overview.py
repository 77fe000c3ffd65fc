"""How the exchange stands, for the pages and the doctor: nodes, requests, what waits, what the operator should read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from federation.models import (
    Delivery,
    Envelope,
    Follow,
    FollowState,
    Host,
    Node,
    Notice,
    Outcome,
    RemoteActor,
    Standing,
)
from federation.queries import OPEN, is_closed, node_actor
from network.clock import now
from network.errors import NotFound
from network.models import Offer, OfferState

__all__ = [
    "FILTERS",
    "FollowRequest",
    "Health",
    "NodeLine",
    "NodesPage",
    "NoticeLine",
    "exchange_health",
    "moved_to",
    "node_at",
    "node_line",
    "nodes_page",
]

PAGE = 50
NOTICES = 100
STALE = timedelta(days=7)
FILTERS: dict[str, Q] = {
    "peer": Q(standing=Standing.PEER),
    "limited": Q(standing=Standing.LIMITED),
    "blocked": Q(standing=Standing.BLOCKED),
    "allowed": Q(allowed=True),
    "unknown": Q(standing=Standing.UNKNOWN),
}


@dataclass(frozen=True)
class NodeLine:
    """One node on the operator's page.

    `following`: the state of our follow, empty if none. `queue` counts open deliveries, `oldest` is since when the
    first of them waits; `rests_until`: nothing but a probe is sent before, since it does not answer.
    """

    id: int
    origin: str
    name: str
    software: str
    version: str
    standing: str
    reason: str
    allowed: bool
    last_seen_at: datetime | None
    following: str
    followed_by: bool
    queue: int
    oldest: datetime | None
    rests_until: datetime | None
    offers: int


@dataclass(frozen=True)
class FollowRequest:
    """Somebody elsewhere who asks to follow an actor of ours."""

    id: int
    follower: str
    followed: str
    created_at: datetime


@dataclass(frozen=True)
class NoticeLine:
    """Something the operator has not read yet: a code, what it is about, and facts for the sentence."""

    id: int
    code: str
    about: str
    facts: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class NodesPage:
    """The operator's page: nodes by name, requests and notices oldest first, deliveries open, messages waiting.

    `number` of `pages`; `counts`: nodes by filter, whatever filter is chosen; `total`: all of them.
    """

    nodes: tuple[NodeLine, ...]
    requests: tuple[FollowRequest, ...]
    notices: tuple[NoticeLine, ...]
    queue: int
    waiting: int
    closed: bool
    counts: Mapping[str, int]
    total: int
    number: int
    pages: int


@dataclass(frozen=True)
class Health:
    """For the doctor: unread notices, peers not heard of for a week, the deliveries open and since when."""

    notices: int
    stale: tuple[str, ...]
    queue: int
    oldest: datetime | None


def nodes_page(*, everything: bool = True, chosen: str = "", words: str = "", number: int = 1) -> NodesPage:
    """Return how the exchange stands. The number of SQL queries does not grow with the nodes.

    `everything`: also nodes with which we have nothing to do, for operators. `chosen` is a key of FILTERS, `words` a
    part of the name or address; what is unknown there filters nothing.
    """
    rows = Node.objects.all() if everything else Node.objects.filter(_public())
    counts = rows.aggregate(all=Count("id"), **{name: Count("id", filter=rule) for name, rule in FILTERS.items()})
    found = rows.filter(FILTERS.get(chosen, Q()))
    if words:
        found = found.filter(Q(origin__icontains=words) | Q(name__icontains=words))
    pages = max(1, -(-found.count() // PAGE))
    number = min(max(number, 1), pages)
    shown = list(found.order_by("name", "origin")[(number - 1) * PAGE : number * PAGE])
    return NodesPage(
        nodes=_Lines(shown).lines,
        requests=_requests(),
        notices=_notices(),
        queue=Delivery.objects.filter(state__in=OPEN).count(),
        waiting=Envelope.objects.filter(outcome=Outcome.WAITING).count(),
        closed=is_closed(),
        counts=counts,
        total=counts["all"],
        number=number,
        pages=pages,
    )


def node_line(node_id: int, *, everything: bool = True) -> NodeLine:
    """Return one node; NotFound("node_unknown") if there is none, or none for the public."""
    rows = Node.objects.all() if everything else Node.objects.filter(_public())
    lines = _Lines(list(rows.filter(pk=node_id))).lines
    if not lines:
        raise NotFound("node_unknown")
    return lines[0]


def node_at(written: str) -> int:
    """Return the key of the node at an address; NotFound("node_unknown")."""
    found = Node.objects.filter(origin=written.strip().rstrip("/").lower()).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("node_unknown")
    return found


def moved_to(uri: str) -> str:
    """Return where an actor of another node has moved, confirmed by both sides; empty if it has not."""
    found = RemoteActor.objects.filter(uri=uri).values_list("moved_to", flat=True).first()
    return found or ""


def exchange_health() -> Health:
    """Return what the doctor says of the exchange."""
    heard = Q(last_seen_at__lt=now() - STALE) | Q(last_seen_at=None, first_seen_at__lt=now() - STALE)
    stale = Node.objects.filter(heard, standing=Standing.PEER).order_by("origin")
    waiting = Delivery.objects.filter(state__in=OPEN).aggregate(number=Count("id"), oldest=Min("queued_at"))
    return Health(
        notices=Notice.objects.filter(read_at=None).count(),
        stale=tuple(stale.values_list("origin", flat=True)),
        queue=waiting["number"],
        oldest=waiting["oldest"],
    )


def _public() -> Q:
    """What everybody may see: nodes that are followed, and measures taken, with their reasons."""
    return ~Q(standing=Standing.UNKNOWN) | Q(actor__in=_following().values("followed"))


def _following() -> QuerySet[Follow]:
    return Follow.objects.filter(outgoing=True, follower=node_actor())


class _Lines:
    """Lines for some nodes, with what the other tables say of them: one query each."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.origins = [node.origin for node in nodes]
        self.actors = [node.actor for node in nodes if node.actor]

    @property
    def lines(self) -> tuple[NodeLine, ...]:
        return tuple(map(self._line, self.nodes)) if self.nodes else ()

    def _line(self, node: Node) -> NodeLine:
        queue, oldest = self.queues.get(node.origin, (0, None))
        until = self.rests.get(node.origin)
        return NodeLine(
            id=node.pk,
            origin=node.origin,
            name=node.name,
            software=node.software,
            version=node.version,
            standing=node.standing,
            reason=node.reason,
            allowed=node.allowed,
            last_seen_at=node.last_seen_at,
            following=self.following.get(node.actor, ""),
            followed_by=node.actor in self.followers,
            queue=queue,
            oldest=oldest,
            rests_until=until if until and until > now() else None,
            offers=self.offers.get(node.origin, 0),
        )

    @cached_property
    def following(self) -> dict[str, str]:
        return dict(_following().filter(followed__in=self.actors).values_list("followed", "state"))

    @cached_property
    def followers(self) -> set[str]:
        ours = Follow.objects.filter(outgoing=False, state=FollowState.ACCEPTED, follower__in=self.actors)
        return set(ours.values_list("follower", flat=True))

    @cached_property
    def queues(self) -> dict[str, tuple[int, datetime]]:
        rows = Delivery.objects.filter(state__in=OPEN, host__in=self.origins).order_by().values("host")
        counted = rows.annotate(number=Count("id"), oldest=Min("queued_at"))
        return {row["host"]: (row["number"], row["oldest"]) for row in counted}

    @cached_property
    def rests(self) -> dict[str, datetime | None]:
        return dict(Host.objects.filter(origin__in=self.origins).values_list("origin", "open_until"))

    @cached_property
    def offers(self) -> dict[str, int]:
        rows = Offer.objects.filter(local=False, state=OfferState.LIVE, owner__origin__in=self.origins)
        return dict(rows.order_by().values_list("owner__origin").annotate(number=Count("id")))


def _requests() -> tuple[FollowRequest, ...]:
    rows = Follow.objects.filter(outgoing=False, state=FollowState.PENDING).order_by("id")
    return tuple(FollowRequest(row.pk, row.follower, row.followed, row.created_at) for row in rows)


def _notices() -> tuple[NoticeLine, ...]:
    rows = Notice.objects.filter(read_at=None).order_by("id")[:NOTICES]
    return tuple(NoticeLine(row.pk, row.code, row.about, row.facts, row.created_at) for row in rows)
