"""The figures of co-optation, read from the charter: nothing here is a constant of the code."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from governance.errors import Invalid, TermMissing
from governance.rules.charter import Terms, fraction
from governance.rules.polls import PollTerms, poll_terms

__all__ = ["CooptationTerms", "add_months", "cooptation_terms", "evaluations_needed", "vote_terms"]

CLASS = "cooptation"  # the decision class of admissions, confirmations, suspensions and exclusions


@dataclass(frozen=True)
class CooptationTerms:
    """What governs one step; months and days are whole. `articles` are the values, in the charter's order.

    `vote`: the figures of a vote on an admission, None where the charter allows none.
    """

    sponsors: int
    sponsor_standing_months: int
    sponsor_max_live: int
    sponsor_interval_days: int
    eval_floor_min: int
    eval_floor_share: Fraction
    eval_days: int
    eval_retention_months: int
    eval_small_circle: int
    meeting_gap_days: int
    adjourn_max: int
    probation_months: int
    probation_notice_days: int
    appeal_days: int
    appeal_panel: int
    renewal_months: int
    renewal_warning_days: int
    foreign_flag_days: int
    void_grounds: frozenset[str]
    articles: tuple[str, ...]
    vote: PollTerms | None = None


def cooptation_terms(terms: Terms, articles: Sequence[str]) -> CooptationTerms:
    """Return the figures; raises TermMissing or Invalid `term_malformed`, naming the figure at fault.

    A charter without articles admits nobody this way: there would be no value to answer to.
    """
    if not articles:
        raise TermMissing("term_missing", term="articles")
    whole = {name: terms.whole(f"cooptation.{name}") for name in _WHOLE}
    return CooptationTerms(
        **whole,
        eval_floor_share=terms.share("cooptation.eval_floor_share"),
        renewal_months=terms.whole("membership.renewal_months"),
        void_grounds=void_grounds(terms),
        articles=tuple(articles),
        vote=vote_terms(terms),
    )


_WHOLE = (
    "sponsors", "sponsor_standing_months", "sponsor_max_live", "sponsor_interval_days", "eval_floor_min", "eval_days",
    "eval_retention_months", "eval_small_circle", "meeting_gap_days", "adjourn_max", "probation_months",
    "probation_notice_days", "appeal_days", "appeal_panel", "renewal_warning_days", "foreign_flag_days",
)  # fmt: skip


def vote_terms(terms: Terms) -> PollTerms | None:
    """Return the figures of a vote on an admission (R6), None where the charter allows none.

    Always secret, whatever the class says of its other votes; the threshold is reached, not exceeded; quorum and
    proxies are those of decisions on persons. Raises TermMissing or Invalid, naming the figure at fault.
    """
    allowed = terms.figures.get("cooptation.vote_allowed")
    if allowed is None:
        raise TermMissing("term_missing", term="cooptation.vote_allowed")
    if not isinstance(allowed, bool):
        raise Invalid("term_malformed", term="cooptation.vote_allowed")
    if not allowed:
        fraction("cooptation.vote_threshold", terms.figures.get("cooptation.vote_threshold", "2/3"))
        return None
    threshold = terms.share("cooptation.vote_threshold")
    share = f"{threshold.numerator}/{threshold.denominator}"
    of_class = {"proxies": False, **terms.classes.get(CLASS, {}), "secrecy": "secret"}
    of_class |= {"threshold": share, "threshold_rule": "reached"}
    return poll_terms(Terms(terms.figures, {CLASS: of_class}), CLASS)


def void_grounds(terms: Terms) -> frozenset[str]:
    """Return the kinds of ground on which nobody is refused (commercial, taste, price, …), as the charter says."""
    value = terms.figures.get("cooptation.void_grounds")
    if value is None:
        raise TermMissing("term_missing", term="cooptation.void_grounds")
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise Invalid("term_malformed", term="cooptation.void_grounds")
    return frozenset(value)


def evaluations_needed(electorate: int, terms: CooptationTerms) -> int:
    """Return how many evaluations are enough: the greater of the floor and the share, never more than there are people.

    >>> from types import SimpleNamespace as Figures
    >>> [evaluations_needed(n, Figures(eval_floor_min=3, eval_floor_share=Fraction(1, 3))) for n in (2, 7, 10)]
    [2, 3, 4]
    """
    share = -(-terms.eval_floor_share.numerator * electorate // terms.eval_floor_share.denominator)
    return min(electorate, max(terms.eval_floor_min, share))


def add_months(at: datetime, months: int) -> datetime:
    """Return the same hour of the same day some months later, or of the last day of a shorter month.

    >>> add_months(datetime(2026, 8, 31), 6).date().isoformat()
    '2027-02-28'
    """
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
