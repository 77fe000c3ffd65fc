"""Decisions in writing: who facilitates, whether a room holds the decision, what waits for whom."""

from collections.abc import Iterable
from datetime import datetime

from governance.errors import Invalid
from governance.models import Circle, ConsentSession
from governance.queries.circles import running
from governance.queries.states import assembly_row, room_of, seated, session_state
from governance.queries.waiting import Waiting
from governance.rules.assemblies import RoomStage
from governance.rules.awaiting import awaited
from governance.rules.session import Session, Stage
from network.clock import day_of
from network.models import Member

__all__ = ["FACILITATION", "mandated_facilitator", "on_table", "waiting_in_writing", "who_facilitates"]

FACILITATION = "facilitator"
MEETING = frozenset({RoomStage.OPEN, RoomStage.SUSPENDED})
ASKED = {  # what is asked of those who are waited for, by stage
    Stage.DRAFT: "submit",
    Stage.DRIVER_CHECK: "answer_driver",
    Stage.CLARIFY: "take_turn",
    Stage.REACT: "take_turn",
    Stage.AMEND: "amend",
    Stage.OBJECTION_CALL: "position",
    Stage.TEST: "judge",
    Stage.REOPENED: "judge",
    Stage.INTEGRATE: "integrate",
    Stage.DELEGATED: "bring_back",
}


def on_table(session: ConsentSession) -> bool:
    """Return whether a room that is open, or pauses, has this decision on its table."""
    if session.assembly_id is None:
        return False
    room = room_of(assembly_row(session.assembly_id))
    item = room.item(room.current)
    return room.stage in MEETING and item is not None and item.proposal == session.proposal_id


def who_facilitates(
    *, circle: Circle, proposer: int, convener: int, electorate: Iterable[int], asked: int | None, at: datetime
) -> int:
    """Return who facilitates in writing: whom the circle mandated, else whom the convener names, else the convener.

    Never the proposer. Raises Invalid `facilitator_needed` if that leaves nobody, `facilitator_unfit`.
    """
    fit = set(electorate) & set(seated(circle)) - {proposer}
    found = mandated_facilitator(circle, fit, at) or asked or (convener if convener in fit else None)
    if found is None:
        raise Invalid("facilitator_needed", field="facilitator")
    if found not in fit:
        raise Invalid("facilitator_unfit", field="facilitator")
    return found


def mandated_facilitator(circle: Circle, fit: Iterable[int], at: datetime) -> int | None:
    """Return who of the people fit for it holds the circle's mandate to facilitate; the longest holder of several."""
    held = running(day_of(at)).filter(circle=circle, role=FACILITATION, member__in=list(fit))
    return held.order_by("starts_on", "pk").values_list("member_id", flat=True).first()


def waiting_in_writing(member: Member, at: datetime) -> list[Waiting]:
    """Return the decisions in writing that wait for this person (a source of `queries.waiting`)."""
    collectives = member.memberships.filter(state="active").values("collective_id")
    rows = ConsentSession.objects.filter(written=True, stage__in=[each.value for each in ASKED])
    rows = rows.filter(proposal__circle__collective_id__in=collectives)
    found = ((row, session_state(row)) for row in rows.select_related("charter", "proposal__circle"))
    return [_line(row, state, member.pk) for row, state in found if member.pk in awaited(state)]


def _line(row: ConsentSession, state: Session, member: int) -> Waiting:
    return Waiting(
        kind=f"consent_{_asked(state, member)}",
        collective_id=row.proposal.circle.collective_id,
        title=state.version.title,
        page="proposition",
        args=(row.proposal_id,),
        since=state.since or row.opened_at,
        due_at=state.ends_at,
    )


def _asked(state: Session, member: int) -> str:
    objection = state.objection(state.current)
    if objection is not None and member in objection.jury:
        return "jury_vote"
    return ASKED[state.stage]
