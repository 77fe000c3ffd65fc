"""Circles: opening one, joining one, holding a mandate in one."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from governance.errors import Invalid, NotEntitled, NotFound
from governance.models import Circle, CircleMember, Mandate
from network.clock import now
from network.models import Collective, Member, Membership, MembershipState


@transaction.atomic
def open_circle(*, collective: Collective, name: str, purpose: str = "", members: Iterable[Member] = ()) -> Circle:
    """Open a circle and seat its first members."""
    if not name.strip():
        raise Invalid("field_missing", field="name")
    if Circle.objects.filter(collective=collective, name=name.strip()).exists():
        raise Invalid("name_taken", field="name")
    circle = Circle.objects.create(collective=collective, name=name.strip(), purpose=purpose.strip())
    for member in members:
        join_circle(circle_id=circle.pk, member=member)
    return circle


@transaction.atomic
def join_circle(*, circle_id: int, member: Member) -> CircleMember:
    """Seat an active member of the collective in the circle; who sits there already keeps the seat."""
    circle = Circle.objects.select_for_update().filter(pk=circle_id).first()
    if circle is None:
        raise NotFound("circle_unknown")
    active = Membership.objects.filter(
        collective_id=circle.collective_id, member=member, state=MembershipState.ACTIVE
    ).exists()
    if not active:
        raise NotEntitled("not_member")
    seat = CircleMember.objects.filter(circle=circle, member=member, until=None).first()
    return seat or CircleMember.objects.create(circle=circle, member=member)


@transaction.atomic
def leave_circle(*, circle_id: int, member: Member) -> None:
    """End the seat; open decisions keep the electorate of their opening."""
    changed = CircleMember.objects.filter(circle_id=circle_id, member=member, until=None).update(until=now())
    if not changed:
        raise NotFound("seat_unknown")


@transaction.atomic
def assign_mandate(
    *, circle_id: int, member: Member, role: str, starts_on: date, ends_on: date | None = None
) -> Mandate:
    """Give somebody of the circle a role, from a day to a day."""
    if not CircleMember.objects.filter(circle_id=circle_id, member=member, until=None).exists():
        raise NotEntitled("not_in_circle")
    if ends_on is not None and ends_on < starts_on:
        raise Invalid("date_order", field="ends_on")
    return Mandate.objects.create(circle_id=circle_id, member=member, role=role, starts_on=starts_on, ends_on=ends_on)
