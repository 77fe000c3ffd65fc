"""The graph that one viewpoint sees: who counts as attesting whom, and how strongly."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from network.rules.belonging import referents, whole_root
from network.rules.facts import CHARTE, FLOOD_GUARD, Facts, TrustTerms, View, VouchFact, weight

__all__ = ["Edge", "Web", "collective_view", "steps_from", "web_of"]


@dataclass(frozen=True)
class Edge:
    """An arrow of the web. `fact` is None for an anchor."""

    weight: float
    fact: VouchFact | None = None


@dataclass(frozen=True)
class Web:
    """Arrows out of and into each person, all in uri order, so that two nodes find the same paths.

    For a person `starts` is (viewer,). For a collective they are the members it speaks through: `viewer` stands
    before them, joined to each by an arrow of length 0 that is in neither table.
    """

    viewer: str
    starts: tuple[str, ...]
    succ: Mapping[str, Mapping[str, Edge]]
    pred: Mapping[str, tuple[str, ...]]

    @property
    def is_collective(self) -> bool:
        return self.starts != (self.viewer,)


def collective_view(facts: Facts, collective: str, at: datetime, terms: TrustTerms) -> tuple[View, str]:
    """Return the view of `collective` and its basis: "referents", or "members" when fewer than d are référents."""
    members = facts.members_at(at, collective)
    settled = facts.members_at(at - FLOOD_GUARD, collective) & members
    edges = [(fact.issuer, fact.subject) for fact in facts.counting(at, terms) if fact.kind == CHARTE]
    chosen = referents(edges, members, whole_root(len(settled), terms.k))
    basis = "referents" if len(chosen) >= terms.d else "members"
    return View(collective, starts=tuple(sorted(chosen if basis == "referents" else members))), basis


def web_of(facts: Facts, view: View, at: datetime, terms: TrustTerms) -> Web:
    """Build the graph of `view` at `at`: public `charte` attestations; for a person also every own one, private
    ones and anchors included. Of several arrows between two people the heaviest stands. O(m log m)."""
    is_mine = view.starts is None
    arrows: dict[tuple[str, str], Edge] = {}
    for fact in facts.counting(at, terms, seen_by=view.viewer if is_mine else ""):
        if (fact.kind == CHARTE and fact.public) or (is_mine and fact.issuer == view.viewer):
            _strengthen(arrows, fact.issuer, fact.subject, Edge(weight(fact, at, terms), fact))
    for anchor in view.anchors - {view.viewer}:
        _strengthen(arrows, view.viewer, anchor, Edge(1.0))
    return _web(view, arrows)


def _strengthen(arrows: dict[tuple[str, str], Edge], u: str, w: str, edge: Edge) -> None:
    """Keep the heavier; between equals an attestation says more than an anchor, and the first kind wins."""
    known = arrows.get((u, w))
    if known is None or edge.weight > known.weight or (known.fact is None and edge.weight == known.weight):
        arrows[(u, w)] = edge


def _web(view: View, arrows: Mapping[tuple[str, str], Edge]) -> Web:
    succ: dict[str, dict[str, Edge]] = defaultdict(dict)
    pred: dict[str, list[str]] = defaultdict(list)
    for (u, w), edge in sorted(arrows.items(), key=_ends):
        succ[u][w] = edge
        pred[w].append(u)
    starts = (view.viewer,) if view.starts is None else tuple(sorted(view.starts))
    return Web(view.viewer, starts, dict(succ), {w: tuple(before) for w, before in pred.items()})


def _ends(arrow: tuple[tuple[str, str], Edge]) -> tuple[str, str]:
    return arrow[0]


def steps_from(starts: Iterable[str], follow: Mapping[str, Iterable[str]], limit: int) -> dict[str, int]:
    """Return the number of steps from the nearest of `starts` to everybody within `limit` steps, breadth first.

    >>> steps_from("a", {"a": "b", "b": "c", "c": "d"}, 2)
    {'a': 0, 'b': 1, 'c': 2}
    """
    steps = dict.fromkeys(starts, 0)
    edge = list(steps)
    for distance in range(1, limit + 1):
        edge = [w for w in dict.fromkeys(w for u in edge for w in follow.get(u, ())) if w not in steps]
        steps.update(dict.fromkeys(edge, distance))
    return steps
