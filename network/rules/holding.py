"""Who holds a web together: those whose departure would cut others off from it."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

__all__ = ["NAMED", "Holder", "holders"]

NAMED = 6  # people named of those whom one person holds
START = ""  # stands before the roots; no uri is empty


@dataclass(frozen=True)
class Holder:
    """Without `person`, `count` others would be cut off; `others` are the first of them, nearest first."""

    person: str
    count: int
    others: tuple[str, ...]


def holders(
    edges: Iterable[tuple[str, str]], people: Collection[str], roots: Collection[str] = ()
) -> tuple[Holder, ...]:
    """Return who holds whom among `people`, the greatest numbers first.

    h holds x if every path of attestations from the roots (the référents) to x passes through h: h dominates x. A
    root stands by itself and is held by nobody. Without roots an attestation counts both ways, and x is held by h if,
    h gone, nothing ties x to the person with most ties any more (for that person: to the largest part that remains).
    Whoever is tied to nobody is held by nobody. Ties are decided by uri. Linear in a dense web; O(n) in the answer.

    >>> arrows = [("a", "b"), ("b", "c"), ("b", "d"), ("a", "e"), ("d", "e")]
    >>> [(h.person, h.count, h.others) for h in holders(arrows, "abcde", "a")]
    [('a', 4, ('b', 'e', 'c', 'd')), ('b', 2, ('c', 'd'))]
    >>> holders([("a", "b"), ("b", "c")], "abc")
    (Holder(person='b', count=1, others=('c',)),)

    Source: Lengauer, Tarjan, "A fast algorithm for finding dominators in a flowgraph" (1979), for the notion; the
    computation is networkx's, after Cooper, Harvey, Kennedy (2001).
    """
    known = set(people)
    inside = sorted({(u, w) for u, w in edges if u != w and u in known and w in known})
    stand = sorted(set(roots) & known)
    if stand:
        found = _dominating(inside, stand)
    else:
        both = sorted({*inside, *((w, u) for u, w in inside)})
        found = _around_the_most_tied(both)
    return tuple(sorted(found, key=lambda holder: (-holder.count, holder.person)))


def _dominating(edges: list[tuple[str, str]], roots: list[str]) -> list[Holder]:
    """Read the holders off the tree of dominators of a graph whose START leads to every root."""
    free = _free(edges, roots)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((START, person) for person in sorted(free))
    graph.add_edges_from((u, w) for u, w in edges if w not in free)
    under: dict[str, list[str]] = defaultdict(list)
    for person, above in sorted(nx.immediate_dominators(graph, START).items()):
        if person != START and above is not None:
            under[above].append(person)
    sizes = _sizes(under)
    return [Holder(person, sizes[person], _first(under, person)) for person in under if person != START]


def _free(edges: list[tuple[str, str]], roots: list[str]) -> set[str]:
    """The roots, and whoever is attested by two people who are free: nobody can hold them, so that the arrows into
    them need not be looked at. In a dense web hardly anybody is left. Linear."""
    after: dict[str, list[str]] = defaultdict(list)
    for u, w in edges:
        after[u].append(w)
    free, waiting, ways = set(roots), deque(roots), dict.fromkeys(roots, 2)
    while waiting:
        for w in after[waiting.popleft()]:
            ways[w] = ways.get(w, 0) + 1
            if ways[w] == 2:
                free.add(w)
                waiting.append(w)
    return free


def _sizes(under: Mapping[str, list[str]]) -> dict[str, int]:
    """How many stand below each in the tree."""
    order = [START]
    for person in order:  # grows while it is read: parents before children
        order += under.get(person, [])
    sizes: dict[str, int] = {}
    for person in reversed(order):
        sizes[person] = sum(1 + sizes[below] for below in under.get(person, []))
    return sizes


def _first(under: Mapping[str, list[str]], person: str) -> tuple[str, ...]:
    found: list[str] = []
    waiting = deque(under.get(person, []))
    while waiting and len(found) < NAMED:
        found.append(waiting.popleft())
        waiting += under.get(found[-1], [])
    return tuple(found)


def _around_the_most_tied(both: list[tuple[str, str]]) -> list[Holder]:
    if not both or not _is_loose(both):
        return []
    ties: dict[str, int] = defaultdict(int)
    for u, _ in both:
        ties[u] += 1
    middle = min(ties, key=lambda person: (-ties[person], person))
    found = [holder for holder in _dominating(both, [middle]) if holder.person != middle]
    apart = _without(both, middle)
    return [*found, Holder(middle, len(apart), tuple(apart[:NAMED]))] if apart else found


def _is_loose(both: list[tuple[str, str]]) -> bool:
    """Whether taking any one person away would part others: whether the graph has an articulation point."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from(both)
    return next(nx.articulation_points(graph), None) is not None


def _without(both: list[tuple[str, str]], middle: str) -> list[str]:
    """Those around `middle` who are outside the largest part that remains without it."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from(both)
    part = set(nx.node_connected_component(graph, middle)) - {middle}
    parts = sorted(map(sorted, nx.connected_components(graph.subgraph(part))), key=lambda each: (-len(each), each))
    return sorted(person for each in parts[1:] for person in each)
