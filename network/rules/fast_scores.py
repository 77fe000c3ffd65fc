"""Layer 3 on arrays: the same π as `pagerank.scores`, by sweeps, from nothing or from a vector of an earlier web.

`Visits` is what is kept of a viewer: how often the walker is expected at each person. From it everything follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from network.rules.fast_arrays import Floats, Patch
from network.rules.fast_webs import Seen

__all__ = ["SLACK", "Scores", "Visits", "fresh", "renewed", "scores", "unchanged"]

REST = 1e-12  # walkers still on the way when the count ends, out of 1
SLACK = 5e-10  # what a vector kept over changes of the web may be wrong by, all people together


@dataclass(frozen=True)
class Visits:
    """Expected visits of a walker, by number; `error` bounds what π from it may be wrong by since it was computed.

    `lineage` and `serial` say of which arrays; people of the arrays come first, then those outside.
    """

    values: Floats
    lineage: str
    serial: int
    size: int  # of the arrays
    age: float
    error: float = 0.0

    @property
    def nbytes(self) -> int:
        return int(self.values.nbytes)


class _Steps:
    """One step of all walkers in one web at one instant: M = (1−α)·P turned round, never stored."""

    def __init__(self, seen: Seen) -> None:
        self.seen, arrays = seen, seen.arrays
        alpha, capacity = float(seen.terms.alpha), float(seen.terms.C)
        self.scale = (1 - alpha) * seen.age * _inverse(seen.age * arrays.sums, capacity)
        self.own: Floats | None = None
        if seen.own is not None:
            total = float(seen.own.weights.sum())
            self.own = seen.own.weights * ((1 - alpha) * _inverse(np.array([total]), capacity)[0])
            if seen.me < arrays.size:
                self.scale[seen.me] = 0.0

    def start(self) -> Floats:
        begin = np.zeros(self.seen.size)
        if len(self.seen.starts):
            begin[self.seen.starts] = 1 / len(self.seen.starts)
        return begin

    def step(self, walking: Floats) -> Floats:
        arrays = self.seen.arrays
        ahead = np.zeros(self.seen.size)
        ahead[: arrays.size] = arrays.matrix @ (walking[: arrays.size] * self.scale)
        if self.own is not None and self.seen.own is not None:
            ahead[self.seen.own.targets] += walking[self.seen.me] * self.own
        return ahead

    def spread(self, walking: Floats) -> Floats:
        """Return the visits that walkers at these places still make; a negative walker takes visits back."""
        visits = np.zeros(self.seen.size)
        while float(np.abs(walking).sum()) > REST:
            visits += walking
            walking = self.step(walking)
        return visits


def _inverse(sums: Floats, capacity: float) -> Floats:
    """1 / max(W, C), and 0 where both are 0."""
    by = np.maximum(sums, capacity)
    return np.divide(1.0, by, out=np.zeros_like(by), where=by > 0)


def fresh(seen: Seen) -> Visits:
    """Return the visits, counted from nothing. About 45 sweeps, each O(m)."""
    steps = _Steps(seen)
    return _kept(seen, steps.spread(steps.start()))


def renewed(seen: Seen, before: Visits) -> Visits:
    """Return the visits, counted from those of an earlier web or an earlier hour: only the difference is spread.

    The old visits fall short of v = s + Mᵀv by s + Mᵀv − v; spreading that makes them right, whatever has changed.
    """
    if before.lineage != seen.arrays.lineage:
        return fresh(seen)
    steps = _Steps(seen)
    values = np.zeros(seen.size)
    values[: before.size] = before.values[: before.size]
    return _kept(seen, values + steps.spread(steps.start() + steps.step(values) - values))


def _kept(seen: Seen, values: Floats) -> Visits:
    return Visits(values, seen.arrays.lineage, seen.arrays.serial, seen.arrays.size, seen.age)


def unchanged(seen: Seen, before: Visits, slack: float = SLACK) -> Visits | None:
    """Return the same visits for the changed web, if what has changed is out of the viewer's reach; else None.

    A walker notices a changed row u only on leaving u: ‖π′ − π‖₁ ≤ (1−α)·visits(u)·δ, δ being the L1 change of the
    row of P, its stopping share included. Rows add up, together with the errors of the visits themselves.
    """
    arrays, alpha = seen.arrays, float(seen.terms.alpha)
    new = arrays.serial - before.serial
    if (
        before.lineage != arrays.lineage
        or new > len(arrays.patches)
        or before.size + len(seen.outside) != len(before.values)
    ):
        return None
    error = before.error
    for patch in arrays.patches[len(arrays.patches) - new :]:
        if patch.row == seen.me:
            return None  # the own row lies over it: what has changed there may be private
        at_most = (before.values[patch.row] if patch.row < before.size else 0.0) + error / alpha
        error += (1 - alpha) * at_most * _moved(patch, seen, before.age)
        if error > slack:
            return None
    return Visits(_grown(before, seen), arrays.lineage, arrays.serial, arrays.size, before.age, error)


def _grown(before: Visits, seen: Seen) -> Floats:
    if before.size == seen.arrays.size:
        return before.values
    values = np.zeros(seen.size)
    values[: before.size] = before.values[: before.size]
    values[seen.arrays.size :] = before.values[before.size :]
    return values


def _moved(patch: Patch, seen: Seen, age: float) -> float:
    """Return the L1 change of a row of P at an age, its stopping share included."""
    capacity = float(seen.terms.C)
    (old, was), (new, now) = ((targets, age * weights) for targets, weights in (patch.before, patch.after))
    was, now = (row * _inverse(np.array([row.sum()]), capacity)[0] for row in (was, now))
    people, places = np.unique(np.concatenate([old, new]), return_inverse=True)
    change = np.bincount(places, np.concatenate([-was, now]), minlength=len(people))
    return float(np.abs(change).sum() + abs(was.sum() - now.sum()))


class Scores(Mapping[str, float]):
    """π by uri, worked out from the visits when asked."""

    def __init__(self, seen: Seen, visits: Visits) -> None:
        self._seen, self._visits = seen, visits

    def _pi(self, number: int) -> float:
        return float(self._visits.values[number]) * _stop(self._seen, number)

    def __getitem__(self, uri: str) -> float:
        number = self._seen.number(uri)
        if number is None or not self._visits.values[number]:
            raise KeyError(uri)
        return self._pi(number)

    def __iter__(self) -> Iterator[str]:
        return (self._seen.uri(int(number)) for number in np.flatnonzero(self._visits.values))

    def __len__(self) -> int:
        return int(np.count_nonzero(self._visits.values))


def _stop(seen: Seen, number: int) -> float:
    """The probability that the walker who is at somebody stops there."""
    if number >= seen.arrays.size and number != seen.me:
        return 1.0
    total = float(seen.own.weights.sum()) if seen.own is not None and number == seen.me else _sum(seen, number)
    by = max(total, float(seen.terms.C))
    return 1 - (1 - float(seen.terms.alpha)) * total / by if by else 1.0


def _sum(seen: Seen, number: int) -> float:
    return float(seen.age * seen.arrays.sums[number])


def scores(seen: Seen) -> Scores:
    """Return π of everybody in the web of one viewpoint."""
    return Scores(seen, fresh(seen))
