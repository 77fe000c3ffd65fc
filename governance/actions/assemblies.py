"""Assemblies: convening one, and `act`, the room's one door for every act of form, socket and API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.actions import presence
from governance.actions.consent import open_session, take
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
from governance.errors import Invalid, NotEntitled, NotFound, WrongState
from governance.models import AgendaItem, Assembly, Circle, ConsentSession, Proposal
from governance.permissions import can_convene, in_circle
from governance.queries.shapes import Receipt
from governance.queries.states import assembly_row, charter_of, room_of, seated, session_on
from governance.rules.acts import ROOM_ACTS, clean_act, fields_of
from governance.rules.assemblies import Room, RoomStage
from governance.rules.session import Stage, Step
from network.clock import now
from network.models import Member


@transaction.atomic
def convene(
    *,
    actor: Member,
    circle_id: int,
    title: str,
    starts_at: datetime,
    place: str = "",
    agenda: Sequence[tuple[str, int | None]] = (),
) -> Assembly:
    """Convene the circle; whoever convenes facilitates until they hand over. `agenda`: (title, proposal or None)."""
    circle = Circle.objects.select_related("collective").filter(pk=circle_id).first()
    if circle is None:
        raise NotFound("circle_unknown")
    if not can_convene(actor, circle):
        raise NotEntitled("not_in_circle")
    if not title.strip():
        raise Invalid("field_missing", field="title")
    assembly = Assembly.objects.create(
        circle=circle,
        charter=charter_of(circle.collective),
        title=title.strip()[:200],
        place=place.strip()[:200],
        starts_at=starts_at,
        convened_by=actor,
        convened_at=now(),
        invited=seated(circle),
    )
    for position, (item, proposal_id) in enumerate(agenda, start=1):
        _put_on_agenda(assembly, position, item, proposal_id)
    return assembly


def _put_on_agenda(assembly: Assembly, position: int, title: str, proposal_id: int | None) -> None:
    proposal = Proposal.objects.filter(pk=proposal_id, circle=assembly.circle).first() if proposal_id else None
    if proposal_id and proposal is None:
        raise Invalid("proposal_unknown", field="agenda")
    title = (title.strip() or (proposal.title if proposal else ""))[:200]
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


def act(*, assembly_id: int, actor: Member, kind: str, payload: Mapping[str, object], key: UUID | str) -> Receipt:
    """Do one act in a room and return its receipt; the same act under the same key gets the same receipt again.

    Every right is checked again here, under the lock of the assembly's row (and of the decision's).
    Raises Invalid, NotEntitled, NotFound, WrongState (IllegalStep, `key_reused`, `stale_version`), TermMissing.
    """
    values, key = clean_act(kind, payload), key_of(key)
    body = body_digest(f"assembly:{assembly_id}", kind, values)
    presence.heartbeat(assembly_id=assembly_id, member=actor)
    presence.sweep(assembly_id=assembly_id)
    with transaction.atomic():
        assembly = locked_assembly(assembly_id)
        repeated = earlier(actor, key, body)
        if repeated:
            return repeated
        step, room = Step(kind, actor.pk, now(), values), room_of(assembly)
        if kind in ROOM_ACTS:
            receipt = _meeting(assembly, room, actor, step, key, body)
        else:
            receipt = _decision(assembly, room, step, key, body)
        save_assembly(assembly)
    return receipt


def _decision(assembly: Assembly, room: Room, step: Step, key: UUID, body: str) -> Receipt:
    if room.stage is not RoomStage.OPEN:
        raise WrongState("room_not_open", stage=room.stage.value)
    found = session_on(room)
    if found is None:
        raise WrongState("no_decision_here")
    session = locked_session(found.pk)
    sync_presence(session, assembly, room, step.at)
    return take(session=session, assembly=assembly, step=step, key=key, body=body)


def _meeting(assembly: Assembly, room: Room, actor: Member, step: Step, key: UUID, body: str) -> Receipt:
    room = _prepare(assembly, room, actor, step)
    step = _completed(assembly, room, actor, step)
    left = session_on(room)
    after, receipt = write_room(assembly, room, step, key, body)
    _effects(assembly, after, actor, step, left)
    return receipt


def _prepare(assembly: Assembly, room: Room, actor: Member, step: Step) -> Room:
    """Invite whoever joined the circle after the notice."""
    joined = step.kind == "check_in" and actor.pk not in room.invited and in_circle(actor, assembly.circle)
    if not joined:
        return room
    return write_room(assembly, room, Step("invite", None, step.at, {"person": actor.pk}))[0]


def _completed(assembly: Assembly, room: Room, actor: Member, step: Step) -> Step:
    """Return the step with what the house adds: the digest of the minutes drawn up."""
    if step.kind == "draw_up_minutes" and room.stage is RoomStage.CLOSED:
        return Step(step.kind, step.actor, step.at, {"digest": drawn_up(assembly, room, actor, step.at)})
    if step.kind == "amend_minutes" and room.stage is RoomStage.MINUTES_DRAFT:
        return Step(step.kind, step.actor, step.at, {"digest": amended(assembly, actor, step)})
    return step


def _effects(assembly: Assembly, room: Room, actor: Member, step: Step, left: ConsentSession | None) -> None:
    """Carry an act of the meeting to attendance, to the decisions concerned and to the register."""
    if step.kind == "check_in":
        presence.arrived(assembly, actor, step.at)
    if step.kind == "leave":
        presence.departed(assembly, actor)
    if step.kind in {"go_to_item", "close"} and left is not None:
        _leave_item(assembly, room, left, step)
    if step.kind == "go_to_item":
        _come_to_item(assembly, room, step.at)
    elif room.stage in {RoomStage.OPEN, RoomStage.SUSPENDED}:
        presence.sync_current(assembly, room, step.at)
    if room.stage is RoomStage.MINUTES_ADOPTED:
        adopt_minutes(assembly, room, step.at)


def _leave_item(assembly: Assembly, room: Room, left: ConsentSession, step: Step) -> None:
    session = locked_session(left.pk)
    if step.kind == "go_to_item" and session.stage == Stage.OBJECTION_CALL.value:
        raise WrongState("call_open")
    if session.stage == Stage.ADOPTED.value:
        take(session=session, assembly=assembly, step=Step("close_decision", None, step.at))
    sync_presence(session, assembly, room, step.at)


def _come_to_item(assembly: Assembly, room: Room, at: datetime) -> None:
    item = room.item(room.current)
    if item is None or item.proposal is None:
        return
    # The proposal's lock: nobody edits it, or opens it in another room, in the meantime.
    proposal = (
        Proposal.objects.select_for_update(of=("self",)).select_related("circle__collective").get(pk=item.proposal)
    )
    found = session_on(room) or open_session(proposal=proposal, assembly=assembly, at=at)
    session = locked_session(found.pk)
    if session.assembly_id not in {None, assembly.pk} and _on_table_elsewhere(session):
        raise WrongState("item_elsewhere", assembly=session.assembly_id)
    session.assembly = assembly
    session.save(update_fields=["assembly"])
    sync_presence(session, assembly, room, at)


def _on_table_elsewhere(session: ConsentSession) -> bool:
    """Return whether the room that had this decision last is still open with it on the table."""
    room = room_of(assembly_row(session.assembly_id))
    item = room.item(room.current)
    return room.stage is RoomStage.OPEN and item is not None and item.proposal == session.proposal_id
