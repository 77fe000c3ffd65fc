"""Layer 3: whom first? The probability that a walker who follows attestations from the viewer stops at somebody."""

from collections import defaultdict
from datetime import datetime

from network.rules.facts import Facts, TrustTerms, View
from network.rules.webs import Web, web_of

__all__ = ["scores", "trust_scores"]

REST = 1e-13  # walkers still on the way when the count ends, out of 1


def trust_scores(facts: Facts, view: View, at: datetime, terms: TrustTerms) -> dict[str, float]:
    """Return π for everybody that `view` reaches at `at`; see `scores`, which takes the graph ready made."""
    return scores(web_of(facts, view, at, terms), alpha=float(terms.alpha), capacity=float(terms.C))


def scores(web: Web, *, alpha: float, capacity: float) -> dict[str, float]:
    """Return π(x), the probability of stopping at x, for a walker who begins evenly on `web.starts`.

    With w the weights and W_u their sum out of u, P(u,x) = w(u,x) / max(W_u, C). At u the walker stops with
    probability α, goes to x with probability (1−α)·P(u,x), and stops at u with what remains. Σπ = 1 within 1e-13.
    Rounds until the rest is negligible: O((m/α)·log(1/ε)). Sums run in uri order: the same facts, the same floats.

    Source: personalised PageRank (Page, Brin, Motwani, Winograd 1999), with stopping instead of normalising, so
    that a network whose attestations all grow old fades.
    """
    moves = {u: _moves(web, u, alpha, capacity) for u in sorted({*web.succ, *web.starts})}
    stopped: dict[str, float] = defaultdict(float)
    walking = {start: 1 / len(web.starts) for start in web.starts}
    while sum(walking.values()) > REST:
        ahead: dict[str, float] = defaultdict(float)
        for u, mass in walking.items():
            stays, goes = moves.get(u, (1.0, ()))
            stopped[u] += mass * stays
            for x, share in goes:
                ahead[x] += mass * share
        walking = ahead
    return dict(stopped)


def _moves(web: Web, u: str, alpha: float, capacity: float) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Return the probability of stopping at u, and of going on to each of its successors."""
    arrows = web.succ.get(u, {})
    total = sum(edge.weight for edge in arrows.values())
    if not total:
        return 1.0, ()
    by = max(total, capacity)
    return 1 - (1 - alpha) * total / by, tuple((x, (1 - alpha) * edge.weight / by) for x, edge in arrows.items())
