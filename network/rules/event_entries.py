"""Events as calendars of the outside say them, and which of their rhythms an event here can have.

A rhythm that ours cannot hold is never turned into another one: the line is refused, and says why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from network.rules.entries import Problem
from network.rules.event_checks import LISTED_MAX
from network.rules.events import LAST, EventDraft, days_of, is_last

__all__ = ["EVENTS_MAX", "EventLine", "EventReading", "begun_again", "with_rhythm", "without_days"]

EVENTS_MAX = 200  # read of one file
COUNT_MAX = 1_000  # dates that a rule counts
LISTED_OVER = timedelta(days=1_000)  # between the first day of a rhythm and its last, to list its days
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HELD = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYSETPOS", "UNTIL", "COUNT", "WKST"})  # parts of a rule that we read

Rule = Mapping[str, Sequence[object]]  # RRULE of RFC 5545: part → values, UNTIL as a date


@dataclass(frozen=True)
class EventLine:
    """One event as read. `number`: the line of the file where it begins; `uid`: its name there; `where`: its place in
    words, and its point in degrees. `left_out`: the code of why it is passed over, though nothing is wrong with it."""

    number: int
    label: str = ""
    uid: str = ""
    draft: EventDraft | None = None  # without its places
    where: str = ""
    lat: float | None = None
    lon: float | None = None
    problems: tuple[Problem, ...] = ()
    left_out: str = ""


@dataclass(frozen=True)
class EventReading:
    """What a calendar says. `unknown`: names of what nothing here understands; `problem`: why none of it is read."""

    lines: tuple[EventLine, ...] = ()
    unknown: tuple[str, ...] = ()
    problem: Problem | None = None


def with_rhythm(draft: EventDraft, rule: Rule) -> EventDraft | None:
    """Return the draft with the rhythm of a rule, None if no rhythm of ours is the same.

    >>> from datetime import time
    >>> fair = EventDraft("Foire", "other", date(2026, 12, 5), time(14), time(18))
    >>> with_rhythm(fair, {"FREQ": ["MONTHLY"], "BYDAY": ["1SA"]}).rhythm
    'monthly'
    >>> with_rhythm(fair, {"FREQ": ["WEEKLY"], "INTERVAL": [2], "COUNT": [3]}).until_on
    datetime.date(2027, 1, 2)
    >>> with_rhythm(fair, {"FREQ": ["MONTHLY"], "BYMONTHDAY": [5]}), with_rhythm(fair, {"FREQ": ["DAILY"]})
    (None, None)
    """
    first = draft.first_on
    rhythm = _rhythm(first, rule) if first is not None and set(rule) <= HELD else ""
    if first is None or not rhythm:
        return None
    held = replace(draft, rhythm=rhythm)
    until, count = _one(rule, "UNTIL"), _one(rule, "COUNT")
    if isinstance(until, date):
        return replace(held, until_on=until)
    if isinstance(count, int):
        return _counted(held, first, count)
    return held


def _rhythm(first: date, rule: Rule) -> str:
    every, day = _one(rule, "INTERVAL") or 1, DAYS[first.weekday()]
    by_day = [str(each).upper() for each in rule.get("BYDAY", ())]
    if _one(rule, "FREQ") == "WEEKLY" and by_day in ([], [day]) and "BYSETPOS" not in rule:
        return {1: "weekly", 2: "fortnightly"}.get(every, "")  # type: ignore[call-overload,no-any-return]
    if _one(rule, "FREQ") != "MONTHLY" or every != 1 or len(by_day) != 1:
        return ""
    place = _one(rule, "BYSETPOS")
    named = f"{place}{by_day[0]}" if place is not None and by_day == [day] else by_day[0]
    if named == f"{LAST}{day}":
        return "monthly_last" if is_last(first) else ""
    rank = (first.day - 1) // 7 + 1
    return "monthly" if rank <= 4 and named.lstrip("+") == f"{rank}{day}" else ""


def _one(rule: Rule, name: str) -> object:
    values = rule.get(name, ())
    return values[0] if len(values) == 1 else None


def _counted(draft: EventDraft, first: date, count: int) -> EventDraft | None:
    """Return a draft that ends with the last of so many dates."""
    if not 1 <= count <= COUNT_MAX:
        return None
    days = days_of(draft, until=first + timedelta(days=32 * count))
    return replace(draft, until_on=days[count - 1])


def without_days(draft: EventDraft, left_out: Collection[date], added: Collection[date]) -> EventDraft | None:
    """Return a draft without some of its days and with others, as a list of days.

    None if they go on without end, if none is left, or if they are too many to list.

    >>> from datetime import time
    >>> course = EventDraft("Cours", "other", date(2026, 12, 5), time(14), time(18), "weekly", date(2026, 12, 26))
    >>> [day.day for day in days_of(without_days(course, [date(2026, 12, 12)], []), until=date(2027, 1, 1))]
    [5, 19, 26]
    """
    if draft.first_on is None:
        return None
    last = draft.until_on or (draft.first_on if draft.rhythm == "once" else date.max)
    if last - draft.first_on > LISTED_OVER:
        return None
    whole = days_of(draft, until=last)
    days = sorted({*whole, *added} - set(left_out))
    if not days or len(days) > LISTED_MAX:
        return None
    if len(days) == 1:
        return replace(draft, rhythm="once", first_on=days[0], until_on=None, listed=())
    return replace(draft, rhythm="listed", first_on=days[0], until_on=None, listed=tuple(days[1:]))


def begun_again(draft: EventDraft, *, since: date, until: date) -> EventDraft | None:
    """Return the draft with the first of its days from `since` on; None if all of them are over.

    >>> from datetime import time
    >>> fair = EventDraft("Foire", "other", date(2026, 10, 3), time(14), time(18), "monthly")
    >>> begun_again(fair, since=date(2026, 11, 22), until=date(2027, 12, 31)).first_on
    datetime.date(2026, 12, 5)
    >>> begun_again(replace(fair, rhythm="once"), since=date(2026, 11, 22), until=date(2027, 12, 31))
    """
    if draft.first_on is None or draft.first_on >= since:
        return draft
    days = [day for day in days_of(draft, until=until) if day >= since]
    if not days:
        return None
    listed = tuple(days[1:]) if draft.rhythm == "listed" else ()
    rhythm = "once" if draft.rhythm == "listed" and not listed else draft.rhythm
    return replace(draft, first_on=days[0], listed=listed, rhythm=rhythm)
