"""Circles: opening one, joining one, holding a mandate in one."""

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction

from governance.errors import Invalid, NotEntitled, NotFound
from governance.models import Circle, CircleMember, Mandate
from governance.permissions import belongs, can_mandate, can_open_circle, can_welcome
from network.models import Collective, Member


@transaction.atomic
def open_circle(
    *, actor: Member, collective: Collective, name: str, purpose: str = "", members: Iterable[Member] = ()
) -> Circle:
    """Open a circle and seat its first members; for members of the collective.

    Raises NotEntitled `not_member`, Invalid `field_missing` or `name_taken` (however many open it at once).
    """
    if not can_open_circle(actor, collective):
        raise NotEntitled("not_member")
    if not name.strip():
        raise Invalid("field_missing", field="name")
    try:
        with transaction.atomic():
            circle = Circle.objects.create(collective=collective, name=name.strip(), purpose=purpose.strip())
    except IntegrityError:
        raise Invalid("name_taken", field="name") from None
    for member in members:
        _seat(circle, member)
    return circle


@transaction.atomic
def join_circle(*, actor: Member, circle_id: int, member: Member) -> CircleMember:
    """Seat an active member of the collective in the circle; who sits there already keeps the seat.

    For members of the circle. Locks its row. Raises NotFound, NotEntitled `not_in_circle` or `not_member`.
    """
    circle = _locked(circle_id)
    if not can_welcome(actor, circle):
        raise NotEntitled("not_in_circle")
    return _seat(circle, member)


def _locked(circle_id: int) -> Circle:
    circle = Circle.objects.select_for_update().filter(pk=circle_id).first()
    if circle is None:
        raise NotFound("circle_unknown")
    return circle


def _seat(circle: Circle, member: Member) -> CircleMember:
    if not belongs(member, circle.collective_id):
        raise NotEntitled("not_member")
    seat = CircleMember.objects.filter(circle=circle, member=member, until=None).first()
    return seat or CircleMember.objects.create(circle=circle, member=member)


@transaction.atomic
def assign_mandate(
    *, actor: Member, circle_id: int, member: Member, role: str, starts_on: date, ends_on: date | None = None
) -> Mandate:
    """Give somebody of the circle a role, from a day to a day; for members of the circle."""
    circle = _locked(circle_id)
    seated = CircleMember.objects.filter(circle=circle, member=member, until=None).exists()
    if not can_mandate(actor, circle) or not seated:
        raise NotEntitled("not_in_circle")
    if ends_on is not None and ends_on < starts_on:
        raise Invalid("date_order", field="ends_on")
    return Mandate.objects.create(circle=circle, member=member, role=role, starts_on=starts_on, ends_on=ends_on)
