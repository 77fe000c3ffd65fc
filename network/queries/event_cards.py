"""Rows of dates as cards: what the outside may know of them."""

from django.conf import settings

from network.models import EventDate, EventReaders, EventState
from network.rules.event_cards import EventCard
from network.rules.markdown import to_html

__all__ = ["card_of", "state_of"]


def state_of(row: EventDate) -> str:
    """Say whether one date takes place: what its event says counts for all of its dates."""
    for state in (EventState.WITHDRAWN, EventState.CANCELLED, EventState.TENTATIVE):
        if state in {row.state, row.event.state}:
            return str(state)
    return str(EventState.CONFIRMED)


def card_of(row: EventDate, *, postcode: str = "") -> EventCard:
    """Return the card of one date, its event and organiser at hand; `page` is its page on this node. No query."""
    event, organiser = row.event, row.event.organiser
    html = to_html(event.description) if event.local else event.description
    return EventCard(
        uri=row.uri, origin=organiser.origin, owner_uri=organiser.uri, title=event.title, starts_at=row.starts_at,
        ends_at=row.ends_at, published_at=event.published_at, updated_at=max(row.updated_at, event.updated_at),
        html=html if event.description else "", kind=event.kind, zone=event.zone, state=state_of(row),
        sequence=row.sequence, page=f"{settings.ORIGIN}/evenements/{event.pk}", place_name=row.place_name,
        place_dept=row.place_dept, place_code=row.place_code, postcode=postcode, lat=row.lat,
        lon=row.lon, venue=row.venue, note=row.note, online=event.online, price=event.price,
        amount_cents=event.amount_cents, currency=event.currency, accessibility=tuple(event.accessibility),
        languages=tuple(event.languages), capacity=event.capacity, registration=event.registration,
        registration_link=event.registration_link, organiser=organiser.name,
        public=event.visibility == EventReaders.PUBLIC,
    )  # fmt: skip
