"""How each member of a collective stands with its criterion: as `belonging` says it, the common part computed once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from network.rules.belonging import counted_from, distance, referents, threshold, whole_root
from network.rules.facts import CHARTE, FLOOD_GUARD, Facts, TrustTerms, VouchFact

__all__ = ["Cloth", "Standing", "cloth_of", "standings"]

Arrow = tuple[str, str]


@dataclass(frozen=True)
class Cloth:
    """A collective's web at an instant: its members, those already so a day before, the public `charte` attestations
    that count (of members of any collective), and its référents with the figure Y that makes them so."""

    collective: str
    members: frozenset[str]
    settled: frozenset[str]
    arrows: tuple[Arrow, ...]
    referents: frozenset[str]
    y: int

    def within(self, people: Iterable[str]) -> tuple[Arrow, ...]:
        """The arrows between `people`."""
        known = set(people)
        return tuple((u, w) for u, w in self.arrows if u in known and w in known)


@dataclass(frozen=True)
class Standing:
    """One person: how many attest them (those who count, those who wait), how many they attest in the collective,
    and whether the criterion holds. Falling below it expels nobody."""

    uri: str
    q: int
    attesters: int
    waiting: int
    given: int
    referent: bool
    passes: bool


def cloth_of(facts: Facts, collective: str, at: datetime, terms: TrustTerms) -> Cloth:
    """Return the web of `collective` at `at`. O(m log m)."""
    members = facts.members_at(at, collective)
    settled = facts.members_at(at - FLOOD_GUARD, collective) & members
    arrows = tuple((fact.issuer, fact.subject) for fact in facts.counting(at, terms) if fact.kind == CHARTE)
    y = whole_root(len(settled), terms.k)
    return Cloth(collective, members, settled, arrows, referents(arrows, members, y), y)


def standings(
    facts: Facts, cloth: Cloth, subjects: Iterable[str], at: datetime, terms: TrustTerms
) -> dict[str, Standing]:
    """Return how each of `subjects` stands; the same as `belonging` one by one. O(n + m) a person at worst."""
    attested = _attested(cloth)
    given = _given(cloth)
    starts = _Starts(facts, cloth.collective, at, terms)
    return {w: _standing(cloth, w, attested[w], given[w], starts, terms) for w in subjects}


def _attested(cloth: Cloth) -> dict[str, list[str]]:
    """By subject, the members who attest them."""
    by: dict[str, list[str]] = defaultdict(list)
    for u, w in cloth.arrows:
        if u in cloth.members:
            by[w].append(u)
    return by


def _given(cloth: Cloth) -> dict[str, int]:
    number: dict[str, int] = defaultdict(int)
    for u, w in cloth.arrows:
        number[u] += w in cloth.members
    return number


class _Starts:
    """From when on the attestations of each issuer count, asked of the rate rule once an issuer."""

    def __init__(self, facts: Facts, collective: str, at: datetime, terms: TrustTerms) -> None:
        self.facts, self.collective, self.at, self.terms = facts, collective, at, terms
        self.given: dict[str, list[VouchFact]] = defaultdict(list)
        for fact in facts.vouches:
            self.given[fact.issuer].append(fact)
        self.known: dict[str, dict[str, datetime | None]] = {}

    def counts(self, issuer: str, subject: str) -> bool:
        if issuer not in self.known:
            own = Facts(frozenset(self.given[issuer]), self.facts.graves, self.facts.members)
            self.known[issuer] = counted_from(own, issuer, self.at, self.terms, self.collective)
        start = self.known[issuer].get(subject)
        return start is not None and start <= self.at


def _standing(cloth: Cloth, w: str, by: list[str], given: int, starts: _Starts, terms: TrustTerms) -> Standing:
    settled = cloth.settled - {w}
    counted = sum(starts.counts(u, w) for u in by)
    q = threshold(len(settled), terms)
    far = distance(cloth.arrows, cloth.members, w, y=whole_root(len(settled), terms.k), k=terms.k, x=terms.x)
    passes = counted >= q and far.passes
    return Standing(w, q, counted, len(by) - counted, given, w in cloth.referents, passes)
