"""Founding collectives, and who belongs to them. Every change here changes the web of trust."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from network import clock
from network.actions.webs import web_changed
from network.errors import Invalid, WrongState
from network.models import Collective, Member, Membership, MembershipState
from network.rules.facts import TrustTerms
from network.rules.profiles import check_profile, slug_of
from network.signals import announce, member_joined, membership_changed

WAITING = (MembershipState.CANDIDATE, MembershipState.PROBATION)
STANDING = (*WAITING, MembershipState.ACTIVE, MembershipState.SUSPENDED)


@transaction.atomic
def found_collective(*, name: str, slug: str = "", summary: str = "", at: datetime | None = None) -> Collective:
    """Create a collective whose home is this node. Its slug comes from its name if not given."""
    for field, code in check_profile({"name": name}):
        raise Invalid(code, field=field)
    taken = frozenset(Collective.objects.filter(local=True).values_list("slug", flat=True))
    free = slug_of(slugify(slug or name), taken, fallback="collectif")
    return Collective.objects.create(
        uri=f"{settings.ORIGIN}/g/{free}", origin=settings.ORIGIN, slug=free, name=name.strip(), summary=summary,
        local=True, founded_at=at or clock.now(),
    )  # fmt: skip


@transaction.atomic
def admit_member(*, collective: Collective, member: Member, at: datetime | None = None) -> Membership:
    """Make `member` an active member from `at` on, under the next number of the register.

    Locks the collective, so that numbers follow one another. A former or candidate member keeps their number and
    begins anew; WrongState("already_member") if active, WrongState("member_gone") if they have left the network.
    """
    Collective.objects.select_for_update().get(pk=collective.pk)
    if member.gone_at is not None:
        raise WrongState("member_gone")
    known = Membership.objects.filter(collective=collective, member=member).first()
    if known is not None and known.state == MembershipState.ACTIVE:
        raise WrongState("already_member")
    membership = known or Membership(collective=collective, member=member)
    membership.number = membership.number or _next_number(collective)
    membership.state, membership.since, membership.until = MembershipState.ACTIVE, at or clock.now(), None
    membership.uri, membership.renewed_at = f"{settings.ORIGIN}/mem/{uuid4().hex}", membership.since
    _changed(membership)
    announce(member_joined, member_id=member.pk, collective_id=collective.pk)
    return membership


def _changed(membership: Membership) -> None:
    """Write a change of a membership, which changes the web, and which others should learn."""
    membership.revision += membership.pk is not None
    membership.save()
    web_changed([membership.member_id])
    announce(membership_changed, membership_id=membership.pk)


def _next_number(collective: Collective) -> int:
    return (Membership.objects.filter(collective=collective).aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def end_membership(*, collective: Collective, member: Member, at: datetime | None = None) -> Membership:
    """End an active or suspended membership at `at`; what they attested weighs nothing from then on.

    A candidacy or probation leaves no trace of membership.

    WrongState("not_a_member") if there is none to end.
    """
    found = Membership.objects.select_for_update().filter(collective=collective, member=member, state__in=STANDING)
    membership = found.first()
    if membership is None:
        raise WrongState("not_a_member")
    if membership.state in WAITING:
        return _dropped(membership)
    membership.state, membership.until = MembershipState.ENDED, at or clock.now()
    _changed(membership)
    return membership


def _dropped(membership: Membership) -> Membership:
    """Forget a candidate who never was a member; a former member is again what they were."""
    if membership.until is None or membership.number is None:
        membership.delete()
        web_changed([membership.member_id])
        return membership
    membership.state = MembershipState.ENDED
    membership.save(update_fields=["state"])
    web_changed([membership.member_id])
    return membership


@transaction.atomic
def receive_candidate(*, collective: Collective, member: Member) -> Membership:
    """Note that somebody asks to join: no number, no date, nothing that others learn. WrongState("already_member")."""
    return _waiting(collective, member, MembershipState.CANDIDATE)


@transaction.atomic
def begin_probation(*, collective: Collective, member: Member) -> Membership:
    """Note that somebody is on probation: they are no member yet, for decisions and for the web of trust."""
    return _waiting(collective, member, MembershipState.PROBATION)


def _waiting(collective: Collective, member: Member, state: str) -> Membership:
    Collective.objects.select_for_update().get(pk=collective.pk)
    known = Membership.objects.filter(collective=collective, member=member).first()
    if known is not None and known.state in {MembershipState.ACTIVE, MembershipState.SUSPENDED}:
        raise WrongState("already_member")
    membership = known or Membership(collective=collective, member=member)
    membership.state = state
    membership.save()
    web_changed([member.pk])
    return membership


@transaction.atomic
def suspend_membership(*, collective: Collective, member: Member) -> Membership:
    """Suspend an active member: what they attest and decide does not count meanwhile. WrongState("not_a_member")."""
    active = Membership.objects.select_for_update().filter(collective=collective, member=member)
    membership = active.filter(state=MembershipState.ACTIVE).first()
    if membership is None:
        raise WrongState("not_a_member")
    membership.state = MembershipState.SUSPENDED
    _changed(membership)
    return membership


@transaction.atomic
def renew_membership(*, membership_id: int, anew: bool = False) -> Membership:
    """Confirm an active membership of a collective of this node for another year; `anew` under a new paper.

    WrongState("not_a_member") if it is not active, or of another node.
    """
    active = Membership.objects.select_for_update(of=("self",)).filter(state=MembershipState.ACTIVE)
    membership = active.filter(pk=membership_id, collective__local=True).first()
    if membership is None:
        raise WrongState("not_a_member")
    if anew or not membership.uri:
        membership.uri = f"{settings.ORIGIN}/mem/{uuid4().hex}"
    membership.renewed_at = clock.now()
    _changed(membership)
    return membership


@transaction.atomic
def set_trust_terms(*, collective: Collective, terms: Mapping[str, str], charter: str = "") -> Collective:
    """Write the `trust.*` figures of the charter just adopted, and its digest; called by that adoption only.

    Invalid("trust_term_invalid", term=…) for a figure that is unknown, no number or out of bounds.
    """
    try:
        figures = TrustTerms.from_text(terms).to_text()
    except ValueError as error:
        raise Invalid("trust_term_invalid", term=str(error)) from error
    collective.trust_terms, collective.charter = figures, charter
    collective.save(update_fields=["trust_terms", "charter"])
    web_changed([])
    return collective
