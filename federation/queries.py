"""What is asked of the exchange's rows: who follows, whose offers are listed, what is due, how the nodes are."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from federation.errors import OriginError
from federation.models import (
    Announced,
    DeliveryState,
    Envelope,
    Follow,
    FollowState,
    MovedId,
    Node,
    Outcome,
    Policy,
    Reading,
    RemoteActor,
    Rendered,
    SignedKind,
    SignedObject,
    Standing,
    TombstoneSeen,
)
from federation.rules.delivery import PROPOSAL, Recipient
from federation.rules.origins import host_of, origin_of, parents_of, same_origin
from governance.models import Decision
from network.models import Collective, Member, Membership, MembershipState, Offer, Vouch
from network.queries.webs import terms_of

OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING)
RENEWED_BEFORE = timedelta(days=30)  # its end: the paper of an active member is written anew
DECISIONS = 50


def node_actor() -> str:
    """Return the uri of this node's Application actor."""
    return f"{settings.ORIGIN}/actor"


def is_ours(uri: str) -> bool:
    """Whether `uri` is an address of this node, however it is spelled."""
    return same_origin(uri, settings.ORIGIN)


def standing_of(uri: str) -> str:
    """Return what we make of the node of `uri`; a block holds for its host on any port, and for hosts below it."""
    if Node.objects.blocked_host(host_of(uri)):
        return Standing.BLOCKED
    found = Node.objects.filter(origin=origin_of(uri)).values_list("standing", flat=True).first()
    return found or Standing.UNKNOWN


def is_closed() -> bool:
    """Whether this node speaks only with nodes on its list."""
    return Policy.objects.filter(closed=True).exists()


def may_exchange(origin: str) -> bool:
    """Whether anything may go to, or come from, the node of `origin` (an origin, or any address there).

    Not if its host is blocked, or if it is no address; in a closed node only if it is allowed, or a peer.
    """
    return exchange_rule()(origin)


def exchange_rule() -> Callable[[str], bool]:
    """Return `may_exchange` as it stands now, for many origins at the price of one: three queries at most."""
    blocked = Node.objects.blocked_hosts()
    kept = Q(allowed=True) | Q(standing=Standing.PEER)
    listed = set(Node.objects.filter(kept).values_list("origin", flat=True)) if is_closed() else None

    def rule(origin: str) -> bool:
        try:
            under_block = blocked.intersection(parents_of(host_of(origin)))
            return not under_block and (listed is None or origin_of(origin) in listed)
        except OriginError:
            return False

    return rule


def muted_rule() -> Callable[[str], bool]:
    """Return whether the node at an address is blocked, as things stand: one query, for however many."""
    return under_hosts(Node.objects.blocked_hosts())


def under_hosts(hosts: frozenset[str]) -> Callable[[str], bool]:
    """Return whether an address lies at one of `hosts` or below it; what is no address does not."""

    def under(uri: str) -> bool:
        try:
            return bool(hosts.intersection(parents_of(host_of(uri))))
        except OriginError:
            return False

    return under


def is_listed(actor: str) -> bool:
    """Whether offers of `actor` are listed here: its node is a peer, or somebody here follows it."""
    standing = standing_of(actor)
    if standing in {Standing.BLOCKED, Standing.LIMITED}:
        return False
    accepted = Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED, followed=actor)
    return standing == Standing.PEER or accepted.exists()


def listing_rule(actors: Iterable[str]) -> Callable[[str], bool]:
    """Return `is_listed` as it stands now for these actors, at the price of one: three queries."""
    wanted = list(actors)
    origins = {origin_of(actor) for actor in wanted}
    blocked = Node.objects.blocked_hosts()
    standings = dict(Node.objects.filter(origin__in=origins).values_list("origin", "standing"))
    rows = Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED, followed__in=wanted)
    followed = set(rows.values_list("followed", flat=True))

    def rule(actor: str) -> bool:
        standing = standings.get(origin_of(actor), Standing.UNKNOWN)
        if standing == Standing.LIMITED or blocked.intersection(parents_of(host_of(actor))):
            return False
        return standing == Standing.PEER or actor in followed

    return rule


def followers_of(*actors: str) -> list[Recipient]:
    """Return the accepted followers of these actors of ours, at nodes with which we speak."""
    rows = Follow.objects.filter(outgoing=False, state=FollowState.ACCEPTED, followed__in=actors)
    found = [Recipient(row.follower, row.inbox, row.shared_inbox) for row in rows.order_by("id")]
    may = exchange_rule()
    return [one for one in found if may(one.inbox)]


def reads_proposals(origin: str) -> bool:
    """Whether the node at `origin` is known to read FEP-0837: it says it is Toile, or has sent us a Proposal.

    Not if its answers showed that it does not.
    """
    if Reading.objects.filter(origin=origin, object_type=PROPOSAL, unread=True).exists():
        return False
    if Node.objects.filter(origin=origin, software="toile").exists():
        return True
    return Offer.objects.filter(local=False, owner__origin=origin).exists()


def reads_attestations(origin: str) -> bool:
    """Whether the node at `origin` is known to read what we prove: it says it is Toile, or has sent us such things."""
    if Node.objects.filter(origin=origin, software="toile").exists():
        return True
    return SignedObject.objects.filter(owner__startswith=f"{origin}/").exists()


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


def vouches_behind() -> QuerySet[Vouch]:
    """Return public attestations of local members whose latest revision, or end, no announcement tells of."""
    told = Announced.objects.filter(uri=OuterRef("uri"), revision__gte=OuterRef("revision"))
    return Vouch.objects.filter(issuer__local=True, public=True).exclude(Exists(told)).order_by("id")


def memberships_behind(now: datetime) -> QuerySet[Membership]:
    """Return memberships of local collectives of which nothing tells yet, or whose paper is about to end."""
    told = Announced.objects.filter(uri=OuterRef("uri"), revision__gte=OuterRef("revision"))
    behind = ~Exists(told) & ~Q(uri="")
    due = Q(uri="")
    for collective in Collective.objects.filter(local=True):
        limit = now + RENEWED_BEFORE - terms_of(collective).renewal
        due |= Q(collective=collective, renewed_at__lte=limit)
    active = Q(state=MembershipState.ACTIVE) & due
    return Membership.objects.filter(behind | active, collective__local=True).order_by("id")


def decisions_behind() -> QuerySet[Decision]:
    """Return decisions of local collectives that were not announced yet, or are not served where we live now."""
    uri = Concat(OuterRef("entry__collective__uri"), Value("/decisions/"), Cast(OuterRef("entry__seq"), CharField()))
    behind = ~Exists(Announced.objects.filter(uri=uri)) | ~Exists(Rendered.objects.filter(uri=uri))
    return Decision.objects.filter(behind, entry__collective__local=True).order_by("id")


def envelopes_due(now: datetime) -> QuerySet[Envelope]:
    """Return admitted messages that wait for their (next) attempt."""
    return Envelope.objects.filter(outcome=Outcome.WAITING, next_attempt_at__lte=now).order_by("id")


def follows_to_catch_up(before: datetime) -> QuerySet[Follow]:
    """Return accepted follows of ours whose past was never read, or last before `before`."""
    stale = Q(caught_up_at=None) | Q(caught_up_at__lt=before)
    return Follow.objects.filter(stale, outgoing=True, state=FollowState.ACCEPTED).order_by("id")


def follows_of_nodes() -> QuerySet[Follow]:
    """Return accepted follows of ours of other nodes' own actors, once they were caught up with."""
    actors = Node.objects.filter(standing=Standing.PEER).exclude(actor="").values("actor")
    accepted = Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED, followed__in=actors)
    return accepted.exclude(caught_up_at=None).order_by("id")


@dataclass(frozen=True)
class AnnouncedDecision:
    """A decision that a collective of another node announced, with its proof. Digests are bare hex."""

    uri: str
    collective_uri: str
    collective_name: str
    seq: int
    outcome: str
    entry_digest: str
    head: str
    page: str  # where to read it, at its own node; empty if none
    published: str  # instant, as signed
    verified_at: datetime


def announced_decisions() -> tuple[AnnouncedDecision, ...]:
    """Return the fifty latest decisions that other nodes' collectives announced to us, newest first."""
    rows = SignedObject.objects.filter(kind=SignedKind.DECISION).exclude(owner__startswith=f"{settings.ORIGIN}/")
    rows = rows.exclude(owner__in=MovedId.objects.values("old_uri"))  # ours, before we moved
    rows = rows.order_by("-made_at", "-pk")[:DECISIONS]
    names = dict(RemoteActor.objects.filter(uri__in=[row.owner for row in rows]).values_list("uri", "name"))
    return tuple(found for row in rows if (found := _decision(row, names.get(row.owner, ""))))


def _decision(row: SignedObject, name: str) -> AnnouncedDecision | None:
    """Read the figures as our own nodes write them; None for another spelling of the same terms."""
    document: dict[str, Any] = json.loads(bytes(row.body))
    figures = document.get("decision")
    if not isinstance(figures, dict) or not isinstance(figures.get("seq"), int):
        return None
    page = str(document.get("url", ""))
    return AnnouncedDecision(
        uri=row.uri,
        collective_uri=row.owner,
        collective_name=name or row.owner,
        seq=figures["seq"],
        outcome=str(figures.get("outcome", "")),
        entry_digest=str(figures.get("entryDigest", "")),
        head=str(figures.get("head", "")),
        page=page if same_origin(page, row.owner) else "",
        published=str(document.get("published", "")),
        verified_at=row.verified_at,
    )
