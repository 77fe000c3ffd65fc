"""The web of trust: paths for a page, ranking for a viewer, one new attestation, belonging, loading; against networkx.

The web is a power law of mean degree 8, ages spread over two years. Each row first checks that both ways give the
same answers. The reference has its graph ready, save in the rows `new-vouch` and `load`. Where a whole collective
would take the reference hours (`belonging`), it does a sample and the figure is multiplied; the note says so.
The default is 10³ and 10⁴, some twenty seconds; SIZE=100000 adds the size of the goals, some minutes.
"""

import gc
import random
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import networkx as nx
import numpy as np
from django.db import connection, transaction

from network.clock import now
from network.models import Collective, Member, Membership, Vouch, WebArrays, WebChange, WebVersion
from network.queries import arrays, engines
from network.queries.facts import all_facts
from network.rules import fast
from network.rules.belonging import referents, whole_root
from network.rules.facts import DEFAULT_TERMS, Facts, View, VouchFact
from network.rules.fast_arrays import Arrays
from network.rules.fast_belonging import met
from network.rules.fast_bytes import dumps, loads
from network.rules.fast_paths import acceptances, kappas, steps_from_viewer
from network.rules.fast_scores import fresh, renewed, scores
from network.rules.fast_webs import Seen, seen_from
from network.rules.fast_webs import referents as fast_referents
from network.rules.paths import acceptance
from network.rules.webs import Web, steps_from, web_of
from tests.bench.rows import Row, alternate

SIZE = 10_000
SEED = 20_261_122
DEGREE, PAGE, SAMPLE, BATCH = 8, 20, 20, 5_000
ALPHA, CAPACITY = float(DEFAULT_TERMS.alpha), float(DEFAULT_TERMS.C)
HOME = "https://bench.example/g/home"


def run(size: int) -> list[Row]:
    """Generate webs of growing size up to `size`, check both ways against each other, and time them."""
    sizes = [step for step in (1_000, 10_000, 100_000) if step < size] + [size]
    return [row for step in sizes for row in _Bench(step).rows()]


class _Bench:
    """One web, in the rows, as objects and as arrays."""

    def __init__(self, size: int) -> None:
        self.size, self.chance, self.at = size, random.Random(SEED), now()
        self.terms = DEFAULT_TERMS
        _empty()
        self.uris = _generate(self.chance, size)
        self.facts = all_facts()
        self.web = web_of(self.facts, View(""), self.at, self.terms)
        self.arrays = arrays.built(self.terms, self.at).web
        self.rounds = 5 if size <= 10_000 else 3
        self.viewer = next(uri for uri in self.chance.sample(self.uris, size) if len(self.web.succ.get(uri, ())) >= 3)
        self.view = View(self.viewer)
        self.mine = replace(self.web, viewer=self.viewer, starts=(self.viewer,))
        own = {w: edge.weight for w, edge in self.web.succ[self.viewer].items()}
        self.seen = seen_from(self.arrays, self.view, self.at, self.terms, own)

    def rows(self) -> list[Row]:
        return [*self._pages(), self._scores(), self._new_vouch(), self._belonging(), *self._loading()]

    def _row(self, name: str, pair: tuple[float, float], goal: float, equal: bool, note: str = "") -> Row:
        return Row("trust", self.size, name, "networkx", *pair, goal, equal, SEED, self.rounds, note=note)

    # --- paths --------------------------------------------------------------------------------------------

    def _pages(self) -> Iterable[Row]:
        """κ of a page, and κ with the paths that the page shows."""
        page = self.chance.sample(self.uris, PAGE)
        numbers = [number for uri in page if (number := self.seen.number(uri)) is not None]
        reach = self.terms.L

        def theirs() -> list[int]:
            return [_kappa(self.mine, uri, reach, ahead) for ahead in [_ahead(self.mine)] for uri in page]

        def shown() -> list[Any]:
            ahead = _ahead(self.mine)
            return [acceptance(self.mine, uri, reach, known=ahead) for uri in page]

        def ours() -> list[int]:
            return [found.kappa for found in kappas(self.seen, numbers, reach, steps_from_viewer(self.seen, reach))]

        def ours_shown() -> list[Any]:
            found = acceptances(self.seen, page, reach)
            return [found[uri] for uri in page]

        counts = ours()
        spread = ", ".join(f"{counts.count(k)}×{k}" for k in sorted(set(counts)))
        yield self._row("kappa-20", self._times(theirs, ours), 50, theirs() == counts, f"κ: {spread}")
        yield self._row("page-20", self._times(shown, ours_shown), 1, shown() == ours_shown(), "with the paths shown")

    def _times(self, theirs: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float]:
        return alternate(theirs, ours, self.rounds)

    # --- ranking ------------------------------------------------------------------------------------------

    def _scores(self) -> Row:
        graph = _twins(self.mine)
        equal = _near(_ranked(graph, self.viewer), dict(scores(self.seen)))
        return self._row("pi", self._times(lambda: _ranked(graph, self.viewer), lambda: fresh(self.seen)), 50, equal)

    def _new_vouch(self) -> Row:
        """Somebody attests somebody new: everything anew, or the row and the difference."""
        before = fresh(self.seen)
        issuer = next(uri for uri in self.chance.sample(self.uris, self.size) if self.web.succ.get(uri))
        subject = next(uri for uri in self.uris if uri != issuer and uri not in self.web.succ.get(issuer, {}))
        fact = VouchFact(
            "new", issuer, subject, "charte", 3, self.at - timedelta(hours=1), self.at + timedelta(days=700)
        )
        own = {w: edge.weight for w, edge in self.web.succ[self.viewer].items()}
        ours_of = Facts.of(
            [fact, *(f for f in self.facts.vouches if f.issuer == issuer)], (),
            [m for m in self.facts.members if m.member == issuer],
        )  # fmt: skip
        after = web_of(Facts.of([fact, *self.facts.vouches], (), self.facts.members), self.view, self.at, self.terms)

        def ours() -> Seen:
            rows = fast.rows_of(ours_of, self.at, fast.instant_of(self.arrays.at), self.terms)
            return seen_from(self.arrays.patched({issuer: rows[issuer]}), self.view, self.at, self.terms, own)

        equal = _near(_ranked(_twins(after), self.viewer), dict(scores(ours())))
        equal &= bool(np.allclose(renewed(ours(), before).values, fresh(ours()).values, rtol=0, atol=1e-9))
        pair = self._times(lambda: _ranked(_twins(after), self.viewer), lambda: renewed(ours(), before))
        return self._row("new-vouch", pair, 200, equal)

    # --- belonging ----------------------------------------------------------------------------------------

    def _belonging(self) -> Row:
        """How many référents everybody is reached by: the part of the criterion that walks the web."""
        edges = [(u, w) for u, row in self.web.succ.items() for w in row]
        y = whole_root(self.size, self.terms.k)
        chosen = referents(edges, frozenset(self.uris), y)
        back = nx.DiGraph((w, u) for u, w in edges)
        back.add_nodes_from(self.uris)
        sample = self.chance.sample(self.uris, SAMPLE)

        def theirs() -> list[int]:
            lengths = nx.single_source_shortest_path_length
            return [len((chosen - {uri}) & set(lengths(back, uri, self.terms.k))) for uri in sample]

        def ours() -> Any:
            return met(self.arrays, fast_referents(self.arrays, y), self.terms.k)

        reached = ours()
        found = [int(reached[self.arrays.names.find(uri)]) for uri in sample]
        pair = self._times(theirs, ours)
        many = self.size / SAMPLE
        note = f"{len(chosen)} référents; networkx did {SAMPLE}, multiplied"
        return self._row("belonging-all", (pair[0] * many, pair[1]), 40, theirs() == found, note)

    # --- loading ------------------------------------------------------------------------------------------

    def _loading(self) -> Iterable[Row]:
        """From the rows to what answers: objects and a graph of networkx, or the arrays kept in a row."""
        WebArrays.objects.create(terms="x", number=1, mark=engines.version_now().mark, body=dumps(self.arrays))

        def theirs() -> Any:
            return _twins(web_of(all_facts(), self.view, self.at, self.terms))

        def ours() -> Arrays:
            return loads(bytes(WebArrays.objects.get(terms="x").body))

        back = ours()
        equal = bool((back.weights == self.arrays.weights).all() and (back.targets == self.arrays.targets).all())
        begin = perf_counter()
        arrays.built(self.terms, self.at)
        built = (perf_counter() - begin) * 1000
        yield self._row(
            "load", self._times(theirs, ours), 500, equal, f"building the arrays from the rows {built:.0f} ms"
        )
        heavy, light = _memory(theirs), _memory(ours)
        note = f"MiB, not ms: {heavy:.1f} and {light:.1f}"
        yield self._row("load-memory", (heavy, light), 20, equal, note)


# --- the reference --------------------------------------------------------------------------------------


def _ahead(web: Web) -> dict[str, int]:
    return steps_from(web.starts, web.succ, DEFAULT_TERMS.L)


def _kappa(web: Web, subject: str, limit: int, ahead: dict[str, int]) -> int:
    """κ by networkx on the people kept, once, as it is defined."""
    if subject == web.viewer or subject not in ahead:
        return 0
    back = steps_from((subject,), web.pred, limit)
    kept = {x for x, steps in back.items() if ahead.get(x, limit + 1) + steps <= limit}
    graph = nx.DiGraph((u, w) for u in kept for w in web.succ.get(u, ()) if w in kept)
    return sum(1 for _ in nx.node_disjoint_paths(graph, web.viewer, subject, cutoff=3))


def _twins(web: Web) -> "nx.DiGraph[Any]":
    """Whoever attests less than C rests on a twin that keeps the remainder: π becomes an ordinary PageRank."""
    graph: nx.DiGraph[Any] = nx.DiGraph()
    for u in {*web.succ, *web.pred}:
        total = 0.0
        for x, edge in web.succ.get(u, {}).items():
            graph.add_edge(u, x, weight=edge.weight)
            total += edge.weight
        if total < CAPACITY:
            graph.add_edge(u, (u,), weight=CAPACITY - total)
            graph.add_edge((u,), (u,), weight=1.0)
    return graph


def _ranked(graph: "nx.DiGraph[Any]", viewer: str) -> dict[str, float]:
    ranks = nx.pagerank(graph, alpha=1 - ALPHA, personalization={viewer: 1.0}, tol=1e-11 / len(graph), max_iter=5000)
    return {u: ranks[u] + ranks.get((u,), 0.0) for u in graph if isinstance(u, str)}


def _near(theirs: dict[str, float], ours: dict[str, float]) -> bool:
    return all(abs(theirs.get(uri, 0.0) - ours.get(uri, 0.0)) <= 1e-9 for uri in {*theirs, *ours})


def _memory(make: Callable[[], object]) -> float:
    """Return the MiB that what `make` returns takes, as Python and numpy account for it."""
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size / 2**20


# --- generated data --------------------------------------------------------------------------------------


def _empty() -> None:
    for model in (WebArrays, WebChange, WebVersion, Vouch, Membership, Member, Collective):
        model.objects.all().delete()
    arrays.forget()


def _generate(chance: random.Random, size: int) -> list[str]:
    """Members, and attestations towards people drawn by a power law; whoever is drawn often also attests often."""
    moment = now()
    long_ago = moment - timedelta(days=900)
    home = Collective.objects.create(uri=HOME, origin="https://bench.example", slug="home", name="Banc")
    members = [Member(id=n + 1, uri=f"https://bench.example/u/m{n:06}", origin="b", name=f"M{n}") for n in range(size)]
    pairs = _power_law(size)
    vouches = []
    for n, (u, w) in enumerate(pairs):
        issued = moment - timedelta(seconds=chance.randrange(62_000_000))
        vouches.append(
            Vouch(
                uri=f"https://bench.example/att/{n}", issuer_id=u + 1, subject_id=w + 1, level=chance.randint(1, 3),
                issued_at=issued, entered_at=issued, expires_at=issued + timedelta(days=740),
            )
        )  # fmt: skip
    belongings = [Membership(collective=home, member=member, since=long_ago) for member in members]
    with transaction.atomic():
        WebVersion.objects.create(id=1, number=1)
        for rows in (members, belongings, vouches):
            type(rows[0]).objects.bulk_create(rows, batch_size=BATCH)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [member.uri for member in members]


def _power_law(size: int) -> list[tuple[int, int]]:
    """Draw arrows; whoever is attested often also attests often. The number of people of degree k falls as k^-2.7."""
    draws = np.random.default_rng(SEED)
    share = np.arange(1, size + 1) ** -0.6
    share /= share.sum()
    order = draws.permutation(size)
    u, w = (order[draws.choice(size, size=3 * DEGREE * size, p=share)] for _ in "uw")
    drawn = dict.fromkeys((a, b) for a, b in zip(u.tolist(), w.tolist(), strict=True) if a != b)
    return sorted(list(drawn)[: DEGREE * size])
