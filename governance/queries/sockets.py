"""Who may keep a socket of a room, asked for many at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from governance.models import Assembly
from governance.permissions import FOLLOWING
from governance.queries.rooms import audience_of
from governance.queries.shapes import Audience
from governance.queries.states import assembly_row
from network.clock import now
from network.models import Account, Member, Membership
from network.queries.members import member_for

KEPT = 10_000
_good: set[int] = set()


@dataclass(frozen=True)
class Entrance:
    """What a socket came in with."""

    session_key: str
    account_id: int
    member_id: int


def member_of(account_id: int) -> Member | None:
    """Return the member behind a login."""
    found = Account.objects.filter(pk=account_id, is_active=True).select_related("member").first()
    return member_for(found) if found else None


def entering(assembly_id: int, account_id: int | None, hall: bool) -> tuple[Member | None, Audience]:
    """Return who knocks, and the audience they would belong to; raises NotFound if they may not know of the room."""
    member = member_of(account_id) if account_id else None
    return member, audience_of(assembly_row(assembly_id), None, member, hall=hall)


def may_act(assembly_id: int, entrance: Entrance) -> Member | None:
    """Return the member behind a socket if login and rights still hold, asked at each act; None if not."""
    member = member_of(entrance.account_id)
    if member is None or member.pk != entrance.member_id:
        return None
    return member if standing(assembly_id, [entrance]) else None


def standing(assembly_id: int, entrances: Iterable[Entrance]) -> frozenset[Entrance]:
    """Return those whose login and rights still hold. Three queries, however many sockets."""
    asked = frozenset(entrances)
    keys = {each.session_key for each in asked}
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=now())
    held = dict(sessions.values_list("session_key", "session_data"))
    accounts = Account.objects.filter(is_active=True, pk__in={each.account_id for each in asked})
    passwords = dict(accounts.values_list("pk", "password"))
    members = _may_follow(assembly_id, {each.member_id for each in asked})
    return frozenset(
        each
        for each in asked
        if each.member_id in members
        and each.session_key in held
        and each.account_id in passwords
        and _holds(each.account_id, passwords[each.account_id], held[each.session_key])
    )


def _holds(account_id: int, password: str, session: str) -> bool:
    """Return whether a session still is this account's, and no older than its password. It is asked every few seconds,
    of words that do not change: those found good are known again by their (keyed) hash."""
    words = hash((account_id, password, session))
    if words in _good:
        return True
    data, account = Session(session_data=session).get_decoded(), Account(pk=account_id, password=password)
    holds = data.get(SESSION_KEY) == str(account_id) and constant_time_compare(
        data.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash()
    )
    if holds:
        if len(_good) >= KEPT:
            _good.clear()
        _good.add(words)
    return holds


def _may_follow(assembly_id: int, members: set[int]) -> set[int]:
    found = Membership.objects.filter(
        collective__circles__assemblies=assembly_id,
        member_id__in=members,
        member__gone_at=None,
        member__muted=False,
        state__in=FOLLOWING,
    )
    return set(found.values_list("member_id", flat=True))


def seqs(assembly_ids: Iterable[int]) -> dict[int, int]:
    """Return the present `seq` of each room."""
    return dict(Assembly.everything.filter(pk__in=list(assembly_ids)).values_list("pk", "seq"))
