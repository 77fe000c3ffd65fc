"""One step of an import: what it does with one entry or offer of a file, or why it does nothing."""

from dataclasses import dataclass
from typing import Any

from network.rules.entries import Problem
from network.rules.events import EventDraft
from network.rules.offers import OfferDraft

__all__ = ["CREATE", "REFUSE", "SAME", "SKIP", "UPDATE", "EntryWish", "OfferWish", "Step"]

CREATE, UPDATE, SAME, SKIP, REFUSE = "create", "update", "same", "skip", "refuse"


@dataclass(frozen=True)
class OfferWish:
    """An offer of an unclaimed entry as it should be: `columns` of its row. `offer_id` None: a new one."""

    key: str
    columns: dict[str, Any]
    offer_id: int | None = None
    changed: bool = False


@dataclass(frozen=True)
class EntryWish:
    """An unclaimed entry as it should be: `columns` of its member's row, and its offers."""

    digest: str
    url: str
    origin: str
    columns: dict[str, Any]
    skills: tuple[str, ...]
    offers: tuple[OfferWish, ...]
    record_id: int | None = None
    changed: bool = False


@dataclass(frozen=True)
class Step:
    """`does`: create, update, same, skip (for the reason `code`) or refuse (for `problems`). `notes`: what was left out
    of it; `changed`: the fields that change; `uid`: the name of an event in its calendar."""

    number: int
    label: str
    does: str
    code: str = ""
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    changed: tuple[str, ...] = ()
    where: str = ""
    offer_id: int | None = None
    draft: OfferDraft | None = None
    wish: EntryWish | None = None
    event_id: int | None = None
    event: EventDraft | None = None
    uid: str = ""
