"""The three layers on arrays, under the names of the readable version, which is the definition.

`tests/network/rules/test_fast.py` holds the two equal: belonging, κ and the paths shown the same, π within 1e-9.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from network.rules.belonging import Standing
from network.rules.facts import CHARTE, Facts, MemberFact, TrustTerms, View, VouchFact
from network.rules.fast_arrays import FOREVER, Arrays, Names, Spells, arrays_of, instant_of, micros
from network.rules.fast_belonging import belongings
from network.rules.fast_paths import acceptances
from network.rules.fast_scores import scores
from network.rules.fast_webs import Seen, seen_from
from network.rules.paths import Acceptance
from network.rules.webs import web_of

__all__ = [
    "belonging_of_everybody", "disjoint_paths", "due_of", "from_facts", "instant_of", "micros",
    "own_row", "rows_of", "see", "spells_of", "trust_scores",
]  # fmt: skip


def from_facts(facts: Facts, at: datetime, terms: TrustTerms, *, lineage: str = "") -> Arrays:
    """Build the arrays of all that counts publicly at `at`."""
    rows = rows_of(facts, at, at, terms)
    told = spells_of(facts.members)
    names = Names.of({*rows, *(w for row in rows.values() for w in row), *(who for _, who, _, _ in told)})
    find = {uri: number for number, uri in enumerate(names)}
    arrows = [(find[u], find[w], weight) for u, row in rows.items() for w, weight in row.items()]
    u, w = (np.array([arrow[place] for arrow in arrows], dtype=np.int64) for place in (0, 1))
    weights = np.array([weight for _, _, weight in arrows], dtype=np.float64)
    groups = sorted({group for group, *_ in told})
    spells = Spells.of(groups, ((groups.index(g), find[who], since, until) for g, who, since, until in told))
    return arrays_of(names, u, w, weights, spells, micros(at), lineage=lineage)


def rows_of(facts: Facts, at: datetime, as_of: datetime, terms: TrustTerms) -> dict[str, dict[str, float]]:
    """Return the public rows that count at `at`, by uri, with their weights as of another instant."""
    rows: dict[str, dict[str, float]] = {}
    for fact in facts.counting(at, terms):
        if fact.kind == CHARTE and fact.public:
            rows.setdefault(fact.issuer, {})[fact.subject] = _weight(fact, as_of, terms)
    return rows


def _weight(fact: VouchFact, as_of: datetime, terms: TrustTerms) -> float:
    """The weight as it would be at an instant outside its time too: all of them halve together."""
    return float(fact.level / 3 * 2.0 ** -((as_of - fact.issued) / terms.half_life))


def spells_of(members: Iterable[MemberFact]) -> list[tuple[str, str, int, int]]:
    """Return memberships as `Arrays.with_spells` takes them."""
    return sorted(
        (fact.collective, fact.member, micros(fact.since), FOREVER if fact.until is None else micros(fact.until))
        for fact in members
    )


def due_of(facts: Facts, after: datetime, horizon: int, terms: TrustTerms) -> list[tuple[int, str]]:
    """Return when, after an instant and up to `horizon` (µs), the row of whom changes by itself."""
    changes = [(when, fact.issuer) for fact in facts.surviving for when in (fact.issued, fact.ends(terms))]
    changes += [(when, fact.member) for fact in facts.members for when in (fact.since, fact.until) if when is not None]
    return sorted({(micros(when), who) for when, who in changes if after < when and micros(when) <= horizon})


def own_row(facts: Facts, view: View, at: datetime, terms: TrustTerms) -> dict[str, float]:
    """Return the viewer's own row at `at`, from facts that may be theirs alone: private ones and anchors included."""
    return {w: edge.weight for w, edge in web_of(facts, view, at, terms).succ.get(view.viewer, {}).items()}


def see(facts: Facts, view: View, at: datetime, terms: TrustTerms) -> Seen:
    """Return what `view` sees at `at`, built from facts."""
    own = own_row(facts, view, at, terms) if view.starts is None else None
    return seen_from(from_facts(facts, at, terms), view, at, terms, own)


def disjoint_paths(facts: Facts, view: View, subject: str, at: datetime, terms: TrustTerms) -> Acceptance:
    """Return κ and the paths from `view` to `subject` at `at`; `paths.disjoint_paths` is the definition."""
    return acceptances(see(facts, view, at, terms), [subject], terms.L)[subject]


def trust_scores(facts: Facts, view: View, at: datetime, terms: TrustTerms) -> Mapping[str, float]:
    """Return π for everybody that `view` reaches at `at`; `pagerank.trust_scores` is the definition."""
    return scores(see(facts, view, at, terms))


def belonging_of_everybody(facts: Facts, at: datetime, terms: TrustTerms, *, collective: str) -> Mapping[str, Standing]:
    """Evaluate the criterion for everybody at `at`; `belonging.belonging` is the definition, one person at a time."""
    return belongings(facts, from_facts(facts, at, terms), at, terms, collective=collective)
