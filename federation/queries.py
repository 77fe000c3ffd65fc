"""What is asked of the exchange's rows: who follows, whose offers are listed, what is due, how the nodes are."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from federation.models import (
    Announced,
    Delivery,
    DeliveryState,
    Envelope,
    Follow,
    FollowState,
    Node,
    Outcome,
    Standing,
    TombstoneSeen,
)
from federation.rules.delivery import Recipient
from federation.rules.origins import origin_of
from network.models import Collective, Member, Offer, OfferState

OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING)


def node_actor() -> str:
    """Return the uri of this node's Application actor."""
    return f"{settings.ORIGIN}/actor"


def is_ours(uri: str) -> bool:
    """Whether `uri` is an address of this node."""
    return uri.startswith(f"{settings.ORIGIN}/")


def standing_of(uri: str) -> str:
    """Return what we make of the node of `uri`."""
    found = Node.objects.filter(origin=origin_of(uri)).values_list("standing", flat=True).first()
    return found or Standing.UNKNOWN


def is_listed(actor: str) -> bool:
    """Whether offers of `actor` are listed here: its node is a peer, or somebody here follows it."""
    standing = standing_of(actor)
    if standing in {Standing.BLOCKED, Standing.LIMITED}:
        return False
    accepted = Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED, followed=actor)
    return standing == Standing.PEER or accepted.exists()


def followers_of(*actors: str) -> list[Recipient]:
    """Return the accepted followers of these actors of ours, without those of blocked nodes."""
    rows = Follow.objects.filter(outgoing=False, state=FollowState.ACCEPTED, followed__in=actors)
    blocked = set(Node.objects.filter(standing=Standing.BLOCKED).values_list("origin", flat=True))
    found = [Recipient(row.follower, row.inbox, row.shared_inbox) for row in rows.order_by("id")]
    return [one for one in found if origin_of(one.inbox) not in blocked]


def reads_proposals(origin: str) -> bool:
    """Whether the node at `origin` is known to read FEP-0837: it says it is Toile, or has sent us a Proposal."""
    if Node.objects.filter(origin=origin, software="toile").exists():
        return True
    return Offer.objects.filter(local=False, owner__origin=origin).exists()


def was_deleted(uri: str, owner: str) -> bool:
    """Whether `owner` deleted `uri` before."""
    return TombstoneSeen.objects.filter(uri_digest=digest_of(uri), owner=owner).exists()


def digest_of(uri: str) -> str:
    """Return the SHA-256 of an id, hex."""
    return hashlib.sha256(uri.encode()).hexdigest()


def offers_behind() -> QuerySet[Offer]:
    """Return local offers whose latest revision no announcement tells of."""
    told = Announced.objects.filter(uri=OuterRef("uri"), revision__gte=OuterRef("revision"))
    return Offer.objects.filter(local=True).exclude(Exists(told)).order_by("id")


def members_behind() -> QuerySet[Member]:
    """Return local members whose latest revision no announcement tells of."""
    told = Announced.objects.filter(uri=OuterRef("uri"), revision__gte=OuterRef("revision"))
    return Member.objects.filter(local=True).exclude(Exists(told)).order_by("id")


def collectives_behind() -> QuerySet[Collective]:
    """Return local collectives that have no document yet."""
    told = Announced.objects.filter(uri=OuterRef("uri"))
    return Collective.objects.filter(local=True).exclude(Exists(told)).order_by("id")


def envelopes_due(now: datetime) -> QuerySet[Envelope]:
    """Return admitted messages that wait for their (next) attempt."""
    return Envelope.objects.filter(outcome=Outcome.WAITING, next_attempt_at__lte=now).order_by("id")


def follows_to_catch_up(before: datetime) -> QuerySet[Follow]:
    """Return accepted follows of ours whose past was never read, or last before `before`."""
    stale = Q(caught_up_at=None) | Q(caught_up_at__lt=before)
    return Follow.objects.filter(stale, outgoing=True, state=FollowState.ACCEPTED).order_by("id")


@dataclass(frozen=True)
class NodeLine:
    """One node on the operator's page. `following`: the state of our follow, empty if none; `queue` counts rows."""

    id: int
    origin: str
    name: str
    software: str
    standing: str
    reason: str
    last_seen_at: datetime | None
    following: str
    followed_by: bool
    queue: int
    offers: int


@dataclass(frozen=True)
class FollowRequest:
    """Somebody elsewhere who asks to follow an actor of ours."""

    id: int
    follower: str
    followed: str
    created_at: datetime


@dataclass(frozen=True)
class NodesPage:
    """The operator's page: nodes by name, requests oldest first, deliveries open, messages waiting."""

    nodes: tuple[NodeLine, ...]
    requests: tuple[FollowRequest, ...]
    queue: int
    waiting: int


def nodes_page() -> NodesPage:
    """Return how the exchange stands. The number of SQL queries does not grow with the nodes."""
    following = dict(Follow.objects.filter(outgoing=True, follower=node_actor()).values_list("followed", "state"))
    followers = set(
        Follow.objects.filter(outgoing=False, state=FollowState.ACCEPTED).values_list("follower", flat=True)
    )
    queues = _count(Delivery.objects.filter(state__in=OPEN), "host")
    offers = _count(Offer.objects.filter(local=False, state=OfferState.LIVE), "owner__origin")
    lines = tuple(
        NodeLine(
            id=node.pk,
            origin=node.origin,
            name=node.name,
            software=node.software,
            standing=node.standing,
            reason=node.reason,
            last_seen_at=node.last_seen_at,
            following=following.get(node.actor, ""),
            followed_by=node.actor in followers,
            queue=queues.get(node.origin, 0),
            offers=offers.get(node.origin, 0),
        )
        for node in Node.objects.order_by("name", "origin")
    )
    waiting = Envelope.objects.filter(outcome=Outcome.WAITING).count()
    return NodesPage(lines, _requests(), sum(queues.values()), waiting)


def _count(rows: QuerySet, key: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(key).annotate(number=Count("id")))


def _requests() -> tuple[FollowRequest, ...]:
    rows = Follow.objects.filter(outgoing=False, state=FollowState.PENDING).order_by("id")
    return tuple(FollowRequest(row.pk, row.follower, row.followed, row.created_at) for row in rows)
