"""The shape of somebody's way into a collective, and of their belonging to it afterwards. What happened, nothing else.

People are whole numbers. Words (facts, reasons, syntheses) are not here: only commitments to them, so that the words
can be erased and the journal still holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["BEFORE_MEMBER", "ENDED", "Candidacy", "Flag", "Objection", "PanelDraw", "PanelVote", "Sponsor", "Stage"]


class Stage(StrEnum):
    """Where somebody stands."""

    NEW = "new"
    EXPRESSION = "expression"
    SPONSORED = "sponsored"
    EVALUATION = "evaluation"
    HEARING = "hearing"
    DECISION = "decision"
    ADJOURNED = "adjourned"
    VOTE = "vote"
    PAUSED = "paused"
    PROBATION = "probation"
    MEMBER = "member"
    RENEWAL = "renewal"
    APPEAL = "appeal"
    LAPSED = "lapsed"
    DECLINED = "declined"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"


BEFORE_MEMBER = frozenset(
    {
        Stage.EXPRESSION,
        Stage.SPONSORED,
        Stage.EVALUATION,
        Stage.HEARING,
        Stage.DECISION,
        Stage.ADJOURNED,
        Stage.VOTE,
        Stage.PAUSED,
        Stage.PROBATION,
    }
)
ENDED = frozenset({Stage.LAPSED, Stage.DECLINED, Stage.EXCLUDED, Stage.WITHDRAWN})


@dataclass(frozen=True)
class Sponsor:
    """Who carries the candidacy, and for which organisation they speak."""

    person: int
    organisation: str
    at: datetime


@dataclass(frozen=True)
class Objection:
    """An objection outside a room (R4): article cited; the fact lies beside, under `commitment`."""

    id: int
    author: int
    article: str
    commitment: str
    at: datetime
    standing: bool = True


@dataclass(frozen=True)
class Flag:
    """What a member of another node points at (R11). It counts once somebody of the electorate takes it up."""

    id: int
    author: int
    article: str
    commitment: str
    at: datetime
    taken_up_by: int | None = None


@dataclass(frozen=True)
class PanelVote:
    """One answer of those drawn by lot for an appeal."""

    person: int
    send_back: bool


@dataclass(frozen=True)
class PanelDraw:
    """How those of an appeal were drawn: with identifier, secret, beacon and pool, `rules.lot` gives seed and order."""

    identifier: str
    secret: str
    beacon: str
    seed: str
    pool: Mapping[str, int]  # name in the draw → person
    order: tuple[str, ...]


@dataclass(frozen=True)
class Candidacy:
    """Everything at one instant. `cause`: what the present decision is about (admission, probation, exclusion)."""

    stage: Stage = Stage.NEW
    seq: int = 0
    person: int = 0
    cause: str = "admission"
    since: datetime | None = None  # entry into the present stage
    signed: str = ""  # digest of the charter that the candidate signed
    organisation: str = ""
    asked: frozenset[int] = frozenset()
    sponsors: tuple[Sponsor, ...] = ()
    remembered: Stage | None = None  # the stage before PAUSED or APPEAL
    electorate: frozenset[int] = frozenset()
    frozen_at: datetime | None = None
    evaluations_until: datetime | None = None
    evaluators: frozenset[int] = frozenset()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # after the reveal: marks by article
    revealed_at: datetime | None = None
    synthesis: bool = False
    heard_at: datetime | None = None
    proposal: int | None = None
    adjournments: int = 0
    vote: str = ""  # what the last vote came to; `too_few`: so few could cast it that no vote would have been secret
    objections: tuple[Objection, ...] = ()
    objectors: frozenset[int] = frozenset()  # whoever objected, here or in the room
    proposer: int | None = None  # who proposed the exclusion
    companion: int | None = None
    probation_until: datetime | None = None
    notice_at: datetime | None = None
    extended: bool = False
    member_since: datetime | None = None
    renewal_on: datetime | None = None
    warned_at: datetime | None = None
    suspended: bool = False
    suspended_at: datetime | None = None
    flags: tuple[Flag, ...] = ()
    appealed: bool = False
    panel: tuple[int, ...] = ()
    votes: tuple[PanelVote, ...] = ()
    draw: PanelDraw | None = None  # of the panel; None before there is one, and of one from before draws were kept

    def sponsor(self, person: int | None) -> Sponsor | None:
        """Return the sponsorship of that person, if they are a sponsor."""
        return next((each for each in self.sponsors if each.person == person), None)

    def standing(self) -> tuple[Objection, ...]:
        """Return the objections that nobody has lifted yet."""
        return tuple(each for each in self.objections if each.standing)

    def live(self) -> bool:
        """Return whether a process is under way that is not yet, or no longer, a quiet membership."""
        return self.stage not in ENDED | {Stage.NEW, Stage.MEMBER}
