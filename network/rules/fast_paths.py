"""Layer 2 on arrays: κ for many subjects at once.

Who is on a way to which subject is one bit each, sixty-four subjects a word. Through those people a search adds one
path after the other; it begins with the shortest ways, which most often are enough. The paths shown are those that
`paths.acceptance` shows: it is handed the people kept, in uri order.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from network.rules.fast_arrays import Bits
from network.rules.fast_webs import Seen
from network.rules.paths import KAPPA_MAX, Acceptance, paths_among
from network.rules.webs import Edge, Web

__all__ = ["WORD", "Found", "Steps", "acceptances", "kappas", "steps_from_viewer", "without_paths"]

WORD = 64  # subjects at once
Steps = npt.NDArray[np.int8]
ARROW = Edge(1.0)


@dataclass(frozen=True)
class Found:
    """κ of one subject, and the reach that already gives it: ways of so many steps."""

    subject: int
    kappa: int
    reach: int = 0


def steps_from_viewer(seen: Seen, limit: int) -> Steps:
    """Return everybody's distance from the viewer; limit + 1 for whoever is further."""
    steps = np.full(seen.size, limit + 1, dtype=np.int8)
    steps[seen.starts] = 0
    edge = seen.starts
    for distance in range(1, limit + 1):
        found = seen.ahead_of(edge)
        steps[found[steps[found] > limit]] = distance
        edge = np.flatnonzero(steps == distance)
    return steps


class _Page:
    """Up to 64 subjects: who is within r steps of which, for r = 0 … limit."""

    def __init__(self, seen: Seen, ahead: Steps, subjects: Sequence[int], limit: int) -> None:
        self.seen, self.ahead, self.subjects = seen, ahead, subjects
        bits = np.zeros(seen.size, dtype=np.uint64)
        for place, subject in enumerate(subjects):
            bits[subject] |= np.uint64(1 << place)
        self.within: list[Bits] = [bits]
        for _ in range(limit):
            self.within.append(_backwards(seen, self.within[-1]))
        self.near = [np.flatnonzero(ahead == steps) for steps in range(limit)]
        self._rows: dict[int, list[int]] = {}

    def kept(self, place: int, reach: int) -> set[int]:
        """Return who is on a way of at most `reach` steps to the subject at `place`, which is one of them."""
        bit, found = np.uint64(1 << place), {self.subjects[place]}
        for steps in range(reach):
            near = self.near[steps]
            found.update(near[(self.within[reach - steps][near] & bit) != 0].tolist())
        return found

    def row(self, u: int) -> list[int]:
        if u not in self._rows:
            self._rows[u] = self.seen.starts.tolist() if u == -1 else self.seen.row(u)
        return self._rows[u]


def _backwards(seen: Seen, bits: Bits) -> Bits:
    """Let everybody have the bits of whom they attest."""
    arrays = seen.arrays
    wider = bits.copy()
    if len(arrays.filled):
        wider[arrays.filled] |= np.bitwise_or.reduceat(bits[arrays.targets], arrays.starts[arrays.filled])
    if seen.own is not None:
        mine = np.bitwise_or.reduce(bits[seen.own.targets]) if len(seen.own.targets) else np.uint64(0)
        wider[seen.me] = bits[seen.me] | mine
    return wider


def kappas(seen: Seen, subjects: Iterable[int], limit: int, ahead: Steps | None = None) -> list[Found]:
    """Return κ of each subject, by number, in their order. See `paths.acceptance` for what it is."""
    return [found for page in _pages(seen, subjects, limit, ahead) for found in _found(page, limit)]


def _pages(seen: Seen, subjects: Iterable[int], limit: int, ahead: Steps | None) -> Iterator[_Page]:
    ahead = steps_from_viewer(seen, limit) if ahead is None else ahead
    subjects = list(subjects)
    for start in range(0, len(subjects), WORD):
        yield _Page(seen, ahead, subjects[start : start + WORD], limit)


def _found(page: _Page, limit: int) -> list[Found]:
    return [_kappa(page, place, limit) for place in range(len(page.subjects))]


def _kappa(page: _Page, place: int, limit: int) -> Found:
    """Add paths within the shortest reach first; what was found there stays good in a wider one."""
    subject = page.subjects[place]
    first = int(page.ahead[subject])
    if subject == page.seen.me or first > limit:
        return Found(subject, 0)
    flow, number, enough = _Flow(page, subject), 0, first
    for reach in range(first, limit + 1):
        flow.kept = page.kept(place, reach)
        while number < KAPPA_MAX and flow.add_path():
            number, enough = number + 1, reach
        if number == KAPPA_MAX:
            break
    return Found(subject, number, enough)


@dataclass
class _Flow:
    """Node-disjoint paths from the viewer to one subject, and the search for one more (Ford and Fulkerson 1956).

    Everybody but the two ends has an in side and an out side, and lets one path through. A state is (person, is out).
    """

    page: _Page
    subject: int
    kept: set[int] = field(default_factory=set)
    after: dict[int, int] = field(default_factory=dict)  # on a path: the next person
    before: dict[int, int] = field(default_factory=dict)
    firsts: set[int] = field(default_factory=set)  # where paths leave the viewer

    def add_path(self) -> bool:
        """Find a way in what the paths so far leave open, and take it; breadth first, so that it is a short one."""
        source = (self.page.seen.me, True)
        came: dict[tuple[int, bool], tuple[int, bool]] = {source: source}
        queue = deque([source])
        while queue:
            state = queue.popleft()
            for ahead in self._open(state):
                if ahead[0] == self.subject:
                    self._take(state, came)
                    return True
                if ahead not in came:
                    came[ahead] = state
                    queue.append(ahead)
        return False

    def _open(self, state: tuple[int, bool]) -> Iterator[tuple[int, bool]]:
        person, is_out = state
        source = self.page.seen.me
        if is_out:
            taken = self.firsts if person == source else {self.after.get(person)}
            for ahead in self.page.row(person):
                if ahead in self.kept and ahead not in taken and ahead != source:
                    yield ahead, False
            if person in self.before:
                yield person, False  # back through somebody on a path
        elif person not in self.before:
            yield person, True
        elif (back := self.before[person]) != source:
            yield back, True  # give up the arrow that leads here

    def _take(self, state: tuple[int, bool], came: dict[tuple[int, bool], tuple[int, bool]]) -> None:
        source = self.page.seen.me
        arrows = {(u, w) for u, w in self.after.items()} | {(source, first) for first in self.firsts}
        arrows.add((state[0], self.subject))
        while came[state] != state:
            back = came[state]
            if back[1] and not state[1] and back[0] != state[0]:
                arrows.add((back[0], state[0]))
            elif state[1] and not back[1] and back[0] != state[0]:
                arrows.discard((state[0], back[0]))
            state = back
        self.firsts = {w for u, w in arrows if u == source}
        self.after = {u: w for u, w in arrows if u != source}
        self.before = {w: u for u, w in arrows if w != self.subject}


def without_paths(seen: Seen, uris: Iterable[str], limit: int, ahead: Steps | None = None) -> dict[str, Acceptance]:
    """Return κ of each uri, and whether the viewer attests it: enough to rank hundreds, of whom few are shown."""
    told = dict.fromkeys(uris, Acceptance(0))
    asked = [number for uri in told if (number := seen.number(uri)) is not None]
    attested = set() if seen.is_collective else set(seen.row(seen.me))
    for found in kappas(seen, asked, limit, ahead):
        told[seen.uri(found.subject)] = Acceptance(found.kappa, direct=bool(found.kappa) and found.subject in attested)
    return told


# --- the paths shown -------------------------------------------------------------------------------------


def acceptances(seen: Seen, uris: Iterable[str], limit: int, ahead: Steps | None = None) -> dict[str, Acceptance]:
    """Return κ and the paths for each uri, equal to what `paths.acceptance` returns for each."""
    asked = {uri: number for uri in uris if (number := seen.number(uri)) is not None}
    told = dict.fromkeys(uris, Acceptance(0))
    for page in _pages(seen, asked.values(), limit, ahead):
        for place, found in enumerate(_found(page, limit)):
            told[seen.uri(found.subject)] = _explained(page, place, found, limit)
    return told


def _explained(page: _Page, place: int, found: Found, limit: int) -> Acceptance:
    """Return the paths of one subject, as the reference finds them among the people kept."""
    if not found.kappa:
        return Acceptance(0)
    seen = page.seen
    web, kept = _readable(page, page.kept(place, found.reach))
    paths = paths_among(web, seen.uri(found.subject), kept)
    direct = not seen.is_collective and found.subject in page.row(seen.me)
    return Acceptance(found.kappa, paths, direct, _cut(page, place, limit, paths))


def _readable(page: _Page, kept: set[int]) -> tuple[Web, set[str]]:
    """The people kept and the arrows between them, by uri, as the reference reads a web."""
    seen = page.seen
    uris = {number: seen.uri(number) for number in kept}
    succ = {
        uris[u]: {uris[w]: ARROW for w in sorted((w for w in page.row(u) if w in uris), key=uris.__getitem__)}
        for u in kept
    }
    starts = tuple(sorted(uris[n] for n in seen.starts.tolist() if n in uris)) if seen.is_collective else (seen.viewer,)
    return Web(seen.viewer, starts, succ, {}), set(uris.values())


def _cut(page: _Page, place: int, limit: int, paths: tuple[tuple[str, ...], ...]) -> str | None:
    """The first person on the only path without whom nothing leads to the subject."""
    if len(paths) != 1 or len(paths[0]) == 2:
        return None
    kept = page.kept(place, limit)
    for uri in paths[0][1:-1]:
        if not _leads(page, place, kept.difference({page.seen.number(uri)})):
            return uri
    return None


def _leads(page: _Page, place: int, kept: set[int]) -> bool:
    seen, subject = page.seen, page.subjects[place]
    left = np.zeros(seen.size, dtype=bool)
    left[list(kept)] = True
    edge = seen.starts[left[seen.starts]]
    while len(edge):
        if subject in edge:
            return True
        left[edge] = False
        found = np.unique(seen.ahead_of(edge))
        edge = found[left[found]]
    return False
