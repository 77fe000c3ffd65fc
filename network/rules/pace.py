"""How fast trust may be given: when the next new person that somebody attests will count for their collective."""

from dataclasses import dataclass
from datetime import datetime

from network.rules.belonging import counted_from
from network.rules.facts import CHARTE, Facts, TrustTerms, VouchFact

__all__ = ["Pace", "pace_of", "waits_of"]

NEXT = "\U0010ffff"  # the id and subject of the attestation that is only thought of: after every other of its instant


@dataclass(frozen=True)
class Pace:
    """`counts_at`: from when on an attestation given now to somebody new would count; None: not before one of the
    `newcomers` is renewed, of whom there are `most` at most."""

    counts_at: datetime | None
    newcomers: int
    most: int


def pace_of(
    facts: Facts, issuer: str, at: datetime, terms: TrustTerms, *, collective: str, subject: str = NEXT
) -> Pace | None:
    """Return the pace of `issuer` in `collective` at `at`, for somebody new or for `subject`; None for a non-member.

    It is the rate rule itself (`belonging.counted_from`), asked about one attestation more. Whoever was attested
    before is not new, even if that attestation was withdrawn. O(attestations).
    """
    if issuer not in facts.members_at(at, collective):
        return None
    own = _own(facts, issuer)
    asked = VouchFact(NEXT, issuer, subject, CHARTE, 1, at, at + terms.validity, entered=at)
    thought = Facts(own.vouches | {asked}, own.graves, own.members)
    counted = counted_from(thought, issuer, at, terms, collective)
    return Pace(counted[subject], _newcomers(own, counted, at), terms.newcomers)


def waits_of(
    facts: Facts, issuer: str, at: datetime, terms: TrustTerms, *, collective: str
) -> dict[str, datetime | None]:
    """Return, for those whose attestation by `issuer` does not count yet, from when on it will (None: see `Pace`).

    Empty for somebody who is no member of `collective`.
    """
    if issuer not in facts.members_at(at, collective):
        return {}
    own = _own(facts, issuer)
    alive = {fact.subject for fact in own.surviving if fact.kind == CHARTE}
    counted = counted_from(own, issuer, at, terms, collective)
    return {w: start for w, start in counted.items() if w in alive and (start is None or start > at)}


def _own(facts: Facts, issuer: str) -> Facts:
    """The facts without what others attested: all that the rate rule reads."""
    return Facts(frozenset(fact for fact in facts.vouches if fact.issuer == issuer), facts.graves, facts.members)


def _newcomers(own: Facts, counted: dict[str, datetime | None], at: datetime) -> int:
    """How many of those attested count already and were never renewed."""
    fresh = {fact.subject for fact in own.surviving if fact.kind == CHARTE and not fact.renewed}
    return sum(1 for w, start in counted.items() if w in fresh and start is not None and start <= at)
