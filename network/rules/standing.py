"""How each member of a collective stands with its criterion: as `belonging` says it, the common part computed once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from network.rules.belonging import counted_from, referents, threshold, whole_root
from network.rules.facts import CHARTE, FLOOD_GUARD, Facts, TrustTerms, VouchFact
from network.rules.webs import steps_from

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
    """Return how each of `subjects` stands; the same as `belonging` one by one. O(m), then as far as k steps lead."""
    table = _Table(facts, cloth, at, terms)
    return {w: table.standing(w) for w in subjects}


class _Table:
    """What all rows have in common, computed once."""

    def __init__(self, facts: Facts, cloth: Cloth, at: datetime, terms: TrustTerms) -> None:
        self.facts, self.cloth, self.at, self.terms = facts, cloth, at, terms
        self.before: dict[str, set[str]] = defaultdict(set)
        self.given: dict[str, int] = defaultdict(int)
        for u, w in cloth.arrows:
            self.before[w].add(u)
            self.given[u] += w in cloth.members
        self.issued: dict[str, list[VouchFact]] = defaultdict(list)
        for fact in facts.vouches:
            self.issued[fact.issuer].append(fact)
        self.starts: dict[str, dict[str, datetime | None]] = {}
        self.speaking: dict[int, frozenset[str]] = {}

    def standing(self, w: str) -> Standing:
        settled = len(self.cloth.settled - {w})
        attesting = self.before.get(w, set()) & self.cloth.members
        counted = sum(self._counts(u, w) for u in attesting)
        q = threshold(settled, self.terms)
        passes = counted >= q and self._is_near(w, whole_root(settled, self.terms.k))
        waiting = len(attesting) - counted
        return Standing(w, q, counted, waiting, self.given.get(w, 0), w in self.cloth.referents, passes)

    def _is_near(self, w: str, y: int) -> bool:
        """The distance rule, as `belonging.distance` has it."""
        if y not in self.speaking:
            self.speaking[y] = referents(self.cloth.arrows, self.cloth.members, y)
        counted = self.speaking[y] - {w}
        reached = steps_from((w,), self.before, self.terms.k)
        return sum(person in reached for person in counted) >= self.terms.x * len(counted)

    def _counts(self, issuer: str, subject: str) -> bool:
        """Whether the attestation counts already; the rate rule is asked once an issuer."""
        if issuer not in self.starts:
            own = Facts(frozenset(self.issued[issuer]), self.facts.graves, self.facts.members)
            self.starts[issuer] = counted_from(own, issuer, self.at, self.terms, self.cloth.collective)
        start = self.starts[issuer].get(subject)
        return start is not None and start <= self.at
