"""How long a mandate may last, and how often the same person may take it up again. Days and months, no clock."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from governance.errors import Invalid, WrongState
from governance.rules.charter import Terms

__all__ = ["Stint", "add_months", "check_stint", "last_day", "same_role"]


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


def last_day(starts_on: date, terms: Terms) -> date:
    """Return the last day that a mandate from `starts_on` may have (`mandate.max_months`)."""
    return add_months(starts_on, terms.whole("mandate.max_months")) - timedelta(days=1)


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
    if any(each.starts_on <= wanted.ends_on and wanted.starts_on <= each.ends_on for each in held):
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
