"""The facts of the web of trust, what counts among them at an instant, and the digest of the public ones.

The answer depends on the set of facts and on the instant only: never on the order in which facts arrived.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeVar

import rfc8785

__all__ = [
    "CHARTE", "DEFAULT_TERMS", "Facts", "Grave", "MemberFact", "TrustTerms", "VouchFact", "View",
    "digest", "grave_of", "instant_text", "sha256_hex", "weight",
]  # fmt: skip

T = TypeVar("T")
CHARTE = "charte"
YEAR = timedelta(seconds=31_557_600)
DAY = timedelta(days=1)
FLOOD_GUARD = timedelta(hours=24)  # whoever was a member for less does not move the thresholds


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, as 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def instant_text(instant: datetime) -> str:
    """Write an aware instant in UTC with six decimals and `Z`.

    >>> instant_text(datetime(2026, 1, 1, tzinfo=UTC))
    '2026-01-01T00:00:00.000000Z'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- figures ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrustTerms:
    """The figures of `trust.*` that a collective adopts with its charter; exact, spans as timedelta.

    Written as text: whole numbers or fractions ("4/5"); validity, half_life and renewal in years, the other
    spans in days. `version` names the charter that they come from.
    """

    q: int = 3
    q_large: int = 5  # above 100 members
    k: int = 3
    x: Fraction = Fraction(4, 5)
    rate_days: timedelta = 30 * DAY
    newcomers: int = 12
    validity: timedelta = 2 * YEAR
    half_life: timedelta = YEAR
    renewal: timedelta = YEAR
    grace_days: timedelta = 60 * DAY
    d: int = 2
    d_sensitive: int = 3
    L: int = 4
    alpha: Fraction = Fraction(3, 20)
    C: Fraction = Fraction(10, 3)
    theta: Fraction = Fraction(1, 20)
    version: str = field(default="", compare=False)

    @classmethod
    def from_text(cls, text: Mapping[str, str], *, version: str = "") -> "TrustTerms":
        """Read the `trust.*` entries of `text`; what is missing keeps its default, other entries are left alone.

        Raises ValueError with the entry's name when one is unknown, not a number or out of bounds.

        >>> TrustTerms.from_text({"trust.x": "2/3", "trust.validity": "2", "consent.rounds": "3"}).x
        Fraction(2, 3)
        """
        figures = {name.removeprefix("trust."): value for name, value in text.items() if name.startswith("trust.")}
        read: dict[str, Any] = {name: _read(name, value) for name, value in figures.items()}
        return cls(**read, version=version)

    def to_text(self) -> dict[str, str]:
        """Write every figure as `from_text` reads it.

        >>> TrustTerms.from_text(TrustTerms().to_text()) == TrustTerms()
        True
        """
        names = [f.name for f in fields(self) if f.name != "version"]
        return {f"trust.{name}": str(_figure(name, getattr(self, name))) for name in names}


_YEARS = {"validity", "half_life", "renewal"}
_DAYS = {"rate_days", "grace_days"}
_WHOLE = {"q", "q_large", "k", "newcomers", "d", "d_sensitive", "L"}
_BOUNDS: dict[str, tuple[Fraction | int, Fraction | int]] = {
    "q": (1, 20), "q_large": (1, 50), "k": (1, 10), "x": (0, 1), "rate_days": (0, 366), "newcomers": (1, 1000),
    "validity": (Fraction(1, 12), 10), "half_life": (Fraction(1, 12), 10), "renewal": (Fraction(1, 12), 10),
    "grace_days": (0, 366), "d": (1, 3), "d_sensitive": (1, 3), "L": (1, 6),
    "alpha": (Fraction(1, 20), Fraction(3, 10)), "C": (0, 100), "theta": (0, 1),
}  # fmt: skip


def _read(name: str, text: str) -> int | Fraction | timedelta:
    if name not in _BOUNDS:
        raise ValueError(f"trust.{name}")
    try:
        figure = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"trust.{name}") from error
    low, high = _BOUNDS[name]
    if not low <= figure <= high or (name in _WHOLE and figure.denominator != 1):
        raise ValueError(f"trust.{name}")
    return _from_figure(name, figure)


def _from_figure(name: str, figure: Fraction) -> int | Fraction | timedelta:
    if name in _YEARS or name in _DAYS:
        unit = YEAR if name in _YEARS else DAY
        return timedelta(seconds=int(figure * int(unit.total_seconds())))
    return int(figure) if name in _WHOLE else figure


def _figure(name: str, value: int | Fraction | timedelta) -> Fraction:
    if isinstance(value, timedelta):
        unit = YEAR if name in _YEARS else DAY
        return Fraction(int(value.total_seconds()), int(unit.total_seconds()))
    return Fraction(value)


DEFAULT_TERMS = TrustTerms()


# --- facts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VouchFact:
    """One version of one attestation: `issuer` vouches for `subject`. Who they are is said by uri.

    `entered` is when this node first knew of it: for the rate rule and for display, never for validity. `revision`
    is above 1 once versions of two dates are known.
    """

    id: str
    issuer: str
    subject: str
    kind: str
    level: int
    issued: datetime
    expires: datetime
    charter: str = ""
    public: bool = True
    entered: datetime | None = field(default=None, compare=False)
    revision: int = field(default=1, compare=False)

    @cached_property
    def line(self) -> bytes:
        """The canonical line (RFC 8785) of this version, instants in UTC."""
        return rfc8785.dumps(
            {
                "charter": self.charter, "expires": instant_text(self.expires), "id": self.id,
                "issued": instant_text(self.issued), "issuer": self.issuer, "kind": self.kind,
                "level": self.level, "subject": self.subject,
            }
        )  # fmt: skip

    @property
    def renewed(self) -> bool:
        """Whether it was given again at a later date. Its dates alone do not tell: they are the issuer's word."""
        return self.revision > 1

    def ends(self, terms: TrustTerms) -> datetime:
        """The effective end: no attestation outlives the longest validity."""
        return end_of(self.issued, self.expires, terms)


def end_of(issued: datetime, expires: datetime, terms: TrustTerms) -> datetime:
    """Return the earlier of the end that was said and the longest validity; right at the end of the calendar too."""
    return expires if expires - issued <= terms.validity else issued + terms.validity


@dataclass(frozen=True)
class Grave:
    """A tombstone: hashes only. It beats every version, earlier or later, of that id by that issuer."""

    uri_digest: str
    issuer_digest: str


def grave_of(uri: str, issuer: str) -> Grave:
    """Return the tombstone of attestation `uri` of `issuer`."""
    return Grave(sha256_hex(uri), sha256_hex(issuer))


@dataclass(frozen=True)
class MemberFact:
    """`member` belongs to `collective` from `since` (included) until `until` (excluded; None: still)."""

    collective: str
    member: str
    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class View:
    """From where one looks. A person (`starts` is None): own attestations and anchors; `viewer` is their uri, or
    any text that is no uri for a visitor. A collective: `starts` are the members that it speaks through."""

    viewer: str
    anchors: frozenset[str] = frozenset()
    starts: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Facts:
    """Everything known: all versions of all attestations, tombstones (two grow-only sets), memberships."""

    vouches: frozenset[VouchFact] = frozenset()
    graves: frozenset[Grave] = frozenset()
    members: frozenset[MemberFact] = frozenset()

    @classmethod
    def of(
        cls, vouches: Iterable[VouchFact] = (), graves: Iterable[Grave] = (), members: Iterable[MemberFact] = ()
    ) -> "Facts":
        """Collect facts given in any order, with any repetition."""
        return cls(frozenset(vouches), frozenset(graves), frozenset(members))

    @cached_property
    def _last(self) -> tuple[Mapping[tuple[str, str], VouchFact], frozenset[Grave]]:
        """The last version, by (issued, canonical line), of each attestation; and the graves of ids that their issuer
        has spent, having attested two things under one."""
        last: dict[tuple[str, str], VouchFact] = {}
        spent = set()
        for fact in self.vouches:
            known = last.get((fact.id, fact.issuer))
            if known is not None and (known.subject, known.kind) != (fact.subject, fact.kind):
                spent.add(grave_of(fact.id, fact.issuer))
            if known is None or _is_later(fact, known):
                last[fact.id, fact.issuer] = fact
        return last, frozenset(spent)

    @cached_property
    def surviving(self) -> tuple[VouchFact, ...]:
        """The last version of each attestation that is neither revoked nor spent, by id."""
        last, buried = self._last[0], {grave.uri_digest for grave in self.buried}
        alive = (fact for fact in last.values() if not (buried and self._is_buried(fact, buried)))
        return tuple(sorted(alive, key=lambda fact: (fact.id, fact.issuer)))

    @cached_property
    def buried(self) -> frozenset[Grave]:
        """The tombstones, and those of spent ids."""
        return self.graves | self._last[1]

    def _is_buried(self, fact: VouchFact, buried: set[str]) -> bool:
        return sha256_hex(fact.id) in buried and grave_of(fact.id, fact.issuer) in self.buried

    @cached_property
    def versions_by_issuer(self) -> Mapping[str, Sequence[VouchFact]]:
        """All versions of everything that each has issued, revoked ones included."""
        return _grouped(self.vouches, attrgetter("issuer"))

    @cached_property
    def surviving_by_issuer(self) -> Mapping[str, Sequence[VouchFact]]:
        return _grouped(self.surviving, attrgetter("issuer"))

    @cached_property
    def spells_by_member(self) -> Mapping[str, Sequence[MemberFact]]:
        return _grouped(self.members, attrgetter("member"))

    def members_at(self, at: datetime, collective: str | None = None) -> frozenset[str]:
        """The members, of `collective` or of any, at `at`."""
        return frozenset(m.member for m in self.members if m.holds(at) and collective in (None, m.collective))

    def counting(self, at: datetime, terms: TrustTerms, *, seen_by: str = "") -> tuple[VouchFact, ...]:
        """The attestations that count at `at` for `seen_by`, one for each (issuer, subject, kind), in that order.

        Private ones count for their issuer only. An issuer of a `charte` or `competence` must be a member then.
        """
        members = self.members_at(at)
        best: dict[tuple[str, str, str], VouchFact] = {}
        for fact in self.surviving:
            if not (fact.public or fact.issuer == seen_by) or not is_valid(fact, at, terms, members):
                continue
            key = (fact.issuer, fact.subject, fact.kind)
            if key not in best or (fact.issued, fact.id) > (best[key].issued, best[key].id):
                best[key] = fact
        return tuple(best[key] for key in sorted(best))


def _grouped(facts: Iterable[T], who: Callable[[T], str]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for fact in facts:
        found[who(fact)].append(fact)
    return found


def _is_later(fact: VouchFact, than: VouchFact) -> bool:
    """By date, then by canonical line: never by arrival."""
    return fact.issued > than.issued or (fact.issued == than.issued and fact.line > than.line)


def is_valid(fact: VouchFact, at: datetime, terms: TrustTerms, members: frozenset[str]) -> bool:
    """Say whether a surviving attestation is valid at `at`, `members` being those of any collective then."""
    if fact.issuer == fact.subject or not fact.issued <= at < fact.ends(terms):
        return False
    return fact.kind == "prestation" or fact.issuer in members


def weight(fact: VouchFact, at: datetime, terms: TrustTerms) -> float:
    """Return (level/3) · 2^(−age/half-life), and 0 outside the attestation's time.

    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> fact = VouchFact("a", "u", "w", "charte", 3, start, start + 2 * YEAR)
    >>> [weight(fact, start + age, DEFAULT_TERMS) for age in (0 * YEAR, YEAR, 2 * YEAR)]
    [1.0, 0.5, 0.0]
    """
    if not fact.issued <= at < fact.ends(terms):
        return 0.0
    return float(fact.level / 3 * 2 ** (-((at - fact.issued) / terms.half_life)))


def digest(facts: Facts) -> str:
    """Return the SHA-256, hex, of the public state: sorted lines of surviving versions and of what is buried."""
    lines = {fact.line for fact in facts.surviving if fact.public}
    lines |= {rfc8785.dumps({"tombstone": grave.uri_digest}) for grave in facts.buried}
    return sha256(b"\n".join(sorted(lines))).hexdigest()
