"""One's own web of trust, to tend: what one has attested, who attests, what ends soon, when one more is possible."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from network import clock
from network.models import Collective, Member, Skill, Tombstone, Vouch
from network.queries.collectives import collective_of, home_collective
from network.queries.facts import facts_about, facts_of
from network.queries.hiding import is_hidden
from network.queries.naming import Naming
from network.queries.skills import skill_label
from network.queries.trust import Viewpoint, trust_lines
from network.queries.webs import terms_of
from network.rules.facts import CHARTE, TrustTerms, VouchFact, grave_of, sha256_hex
from network.rules.kinds import competence_in, skill_of
from network.rules.pace import Pace, pace_of, waits_of

__all__ = [
    "SOON", "MyWeb", "Tended", "Withdrawn", "competences", "kind_of_skill", "my_vouch", "my_web", "own_vouch",
    "pace_for",
]  # fmt: skip

SOON = timedelta(days=60)


@dataclass(frozen=True)
class Tended:
    """One attestation, given or received. `person`: whom it is for, or from; `skill`: its label, for a competence.

    `waits`: it does not count for belonging yet; `counts_at` says from when on it will, None that it cannot be said.
    """

    vouch_id: int
    person: Member
    kind: str
    skill: str
    level: int
    statement: str
    known_since: str
    issued_at: datetime
    ends_at: datetime
    renewed: bool
    public: bool
    soon: bool
    waits: bool = False
    counts_at: datetime | None = None


@dataclass(frozen=True)
class Withdrawn:
    """An attestation taken back, with what its issuer noted: for nobody else."""

    person: Member
    kind: str
    skill: str
    reason: str


@dataclass(frozen=True)
class MyWeb:
    """Everything that one tends. `given` and `received`: living ones, the first to end first; `ended`: those given
    whose time is over; `pace`: None for somebody who is no active member of a collective of this node."""

    collective: Collective | None
    terms: TrustTerms
    given: tuple[Tended, ...]
    ended: tuple[Tended, ...]
    withdrawn: tuple[Withdrawn, ...]
    received: tuple[Tended, ...]
    pace: Pace | None

    @property
    def soon(self) -> tuple[Tended, ...]:
        """What one can renew because it ends within SOON."""
        return tuple(each for each in self.given if each.soon)


@dataclass(frozen=True)
class _Reading:
    """What drawing a row needs to know."""

    at: datetime
    terms: TrustTerms
    skills: dict[str, str]
    waits: dict[str, datetime | None] = field(default_factory=dict)

    def tended(self, row: Vouch, person: Member) -> Tended:
        ends = ends_at(row, self.terms)
        waits = row.kind == CHARTE and row.subject.uri in self.waits
        return Tended(
            row.pk, person, row.kind, self.label(row.kind), row.level, row.statement, row.known_since, row.issued_at,
            ends, row.renewed, row.public, self.at < ends <= self.at + SOON, waits,
            self.waits.get(row.subject.uri) if waits else None,
        )  # fmt: skip

    def label(self, kind: str) -> str:
        slug = skill_of(kind)
        return self.skills.get(slug, slug)


def ends_at(row: Vouch, terms: TrustTerms) -> datetime:
    """The effective end of an attestation: `VouchFact.ends`, for a row."""
    return min(row.expires_at, row.issued_at + terms.validity)


def my_web(member: Member) -> MyWeb:
    """Return the web of `member` as they tend it. Private ones are read for their issuer alone: of those received,
    the public ones only. A constant number of SQL queries; of the web, what they and their attesters have issued."""
    collective, at = collective_of(member), clock.now()
    terms, home = terms_of(collective), collective.uri if collective else ""
    alive, buried = _given(member)
    received = _received(member, at, terms)
    facts = facts_of({member.uri, *(row.issuer.uri for row in received)}, seen_by=member.uri)
    waited = {row.pk: waits_of(facts, row.issuer.uri, at, terms, collective=home) for row in received}
    skills = _labels(row.kind for row in (*alive, *buried, *received))
    reading = _Reading(at, terms, skills, waits_of(facts, member.uri, at, terms, collective=home))
    given = sorted((reading.tended(row, row.subject) for row in alive), key=_first_to_end)
    naming = Naming(member)
    taken = (_from(row, _Reading(at, terms, skills, waited[row.pk]), naming) for row in received)
    return MyWeb(
        collective,
        terms,
        tuple(each for each in given if each.ends_at > at),
        tuple(each for each in given if each.ends_at <= at),
        tuple(Withdrawn(row.subject, row.kind, reading.label(row.kind), row.reason) for row in buried),
        tuple(sorted(taken, key=_first_to_end)),
        pace_of(facts, member.uri, at, terms, collective=home),
    )


def _from(row: Any, reading: _Reading, naming: Naming) -> Tended:
    """An attestation received; `reading.waits` are those of its issuer."""
    told = reading.tended(row, naming.of(row.issuer, hidden=row.concealed))
    return told if told.person.pk else replace(told, statement="", known_since="")


def _first_to_end(each: Tended) -> tuple[datetime, str, int]:
    return each.ends_at, each.person.name, each.vouch_id


def _given(member: Member) -> tuple[list[Vouch], list[Vouch]]:
    """What `member` attested of people who have not left: the living one of each subject and kind, and those buried
    for whom and for which nothing lives."""
    rows = Vouch.objects.filter(issuer=member, subject__gone_at=None).select_related("subject")
    found = list(rows.order_by("-issued_at", "-uri"))
    graves = {row.pk: grave_of(row.uri, member.uri).uri_digest for row in found}
    stones = Tombstone.objects.filter(uri_digest__in=graves.values(), issuer_digest=sha256_hex(member.uri))
    buried = set(stones.values_list("uri_digest", flat=True))
    alive: dict[tuple[int, str], Vouch] = {}
    gone: dict[tuple[int, str], Vouch] = {}
    for row in found:
        (gone if graves[row.pk] in buried else alive).setdefault((row.subject_id, row.kind), row)
    return list(alive.values()), [row for key, row in gone.items() if key not in alive]


def _received(member: Member, at: datetime, terms: TrustTerms) -> list[Vouch]:
    """The public attestations of `member` that count today."""
    ids = {(fact.id, fact.issuer) for fact in facts_about(member.uri).counting(at, terms)}
    rows = Vouch.objects.filter(subject=member, public=True, uri__in=sorted(uri for uri, _ in ids))
    found = rows.select_related("issuer", "subject").annotate(concealed=is_hidden("issuer__uri"))
    return [row for row in found if (row.uri, row.issuer.uri) in ids]


def _labels(kinds: Iterable[str]) -> dict[str, str]:
    """Labels of the skills that these kinds speak of, in the reader's language."""
    slugs = {slug for kind in kinds if (slug := skill_of(kind))}
    return {skill.slug: skill_label(skill) for skill in Skill.objects.filter(slug__in=slugs)} if slugs else {}


# --- one attestation -------------------------------------------------------------------------------------


def own_vouch(issuer: Member, subject: Member, kind: str = CHARTE, *, public: bool | None = None) -> Vouch | None:
    """The living attestation of `issuer` for `subject`, of this kind; None if there is none, or it is withdrawn."""
    alive, _ = _given(issuer)
    matching = (row for row in alive if row.subject_id == subject.pk and row.kind == kind)
    return next((row for row in matching if public is None or row.public == public), None)


def my_vouch(issuer: Member, vouch_id: int) -> Vouch | None:
    """The living attestation `vouch_id` of `issuer`; None for anybody else's, as if there were none."""
    alive, _ = _given(issuer)
    return next((row for row in alive if row.pk == vouch_id), None)


def pace_for(member: Member, subject: Member) -> Pace | None:
    """When an attestation of the charter that `member` gives `subject` now would count for their collective."""
    collective, at = collective_of(member), clock.now()
    home = collective.uri if collective else ""
    own = facts_of([member.uri], seen_by=member.uri)
    return pace_of(own, member.uri, at, terms_of(collective), collective=home, subject=subject.uri)


def kind_of_skill(slug: str) -> str:
    """The kind of an attestation of competence that is given here."""
    return competence_in(slug, origin=settings.ORIGIN)


# --- competences -----------------------------------------------------------------------------------------


def competences(viewpoint: Viewpoint, subject: Member) -> dict[str, int]:
    """Return, by slug of a skill, how many people whom `viewpoint` accepts attest that `subject` has it. The viewer's
    own word counts, private or not; a private one of others never."""
    seen_by = viewpoint.member.uri if viewpoint.member else ""
    terms = terms_of(viewpoint.collective or home_collective())
    facts = facts_about(subject.uri, seen_by=seen_by).counting(clock.now(), terms, seen_by=seen_by)
    said = [fact for fact in facts if skill_of(fact.kind)]
    if not said:
        return {}
    accepted = _accepted(viewpoint, {fact.issuer for fact in said})
    return _counted(said, accepted)


def _accepted(viewpoint: Viewpoint, uris: set[str]) -> set[str]:
    people = list(Member.objects.filter(uri__in=uris))
    lines = trust_lines(viewpoint, people)
    return {person.uri for person in people if lines[person.pk].accepted or lines[person.pk].direct}


def _counted(said: Iterable[VouchFact], accepted: set[str]) -> dict[str, int]:
    by: dict[str, set[str]] = {}
    for fact in said:
        if fact.issuer in accepted:
            by.setdefault(skill_of(fact.kind), set()).add(fact.issuer)
    return {slug: len(issuers) for slug, issuers in sorted(by.items())}
