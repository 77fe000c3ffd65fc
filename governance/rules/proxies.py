"""Proxies: who may vote for whom, how many people one may represent, and until when. No clock, no table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from governance.errors import Invalid, WrongState
from governance.rules.charter import Terms
from governance.rules.mandates import term
from network.rules.calendar import in_calendar

__all__ = ["Given", "allows", "check_gift", "check_giver", "last_day", "represented", "until"]


@dataclass(frozen=True)
class Given:
    """A proxy, by the numbers of two people: `holder` may vote for `giver`."""

    giver: int
    holder: int


def allows(terms: Terms) -> bool:
    """Return whether the charter lets anybody be represented, in the votes of any class."""
    return any(each.get("proxies") is True for each in terms.classes.values())


def check_giver(giver: int, running: Iterable[Given]) -> None:
    """Refuse a second proxy of the same person, and one of somebody who holds others': it would be passed on.

    Raises WrongState `proxy_given`, `proxy_passed_on`.
    """
    here = list(running)
    if any(each.giver == giver for each in here):
        raise WrongState("proxy_given")
    held = sum(each.holder == giver for each in here)
    if held:
        raise WrongState("proxy_passed_on", held=held)


def check_gift(wanted: Given, running: Iterable[Given], most: int) -> None:
    """Refuse what no proxy may be, beside those of the circle that run: to oneself, passed on, or one too many.

    `most`: how many people one may represent. Raises Invalid `proxy_to_oneself`; WrongState `proxy_back`,
    `proxy_given`, `proxy_passed_on`, `proxy_holder_gave`, `proxy_holder_full`.

    >>> check_gift(Given(1, 3), [Given(2, 3)], 2)
    """
    here = list(running)
    if wanted.giver == wanted.holder:
        raise Invalid("proxy_to_oneself", field="holder")
    if Given(wanted.holder, wanted.giver) in here:
        raise WrongState("proxy_back", field="holder")
    check_giver(wanted.giver, here)
    if any(each.giver == wanted.holder for each in here):
        raise WrongState("proxy_holder_gave", field="holder")
    if sum(each.holder == wanted.holder for each in here) >= most:
        raise WrongState("proxy_holder_full", field="holder", most=most)


def represented(given: Iterable[Given], most: int) -> dict[int, int]:
    """Return who votes for whom where a vote opens: holder by giver. `given`: the proxies that run, oldest first.

    A charter may have changed since they were given, or somebody may have come back: whoever gave theirs holds none,
    and of too many the oldest stand.

    >>> represented([Given(1, 2), Given(2, 3), Given(4, 3), Given(5, 3)], 2)
    {2: 3, 4: 3}
    """
    here = list(given)
    givers = {each.giver for each in here}
    found: dict[int, int] = {}
    for each in here:
        if each.holder not in givers and list(found.values()).count(each.holder) < most:
            found.setdefault(each.giver, each.holder)
    return found


def last_day(given_on: date, terms: Terms) -> date:
    """Return the last day of a proxy given on that day (`poll.proxy_months`)."""
    return term(given_on, terms.whole("poll.proxy_months")).ends_on


def until(given_on: date, ends_on: date | None, terms: Terms) -> date:
    """Return the last day that was asked for, or the last possible one.

    Raises Invalid `date_past`, `field_malformed` (a day far away), `proxy_too_long` with the fact `until`.
    """
    last = last_day(given_on, terms)
    if ends_on is None:
        return last
    if not in_calendar(ends_on):
        raise Invalid("field_malformed", field="ends_on")
    if ends_on < given_on:
        raise Invalid("date_past", field="ends_on")
    if ends_on > last:
        raise Invalid("proxy_too_long", field="ends_on", until=last)
    return ends_on
