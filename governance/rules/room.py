"""The shape of a meeting: stages, agenda, who is there. What was done, not what to do about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from governance.rules import speaking as s
from governance.rules.session import Answer

__all__ = ["Item", "Room", "RoomStage"]


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
    """A point of the agenda; `carrier` proposes it, if it has a proposal. Added after the notice: discussed only."""

    id: int
    title: str
    proposal: int | None = None
    carrier: int | None = None


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
    before: "Room | None" = None  # the room before the last act that can be undone
    undo_by: int | None = None
    undo_until: datetime | None = None

    def item(self, number: int | None) -> Item | None:
        """Return the item of that number."""
        return next((each for each in self.items if each.id == number), None)

    def leading(self) -> int | None:
        """Return who facilitates the current item: the deputy when the facilitator carries it."""
        item = self.item(self.current)
        carries = item is not None and item.carrier is not None and item.carrier == self.facilitator
        return self.deputy if carries else self.facilitator
