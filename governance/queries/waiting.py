"""What waits for a person, over all collectives of this node: one list, to which each process adds its lines."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from governance.errors import DomainError
from network.models import Member

__all__ = ["Waiting", "add_source", "waiting_for"]

log = logging.getLogger("toile.waiting")


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for somebody. `kind` says what is asked of them.

    `page` and `args` name the address of the page to do it on; `due_at`: when it is too late (None: no deadline).
    """

    kind: str
    collective_id: int
    title: str
    page: str
    args: tuple[object, ...]
    since: datetime
    due_at: datetime | None = None


Source = Callable[[Member, datetime], list[Waiting]]
_sources: dict[str, Source] = {}


def add_source(name: str, source: Source) -> None:
    """Register who knows what waits for a member; once, at start."""
    _sources[name] = source


def waiting_for(member: Member, at: datetime) -> list[Waiting]:
    """Return what waits for the member: what ends first comes first, then the oldest.

    A process whose rules say no (a charter that leaves a figure open) keeps none of the others from being read: the
    list's count stands on every page.
    """
    found = [each for name in _sources for each in _asked(name, member, at)]
    return sorted(found, key=lambda each: (each.due_at is None, each.due_at or each.since, each.since, each.title))


def _asked(name: str, member: Member, at: datetime) -> list[Waiting]:
    try:
        return _sources[name](member, at)
    except DomainError as refusal:
        log.warning("what waits in %s cannot be told: %s", name, refusal)
        return []
