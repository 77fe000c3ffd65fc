"""The same scenes as `webs.Scene`, on arrays: one web for all viewpoints, and a vector for each viewer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from network.queries.arrays import arrays_now
from network.queries.bounded import Bounded
from network.queries.engines import Version
from network.queries.facts import facts_about, facts_between, facts_of
from network.rules import fast, fast_standing
from network.rules.belonging import Standing
from network.rules.facts import Facts, TrustTerms, View
from network.rules.fast_arrays import micros
from network.rules.fast_belonging import belonging
from network.rules.fast_changes import OnArrays
from network.rules.fast_paths import Steps, acceptances, steps_from_viewer, without_paths
from network.rules.fast_scores import Scores, Visits, fresh, renewed, unchanged
from network.rules.fast_webs import Seen, collective_view, seen_from
from network.rules.paths import Acceptance
from network.rules.standing import Cloth
from network.rules.standing import Standing as Stand
from network.rules.webs import Edge, web_of

__all__ = ["FastScene", "scene", "view_of_collective"]

VECTORS = 16 * 2**20  # bytes of viewers' vectors that this process keeps
FOUND, PAGES = 4_096, 64  # people of whom a scene remembers the paths, and what is said of them


@dataclass(frozen=True)
class _Vector:
    """A viewer's visits, and the day that they are of: within it they may be kept though they grow some hours old."""

    day: date
    visits: Visits


_vectors: Bounded[_Vector] = Bounded(VECTORS, weigh=lambda kept: kept.visits.nbytes)


@dataclass
class FastScene:
    """One viewpoint on one day. What `webs.Scene` says, on arrays."""

    view: View
    seen: Seen
    terms: TrustTerms
    at: datetime
    floor: float
    found: Bounded[Acceptance] = field(default_factory=lambda: Bounded(FOUND))
    ranked: Bounded[Acceptance] = field(default_factory=lambda: Bounded(FOUND))
    _about: Bounded[Facts] = field(default_factory=lambda: Bounded(PAGES))
    _edges: dict[tuple[str, str], Edge | None] = field(default_factory=dict)

    @cached_property
    def _steps(self) -> Steps:
        return steps_from_viewer(self.seen, self.terms.L)

    @property
    def scores(self) -> Mapping[str, float]:
        """π by uri, from the viewer's vector, which is brought up to date now if the web or the day is another."""
        key = (self.view, self.terms)
        known = _vectors.peek(key)
        kept = known.visits if known else None
        if known is None or kept is None or not self._is_current(known):
            kept = self._visits(known)
            _vectors.put(key, _Vector(self.at.date(), kept))
        return Scores(self.seen, kept)

    def _is_current(self, known: _Vector) -> bool:
        arrays, visits = self.seen.arrays, known.visits
        same = (visits.lineage, visits.serial, len(visits.values)) == (arrays.lineage, arrays.serial, self.seen.size)
        return same and known.day == self.at.date()

    def _visits(self, known: _Vector | None) -> Visits:
        if known is None:
            return fresh(self.seen)
        kept = unchanged(self.seen, known.visits) if known.day == self.at.date() else None
        return renewed(self.seen, known.visits) if kept is None else kept

    def accept(self, uris: Iterable[str], *, explain: bool = True) -> dict[str, Acceptance]:
        """Return κ of each uri; with `explain`, the paths as well."""
        known, find = (self.found, acceptances) if explain else (self.ranked, without_paths)
        told = {uri: known.peek(uri) for uri in uris}
        new = find(self.seen, [uri for uri, found in told.items() if found is None], self.terms.L, self._steps)
        for uri, found in new.items():
            known.put(uri, found)
        if explain:
            self._learn(new.values())
        return {uri: found or new[uri] for uri, found in told.items()}

    def _learn(self, accepted: Iterable[Acceptance]) -> None:
        """Read what the arrows on these paths say."""
        pairs = {pair for one in accepted for path in one.paths for pair in zip(path, path[1:], strict=False)}
        if new := pairs - self._edges.keys():
            facts = facts_between({u for u, _ in new}, {w for _, w in new}, seen_by=self.view.viewer)
            succ = web_of(facts, self.view, self.at, self.terms).succ
            self._edges |= {(u, w): succ.get(u, {}).get(w) for u, w in new}

    def edge(self, u: str, w: str) -> Edge | None:
        """Return the arrow of a path that `accept` has told."""
        return self._edges.get((u, w))

    def facts_about(self, subject: str, *, seen_by: str = "") -> Facts:
        """Return what is said of one person, and where they and those who say it belong."""
        return self._about.get((subject, seen_by), lambda: facts_about(subject, seen_by=seen_by))

    def belonging(self, subject: str, collective: str) -> Standing:
        """Evaluate the criterion of `collective` for one person."""
        issuers = {fact.issuer for fact in self.facts_about(subject).vouches}
        return belonging(facts_of(issuers), self.seen.arrays, subject, self.at, self.terms, collective=collective)

    def ground(self) -> OnArrays:
        """Return where changes of this web are tried."""
        return OnArrays(self.view, self.seen, self.edge)

    def cloth(self, collective: str, people: Collection[str]) -> Cloth:
        """Return the web of a collective: the arrows between its members and `people`."""
        return fast_standing.cloth_of(self.seen.arrays, collective, people, self.at, self.terms)

    def received(self, people: Collection[str]) -> Mapping[str, int]:
        """Return how many attestations each of `people` has received."""
        return fast_standing.received(self.seen.arrays, people)

    def standings(self, cloth: Cloth, subjects: Collection[str]) -> Mapping[str, Stand]:
        """Return how each of `subjects` stands; what those who attest them have issued is read, nothing else."""
        arrays = self.seen.arrays
        issuers = {uri for found in fast_standing.attesters(arrays, subjects).values() for uri in found}
        return fast_standing.standings(facts_of(issuers), arrays, cloth, subjects, self.at, self.terms)


def scene(version: Version, view: View, collective: str, terms: TrustTerms, at: datetime) -> FastScene:
    """Return what `view` sees at `at`."""
    arrays = arrays_now(version, terms, at).web
    own = fast.own_row(facts_of([view.viewer], seen_by=view.viewer), view, at, terms) if view.starts is None else None
    members = int(arrays.spells.members(arrays.size, micros(at), collective).sum())
    return FastScene(view, seen_from(arrays, view, at, terms, own), terms, at, float(terms.theta) / max(1, members))


def view_of_collective(version: Version, collective: str, terms: TrustTerms, at: datetime) -> tuple[View, str]:
    """Return through whom a collective looks; see `rules.webs.collective_view`."""
    return collective_view(arrays_now(version, terms, at).web, collective, at, terms)
