"""The first run, invitations, profiles, and people of other nodes."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from network import clock, permissions
from network.actions.collectives import admit_member, found_collective
from network.actions.index import index_offers_of
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import (
    Account,
    Invitation,
    Member,
    Membership,
    MembershipState,
    NodeProfile,
    Skill,
)
from network.queries.freshness import has_departed
from network.queries.members import token_digest
from network.queries.skills import final
from network.rules.access import ACCESS
from network.rules.cards import MemberCard, origin_of, plain
from network.rules.markdown import clean_html
from network.rules.profiles import check_handle, check_member_card, check_profile
from network.signals import announce, profile_edited

INVITATION_DAYS = 14
UNSET: Any = object()
FOUND_BY = {"name", "kind", "languages", "access"}  # their offers are found by these too


# --- the first run ---------------------------------------------------------------------------------------


@transaction.atomic
def set_up_node(
    *,
    node_name: str,
    collective_name: str,
    username: str,
    password: str,
    display_name: str,
    kind: str = "person",
    place: Any = None,
) -> Account:
    """Name the node, found its collective, and make its first member, who also operates the node.

    Once only: WrongState("already_set_up") afterwards, whoever comes second of two. `place` is a PlaceHit or None.
    """
    if not 2 <= len(plain(node_name)) <= 120:
        raise Invalid("name_length", field="node_name")
    try:
        with transaction.atomic():
            NodeProfile.objects.create(id=1, name=plain(node_name))
    except IntegrityError as error:
        raise WrongState("already_set_up") from error
    collective = found_collective(name=collective_name)
    member = _new_member(username, display_name, kind, place)
    account = _new_account(member, password, operator=True)
    admit_member(collective=collective, member=member)
    return account


def _new_member(username: str, display_name: str, kind: str, place: Any = None) -> Member:
    """Create a local member. The login name, in small letters, is part of the address and never changes."""
    handle = username.strip().lower()
    if code := check_handle(handle):
        raise Invalid(code, field="username")
    for field, problem in check_profile({"name": display_name, "kind": kind}):
        raise Invalid(problem, field={"name": "display_name"}.get(field, field))
    try:
        with transaction.atomic():
            return Member.objects.create(
                uri=f"{settings.ORIGIN}/u/{handle}", origin=settings.ORIGIN, handle=handle, local=True, kind=kind,
                name=plain(display_name), languages=["fr"], **Member.columns_of(place),
            )  # fmt: skip
    except IntegrityError as error:
        raise Invalid("username_taken", field="username") from error


def _new_account(member: Member, password: str, *, operator: bool = False) -> Account:
    account = Account(username=member.handle, member=member, operator=operator, first_name=member.name[:150])
    try:
        validate_password(password, user=account)
    except ValidationError as error:
        codes = [("password", str(each.code)) for each in error.error_list]
        raise Invalid(codes[0][1], field="password", problems=codes) from error
    account.set_password(password)
    account.save()
    return account


# --- invitations -----------------------------------------------------------------------------------------


@transaction.atomic
def create_invitation(
    *, actor: Member, days: int = INVITATION_DAYS, as_candidate: bool = False
) -> tuple[Invitation, str]:
    """Return a link's row and its token, which is kept nowhere: only its SHA-256 is. It opens one account, once.

    `as_candidate`: the account belongs to nobody's collective yet; whoever opens it asks to join.
    """
    found = Membership.objects.filter(member=actor, state=MembershipState.ACTIVE, collective__local=True)
    membership = found.order_by("since", "pk").select_related("collective").first()
    if membership is None or not permissions.can_invite(actor):
        raise NotEntitled("not_a_member")
    token, instant = secrets.token_urlsafe(24), clock.now()
    invitation = Invitation.objects.create(
        token_digest=token_digest(token), collective=membership.collective, issuer=actor, issued_at=instant,
        expires_at=instant + timedelta(days=days), as_candidate=as_candidate,
    )  # fmt: skip
    return invitation, token


@transaction.atomic
def accept_invitation(*, token: str, username: str, password: str, display_name: str, kind: str = "person") -> Account:
    """Use the link up, and make a member of its collective with a login, or somebody who has yet to ask to join.

    Locks the invitation: of two who use it at once one succeeds. NotFound("invitation_unknown"),
    WrongState("invitation_used" or "invitation_expired"); Invalid leaves the link usable.
    """
    invitation = Invitation.objects.select_for_update().filter(token_digest=token_digest(token)).first()
    if invitation is None:
        raise NotFound("invitation_unknown")
    _check_usable(invitation, clock.now())
    member = _new_member(username, display_name, kind)
    account = _new_account(member, password)
    invitation.used_at = clock.now()
    invitation.save(update_fields=["used_at"])
    if not invitation.as_candidate:
        admit_member(collective=invitation.collective, member=member)
    return account


def _check_usable(invitation: Invitation, instant: datetime) -> None:
    if invitation.used_at is not None:
        raise WrongState("invitation_used")
    if invitation.expires_at <= instant:
        raise WrongState("invitation_expired")


# --- one's own profile -----------------------------------------------------------------------------------


@transaction.atomic
def update_profile(
    *,
    actor: Member,
    name: str = UNSET,
    kind: str = UNSET,
    summary: str = UNSET,
    place: Any = UNSET,
    languages: Sequence[str] = UNSET,
    skills: Sequence[str] = UNSET,
    opening: str = UNSET,
    website: str = UNSET,
    access: Sequence[str] = UNSET,
) -> Member:
    """Change what is given of one's own profile, which also confirms it. `skills` are slugs, `place` a PlaceHit or
    None. Invalid names the first problem; its fact `problems` lists all."""
    if not permissions.can_edit_profile(actor):
        raise NotEntitled("not_your_profile")
    asked: dict[str, Any] = {"name": name, "kind": kind, "summary": summary, "opening": opening, "website": website}
    asked |= {"languages": languages, "skills": skills, "access": access}
    given = {field: value for field, value in asked.items() if value is not UNSET}
    found = _skills(given)
    member = Member.objects.select_for_update().get(pk=actor.pk)
    columns = {field: plain(value) if isinstance(value, str) else value for field, value in given.items()}
    columns |= {} if place is UNSET else Member.columns_of(place)
    columns.pop("skills", None)
    return _write_profile(member, columns, found)


def _skills(given: dict[str, Any]) -> list[Skill] | None:
    """The skills named in `given`, None if they are not to change; refuse the fields at fault."""
    problems = check_profile(given)
    slugs = list(dict.fromkeys(given.get("skills", ())))
    found = list(Skill.objects.filter(slug__in=slugs)) if slugs else []
    if len(found) < len(slugs):
        problems.append(("skills", "skill_unknown"))
    if problems:
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)
    return found if "skills" in given else None


def _write_profile(member: Member, columns: dict[str, Any], skills: list[Skill] | None) -> Member:
    for field, value in columns.items():
        setattr(member, field, list(value) if isinstance(value, tuple) else value)
    member.renewed_at = member.heard_at = clock.now()
    member.revision += 1
    member.save()
    if skills is not None:
        member.skills.set(skills)
    if columns.keys() & FOUND_BY:
        index_offers_of(member)
    announce(profile_edited, member_id=member.pk)
    return member


def confirm_profile(*, actor: Member) -> Member:
    """Say that one's profile still holds; others learn the date."""
    return update_profile(actor=actor)


# --- people of other nodes -------------------------------------------------------------------------------


@transaction.atomic
def record_remote_member(*, card: MemberCard) -> Member:
    """Write what a node says about its own member; repeated, it changes nothing but the date of hearing.

    NotEntitled("origin_mismatch") for an address outside the card's origin, or of this node; Invalid for an empty
    name or an unknown kind. Somebody gone stays gone.
    """
    if origin_of(card.uri) != card.origin.lower() or card.origin.lower() == settings.ORIGIN.lower():
        raise NotEntitled("origin_mismatch")
    for field, code in check_member_card(card):
        raise Invalid(code, field=field)
    known = Member.objects.select_for_update().filter(uri=card.uri).first()
    member = known or Member(uri=card.uri, muted=has_departed(card.origin))
    if member.gone_at is not None:
        return member
    before = _found_by(member)
    for column, value in _columns_of(card).items():
        setattr(member, column, value)
    member.save()
    known = Skill.objects.filter(slug__in=card.skill_slugs).select_related("merged_into")
    member.skills.set({found for skill in known if (found := final(skill))})
    if before != _found_by(member):
        index_offers_of(member)
    return member


@transaction.atomic
def account_of_remote(member: Member) -> Account:
    """Return the login of a member of another node, made if there is none: no password opens it, only their node does.

    NotEntitled("account_closed") if it was closed here, or if this is no member of another node.
    """
    found = Account.objects.filter(member=member).first()
    if member.local or member.gone_at is not None or (found is not None and not found.is_active):
        raise NotEntitled("account_closed")
    if found is not None:
        return found
    columns = {"username": f"@{member.pk}", "first_name": member.name[:150], "password": make_password(None)}
    return Account.objects.get_or_create(member=member, defaults=columns)[0]


def _found_by(member: Member) -> list[Any]:
    return [getattr(member, column) for column in sorted(FOUND_BY)]


def _columns_of(card: MemberCard) -> dict[str, Any]:
    """What a card says, cut to what the columns hold; what is only decoration is dropped when malformed."""
    instant = clock.now()
    said: dict[str, Any] = {"languages": list(card.languages), "website": card.website}
    wrong = {field for field, _ in check_profile(said)}
    return {
        "origin": card.origin.lower(), "handle": plain(card.handle, 60), "local": False, "kind": card.kind,
        "name": plain(card.name, 120) or plain(card.handle, 60) or plain(card.uri, 120),
        "summary": clean_html(plain(card.html)),
        "opening": card.opening, "languages": [] if "languages" in wrong else list(card.languages),
        "access": [code for code in ACCESS if code in card.access],
        "website": "" if "website" in wrong else card.website,
        "place_name": plain(card.place_name, 120), "place_dept": plain(card.place_dept, 8),
        "place_code": plain(card.place_code, 12),
        "lat": card.lat, "lon": card.lon, "heard_at": instant, "renewed_at": min(card.renewed_at or instant, instant),
    }  # fmt: skip
