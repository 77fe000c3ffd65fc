"""A vote on one text, for or against: what a charter says of it, who may cast, and the exact count.

A vote is what is left where consent was not reached and the charter allows it; its outcome is never called consent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from governance.errors import IllegalStep, Invalid, NotEntitled
from governance.rules.charter import Terms, fraction
from governance.rules.quorum import reached

__all__ = ["CHOICES", "LEAST_FLOOR", "LEAST_THRESHOLD", "STATUTORY", "Outcome", "PollTerms", "Result", "Tier"]
__all__ += ["asks_proof", "check_cast", "check_secret", "participation_told", "poll_terms", "tally"]

CHOICES = ("for", "against", "abstain")
LEAST_THRESHOLD = Fraction(1, 2)  # below it one more voice for a text could turn its adoption into a tie
STATUTORY = "charter"  # the class of the decisions that change the rules of all others
LEAST_FLOOR = 3  # fewer people's ballots published together would tell who voted what, whatever a charter says


class Tier(StrEnum):
    """What is known of a ballot: `open`, who cast it; `secret`, nobody's name is beside any choice."""

    OPEN = "open"
    SECRET = "secret"  # noqa: S105 - what is known of a ballot


class Outcome(StrEnum):
    """What came of a vote."""

    CARRIED = "carried"
    REJECTED = "rejected"
    VOID = "void"  # too few took part
    WITHHELD = "withheld"  # so few secret ballots that the count would tell who voted what


@dataclass(frozen=True)
class PollTerms:
    """The figures that one vote obeys, frozen at its opening. `floor`: how few may cast secret ballots."""

    hours: int
    tier: Tier
    quorum: Fraction
    threshold: Fraction
    threshold_reached: bool
    proxies: bool
    floor: int


@dataclass(frozen=True)
class Result:
    """The count: heads, exact shares. `share` is for ÷ (for + against), None if nobody said either."""

    electorate: int
    voted: int
    chosen: Mapping[str, int]
    share: Fraction | None
    quorum_reached: bool
    outcome: Outcome


def poll_terms(terms: Terms, decision_class: str) -> PollTerms:
    """Return the figures of a vote on a text of that class; raises TermMissing or Invalid, naming the figure."""
    place = f"classes.{decision_class}"
    tier, rule = terms.of_class(decision_class, "secrecy"), terms.of_class(decision_class, "threshold_rule")
    proxies = terms.of_class(decision_class, "proxies")
    _among(tier, tuple(each.value for each in Tier), f"{place}.secrecy")
    _among(rule, ("exceeded", "reached"), f"{place}.threshold_rule")
    _among(proxies, (True, False), f"{place}.proxies")
    hours, floor = terms.whole("poll.hours"), _floor(terms) if tier == Tier.SECRET else 0
    if hours < 1:
        raise Invalid("term_malformed", term="poll.hours")
    return PollTerms(
        hours=hours,
        tier=Tier(str(tier)),
        quorum=fraction(f"{place}.quorum", terms.of_class(decision_class, "quorum")),
        threshold=_threshold(terms, decision_class),
        threshold_reached=rule == "reached",
        proxies=bool(proxies),
        floor=floor,
    )


def _among(value: object, allowed: tuple[object, ...], place: str) -> None:
    if value not in allowed or isinstance(value, int) is not isinstance(allowed[0], int):
        raise Invalid("term_malformed", term=place)


def _threshold(terms: Terms, decision_class: str) -> Fraction:
    place = f"classes.{decision_class}.threshold"
    threshold = fraction(place, terms.of_class(decision_class, "threshold"))
    if threshold < LEAST_THRESHOLD:
        raise Invalid("term_malformed", term=place)
    return threshold


def _floor(terms: Terms) -> int:
    floor = terms.whole("ballot.secrecy_floor")
    if floor < LEAST_FLOOR:
        raise Invalid("term_malformed", term="ballot.secrecy_floor")
    return floor


def check_secret(electorate: int, terms: PollTerms) -> None:
    """Refuse a secret vote of so few that its count would tell who voted what: IllegalStep `too_few_for_secrecy`."""
    if terms.tier is Tier.SECRET and electorate < terms.floor:
        raise IllegalStep("too_few_for_secrecy", electorate=electorate, needed=terms.floor)


def asks_proof(tier: Tier, decision_class: str) -> bool:
    """Whether a ballot asks once more who is there: a secret one, and one on the charter."""
    return tier is Tier.SECRET or decision_class == STATUTORY


def check_cast(choice: object, *, on_roll: bool, voted: bool, tier: Tier, closes_at: datetime, at: datetime) -> str:
    """Return the choice if it may be cast now. While a named vote is open people change their mind; the last counts.

    Raises Invalid `choice_unknown`, NotEntitled `not_on_roll`, IllegalStep `poll_over`, `already_voted`.
    """
    if choice not in CHOICES:
        raise Invalid("choice_unknown", field="choice")
    if not on_roll:
        raise NotEntitled("not_on_roll")
    if at >= closes_at:
        raise IllegalStep("poll_over", closed_at=closes_at)
    if voted and tier is Tier.SECRET:
        raise IllegalStep("already_voted")
    return str(choice)


def tally(electorate: int, ballots: Iterable[str], terms: PollTerms) -> Result:
    """Count the ballots of a frozen electorate. Whoever abstains took part, and is in no share.

    As many for as against adopt nothing, whatever the threshold.

    >>> terms = PollTerms(168, Tier.OPEN, Fraction(1, 2), Fraction(1, 2), False, False, 0)
    >>> tally(6, ["for", "for", "against", "abstain"], terms).outcome
    <Outcome.CARRIED: 'carried'>
    """
    cast = list(ballots)
    chosen = {choice: cast.count(choice) for choice in CHOICES}
    if sum(chosen.values()) != len(cast) or len(cast) > electorate:
        raise Invalid("ballots_malformed", voted=len(cast), electorate=electorate)
    expressed = chosen["for"] + chosen["against"]
    share = Fraction(chosen["for"], expressed) if expressed else None
    quorum = reached(len(cast), electorate, terms.quorum)
    outcome = _outcome(len(cast), chosen, share, quorum, terms)
    return Result(electorate, len(cast), chosen, share, quorum, outcome)


def participation_told(result: Result, terms: PollTerms, hands: int) -> bool:
    """Whether it is told who took part: always in a named vote; in a secret one if those who cast the ballots (`hands`)
    are three and half of the roll at least, so that nobody is put into places that stayed empty, and no small group is
    set apart.
    """
    few = hands < LEAST_FLOOR or 2 * hands < result.electorate
    return terms.tier is Tier.OPEN or not (few or result.outcome is Outcome.WITHHELD)


def _outcome(voted: int, chosen: Mapping[str, int], share: Fraction | None, quorum: bool, terms: PollTerms) -> Outcome:
    if terms.tier is Tier.SECRET and 0 < voted < terms.floor:
        return Outcome.WITHHELD
    if not quorum:
        return Outcome.VOID
    if share is None or chosen["for"] == chosen["against"]:
        return Outcome.REJECTED
    passes = share >= terms.threshold if terms.threshold_reached else share > terms.threshold
    return Outcome.CARRIED if passes else Outcome.REJECTED
