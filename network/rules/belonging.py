"""Layer 1: does a collective vouch for somebody? Threshold, distance and rate, in whole numbers and fractions only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from network.rules.facts import CHARTE, FLOOD_GUARD, Facts, TrustTerms, VouchFact

__all__ = [
    "Belonging", "Distance", "Standing", "attesters_of", "belonging", "counted_from", "distance", "referents",
    "threshold", "whole_root",
]  # fmt: skip

LARGE = 100  # members; above, the threshold is q_large


@dataclass(frozen=True)
class Distance:
    """What the distance rule saw: everybody met walking backwards, the référents among them, and all that count."""

    reached: frozenset[str]
    referents_reached: int
    referents: int
    passes: bool


@dataclass(frozen=True)
class Belonging:
    """The criterion for one person in one collective at one instant. Falling below it expels nobody."""

    q: int
    attesters: tuple[str, ...]  # their attestation counts
    waiting: tuple[str, ...]  # valid, but held back by the rate rule for now
    distance: Distance
    passes: bool

    @property
    def standing(self) -> "Standing":
        far = self.distance
        return Standing(self.q, self.attesters, self.waiting, far.referents_reached, far.referents, self.passes)


@dataclass(frozen=True)
class Standing:
    """The criterion for one person, in figures and names of attesters: what a page says of it."""

    q: int
    attesters: tuple[str, ...]
    waiting: tuple[str, ...]
    referents_reached: int
    referents: int
    passes: bool


def threshold(members: int, terms: TrustTerms) -> int:
    """Return how many members must attest, for `members` members.

    >>> [threshold(n, TrustTerms()) for n in (1, 3, 4, 6, 100, 101)]
    [1, 1, 2, 3, 3, 5]
    """
    return terms.q_large if members > LARGE else min(terms.q, max(1, members // 2))


def whole_root(n: int, k: int) -> int:
    """Return the smallest whole Y ≥ 1 with Y**k ≥ n (never a floating root).

    >>> whole_root(3125, 5), whole_root(3126, 5), whole_root(0, 3)
    (5, 6, 1)
    """
    y = 1
    while y**k < n:
        y += 1
    return y


def referents(edges: Iterable[tuple[str, str]], members: frozenset[str], y: int) -> frozenset[str]:
    """Return the members who received at least `y` attestations and issued at least `y`."""
    received: dict[str, int] = defaultdict(int)
    issued: dict[str, int] = defaultdict(int)
    for u, w in edges:
        issued[u] += 1
        received[w] += 1
    return frozenset(m for m in members if received[m] >= y and issued[m] >= y)


def distance(
    edges: Iterable[tuple[str, str]], members: frozenset[str], subject: str, *, y: int, k: int, x: Fraction
) -> Distance:
    """Walk backwards from `subject` over received attestations, at most `k` steps, and count the référents met.

    Passes if and only if référents met ≥ x · référents, the subject itself never counted. O(n + m).

    >>> distance([("a", "b"), ("b", "a"), ("b", "c")], frozenset("abc"), "c", y=1, k=2, x=Fraction(1)).passes
    True
    """
    edges = tuple(edges)
    before = defaultdict(set)
    for u, w in edges:
        before[w].add(u)
    reached = _within(before, subject, k)
    counted = referents(edges, members, y) - {subject}
    met = len(counted & reached)
    return Distance(reached, met, len(counted), met >= x * len(counted))


def _within(before: Mapping[str, set[str]], subject: str, k: int) -> frozenset[str]:
    seen, edge = {subject}, {subject}
    for _ in range(k):
        edge = {u for w in edge for u in before.get(w, ())} - seen
        seen |= edge
    return frozenset(seen - {subject})


def belonging(facts: Facts, subject: str, at: datetime, terms: TrustTerms, *, collective: str) -> Belonging:
    """Evaluate the criterion of `collective` for `subject` at `at`.

    Threshold: valid `charte` attestations of q(N) distinct members of this collective, each counted from its own
    time on (`counted_from`). Distance: see `distance`. N counts those who were members 24 hours before, the
    subject excluded. O(n + m).
    """
    members = facts.members_at(at, collective)
    settled = (facts.members_at(at - FLOOD_GUARD, collective) & members) - {subject}
    valid = [fact for fact in facts.counting(at, terms) if fact.kind == CHARTE]
    attesters, waiting = attesters_of(facts, valid, subject, at, terms, collective)
    q = threshold(len(settled), terms)
    edges = [(fact.issuer, fact.subject) for fact in valid]
    far = distance(edges, members, subject, y=whole_root(len(settled), terms.k), k=terms.k, x=terms.x)
    return Belonging(q, attesters, waiting, far, len(attesters) >= q and far.passes)


def attesters_of(
    facts: Facts, valid: list[VouchFact], subject: str, at: datetime, terms: TrustTerms, collective: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the members of `collective` who attest `subject` into those who count now and those who wait."""
    members = facts.members_at(at, collective)
    issuers = sorted(fact.issuer for fact in valid if fact.subject == subject and fact.issuer in members)
    counts = {u: counted_from(facts, u, at, terms, collective).get(subject) for u in issuers}
    now = tuple(u for u in issuers if (start := counts[u]) is not None and start <= at)
    return now, tuple(u for u in issuers if u not in now)


def counted_from(
    facts: Facts, issuer: str, at: datetime, terms: TrustTerms, collective: str
) -> dict[str, datetime | None]:
    """Return from when on each subject's first `charte` attestation by `issuer` counts in `collective`.

    One new subject per `rate_days`, none in the first `rate_days` after the issuer's own admission, and at most
    `newcomers` not yet renewed: those beyond wait (None). In order of (date, id), revoked ones included, or
    withdrawing would evade the limit. The date is the entry in the register: the issuer's own could be backdated.
    """
    firsts = _first_dates(facts, issuer)
    alive = {fact.subject: fact for fact in facts.surviving_by_issuer.get(issuer, ()) if fact.kind == CHARTE}
    free = _free_from(facts, issuer, collective, terms.rate_days)
    counted: dict[str, datetime | None] = {}
    pending = 0
    for date, _, subject in firsts:
        fact = alive.get(subject)
        if fact is not None and not fact.renewed and pending >= terms.newcomers:
            counted[subject] = None
            continue
        counted[subject] = start = max(date, free)
        free = start + terms.rate_days
        pending += fact is not None and not fact.renewed and start <= at
    return counted


def _first_dates(facts: Facts, issuer: str) -> list[tuple[datetime, str, str]]:
    """(date, id, subject) of the first public `charte` attestation to each subject, in order of (date, id)."""
    first: dict[str, tuple[datetime, str, str]] = {}
    for fact in facts.versions_by_issuer.get(issuer, ()):
        if fact.kind == CHARTE and fact.public:
            entry = (fact.entered or fact.issued, fact.id, fact.subject)
            first[fact.subject] = min(first.get(fact.subject, entry), entry)
    return sorted(first.values())


def _free_from(facts: Facts, issuer: str, collective: str, wait: timedelta) -> datetime:
    """The end of the issuer's own first span: its last admission plus `wait`."""
    return max(m.since for m in facts.spells_by_member.get(issuer, ()) if m.collective == collective) + wait
