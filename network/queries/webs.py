"""The facts of the web as this process holds them, and the graph of each viewpoint, computed once.

Everything is kept under the mark of the web's version row, so a change is seen by the next question, in whatever
process it happened. Names are not kept: they may change without the web changing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from network.models import Collective
from network.queries import engines
from network.queries.bounded import Bounded
from network.queries.engines import Version, version_now
from network.queries.facts import all_facts, facts_of
from network.rules.belonging import Standing, belonging
from network.rules.facts import DEFAULT_TERMS, Facts, TrustTerms, View
from network.rules.pagerank import scores
from network.rules.standing import Cloth, cloth_of, standings
from network.rules.standing import Standing as Stand
from network.rules.webs import Edge, Web, collective_view, steps_from, web_of

if TYPE_CHECKING:
    from network.rules.changes import Ground
    from network.rules.paths import Acceptance

__all__ = ["Bounded", "Loaded", "ReadableScene", "Scene", "Standpoint", "load", "scene_of", "standpoint", "terms_of"]


@dataclass(frozen=True)
class Loaded:
    """All facts of the rows, and the mark under which what follows from them may be kept."""

    mark: UUID
    facts: Facts


@dataclass(frozen=True)
class Standpoint:
    """Through whom somebody looks; see `queries.trust.Viewpoint`."""

    view: View
    basis: str
    own_edges: int
    needed: int


class Scene(Protocol):
    """What is asked of a viewpoint on one day, whichever engine answers."""

    terms: TrustTerms
    at: datetime
    floor: float  # θ divided by the number of members

    @property
    def scores(self) -> Mapping[str, float]:
        """π by uri; who is not there has none."""

    def accept(self, uris: Iterable[str], *, explain: bool = True) -> "dict[str, Acceptance]":
        """κ and, with `explain`, the paths, by uri."""

    def edge(self, u: str, w: str) -> Edge | None:
        """The arrow of a path that `accept` has told."""

    def facts_about(self, subject: str, *, seen_by: str = "") -> Facts:
        """At least what is said of one person, and where they and those who say it belong."""

    def belonging(self, subject: str, collective: str) -> Standing:
        """The criterion of a collective for one person."""

    def ground(self) -> "Ground":
        """Where changes of this web are tried."""

    def cloth(self, collective: str, people: Collection[str]) -> Cloth:
        """The web of a collective, with at least the arrows between its members and `people`."""

    def received(self, people: Collection[str]) -> Mapping[str, int]:
        """How many attestations each of `people` has received, from members of any collective; 0 may be left out."""

    def standings(self, cloth: Cloth, subjects: Collection[str]) -> Mapping[str, Stand]:
        """How each of `subjects` stands with the criterion of a collective."""


@dataclass
class ReadableScene:
    """One viewpoint on one day: its graph, and what has been found out in it so far."""

    web: Web
    terms: TrustTerms
    at: datetime
    floor: float
    facts: Facts
    found: "Bounded[Acceptance]" = field(default_factory=lambda: Bounded(4096))  # by uri

    @cached_property
    def ahead(self) -> dict[str, int]:
        """Steps from the viewer, as far as paths may go."""
        return steps_from(self.web.starts, self.web.succ, self.terms.L)

    @cached_property
    def scores(self) -> dict[str, float]:
        return scores(self.web, alpha=float(self.terms.alpha), capacity=float(self.terms.C))

    def accept(self, uris: Iterable[str], *, explain: bool = True) -> "dict[str, Acceptance]":
        """Return κ and the paths of each uri: here one is not had without the other."""
        return {uri: self.found.get(uri, partial(self._accept, uri)) for uri in uris}

    def _accept(self, uri: str) -> "Acceptance":
        found: Acceptance = engines.paths().acceptance(self.web, uri, self.terms.L, known=self.ahead)
        return found

    def edge(self, u: str, w: str) -> Edge | None:
        return self.web.succ.get(u, {}).get(w)

    def facts_about(self, subject: str, *, seen_by: str = "") -> Facts:
        return self.facts

    def belonging(self, subject: str, collective: str) -> Standing:
        return belonging(self.facts, subject, self.at, self.terms, collective=collective).standing

    def ground(self) -> "Ground":
        made: Ground = engines.changes().OnWeb(self.web, self.terms, self.facts.members_at(self.at))
        return made

    def cloth(self, collective: str, people: Collection[str]) -> Cloth:
        return cloth_of(self.facts, collective, self.at, self.terms)

    def received(self, people: Collection[str]) -> Mapping[str, int]:
        return Counter(w for w, before in self.web.pred.items() for _ in before)

    def standings(self, cloth: Cloth, subjects: Collection[str]) -> Mapping[str, Stand]:
        return standings(self.facts, cloth, subjects, self.at, self.terms)


_loaded: Bounded[Loaded] = Bounded(2)
_standpoints: Bounded[Standpoint] = Bounded(512)
_scenes: Bounded[Scene] = Bounded(64)


def load() -> Loaded:
    """Return the facts as they are now: one query, and three more after a change. Every fact is an object here: in a
    large web ask a scene instead, which reads what it needs."""
    return _load(version_now())


def _load(version: Version) -> Loaded:
    return _loaded.get(version.mark, lambda: Loaded(version.mark, all_facts()))


def terms_of(collective: Collective | None) -> TrustTerms:
    """The figures that a collective's charter handed down, or the defaults."""
    if collective is None:
        return DEFAULT_TERMS
    return TrustTerms.from_text(collective.trust_terms, version=collective.charter)


def standpoint(viewer: str, anchors: tuple[str, ...], collective: Collective | None, at: datetime) -> Standpoint:
    """Return through whom `viewer` (a uri, or empty) looks at `at`: own people if at least d, else the collective."""
    version, terms, home = version_now(), terms_of(collective), collective.uri if collective else ""
    key = (version.mark, engines.is_fast(version), viewer, anchors, home, terms, at.date())
    return _standpoints.get(key, lambda: _standpoint(version, viewer, anchors, home, terms, at))


def _standpoint(
    version: Version, viewer: str, anchors: tuple[str, ...], home: str, terms: TrustTerms, at: datetime
) -> Standpoint:
    fast = engines.is_fast(version)
    facts = facts_of([viewer] if viewer else [], seen_by=viewer) if fast else _load(version).facts
    own = {fact.subject for fact in facts.counting(at, terms, seen_by=viewer) if viewer and fact.issuer == viewer}
    edges = len((own | set(anchors)) - {viewer})
    if edges >= terms.d:
        return Standpoint(View(viewer, frozenset(anchors)), "own", edges, terms.d)
    if fast:
        view, basis = engines.fast_scenes().view_of_collective(version, home, terms, at)
    else:
        view, basis = collective_view(facts, home, at, terms)
    return Standpoint(view, basis, edges, terms.d)


def scene_of(view: View, collective: Collective | None, at: datetime) -> Scene:
    """Return what `view` sees at `at`, kept until the web changes or the day ends."""
    version, terms, home = version_now(), terms_of(collective), collective.uri if collective else ""
    key = (version.mark, engines.is_fast(version), view, home, terms, at.date())
    return _scenes.get(key, lambda: _scene(version, view, home, terms, at))


def _scene(version: Version, view: View, home: str, terms: TrustTerms, at: datetime) -> Scene:
    if engines.is_fast(version):
        _scenes.drop(unless=lambda key: key[0] == version.mark and key[-1] == at.date())  # others hold older arrays
        made: Scene = engines.fast_scenes().scene(version, view, home, terms, at)
        return made
    facts = _load(version).facts
    members = len(facts.members_at(at, home))
    return ReadableScene(web_of(facts, view, at, terms), terms, at, float(terms.theta) / max(1, members), facts)
