"""A collective's web of trust as its page shows it: who stands how, who holds it together, who lacks paths."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING

from network import clock
from network.errors import NotFound
from network.models import Collective, Member, Membership, MembershipState
from network.queries.collectives import local_collective
from network.queries.trust import TrustLine, Viewpoint, trust_lines
from network.queries.webs import Bounded, load, standpoint, terms_of
from network.queries.whatif import what_ifs
from network.rules.belonging import threshold
from network.rules.facts import TrustTerms
from network.rules.standing import Arrow, Cloth, Standing, cloth_of, standings

if TYPE_CHECKING:
    from network.rules.holding import Holder

__all__ = ["DRAWN", "CollectiveWeb", "HeldBy", "Newcomer", "Row", "collective_viewpoint", "collective_web"]

PAGE = 20  # members a page of the table
DRAWN = 60  # people in the picture
ASKED = 200  # people whose paths are counted to find newcomers: the least attested
SHOWN = 8  # newcomers and holders shown


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    member: Member
    since: datetime
    standing: Standing


@dataclass(frozen=True)
class HeldBy:
    """Without `member`, `count` others would be cut off; `others` are the first of them."""

    member: Member
    count: int
    others: tuple[Member, ...]


@dataclass(frozen=True)
class Newcomer:
    """Somebody whom fewer than d paths reach. `openers` could open one more, by attesting."""

    member: Member
    candidate: bool
    kappa: int
    standing: Standing
    openers: tuple[Member, ...]


@dataclass(frozen=True)
class Drawn:
    """What the picture shows: people by uri with their names, and the attestations between them. `whole`: everybody;
    else the référents only, or where a collective looks through all its members, those with most ties. `beyond`: of
    each, attestations given to members who are not in it."""

    people: tuple[tuple[str, str], ...]
    arrows: tuple[Arrow, ...]
    referents: frozenset[str]
    holders: frozenset[str]
    whole: bool
    beyond: dict[str, int]


@dataclass(frozen=True)
class CollectiveWeb:
    """Everything the page says. `basis`: "referents", or "members" where fewer than d are; `y`: what makes one."""

    collective: Collective
    terms: TrustTerms
    members: int
    settled: int
    q: int
    y: int
    basis: str
    referents: int
    arrows: int
    mutual: int
    drawn: Drawn
    holders: tuple[HeldBy, ...]
    holding: int
    newcomers: tuple[Newcomer, ...]
    lacking: int
    searched_all: bool
    rows: tuple[Row, ...]
    page: int
    pages: int


@dataclass(frozen=True)
class _Kept:
    """What is worth keeping while the web stays the same."""

    cloth: Cloth
    holders: tuple["Holder", ...]
    inside: tuple[Arrow, ...]  # attestations between members
    mutual: int  # pairs of them


_kept: Bounded[_Kept] = Bounded(16)


def _holding() -> ModuleType:
    """Loaded at the first question, as `queries.trust.engine` is, and for the same reason."""
    from network.rules import holding

    return holding


def collective_viewpoint(collective: Collective) -> Viewpoint:
    """Return the viewpoint of a collective, whoever looks."""
    here = standpoint("", (), collective, clock.now())
    return Viewpoint("collective", None, collective, (), here.basis, 0, here.needed, here.view)


def collective_web(slug: str, *, page: int = 1) -> CollectiveWeb:
    """Return the page of a collective of this node; NotFound("collective_unknown").

    Public attestations alone are read, so that everybody gets the same. A constant number of SQL queries.
    """
    collective = local_collective(slug)
    if collective is None:
        raise NotFound("collective_unknown")
    return _Drawing(collective).web(page)


class _Drawing:
    """One page in the making."""

    def __init__(self, collective: Collective) -> None:
        self.collective, self.at, self.terms = collective, clock.now(), terms_of(collective)
        self.viewpoint = collective_viewpoint(collective)
        self.loaded = load()
        present = Membership.objects.filter(collective=collective, member__gone_at=None)
        states = (MembershipState.ACTIVE, MembershipState.PROBATION, MembershipState.CANDIDATE)
        self.entries = list(present.filter(state__in=states).select_related("member").order_by("member__name", "pk"))
        self.people = {entry.member.uri: entry.member for entry in self.entries}
        self.active = [entry for entry in self.entries if entry.state == MembershipState.ACTIVE]
        kept = _kept.get(
            (self.loaded.mark, collective.uri, self.terms, self.at.date(), frozenset(self.people)), self._keep
        )
        self.cloth, self.holders, self.inside, self.mutual = kept.cloth, kept.holders, kept.inside, kept.mutual

    def _keep(self) -> _Kept:
        cloth = cloth_of(self.loaded.facts, self.collective.uri, self.at, self.terms)
        roots = cloth.referents if self.viewpoint.basis == "referents" else ()
        inside = cloth.within(cloth.members)
        known = set(inside)
        mutual = sum((w, u) in known for u, w in inside) // 2
        return _Kept(cloth, _holding().holders(cloth.arrows, self.people, roots), inside, mutual)

    def web(self, page: int) -> CollectiveWeb:
        pages = max(1, -(-len(self.active) // PAGE))
        page = min(max(page, 1), pages)
        rows = self.active[(page - 1) * PAGE : page * PAGE]
        lacking = self._lacking()
        shown = lacking[:SHOWN]
        stand = self._standings([*(row.member for row in rows), *(member for member, _ in shown)])
        return CollectiveWeb(
            collective=self.collective,
            terms=self.terms,
            members=len(self.active),
            settled=len(self.cloth.settled),
            q=self._q(),
            y=self.cloth.y,
            basis=self.viewpoint.basis,
            referents=len(self.cloth.referents),
            arrows=len(self.inside),
            mutual=self.mutual,
            drawn=self._drawn(self.inside),
            holders=self._held(),
            holding=len(self.holders),
            newcomers=self._newcomers(shown, stand),
            lacking=len(lacking),
            searched_all=len(self.entries) <= ASKED,
            rows=tuple(Row(row.member, row.since, stand[row.member.uri]) for row in rows),
            page=page,
            pages=pages,
        )

    def _q(self) -> int:
        """The threshold for somebody who joins now."""
        return threshold(len(self.cloth.settled), self.terms)

    def _standings(self, people: Iterable[Member]) -> dict[str, Standing]:
        return standings(self.loaded.facts, self.cloth, {p.uri for p in people}, self.at, self.terms)

    # --- who lacks paths

    def _lacking(self) -> list[tuple[Member, TrustLine]]:
        """People whom fewer than d paths reach from the collective, the fewest paths first."""
        received = dict.fromkeys(self.people, 0)
        for _, w in self.cloth.arrows:
            if w in received:
                received[w] += 1
        least = sorted(self.people.values(), key=lambda member: (received[member.uri], member.uri))[:ASKED]
        lines = trust_lines(self.viewpoint, least)
        found = [(member, line) for member in least if (line := lines[member.pk]).kappa < self.terms.d]
        return sorted(found, key=lambda pair: (pair[1].kappa, pair[0].name, pair[0].uri))

    def _newcomers(self, shown: list[tuple[Member, TrustLine]], stand: dict[str, Standing]) -> tuple[Newcomer, ...]:
        helped = what_ifs(self.viewpoint, shown)
        return tuple(
            Newcomer(
                member, member.uri not in self.cloth.members, line.kappa, stand[member.uri], helped[member.pk].openers
            )
            for member, line in shown
        )

    # --- who holds, and the picture

    def _held(self) -> tuple[HeldBy, ...]:
        named = (holder for holder in self.holders if holder.person in self.people)
        return tuple(
            HeldBy(self.people[holder.person], holder.count, tuple(self.people[uri] for uri in holder.others))
            for holder in list(named)[:SHOWN]
        )

    def _drawn(self, inside: tuple[Arrow, ...]) -> Drawn:
        whole = len(self.active) <= DRAWN
        present = [entry.member for entry in self.active]
        some = not whole and self.viewpoint.basis == "referents"
        shown = [member for member in present if not some or member.uri in self.cloth.referents]
        ties = Counter(person for arrow in inside for person in arrow)
        shown = sorted(shown, key=lambda member: (-ties[member.uri], member.uri))[:DRAWN]
        uris = {member.uri for member in shown}
        beyond = dict.fromkeys(uris, 0)
        for u, w in inside:
            if u in uris and w not in uris:
                beyond[u] += 1
        holding = frozenset(holder.person for holder in self.holders) & uris
        people = tuple((member.uri, member.name) for member in shown)
        arrows = tuple((u, w) for u, w in inside if u in uris and w in uris)
        return Drawn(people, arrows, self.cloth.referents & uris, holding, whole, beyond)
