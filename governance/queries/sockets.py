"""Who may keep a socket of a room, asked for many at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from governance.models import Assembly
from governance.queries.rooms import audience_of
from governance.queries.shapes import Audience
from governance.queries.states import assembly_row
from network.clock import now
from network.models import Account, Member, Membership, MembershipState


@dataclass(frozen=True)
class Entrance:
    """What a socket came in with."""

    session_key: str
    account_id: int
    member_id: int


def member_of(account_id: int) -> Member | None:
    """Return the member behind a login."""
    found = Account.objects.filter(pk=account_id, is_active=True).select_related("member").first()
    return found.member if found else None


def audience_for(assembly_id: int, member: Member | None, *, hall: bool) -> Audience:
    """Return the audience of a newcomer; raises NotFound if they may not know of the room."""
    return audience_of(assembly_row(assembly_id), None, member, hall=hall)


def may_act(assembly_id: int, entrance: Entrance) -> Member | None:
    """Return the member behind a socket if they may still act in its room, asked at each act; None if not."""
    member = member_of(entrance.account_id)
    if member is None or member.pk != entrance.member_id:
        return None
    if _may_follow(assembly_id, {member.pk}):
        return member
    invited = Assembly.objects.filter(pk=assembly_id).values_list("invited", flat=True).first()
    return member if member.pk in (invited or ()) else None


def standing(assembly_id: int, entrances: Iterable[Entrance]) -> frozenset[Entrance]:
    """Return those whose login and rights still hold. Three queries, however many sockets."""
    asked = frozenset(entrances)
    sessions = _sessions({each.session_key for each in asked})
    accounts = Account.objects.filter(is_active=True).in_bulk([each.account_id for each in asked])
    members = _may_follow(assembly_id, {each.member_id for each in asked})
    return frozenset(
        each
        for each in asked
        if each.member_id in members and _holds(sessions.get(each.session_key, {}), accounts.get(each.account_id))
    )


def _sessions(keys: set[str]) -> dict[str, dict[str, str]]:
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=now())
    return {row.session_key: row.get_decoded() for row in rows}


def _holds(session: dict[str, str], account: Account | None) -> bool:
    if account is None or session.get(SESSION_KEY) != str(account.pk):
        return False
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash())


def _may_follow(assembly_id: int, members: set[int]) -> set[int]:
    active = Membership.objects.filter(
        collective__circles__assemblies=assembly_id,
        member_id__in=members,
        member__gone_at=None,
        state=MembershipState.ACTIVE,
    )
    return set(active.values_list("member_id", flat=True))


def seqs(assembly_ids: Iterable[int]) -> dict[int, int]:
    """Return the present `seq` of each room."""
    return dict(Assembly.objects.filter(pk__in=list(assembly_ids)).values_list("pk", "seq"))
