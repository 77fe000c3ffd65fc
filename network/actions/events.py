"""Publishing, editing, cancelling and withdrawing events; each date of them; recording those of other nodes.

Dates are rows, written down up to 18 months ahead: each has its own place, hours and state, and an address that stays.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from network import clock, permissions
from network.actions.event_dates import kept_place, own_event, plan, touch, withdraw_dates
from network.errors import Invalid, NotEntitled
from network.models import Event, EventDate, EventReaders, EventState, Member
from network.rules.cards import plain
from network.rules.event_checks import check_draft
from network.rules.events import EventDraft, VenueDraft, zone_of
from network.signals import announce, event_changed

__all__ = [
    "cancel_event",
    "edit_event",
    "forget_events_of",
    "publish_event",
    "restore_event",
    "withdraw_event",
    "withdraw_events_of",
]


@transaction.atomic
def publish_event(*, actor: Member, draft: EventDraft) -> Event:
    """Put a new event of `actor` in the agenda, with its dates. Invalid names the first problem, `problems` all."""
    if not permissions.can_publish(actor):
        raise NotEntitled("not_a_member")
    instant = clock.now()
    columns = _columns_of(draft, instant, new=True)
    event = Event.objects.create(
        uri=_new_address(), organiser=actor, local=True, published_at=instant, updated_at=instant, heard_at=instant,
        **columns,
    )  # fmt: skip
    event.partners.set(_partners(event, draft))
    plan(event, draft, instant)
    _check_has_dates(event)
    announce(event_changed, event_id=event.pk)
    return event


@transaction.atomic
def edit_event(*, actor: Member, event_id: int, draft: EventDraft) -> Event:
    """Replace what one's own event says. Dates to come follow the rhythm again, but for those set by hand.

    Dates that the rhythm no longer has are withdrawn; past ones stay as they were. When it is no longer for everybody
    it moves to new addresses, and is withdrawn at the old ones.
    """
    event, instant = own_event(actor, event_id), clock.now()
    columns = _columns_of(draft, instant, new=False)
    if event.visibility == EventReaders.PUBLIC and draft.visibility == EventReaders.MEMBERS:
        _leave_addresses(event)
    if event.state == EventState.CANCELLED:
        columns["state"] = EventState.CANCELLED  # only `restore_event` takes that back
    for column, value in columns.items():
        setattr(event, column, value)
    event.updated_at = event.heard_at = instant
    event.save()
    event.partners.set(_partners(event, draft))
    plan(event, draft, instant)
    _check_has_dates(event)
    announce(event_changed, event_id=event.pk)
    return event


@transaction.atomic
def cancel_event(*, actor: Member, event_id: int) -> Event:
    """Say of one's own event that none of its dates to come takes place. It stays in the agenda, marked so."""
    return _turn(own_event(actor, event_id), EventState.CANCELLED)


@transaction.atomic
def restore_event(*, actor: Member, event_id: int) -> Event:
    """Let one's own cancelled event take place after all; dates cancelled one by one stay so."""
    return _turn(own_event(actor, event_id), EventState.CONFIRMED)


@transaction.atomic
def withdraw_event(*, actor: Member, event_id: int) -> Event:
    """Take one's own event back, for good, with all its dates."""
    event = own_event(actor, event_id)
    _withdraw(event)
    return event


def withdraw_events_of(member: Member) -> None:
    """Withdraw whatever `member` still organises, and forget what they wrote there; called when they leave."""
    mine = Event.objects.filter(organiser=member)
    for event in mine.select_for_update().exclude(state=EventState.WITHDRAWN):
        _withdraw(event)
    mine.update(title="", description="", places=[], online="", capacity="", registration="", registration_link="")
    EventDate.objects.filter(event__organiser=member).update(venue="", note="", **EventDate.columns_of(None))
    member.events_shared.clear()


def forget_events_of(*, origin: str = "", uri: str = "") -> int:
    """Drop every copy of an event of the node at `origin`, or of the member `uri` there; return how many."""
    copies = Event.objects.filter(local=False, organiser__local=False)
    copies = copies.filter(organiser__origin=origin) if origin else copies.filter(organiser__uri=uri)
    number = copies.count()
    copies.delete()
    return number


def _turn(event: Event, state: str) -> Event:
    """Give the event a state; its dates to come have changed with it."""
    if event.state != state:
        instant = clock.now()
        event.state, event.updated_at = state, instant
        event.save(update_fields=["state", "updated_at"])
        touch(event.dates.filter(ends_at__gt=instant), instant, weighty=True)
        announce(event_changed, event_id=event.pk)
    return event


def _withdraw(event: Event) -> None:
    instant = clock.now()
    event.state, event.updated_at = EventState.WITHDRAWN, instant
    event.save(update_fields=["state", "updated_at"])
    withdraw_dates(event.dates.all(), instant)
    announce(event_changed, event_id=event.pk)


def _new_address() -> str:
    return f"{settings.ORIGIN}/e/{uuid4().hex}"


def _leave_addresses(event: Event) -> None:
    """Give the event and its dates new addresses, and leave withdrawn ones that say nothing at the old.

    Other nodes drop for good what they are told to delete: it can be for everybody again only under a new name.
    """
    old, event.uri = event.uri, _new_address()
    event.save(update_fields=["uri"])
    left = Event.objects.create(
        uri=old, organiser_id=event.organiser_id, local=True, state=EventState.WITHDRAWN, kind=event.kind
    )
    for each in event.dates.all():
        address, each.uri = each.uri, f"{event.uri}/{each.slot:%Y-%m-%d}"
        each.save(update_fields=["uri"])
        EventDate.objects.create(
            event=left, uri=address, slot=each.slot, starts_at=each.starts_at, ends_at=each.ends_at,
            state=EventState.WITHDRAWN, revision=each.revision + 1,
        )  # fmt: skip
    announce(event_changed, event_id=left.pk)


def _check_has_dates(event: Event) -> None:
    """Refuse an event whose rhythm has no day, as one that ends before it begins."""
    if not event.dates.exclude(state=EventState.WITHDRAWN).exists():
        raise Invalid("no_dates", field="first_on")


def _partners(event: Event, draft: EventDraft) -> list[Member]:
    """Return who organises it too; one of them may be who edits."""
    return list(Member.objects.filter(pk__in=draft.partners, local=True, gone_at=None).exclude(pk=event.organiser_id))


def _columns_of(draft: EventDraft, instant: datetime, *, new: bool) -> dict[str, Any]:
    problems = check_draft(draft, today=clock.day_of(instant), new=new)
    if problems:
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)
    return {
        "title": plain(draft.title), "kind": draft.kind, "description": plain(draft.description),
        "zone": draft.zone or _zone_at(draft.venues), "rhythm": draft.rhythm, "first_on": draft.first_on,
        "until_on": draft.until_on, "listed": [day.isoformat() for day in sorted(set(draft.listed))],
        "starts": draft.starts, "ends": draft.ends, "places": [kept_place(venue) for venue in draft.venues],
        "online": draft.online, "price": draft.price, "amount_cents": draft.amount_cents, "currency": draft.currency,
        "accessibility": sorted(set(draft.accessibility)), "languages": list(dict.fromkeys(draft.languages)),
        "capacity": plain(draft.capacity), "registration": plain(draft.registration),
        "registration_link": draft.registration_link, "state": draft.state, "visibility": draft.visibility,
    }  # fmt: skip


def _zone_at(venues: tuple[VenueDraft, ...]) -> str:
    """Return the zone of the first place; without a place the node's own."""
    return zone_of(getattr(venues[0].place, "dept", "")) if venues else settings.TIME_ZONE
