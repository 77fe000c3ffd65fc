"""The plain shape in which one date of an event passes between rows and the outside world."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from network.rules.cards import URI_MAX, is_point, plain
from network.rules.events import is_zone

__all__ = ["EventCard", "check_event_card"]

LONGEST = timedelta(days=400)  # of one date: what never ends would stay the next thing to come for ever


@dataclass(frozen=True)
class EventCard:
    """What the outside may know of one date of an event. `html` is not trusted: whoever stores it cleans it."""

    uri: str
    origin: str
    owner_uri: str
    title: str
    starts_at: datetime
    ends_at: datetime
    published_at: datetime
    updated_at: datetime
    html: str = ""
    kind: str = "other"
    zone: str = "Europe/Paris"  # IANA; empty: not said
    state: str = "confirmed"  # confirmed, tentative, cancelled
    sequence: int = 0
    page: str = ""  # of people
    place_name: str = ""
    place_dept: str = ""
    place_code: str = ""
    postcode: str = ""
    lat: float | None = None
    lon: float | None = None
    venue: str = ""
    note: str = ""
    online: str = ""
    price: str = "unsaid"
    amount_cents: int | None = None
    currency: str = "EUR"
    accessibility: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    capacity: str = ""
    seats: int | None = None  # where the sender counts them
    registration: str = ""
    registration_link: str = ""
    organiser: str = ""  # name
    public: bool = True


def check_event_card(card: EventCard) -> Iterator[tuple[str, str]]:
    """Yield what makes the card of another node's event unusable, as (field, code) pairs."""
    if not plain(card.title):
        yield "title", "title_length"
    if len(card.uri) > URI_MAX:
        yield "uri", "uri_too_long"
    if not is_point(card.lat, card.lon):
        yield "place", "point_invalid"
    if card.ends_at < card.starts_at:
        yield "ends", "end_before_start"
    if card.ends_at - card.starts_at > LONGEST:
        yield "ends", "event_too_long"
    if card.zone and not is_zone(card.zone):
        yield "zone", "zone_unknown"
