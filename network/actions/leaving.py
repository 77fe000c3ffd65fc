"""Leaving: what ends, what is erased. Members of this node go at their own wish, others when their node says so."""

from datetime import datetime

from django.db import transaction

from network import clock
from network.actions.collectives import STANDING, end_membership
from network.actions.contact_ends import close_conversations_of
from network.actions.events import withdraw_events_of
from network.actions.moderation import forget_moderation_of
from network.actions.offers import withdraw_all_of
from network.actions.quotes import drop_quotes_of
from network.actions.trust import revoke
from network.actions.webs import web_changed
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Account, Collective, Invitation, Member, Membership, MembershipState, Vouch
from network.signals import announce, profile_edited, vouch_withdrawn

__all__ = ["check_may_leave", "leave_node", "mark_member_gone"]


@transaction.atomic
def leave_node(*, actor: Account, member_id: int, password: str) -> Member:
    """Erase a member of this node for good, at their own wish; an operator may do it for somebody who asks.

    `password` is the actor's own, said again. Afterwards offers and attestations are withdrawn, memberships ended, the
    profile is empty and the login closed. Invalid("password_wrong"), NotEntitled("not_yours_to_erase"),
    NotFound("member_unknown"), WrongState("last_operator", "only_member").
    """
    member = Member.objects.select_for_update().filter(pk=member_id, local=True, gone_at=None).first()
    if member is None:
        raise NotFound("member_unknown")
    if actor.member_id != member.pk and not actor.operator:
        raise NotEntitled("not_yours_to_erase")
    if not actor.check_password(password):
        raise Invalid("password_wrong", field="password")
    check_may_leave(member)
    Invitation.objects.filter(issuer=member, used_at=None).delete()
    mark_member_gone(uri=member.uri)
    return member


def check_may_leave(member: Member) -> None:
    """Refuse if the node would be without an operator, or a collective of ours without anybody."""
    operators = Account.objects.select_for_update().filter(operator=True, is_active=True)
    left = [account.member_id for account in operators]
    if left == [member.pk]:
        raise WrongState("last_operator")
    ours = Collective.objects.filter(local=True, memberships__member=member, memberships__state=MembershipState.ACTIVE)
    for collective in ours:
        others = Membership.objects.filter(collective=collective, state=MembershipState.ACTIVE).exclude(member=member)
        if not others.exists():
            raise WrongState("only_member", collective=collective.name)


@transaction.atomic
def mark_member_gone(*, uri: str) -> Member | None:
    """Take everything of `uri` off the directory: offers withdrawn, attestations revoked, memberships ended, words
    about them erased, login closed. None if unknown; done once, it stays done."""
    member = Member.objects.select_for_update().filter(uri=uri).first()
    if member is None or member.gone_at is not None:
        return member
    instant = clock.now()
    withdraw_all_of(member)
    withdraw_events_of(member)
    drop_quotes_of(member)
    close_conversations_of(member)
    forget_moderation_of(member)
    _revoke_all_of(member, instant)
    for collective in Collective.objects.filter(memberships__member=member, memberships__state__in=STANDING):
        end_membership(collective=collective, member=member, at=instant)
    _close_login(member)
    web_changed([member.pk])
    return _erase(member, instant)


def _revoke_all_of(member: Member, instant: datetime) -> None:
    """Revoke what they attested, and forget what others wrote of them; the other nodes learn it of members of ours."""
    Vouch.objects.filter(subject=member).update(statement="", known_since="", articles=[], reason="")
    given = list(Vouch.objects.filter(issuer=member).select_related("issuer"))
    revoke(given, at=instant)
    for each in given:
        if member.local and each.public:
            announce(vouch_withdrawn, vouch_id=each.pk)


def _close_login(member: Member) -> None:
    for account in Account.objects.filter(member=member):
        account.is_active = account.operator = False
        account.first_name = account.last_name = account.email = ""
        account.set_unusable_password()
        account.save()


def _erase(member: Member, instant: datetime) -> Member:
    """Forget what a person said of themselves; the address stays, so that a late message does not bring them back."""
    for column, value in Member.columns_of(None).items():
        setattr(member, column, value)
    member.name = member.summary = member.website = ""
    member.languages, member.gone_at, member.revision = [], instant, member.revision + 1
    member.save()
    member.skills.clear()
    announce(profile_edited, member_id=member.pk)
    return member
