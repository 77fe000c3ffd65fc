"""Calendars read (RFC 5545): each VEVENT for itself, so that what is wrong with one is said at its line.

Who takes part, alarms and private notes are neither read nor kept. Days and hours are those of the event's own zone.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Component, Event

from network.rules.cards import plain
from network.rules.entries import Problem, distinct
from network.rules.event_entries import EVENTS_MAX, EventLine, EventReading, Rule, with_rhythm, without_days
from network.rules.events import EventDraft, is_zone
from network.rules.files import unfolded
from network.rules.places import fold

__all__ = ["read"]

EXPECTED = frozenset({
    "UID", "SUMMARY", "DESCRIPTION", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
    "LOCATION", "GEO", "STATUS", "CLASS", "CATEGORIES", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "TRANSP",
    "PRIORITY", "URL", "ORGANIZER", "ATTENDEE", "CONTACT", "CONFERENCE",
})  # fmt: skip
KINDS = {  # words of a category → kind
    "install": "install_fair", "atelier": "workshop", "workshop": "workshop", "debat": "debate", "debate": "debate",
    "conference": "debate", "formation": "training", "training": "training", "assemblee": "assembly",
    "assembly": "assembly",
}  # fmt: skip
A_DAY = timedelta(days=1)
YEARS = 1970, 2100  # of a first day


class _Faulty(Exception):
    """A line cannot be taken; the problem says why."""

    def __init__(self, field: str, code: str, value: object = "") -> None:
        super().__init__(code)
        self.problem = Problem(field, code, str(value)[:60])


def read(text: str, *, zone: str) -> EventReading:
    """Return the events of a calendar. `zone`: of hours that name none, or only UTC, unless the calendar says one."""
    lines = list(unfolded(text))
    blocks = list(_blocks(lines))
    if not any(line.strip().upper() == "BEGIN:VCALENDAR" for _number, line in lines):
        return EventReading(problem=Problem("file", "calendar_expected"))
    if len(blocks) > EVENTS_MAX:
        return EventReading(problem=Problem("file", "too_many_events", str(len(blocks))))
    named = next((line.partition(":")[2].strip() for _n, line in lines if line.upper().startswith("X-WR-TIMEZONE")), "")
    home = named if is_zone(named) else zone
    unknown: list[str] = []
    events = [_line(number, block, home, unknown) for number, block in blocks]
    return EventReading(tuple(_with_exceptions(events)), distinct(unknown))


def _blocks(lines: list[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield each VEVENT, without what it contains besides, such as alarms; one without end is yielded as it stands."""
    begun, inner = 0, 0
    block: list[str] = []
    for number, line in lines:
        word = line.strip().upper()
        if word == "BEGIN:VEVENT":
            if begun:
                yield begun, block
            begun, inner, block = number, 0, []
        elif word == "END:VEVENT" and begun:
            yield begun, block
            begun = 0
        elif begun and word.startswith("BEGIN:"):
            inner += 1
        elif begun and word.startswith("END:"):
            inner = max(0, inner - 1)
        elif begun and not inner and line.strip():
            block.append(line)
    if begun:
        yield begun, block


def _line(number: int, block: list[str], home: str, unknown: list[str]) -> EventLine:
    try:
        event = Event.from_ical("\r\n".join(["BEGIN:VEVENT", *block, "END:VEVENT", ""]))
    except (ValueError, IndexError, KeyError) as error:
        return EventLine(number, problems=(Problem("", "event_unreadable", str(error)[:60]),))
    unknown += [name[:60] for name in event if name not in EXPECTED and not name.startswith("X-")]
    label = _text(event, "SUMMARY")[:120]
    told = EventLine(number, label, plain(_text(event, "UID"), 500))
    try:
        return _read(told, event, home)
    except _Faulty as faulty:
        return replace(told, problems=(faulty.problem,))
    except OverflowError:  # at the ends of the calendar an hour has no equal in another zone
        return replace(told, problems=(Problem("DTSTART", "value_unreadable"),))


def _read(told: EventLine, event: Component, home: str) -> EventLine:
    if "RECURRENCE-ID" in event:  # even a cancelled one: the event without it would be announced wrongly
        raise _Faulty("RECURRENCE-ID", "exception_not_held")
    if left_out := _left_out(event):
        return replace(told, left_out=left_out)
    if event.errors:
        raise _Faulty(str(event.errors[0][0] or ""), "value_unreadable")
    where, online = _place(event)
    lat, lon = _point(event)
    return replace(told, draft=_draft(event, home, online), where=where, lat=lat, lon=lon)


def _left_out(event: Component) -> str:
    if _text(event, "CLASS").upper() in {"PRIVATE", "CONFIDENTIAL"}:
        return "event_private"
    return "event_cancelled" if _text(event, "STATUS").upper() == "CANCELLED" else ""


def _draft(event: Component, home: str, online: str) -> EventDraft:
    begin, end, zone = _hours(event, home)
    if not YEARS[0] <= begin.year <= YEARS[1]:  # a rhythm is counted from its first day on
        raise _Faulty("DTSTART", "value_unreadable")
    tentative = _text(event, "STATUS").upper() == "TENTATIVE"
    draft = EventDraft(
        title=plain(_text(event, "SUMMARY")), kind=_kind(event), first_on=begin.date(), starts=begin.time(),
        ends=end.time(), zone=zone, description=plain(_text(event, "DESCRIPTION")), online=online, price="unsaid",
        state="tentative" if tentative else "confirmed",
    )  # fmt: skip
    rule, zone_there = _one(event, "RRULE"), ZoneInfo(zone)
    if rule is not None:
        held = with_rhythm(draft, _rule(rule, zone_there, begin.time()))
        if held is None:
            raise _Faulty("RRULE", "rhythm_not_held", rule.to_ical().decode())
        draft = held
    return _with_days(draft, event, zone_there)


def _with_days(draft: EventDraft, event: Component, zone: ZoneInfo) -> EventDraft:
    """Add and leave out the dates that are named one by one; the product lists them, if they are not too many."""
    left_out, added = _days(event, "EXDATE", zone), _days(event, "RDATE", zone, draft.starts)
    if not left_out and not added:
        return draft
    listed = without_days(draft, left_out, added)
    if listed is None:
        raise _Faulty("EXDATE" if left_out else "RDATE", "days_not_held")
    return listed


def _days(event: Component, name: str, zone: ZoneInfo, starts: time | None = None) -> list[date]:
    """Return the days that a property names; with `starts`, none of them may have another hour."""
    held = event.get(name)
    if held is None:
        return []
    moments = [each.dt for one in (held if isinstance(held, list) else [held]) for each in one.dts]
    if not all(isinstance(moment, date) for moment in moments):  # spans of time (PERIOD) have hours of their own
        raise _Faulty(name, "days_not_held")
    there = [_there(moment, zone) for moment in moments if isinstance(moment, datetime)]
    if starts is not None and any(moment.time() != starts for moment in there):
        raise _Faulty(name, "days_not_held")
    return [_there(moment, zone).date() if isinstance(moment, datetime) else moment for moment in moments]


def _there(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _rule(rule: Any, zone: ZoneInfo, starts: time) -> Rule:
    """Return a rule as plain values; its last moment as the last day on which an event still begins by then."""
    parts: dict[str, Any] = {name.upper(): list(values) for name, values in rule.items()}
    if "UNTIL" in parts:
        parts["UNTIL"] = [_last_day(moment, zone, starts) for moment in parts["UNTIL"]]
    return parts


def _last_day(moment: date, zone: ZoneInfo, starts: time) -> date:
    if not isinstance(moment, datetime):
        return moment
    there = _there(moment, zone)
    return there.date() if there.time() >= starts else there.date() - A_DAY


# --- when --------------------------------------------------------------------------------------------------


def _hours(event: Component, home: str) -> tuple[datetime, datetime, str]:
    """Return beginning and end as hours at the place, and its zone."""
    start, end, duration = (_one(event, name) for name in ("DTSTART", "DTEND", "DURATION"))
    if start is None:
        raise _Faulty("DTSTART", "start_missing")
    begin = start.dt
    if not isinstance(begin, datetime):
        raise _Faulty("DTSTART", "hours_needed", begin)
    zone = _zone(start, home)
    there = ZoneInfo(zone)
    begin = _there(begin, there)
    if end is not None and isinstance(end.dt, datetime):
        finish = _there(end.dt, there)
    elif duration is not None and isinstance(duration.dt, timedelta):
        finish = (begin.astimezone(UTC) + duration.dt).astimezone(there)
    else:
        raise _Faulty("DTEND", "end_missing")
    length = finish.astimezone(UTC) - begin.astimezone(UTC)
    if length <= timedelta(0):
        raise _Faulty("DTEND", "end_before_start")
    if length >= A_DAY or (finish.date() > begin.date() and finish.time() > begin.time()):
        raise _Faulty("DTEND", "event_spans_days", finish.date())
    return begin, finish, zone


def _zone(start: Any, home: str) -> str:
    """Return the zone of an hour: the one it names, else that of the calendar. UTC says nothing of the place."""
    named = plain(str(start.params.get("TZID", "")))
    if start.dt.tzinfo is None and named:
        raise _Faulty("DTSTART", "calendar_zone_unknown", named)
    key = getattr(start.dt.tzinfo, "key", "")
    return key if named and is_zone(key) else home


# --- what and where ----------------------------------------------------------------------------------------


def _one(event: Component, name: str) -> Any:
    """Return a value that may stand once; None if it is not there."""
    held = event.get(name)
    if isinstance(held, list):
        raise _Faulty(name, "value_twice")
    return held


def _text(event: Component, name: str) -> str:
    held = event.get(name)
    first = held[0] if isinstance(held, list) and held else held
    return "" if first is None else str(getattr(first, "dt", first)).strip()


def _kind(event: Component) -> str:
    held = event.get("CATEGORIES")
    said = [str(word) for one in (held if isinstance(held, list) else [held] if held else []) for word in one.cats]
    words = fold(" ".join(said))
    return next((kind for word, kind in KINDS.items() if word in words), "other")


def _place(event: Component) -> tuple[str, str]:
    """Return where it is in words, and where to follow it from afar."""
    where, afar = plain(_text(event, "LOCATION"), 300), _text(event, "CONFERENCE")
    if where.startswith(("https://", "http://")) and " " not in where:
        return "", where
    return where, afar if afar.startswith(("https://", "http://")) else ""


def _point(event: Component) -> tuple[float | None, float | None]:
    point = _one(event, "GEO")
    return (None, None) if point is None else (float(point.latitude), float(point.longitude))


def _with_exceptions(events: list[EventLine]) -> Iterator[EventLine]:
    """Refuse too what a line that cannot be held would have changed: without it, a date would be told wrongly."""
    changed = {
        each.uid: each.number for each in events
        if each.uid and any(problem.code == "exception_not_held" for problem in each.problems)
    }  # fmt: skip
    for each in events:
        if each.draft is None or each.uid not in changed:
            yield each
        else:
            problem = Problem("RECURRENCE-ID", "changed_elsewhere", str(changed[each.uid]))
            yield replace(each, draft=None, problems=(problem,))
