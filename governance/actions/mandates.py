"""Writing mandates: given by hand within the charter's limits, or as an election or a lot ended. Each is journalled."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from governance.errors import DomainError, Invalid, NotEntitled
from governance.models import Circle, CircleEvent, Election, Entry, Lot, Mandate
from governance.queries.mandates import stints_of
from governance.queries.states import charter_of, seated, terms_of
from governance.rules.fields import Field, clean
from governance.rules.mandates import asked_for, check_stint, next_term
from network.clock import day_of, now
from network.models import Member

__all__ = ["begin_chosen", "begin_mandate", "note"]

OWN_WORDS = 60  # characters of a role in a circle's own words
MANDATE_FIELDS = (Field("role"), Field("mission", "long", required=False))


def note(
    circle: Circle,
    kind: str,
    actor: Member | None,
    at: datetime,
    member: Member | None = None,
    mandate: Mandate | None = None,
) -> None:
    """Write one line in a circle's journal; inside the caller's transaction."""
    CircleEvent.objects.create(circle=circle, kind=kind, actor=actor, member=member, mandate=mandate, at=at)


def begin_mandate(
    *,
    circle: Circle,
    member: Member,
    role: str,
    starts_on: date,
    ends_on: date | None,
    mission: str = "",
    to_circle: Circle | None = None,
    how: str = "hand",
    entry: Entry | None = None,
    given_by: Member | None = None,
    key: UUID | None = None,
) -> Mandate:
    """Write the mandate that somebody was given; the caller has the right, or the decision, and a transaction.

    `how`: hand, election or lot; `entry`: of the register, where that is written. Length, renewals and rest are those
    of the charter (`rules.mandates.check_stint` says what is raised), whoever gives it; TermMissing if it is silent.
    Raises Invalid `field_malformed` for days far away.
    """
    values = clean(MANDATE_FIELDS, {"role": role, "mission": mission})
    role = _said(str(values["role"]))
    if len(role) > OWN_WORDS:
        raise Invalid("field_too_long", field="role", limit=OWN_WORDS)
    terms = terms_of(charter_of(circle.collective))
    wanted = asked_for(starts_on, ends_on, terms)
    check_stint(wanted, stints_of(circle, role, to_circle).get(member.pk, []), terms)
    mandate = Mandate.objects.create(
        circle=circle,
        member=member,
        role=role,
        mission=str(values.get("mission", "")),
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        to_circle=to_circle,
        how=how,
        entry=entry,
        given_by=given_by,
        key=key,
    )
    note(circle, "mandate_given", given_by, now(), member, mandate)
    return mandate


def _said(role: str) -> str:
    return " ".join(role.split())


def begin_chosen(
    *, process: Election | Lot, people: Iterable[int], months: int, how: str, at: datetime
) -> dict[int, str]:
    """Give the people on whom an election or a lot settled their mandates; inside the caller's transaction.

    Each lasts `months` from this day, or from the day after the mandate that somebody holds still. The charter was
    asked when the names were called for, or the pool frozen; at the end nothing may undo what was decided. Return why
    somebody has no mandate after all, by person: `not_in_circle`, `mandate_held` (of one without a last day).
    """
    without: dict[int, str] = {}
    here = frozenset(seated(process.circle))
    for person in people:
        try:
            with transaction.atomic():
                if person not in here:
                    raise NotEntitled("not_in_circle")
                process.mandates.add(_begin_next(process, person, months, how, at))
        except DomainError as refusal:
            without[person] = refusal.code
    return without


def _begin_next(process: Election | Lot, person: int, months: int, how: str, at: datetime) -> Mandate:
    circle, role = process.circle, _said(process.role)
    stint = next_term(stints_of(circle, role).get(person, []), day_of(at), months)
    mandate = Mandate.objects.create(
        circle=circle, member_id=person, role=role, starts_on=stint.starts_on, ends_on=stint.ends_on, how=how
    )
    note(circle, "mandate_given", None, at, mandate.member, mandate)
    return mandate
