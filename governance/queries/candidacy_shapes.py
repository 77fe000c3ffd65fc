"""What pages and programs get of candidacies: plain values, each already cut to what its reader may know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from governance.queries.remote import SignatureLine
from governance.queries.shapes import ArticleView, Person

__all__ = ["CandidacyRow", "CandidacyView", "FlagView", "Note", "ObjectionView", "SponsorView", "Today", "ValueView"]
__all__ += ["VoteView"]

Reader = Literal["candidate", "member", "outside"]


@dataclass(frozen=True)
class CandidacyRow:
    """One line of the list. `why`: what waits for the reader in it, as a code; empty for nothing."""

    id: int
    person: Person
    stage: str
    cause: str
    why: str
    changed_at: datetime


@dataclass(frozen=True)
class Note:
    """Words said by somebody; `by` is None where the author is not told."""

    text: str
    at: datetime
    by: Person | None = None


@dataclass(frozen=True)
class SponsorView:
    """Who carries the candidacy, and for which organisation."""

    person: Person
    organisation: str


@dataclass(frozen=True)
class ValueView:
    """One value of the charter: what the candidate answered, and after the reveal, for members, how many said what and
    the dated facts (mark, fact, day), without names."""

    article: ArticleView
    answer: str
    counts: Mapping[str, int]
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ObjectionView:
    """An objection outside a room. `fact` is empty for those who may not read it, or once it is erased."""

    id: int
    article: str
    fact: str
    by: Person | None
    at: datetime
    standing: bool


@dataclass(frozen=True)
class FlagView:
    """What a member of another node points at."""

    id: int
    article: str
    fact: str
    by: Person | None
    taken_up: bool


@dataclass(frozen=True)
class DrawView:
    """What redoes the draw of those who look at an appeal: for members."""

    identifier: str
    secrets: tuple[str, ...]
    beacon: str
    seed: str
    pool: tuple[tuple[str, Person], ...]
    order: tuple[str, ...]


@dataclass(frozen=True)
class Today:
    """What one person may do now: kinds of acts, and the one expected of them (empty for none)."""

    acts: tuple[str, ...]
    expected: str
    until: datetime | None


@dataclass(frozen=True)
class VoteView:
    """The secret vote that took the place of consent, or that could not.

    `id`: for members, who read it on its own page; the person concerned learns that there is a vote, until when, and
    what it came to (`outcome`, empty while it is open). `too_few`: the charter allows a vote, and so few could have
    cast one that it would not have been secret; there is none then. `called`: how many may vote, or could have.
    """

    id: int | None
    closes_at: datetime | None
    closed_at: datetime | None
    outcome: str
    too_few: bool
    called: int


@dataclass(frozen=True)
class CandidacyView:
    """One candidacy for one reader."""

    id: int
    reader: Reader
    person: Person
    collective: Person
    circle_id: int
    stage: str
    cause: str
    remembered: str
    charter_version: int  # the one that governs, whichever is in force
    charter_digest: str
    signed: str
    organisation: str
    opened_at: datetime
    announced_at: datetime | None
    evaluations_until: datetime | None
    evaluated: int | None  # how many so far; None where that is not told
    evaluations_needed: int | None
    electorate: int
    small: bool  # so few that anonymity cannot be promised
    mine: Mapping[str, Mapping[str, object]]  # my own evaluation, by article
    sponsors: tuple[SponsorView, ...]
    asked: tuple[Person, ...]
    values: tuple[ValueView, ...]
    articles: tuple[ArticleView, ...]
    synthesis: Note | None
    heard_at: datetime | None
    decision_from: datetime | None
    proposal_id: int | None
    suspension_id: int | None
    conditions: Note | None
    answers: tuple[Note, ...]
    adjournments: int
    adjournments_left: int
    vote: VoteView | None
    companion: Person | None
    probation_until: datetime | None
    notice_at: datetime | None
    renewal_on: datetime | None
    suspended: bool
    suspended_at: datetime | None
    meetings: tuple[tuple[Person, datetime], ...]  # to come, where somebody suspended may be heard
    objections: tuple[ObjectionView, ...]
    flags: tuple[FlagView, ...]
    appeals: tuple[Note, ...]
    panel: tuple[Person, ...]
    draw: DrawView | None
    reasons: tuple[Note, ...]
    today: Today
    choices: tuple[Person, ...]  # members who may be asked or named
    assemblies: tuple[Person, ...]  # meetings in which the person may have been heard, newest first
    history: tuple[tuple[datetime, str, Person | None], ...]
    signatures: tuple[SignatureLine, ...]
