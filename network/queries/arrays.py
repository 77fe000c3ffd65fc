"""The web as arrays, as this process holds it: read from what is kept, then brought up to date row by row.

Who changed is known by person (`WebChange`); what begins or ends by itself is known ahead, for two days. Whoever is
concerned is read again through `rules/facts.py`, which says what counts. Everything is built anew when somebody may
have changed who was not named, when too many rows have been patched, or when those days are over.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import uuid4

import numpy as np

from network.models import Collective, Member, Tombstone, WebArrays, WebChange
from network.queries.engines import Version, version_now
from network.queries.facts import facts_of, heard, memberships
from network.rules import fast
from network.rules.facts import CHARTE, DEFAULT_TERMS, TrustTerms, end_of, sha256_hex
from network.rules.fast_arrays import FOREVER, Arrays, Ints, Names, Spells, arrays_of
from network.rules.fast_bytes import UNREADABLE, dumps, loads

__all__ = ["Held", "arrays_now", "built", "dumps", "figures_in_use", "forget", "is_worn", "key_of"]

AHEAD = timedelta(days=2)  # so far is known what begins or ends by itself
WORN = 1_000  # patched rows after which all is built anew


@dataclass(frozen=True)
class Held:
    """Arrays that are right for one version of the web, at `at` and, but for what begins or ends, for that day."""

    version: Version
    at: datetime
    web: Arrays

    @property
    def number(self) -> int:
        return self.version.number

    @property
    def mark(self) -> Any:
        return self.version.mark


_held: dict[str, Held] = {}
_lock = Lock()


def key_of(terms: TrustTerms) -> str:
    """Return what of the figures decides which arrows there are, and how strong."""
    return f"{terms.validity.total_seconds():.0f} {terms.half_life.total_seconds():.0f}"


def figures_in_use() -> list[TrustTerms]:
    """Return the figures of the collectives of this node, one of each kind; the defaults if there is none."""
    said = Collective.objects.filter(local=True).values_list("trust_terms", flat=True)
    kinds = {key_of(terms): terms for terms in map(TrustTerms.from_text, said)}
    return list(kinds.values()) or [DEFAULT_TERMS]


def forget() -> None:
    """Forget what this process holds; the next question reads it again."""
    with _lock:
        _held.clear()


def arrays_now(version: Version, terms: TrustTerms, at: datetime) -> Held:
    """Return arrays right for `version` on the day of `at`. The same until the version or the day is another."""
    with _lock:
        held = _held.get(key_of(terms))
        if held is None or held.version != version or held.at.date() != at.date():
            held = _up_to_date(held, version, terms, at)
            _held[key_of(terms)] = held
        return held


def _up_to_date(held: Held | None, version: Version, terms: TrustTerms, at: datetime) -> Held:
    for base in _bases(held, terms):
        whose = _changed(base, version, at)
        if whose is not None:
            return Held(version, at, _patched(base, whose, terms, at))
    return built(terms, at)


def _bases(held: Held | None, terms: TrustTerms) -> Iterator[Held]:
    """Yield what one could start from: what this process holds, then what is kept in the rows."""
    if held is not None:
        yield held
    if (kept := _kept(terms)) is not None:
        yield kept


def _kept(terms: TrustTerms) -> Held | None:
    row = WebArrays.objects.filter(terms=key_of(terms)).first()
    if row is None:
        return None
    try:
        web = loads(bytes(row.body), uuid4().hex)
    except UNREADABLE:
        return None
    return Held(Version(row.mark, row.number), fast.instant_of(web.at), web)


def is_worn(terms: TrustTerms, at: datetime) -> bool:
    """Whether what is kept has to be brought up to date by so many rows that it had better be built anew."""
    kept = _kept(terms)
    whose = _changed(kept, version_now(), at) if kept else None
    return whose is None or len(whose) > WORN // 2


def _changed(base: Held, version: Version, at: datetime) -> set[str] | None:
    """Return of whom rows must be read again to get from `base` to `version` at `at`; None: of everybody."""
    if fast.micros(at) > base.web.horizon or at < base.at or base.web.serial > WORN:
        return None
    whose = {str(base.web.names[who]) for when, who in base.web.due if when <= fast.micros(at)}
    if version.mark != base.mark:
        log = WebChange.objects.filter(number__lte=version.number)
        if not log.filter(number=base.number, mark=base.mark).exists():
            return None  # of another history, or of one that is no longer remembered
        since = log.filter(number__gt=base.number)
        if since.filter(everybody=True).exists():
            return None
        named = since.exclude(member=None).values_list("member__uri", flat=True).distinct()
        whose.update(named[: WORN + 1])
    return whose if len(whose) <= WORN else None


def _patched(base: Held, whose: set[str], terms: TrustTerms, at: datetime) -> Arrays:
    """Read again what these people issued and where they belong. What has been written since is read too: harmless,
    since the log names it, and it will be read once more."""
    if not whose:
        return base.web
    facts = facts_of(whose)
    rows = fast.rows_of(facts, at, fast.instant_of(base.web.at), terms)
    moved = base.web.with_spells(whose, fast.spells_of(facts.members))
    due = fast.due_of(facts, at, base.web.horizon, terms)
    return moved.patched({uri: rows.get(uri, {}) for uri in whose}, due)


# --- building ---------------------------------------------------------------------------------------------


class _Columns:
    """Attestations that count now, column by column: an object for each would take ten times as much."""

    def __init__(self) -> None:
        self.u, self.w, self.level, self.issued = array("q"), array("q"), array("b"), array("q")

    def append(self, u: int, w: int, level: int, issued: int) -> None:
        self.u.append(u)
        self.w.append(w)
        self.level.append(level)
        self.issued.append(issued)


def built(terms: TrustTerms, at: datetime) -> Held:
    """Read everything and put it into arrays. Some seconds for a million attestations."""
    version, horizon = version_now(), at + AHEAD
    spells = list(memberships().values_list("collective__uri", "member_id", "since", "until").iterator())
    members = {who for _, who, since, until in spells if since <= at and (until is None or at < until)}
    due = {(end, who) for _, who, *ends in spells for end in ends if end is not None and at < end <= horizon}
    columns = _Columns()
    for who, subject, level, issued, ends in _standing(terms):
        due |= {(end, who) for end in (issued, ends) if at < end <= horizon}
        if issued <= at < ends and who in members:
            columns.append(who, subject, level, fast.micros(issued))
    people = _People({*columns.u, *columns.w, *(who for _, who, *_ in spells), *(who for _, who in due)})
    web = _arrays(columns, people, spells, terms, at)
    doubles = {people.names[u] for u in np.unique(_doubles(web)).tolist()}
    known = replace(
        web, horizon=fast.micros(horizon), due=tuple(sorted((fast.micros(t), people.of(p)) for t, p in due))
    )
    return Held(version, at, _without_history(_patched(Held(version, at, known), doubles, terms, at)))


def _standing(terms: TrustTerms) -> Iterator[tuple[int, int, int, datetime, datetime]]:
    """Yield issuer, subject, level, beginning and end of each public attestation of the charter that is not revoked."""
    graves = set(Tombstone.objects.values_list("uri_digest", "issuer_digest").iterator())
    buried = {uri for uri, _ in graves}
    rows = heard().filter(kind=CHARTE, public=True)
    columns = ("issuer_id", "subject_id", "level", "issued_at", "expires_at", "uri", "issuer__uri")
    for who, subject, level, issued, expires, uri, issuer in rows.values_list(*columns).iterator():
        if buried and (digest := sha256_hex(uri)) in buried and (digest, sha256_hex(issuer)) in graves:
            continue
        yield who, subject, level, issued, end_of(issued, expires, terms)


class _People:
    """The people of the web: their keys, and their numbers in uri order."""

    def __init__(self, keys: Iterable[int]) -> None:
        wanted = set(keys)
        found = [
            (uri.encode(), key) for key, uri in Member.objects.values_list("pk", "uri").iterator() if key in wanted
        ]
        found.sort()
        self.names = Names.of(uri.decode() for uri, _ in found)
        in_order = np.array([key for _, key in found], dtype=np.int64)
        self._by_key = np.argsort(in_order)
        self._keys = in_order[self._by_key]

    def numbers(self, keys: "array[int]") -> Ints:
        places = np.searchsorted(self._keys, np.frombuffer(keys, dtype=np.int64) if keys else np.array([], np.int64))
        return self._by_key[places]

    def of(self, key: int) -> int:
        return int(self._by_key[np.searchsorted(self._keys, key)])


def _arrays(columns: _Columns, people: _People, spells: list[Any], terms: TrustTerms, at: datetime) -> Arrays:
    age = (fast.micros(at) - np.array(columns.issued, dtype=np.int64)) / 1_000_000 / terms.half_life.total_seconds()
    weights = np.array(columns.level, dtype=np.float64) / 3 * np.exp2(-age)
    groups = sorted({group for group, *_ in spells})
    told = (
        (groups.index(group), people.of(who), fast.micros(since), FOREVER if until is None else fast.micros(until))
        for group, who, since, until in spells
    )
    u, w = people.numbers(columns.u), people.numbers(columns.w)
    return arrays_of(people.names, u, w, weights, Spells.of(groups, told), fast.micros(at), lineage=uuid4().hex)


def _doubles(web: Arrays) -> Ints:
    """Return who has attested somebody twice: which of the two counts, the readable rule will say."""
    issuers = np.repeat(np.arange(web.size), np.diff(web.starts))
    again = (web.targets[1:] == web.targets[:-1]) & (issuers[1:] == issuers[:-1])
    return issuers[1:][again]


def _without_history(web: Arrays) -> Arrays:
    return replace(web, patches=(), forgotten=0)
