"""What one viewpoint sees, on arrays: the shared web, and the viewer's own row laid over it.

Private attestations and anchors are in that row only: they never enter the arrays that others share.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from network.rules.belonging import whole_root
from network.rules.facts import FLOOD_GUARD, TrustTerms, View
from network.rules.fast_arrays import Arrays, Floats, Ints, gather, micros

__all__ = ["Own", "Seen", "collective_view", "seen_from"]


@dataclass(frozen=True)
class Own:
    """The viewer's row at the instant of the question, by number; numbers from the size of the web on are `outside`."""

    targets: Ints
    weights: Floats


@dataclass(frozen=True)
class Seen:
    """The web of one viewpoint at one instant. For a person `starts` is the viewer; for a collective `viewer` is none
    of the numbers, and stands before `starts` at no distance. `outside` are uris that the arrays do not know."""

    arrays: Arrays
    terms: TrustTerms
    at: datetime
    viewer: str
    starts: Ints
    own: Own | None
    outside: tuple[str, ...]

    @property
    def size(self) -> int:
        return self.arrays.size + len(self.outside)

    @property
    def is_collective(self) -> bool:
        return self.own is None

    @property
    def me(self) -> int:
        """The viewer's own number; -1 for a collective."""
        return -1 if self.is_collective else int(self.starts[0])

    @cached_property
    def age(self) -> float:
        """What all weights of the arrays have come down to since the instant that they are of."""
        passed = (micros(self.at) - self.arrays.at) / 1_000_000 / self.terms.half_life.total_seconds()
        return float(2.0**-passed)

    def number(self, uri: str) -> int | None:
        """Return the number of `uri`, None if it is nowhere in this web."""
        found = self.arrays.names.find(uri)
        if found is None and uri in self.outside:
            found = self.arrays.size + self.outside.index(uri)
        return found

    def uri(self, number: int) -> str:
        """Return the uri of a number."""
        inside = self.arrays.size
        return str(self.arrays.names[number]) if number < inside else self.outside[number - inside]

    def ahead_of(self, people: Ints) -> Ints:
        """Return whom `people` attest, with repetitions."""
        inside = people[(people < self.arrays.size) & (people != self.me)]
        found: Ints = gather(self.arrays.starts, self.arrays.targets, inside)
        if self.own is not None and self.me in people:
            found = np.concatenate([found, self.own.targets])
        return found

    def row(self, u: int) -> list[int]:
        """Return whom one person attests."""
        found: list[int] = []
        if self.own is not None and u == self.me:
            found = self.own.targets.tolist()
        elif u < self.arrays.size:
            found = self.arrays.row(u)[0].tolist()
        return found


def seen_from(
    arrays: Arrays, view: View, at: datetime, terms: TrustTerms, own: Mapping[str, float] | None = None
) -> Seen:
    """Return what `view` sees at `at`. `own`: for a person, the weights of the own row then, anchors included."""
    if view.starts is not None:
        outside = _outside(arrays, view.starts)
        starts = _numbers(arrays, outside, view.starts)
        return Seen(arrays, terms, at, view.viewer, starts, None, outside)
    row = own or {}
    outside = _outside(arrays, (view.viewer, *row))
    targets, weights = _numbers(arrays, outside, row), np.array(list(row.values()), dtype=np.float64)
    order = np.argsort(targets)
    starts = _numbers(arrays, outside, (view.viewer,))
    return Seen(arrays, terms, at, view.viewer, starts, Own(targets[order], weights[order]), outside)


def _outside(arrays: Arrays, uris: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({uri for uri in uris if arrays.names.find(uri) is None}))


def _numbers(arrays: Arrays, outside: tuple[str, ...], uris: Iterable[str]) -> Ints:
    found = (arrays.names.find(uri) for uri in uris)
    return np.array(
        [
            arrays.size + outside.index(uri) if number is None else number
            for uri, number in zip(uris, found, strict=True)
        ],
        dtype=np.int64,
    )


def collective_view(arrays: Arrays, collective: str, at: datetime, terms: TrustTerms) -> tuple[View, str]:
    """Return the view of `collective` and its basis, as `webs.collective_view` does."""
    members = arrays.spells.members(arrays.size, micros(at), collective)
    settled = arrays.spells.members(arrays.size, micros(at - FLOOD_GUARD), collective) & members
    chosen = referents(arrays, whole_root(int(settled.sum()), terms.k)) & members
    basis = "referents" if int(chosen.sum()) >= terms.d else "members"
    who = np.flatnonzero(chosen if basis == "referents" else members)
    return View(collective, starts=tuple(sorted(str(arrays.names[int(n)]) for n in who))), basis


def referents(arrays: Arrays, y: int) -> "np.typing.NDArray[np.bool_]":
    """Return who received at least `y` attestations and issued at least `y`."""
    received = np.bincount(arrays.targets, minlength=arrays.size)
    return (np.diff(arrays.starts) >= y) & (received >= y)
