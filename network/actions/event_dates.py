"""The dates of an event as rows: written down by its rhythm, set by hand, cancelled, withdrawn."""

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from network import clock
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Event, EventDate, EventState, Member
from network.queries.events import draft_of, may_edit, readable_events
from network.rules.cards import plain
from network.rules.event_checks import check_date
from network.rules.events import DateDraft, EventDraft, VenueDraft, days_of, horizon, instants, turn_of
from network.signals import announce, event_changed

__all__ = [
    "add_date", "cancel_date", "change_date", "extend_rhythms", "kept_place", "own_event", "plan", "restore_date",
    "touch", "withdraw_dates",
]  # fmt: skip


# --- by the rhythm -----------------------------------------------------------------------------------------


def plan(event: Event, draft: EventDraft, now: datetime) -> int:
    """Make the dates to come say what the rhythm says; return how many rows changed.

    Those set by hand keep their hours and place, and stay if the rhythm drops them; a date that somebody cancelled
    stays cancelled. What every date shares has changed with the event: all of those to come rise in revision.
    """
    held = {row.slot: row for row in event.dates.select_for_update()}
    wanted = days_of(draft, until=horizon(clock.day_of(now)))
    changed = 0
    for number, day in enumerate(wanted):
        row = held.pop(day, None)
        changed += _planned(event, row, day, number, now)
    for row in held.values():
        if not row.by_hand and row.ends_at > now and row.state != EventState.WITHDRAWN:
            changed += withdraw_dates(event.dates.filter(pk=row.pk), now)
        elif row.by_hand and row.ends_at > now and row.state != EventState.WITHDRAWN:
            changed += touch(event.dates.filter(pk=row.pk), now)
    return changed


def _planned(event: Event, row: EventDate | None, day: date, number: int, now: datetime) -> int:
    columns = _columns_by_rhythm(event, day, number)
    if row is None:
        EventDate.objects.create(event=event, uri=f"{event.uri}/{day:%Y-%m-%d}", slot=day, updated_at=now, **columns)
        return 1
    if row.ends_at <= now:
        return 0
    if row.state == EventState.WITHDRAWN:  # its address is spent: other nodes have dropped it for good
        return _renamed(event, row, columns, now)
    if not row.by_hand:
        _set(row, columns, now)
        return 1
    return touch(event.dates.filter(pk=row.pk), now)


def _renamed(event: Event, row: EventDate, columns: dict[str, Any], now: datetime) -> int:
    """Bring a withdrawn date back under a new address; the old one stays with a row that no page shows.

    Its revisions count on, so that coming back again and again never meets an address that is spent.
    """
    spent = Event.objects.create(
        uri=f"{row.uri}#{row.revision}", organiser_id=event.organiser_id, local=True, state=EventState.WITHDRAWN
    )
    EventDate.objects.filter(pk=row.pk).update(event=spent)
    EventDate.objects.create(
        event=event,
        uri=f"{event.uri}/{row.slot:%Y-%m-%d}-{row.revision}",
        slot=row.slot,
        revision=row.revision,
        updated_at=now,
        **columns,
    )
    return 1


def _columns_by_rhythm(event: Event, day: date, number: int) -> dict[str, Any]:
    starts_at, ends_at = instants(day, event.starts or time(), event.ends or time(), event.zone)
    return {"starts_at": starts_at, "ends_at": ends_at, **_columns_of_place(turn_of(event.places, number))}


def _columns_of_place(place: dict[str, Any] | None) -> dict[str, Any]:
    said = place or {"name": "", "dept": "", "code": "", "lat": None, "lon": None, "venue": ""}
    return {
        "place_name": said["name"], "place_dept": said["dept"], "place_code": said["code"], "lat": said["lat"],
        "lon": said["lon"], "venue": said["venue"],
    }  # fmt: skip


def _set(row: EventDate, columns: dict[str, Any], now: datetime) -> None:
    """Write columns; where hours, place or state differ, calendars learn it by the sequence."""
    weighty = any(getattr(row, name) != value for name, value in columns.items())
    for name, value in columns.items():
        setattr(row, name, value)
    row.sequence += weighty
    row.revision += 1
    row.updated_at = now
    row.save()


def touch(dates: "QuerySet[EventDate]", now: datetime, *, weighty: bool = False) -> int:
    """Let others learn that these dates have changed with their event; return how many."""
    rising = {"sequence": F("sequence") + 1} if weighty else {}
    return dates.exclude(state=EventState.WITHDRAWN).update(revision=F("revision") + 1, updated_at=now, **rising)


def withdraw_dates(dates: "QuerySet[EventDate]", now: datetime) -> int:
    """Take dates back for good; return how many."""
    standing = dates.exclude(state=EventState.WITHDRAWN)
    return standing.update(
        state=EventState.WITHDRAWN, revision=F("revision") + 1, sequence=F("sequence") + 1, updated_at=now
    )


@transaction.atomic
def extend_rhythms(*, now: datetime) -> int:
    """Write down the dates that have come within the horizon since; return how many. Safe to repeat."""
    made = 0
    goes_on = Event.objects.filter(local=True, state__in=[EventState.CONFIRMED, EventState.TENTATIVE])
    for event in goes_on.exclude(rhythm="once").order_by("pk"):
        made += _extend(event, now)
    return made


def _extend(event: Event, now: datetime) -> int:
    """Add what is missing after the last date that the rhythm has made; what came before is not looked at again."""
    last = event.dates.order_by("-slot").values_list("slot", flat=True).first()
    days = list(enumerate(days_of(draft_of(event), until=horizon(clock.day_of(now)))))
    new = [(number, day) for number, day in days if last is None or day > last]
    for number, day in new:
        _planned(event, None, day, number, now)
    if new:
        announce(event_changed, event_id=event.pk)
    return len(new)


# --- by hand -----------------------------------------------------------------------------------------------


@transaction.atomic
def change_date(*, actor: Member, event_id: int, slot: str, draft: DateDraft) -> EventDate:
    """Give one date of one's own event other hours, another place, a word; the rhythm spares it from now on."""
    row, now = _own_date(actor, event_id, slot), clock.now()
    columns = _columns_by_hand(row.event, draft, now)
    note = columns.pop("note")
    row.by_hand, row.note = True, note
    _set(row, columns, now)
    announce(event_changed, event_id=row.event_id)
    return row


@transaction.atomic
def add_date(*, actor: Member, event_id: int, draft: DateDraft) -> EventDate:
    """Add a date to one's own event, outside its rhythm. Invalid("date_taken") if there is one on that day."""
    event, now = own_event(actor, event_id), clock.now()
    columns = _columns_by_hand(event, draft, now)
    slot = draft.on
    if event.dates.filter(slot=slot).exists():
        raise Invalid("date_taken", field="on", problems=[("on", "date_taken")])
    row = EventDate.objects.create(
        event=event, uri=f"{event.uri}/{slot:%Y-%m-%d}", slot=slot, by_hand=True, updated_at=now, **columns
    )
    announce(event_changed, event_id=event.pk)
    return row


@transaction.atomic
def cancel_date(*, actor: Member, event_id: int, slot: str, note: str = "") -> EventDate:
    """Say that one date does not take place, and why in a few words; it is still shown."""
    return _turn(_own_date(actor, event_id, slot), EventState.CANCELLED, note)


@transaction.atomic
def restore_date(*, actor: Member, event_id: int, slot: str) -> EventDate:
    """Let a cancelled date take place after all."""
    return _turn(_own_date(actor, event_id, slot), EventState.CONFIRMED, "")


def _turn(row: EventDate, state: str, note: str) -> EventDate:
    if row.state == state:
        return row
    if len(note) > 200 or "\x00" in note:
        raise Invalid("line_too_long", field="note")
    row.note = plain(note) or ("" if state == EventState.CONFIRMED else row.note)
    _set(row, {"state": state}, clock.now())
    announce(event_changed, event_id=row.event_id)
    return row


def own_event(actor: Member, event_id: int) -> Event:
    """Lock one's own event that is not withdrawn, or refuse. What `actor` may not read is not there."""
    event = Event.objects.select_for_update().filter(pk=event_id).first()
    if event is None or not (event.organiser_id == actor.pk or readable_events(actor).filter(pk=event_id).exists()):
        raise NotFound("event_unknown")
    if not may_edit(actor, event):
        raise NotEntitled("not_the_organiser")
    if event.state == EventState.WITHDRAWN:
        raise WrongState("event_withdrawn")
    return event


def _own_date(actor: Member, event_id: int, slot: str) -> EventDate:
    """Lock one date to come of one's own event; refuse one that is over."""
    event = own_event(actor, event_id)
    standing = event.dates.select_for_update().exclude(state=EventState.WITHDRAWN)
    row = next((each for each in standing if each.slot.isoformat() == slot), None)
    if row is None:
        raise NotFound("event_date_unknown")
    if row.ends_at <= clock.now():
        raise WrongState("event_date_over")
    row.event = event
    return row


def _columns_by_hand(event: Event, draft: DateDraft, now: datetime) -> dict[str, Any]:
    problems = check_date(draft, today=clock.day_of(now))
    if problems:
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)
    assert draft.on is not None and draft.starts is not None and draft.ends is not None  # noqa: S101, PT018 - checked
    starts_at, ends_at = instants(draft.on, draft.starts, draft.ends, event.zone)
    place = _columns_of_place(kept_place(draft.venue) if draft.venue else None)
    return {"starts_at": starts_at, "ends_at": ends_at, "note": plain(draft.note), **place}


def kept_place(venue: VenueDraft) -> dict[str, Any]:
    """Return a place as an event keeps it: plain values."""
    named = {name: getattr(venue.place, name) for name in ("name", "dept", "code", "lat", "lon")}
    return {**named, "venue": plain(venue.venue)}
