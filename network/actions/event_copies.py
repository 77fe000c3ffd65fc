"""Events of other nodes: recorded as their owners tell them, each a row with one date."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from network.errors import Invalid, NotEntitled
from network.models import Event, EventDate, EventPrice, EventState, Member
from network.queries.members import remote_owner
from network.queries.places import PlaceHit, find_place
from network.rules.cards import line_of, plain
from network.rules.event_cards import EventCard, check_event_card
from network.rules.events import zone_of
from network.rules.markdown import clean_html

__all__ = ["record_remote_event", "record_remote_event_end"]

SAID = (
    "title", "kind", "description", "zone", "online", "price", "amount_cents", "currency", "accessibility", "languages",
    "capacity", "registration", "registration_link", "state", "page",
)  # fmt: skip
SAID_OF_DATE = ("starts_at", "ends_at", "venue", "note", "place_name", "place_dept", "place_code", "lat", "lon")


@transaction.atomic
def record_remote_event(*, card: EventCard, now: datetime) -> Event:
    """Write what a node says of an event of its own member, in whatever order the news arrives.

    The card's `updated_at` decides, then its `sequence`, then the line of what it says, the same at every node: an
    older version changes nothing. A withdrawn event never wakes.
    NotFound("member_unknown") if the organiser is not recorded yet; NotEntitled("origin_mismatch",
    "not_the_organiser"); Invalid for a card that makes no sense.
    """
    organiser = remote_owner(card.uri, card.owner_uri, card.origin)
    for field, code in check_event_card(card):
        raise Invalid(code, field=field)
    event, place = _locked(card.uri, organiser), _place(card)
    columns, dated = _columns(card, now, place), _columns_of_date(card, now, place)
    if event is None:
        event = Event(uri=card.uri, organiser=organiser, local=False)
    elif not _is_news(columns, dated, event):
        return event
    for column, value in columns.items():
        setattr(event, column, value)
    event.save()
    _write_date(event, dated)
    return event


@transaction.atomic
def record_remote_event_end(*, uri: str, owner_uri: str) -> bool:
    """Take an event of another node off the agenda for good, on its owner's word; return whether it was there."""
    event = Event.objects.select_for_update().filter(uri=uri, organiser__uri=owner_uri, local=False).first()
    if event is None or event.state == EventState.WITHDRAWN:
        return False
    event.state = EventState.WITHDRAWN
    event.description = ""
    event.save(update_fields=["state", "description"])
    event.dates.update(state=EventState.WITHDRAWN)
    return True


def _locked(uri: str, organiser: Member) -> Event | None:
    event = Event.objects.select_for_update().filter(uri=uri).first()
    if event is not None and (event.local or event.organiser_id != organiser.pk):
        raise NotEntitled("not_the_organiser")
    return event


def _columns(card: EventCard, now: datetime, place: PlaceHit) -> dict[str, Any]:
    """What a card says, cut to what the columns hold. What it says of hours and place is its date's."""
    priced = card.price == EventPrice.FIXED and bool(card.amount_cents)
    return {
        "title": plain(card.title, 120), "kind": card.kind, "description": clean_html(plain(card.html)),
        "zone": card.zone or zone_of(place.dept), "online": card.online[:500],
        "price": card.price if priced or card.price != EventPrice.FIXED else EventPrice.UNSAID,
        "amount_cents": card.amount_cents if priced else None, "currency": card.currency[:3],
        "accessibility": list(card.accessibility), "languages": list(card.languages)[:20],
        "capacity": plain(card.capacity, 200) or (str(card.seats) if card.seats else ""),
        "registration": plain(card.registration, 200), "registration_link": card.registration_link[:500],
        "state": card.state, "page": card.page[:500], "published_at": min(card.published_at, now),
        "updated_at": min(card.updated_at, now), "heard_at": now,
    }  # fmt: skip


def _columns_of_date(card: EventCard, now: datetime, place: PlaceHit) -> dict[str, Any]:
    return {
        "starts_at": card.starts_at, "ends_at": card.ends_at, "venue": plain(card.venue, 200),
        "note": plain(card.note, 200), "updated_at": min(card.updated_at, now), "sequence": card.sequence,
        "place_name": plain(place.name, 120), "place_dept": plain(place.dept, 8), "place_code": plain(place.code, 12),
        "lat": place.lat, "lon": place.lon, "state": EventState.CONFIRMED,
    }  # fmt: skip


def _is_news(columns: dict[str, Any], dated: dict[str, Any], event: Event) -> bool:
    """Whether what a card says takes the place of what is held, or confirms it."""
    row = event.dates.first()
    if event.state == EventState.WITHDRAWN or row is None:
        return event.state != EventState.WITHDRAWN
    held = [*(getattr(event, name) for name in SAID), *(getattr(row, name) for name in SAID_OF_DATE)]
    said = [*(columns[name] for name in SAID), *(dated[name] for name in SAID_OF_DATE)]
    now, before = (columns["updated_at"], dated["sequence"]), (event.updated_at, row.sequence)
    if now == before and columns["updated_at"] != columns["published_at"]:
        return line_of(said) >= line_of(held)
    return now >= before  # who never says when they changed it is heard as they come


def _write_date(event: Event, columns: dict[str, Any]) -> None:
    row = event.dates.select_for_update().first()
    if row is None:
        slot = timezone.localtime(columns["starts_at"]).date()
        EventDate.objects.create(event=event, uri=event.uri, slot=slot, **columns)
        return
    EventDate.objects.filter(pk=row.pk).update(**columns, slot=row.slot)


def _place(card: EventCard) -> PlaceHit:
    """The place as the sender knows it; what it leaves out, the gazetteer says: a town has a département, a point."""
    said = PlaceHit(0, card.place_name, card.place_dept, card.place_code, card.lat, card.lon)
    if not card.place_name or (card.place_dept and card.lat is not None):
        return said
    town = find_place(f"{card.postcode} {card.place_name}".strip()).place if card.postcode else None
    town = town or find_place(card.place_name).place
    if town is None:
        return said
    lat, lon = (card.lat, card.lon) if card.lat is not None else (town.lat, town.lon)
    return PlaceHit(0, card.place_name, card.place_dept or town.dept, card.place_code or town.code, lat, lon)
