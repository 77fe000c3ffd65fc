"""What waits for somebody as an iCalendar file (RFC 5545, RFC 7986): a VTODO for a thing to do, a VEVENT to attend.

Programs that subscribe to calendars often show no VTODO; so a thing to do that has a deadline is a VEVENT too, without
length and transparent, at the minute when it ends. The UID is the same at each reading.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Event, Todo

from network.formats.ical import MEDIA_TYPE, bytes_of, new_calendar

__all__ = ["MEDIA_TYPE", "TodoEntry", "written"]

AGAIN = timedelta(hours=6)  # how often a calendar that subscribes may ask


@dataclass(frozen=True)
class TodoEntry:
    """One line. `attend`: a meeting that begins at `due_at`, else something to do before it."""

    uid: str
    title: str
    text: str
    since: datetime
    due_at: datetime | None
    url: str
    attend: bool = False


def written(entries: Iterable[TodoEntry], *, name: str, zone: ZoneInfo) -> bytes:
    """Return the file. The same entries give the same bytes: DTSTAMP is since when the line waits."""
    calendar = new_calendar(name, again=AGAIN)
    for entry in entries:
        if not entry.attend:
            calendar.add_component(_todo(entry, zone))
        if entry.due_at is not None:
            calendar.add_component(_event(entry, entry.due_at.astimezone(zone)))
    return bytes_of(calendar)


def _todo(entry: TodoEntry, zone: ZoneInfo) -> Todo:
    todo = Todo()
    todo.add("uid", f"{entry.uid}-todo")
    _common(todo, entry)
    if entry.due_at is not None:
        todo.add("due", entry.due_at.astimezone(zone))
    todo.add("status", "NEEDS-ACTION")
    return todo


def _event(entry: TodoEntry, at: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    _common(event, entry)
    event.add("dtstart", at)
    if not entry.attend:
        event.add("transp", "TRANSPARENT")
    return event


def _common(component: Event | Todo, entry: TodoEntry) -> None:
    component.add("dtstamp", entry.since)
    component.add("summary", entry.title)
    component.add("description", entry.text)
    component.add("url", entry.url)
    component.add("class", "PRIVATE")
