"""Which entries are shown, and how old they are: one condition and one line of dates for every list and page.

Shown by default: what is live, not hidden, of somebody who is here, and fresh enough. What has faded keeps its page,
and comes back when its owner confirms it, or its node is heard again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Q

from network.models import Member, Membership, Offer, OfferState, Source, Tombstone, Vouch
from network.queries.hiding import not_hidden
from network.rules.facts import CHARTE, DEFAULT_TERMS, Facts, Grave, MemberFact, VouchFact, grave_of
from network.rules.freshness import Ages, Delays, is_unsteady, state_of

__all__ = [
    "Freshness", "delays", "freshness_of", "has_departed", "is_old_copy", "last_attested", "member_freshness",
    "offer_shown", "present", "unsteady_origins",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old what is shown is, three dates side by side.

    `renewed_at`: confirmed by its owner; `heard_at`: received from its node; `attested_at`: the last time a peer
    attested its owner, if that was asked for and anybody did. `source_origin`: of the node it is a copy from; "" for
    our own. `state`: fresh, to_confirm, unsteady, old_copy, faded or expired.
    """

    renewed_at: datetime
    heard_at: datetime
    source_origin: str
    state: str
    attested_at: datetime | None = None
    claimed: bool = True  # no owner has confirmed an entry that nobody has claimed yet


def delays() -> Delays:
    """Return the delays of this node, from its options."""
    return _delays(*settings.FRESHNESS_DAYS)


@lru_cache(maxsize=8)
def _delays(old_copy: int, silent: int, confirm: int, fade: int) -> Delays:
    return Delays(old_copy, silent, confirm, fade)


# --- who and what is shown -------------------------------------------------------------------------------


def present(at: datetime, *, faded: bool = False) -> Q:
    """Return the condition on members of being shown in lists and counts: here, neither hidden nor of a node that is
    blocked or has departed; and fresh enough, unless `faded` ones are wanted too."""
    shown = Q(gone_at=None, muted=False) & not_hidden("uri")
    if faded:
        return shown
    ours = Q(local=True, renewed_at__gt=at - timedelta(days=delays().fade))
    return shown & (ours | Q(local=False, heard_at__gt=at - timedelta(days=delays().silent)) | Q(unclaimed=True))


def offer_shown(at: datetime, *, faded: bool = False) -> Q:
    """Return the condition on offers of being a result: live, not ended, not hidden, its owner here; and fresh enough,
    unless `faded` ones are wanted too. An offer is as fresh as the later confirmation of its own or of its owner."""
    shown = Q(state=OfferState.LIVE, ends_at__gt=at, owner__gone_at=None, owner__muted=False)
    shown &= not_hidden("uri", "owner__uri")
    if faded:
        return shown
    limit = at - timedelta(days=delays().fade)
    ours = Q(local=True) & (Q(renewed_at__gt=limit) | Q(owner__renewed_at__gt=limit))
    heard = Q(local=False, heard_at__gt=at - timedelta(days=delays().silent))
    return (ours | heard | Q(owner__unclaimed=True)) & shown  # an unclaimed entry is no node's: it leaves when it ends


# --- how old it is ---------------------------------------------------------------------------------------


def freshness_of(
    offer: Offer, *, at: datetime, unsteady: Iterable[str] | None = None, attested: bool = False
) -> Freshness:
    """Say how old an offer is at an instant, and from which node we have it; with `attested`, also when a peer last
    attested its owner. `unsteady`: of `unsteady_origins`, if that was asked before."""
    owner = offer.owner
    confirmed = max(offer.renewed_at, owner.renewed_at) if offer.local else offer.renewed_at
    ages = Ages(offer.local, confirmed, offer.heard_at, offer.ends_at, _is_unsteady(owner, at, unsteady))
    origin = "" if offer.local else owner.origin
    state = _state(owner, ages, at)
    peers = last_attested(owner, at=at) if attested else None
    return Freshness(offer.renewed_at, offer.heard_at, origin, state, peers, claimed=not owner.unclaimed)


def member_freshness(member: Member, *, at: datetime, attested: bool = False) -> Freshness:
    """Say how old a member's profile is; with `attested`, also when a peer last attested them."""
    ages = Ages(member.local, member.renewed_at, member.heard_at, None, _is_unsteady(member, at, None))
    origin = "" if member.local else member.origin
    peers = last_attested(member, at=at) if attested else None
    return Freshness(
        member.renewed_at, member.heard_at, origin, _state(member, ages, at), peers, claimed=not member.unclaimed
    )


def _state(owner: Member, ages: Ages, at: datetime) -> str:
    """The age of an entry; of one that nobody has claimed only whether it has ended."""
    if not owner.unclaimed:
        return state_of(ages, at, delays())
    return "expired" if ages.ends_at is not None and ages.ends_at <= at else "fresh"


def is_old_copy(row: Any, *, at: datetime) -> bool:
    """Whether what we have of something of another node is older than a copy should be."""
    return not row.local and row.heard_at <= at - timedelta(days=delays().old_copy)


def last_attested(member: Member, *, at: datetime) -> datetime | None:
    """Return when somebody last attested that this member respects the charter; None if nothing counts today."""
    return max((fact.issued for fact in _facts_about(member).counting(at, DEFAULT_TERMS)), default=None)


def _facts_about(member: Member) -> Facts:
    """Return what is known of who vouches for one person: three queries, however large the web is."""
    rows = Vouch.objects.filter(subject=member, kind=CHARTE, public=True, issuer__muted=False)
    columns = ("uri", "issuer__uri", "subject__uri", "kind", "level", "issued_at", "expires_at", "charter", "public")
    vouches = [VouchFact(*row) for row in rows.values_list(*columns)]
    graves = [grave_of(fact.id, fact.issuer) for fact in vouches]
    buried = Tombstone.objects.filter(uri_digest__in=[grave.uri_digest for grave in graves])
    belonging = Membership.objects.filter(member__uri__in={fact.issuer for fact in vouches}, state="active")
    members = belonging.values_list("collective__uri", "member__uri", "since", "until")
    return Facts.of(
        vouches,
        [Grave(*row) for row in buried.values_list("uri_digest", "issuer_digest")],
        [MemberFact(*row) for row in members],
    )


def has_departed(origin: str) -> bool:
    """Whether what the node at `origin` gives is hidden because it has departed."""
    return Source.objects.filter(origin=origin.lower()).exclude(departed_at=None).exists()


def unsteady_origins(at: datetime, origins: Iterable[str] | None = None) -> frozenset[str]:
    """Return the origins that could not be reached on two days at least of the last thirty; of these, or of all."""
    rows = Source.objects.all() if origins is None else Source.objects.filter(origin__in=list(origins))
    return frozenset(row.origin for row in rows if is_unsteady(row.missed_on, at.date()))


def _is_unsteady(owner: Member, at: datetime, known: Iterable[str] | None) -> bool:
    if owner.local:
        return False
    return owner.origin in (unsteady_origins(at, [owner.origin]) if known is None else known)
