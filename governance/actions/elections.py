"""Elections without candidate: asking for one, putting it on an agenda, the one way to record a step, and its end."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from governance import signals
from governance.actions.election_record import record_election
from governance.actions.journal import append, locked_assembly, save_assembly, write_room
from governance.errors import IllegalStep, Invalid, NotEntitled, NotFound, WrongState
from governance.models import Assembly, Charter, Circle, Election, ElectionStep
from governance.permissions import can_convene, can_follow, can_propose, check_standing
from governance.queries.election_states import election_state, election_terms_for, terms_of_election
from governance.queries.mandates import resting as who_rests
from governance.queries.shapes import Receipt
from governance.queries.states import assembly_row, charter_of, room_of, seated, terms_of
from governance.rules.acts import clean_act
from governance.rules.electing import ENDED
from governance.rules.election import Election as ElectionState
from governance.rules.election import ElectionStage, advance
from governance.rules.mandates import longest
from governance.rules.room import Item, Room, RoomStage
from governance.rules.room_terms import notice_of
from governance.rules.session import Step
from network.clock import day_of, now
from network.models import Member
from network.signals import announce

ROLE_LENGTH = 60  # characters, as of a mandate


@transaction.atomic
def call_election(
    *, actor: Member, circle_id: int, role: str, mission: str = "", criteria: str = "", months: int = 0
) -> Election:
    """Ask for an election in one's circle; role, mission, criteria and length can still change in the room.

    Raises NotEntitled `not_in_circle`, Invalid, TermMissing for a figure that the charter leaves open.
    """
    circle = Circle.objects.select_related("collective").filter(pk=circle_id).first()
    if circle is None or not can_follow(actor, circle):
        raise NotFound("circle_unknown")
    check_standing(actor, circle.collective_id)
    if not can_propose(actor, circle):
        raise NotEntitled("not_in_circle")
    charter = charter_of(circle.collective)
    election_terms_for(charter)
    given = {"role": role, "mission": mission or "—", "criteria": criteria or "—", "months": months or 1, "version": 1}
    values = clean_act("edit_role", given)
    _check_role(values, charter)
    texts = {"mission": values["mission"] if mission else "", "criteria": values["criteria"] if criteria else ""}
    at = now()
    return Election.objects.create(
        circle=circle, opener=actor, role=values["role"], months=months, created_at=at, changed_at=at, **texts
    )


def _check_role(values: Mapping[str, object], charter: Charter) -> None:
    """What is sought can end in a mandate: the charter bounds that too, whoever gives it."""
    if len(str(values.get("role", ""))) > ROLE_LENGTH:
        raise Invalid("field_too_long", field="role", limit=ROLE_LENGTH)
    most = longest(terms_of(charter), "election.months_max")
    if int(values.get("months", 1)) > most:  # type: ignore[call-overload]
        raise Invalid("months_out_of_bounds", field="months", months=most)


def _ballot_step(election: Election, step: Step) -> Step:
    """Return the opening of the ballot with those whom the charter lets rest from the role: nobody will name them.

    Asked here and never later: who has been chosen is given the mandate, whatever happens until they accept. The
    length too was bounded when the role was written, unless the charter that counts is another since.
    """
    state, charter = election_state(election), election.charter or charter_of(election.circle.collective)
    if not state.months:
        return step  # refused by the rules: the role is not complete
    _check_role({"months": state.months}, charter)
    people, today = state.electorate, day_of(step.at)
    resting = who_rests(election.circle, state.role, state.months, people, today, terms_of(charter))
    return replace(step, payload={**step.payload, "resting": resting})


def election_for_agenda(circle: Circle, election_id: int) -> Election:
    """Return an election of the circle that may come on an agenda, its row locked; raises Invalid."""
    found = Election.objects.select_for_update().filter(pk=election_id, circle=circle).first()
    if found is None or found.stage in ENDED:
        raise Invalid("election_unknown", field="elections")
    return found


@transaction.atomic
def put_on_agenda(*, actor: Member, election_id: int, assembly_id: int) -> None:
    """Put an election on the agenda of an assembly of its circle that is convened and not open yet.

    Raises NotEntitled, Invalid `election_unknown`, WrongState (IllegalStep `not_now`, `already_on_agenda`, and
    `notice_late` if the meeting begins before the charter's notice is over: it could only discuss the election).
    """
    assembly = locked_assembly(assembly_id)
    if not can_follow(actor, assembly.circle):
        raise NotFound("assembly_unknown")
    check_standing(actor, assembly.circle.collective_id)
    if not can_convene(actor, assembly.circle):
        raise NotEntitled("not_in_circle")
    election, room = election_for_agenda(assembly.circle, election_id), room_of(assembly)
    payload, at = {"title": election.role, "election": election.pk}, now()
    notice = notice_of(terms_of(assembly.charter))
    if notice and assembly.starts_at < at + notice:
        raise IllegalStep("notice_late", until=at + notice)
    write_room(assembly, room, Step("put_election", None, at, payload))
    save_assembly(assembly)


def locked_election(election_id: int) -> Election:
    """Return the election, its row locked. Where there is an assembly, its lock comes first."""
    rows = Election.objects.select_for_update(of=("self",)).select_related("charter", "circle__collective")
    found = rows.filter(pk=election_id).first()
    if found is None:
        raise NotFound("election_unknown")
    return found


def write_election(
    election: Election, assembly: Assembly, step: Step, key: UUID | None = None, body: str = ""
) -> tuple[ElectionState, ElectionState, Receipt]:
    """Take a step of an election; return the state before and after, and the receipt. Under both locks."""
    before = election_state(election)
    after = advance(before, replace(step, seq=before.seq + 1), terms_of_election(election))
    assembly.seq += 1
    code = after.stage.value if after.stage is not before.stage else "recorded"
    receipt = Receipt(assembly.seq, step.at, code, step.kind)
    append(ElectionStep, after.seq, step, receipt, key, body, election=election)
    election.stage, election.seq, election.changed_at = after.stage.value, after.seq, step.at
    election.role = after.role or election.role
    election.save(update_fields=["stage", "seq", "changed_at", "role", "assembly"])
    announce(signals.election_advanced, election_id=election.pk, stage=election.stage)
    return before, after, receipt


def take_election(*, election: Election, assembly: Assembly, step: Step, key: UUID | None, body: str) -> Receipt:
    """Record one act in an election and write what follows from it; in the caller's transaction, under its locks."""
    if step.kind == "draw_jury":
        step = Step(step.kind, step.actor, step.at, {**step.payload, "seed": secrets.token_hex(16)})
    if step.kind == "edit_role":
        _check_role(step.payload, election.charter or charter_of(election.circle.collective))
    if step.kind == "open_ballot":
        step = _ballot_step(election, step)
    if step.kind == "set_new_date" and date.fromisoformat(str(step.payload["until"])) <= day_of(step.at):
        raise Invalid("date_past", field="until")
    before, after, receipt = write_election(election, assembly, step, key, body)
    if after.stage in ENDED and before.stage not in ENDED:
        record_election(election=election, assembly=assembly, state=after, at=step.at)
    return receipt


def come_to_election(assembly: Assembly, room: Room, item: Item, at: datetime) -> None:
    """Bring an election to the table: the first time, electorate and charter are frozen here."""
    election = locked_election(item.election or 0)
    if election.assembly_id not in {None, assembly.pk} and _on_table_elsewhere(election):
        raise WrongState("item_elsewhere", assembly=election.assembly_id)
    election.assembly = assembly
    if election.stage == ElectionStage.NEW.value:
        _open(election, assembly, at)
    election.save(update_fields=["assembly"])
    sync_election(election, assembly, room, at)


def _open(election: Election, assembly: Assembly, at: datetime) -> None:
    election.charter = charter_of(election.circle.collective)
    election_terms_for(election.charter)
    longest(terms_of(election.charter), "election.months_max")
    election.electorate = seated(election.circle)
    election.save(update_fields=["charter", "electorate", "assembly"])
    names = ("role", "mission", "criteria", "months")
    payload = {name: getattr(election, name) for name in names}
    given = {**payload, "electorate": election.electorate, "opener": election.opener_id, "numbered": True}
    write_election(election, assembly, Step("prepare", None, at, given))


def _on_table_elsewhere(election: Election) -> bool:
    room = room_of(assembly_row(election.assembly_id))
    item = room.item(room.current)
    return room.stage is RoomStage.OPEN and item is not None and item.election == election.pk


def leave_election(assembly: Assembly, room: Room, election_id: int, step: Step) -> None:
    """Take an election off the table; not while something sealed is being given."""
    election = locked_election(election_id)
    sealed = {ElectionStage.BALLOT.value, ElectionStage.OBJECTIONS.value}
    if step.kind == "go_to_item" and election.stage in sealed:
        raise WrongState("call_open")
    sync_election(election, assembly, room, step.at)


def sync_election(election: Election, assembly: Assembly, room: Room, at: datetime) -> None:
    """Tell an election who is present, who facilitates and who deputises, if that changed. Nobody, off the table."""
    state = election_state(election)
    item = room.item(room.current)
    on_table = room.stage is RoomStage.OPEN and item is not None and item.election == election.pk
    present, led = (sorted(room.present), (room.facilitator, room.deputy)) if on_table else ([], (None, None))
    told = (state.present, (state.facilitator, state.deputy))
    if state.stage in {*ENDED, ElectionStage.NEW} or told == (frozenset(present), led):
        return
    payload = {"present": present, "facilitator": led[0], "deputy": led[1]}
    write_election(election, assembly, Step("presence", None, at, payload))
