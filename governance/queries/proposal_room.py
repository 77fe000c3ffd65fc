"""The page of a proposition as a place to take part: the state and the acts of a decision, outside any room.

Same shapes as a room's (`shapes.py`), so that the same panel draws them. A decision on a table is acted upon there.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from governance.errors import NotFound, TermMissing
from governance.models import ConsentSession, Proposal
from governance.permissions import can_follow, in_circle, is_suspended
from governance.queries.acts import consent_acts
from governance.queries.consent import consent_view, is_about, my_position, people_of, person, persons
from governance.queries.room_shapes import NOTHING_PASSES, PassingView
from governance.queries.shapes import ActView, Mine, Person, RoomState, RoomView
from governance.queries.states import charter_of, consent_terms_for, names_of, seated, session_state
from governance.queries.written import mandated_facilitator, on_table
from governance.rules.assemblies import Room, RoomStage
from governance.rules.charter import ConsentTerms
from governance.rules.quorum import needed, reached
from governance.rules.session import FINAL, Session, Stage
from governance.rules.written import between
from network.clock import now
from network.models import Member

__all__ = ["WritingChoices", "may_go_written", "proposal_room", "writing_choices"]


@dataclass(frozen=True)
class _Loaded:
    """What the acts of a decision depend on, where there is no meeting: everybody of the electorate may come."""

    room: Room
    state: Session
    terms: ConsentTerms
    names: Mapping[int, str]
    at: datetime
    made: dict[Hashable, ActView] = field(default_factory=dict)
    voting: None = None  # nobody is elected in writing, raises a hand, or practises
    voting_terms: None = None
    continues: bool = False
    rests: bool = False
    signs: tuple[str, ...] = ()
    hands: Mapping[int, str] = field(default_factory=dict)
    passing: PassingView = NOTHING_PASSES


def proposal_room(proposal_id: int, *, viewer: Member) -> RoomView | None:
    """Return the decision on a proposal as its page offers it; None before it is open. Raises NotFound.

    While a room has the decision on its table, no act is offered here.
    """
    session = _session(proposal_id)
    if session is None:
        return None
    if not can_follow(viewer, session.proposal.circle) or is_about(session.proposal, viewer):
        raise NotFound("proposal_unknown")
    state, terms = session_state(session), consent_terms_for(session.charter, session.proposal.decision_class)
    room = Room(stage=RoomStage.OPEN, invited=state.electorate, facilitator=state.facilitator)
    loaded = _Loaded(room, state, terms, names_of(people_of(state)), now())
    held = on_table(session)
    quiet = held or is_suspended(viewer, session.proposal.circle.collective_id)
    acts = () if quiet else tuple(consent_acts(loaded, viewer.pk))
    facilitates = state.facilitator == viewer.pk
    mine = Mine(
        person=Person(viewer.pk, viewer.name),
        role="facilitator" if facilitates else "member" if viewer.pk in state.electorate else "observer",
        proposer=state.proposer == viewer.pk,
        entitled=viewer.pk in (state.here if state.written else state.electorate),
        present=True,  # nobody checks in here
        speaks=False,
        lapses_at=None,
        position=my_position(state, viewer.pk, loaded.names),
        rank=None,
        undo_until=None,
        acts=acts,
    )
    return RoomView(_shared(session, loaded), mine, "facilitator" if facilitates else "member")


def _session(proposal_id: int) -> ConsentSession | None:
    rows = ConsentSession.objects.select_related("charter", "proposal__circle__collective")
    return rows.filter(proposal_id=proposal_id).first()


def _shared(session: ConsentSession, loaded: _Loaded) -> RoomState:
    circle, state, names = session.proposal.circle, loaded.state, loaded.names
    return RoomState(
        assembly_id=0,
        seq=state.seq,
        audience="member",
        at=loaded.at,
        title=state.version.title,
        circle=Person(circle.pk, circle.name),
        collective=Person(circle.collective_id, circle.collective.name),
        starts_at=session.opened_at,
        place="",
        stage=RoomStage.OPEN.value,
        opened_at=session.opened_at,
        closed_at=None,
        facilitator=person(names, state.facilitator),
        item_facilitator=person(names, state.facilitator),
        deputy=None,
        secretary=None,
        candidate=person(names, state.offered),
        items=(),
        current=None,
        present=persons(names, state.here),
        present_count=len(state.here),
        electorate_count=len(state.electorate),
        quorum_needed=needed(loaded.terms.presence_quorum, len(state.electorate)),
        quorum_reached=reached(len(state.here), len(state.electorate), loaded.terms.presence_quorum),
        queue=(),
        speaker=None,
        not_spoken=(),
        timer=None,
        consent=consent_view(session, state, loaded.terms, names),
        minutes_digest="",
        minutes_approved=0,
        minutes_contested=(),
    )


@dataclass(frozen=True)
class WritingChoices:
    """What somebody may say who lets a proposal be decided in writing."""

    title: str
    allowed: bool
    why: str  # code of what stands in the way
    mandated: Person | None  # who facilitates by mandate of the circle: then there is nobody to choose
    people: tuple[Person, ...]  # who else may facilitate: of the circle, not the proposer
    windows: tuple[tuple[str, int], ...]  # hours of each stage, in order
    reminders: int
    silence: str
    silence_counts: bool


def writing_choices(proposal_id: int, *, viewer: Member) -> WritingChoices:
    """Return what deciding a proposal in writing would mean; raises NotFound, TermMissing naming the figure missing."""
    proposal = Proposal.objects.select_related("circle__collective").filter(pk=proposal_id).first()
    if proposal is None or not can_follow(viewer, proposal.circle) or is_about(proposal, viewer):
        raise NotFound("proposal_unknown")
    session = _session(proposal_id)
    charter = session.charter if session else charter_of(proposal.circle.collective)
    written = consent_terms_for(charter, proposal.decision_class).in_writing()
    why = _why_not(proposal, session, viewer)
    people = _people(proposal, session)
    mandated = mandated_facilitator(proposal.circle, people.keys(), now())
    return WritingChoices(
        title=session_state(session).version.title if session else proposal.title,
        allowed=not why,
        why=why,
        mandated=person(people, mandated),
        people=persons(people, people),
        windows=tuple(written.windows.items()),
        reminders=written.reminders,
        silence=written.silence,
        silence_counts=written.silence_counts,
    )


def may_go_written(proposal_id: int, *, viewer: Member) -> bool:
    """Return whether this person may let a proposal be decided in writing now; no, if the charter lacks figures."""
    try:
        return writing_choices(proposal_id, viewer=viewer).allowed
    except TermMissing:
        return False


def _why_not(proposal: Proposal, session: ConsentSession | None, viewer: Member) -> str:
    if not in_circle(viewer, proposal.circle):
        return "not_in_circle"
    if session is None:
        return ""
    state = session_state(session)
    if state.written:
        return "already_written"
    if state.stage in FINAL | {Stage.ADOPTED, Stage.CLOSED, Stage.DEFERRED}:
        return "not_open"
    if on_table(session):
        return "item_on_table"
    if viewer.pk not in state.electorate:
        return "not_elector"
    return "" if between(state) else "inside_stage"


def _people(proposal: Proposal, session: ConsentSession | None) -> dict[int, str]:
    """Return who may facilitate, by id."""
    electorate = set(session.electorate) if session else set(seated(proposal.circle))
    return names_of((electorate & set(seated(proposal.circle))) - {proposal.proposer_id})
