"""What pages, sockets and the API read of a room: plain frozen values, the same for everybody of one audience."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from governance.queries.consent_shapes import (
    AmendmentView,
    AnswerView,
    CallView,
    ConsentView,
    DiffPart,
    ObjectionView,
    Person,
    PositionView,
    StageMark,
    TurnView,
    VersionView,
    WindowView,
)
from governance.queries.election_shapes import ElectionView
from governance.queries.room_shapes import (
    NOTHING_PASSES,
    AirtimeView,
    EntryForMe,
    ExerciseView,
    PassingView,
    RoleLine,
    RoundView,
)

__all__ = [
    "AUDIENCES",
    "ActView",
    "AmendmentView",
    "AnswerView",
    "ArticleView",
    "AssemblyRow",
    "Audience",
    "BallotView",
    "CallView",
    "CharterView",
    "CircleView",
    "ConsentView",
    "DiffPart",
    "ElectionView",
    "EntryRow",
    "EntryView",
    "FieldView",
    "ItemView",
    "Mine",
    "MinutesView",
    "ObjectionView",
    "Person",
    "PositionView",
    "ProposalRow",
    "ProposalView",
    "Receipt",
    "RegisterPage",
    "RequestView",
    "RoomState",
    "RoomView",
    "StageMark",
    "StepLine",
    "TimerView",
    "TurnView",
    "VersionView",
    "WindowView",
]

Audience = Literal["member", "facilitator", "observer", "concerned", "hall"]
AUDIENCES: tuple[Audience, ...] = ("member", "facilitator", "observer", "concerned", "hall")


@dataclass(frozen=True)
class ItemView:
    id: int
    position: int
    title: str
    kind: str  # decision or discussion
    proposal_id: int | None
    current: bool
    done: bool
    outcome: str  # stage of its decision, if any
    minutes: int = 0  # given to it; 0: nothing said
    spent: int = 0  # seconds that it has taken so far
    election_id: int | None = None


@dataclass(frozen=True)
class RequestView:
    person: Person
    why: str  # speak, point_of_order or observer
    rank: int
    at: datetime


@dataclass(frozen=True)
class TimerView:
    label: str
    started_at: datetime
    seconds: int
    paused: bool
    ends_at: datetime | None  # None while paused
    left: int  # seconds left at the instant of the state


@dataclass(frozen=True)
class RoomState:
    """Identical for everybody of one audience; rendered once."""

    assembly_id: int
    seq: int
    audience: Audience
    at: datetime
    title: str
    circle: Person  # id and name of the circle
    collective: Person  # id and name of the collective
    starts_at: datetime
    place: str
    stage: str  # convened, open, suspended, closed, minutes_draft, minutes_adopted
    opened_at: datetime | None
    closed_at: datetime | None
    facilitator: Person | None
    item_facilitator: Person | None  # the deputy when the facilitator carries the item, or it is about them
    deputy: Person | None
    secretary: Person | None
    candidate: Person | None  # to whom the facilitation is offered
    items: tuple[ItemView, ...]
    current: ItemView | None
    present: tuple[Person, ...]  # empty for the hall
    present_count: int
    electorate_count: int
    quorum_needed: int
    quorum_reached: bool
    queue: tuple[RequestView, ...]
    speaker: Person | None
    not_spoken: tuple[Person, ...]
    timer: TimerView | None
    consent: ConsentView | None
    minutes_digest: str
    minutes_approved: int
    minutes_contested: tuple[AnswerView, ...]
    passing: PassingView = NOTHING_PASSES
    signals: tuple[str, ...] = ()  # the hand signals of this collective
    round: RoundView | None = None
    airtime: tuple[AirtimeView, ...] = ()
    timekeeper: Person | None = None
    tellers: tuple[Person, ...] = ()
    observers: tuple[Person, ...] = ()
    role_log: tuple[RoleLine, ...] = ()
    door: tuple[Person, ...] = ()  # without a device, let in by the secretary
    entries_waiting: int = 0  # positions of theirs that wait for a second person
    paused_at: datetime | None = None
    pause_reason: str = ""
    facilitator_away: bool = False
    set_aside: tuple[str, ...] = ()  # roles that rest: the decision on the table is about whoever holds them
    fair: bool = False  # whether those not yet heard go first
    exercise: ExerciseView | None = None
    election: ElectionView | None = None


@dataclass(frozen=True)
class FieldView:
    name: str
    label: object  # lazy text
    kind: str  # text, long, choice, date, person, persons, whole, yes_no
    required: bool
    choices: tuple[tuple[object, object], ...] = ()  # value, label; for choice, person, persons, yes_no
    initial: object = ""


@dataclass(frozen=True)
class ActView:
    """An act offered to one person: a button or a form. `fixed` goes along as hidden fields."""

    kind: str
    label: object  # lazy text
    allowed: bool
    refusal: str  # code, if not allowed
    facts: dict[str, object]
    fields: tuple[FieldView, ...]
    fixed: dict[str, object]
    group: str  # mine, speech, facilitation, meeting
    irreversible: bool


@dataclass(frozen=True)
class BallotView:
    """One's own sealed ballot."""

    named: Person | None  # None: a pass


@dataclass(frozen=True)
class Mine:
    """What only this person may see."""

    person: Person | None
    role: str  # facilitator, member or observer
    proposer: bool
    entitled: bool  # in the electorate of the current decision, or of the circle
    present: bool
    speaks: bool  # has the floor
    lapses_at: datetime | None  # when presence lapses without another sign of life
    position: PositionView | None  # mine in the open call, sealed to others
    rank: int | None  # in the speaking queue, from 1
    undo_until: datetime | None
    acts: tuple[ActView, ...]
    rank_why: str = ""  # order, observer, unheard, heard or arrival
    undo_kind: str = ""  # what would be undone
    signal: str = ""  # the hand I hold up
    mood: int | None = None  # the place of the word I chose
    entries: tuple[EntryForMe, ...] = ()
    ballot: BallotView | None = None  # mine in the open ballot, sealed to others
    concerned: bool = False  # the decision on the table is about me: I am heard, and nothing else

    def act(self, kind: str) -> ActView | None:
        """Return the act of that kind, if it concerns this person now."""
        return next((act for act in self.acts if act.kind == kind), None)


@dataclass(frozen=True)
class RoomView:
    state: RoomState
    mine: Mine
    audience: Audience


@dataclass(frozen=True)
class AssemblyRow:
    id: int
    title: str
    circle: str
    starts_at: datetime
    place: str
    stage: str
    item_count: int
    mine: bool  # in a circle of the viewer


@dataclass(frozen=True)
class ProposalRow:
    id: int
    title: str
    proposer: Person
    circle: str
    stage: str
    group: str  # for_me, preparing, consulting, assembly, decided
    why: str  # code of what waits for the viewer: review_due, submit, position, turn…; empty if nothing
    changed_at: datetime


@dataclass(frozen=True)
class ProposalView:
    id: int
    circle: Person
    proposer: Person
    title: str
    driver: str
    text: str
    decision_class: str
    review_on: date | None
    responsible: Person | None
    criteria: str
    stage: str
    version: int
    editable: bool
    assembly_id: int | None
    consent: ConsentView | None  # None until a session is open
    terms_version: int  # of the charter under which it was opened; before, of the one in force
    terms_digest: str
    quorum: str  # "1/2"
    register_seqs: tuple[int, ...]
    history: tuple["StepLine", ...] = ()


@dataclass(frozen=True)
class StepLine:
    """One public act of a decision, without what is still sealed."""

    seq: int
    at: datetime
    kind: str
    label: object
    person: Person | None


@dataclass(frozen=True)
class EntryRow:
    seq: int
    kind: str
    at: datetime
    title: str
    head: str
    review_on: date | None
    state: str = ""  # of a decision: in_force, to_review, lapsed, replaced
    outcome: str = ""  # of a vote: carried, rejected, void, withheld
    effect_refused: str = ""  # of a vote that carried: why it took no effect, by the code of the refusal


@dataclass(frozen=True)
class RegisterSearch:
    """What is looked for in a register: words in titles and texts, a kind of entry, a year, a state of decisions.

    `decided`: only what was decided, by consent or by a vote.
    """

    words: str = ""
    kind: str = ""
    year: int | None = None
    state: str = ""
    decided: bool = False


@dataclass(frozen=True)
class RegisterPage:
    collective: Person
    entries: tuple[EntryRow, ...]
    total: int
    page: int
    pages: int
    head: str
    kinds: tuple[str, ...] = ()  # that occur in this register
    years: tuple[int, ...] = ()


@dataclass(frozen=True)
class EntryView:
    """An entry with its document as chained, and the names that its commitments still lead to."""

    seq: int
    kind: str
    at: datetime
    title: str
    node: str
    terms: str
    salt: str
    body: dict[str, object]
    digest: str
    head: str
    previous_head: str
    names: dict[str, str]  # commitment → name, absent once erased
    whole: bool  # recomputed just now
    previous_seq: int | None
    next_seq: int | None
    later: tuple[EntryRow, ...] = ()  # concerns, reviews and corrections that cite it; what came of the vote it opened
    text: str = ""  # of minutes: Markdown, with the names that are still known
    state: str = ""  # of a decision: in_force, to_review, lapsed, replaced


@dataclass(frozen=True)
class MinutesView:
    assembly_id: int
    title: str
    stage: str
    version: int
    text: str  # Markdown
    digest: str
    register_seq: int | None
    approvals: tuple[Person, ...]
    contests: tuple[AnswerView, ...]
    drawn_up_at: datetime
    exercise: bool = False


@dataclass(frozen=True)
class ArticleView:
    id: str
    title: str
    text: str


@dataclass(frozen=True)
class CharterView:
    version: int
    digest: str
    title: str
    preamble: str
    articles: tuple[ArticleView, ...]
    terms: tuple[tuple[str, str], ...]  # name, value as text
    adopted_at: datetime
    collective: Person


@dataclass(frozen=True)
class CircleView:
    id: int
    name: str
    purpose: str
    members: tuple[Person, ...]
    mandates: tuple[tuple[str, Person, date | None], ...]  # role, holder, until
    mine: bool


@dataclass(frozen=True)
class Receipt:
    """What a repeated act gets again. `code` names what happened (the stage reached, or `recorded`)."""

    seq: int
    at: datetime
    code: str
    kind: str
    facts: dict[str, object] = field(default_factory=dict)
