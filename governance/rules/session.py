"""The shape of a decision by consent: stages, versions, positions, objections. What was said, not what to do about it.

People are whole numbers. Instants come from outside with each step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

__all__ = ["FINAL", "LIVE", "Amendment", "Answer", "DriverAnswer", "Objection", "ObjectionState", "Position"]
__all__ += ["Revealed", "Session", "Stage", "Step", "Turn", "Version", "end_of", "evolve"]


class Stage(StrEnum):
    """Where a decision stands."""

    NEW = "new"
    DRAFT = "draft"
    DRIVER_CHECK = "driver_check"
    PRESENTED = "presented"
    CLARIFY = "clarify"
    REACT = "react"
    AMEND = "amend"
    OBJECTION_CALL = "objection_call"
    TEST = "test"
    INTEGRATE = "integrate"
    ADOPTED = "adopted"
    CLOSED = "closed"
    REOPENED = "reopened"
    SUSPENDED = "suspended"
    DEFERRED = "deferred"
    DELEGATED = "delegated"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"
    FALLBACK = "fallback"


LIVE = frozenset(
    {
        Stage.DRIVER_CHECK,
        Stage.PRESENTED,
        Stage.CLARIFY,
        Stage.REACT,
        Stage.AMEND,
        Stage.OBJECTION_CALL,
        Stage.TEST,
        Stage.INTEGRATE,
        Stage.REOPENED,
    }
)
FINAL = frozenset({Stage.REFERRED, Stage.WITHDRAWN, Stage.FALLBACK})


def end_of(day: str) -> datetime:
    """Return the instant at which a day is over, in UTC.

    >>> end_of("2026-12-01").isoformat()
    '2026-12-02T00:00:00+00:00'
    """
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), UTC)


T = TypeVar("T")


def evolve(thing: T, **changes: object) -> T:
    """Return a copy of a frozen dataclass with some fields changed: `dataclasses.replace`, ten times faster.

    Steps are tried by the million in tests; the constructor of forty fields was most of their time.
    """
    unknown = changes.keys() - vars(thing).keys()
    if unknown:
        raise TypeError(f"{type(thing).__name__} has no {sorted(unknown)}")
    copy = object.__new__(type(thing))
    vars(copy).update(vars(thing), **changes)
    return copy


@dataclass(frozen=True)
class Step:
    """Something that somebody did (`actor` None: that happened), at an instant; `seq` orders the steps of a session."""

    kind: str
    actor: int | None
    at: datetime
    payload: Mapping[str, object] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True)
class Version:
    """One text of the proposal. G8a: review date, responsible person and criteria are part of the text called."""

    number: int
    title: str
    text: str
    driver: str
    review_on: str
    responsible: int | None
    criteria: str
    at: datetime
    author: int
    ends_on: str = ""

    def whole(self) -> bool:
        """Return whether everything that a call needs is set."""
        return all((self.text, self.driver, self.review_on, self.responsible, self.criteria))


@dataclass(frozen=True)
class Position:
    """What one person answered to one call. For an objection, its argument, consequence, ground and article."""

    person: int
    version: int
    call: int
    choice: str
    at: datetime
    seq: int
    text: str = ""
    consequence: str = ""
    ground: str = ""
    article: str = ""
    fact: str = ""
    means: str = ""  # paper or voice, when two people entered it for somebody without a device
    entered_by: int | None = None
    confirmed_by: int | None = None


@dataclass(frozen=True)
class Revealed:
    """A revealed call, with `no_position` for those who stayed silent."""

    version: int
    call: int
    at: datetime
    positions: tuple[Position, ...]
    present: int = 0  # of the electorate, at the reveal
    opened_at: datetime | None = None  # of a call in writing: its window; None for a call in a room
    closed_at: datetime | None = None
    present_at_opening: int = 0


class ObjectionState(StrEnum):
    """Where an objection stands; REFINED is QUALIFIED under a narrower text."""

    OPEN = "open"
    QUALIFIED = "qualified"
    REFINED = "refined"
    CONCERN = "concern"
    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Answer:
    """An answer for or against, with its reason."""

    person: int
    agree: bool
    reason: str
    at: datetime


@dataclass(frozen=True)
class Objection:
    """One objection, never deleted. `amended_to` and `resolved_by` tell how it was lifted."""

    id: int
    author: int
    version: int
    call: int
    text: str
    consequence: str
    ground: str
    article: str
    at: datetime
    state: ObjectionState = ObjectionState.OPEN
    to_confirm: bool = False
    narrowed: bool = False
    fact: str = ""
    judgments: tuple[Answer, ...] = ()
    jury: tuple[int, ...] = ()
    jury_votes: tuple[Answer, ...] = ()
    juries: tuple[tuple[Answer, ...], ...] = ()  # votes of earlier juries
    excused: frozenset[int] = frozenset()  # jurors who let their window pass: not drawn again
    amended_to: int | None = None
    resolved_by: str = ""

    def pending(self) -> bool:
        """Return whether it still stands: open, or qualified and not resolved (guard G8c)."""
        return self.state in {ObjectionState.OPEN, ObjectionState.QUALIFIED, ObjectionState.REFINED}

    def upheld(self) -> bool:
        """Return whether it was found to qualify and is not resolved."""
        return self.state in {ObjectionState.QUALIFIED, ObjectionState.REFINED}

    def jury_missing(self, here: frozenset[int]) -> int:
        """Return how many jurors have left without answering."""
        voted = {each.person for each in self.jury_votes}
        return sum(juror not in here and juror not in voted for juror in self.jury)


@dataclass(frozen=True)
class Amendment:
    """A change offered to lift the current objection; offers are numbered through the session, for each replaces
    another under the same number of version."""

    version: Version
    number: int
    confirmed_by: str = ""
    opposed: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One turn of a round; a pass has no text."""

    person: int
    stage: Stage
    round: int
    text: str
    at: datetime
    to: int = 0  # of a reply: the question that it answers, by its place among all turns, from 1


@dataclass(frozen=True)
class DriverAnswer:
    """Is the reason to act clear, and ours?"""

    person: int
    answer: str
    reason: str
    addressee: str


@dataclass(frozen=True)
class Session:
    """A whole decision by consent at one instant. Every change makes a new value."""

    stage: Stage = Stage.NEW
    seq: int = 0
    decision_class: str = ""
    proposer: int = 0
    facilitator: int | None = None
    electorate: frozenset[int] = frozenset()
    present: frozenset[int] = frozenset()
    versions: tuple[Version, ...] = ()
    since: datetime | None = None
    ends_at: datetime | None = None
    round: int = 0  # rises for ever: a turn belongs to one round
    turns: tuple[Turn, ...] = ()
    replies: tuple[Turn, ...] = ()
    driver: tuple[DriverAnswer, ...] = ()
    call: int = 0
    recalls: int = 0
    called: frozenset[int] = frozenset()
    sealed: Mapping[int, Position] = field(default_factory=dict)
    revealed: tuple[Revealed, ...] = ()
    objections: tuple[Objection, ...] = ()
    elsewhere: tuple[int, int] = (0, 0)  # calls and objections that count before its own: on others, in an election
    current: int | None = None
    amendment: Amendment | None = None
    offers: int = 0  # changes offered so far
    loops: int = 0
    exits: tuple[str, ...] = ()
    remembered: Stage | None = None
    left: int = 0  # seconds of the stage that were left when it was suspended
    until: str = ""
    subgroup: frozenset[int] = frozenset()
    addressee: str = ""
    reason: str = ""
    in_force: int | None = None  # version adopted and still in force
    revising: bool = False
    reviewed: bool = False
    quorum_at_opening: int = 0
    adopted_at: datetime | None = None
    concerns: tuple[Position, ...] = ()  # filed after adoption
    lapsed_at: datetime | None = None  # the instant that the agreed text set as its own end
    written: bool = False  # decided in writing, at a distance: stages are windows, the whole electorate counts
    moves: tuple[tuple[datetime, bool], ...] = ()  # into writing (True) and back into a room
    offered: int | None = None  # to whom who facilitates in writing offers it
    window: int = 0  # rises with every window
    opens_at: datetime | None = None  # of the window; `ends_at` closes it
    remind_every: int = 0  # seconds between reminders, and from the last to the end
    reminders_left: int = 0
    reminders: tuple[datetime, ...] = ()  # of this window
    mailed: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # which of them really left, by person

    @property
    def version(self) -> Version:
        """The text on the table."""
        return self.versions[-1]

    @property
    def agreed(self) -> Version | None:
        """The text adopted and in force, if any."""
        return self.versions[self.in_force - 1] if self.in_force else None

    @property
    def here(self) -> frozenset[int]:
        """Who of the electorate is present."""
        return self.present & self.electorate

    def objection(self, number: int | None) -> Objection | None:
        """Return the objection of that number."""
        return next((each for each in self.objections if each.id == number), None)

    def open(self) -> tuple[Objection, ...]:
        """Return the objections not yet examined, in order of filing."""
        return tuple(each for each in self.objections if each.state is ObjectionState.OPEN)

    def pending(self) -> tuple[Objection, ...]:
        """Return the objections that forbid adoption."""
        return tuple(each for each in self.objections if each.pending())

    def with_objection(self, changed: Objection) -> "Session":
        """Return the session with one objection replaced by its changed self."""
        return evolve(self, objections=tuple(changed if o.id == changed.id else o for o in self.objections))
