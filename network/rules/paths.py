"""Layer 2: node-disjoint paths from a viewer to somebody. The paths are the explanation."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime

import networkx as nx

from network.rules.facts import Facts, TrustTerms, View
from network.rules.webs import Web, steps_from, web_of

__all__ = ["KAPPA_MAX", "Acceptance", "acceptance", "disjoint_paths", "label_of", "paths_among"]

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
    The paths shown are those found with the smallest such limit that already gives κ: the shortest explanation.
    `known` may give the steps from the viewer, computed once for many subjects. A direct arrow is one path. The
    same web gives the same paths: people and arrows go in by uri. O(m) of the part kept. By Menger's theorem no
    set of fakes is reached by more paths than there are people, viewer excepted, with an arrow into the set.
    """
    ahead = steps_from(web.starts, web.succ, limit) if known is None else known
    if subject == web.viewer or subject not in ahead:
        return Acceptance(0)
    through = _through(web, subject, limit, ahead)
    paths: tuple[tuple[str, ...], ...] = ()
    for reach in range(ahead[subject], limit + 1):
        kept = {x for x, steps in through.items() if steps <= reach}
        found = paths_among(web, subject, kept)
        paths = found if len(found) > len(paths) else paths
        if len(paths) == KAPPA_MAX:
            break
    direct = subject in web.succ.get(web.viewer, ())
    return Acceptance(len(paths), paths, direct, _cut(web, subject, through.keys(), paths))


def _through(web: Web, subject: str, limit: int, ahead: Mapping[str, int]) -> dict[str, int]:
    """Return everybody on a way of at most `limit` steps to `subject`, with the length of the shortest such way."""
    back = steps_from((subject,), web.pred, limit)
    ways = {x: ahead[x] + steps for x, steps in back.items() if x in ahead}
    return {x: steps for x, steps in ways.items() if steps <= limit}


def paths_among(web: Web, subject: str, kept: Set[str]) -> tuple[tuple[str, ...], ...]:
    """Return the disjoint paths, 3 at most, from the viewer to `subject` through `kept` only; the shortest first."""
    graph = _graph(web, kept)
    if not nx.has_path(graph, web.viewer, subject):
        return ()
    return tuple(sorted(map(tuple, nx.node_disjoint_paths(graph, web.viewer, subject, cutoff=KAPPA_MAX)), key=_order))


def _order(path: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return len(path), path


def _graph(web: Web, kept: Set[str]) -> "nx.DiGraph[str]":
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(kept | {web.viewer}))
    if web.is_collective:
        graph.add_edges_from((web.viewer, start) for start in web.starts if start in kept)
    graph.add_edges_from((u, w) for u in sorted(kept) for w in web.succ.get(u, ()) if w in kept)
    return graph


def _cut(web: Web, subject: str, kept: Set[str], paths: tuple[tuple[str, ...], ...]) -> str | None:
    if len(paths) != 1 or len(paths[0]) == 2:
        return None
    return _first_cut(_graph(web, kept), web.viewer, paths[0])


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
