"""Folded journals kept in memory: a journal is only appended to, so a state read before needs the newer rows alone.

A cache, never the truth: its last row must still stand in the table as it was, else everything is read again. It
holds in each process of its own, for as many journals as were read last.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db.models import Max, QuerySet

from governance.rules.session import Step

__all__ = ["Folds", "until"]

State = TypeVar("State")
Row = tuple[Any, ...]
COLUMNS = ("seq", "kind", "actor_id", "at", "payload", "pk", "key", "body_digest")


@dataclass(frozen=True)
class _Kept(Generic[State]):
    state: State
    last: Row


class Folds(Generic[State]):
    """The states of the journals read last, at most `most` of them; safe to use from several threads."""

    def __init__(self, most: int = 64) -> None:
        self.most = most
        self.kept: OrderedDict[Hashable, _Kept[State]] = OrderedDict()
        self.lock = Lock()

    def state(
        self,
        name: Hashable,
        rows: QuerySet[Any],
        start: Callable[[], State],
        advance: Callable[[State, Step], State],
    ) -> State:
        """Return `start()` advanced by every step of `rows`, in order of `seq`. One query when little is new."""
        with self.lock:
            kept = self.kept.get(name)
        if kept is not None:
            found = list(rows.filter(seq__gte=kept.last[0]).values_list(*COLUMNS))
            if found and found[0] == kept.last:
                return self._keep(name, _folded(kept.state, found[1:], advance), found[-1])
        found = list(rows.values_list(*COLUMNS))
        state = _folded(start(), found, advance)
        return self._keep(name, state, found[-1]) if found else state

    def _keep(self, name: Hashable, state: State, last: Row) -> State:
        with self.lock:
            self.kept[name] = _Kept(state, last)
            self.kept.move_to_end(name)
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)
        return state


def until(rows: "QuerySet[Any]", at: datetime | None) -> "QuerySet[Any]":
    """Return the acts of a journal up to the last one of an instant or before; all of them if it is None."""
    if at is None:
        return rows
    return rows.filter(seq__lte=rows.filter(at__lte=at).aggregate(last=Max("seq"))["last"] or 0)


def _folded(state: State, rows: list[Row], advance: Callable[[State, Step], State]) -> State:
    for seq, kind, actor, at, payload, *_ in rows:
        state = advance(state, Step(kind, actor, at, payload, seq))
    return state
