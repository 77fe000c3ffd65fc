"""Roles of a meeting: who facilitates, stands in, writes, keeps the time, counts. Each change is noted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from governance.errors import IllegalStep, NotEntitled
from governance.rules.room import RoleChange, Room
from governance.rules.session import Step

__all__ = ["accept", "can_stand", "differences", "hand_over", "name", "name_tellers", "second", "take_over"]


def hand_over(room: Room, step: Step) -> Room:
    """Offer the facilitation to somebody present."""
    person = _person(step)
    if person not in room.present or person == room.facilitator:
        raise IllegalStep("person_absent", person=person)
    return replace(room, offered=person)


def accept(room: Room, step: Step) -> Room:
    """Take the facilitation that was offered."""
    if step.actor is None or step.actor != room.offered:
        raise NotEntitled("not_offered")
    return _led_by(room, step.actor, step.at)


def _led_by(room: Room, person: int, at: datetime) -> Room:
    note = (at, room.facilitator, person)
    deputy = room.deputy if room.deputy != person else None
    changes = {"facilitator": person, "deputy": deputy, "offered": None, "volunteers": ()}
    return replace(room, handovers=(*room.handovers, note), **changes)  # type: ignore[arg-type]


def take_over(room: Room, step: Step) -> Room:
    """The deputy takes over from an absent facilitator; with neither there, others may stand, and one more agrees.

    So it is, for one item, where the decision is about the facilitator and no deputy is there.
    """
    person = step.actor or 0
    if room.led():
        raise IllegalStep("facilitator_present")
    if room.about_facilitator():
        if not can_stand(room, person):
            raise NotEntitled("own_proposal")
    elif person == room.deputy:
        return _led_by(room, person, step.at)
    elif room.deputy in room.present and room.deputy != room.concerned:
        raise IllegalStep("deputy_present")
    if person in room.volunteers:
        raise IllegalStep("already_answered")
    return replace(room, volunteers=(*room.volunteers, person))


def can_stand(room: Room, person: int) -> bool:
    """Return whether this person could lead the item on the table: not who carries it, nor whom it is about."""
    item = room.item(room.current)
    return person not in {room.concerned, item.carrier if item else None}


def second(room: Room, step: Step) -> Room:
    """Agree that a volunteer facilitates; where the decision is about the facilitator, as deputy."""
    person = _person(step)
    if room.led() or person not in room.volunteers or person not in room.present:
        raise IllegalStep("no_such_volunteer")
    if person == step.actor:
        raise NotEntitled("not_for_oneself")
    if room.about_facilitator():
        note = RoleChange(step.at, "deputy", room.deputy, person)
        return replace(room, deputy=person, volunteers=(), role_log=(*room.role_log, note))
    return _led_by(room, person, step.at)


def name(role: str) -> Callable[[Room, Step], Room]:
    """Return what gives `role` to somebody invited."""

    def apply(room: Room, step: Step) -> Room:
        person = _person(step)
        if person not in room.invited or (role == "deputy" and person == room.facilitator):
            raise IllegalStep("person_unknown", person=person)
        note = RoleChange(step.at, role, getattr(room, role), person)
        return replace(room, **{role: person}, role_log=(*room.role_log, note))  # type: ignore[arg-type]

    return apply


def name_tellers(room: Room, step: Step) -> Room:
    """Say who counts paper ballots and confirms results."""
    people = tuple(int(each) for each in step.payload["persons"])  # type: ignore[attr-defined]
    if not room.invited.issuperset(people):
        raise IllegalStep("person_unknown")
    notes = tuple(RoleChange(step.at, "teller", None, each) for each in people if each not in room.tellers)
    return replace(room, tellers=people, role_log=(*room.role_log, *notes))


def differences(before: Room, after: Room, at: datetime) -> tuple[RoleChange, ...]:
    """Return the notes of roles that an undoing gave back; a role that nobody has again leaves none."""
    changed = (role for role in ("deputy", "secretary", "timekeeper") if getattr(before, role) != getattr(after, role))
    return tuple(
        RoleChange(at, role, getattr(before, role), getattr(after, role)) for role in changed if getattr(after, role)
    )


def _person(step: Step) -> int:
    return int(step.payload["person"])  # type: ignore[call-overload, no-any-return]
