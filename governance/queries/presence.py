"""When presence lapses."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from governance.models import Attendance
from governance.rules.charter import Terms
from network.models import Membership, MembershipState

# Of an attendance: the person's membership is suspended.
SUSPENDED = Exists(
    Membership.objects.filter(
        member=OuterRef("member"),
        collective=OuterRef("assembly__circle__collective"),
        state=MembershipState.SUSPENDED,
    )
)


def grace(terms: Terms, *, by_socket: bool) -> timedelta:
    """Return how long a sign of life lasts: less with a live socket than without."""
    name = "presence.grace_seconds" if by_socket else "presence.grace_without_socket_seconds"
    return timedelta(seconds=terms.whole(name))


def lapses_at(row: Attendance, terms: Terms) -> datetime:
    """Return when this presence lapses without another sign of life."""
    return row.seen_at + grace(terms, by_socket=row.by_socket)


def changed_presence(assembly_id: int, terms: Terms, at: datetime) -> list[tuple[int, int, bool]]:
    """Return (attendance, member, alive) where presence is no longer what the last sign of life says. One query.

    Who was let in at the door gives no signs of life: they stay present, unless they are suspended.
    """
    alive = Q()
    for by_socket in (True, False):
        alive |= Q(by_socket=by_socket, seen_at__gte=at - grace(terms, by_socket=by_socket))
    lively = Q(expected=True) & (Q(present=True) & ~alive | Q(present=False) & alive)
    at_door = Q(SUSPENDED, expected=False, present=True)
    rows = Attendance.objects.filter(lively | at_door, assembly_id=assembly_id).order_by("pk")
    return [(pk, member, not present) for pk, member, present in rows.values_list("pk", "member_id", "present")]
