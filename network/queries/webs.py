"""The facts of the web as this process holds them, and the graph of each viewpoint, computed once.

Everything is kept under the mark of the web's version row, so a change is seen by the next question, in whatever
process it happened. Names are not kept: they may change without the web changing.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from network.models import Collective, Membership, MembershipState, Tombstone, Vouch, WebVersion
from network.rules.facts import DEFAULT_TERMS, Facts, Grave, MemberFact, TrustTerms, View, VouchFact
from network.rules.pagerank import scores
from network.rules.webs import Web, collective_view, steps_from, web_of

T = TypeVar("T")


class Bounded(Generic[T]):
    """A store of at most `size` values; the one unused for longest goes first."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value under `key`, made now if absent (twice at worst, when two threads ask at once)."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self.size:
                self._values.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._values)


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


@dataclass
class Scene:
    """One viewpoint on one day: its graph, and what has been found out in it so far."""

    web: Web
    terms: TrustTerms
    at: datetime
    floor: float  # θ divided by the number of members
    found: Bounded = field(default_factory=lambda: Bounded(4096))  # acceptance by uri

    @cached_property
    def ahead(self) -> dict[str, int]:
        """Steps from the viewer, as far as paths may go."""
        return steps_from(self.web.starts, self.web.succ, self.terms.L)

    @cached_property
    def scores(self) -> dict[str, float]:
        return scores(self.web, alpha=float(self.terms.alpha), capacity=float(self.terms.C))


_loaded: Bounded[Loaded] = Bounded(2)
_standpoints: Bounded[Standpoint] = Bounded(512)
_scenes: Bounded[Scene] = Bounded(64)


def load() -> Loaded:
    """Return the facts as they are now: one query, and three more after a change."""
    mark = WebVersion.objects.values_list("mark", flat=True).first()
    if mark is None:  # nothing has ever changed: what is read is kept under a mark that nobody asks for again
        return Loaded(uuid4(), _read())
    return _loaded.get(mark, lambda: Loaded(mark, _read()))


def _read() -> Facts:
    return Facts.of(_read_vouches(), _read_graves(), _read_members())


def _read_vouches() -> list[VouchFact]:
    columns = (
        "uri", "issuer__uri", "subject__uri", "kind", "level", "issued_at", "expires_at", "charter", "public",
        "entered_at",
    )  # fmt: skip
    heard = Vouch.objects.filter(issuer__muted=False)
    return [VouchFact(*row) for row in heard.values_list(*columns).iterator()]


def _read_graves() -> list[Grave]:
    return [Grave(*row) for row in Tombstone.objects.values_list("uri_digest", "issuer_digest").iterator()]


def _read_members() -> list[MemberFact]:
    """Present members and former ones; a candidate is not one yet, a suspended one counts for nothing meanwhile."""
    rows = Membership.objects.filter(state=MembershipState.ACTIVE) | Membership.objects.filter(
        state=MembershipState.ENDED, until__isnull=False
    )
    columns = ("collective__uri", "member__uri", "since", "until")
    return [MemberFact(*row) for row in rows.values_list(*columns).iterator()]


def terms_of(collective: Collective | None) -> TrustTerms:
    """The figures that a collective's charter handed down, or the defaults."""
    if collective is None:
        return DEFAULT_TERMS
    return TrustTerms.from_text(collective.trust_terms, version=collective.charter)


def standpoint(viewer: str, anchors: tuple[str, ...], collective: Collective | None, at: datetime) -> Standpoint:
    """Return through whom `viewer` (a uri, or empty) looks at `at`: own people if at least d, else the collective."""
    loaded, terms, home = load(), terms_of(collective), collective.uri if collective else ""
    key = (loaded.mark, viewer, anchors, home, terms, at.date())
    return _standpoints.get(key, lambda: _standpoint(loaded.facts, viewer, anchors, home, terms, at))


def _standpoint(
    facts: Facts, viewer: str, anchors: tuple[str, ...], home: str, terms: TrustTerms, at: datetime
) -> Standpoint:
    own = {fact.subject for fact in facts.counting(at, terms, seen_by=viewer) if viewer and fact.issuer == viewer}
    edges = len((own | set(anchors)) - {viewer})
    if edges >= terms.d:
        return Standpoint(View(viewer, frozenset(anchors)), "own", edges, terms.d)
    view, basis = collective_view(facts, home, at, terms)
    return Standpoint(view, basis, edges, terms.d)


def scene_of(view: View, collective: Collective | None, at: datetime) -> Scene:
    """Return what `view` sees at `at`, kept until the web changes or the day ends."""
    loaded, terms, home = load(), terms_of(collective), collective.uri if collective else ""
    key = (loaded.mark, view, home, terms, at.date())
    return _scenes.get(key, lambda: _scene(loaded.facts, view, home, terms, at))


def _scene(facts: Facts, view: View, home: str, terms: TrustTerms, at: datetime) -> Scene:
    members = len(facts.members_at(at, home))
    return Scene(web_of(facts, view, at, terms), terms, at, float(terms.theta) / max(1, members))
