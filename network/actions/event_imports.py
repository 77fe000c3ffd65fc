"""Events that an import of a calendar publishes or changes, and how that is undone. See actions/imports.py."""

from dataclasses import fields
from datetime import date, time
from typing import Any

from django.db import transaction
from django.db.models import Q

from network.actions.event_dates import kept_place
from network.actions.events import edit_event, publish_event, withdraw_event
from network.errors import DomainError
from network.models import Event, EventState, ImportedChange, ImportRun, Member
from network.queries.events import draft_of, venue_of
from network.queries.import_steps import CREATE, SAME, UPDATE, Step
from network.rules.events import EventDraft

__all__ = ["take_event", "title_of", "undo_event"]

DAYS, HOURS = ("first_on", "until_on"), ("starts", "ends")


def take_event(run: ImportRun, step: Step) -> None:
    """Publish or change the event of a step, and note it with what it was before; of one that is the same, nothing."""
    if step.event is None or run.actor is None or step.does not in {CREATE, UPDATE, SAME}:
        return
    before: dict[str, Any] = {}
    after: dict[str, Any]
    if step.does == SAME:
        after = {"event": step.event_id, "uid": step.uid, "said": {}}
        ImportedChange.objects.create(run=run, line=step.number, after=after)
        return
    if step.event_id is None:
        event = publish_event(actor=run.actor, draft=step.event)
    else:
        before = _values(draft_of(Event.objects.get(pk=step.event_id)))
        event = edit_event(actor=run.actor, event_id=step.event_id, draft=step.event)
    after = {"event": event.pk, "uid": step.uid, "said": _values(draft_of(event))}
    ImportedChange.objects.create(run=run, line=step.number, before=before, after=after)


def title_of(change: ImportedChange) -> str:
    """Return what the event of a change is called now."""
    return str(Event.objects.values_list("title", flat=True).filter(pk=change.after["event"]).first() or "")


def undo_event(run: ImportRun, change: ImportedChange) -> bool:
    """Undo one change; return False if the event must stay: somebody has changed it, or what it was is over."""
    event = Event.objects.filter(pk=change.after["event"], organiser=run.actor).first()
    if event is None or run.actor is None or event.state == EventState.WITHDRAWN:
        return True
    by_hand = event.dates.filter(Q(by_hand=True) | Q(state=EventState.CANCELLED)).exists()
    if by_hand or event.state == EventState.CANCELLED or _values(draft_of(event)) != change.after["said"]:
        return False
    try:
        with transaction.atomic():
            _put_back(run.actor, event, change)
    except DomainError:  # what it was cannot be any more: all its dates are over, say
        return False
    return True


def _put_back(actor: Member, event: Event, change: ImportedChange) -> None:
    if change.before:
        edit_event(actor=actor, event_id=event.pk, draft=_draft(change.before))
    else:
        withdraw_event(actor=actor, event_id=event.pk)


def _values(draft: EventDraft) -> dict[str, Any]:
    """Return a draft as values that a row of JSON gives back as they are."""
    values: dict[str, Any] = {field.name: getattr(draft, field.name) for field in fields(draft)}
    values |= {name: values[name].isoformat() if values[name] else None for name in (*DAYS, *HOURS)}
    values["listed"] = [day.isoformat() for day in draft.listed]
    values["venues"] = [kept_place(venue) for venue in draft.venues]
    return {name: sorted(value) if name == "partners" else _listed(value) for name, value in values.items()}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _draft(values: dict[str, Any]) -> EventDraft:
    said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    said |= {name: date.fromisoformat(values[name]) if values[name] else None for name in DAYS}
    said |= {name: time.fromisoformat(values[name]) if values[name] else None for name in HOURS}
    said["listed"] = tuple(date.fromisoformat(day) for day in values["listed"])
    said["venues"] = tuple(venue_of(**place) for place in values["venues"])
    return EventDraft(**said)
