"""What members write of an event, and on which days it comes again. What is wrong with it: `event_checks.py`.

Days and hours are those of the place (an IANA zone), never spans of seconds: a fair at 14 h stays at 14 h when clocks
change. Nothing here reads the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from dateutil.relativedelta import relativedelta
from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule

__all__ = [
    "ACCESSIBILITY",
    "HORIZON_MONTHS",
    "AgendaQuery",
    "DateDraft",
    "EventDraft",
    "VenueDraft",
    "days_of",
    "horizon",
    "instants",
    "is_last",
    "is_zone",
    "moved_to_next",
    "rank_of",
    "turn_of",
    "zone_of",
]

ACCESSIBILITY = ("step_free", "home_visit", "remote", "easy_read", "phone", "sign_language")
HORIZON_MONTHS = 18  # how far ahead dates are written down
WEEKDAYS = (MO, TU, WE, TH, FR, SA, SU)
LAST = -1
Item = TypeVar("Item")


@dataclass(frozen=True)
class VenueDraft:
    """Where: `place` has name, dept, code, lat, lon (a PlaceHit); `venue` is a public place there, in words."""

    place: object
    venue: str = ""


@dataclass(frozen=True)
class EventDraft:
    """What a member writes. With several venues they come in turn, date after date."""

    title: str
    kind: str
    first_on: date | None
    starts: time | None
    ends: time | None
    rhythm: str = "once"
    until_on: date | None = None
    listed: tuple[date, ...] = ()
    venues: tuple[VenueDraft, ...] = ()
    zone: str = ""  # empty: that of the first place
    description: str = ""  # Markdown
    online: str = ""
    price: str = "gift"
    amount_cents: int | None = None
    currency: str = "EUR"
    accessibility: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    capacity: str = ""
    registration: str = ""
    registration_link: str = ""
    state: str = "confirmed"
    visibility: str = "public"
    partners: tuple[int, ...] = ()  # members of this node


@dataclass(frozen=True)
class DateDraft:
    """One date, as it is set by hand."""

    on: date | None
    starts: time | None
    ends: time | None
    venue: VenueDraft | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AgendaQuery:
    """What somebody asks of the agenda. `radius_km` None means anywhere; empty values do not restrict."""

    place: str = ""
    radius_km: int | None = 30
    kind: str = ""
    accessibility: tuple[str, ...] = ()
    page: int = 1


# --- days ------------------------------------------------------------------------------------------------


def horizon(today: date) -> date:
    """Return the last day up to which dates are written down.

    >>> horizon(date(2026, 11, 22))
    datetime.date(2028, 5, 22)
    """
    last: date = today + relativedelta(months=HORIZON_MONTHS)
    return last


def rank_of(day: date) -> int:
    """Return which of its weekdays a day is within its month, 1 to 4; a fifth one is the last, -1.

    >>> rank_of(date(2026, 12, 5)), rank_of(date(2026, 10, 31))
    (1, -1)
    """
    rank = (day.day - 1) // 7 + 1
    return rank if rank <= 4 else LAST


def is_last(day: date) -> bool:
    """Say whether a day is the last of its weekday within its month.

    >>> is_last(date(2026, 11, 28)), is_last(date(2026, 11, 21))
    (True, False)
    """
    return (day + timedelta(days=7)).month != day.month


def days_of(draft: EventDraft, *, until: date) -> list[date]:
    """Return the days of an event up to `until`, in order, each once.

    The first Saturday of each month, from one that is:

    >>> fair = EventDraft("Foire", "install_fair", date(2026, 12, 5), time(14), time(18), rhythm="monthly")
    >>> [day.isoformat() for day in days_of(fair, until=date(2027, 3, 31))]
    ['2026-12-05', '2027-01-02', '2027-02-06', '2027-03-06']
    """
    if draft.first_on is None:
        return []
    last = min(draft.until_on or until, until)
    if draft.rhythm == "listed":
        return sorted(day for day in {draft.first_on, *draft.listed} if day <= until)
    if draft.rhythm == "once":
        return [draft.first_on] if draft.first_on <= until else []
    return [moment.date() for moment in _rule(draft, draft.first_on, last)]


def _rule(draft: EventDraft, first: date, last: date) -> rrule:
    begin, end = datetime.combine(first, time()), datetime.combine(last, time())
    if draft.rhythm == "weekly":
        return rrule(WEEKLY, dtstart=begin, until=end)
    if draft.rhythm == "fortnightly":
        return rrule(WEEKLY, interval=2, dtstart=begin, until=end)
    rank = LAST if draft.rhythm == "monthly_last" else rank_of(first)
    return rrule(MONTHLY, byweekday=WEEKDAYS[first.weekday()](rank), dtstart=begin, until=end)


def turn_of(items: Sequence[Item], number: int) -> Item | None:
    """Return whose turn it is, of several that alternate; None of none.

    >>> [turn_of(("Liévin", "Lille"), number) for number in range(3)]
    ['Liévin', 'Lille', 'Liévin']
    """
    return items[number % len(items)] if items else None


def instants(day: date, starts: time, ends: time, zone: str) -> tuple[datetime, datetime]:
    """Return beginning and end, UTC, of hours at a place; an end that is not after the beginning is on the next day.

    >>> [f"{moment:%d %H:%M}" for moment in instants(date(2027, 3, 27), time(14), time(18), "Europe/Paris")]
    ['27 13:00', '27 17:00']
    >>> [f"{moment:%d %H:%M}" for moment in instants(date(2027, 4, 3), time(22), time(1), "Europe/Paris")]
    ['03 20:00', '03 23:00']
    """
    there = ZoneInfo(zone)
    begin = datetime.combine(day, starts, there).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=ends <= starts), ends, there).astimezone(UTC)
    return begin, max(begin, end)  # in the hour that clocks skip, an end may fall before


# --- zones -----------------------------------------------------------------------------------------------

ZONES = {  # département, or country abroad → IANA zone
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion",
    "975": "America/Miquelon", "976": "Indian/Mayotte", "977": "America/St_Barthelemy", "978": "America/Marigot",
    "986": "Pacific/Wallis", "987": "Pacific/Tahiti", "988": "Pacific/Noumea", "BE": "Europe/Brussels",
    "CH": "Europe/Zurich", "LU": "Europe/Luxembourg", "DE": "Europe/Berlin", "ES": "Europe/Madrid",
    "IT": "Europe/Rome", "GB": "Europe/London", "PT": "Europe/Lisbon", "NL": "Europe/Amsterdam", "IE": "Europe/Dublin",
    "GR": "Europe/Athens", "FI": "Europe/Helsinki", "RO": "Europe/Bucharest", "BG": "Europe/Sofia",
    "UA": "Europe/Kyiv", "EE": "Europe/Tallinn", "LV": "Europe/Riga", "LT": "Europe/Vilnius",
}  # fmt: skip
HOME_ZONE = "Europe/Paris"


def zone_of(dept: str) -> str:
    """Return the zone of a département, or of a country abroad; that of Paris where ours do not know better.

    >>> zone_of("62"), zone_of("974"), zone_of("BE")
    ('Europe/Paris', 'Indian/Reunion', 'Europe/Brussels')
    """
    return ZONES.get(dept, HOME_ZONE)


def is_zone(name: str) -> bool:
    """Say whether there is such a zone.

    >>> is_zone("Europe/Paris"), is_zone("../etc/passwd"), is_zone("")
    (True, False, False)
    """
    return name in _zones()


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads a folder: once is enough


def moved_to_next(draft: EventDraft, *, today: date) -> EventDraft:
    """Return the draft of the same event next time: four weeks after its first day, and after today.

    >>> once = EventDraft("Foire", "install_fair", date(2026, 12, 5), time(14), time(18))
    >>> moved_to_next(once, today=date(2027, 1, 10)).first_on
    datetime.date(2027, 1, 30)
    """
    first = draft.first_on or today
    while first <= today or first == draft.first_on:
        first += timedelta(weeks=4)
    return replace(draft, first_on=first, rhythm="once", until_on=None, listed=())
