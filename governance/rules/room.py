"""The shape of a meeting: stages, agenda, who is there. What was done, not what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from governance.rules import speaking as s
from governance.rules.door import Entry
from governance.rules.moods import Mood
from governance.rules.session import Answer
from governance.rules.undoing import Undo

__all__ = ["Item", "RoleChange", "Room", "RoomStage"]


class RoomStage(StrEnum):
    """Where an assembly stands."""

    CONVENED = "convened"
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    MINUTES_DRAFT = "minutes_draft"
    MINUTES_ADOPTED = "minutes_adopted"


@dataclass(frozen=True)
class Item:
    """A point of the agenda; `carrier` proposes it, if it has a proposal. Added after the notice: discussed only.

    `election`: an election without candidate is held there; `added_at`: since when, if after the notice.
    """

    id: int
    title: str
    proposal: int | None = None
    carrier: int | None = None
    election: int | None = None
    minutes: int = 0  # what the agenda gives it; 0: nothing said
    added_at: datetime | None = None


@dataclass(frozen=True)
class RoleChange:
    """A role that passed from one person to another; `role` is deputy, secretary, timekeeper or teller."""

    at: datetime
    role: str
    giver: int | None
    receiver: int


@dataclass(frozen=True)
class Room:
    """A whole assembly at one instant."""

    stage: RoomStage = RoomStage.CONVENED
    seq: int = 0
    invited: frozenset[int] = frozenset()
    items: tuple[Item, ...] = ()
    current: int | None = None
    visited: tuple[int, ...] = ()
    came: tuple[int, ...] = ()  # everybody who checked in, in order, for the minutes
    present: tuple[int, ...] = ()
    lapsed: frozenset[int] = frozenset()
    facilitator: int | None = None
    deputy: int | None = None
    secretary: int | None = None
    offered: int | None = None
    volunteers: tuple[int, ...] = ()
    speech: "s.Speech" = s.Speech()
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    incidents: tuple[tuple[datetime, str], ...] = ()
    handovers: tuple[tuple[datetime, int | None, int], ...] = ()
    drafts: tuple[str, ...] = ()  # digests of the drafts of the minutes
    approvals: frozenset[int] = frozenset()
    contests: tuple[Answer, ...] = ()
    timekeeper: int | None = None
    tellers: tuple[int, ...] = ()
    role_log: tuple[RoleChange, ...] = ()
    observers: tuple[int, ...] = ()  # who follow without a seat, and may be invited to speak
    observed: tuple[int, ...] = ()  # everybody who did, for the minutes
    door: frozenset[int] = frozenset()  # let in by the secretary, without a device
    entries: tuple[Entry, ...] = ()  # positions written for somebody, waiting for a second person
    entered: int = 0
    moods: tuple[Mood, ...] = ()
    rounds: tuple["s.SpeakingRound", ...] = ()  # rounds held, for the minutes
    spent: Mapping[int, int] = field(default_factory=dict)  # item → whole seconds, visits that are over
    item_since: datetime | None = None
    paused_at: datetime | None = None
    pause_reason: str = ""
    undos: tuple[Undo, ...] = ()
    exercise: bool = False
    concerned: int | None = None  # whom the decision on the table is about, if it is about somebody
    cases: frozenset[int] = frozenset()  # everybody whom a decision of this meeting was about

    def item(self, number: int | None) -> Item | None:
        """Return the item of that number."""
        return next((each for each in self.items if each.id == number), None)

    def leading(self) -> int | None:
        """Return who facilitates the current item: the deputy when the facilitator carries it, or it is about them."""
        item = self.item(self.current)
        apart = {self.concerned, item.carrier if item else None}
        if self.facilitator is None or self.facilitator not in apart:
            return self.facilitator
        return None if self.deputy in apart else self.deputy

    def about_facilitator(self) -> bool:
        """Return whether the decision on the table is about whoever facilitates."""
        return self.concerned is not None and self.concerned == self.facilitator

    def led(self) -> bool:
        """Return whether somebody is there to lead; never the person whom the decision on the table is about."""
        return (self.leading() if self.about_facilitator() else self.facilitator) in self.present

    def spent_on(self, number: int, at: datetime) -> int:
        """Return the whole seconds that an item has taken so far."""
        running = self.item_since is not None and number == self.current
        return self.spent.get(number, 0) + (max(0, int((at - self.item_since).total_seconds())) if running else 0)  # type: ignore[operator]
