"""Dates of events as an iCalendar file (RFC 5545, RFC 7986).

Each date is a VEVENT of its own, with its own UID, and not an RRULE with exceptions: its place differs from date to
date, its rhythm is irregular, and calendars of telephones and webmails drop the exceptions (RECURRENCE-ID, RDATE) of
calendars that they subscribe to more often than they read them. So a moved date is shown where it moved to, a cancelled
one is shown cancelled, and the UID is the address under which the same date is federated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from network.rules.event_cards import EventCard

__all__ = ["MEDIA_TYPE", "CalendarEntry", "bytes_of", "new_calendar", "written"]

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Toile//Toile//FR"
AGAIN = timedelta(hours=12)  # how often a calendar that subscribes may ask


@dataclass(frozen=True)
class CalendarEntry:
    """One date, with what is said of it in words, and its kind in the reader's language."""

    card: EventCard
    text: str = ""
    category: str = ""


def written(entries: Iterable[CalendarEntry], *, name: str) -> bytes:
    """Return the file: CRLF, lines folded at 75 octets, one VTIMEZONE for each zone used.

    The same entries give the same bytes: DTSTAMP is when the date last changed, not when the file was made.
    """
    calendar = new_calendar(name, again=AGAIN)
    calendar.add("x-published-ttl", "PT12H")
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes_of(calendar)


def new_calendar(name: str, *, again: timedelta) -> Calendar:
    """Return an empty calendar of this name, which whoever subscribes may read again after this time."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", again, parameters={"VALUE": "DURATION"})
    return calendar


def bytes_of(calendar: Calendar) -> bytes:
    """Return the file of a calendar, with the time zones that it uses."""
    calendar.add_missing_timezones()
    data: bytes = calendar.to_ical()
    return data


def _event(entry: CalendarEntry) -> Event:
    card, zone, found = entry.card, ZoneInfo(entry.card.zone), Event()
    found.add("uid", card.uri)
    found.add("dtstamp", card.updated_at)
    found.add("created", card.published_at)
    found.add("last-modified", card.updated_at)
    found.add("sequence", card.sequence)
    found.add("dtstart", card.starts_at.astimezone(zone))
    found.add("dtend", card.ends_at.astimezone(zone))
    found.add("summary", card.title)
    found.add("status", card.state.upper())
    for name, value in _optional(entry):
        if value:
            found.add(name, value)
    if card.lat is not None and card.lon is not None:
        found.add("geo", (card.lat, card.lon))
    return found


def _optional(entry: CalendarEntry) -> Iterable[tuple[str, str]]:
    card = entry.card
    yield "description", entry.text
    yield "location", ", ".join(part for part in (card.venue, card.place_name) if part) or card.online
    yield "url", card.page
    yield "contact", card.organiser
    yield "categories", entry.category
