"""One date of an event as schema.org JSON-LD, for the page that shows it."""

from typing import Any
from zoneinfo import ZoneInfo

from network.rules.event_cards import EventCard
from network.rules.markdown import plain_text

__all__ = ["event_document"]

STATES = {"cancelled": "EventCancelled", "confirmed": "EventScheduled", "tentative": "EventScheduled"}
SCHEMA = "https://schema.org"


def event_document(card: EventCard) -> dict[str, Any]:
    """Return the Event; both times carry the offset of the place."""
    zone = ZoneInfo(card.zone)
    found = {
        "@context": SCHEMA,
        "@type": "Event",
        "@id": card.uri,
        "name": card.title,
        "description": plain_text(card.html),
        "url": card.page,
        "startDate": card.starts_at.astimezone(zone).isoformat(),
        "endDate": card.ends_at.astimezone(zone).isoformat(),
        "eventStatus": f"{SCHEMA}/{STATES.get(card.state, 'EventScheduled')}",
        "eventAttendanceMode": f"{SCHEMA}/{_mode(card)}",
        "location": _location(card),
        "organizer": {"@type": "Organization", "name": card.organiser, "url": card.owner_uri},
        "inLanguage": list(card.languages),
        "isAccessibleForFree": True if card.price in {"gift", "prix_libre"} else None,
        "offers": _offer(card),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _mode(card: EventCard) -> str:
    if card.online:
        return "MixedEventAttendanceMode" if card.place_name else "OnlineEventAttendanceMode"
    return "OfflineEventAttendanceMode"


def _location(card: EventCard) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if card.place_name:
        address = {"@type": "PostalAddress", "addressLocality": card.place_name}
        address |= {"streetAddress": card.venue} if card.venue else {}
        address |= {"postalCode": card.postcode} if card.postcode else {}
        place: dict[str, Any] = {"@type": "Place", "name": card.venue or card.place_name, "address": address}
        if card.lat is not None:
            place["geo"] = {"@type": "GeoCoordinates", "latitude": card.lat, "longitude": card.lon}
        found.append(place)
    if card.online:
        found.append({"@type": "VirtualLocation", "url": card.online})
    return found


def _offer(card: EventCard) -> dict[str, Any] | None:
    if card.price == "fixed" and card.amount_cents is not None:
        amount = f"{card.amount_cents / 100:.2f}"
        return {"@type": "Offer", "price": amount, "priceCurrency": card.currency, "url": card.page}
    return None
