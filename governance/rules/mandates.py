"""How long a mandate may last, and how often the same person may take it up again. Days and months, no clock."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from governance.errors import Invalid, TermMissing, WrongState
from governance.rules.charter import Terms
from network.rules.calendar import in_calendar

__all__ = ["ENDLESS", "Stint", "add_months", "asked_for", "check_stint", "last_day", "longest", "may_take", "next_term"]
__all__ += ["same_role", "term"]

ENDLESS = date(9000, 1, 1)  # of mandates without a last day, from before the charter set one


@dataclass(frozen=True)
class Stint:
    """Somebody's time in a role: from a day to a day, both included."""

    starts_on: date
    ends_on: date


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last of its month.

    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def term(starts_on: date, months: int) -> Stint:
    """Return so many whole months from a day: they end the day before that day of the month comes again.

    >>> term(date(2027, 1, 1), 12).ends_on
    datetime.date(2027, 12, 31)
    """
    return Stint(starts_on, add_months(starts_on, months) - timedelta(days=1))


def longest(terms: Terms, figure: str) -> int:
    """Return how many months a mandate may last that is given as `figure` says; no mandate outlasts the longest one.

    Raises TermMissing while the charter does not say all that mandates obey: better before one is sought than after.
    """
    for other in ("mandate.renewals_max", "mandate.cooling_months"):
        terms.whole(other)
    return min(terms.whole(figure), terms.whole("mandate.max_months"))


def last_day(starts_on: date, terms: Terms) -> date:
    """Return the last day that a mandate from `starts_on` may have (`mandate.max_months`)."""
    return term(starts_on, terms.whole("mandate.max_months")).ends_on


def asked_for(starts_on: date, ends_on: date | None, terms: Terms) -> Stint:
    """Return the time that somebody asks for; without a last day, as long as may be. Raises Invalid `field_malformed`.

    Days far away are refused: what is counted from them would leave the calendar.
    """
    for name, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if day is not None and not in_calendar(day):
            raise Invalid("field_malformed", field=name)
    return Stint(starts_on, ends_on or last_day(starts_on, terms))


def next_term(held: Iterable[Stint], today: date, months: int) -> Stint:
    """Return the first so many months, from today on, that meet nothing of `held`.

    Whoever holds the role still is renewed the day after. Raises WrongState `mandate_held` if that has no last day.
    """
    wanted = term(today, months)
    for each in sorted(held, key=lambda each: each.starts_on):
        if not _meet(each, wanted):
            continue
        if each.ends_on >= ENDLESS:
            raise WrongState("mandate_held", field="member")
        wanted = term(each.ends_on + timedelta(days=1), months)
    return wanted


def may_take(held: Iterable[Stint], today: date, months: int, terms: Terms) -> bool:
    """Return whether somebody who had the role in `held` may be given it next, for so many months."""
    held = list(held)
    try:
        check_stint(next_term(held, today, months), held, terms)
    except TermMissing:
        raise
    except WrongState:
        return False
    return True


def _meet(one: Stint, other: Stint) -> bool:
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on


def same_role(one: str, other: str) -> bool:
    """Return whether two roles are the same, however they are written."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def check_stint(wanted: Stint, earlier: Iterable[Stint], terms: Terms) -> None:
    """Raise unless somebody who had the role in `earlier` may take it as `wanted`.

    Invalid `date_order`, `mandate_too_long`; WrongState `mandate_held` (the times overlap) or `cooling_off` (renewed
    `mandate.renewals_max` times already; the fact `until` is the first day of a new start). A pause shorter than
    `mandate.cooling_months` is no pause.
    """
    if wanted.ends_on < wanted.starts_on:
        raise Invalid("date_order", field="ends_on")
    if wanted.ends_on > last_day(wanted.starts_on, terms):
        raise Invalid("mandate_too_long", field="ends_on", until=last_day(wanted.starts_on, terms))
    held = sorted(earlier, key=lambda each: each.starts_on)
    if any(_meet(each, wanted) for each in held):
        raise WrongState("mandate_held", field="member")
    _check_renewals(wanted, held, terms)


def _check_renewals(wanted: Stint, held: list[Stint], terms: Terms) -> None:
    """Count the unbroken run that `wanted` would belong to: what came before it, and what is to come after."""
    cooling, most = terms.whole("mandate.cooling_months"), terms.whole("mandate.renewals_max")
    every = sorted([*held, wanted], key=lambda each: each.starts_on)
    run: list[Stint] = []
    for each in every:
        if run and each.starts_on >= _free_again(run[-1], cooling):
            if wanted in run:
                break
            run = []
        run.append(each)
    if len(run) > most + 1:
        until = _free_again(max((each for each in run if each is not wanted), key=lambda each: each.ends_on), cooling)
        raise WrongState("cooling_off", field="member", until=until, most=most)


def _free_again(stint: Stint, cooling: int) -> date:
    return add_months(stint.ends_on + timedelta(days=1), cooling)
