"""What everybody may read of one decision: plain frozen values."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

GONE = _("une personne partie")


@dataclass(frozen=True)
class Person:
    id: int
    name: str


def somebody(number: int, name: str | None) -> Person:
    """Return a person as views name them: in the agreed words if the name is empty, as it is of who has left.

    None, for a name that was not looked up, stays empty.
    """
    return Person(number, GONE if name == "" else name or "")  # type: ignore[arg-type]  # in the reader's language


@dataclass(frozen=True)
class DiffPart:
    """A run of words: `op` is same, added or removed."""

    op: str
    text: str


@dataclass(frozen=True)
class VersionView:
    number: int
    title: str
    text: str
    driver: str
    review_on: date | None
    responsible: Person | None
    criteria: str
    ends_on: date | None
    at: datetime
    author: Person | None
    changes: tuple[DiffPart, ...]  # of the text, against the version before; empty for the first


@dataclass(frozen=True)
class StageMark:
    """One bead of the thread « Où en sommes-nous ? »; `state` is done, current or ahead."""

    code: str
    state: str


@dataclass(frozen=True)
class AnswerView:
    """What somebody said openly: of the driver (clear, unclear, not_ours), of an objection (agree, disagree)."""

    person: Person
    answer: str
    reason: str
    addressee: str = ""


@dataclass(frozen=True)
class TurnView:
    person: Person
    stage: str  # clarify or react
    round: int
    passed: bool
    text: str
    number: int = 0  # of a question, from 1; of a reply, the question that it answers


@dataclass(frozen=True)
class ObjectionView:
    id: int
    author: Person
    version: int
    call: int
    text: str  # the argument, as refined if it was
    consequence: str
    ground: str
    article: str
    state: str  # open, qualified, refined, concern, withdrawn, resolved
    to_confirm: bool
    current: bool  # the one being tested or integrated
    judgments: tuple[AnswerView, ...]
    jury: tuple[Person, ...]
    jury_votes: tuple[AnswerView, ...]
    resolved_version: int | None  # the version that lifted it
    resolved_by: str  # author or jury; empty while not resolved


@dataclass(frozen=True)
class PositionView:
    person: Person
    choice: str  # consent, concern, objection, no_position
    text: str
    means: str = ""  # paper or voice, if two people entered it for somebody without a device


@dataclass(frozen=True)
class CallView:
    """A revealed call. Nothing of a call is in any view before its reveal."""

    version: int
    call: int
    at: datetime
    positions: tuple[PositionView, ...]
    counts: dict[str, int]


@dataclass(frozen=True)
class AmendmentView:
    author: Person
    text: str
    title: str
    changes: tuple[DiffPart, ...]
    confirmed: bool  # the objector says that it lifts the objection
    opposed: tuple[AnswerView, ...]


@dataclass(frozen=True)
class ConsentView:
    """The decision being taken, as everybody may see it."""

    session_id: int
    proposal_id: int
    stage: str  # see rules/session.py: Stage, in lower case
    suspended_from: str
    thread: tuple[StageMark, ...]
    decision_class: str
    proposer: Person
    facilitator: Person | None
    version: VersionView
    versions: tuple[VersionView, ...]
    call: int
    round: int
    since: datetime
    ends_at: datetime | None  # when the timer of the stage lets the facilitator go on without the missing
    expected: tuple[Person, ...]  # whose answer, turn or position this stage awaits
    answered: tuple[Person, ...]  # of these, who has given it (never what)
    answered_count: int
    expected_count: int
    electorate_count: int
    present_count: int
    quorum_needed: int
    quorum_reached: bool
    driver_answers: tuple[AnswerView, ...]
    turns: tuple[TurnView, ...]
    replies: tuple[TurnView, ...]  # the proposer's answers while clarifying
    objections: tuple[ObjectionView, ...]
    calls: tuple[CallView, ...]
    amendment: AmendmentView | None
    loops: int
    until: date | None
    subgroup: tuple[Person, ...]
    addressee: str
    reason: str
    register_seq: int | None
    window: "WindowView | None" = None  # in writing only
    lapsed_at: datetime | None = None  # the adopted text said itself when it ends, and that has come


@dataclass(frozen=True)
class WindowView:
    """How a decision in writing stands: until when one may answer, and what silence means."""

    opens_at: datetime | None
    closes_at: datetime | None  # None: the stage has no end of its own
    reminders_sent: int
    next_reminder: datetime | None
    silence: str  # no_position or consent
    silence_counts: bool
    reminders: int  # that must have left before silence may mean consent
    unanswered: tuple[TurnView, ...]  # questions that wait for the proposer
    offered: Person | None  # to whom the facilitation is offered
