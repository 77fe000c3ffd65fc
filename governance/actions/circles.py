"""Circles: opening, closing, joining and leaving one, giving and ending its mandates. All of it is journalled."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from governance.actions.mandates import begin_mandate, note
from governance.errors import Invalid, NotEntitled, NotFound, WrongState
from governance.models import Circle, CircleMember, Mandate
from governance.permissions import (
    belongs,
    can_follow,
    can_mandate,
    can_open_circle,
    can_welcome,
    check_standing,
    in_circle,
)
from governance.queries.circles import is_first, over
from governance.queries.states import seated
from governance.rules.fields import Field, clean
from network.clock import day_of, now
from network.models import Collective, Member
from network.rules.cards import plain

ENDING_FIELDS = (Field("reason", "long"),)


@transaction.atomic
def open_circle(
    *, actor: Member, collective: Collective, name: str, purpose: str = "", members: Iterable[Member] = ()
) -> Circle:
    """Open a circle and seat its first members; for members of the collective.

    Raises NotEntitled `not_member`, Invalid `field_missing` or `name_taken` (however many open it at once).
    """
    check_standing(actor, collective.pk)
    if not can_open_circle(actor, collective):
        raise NotEntitled("not_member")
    name = plain(name)
    if not name:
        raise Invalid("field_missing", field="name")
    try:
        with transaction.atomic():
            circle = Circle.objects.create(collective=collective, name=name, purpose=plain(purpose))
    except IntegrityError:
        raise Invalid("name_taken", field="name") from None
    note(circle, "opened", actor, circle.opened_at)
    for member in members:
        _seat(circle, member, actor)
    return circle


@transaction.atomic
def join_circle(*, actor: Member, circle_id: int, member: Member) -> CircleMember:
    """Seat an active member of the collective in the circle; who sits there already keeps the seat.

    For members of the circle. Locks its row. Raises NotFound, NotEntitled `not_in_circle` or `not_member`.
    """
    circle = _locked(circle_id, actor)
    check_standing(actor, circle.collective_id)
    if not can_welcome(actor, circle):
        raise NotEntitled("not_in_circle")
    return _seat(circle, member, actor)


@transaction.atomic
def leave_circle(*, actor: Member, circle_id: int) -> Circle:
    """Leave a circle; the mandates held there end now. Whoever has left already is told nothing new.

    Raises NotFound, NotEntitled `not_member`, WrongState `last_in_first_circle`: nobody could enter it any more.
    """
    circle = _locked(circle_id, actor)
    if not belongs(actor, circle.collective_id):
        raise NotEntitled("not_member")
    seat = CircleMember.objects.filter(circle=circle, member=actor, until=None).first()
    if seat is None:
        return circle
    if is_first(circle) and seated(circle) == [actor.pk]:
        raise WrongState("last_in_first_circle")
    at = now()
    leave_seat(seat, actor=actor, at=at)
    end_mandates(Mandate.objects.filter(circle=circle, member=actor), actor=actor, at=at)
    return circle


@transaction.atomic
def close_circle(*, actor: Member, circle_id: int) -> Circle:
    """Close a circle where nobody sits; its decisions and its journal stay. For members of the collective.

    Raises NotFound, NotEntitled `not_member`, WrongState `circle_not_empty` or `first_circle_stays`.
    """
    circle = _locked(circle_id, actor)
    check_standing(actor, circle.collective_id)
    if not can_open_circle(actor, circle.collective):
        raise NotEntitled("not_member")
    if circle.closed_at is not None:
        return circle
    if is_first(circle):
        raise WrongState("first_circle_stays")
    if seated(circle):
        raise WrongState("circle_not_empty")
    circle.closed_at = now()
    circle.save(update_fields=["closed_at"])
    note(circle, "closed", actor, circle.closed_at)
    return circle


def _locked(circle_id: int, actor: Member) -> Circle:
    found = Circle.objects.select_for_update(of=("self",)).select_related("collective").filter(pk=circle_id).first()
    if found is None or not can_follow(actor, found):
        raise NotFound("circle_unknown")
    return found


def _seat(circle: Circle, member: Member, actor: Member) -> CircleMember:
    if not belongs(member, circle.collective_id):
        raise NotEntitled("not_member")
    seat = CircleMember.objects.filter(circle=circle, member=member, until=None).first()
    if seat is not None:
        return seat
    seat = CircleMember.objects.create(circle=circle, member=member)
    note(circle, "joined", actor, seat.since, member)
    return seat


def leave_seat(seat: CircleMember, *, actor: Member | None, at: datetime) -> None:
    """End somebody's time in a circle; inside the caller's transaction, which ends the mandates too."""
    seat.until = at
    seat.save(update_fields=["until"])
    note(seat.circle, "left", actor, at, seat.member)


@transaction.atomic
def assign_mandate(
    *,
    actor: Member,
    circle_id: int,
    member: Member,
    role: str,
    starts_on: date,
    ends_on: date | None = None,
    mission: str = "",
    to_circle_id: int | None = None,
    key: UUID | None = None,
) -> Mandate:
    """Give somebody of the circle a role by hand; for members of the circle. Without `ends_on`: as long as may be.

    The same act under the same `key` gets the same mandate. Raises as `begin_mandate`, and NotEntitled
    `not_in_circle`, Invalid `circle_unknown` (`to_circle_id` is none of the collective's other circles).
    """
    circle = _locked(circle_id, actor)
    done = Mandate.objects.filter(key=key, given_by=actor, circle=circle).first() if key else None
    if done is not None:
        return done
    check_standing(actor, circle.collective_id)
    if not can_mandate(actor, circle) or not in_circle(member, circle):
        raise NotEntitled("not_in_circle")
    if starts_on < day_of(now()):
        raise Invalid("date_past", field="starts_on")
    return begin_mandate(
        circle=circle,
        member=member,
        role=role,
        starts_on=starts_on,
        ends_on=ends_on,
        mission=mission,
        to_circle=_other(circle, to_circle_id),
        given_by=actor,
        key=key,
    )


def _other(circle: Circle, to_circle_id: int | None) -> Circle | None:
    if to_circle_id is None:
        return None
    others = Circle.objects.filter(collective=circle.collective_id, closed_at=None).exclude(pk=circle.pk)
    found = others.filter(pk=to_circle_id).first()
    if found is None:
        raise Invalid("circle_unknown", field="to_circle")
    return found


@transaction.atomic
def end_mandate(*, actor: Member, mandate_id: int, reason: str) -> Mandate:
    """End a mandate before its day, with a reason that the circle's page shows. An ended one stays as it is.

    For whoever holds it; one given by hand, for members of the circle too. What an election or a lot has given, a
    single member does not take away: NotEntitled `mandate_by_decision`.
    """
    found = Mandate.objects.select_related("circle").filter(pk=mandate_id).first()
    if found is None or not can_follow(actor, found.circle):
        raise NotFound("mandate_unknown")
    circle = _locked(found.circle_id, actor)
    mandate = Mandate.objects.get(pk=mandate_id)
    own = mandate.member_id == actor.pk and belongs(actor, circle.collective_id)
    check_standing(actor, circle.collective_id)
    if not own and not can_mandate(actor, circle):
        raise NotEntitled("not_in_circle")
    if not own and mandate.how != "hand":
        raise NotEntitled("mandate_by_decision")
    if over(mandate, day_of(now())):
        return mandate
    reason = str(clean(ENDING_FIELDS, {"reason": reason})["reason"])
    end_mandates(Mandate.objects.filter(pk=mandate_id), actor=actor, at=now(), reason=reason)
    return Mandate.objects.get(pk=mandate_id)


def end_mandates(some: QuerySet[Mandate], *, actor: Member | None, at: datetime, reason: str = "") -> None:
    """End now what of these mandates runs or is to come; inside the caller's transaction."""
    unended = Q(ends_on=None) | Q(ends_on__gte=day_of(at))
    for mandate in some.filter(unended, ended_at=None).select_related("circle", "member"):
        mandate.ended_at, mandate.ended_reason = at, reason
        mandate.save(update_fields=["ended_at", "ended_reason"])
        note(mandate.circle, "mandate_ended", actor, at, mandate.member, mandate)
