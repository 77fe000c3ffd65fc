"""Where a lot stands: its stages, its figures, and everything that was frozen, committed, revealed and drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["ENDED", "Lot", "LotStage", "LotTerms"]


class LotStage(StrEnum):
    """Where a lot stands."""

    NEW = "new"
    COMMITS = "commits"
    REVEALS = "reveals"
    BEACON = "beacon"
    ANSWERS = "answers"
    DONE = "done"
    SHORT = "short"  # the pool is used up, seats are left
    VOID = "void"  # too few reveals, or a beacon that nobody read in time: nothing was drawn


ENDED = frozenset({LotStage.DONE, LotStage.SHORT, LotStage.VOID})


@dataclass(frozen=True)
class LotTerms:
    """The figures of one lot."""

    min_reveals: int
    answer_days: int


@dataclass(frozen=True)
class Lot:
    """A whole lot at one instant."""

    stage: LotStage = LotStage.NEW
    seq: int = 0
    opener: int = 0
    identifier: str = ""
    electorate: frozenset[int] = frozenset()  # who may commit
    pool: Mapping[str, int] = field(default_factory=dict)  # name in the draw → person
    seats: int = 0
    beacon_format: str = ""
    beacon_at: datetime | None = None  # the public draw takes place then; None: dice, after the reveals
    commits_end: datetime | None = None
    reveals_end: datetime | None = None
    commits: Mapping[int, str] = field(default_factory=dict)
    reveals: Mapping[int, str] = field(default_factory=dict)  # salt and secret, hex, of good reveals
    wrong: frozenset[int] = frozenset()  # gave a reveal that does not open their commitment
    by_majority: bool = False  # dice: most of those who revealed read them alike; else any two people read the beacon
    readings: Mapping[int, str] = field(default_factory=dict)  # the beacon, as each person read it
    beacon: str = ""
    seed: str = ""
    order: tuple[str, ...] = ()
    asked: Mapping[str, datetime] = field(default_factory=dict)  # who was asked, and since when
    accepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()  # did not answer in time: counts as a refusal

    @property
    def dropped(self) -> frozenset[int]:
        """Who committed and gave no good reveal."""
        return frozenset(self.commits) - frozenset(self.reveals)

    @property
    def readers(self) -> frozenset[int]:
        """Who may read the beacon. Dice leave no trace that others could look up: those who revealed watch them."""
        return frozenset(self.reveals) if self.by_majority else self.electorate

    @property
    def readings_needed(self) -> int:
        """How many must read the same before anything is drawn."""
        return max(2, len(self.reveals) // 2 + 1) if self.by_majority else 2

    def secrets(self) -> list[bytes]:
        """Return the secrets revealed, sorted by hex."""
        return sorted((bytes.fromhex(key)[32:] for key in self.reveals.values()), key=bytes.hex)

    def waiting(self) -> tuple[str, ...]:
        """Return who has been drawn and has not answered."""
        answered = {*self.accepted, *self.refused, *self.silent}
        return tuple(name for name in self.order if name in self.asked and name not in answered)

    def mine(self, person: int | None) -> str:
        """Return the name of a person in the draw, empty if they are not in the pool."""
        return next((name for name, each in self.pool.items() if each == person), "")
