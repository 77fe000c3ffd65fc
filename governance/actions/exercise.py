"""Exercises: a whole decision practised with simulated people. The same machines, doors and pages as the real thing;
nothing is registered, nothing takes effect, and after some days nothing is left."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from django.db import models, transaction

from governance.errors import IllegalStep, Invalid, NotEntitled
from governance.models import AgendaItem, Assembly, Attendance, Circle, ConsentSession, Minutes, Proposal, RoomStep
from governance.models import Step as StepRow
from governance.queries.states import (
    cast_of,
    charter_of,
    consent_terms_for,
    room_of,
    session_on,
    session_state,
    terms_of,
)
from governance.rules.assemblies import Room
from governance.rules.exercise import FIRST_ID, NAMES, PROPOSAL, answers_next, moves_next
from governance.rules.session import Step
from network.clock import now
from network.models import Member

__all__ = ["ROLES", "delete_exercise", "due_exercises", "move_on", "play", "start_exercise"]

ROLES = ("take_part", "facilitate", "carry")
MOST = 500  # answers in a row: a guard against a mistake of ours, far above what any stage asks
Perform = Callable[[Assembly, Room, Step], None]


@transaction.atomic
def start_exercise(*, actor: Member, role: str) -> Assembly:
    """Open an exercise for this person, who takes part, facilitates or carries the text; others may join it.

    Raises Invalid, NotEntitled `not_in_collective`, TermMissing for a figure that the charter leaves open.
    """
    if role not in ROLES:
        raise Invalid("field_malformed", field="role")
    circle, at = _circle(actor), now()
    charter = charter_of(circle.collective)
    terms = terms_of(charter)
    terms.whole("room.exercise_days")  # must be set before anything is written
    people = {FIRST_ID + n: name for n, name in enumerate(NAMES[: terms.whole("room.exercise_people")])}
    if len(people) < 3:
        raise Invalid("term_malformed", term="room.exercise_people")
    lead, carrier = sorted(people)[0], sorted(people)[1]
    cast = {
        "people": {str(number): f"{name} (simulation)" for number, name in people.items()},
        "seed": secrets.token_hex(16),
        "facilitator": actor.pk if role == "facilitate" else lead,
        "proposer": actor.pk if role == "carry" else carrier,
    }
    days = consent_terms_for(charter, "ordinary").review_days
    proposal = Proposal.everything.create(
        circle=circle,
        proposer=actor,
        exercise=True,
        review_on=(at + timedelta(days=days)).date(),
        **PROPOSAL,
    )
    assembly = Assembly.everything.create(
        circle=circle,
        charter=charter,
        title=PROPOSAL["title"],
        starts_at=at,
        convened_by=actor,
        convened_at=at,
        invited=sorted([actor.pk, *people]),
        exercise=True,
        cast=cast,
    )
    AgendaItem.objects.create(assembly=assembly, position=1, title=proposal.title, proposal=proposal)
    return assembly


def _circle(actor: Member) -> Circle:
    """Return where this person practises: a circle of theirs, or any of their collective."""
    collectives = actor.memberships.filter(state="active").values("collective_id")
    circles = Circle.objects.select_related("collective").filter(collective_id__in=collectives).order_by("pk")
    found = circles.filter(seats__member=actor, seats__until=None).first() or circles.first()
    if found is None or actor.gone_at is not None:
        raise NotEntitled("not_in_collective")
    return found


def play(assembly: Assembly, perform: Perform) -> None:
    """Let the simulated people answer what the room asks of them, one after the other, until they wait for others."""
    cast = cast_of(assembly)
    for _ in range(MOST if cast else 0):
        room = room_of(assembly)
        found = session_on(room)
        state = session_state(found) if found else None
        terms = consent_terms_for(assembly.charter, "ordinary")
        step = answers_next(cast, room, state, now(), terms)  # type: ignore[arg-type]
        if step is None:
            return
        perform(assembly, room, step)


def move_on(assembly: Assembly, perform: Perform) -> None:
    """Let whoever is simulated and leads, or carries the text, take the next step; raises `your_turn`."""
    cast, room = cast_of(assembly), room_of(assembly)
    found = session_on(room)
    state = session_state(found) if found else None
    terms = consent_terms_for(assembly.charter, "ordinary")
    step = moves_next(cast, room, state, now(), terms) if cast else None
    if step is None:
        raise IllegalStep("your_turn")
    perform(assembly, room, step)


def due_exercises() -> list[int]:
    """Return the exercises that have been kept for as long as their charter says."""
    rows = Assembly.everything.filter(exercise=True).select_related("charter")
    at = now()
    return [
        row.pk
        for row in rows
        if at >= row.convened_at + timedelta(days=terms_of(row.charter).whole("room.exercise_days"))
    ]


@transaction.atomic
def delete_exercise(*, assembly_id: int) -> bool:
    """Delete everything of an exercise; return False if it is gone, or no exercise. Real rows are never reached."""
    assembly = Assembly.everything.select_for_update().filter(pk=assembly_id, exercise=True).first()
    if assembly is None:
        return False
    proposals = list(assembly.items.filter(proposal__exercise=True).values_list("proposal_id", flat=True))
    _rows(StepRow).filter(session__proposal__in=proposals, session__proposal__exercise=True).delete()
    ConsentSession.everything.filter(proposal__in=proposals).delete()
    for table in (RoomStep, Minutes, Attendance, AgendaItem):
        _rows(table).filter(assembly=assembly).delete()
    assembly.delete()
    Proposal.everything.filter(pk__in=proposals, exercise=True).delete()
    return True


def _rows(table: type[models.Model]) -> "models.QuerySet[models.Model]":
    """Return rows that can be deleted: journals are append-only for everybody but the end of an exercise."""
    return models.QuerySet(table)
