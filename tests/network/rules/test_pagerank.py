"""Layer 3: π against the linear system in exact fractions, against networkx's own PageRank, and its bound."""

import random
from datetime import timedelta
from fractions import Fraction

import networkx as nx
import pytest
from networkx.algorithms.link_analysis.pagerank_alg import _pagerank_python

from network.rules.facts import DEFAULT_TERMS, View
from network.rules.pagerank import scores, trust_scores
from network.rules.webs import Web, web_of
from tests.network.rules.graphs import AT, HOME, arrows, facts_of, random_pairs

TEN_THIRDS = 10 / 3


def _web(pairs, viewer="v", **columns) -> Web:
    return web_of(facts_of(pairs, **columns), View(viewer), AT, DEFAULT_TERMS)


def test_a_chain_halves_and_a_fake_at_its_end_gets_what_the_bound_says():  # CV8
    pi = scores(_web(arrows("v>u u>h")), alpha=0.5, capacity=0)
    assert pi == pytest.approx({"v": 0.5, "u": 0.25, "h": 0.25})
    attacked = scores(_web(arrows("v>u u>h u>s")), alpha=0.5, capacity=0)
    assert attacked["s"] == pytest.approx(1 / 8)
    assert attacked["s"] == pytest.approx((1 - 0.5) / 0.5 * pi["u"] * 0.5)  # B3, met exactly


def test_the_same_chain_when_few_attestations_leave_room():  # CV8
    pi = scores(_web(arrows("v>u u>h")), alpha=0.5, capacity=TEN_THIRDS)
    assert pi == pytest.approx({"v": 0.85, "u": 0.1275, "h": 0.0225})
    attacked = scores(_web(arrows("v>u u>h u>s")), alpha=0.5, capacity=TEN_THIRDS)
    assert attacked["s"] == pytest.approx(0.0225)
    assert attacked["s"] <= 0.03825


def test_alone_one_keeps_everything():
    assert trust_scores(facts_of([]), View("v"), AT, DEFAULT_TERMS) == {"v": 1.0}
    assert trust_scores(facts_of([]), View(HOME, starts=()), AT, DEFAULT_TERMS) == {}


def test_a_network_whose_attestations_grow_old_fades():
    pairs = arrows("v>a v>b a>c b>c")
    fresh = trust_scores(facts_of(pairs), View("v"), AT, DEFAULT_TERMS)
    old = trust_scores(facts_of(pairs, issued=AT - timedelta(days=600)), View("v"), AT, DEFAULT_TERMS)
    assert old["c"] < fresh["c"] / 4
    assert sum(old.values()) == pytest.approx(1, abs=1e-12)


def test_a_collective_begins_evenly_on_its_starts():
    web = web_of(facts_of(arrows("a>c b>c")), View(HOME, starts=("a", "b")), AT, DEFAULT_TERMS)
    pi = scores(web, alpha=0.5, capacity=0)
    assert pi == pytest.approx({"a": 0.25, "b": 0.25, "c": 0.5})


# --- two other formulations ------------------------------------------------------------------------------


def _exact(web: Web, alpha: Fraction, capacity: Fraction) -> dict[str, Fraction]:
    """Solve n = s + (1−α)·Pᵀn in fractions by elimination; stop at x with n(x)·(1 − (1−α)·ΣP(x,·))."""
    people = sorted({*web.starts, *web.succ, *web.pred})
    share = {}
    for u in people:
        weights = {x: Fraction(edge.weight) for x, edge in web.succ.get(u, {}).items()}
        by = max(sum(weights.values()), capacity)
        share |= {(u, x): (1 - alpha) * w / by for x, w in weights.items()}
    rows = [
        [Fraction(x == u) - share.get((u, x), 0) for u in people] + [Fraction(x in web.starts, len(web.starts))]
        for x in people
    ]
    visits = dict(zip(people, _solve(rows), strict=True))
    return {u: visits[u] * (1 - sum(share.get((u, x), 0) for x in people)) for u in people}


def _solve(rows):
    size = len(rows)
    for i in range(size):
        pivot = next(r for r in range(i, size) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(size):
            if r != i and rows[r][i]:
                rows[r] = [a - rows[r][i] * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[-1] for row in rows]


def _with_networkx(web: Web, alpha: float, capacity: float) -> dict[str, float]:
    """The twin construction: whoever attests less than C rests on a twin that keeps the remainder."""
    graph = nx.DiGraph()
    people = sorted({*web.starts, *web.succ, *web.pred})
    for u in people:
        for x, edge in web.succ.get(u, {}).items():
            graph.add_edge(u, x, weight=edge.weight)
        total = sum(edge.weight for edge in web.succ.get(u, {}).values())
        if total < capacity or not total:
            graph.add_edge(u, (u,), weight=capacity - total or 1.0)
            graph.add_edge((u,), (u,), weight=1.0)
    start = dict.fromkeys(web.starts, 1.0)
    ranks = _pagerank_python(graph, alpha=1 - alpha, personalization=start, tol=1e-15, max_iter=5000)
    return {u: ranks[u] + ranks.get((u,), 0.0) for u in people}


def test_against_exact_fractions_on_small_webs():
    chance = random.Random(11)
    for _ in range(60):
        pairs = random_pairs(chance, chance.randint(2, 7), chance.uniform(0.1, 0.8))
        web = _web([*pairs, ("0", "1")], viewer="0", level=chance.choice([1, 2, 3]))
        alpha, capacity = (
            chance.choice([Fraction(3, 20), Fraction(1, 2)]),
            chance.choice([Fraction(0), Fraction(10, 3)]),
        )
        ours = scores(web, alpha=float(alpha), capacity=float(capacity))
        exact = _exact(web, alpha, capacity)
        assert sum(exact.values()) == 1
        assert {u: ours.get(u, 0.0) for u in exact} == pytest.approx({u: float(p) for u, p in exact.items()}, abs=1e-12)


def test_against_networkx_on_larger_webs():
    chance = random.Random(12)
    for _ in range(5):
        web = _web([*random_pairs(chance, 30, 0.12), ("0", "1")], viewer="0", issued=AT - timedelta(days=200))
        ours = scores(web, alpha=0.15, capacity=TEN_THIRDS)
        theirs = _with_networkx(web, 0.15, TEN_THIRDS)
        assert {u: ours.get(u, 0.0) for u in theirs} == pytest.approx(theirs, abs=1e-9)


def test_facts_in_any_order_give_the_same_floats():
    chance = random.Random(13)
    pairs = random_pairs(chance, 12, 0.25)
    seen = {
        tuple(trust_scores(facts_of(chance.sample(pairs, len(pairs))), View("0"), AT, DEFAULT_TERMS).items())
        for _ in range(100)
    }
    assert len(seen) == 1


# --- B3 --------------------------------------------------------------------------------------------------


def test_what_fakes_gain_is_bounded_by_what_was_given_to_those_who_let_them_in():
    chance, alpha = random.Random(14), 0.15
    for _ in range(40):
        honest = [*random_pairs(chance, 10, 0.3), ("0", "1")]
        fooled = [str(n) for n in chance.sample(range(10), 2)]
        fakes = [f"fake{n}" for n in range(6)]
        clique = [(a, b) for a in fakes for b in fakes if a != b]
        entries = sorted({(k, chance.choice(fakes)) for k in fooled for _ in range(3)})
        back = [(fake, str(chance.randrange(10))) for fake in fakes]
        before = scores(_web(honest, viewer="0"), alpha=alpha, capacity=TEN_THIRDS)
        web = _web([*honest, *clique, *entries, *back], viewer="0")
        after = scores(web, alpha=alpha, capacity=TEN_THIRDS)
        bound = 0.0
        for k in fooled:
            total = max(sum(edge.weight for edge in web.succ[k].values()), TEN_THIRDS)
            into = sum(edge.weight for x, edge in web.succ[k].items() if x in fakes)
            bound += before.get(k, 0.0) * into / total
        assert sum(after.get(fake, 0.0) for fake in fakes) <= (1 - alpha) / alpha * bound + 1e-12
