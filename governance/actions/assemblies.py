"""Assemblies: convening one, and `act`, the room's one door for every act of form, socket and API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.actions import effects, exercise, presence, remote
from governance.actions.consent import open_session, take
from governance.actions.elections import (
    come_to_election,
    election_for_agenda,
    leave_election,
    locked_election,
    sync_election,
    take_election,
)
from governance.actions.gestures import pass_by
from governance.actions.journal import (
    body_digest,
    earlier,
    key_of,
    locked_assembly,
    locked_session,
    save_assembly,
    sync_presence,
    write_room,
)
from governance.actions.minutes import adopt_minutes, amended, drawn_up
from governance.errors import IllegalStep, Invalid, NotEntitled, NotFound, WrongState
from governance.models import AgendaItem, Assembly, Circle, ConsentSession, Proposal
from governance.permissions import can_convene, can_follow, check_spoken_for, check_standing, in_circle, is_suspended
from governance.queries.election_states import election_on
from governance.queries.shapes import Receipt
from governance.queries.states import (
    assembly_row,
    charter_of,
    consent_terms_for,
    room_of,
    seated,
    session_on,
    session_state,
    terms_of,
)
from governance.rules.acts import CONSENT_ACTS, ELECTION_ACTS, PASSING_ACTS, ROOM_ACTS, clean_act, fields_of
from governance.rules.agenda import check_notice
from governance.rules.assemblies import Room, RoomStage
from governance.rules.consent import advance
from governance.rules.door import entry_of, relayed, spoken_for, to_session
from governance.rules.room_terms import notice_of
from governance.rules.session import Stage, Step
from network.clock import now
from network.models import Member
from network.rules.calendar import in_calendar
from network.rules.cards import plain

TITLE_LENGTH = 200  # characters


@transaction.atomic
def convene(
    *,
    actor: Member,
    circle_id: int,
    title: str,
    starts_at: datetime,
    place: str = "",
    agenda: Sequence[tuple[str, int | None]] = (),
    elections: Sequence[int] = (),
    budgets: Mapping[int, int] | None = None,
) -> Assembly:
    """Convene the circle; whoever convenes facilitates until they hand over. `agenda`: (title, proposal or None).

    `elections`: those that come after the other points. `budgets`: minutes given to points, by position from 1.
    Raises NotFound, NotEntitled, Invalid (`notice_short` if it would decide before the charter's notice is over).
    """
    circle = Circle.objects.select_related("collective").filter(pk=circle_id).first()
    if circle is None or not can_follow(actor, circle):
        raise NotFound("circle_unknown")
    check_standing(actor, circle.collective_id)
    if not can_convene(actor, circle):
        raise NotEntitled("not_in_circle")
    title = plain(title, TITLE_LENGTH)
    if not title:
        raise Invalid("field_missing", field="title")
    if not in_calendar(starts_at):
        raise Invalid("field_malformed", field="starts_at")
    charter, at = charter_of(circle.collective), now()
    notice = notice_of(terms_of(charter))
    if notice and starts_at < at + notice and (elections or any(proposal for _title, proposal in agenda)):
        raise Invalid("notice_short", field="starts_at", until=at + notice)
    assembly = Assembly.objects.create(
        circle=circle,
        charter=charter,
        title=title,
        place=plain(place, TITLE_LENGTH),
        starts_at=starts_at,
        convened_by=actor,
        convened_at=at,
        invited=seated(circle),
    )
    for position, (item, proposal_id) in enumerate(agenda, start=1):
        _put_on_agenda(assembly, position, item, proposal_id)
    for position, election_id in enumerate(elections, start=len(agenda) + 1):
        election = election_for_agenda(circle, election_id)
        AgendaItem.objects.create(assembly=assembly, position=position, title=election.role, election=election)
    _give_time(assembly, actor, budgets or {})
    return assembly


def _give_time(assembly: Assembly, actor: Member, budgets: Mapping[int, int]) -> None:
    """Whoever convenes leads, and gives points their time as they may in the room."""
    if not budgets:
        return
    room = room_of(assembly)
    for item, minutes in sorted(budgets.items()):
        values = clean_act("set_budget", {"item": item, "minutes": minutes})
        room, _ = write_room(assembly, room, Step("set_budget", actor.pk, assembly.convened_at, values))
    save_assembly(assembly)


def _put_on_agenda(assembly: Assembly, position: int, title: str, proposal_id: int | None) -> None:
    proposal = Proposal.objects.filter(pk=proposal_id, circle=assembly.circle).first() if proposal_id else None
    if proposal_id and proposal is None:
        raise Invalid("proposal_unknown", field="agenda")
    title = plain(title, TITLE_LENGTH) or (proposal.title if proposal else "")
    if not title:
        raise Invalid("field_missing", field="agenda")
    AgendaItem.objects.create(assembly=assembly, position=position, title=title, proposal=proposal)


def payload_from(kind: str, data: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of the act `kind` found in a form's data (a QueryDict gives lists for `persons`)."""
    found: dict[str, object] = {}
    for field in fields_of(kind):
        several = getattr(data, "getlist", None) if field.kind == "persons" else None
        if field.name in data:
            found[field.name] = several(field.name) if several else data[field.name]
    return found


@dataclass(frozen=True)
class Ready:
    """An act of which everything outside is settled: its signature, if it needs one. Whoever holds it waits for no
    other node."""

    signed: remote.Prepared | None


def make_ready(*, assembly_id: int, actor: Member, kind: str, payload: Mapping[str, object], key: UUID | str) -> Ready:
    """Do what comes before the lock of `act`: where the charter lets no signature wait, the member's node is asked,
    and may keep the caller waiting. Nothing is written. Raises as `act` does."""
    values, key = clean_act(kind, payload), key_of(key)
    return Ready(None if kind in PASSING_ACTS else _signature(assembly_id, actor, kind, values, key))


def act(
    *,
    assembly_id: int,
    actor: Member,
    kind: str,
    payload: Mapping[str, object],
    key: UUID | str,
    ready: Ready | None = None,
) -> Receipt:
    """Do one act in a room and return its receipt; the same act under the same key gets the same receipt again.

    Every right is checked again here, under the lock of the assembly's row (and of the decision's). With `ready`, no
    other node is asked.
    Raises Invalid, NotEntitled, NotFound, WrongState (IllegalStep, `key_reused`, `stale_version`), TermMissing.
    """
    values, key = clean_act(kind, payload), key_of(key)
    body = body_digest(f"assembly:{assembly_id}", kind, values)
    presence.heartbeat(assembly_id=assembly_id, member=actor)
    if kind in PASSING_ACTS:
        return pass_by(assembly_id=assembly_id, actor=actor, kind=kind, values=values, key=key)
    presence.sweep(assembly_id=assembly_id)
    signed = ready.signed if ready else _signature(assembly_id, actor, kind, values, key)
    with transaction.atomic():
        assembly = locked_assembly(assembly_id)
        repeated = earlier(actor, key, body)
        if repeated:
            return repeated
        if not can_follow(actor, assembly.circle):  # nor does an invitation outlive membership
            raise NotFound("assembly_unknown")
        check_standing(actor, assembly.circle.collective_id, kind)
        step, room = Step(kind, actor.pk, now(), values), room_of(assembly)
        about = None if assembly.exercise or actor.local else _about(assembly, room, kind)
        elects = about is not None and about.family == "election"
        if about and elects:  # before the step: what ends an election is in its entry
            remote.keep(signed, actor=actor, kind=kind, key=key, about=about)
        receipt = _perform(assembly, room, step, key, body, actor)
        if about and not elects:
            remote.keep(signed, actor=actor, kind=kind, key=key, about=about)
        if assembly.exercise:
            exercise.play(assembly, _perform_alone)
        save_assembly(assembly)
    return receipt


def _perform(assembly: Assembly, room: Room, step: Step, key: UUID | None, body: str, actor: Member | None) -> Receipt:
    if step.kind in ROOM_ACTS:
        return _meeting(assembly, room, actor, step, key, body)
    return _decision(assembly, room, step, key, body)


def _perform_alone(assembly: Assembly, room: Room, step: Step) -> None:
    """Do the act of somebody who is simulated: the same way, without a key to repeat it by."""
    _perform(assembly, room, step, None, "", None)


def _signature(
    assembly_id: int, actor: Member, kind: str, values: Mapping[str, object], key: UUID
) -> remote.Prepared | None:
    """Return the signature that an act of a member of another node needs; asks their node, so before any lock."""
    if actor.local:
        return None
    assembly = assembly_row(assembly_id)
    if (
        assembly.exercise
        or not can_follow(actor, assembly.circle)
        or is_suspended(actor, assembly.circle.collective_id)
    ):
        return None  # nothing of an exercise binds; and where the room refuses them, their node is not asked
    about = _about(assembly, room_of(assembly), kind)
    return remote.prepare(actor=actor, kind=kind, payload=values, key=key, about=about)


def _about(assembly: Assembly, room: Room, kind: str) -> remote.About:
    """Return what an act in this room is part of: the election or the decision on the table, or the meeting."""
    if kind not in ROOM_ACTS:
        election = election_on(room)
        if election is not None:
            return remote.about_election(election)
        session = session_on(room)
        if session is not None:
            return remote.about_decision(session, assembly)
    return remote.about_meeting(assembly)


def _decision(assembly: Assembly, room: Room, step: Step, key: UUID | None, body: str) -> Receipt:
    if room.stage is not RoomStage.OPEN:
        raise WrongState("room_not_open", stage=room.stage.value)
    item = room.item(room.current)
    if item is not None and item.election is not None:
        return _election(assembly, room, step, key, body)
    found = session_on(room)
    if found is None or step.kind not in CONSENT_ACTS:
        raise WrongState("no_decision_here")
    session = locked_session(found.pk)
    if session.written:
        raise WrongState("item_written")
    sync_presence(session, assembly, room, step.at)
    return take(session=session, assembly=assembly, step=step, key=key, body=body)


def _election(assembly: Assembly, room: Room, step: Step, key: UUID | None, body: str) -> Receipt:
    if step.kind not in ELECTION_ACTS:
        raise WrongState("no_decision_here")
    election = locked_election(room.item(room.current).election)  # type: ignore[union-attr,arg-type]
    sync_election(election, assembly, room, step.at)
    return take_election(election=election, assembly=assembly, step=step, key=key, body=body)


def _meeting(assembly: Assembly, room: Room, actor: Member | None, step: Step, key: UUID | None, body: str) -> Receipt:
    room = _prepare(assembly, room, actor, step)
    person = spoken_for(room, step)
    if person is not None:
        check_spoken_for(person, assembly.circle)
    step = _completed(assembly, room, actor or assembly.convened_by, step)
    left, item = session_on(room), room.item(room.current)
    after, receipt = write_room(assembly, room, step, key, body)
    if step.kind in {"go_to_item", "close"} and item is not None and item.election is not None:
        leave_election(assembly, after, item.election, step)
    _effects(assembly, room, after, actor, step, left)
    if step.kind in {"enter_position", "confirm_position", "relay"}:
        _for_the_door(assembly, room, after, step)
    if step.kind == "continue_exercise":
        exercise.move_on(assembly, _perform_alone)
    return receipt


def _prepare(assembly: Assembly, room: Room, actor: Member | None, step: Step) -> Room:
    """Invite whoever joined the circle after the notice, is called to a decision on the agenda, or comes to an
    exercise."""
    if step.kind == "observe" and step.actor in room.invited and not is_suspended(actor, assembly.circle.collective_id):
        raise IllegalStep("already_present")
    if step.kind != "check_in" or actor is None or actor.pk in room.invited:
        return room
    may = can_follow if assembly.exercise else in_circle
    if not may(actor, assembly.circle) and actor.pk not in _called(assembly):
        return room
    return write_room(assembly, room, Step("invite", None, step.at, {"person": actor.pk}))[0]


def _called(assembly: Assembly) -> frozenset[int]:
    """Return who is called to the decisions of the agenda beyond the circle."""
    proposals = [item.proposal for item in assembly.items.select_related("proposal") if item.proposal]
    return frozenset(person for proposal in proposals for person in effects.called(proposal))


def _completed(assembly: Assembly, room: Room, actor: Member, step: Step) -> Step:
    """Return the step with what the house adds: the digest of the minutes drawn up, whom a decision is about."""
    if step.kind == "go_to_item":
        return _naming(room, step)
    if step.kind == "draw_up_minutes" and room.stage is RoomStage.CLOSED:
        return Step(step.kind, step.actor, step.at, {"digest": drawn_up(assembly, room, actor, step.at)})
    if step.kind == "amend_minutes" and room.stage is RoomStage.MINUTES_DRAFT:
        return Step(step.kind, step.actor, step.at, {"digest": amended(assembly, actor, step)})
    return step


def _naming(room: Room, step: Step) -> Step:
    """Return the step with whom the decision that comes on the table is about, if it is about somebody."""
    item = room.item(int(step.payload["item"]))  # type: ignore[call-overload]
    proposal = Proposal.everything.filter(pk=item.proposal).first() if item and item.proposal else None
    person = effects.concerned(proposal) if proposal else None
    return step if person is None else Step(step.kind, step.actor, step.at, {**step.payload, "concerns": person})


def _effects(
    assembly: Assembly, before: Room, room: Room, actor: Member | None, step: Step, left: ConsentSession | None
) -> None:
    """Carry an act of the meeting to attendance, to the decisions concerned and to the register."""
    if step.kind == "check_in" and actor:
        presence.arrived(assembly, actor, step.at)
    if step.kind == "leave" and actor:
        presence.departed(assembly, actor)
    if step.kind in {"check_in_person", "check_out_person"}:
        presence.at_door(assembly, int(step.payload["person"]), step.at, here=step.kind == "check_in_person")  # type: ignore[call-overload]
    if step.kind in {"go_to_item", "close"} and left is not None:
        _leave_item(assembly, room, left, step)
    if step.kind == "go_to_item":
        _come_to_item(assembly, room, step.at)
    elif room.stage in {RoomStage.OPEN, RoomStage.SUSPENDED}:
        presence.sync_current(assembly, room, step.at)
    if room.stage is RoomStage.MINUTES_ADOPTED and before.stage is not room.stage and not assembly.exercise:
        adopt_minutes(assembly, room, step.at)


def _for_the_door(assembly: Assembly, before: Room, room: Room, step: Step) -> None:
    """Take to the decision what somebody without a device wrote or said; what it would refuse is refused now."""
    found = session_on(room)
    if found is None:
        raise WrongState("no_decision_here")
    session = locked_session(found.pk)
    state = session_state(session)
    if step.kind == "relay":
        take(session=session, assembly=assembly, step=relayed(step, state))
        return
    entry = room.entries[-1] if step.kind == "enter_position" else entry_of(before, step)
    given = to_session(entry, step)
    if step.kind == "enter_position":
        advance(state, given, consent_terms_for(session.charter, session.proposal.decision_class))
    else:
        take(session=session, assembly=assembly, step=given)


def _leave_item(assembly: Assembly, room: Room, left: ConsentSession, step: Step) -> None:
    session = locked_session(left.pk)
    called = session.stage == Stage.OBJECTION_CALL.value and not effects.rests(session, step.at)
    if step.kind == "go_to_item" and called:
        raise WrongState("call_open")
    if session.stage == Stage.ADOPTED.value:
        take(session=session, assembly=assembly, step=Step("close_decision", None, step.at))
    sync_presence(session, assembly, room, step.at)


def _come_to_item(assembly: Assembly, room: Room, at: datetime) -> None:
    item = room.item(room.current)
    if item is not None and not assembly.exercise:
        check_notice(item, assembly.convened_at, notice_of(terms_of(assembly.charter)), at)
    if item is not None and item.election is not None:
        come_to_election(assembly, room, item, at)
    if item is None or item.proposal is None:
        return
    # The proposal's lock: nobody edits it, or opens it in another room, in the meantime.
    proposal = (
        Proposal.everything.select_for_update(of=("self",)).select_related("circle__collective").get(pk=item.proposal)
    )
    found = session_on(room) or open_session(proposal=proposal, assembly=assembly, at=at)
    session = locked_session(found.pk)
    if session.assembly_id not in {None, assembly.pk} and _on_table_elsewhere(session):
        raise WrongState("item_elsewhere", assembly=session.assembly_id)
    if session.written:
        take(session=session, assembly=assembly, step=Step("go_live", None, at))
    session.assembly = assembly
    session.save(update_fields=["assembly"])
    sync_presence(session, assembly, room, at)


def _on_table_elsewhere(session: ConsentSession) -> bool:
    """Return whether the room that had this decision last is still open with it on the table."""
    room = room_of(assembly_row(session.assembly_id))
    item = room.item(room.current)
    return room.stage is RoomStage.OPEN and item is not None and item.proposal == session.proposal_id
