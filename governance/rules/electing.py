"""The shape of an election without candidate: stages, ballots, voices, the person proposed. What was said, no more.

People are whole numbers. The call on a person is a decision by consent of its own (`session.Session`), one a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from governance.rules.session import Answer, Objection, Session

__all__ = ["CALLING", "ENDED", "ORDERS", "Ballot", "Change", "Election", "ElectionStage", "Nomination", "Said"]

ORDERS = ("last", "first", "together")  # when the person proposed answers the call


class ElectionStage(StrEnum):
    """Where an election stands."""

    NEW = "new"
    ROLE = "role"
    BALLOT = "ballot"
    REASONS = "reasons"
    CHANGE = "change"
    PROPOSE = "propose"
    OBJECTIONS = "objections"
    TEST = "test"
    INTEGRATE = "integrate"
    SUSPENDED = "suspended"
    ACCEPT = "accept"
    DONE = "done"
    VACANT = "vacant"
    POSTPONED = "postponed"
    LOT = "lot"
    DROPPED = "dropped"


E = ElectionStage
ENDED = frozenset({E.DONE, E.POSTPONED, E.LOT, E.DROPPED})
CALLING = frozenset({E.OBJECTIONS, E.TEST, E.INTEGRATE, E.SUSPENDED})


@dataclass(frozen=True)
class Ballot:
    """One name, or none (a pass, where the charter allows it)."""

    person: int
    named: int | None
    at: datetime


@dataclass(frozen=True)
class Said:
    """What somebody said in a round; in the round of changes, the name they now hold to, and the one before."""

    person: int
    stage: ElectionStage
    round: int
    text: str
    at: datetime
    named: int | None = None
    before: int | None = None


@dataclass(frozen=True)
class Nomination:
    """A person proposed, by whom, and on what grounds."""

    person: int
    by: int
    grounds: str
    at: datetime
    round: int
    declined: str = ""


@dataclass(frozen=True)
class Change:
    """What is offered to lift an objection: a shorter mandate, a pair, or support."""

    kind: str
    text: str
    months: int | None = None
    person: int | None = None


@dataclass(frozen=True)
class Election:
    """A whole election at one instant. Every change makes a new value."""

    stage: ElectionStage = ElectionStage.NEW
    seq: int = 0
    opener: int = 0
    electorate: frozenset[int] = frozenset()
    present: frozenset[int] = frozenset()
    facilitator: int | None = None
    deputy: int | None = None
    role: str = ""
    mission: str = ""
    criteria: str = ""
    months: int = 0
    version: int = 1  # of the role's text
    agreements: tuple[Answer, ...] = ()
    since: datetime | None = None
    ends_at: datetime | None = None
    round: int = 0  # rises for ever: an act belongs to one round
    resting: frozenset[int] = frozenset()  # whom the charter does not let take this role up now
    called: frozenset[int] = frozenset()
    sealed: Mapping[int, Ballot] = field(default_factory=dict)
    ballots: tuple[Ballot, ...] = ()  # once opened, by person
    ballot_opening: int = 0  # how many of the electorate were there as the ballot opened, and as names were opened
    ballot_closing: int = 0
    said: tuple[Said, ...] = ()
    nominations: tuple[Nomination, ...] = ()
    nominee: int | None = None
    calls: Mapping[int, Session] = field(default_factory=dict)  # by person proposed
    numbered: bool = (
        False  # calls and objections count through the election: older journals began anew with each person
    )
    offer: Change | None = None
    changes: tuple[Change, ...] = ()
    pair: int | None = None
    accepted: frozenset[int] = frozenset()
    reason: str = ""
    until: str = ""

    @property
    def here(self) -> frozenset[int]:
        """Who of the electorate is present."""
        return self.present & self.electorate

    @property
    def reminders_left(self) -> int:
        """People vote in a room: no reminder is owed before a timer ends."""
        return 0

    @property
    def call(self) -> Session | None:
        """The call on the person proposed."""
        return self.calls.get(self.nominee) if self.nominee is not None else None

    @property
    def named(self) -> frozenset[int]:
        """Everybody whom an opened ballot names."""
        return frozenset(ballot.named for ballot in self.ballots if ballot.named is not None)

    @property
    def refused(self) -> frozenset[int]:
        """Everybody who has declined."""
        return frozenset(each.person for each in self.nominations if each.declined)

    @property
    def holders(self) -> tuple[int, ...]:
        """Who would hold the mandate: the person proposed, and their pair."""
        return tuple(each for each in (self.nominee, self.pair) if each is not None)

    @property
    def objections(self) -> tuple[Objection, ...]:
        """The objections to the person proposed."""
        return self.call.objections if self.call else ()

    @property
    def length(self) -> int:
        """How many months the mandate lasts: as agreed with the role, or shorter for the person proposed."""
        return next((each.months for each in reversed(self.changes) if each.months), self.months)

    def voices(self) -> dict[int, int | None]:
        """Return whom each person holds to: the ballot, or the voice as moved since."""
        held = {ballot.person: ballot.named for ballot in self.ballots}
        moved = {each.person: each.named for each in self.said if each.stage is ElectionStage.CHANGE}
        return held | {person: name for person, name in moved.items() if name is not None}

    def leader(self) -> int | None:
        """Return who leads now: the deputy as soon as the facilitator is, or could be, the person proposed."""
        could_be = {self.nominee, self.pair} if self.nominee is not None else self.named - self.refused
        concerned = self.stage in {E.PROPOSE, E.ACCEPT, *CALLING} and self.facilitator in could_be
        return self.deputy if concerned else self.facilitator
