"""A collective's web of trust as its page shows it: who stands how, who holds it together, who lacks paths."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING

from network import clock
from network.errors import NotFound
from network.models import Collective, Member, Membership, MembershipState
from network.queries import engines
from network.queries.collectives import local_collective
from network.queries.hiding import is_hidden
from network.queries.naming import Naming
from network.queries.trust import TrustLine, Viewpoint, trust_lines
from network.queries.webs import Bounded, scene_of, standpoint, terms_of
from network.queries.whatif import what_ifs
from network.rules.belonging import threshold
from network.rules.facts import TrustTerms
from network.rules.standing import Arrow, Cloth, Standing

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
    received: Mapping[str, int]  # attestations, by whom of the page they are for


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
        self.scene = scene_of(self.viewpoint.view, collective, self.at)
        present = Membership.objects.filter(collective=collective, member__gone_at=None)
        states = (MembershipState.ACTIVE, MembershipState.PROBATION, MembershipState.CANDIDATE)
        rows = present.filter(state__in=states).select_related("member").annotate(concealed=is_hidden("member__uri"))
        self.entries = list(rows.order_by("member__name", "pk"))
        self.people = {entry.member.uri: entry.member for entry in self.entries}
        naming = Naming(None)  # the page is the same to everybody
        self.named = {e.member.uri: naming.of(e.member, hidden=e.concealed) for e in self.entries}
        self.active = [entry for entry in self.entries if entry.state == MembershipState.ACTIVE]
        version = engines.version_now()
        under = (version.mark, engines.is_fast(version), collective.uri, self.terms, self.at.date())
        kept = _kept.get((*under, frozenset(self.people)), self._keep)
        self.cloth, self.holders, self.inside, self.mutual = kept.cloth, kept.holders, kept.inside, kept.mutual
        self.received = kept.received

    def _keep(self) -> _Kept:
        cloth = self.scene.cloth(self.collective.uri, self.people)
        roots = cloth.referents if self.viewpoint.basis == "referents" else ()
        inside = cloth.within(cloth.members)
        known = set(inside)
        mutual = sum((w, u) in known for u, w in inside) // 2
        held = _holding().holders(cloth.arrows, self.people, roots)
        return _Kept(cloth, held, inside, mutual, self.scene.received(self.people))

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
            rows=tuple(Row(self.named[row.member.uri], row.since, stand[row.member.uri]) for row in rows),
            page=page,
            pages=pages,
        )

    def _q(self) -> int:
        """The threshold for somebody who joins now."""
        return threshold(len(self.cloth.settled), self.terms)

    def _standings(self, people: Iterable[Member]) -> Mapping[str, Standing]:
        return self.scene.standings(self.cloth, {person.uri for person in people})

    # --- who lacks paths

    def _lacking(self) -> list[tuple[Member, TrustLine]]:
        """People whom fewer than d paths reach from the collective, the fewest paths first."""
        received = self.received
        least = sorted(self.people.values(), key=lambda member: (received.get(member.uri, 0), member.uri))[:ASKED]
        lines = trust_lines(self.viewpoint, least)
        found = [(member, line) for member in least if (line := lines[member.pk]).kappa < self.terms.d]
        return sorted(found, key=lambda pair: (pair[1].kappa, pair[0].name, pair[0].uri))

    def _newcomers(self, shown: list[tuple[Member, TrustLine]], stand: Mapping[str, Standing]) -> tuple[Newcomer, ...]:
        helped = what_ifs(self.viewpoint, shown)
        return tuple(
            Newcomer(
                self.named[member.uri],
                member.uri not in self.cloth.members,
                line.kappa,
                stand[member.uri],
                helped[member.pk].openers,
            )
            for member, line in shown
        )

    # --- who holds, and the picture

    def _held(self) -> tuple[HeldBy, ...]:
        named = (holder for holder in self.holders if holder.person in self.people)
        return tuple(
            HeldBy(self.named[holder.person], holder.count, tuple(self.named[uri] for uri in holder.others))
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
        people = tuple((member.uri, self.named[member.uri].name) for member in shown)
        arrows = tuple((u, w) for u, w in inside if u in uris and w in uris)
        return Drawn(people, arrows, self.cloth.referents & uris, holding, whole, beyond)
