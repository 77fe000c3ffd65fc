"""What everybody may read of one election: plain frozen values. No name of an open ballot, no count before its time."""

from dataclasses import dataclass
from datetime import date, datetime

from governance.queries.consent_shapes import AmendmentView, AnswerView, CallView, ObjectionView, Person, StageMark


@dataclass(frozen=True)
class VoiceView:
    """Whom somebody named, and what they said of it; `before`: whom they held to before they moved their voice."""

    person: Person
    named: Person | None  # None: a pass
    text: str
    stage: str  # reasons or change
    before: Person | None = None


@dataclass(frozen=True)
class NominationView:
    """Somebody who was proposed, on what grounds."""

    person: Person
    by: Person
    grounds: str
    declined: str  # the reason; no_answer; empty if not


@dataclass(frozen=True)
class ElectionView:
    """The election on the table, as everybody may see it."""

    election_id: int
    stage: str  # see rules/electing.py: ElectionStage
    thread: tuple[StageMark, ...]
    role: str
    mission: str
    criteria: str
    months: int
    version: int
    leader: Person | None
    since: datetime | None
    ends_at: datetime | None
    expected: tuple[Person, ...]  # whose answer, ballot or turn this stage awaits
    answered: tuple[Person, ...]  # of these, who has given it (never what)
    answered_count: int
    expected_count: int
    electorate_count: int
    present_count: int
    resting: tuple[Person, ...]  # whom the charter does not let take this role up now; nobody names them
    agreements: tuple[AnswerView, ...]
    ballots: tuple[VoiceView, ...]  # once opened
    said: tuple[VoiceView, ...]
    tally: tuple[tuple[Person, int], ...]  # only once everybody has given reasons; in order of name, not of count
    nominations: tuple[NominationView, ...]
    nominee: Person | None
    pair: Person | None
    grounds: str
    objections: tuple[ObjectionView, ...]
    calls: tuple[CallView, ...]
    amendment: AmendmentView | None
    offer: str  # shorter, pair or support; empty without an offer
    until: date | None
    reason: str
    register_seq: int | None


@dataclass(frozen=True)
class ElectionRow:
    """One line of the list of elections."""

    id: int
    role: str
    circle: str
    opener: Person
    stage: str
    assembly_id: int | None
    changed_at: datetime


@dataclass(frozen=True)
class ElectionPage:
    """One election on its own page."""

    id: int
    circle: Person
    opener: Person
    election: ElectionView
    assembly_id: int | None
    assemblies: tuple[Person, ...]  # convened ones of the circle, on whose agenda it could still go
    holders: tuple[tuple[Person, date, date | None], ...]  # person, from, until: of mandates that have not ended
    without: tuple[Person, ...]  # accepted, and could not be given the mandate
    mine: bool  # the reader sits in the circle
    lot_id: int | None  # the last that was opened
    lot_wanted: bool  # the reader may open one: none has the vacant role in hand
    terms_version: int | None  # of the charter under which it was opened; None before
    terms_digest: str
