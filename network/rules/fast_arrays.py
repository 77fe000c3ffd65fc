"""The public web as arrays: who attests whom in rows one after the other, twelve bytes an arrow.

People are numbered in uri order; whoever comes later follows. All weights are as of one instant: they halve together,
so that their age is one number. Nothing here says what counts: rows come from `rules/facts.py`, or from a reader that
follows it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Arrays",
    "Bits",
    "Floats",
    "Ints",
    "Names",
    "Patch",
    "Spells",
    "arrays_of",
    "gather",
    "instant_of",
    "micros",
]

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FOREVER = 2**62  # µs: no end
MOST_PATCHES = 2_000  # remembered; the rows themselves are exact however many there were


def micros(instant: datetime) -> int:
    """Return the microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - EPOCH) // MICROSECOND


def instant_of(micro: int) -> datetime:
    """Return the instant that `micros` wrote."""
    return EPOCH + micro * MICROSECOND


class Names(Sequence[str]):
    """The uris by number, held as one text: a list of texts would take more than all arrows together."""

    def __init__(self, text: bytes, ends: Ints, late: tuple[str, ...] = ()) -> None:
        self.text, self.ends, self.late = text, ends, late
        self._late = {uri: len(ends) + place for place, uri in enumerate(late)}

    @classmethod
    def of(cls, uris: Iterable[str]) -> "Names":
        """Take uris in any order, each once."""
        words = sorted(uri.encode() for uri in uris)  # bytes of UTF-8 sort as their characters do
        return cls(b"".join(words), np.fromiter(accumulate(map(len, words)), np.int64, len(words)))

    def __len__(self) -> int:
        return len(self.ends) + len(self.late)

    def _word(self, number: int) -> bytes:
        return self.text[int(self.ends[number - 1]) if number else 0 : int(self.ends[number])]

    def __getitem__(self, number: Any) -> Any:
        first = len(self.ends)
        return self._word(number).decode() if number < first else self.late[number - first]

    def find(self, uri: str) -> int | None:
        """Return the number of `uri`, None if it is not here. O(log n)."""
        if uri in self._late:
            return self._late[uri]
        word = uri.encode()
        place = bisect_left(range(len(self.ends)), word, key=self._word)
        return place if place < len(self.ends) and self._word(place) == word else None

    def with_late(self, uris: Iterable[str]) -> "Names":
        """Return these names and, after them, those of `uris` that are new, in uri order."""
        new = sorted({uri for uri in uris if self.find(uri) is None})
        return Names(self.text, self.ends, (*self.late, *new)) if new else self


@dataclass(frozen=True)
class Spells:
    """Who belongs to which collective from when until when (µs), one entry for each spell."""

    groups: tuple[str, ...]
    group: Ints
    who: Ints
    since: Ints
    until: Ints

    @classmethod
    def of(cls, groups: Iterable[str], rows: Iterable[tuple[int, int, int, int]]) -> "Spells":
        """Rows are (number of the group, number of the person, since, until)."""
        table = np.array(list(rows), dtype=np.int64).reshape(-1, 4)
        return cls(tuple(groups), *(np.ascontiguousarray(table[:, place]) for place in range(4)))

    def members(self, size: int, at: int, collective: str | None) -> npt.NDArray[np.bool_]:
        """Return, for `size` people, who is a member of `collective` (None: of any) at `at`."""
        found = np.zeros(size, dtype=bool)
        here = (self.since <= at) & (at < self.until)
        if collective is not None:
            here &= self.group == (self.groups.index(collective) if collective in self.groups else -1)
        found[self.who[here]] = True
        return found


@dataclass(frozen=True)
class Patch:
    """One row as it was and as it became: targets and weights as of the arrays' instant."""

    row: int
    before: tuple[Ints, Floats]
    after: tuple[Ints, Floats]


@dataclass(frozen=True)
class Arrays:
    """Arrows of row u: `targets[starts[u]:starts[u+1]]`, with `weights` as of `at` (µs). Never changed in place.

    `due`: (µs, person), in order of time: when a row changes by itself, because something in it ends or begins; known
    up to `horizon`. `lineage` names the whole as it was built or read: within it people keep their numbers.
    """

    names: Names
    starts: Ints
    targets: Ints
    weights: Floats
    spells: Spells
    at: int
    horizon: int = FOREVER
    due: tuple[tuple[int, int], ...] = ()
    lineage: str = ""
    patches: tuple[Patch, ...] = field(default=(), compare=False)
    forgotten: int = 0  # patches that are no longer remembered

    @property
    def size(self) -> int:
        return len(self.names)

    @property
    def serial(self) -> int:
        """How many rows have been patched since the arrays were built."""
        return self.forgotten + len(self.patches)

    @cached_property
    def sums(self) -> Floats:
        """Everybody's W, as of `at`."""
        gone = np.zeros(self.size)
        gone[self.filled] = np.add.reduceat(self.weights, self.starts[self.filled]) if len(self.filled) else 0.0
        return gone

    @cached_property
    def filled(self) -> Ints:
        """The rows that have arrows."""
        return np.flatnonzero(np.diff(self.starts))

    @cached_property
    def matrix(self) -> Any:
        """The weights, turned round: one product with it moves every walker one step. Shares the arrays' memory."""
        from scipy.sparse import csr_array

        whole = csr_array((self.weights, self.targets, self.starts), shape=(self.size, self.size))
        return whole.T

    def row(self, u: int) -> tuple[Ints, Floats]:
        """Return the targets and weights of one row."""
        part = slice(int(self.starts[u]), int(self.starts[u + 1]))
        return self.targets[part], self.weights[part]

    def patched(self, rows: Mapping[str, Mapping[str, float]], due: Iterable[tuple[int, str]] = ()) -> "Arrays":
        """Return a copy in which these people's rows are as given, and fall `due` as given. O(m), mostly copying."""
        names = self.names.with_late({*rows, *(w for row in rows.values() for w in row)})
        grown = self if names is self.names else replace(self, names=names, starts=_grown(self.starts, len(names)))
        new = {_number(names, uri): _numbered(names, row) for uri, row in rows.items()}
        changes = tuple(Patch(u, grown.row(u), new[u]) for u in sorted(new))
        known = (*self.patches, *changes)
        ahead = [entry for entry in self.due if entry[1] not in new]
        ahead += [(when, _number(names, uri)) for when, uri in due]
        return replace(
            grown._with_rows(changes),
            due=tuple(sorted(ahead)),
            patches=known[-MOST_PATCHES:],
            forgotten=self.forgotten + max(0, len(known) - MOST_PATCHES),
        )

    def _with_rows(self, changes: Sequence[Patch]) -> "Arrays":
        counts = np.diff(self.starts)
        pieces: list[tuple[Ints, Floats]] = []
        last = 0
        for patch in changes:
            kept = slice(last, int(self.starts[patch.row]))
            pieces += [(self.targets[kept], self.weights[kept]), patch.after]
            counts[patch.row], last = len(patch.after[0]), int(self.starts[patch.row + 1])
        pieces.append((self.targets[last:], self.weights[last:]))
        return replace(
            self,
            starts=_starts(counts),
            targets=np.concatenate([targets for targets, _ in pieces]),
            weights=np.concatenate([weights for _, weights in pieces]),
        )

    def with_spells(self, changed: Iterable[str], told: Iterable[tuple[str, str, int, int]]) -> "Arrays":
        """Return a copy in which `told`, as (collective, person, since, until), is all that is known of `changed`."""
        changed, told = set(changed), sorted(told)
        names = self.names.with_late({who for _, who, _, _ in told})
        groups = (*self.spells.groups, *sorted({group for group, *_ in told} - set(self.spells.groups)))
        gone = [number for uri in changed if (number := names.find(uri)) is not None]
        stay = ~np.isin(self.spells.who, gone)
        new = Spells.of(groups, ((groups.index(g), _number(names, who), since, until) for g, who, since, until in told))
        both = [
            np.concatenate([getattr(self.spells, column)[stay], getattr(new, column)])
            for column in ("group", "who", "since", "until")
        ]
        return replace(self, names=names, starts=_grown(self.starts, len(names)), spells=Spells(groups, *both))


def _number(names: Names, uri: str) -> int:
    number = names.find(uri)
    if number is None:
        raise KeyError(uri)
    return number


def _numbered(names: Names, row: Mapping[str, float]) -> tuple[Ints, Floats]:
    pairs = sorted((_number(names, uri), weight) for uri, weight in row.items())
    return np.array([w for w, _ in pairs], dtype=np.int32), np.array([weight for _, weight in pairs], dtype=np.float64)


def _starts(counts: Ints) -> Ints:
    return np.concatenate([np.zeros(1, dtype=np.int32), np.cumsum(counts, dtype=np.int32)])


def _grown(starts: Ints, size: int) -> Ints:
    """Row starts for more people, who have no arrows yet."""
    more = size + 1 - len(starts)
    return np.concatenate([starts, np.full(more, starts[-1], dtype=starts.dtype)]) if more else starts


def arrays_of(
    names: Names,
    u: Ints,
    w: Ints,
    weights: Floats,
    spells: Spells,
    at: int,
    *,
    lineage: str = "",
    horizon: int = FOREVER,
) -> Arrays:
    """Put arrows given in any order, one for each pair at most, into rows. O(m log m)."""
    order = np.lexsort((w, u))
    starts = _starts(np.bincount(u, minlength=len(names)))
    targets = w[order].astype(np.int32)
    return Arrays(names, starts, targets, weights[order], spells, at, horizon, (), lineage)


def gather(starts: Ints, values: Any, rows: Ints) -> Any:
    """Return the values of several rows, one row after the other."""
    counts = starts[rows + 1] - starts[rows]
    offsets = np.cumsum(counts) - counts
    return values[np.repeat(starts[rows] - offsets, counts) + np.arange(int(counts.sum()))]
