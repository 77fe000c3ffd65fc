"""What would change an answer about trust, tried on arrays: `changes.OnWeb` is the definition.

Each change is a copy of the arrays with one row changed, of which κ is asked again; who could open a path is found by
one walk over rows. No attestation is an object here, but those on the paths.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from network.rules.changes import Arrow
from network.rules.facts import View
from network.rules.fast_arrays import Ints, micros
from network.rules.fast_paths import kappas, steps_from_viewer
from network.rules.fast_scores import scores
from network.rules.fast_webs import Seen, seen_from
from network.rules.paths import Acceptance
from network.rules.webs import Edge

__all__ = ["OnArrays"]

Mask = npt.NDArray[np.bool_]
Row = dict[str, float]


@dataclass(frozen=True)
class OnArrays:
    """The ground of arrays; `told` says what the arrows of the paths say."""

    view: View
    seen: Seen
    told: Callable[[str, str], Edge | None]

    @property
    def viewer(self) -> str:
        return self.view.viewer

    def edge(self, arrow: Arrow) -> Edge | None:
        return self.told(*arrow)

    def kappa(self, subject: str, *, plus: Arrow | None = None, minus: Arrow | None = None) -> int:
        seen = self._with({arrow: weight for arrow, weight in ((plus, 1.0), (minus, None)) if arrow})
        number = seen.number(subject)
        return 0 if number is None else kappas(seen, [number], seen.terms.L)[0].kappa

    def support(self, subject: str, weights: Mapping[Arrow, float]) -> float:
        return scores(self._with(weights)).get(subject, 0.0)

    def _with(self, weights: Mapping[Arrow, float | None]) -> Seen:
        """Return a copy in which these arrows weigh so much today (None: are not)."""
        seen, rows = self.seen, {u: self._row(u) for u, _ in weights}
        for (u, w), weight in weights.items():
            if weight is None:
                rows[u].pop(w, None)
            else:
                rows[u][w] = weight if self._is_own(u) else weight / seen.age
        own = rows.pop(self.viewer, None) if not seen.is_collective else None
        own = self._row(self.viewer) if own is None and not seen.is_collective else own
        return seen_from(seen.arrays.patched(rows) if rows else seen.arrays, self.view, seen.at, seen.terms, own)

    def _is_own(self, u: str) -> bool:
        return u == self.viewer and not self.seen.is_collective

    def _row(self, u: str) -> Row:
        """Whom somebody attests, with weights: the viewer's own as of today, others' as the arrays have them."""
        seen = self.seen
        if self._is_own(u) and seen.own is not None:
            targets, weights = seen.own.targets, seen.own.weights
        elif (number := seen.arrays.names.find(u)) is not None:
            targets, weights = seen.arrays.row(number)
        else:
            return {}
        return {seen.uri(w): float(weight) for w, weight in zip(targets.tolist(), weights.tolist(), strict=True)}

    # --- one more path

    def near(self, subject: str, found: Acceptance) -> Iterator[str]:
        seen, number = self.seen, self.seen.number(subject)
        steps = steps_from_viewer(seen, seen.terms.L - 1)
        inside = steps < seen.terms.L
        if number is not None:
            inside[number] = False
        ends = _free_ends(seen, found, inside) & self._able()
        if number is not None:
            ends[_attesters(seen, number)] = False
        if not seen.is_collective:
            ends[seen.me] = False
        for distance in range(seen.terms.L):
            yield from sorted(seen.uri(n) for n in np.flatnonzero(ends & (steps == distance)).tolist())

    def _able(self) -> Mask:
        """Those whose attestations count: the members of any collective."""
        arrays, able = self.seen.arrays, np.zeros(self.seen.size, dtype=bool)
        able[: arrays.size] = arrays.spells.members(arrays.size, micros(self.seen.at), None)
        return able


def _attesters(seen: Seen, number: int) -> Ints:
    """Return who publicly attests one person."""
    found: Ints = np.searchsorted(seen.arrays.starts, np.flatnonzero(seen.arrays.targets == number), side="right") - 1
    return found


def _free_ends(seen: Seen, found: Acceptance, inside: Mask) -> Mask:
    """Return from whom a path can still be led, within `inside`: `changes._free_ends`, a step of everybody at a time.

    Whoever is on no path is entrance and exit at once; the few on paths are looked at one by one.
    """
    before = _before(seen, found)
    entered, left = (np.zeros(seen.size, dtype=bool) for _ in range(2))
    edge = _open_rows(seen, [seen.me], before)
    if not seen.is_collective:
        left[seen.me] = True
    while len(edge):
        new = np.unique(edge)
        new = new[inside[new] & ~entered[new]]
        entered[new] = True
        exits = [before.get(n, n) for n in new.tolist() if n in before]
        plain = new[~np.isin(new, list(before))]
        out = np.unique(np.concatenate([plain, np.array([n for n in exits if n != seen.me], dtype=np.int64)]))
        out = out[~left[out]]
        left[out] = True
        some = [n for n in out.tolist() if n in before]
        edge = np.concatenate([seen.ahead_of(out[~np.isin(out, some)]), _open_rows(seen, some, before)])
    return left


def _before(seen: Seen, found: Acceptance) -> dict[int, int]:
    """Return, for each person between the two ends of a path, who comes before; the viewer is `seen.me`."""
    numbers = [[seen.me, *(seen.number(uri) for uri in path[1:-1])] for path in found.paths]
    return {w: u for path in numbers for u, w in zip(path, path[1:], strict=False) if u is not None and w is not None}


def _open_rows(seen: Seen, people: list[int], before: Mapping[int, int]) -> Ints:
    """Return where one gets from the exits of these people, on paths or the viewer: by an arrow that no path takes, or
    back through themselves."""
    taken = {(u, w) for w, u in before.items()}
    rows = [
        w for u in people for w in (seen.starts.tolist() if u == -1 else seen.row(u)) if (u, w) not in taken
    ]  # fmt: skip
    return np.array([*rows, *(u for u in people if u in before)], dtype=np.int64)
