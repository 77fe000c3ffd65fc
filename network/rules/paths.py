"""Layer 2: node-disjoint paths from a viewer to somebody. The paths are the explanation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import networkx as nx

from network.rules.facts import Facts, TrustTerms, View
from network.rules.webs import Web, steps_from, web_of

__all__ = ["KAPPA_MAX", "Acceptance", "acceptance", "disjoint_paths", "label_of"]

KAPPA_MAX = 3  # further paths change no answer


@dataclass(frozen=True)
class Acceptance:
    """κ (0..3), κ paths of uris from the viewer to the subject, and whether the viewer attests the subject.

    `cut` is, for κ = 1 without a direct arrow, the first person from the viewer on that every path passes through.
    """

    kappa: int
    paths: tuple[tuple[str, ...], ...] = ()
    direct: bool = False
    cut: str | None = None


def disjoint_paths(facts: Facts, view: View, subject: str, at: datetime, terms: TrustTerms) -> Acceptance:
    """Return κ and the paths from `view` to `subject` at `at`; see `acceptance`, which takes the graph ready made."""
    return acceptance(web_of(facts, view, at, terms), subject, terms.L)


def acceptance(web: Web, subject: str, limit: int, *, known: Mapping[str, int] | None = None) -> Acceptance:
    """Return the greatest number, up to 3, of internally node-disjoint paths from the viewer to `subject`.

    Only people x with steps(viewer, x) + steps(x, subject) ≤ `limit` are kept, so a path may be longer than that.
    `known` may give the steps from the viewer, computed once for many subjects. A direct arrow is one path. The
    same web gives the same paths: people and arrows go in by uri. O(m) of the part kept. By Menger's theorem no
    set of fakes is reached by more paths than there are people, viewer excepted, with an arrow into the set.
    """
    ahead = steps_from(web.starts, web.succ, limit) if known is None else known
    if subject == web.viewer or subject not in ahead:
        return Acceptance(0)
    graph = _kept(web, subject, limit, ahead)
    paths = tuple(sorted(map(tuple, nx.node_disjoint_paths(graph, web.viewer, subject, cutoff=KAPPA_MAX)), key=_order))
    cut = _first_cut(graph, web.viewer, paths[0]) if len(paths) == 1 and len(paths[0]) > 2 else None
    return Acceptance(len(paths), paths, subject in web.succ.get(web.viewer, ()), cut)


def _order(path: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return len(path), path


def _kept(web: Web, subject: str, limit: int, ahead: Mapping[str, int]) -> "nx.DiGraph[str]":
    back = steps_from((subject,), web.pred, limit)
    kept = {x for x, steps in back.items() if ahead.get(x, limit + 1) + steps <= limit}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(kept | {web.viewer}))
    if web.is_collective:
        graph.add_edges_from((web.viewer, start) for start in web.starts if start in kept)
    graph.add_edges_from((u, w) for u in sorted(kept) for w in web.succ.get(u, ()) if w in kept)
    return graph


def _first_cut(graph: "nx.DiGraph[str]", viewer: str, path: tuple[str, ...]) -> str | None:
    """The first person on the only path whose absence separates viewer and subject; there is one by Menger."""
    subject = path[-1]
    for person in path[1:-1]:
        rest = graph.subgraph(node for node in graph if node != person)
        if not nx.has_path(rest, viewer, subject):
            return person
    return None


def label_of(found: Acceptance, score: float, floor: float, d: int) -> str:
    """Return the label of trust.md: accepted, weak, direct, two_paths, one_path or no_path. κ = 0 is never
    "untrusted". `floor` is θ, already divided by the number of members.

    >>> label_of(Acceptance(2), 0.01, 0.001, 2), label_of(Acceptance(2), 0.0001, 0.001, 2)
    ('accepted', 'weak')
    >>> label_of(Acceptance(2), 0.01, 0.001, 3)
    'two_paths'
    """
    if found.kappa >= d:
        return "accepted" if score >= floor else "weak"
    if found.direct:
        return "direct"
    return ("no_path", "one_path", "two_paths")[found.kappa]
