"""One date of an event as an ActivityStreams Event in the shape that Mobilizon documents, both ways.

Read liberally: Mobilizon's terms, Gancio's plain-text address, the list of places of WordPress, FEP-8a8e's
VirtualLocation. Each date is an Event of its own: recurrence is nobody's word on the wire.
"""

from datetime import datetime, timedelta
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from federation.errors import Untranslatable
from federation.rules.delivery import Audience
from federation.rules.origins import is_uri, origin_of
from federation.rules.translate.attestations import exact
from federation.rules.translate.offers import EVERYBODY, iso
from federation.rules.translate.prices import amount_text
from federation.rules.translate.reading import BARE, Node, as2, boolean, instant, items, number, text, texts, types
from federation.rules.translate.venues import SC_HOMES, first, read_venue, sc, words
from federation.rules.vocabulary import AS2_NS, EVENT_CONTEXT, ICAL, MZ, TOILE
from network.rules.event_cards import EventCard
from network.rules.event_checks import KINDS
from network.rules.events import ACCESSIBILITY, is_zone

__all__ = ["event", "is_event", "read_event"]

TITLE_MAX, LINE_MAX, LINK_MAX = 120, 200, 500
MZ_HOMES = (MZ, BARE)
STATES = {"CONFIRMED": "confirmed", "TENTATIVE": "tentative", "CANCELLED": "cancelled"}
SCHEMA_STATES = {"EventCancelled": "cancelled", "EventPostponed": "tentative"}
CATEGORIES = {"install_fair": "LEARNING", "workshop": "LEARNING", "training": "LEARNING"}  # Mobilizon's own list
MEETING = "MEETING"
HASHTAGS = {
    "install_fair": "foireauxinstall",
    "workshop": "atelier",
    "debate": "debat",
    "training": "formation",
    "assembly": "assemblee",
}
PRICES = frozenset({"gift", "prix_libre", "fixed"})
LONG = timedelta(hours=2)  # when nobody says until when
COUNTRIES = {"BE": "Belgique", "CH": "Suisse", "LU": "Luxembourg", "DE": "Allemagne", "ES": "Espagne", "IT": "Italie"}


# --- writing -----------------------------------------------------------------------------------------------


def event(card: EventCard, *, audience: Audience) -> dict[str, Any]:
    """Return the Event document of one date."""
    zone = ZoneInfo(card.zone)
    found = {
        "@context": EVENT_CONTEXT,
        "type": "Event",
        "id": card.uri,
        "uuid": str(uuid5(NAMESPACE_URL, card.uri)),
        "attributedTo": card.owner_uri,
        "actor": card.owner_uri,
        "name": card.title,
        "content": _content(card),
        "mediaType": "text/html",
        "url": card.page,
        "startTime": card.starts_at.astimezone(zone).isoformat(),
        "endTime": card.ends_at.astimezone(zone).isoformat(),
        "timezone": card.zone,
        "published": iso(card.published_at),
        "updated": exact(card.updated_at),
        "location": _place(card),
        "ical:status": card.state.upper(),
        "joinMode": "external",
        "externalParticipationUrl": card.registration_link or card.page,
        "isOnline": bool(card.online),
        "category": CATEGORIES.get(card.kind, MEETING),
        "inLanguage": card.languages[0] if card.languages else None,
        "draft": False,
        "attachment": [{"type": "Link", "name": "Website", "href": card.online or card.page, "mediaType": "text/html"}],
        "tag": _tags(card),
        **_ours(card),
        "to": list(audience.to),
        "cc": list(audience.cc),
    }
    return {name: value for name, value in found.items() if value is not None}


def _content(card: EventCard) -> str:
    """Say what only our own terms would say otherwise: what is special this time."""
    return (f"<p>{escape(card.note)}</p>" if card.note else "") + card.html


def _place(card: EventCard) -> dict[str, Any] | None:
    if not card.place_name:
        return None
    address = {
        "type": "PostalAddress",
        "streetAddress": card.venue or None,
        "postalCode": card.postcode or None,
        "addressLocality": card.place_name,
        "addressCountry": COUNTRIES.get(card.place_dept, "France"),
    }
    point = {} if card.lat is None else {"latitude": card.lat, "longitude": card.lon}
    coded = {"communeCode": card.place_code} if card.place_code else {}
    kept = {name: value for name, value in address.items() if value}
    return {"type": "Place", "name": card.venue or card.place_name, **point, "address": kept, **coded}


def _tags(card: EventCard) -> list[dict[str, str]]:
    word = HASHTAGS.get(card.kind)
    return [{"type": "Hashtag", "name": f"#{word}", "href": f"{card.origin}/agenda?kind={card.kind}"}] if word else []


def _ours(card: EventCard) -> dict[str, Any]:
    return {
        "eventKind": card.kind,
        "priceModel": card.price if card.price in PRICES else None,
        "amount": None if card.amount_cents is None else amount_text(card.amount_cents),
        "currency": None if card.amount_cents is None else card.currency,
        "accessibility": list(card.accessibility) or None,
        "capacity": card.capacity or None,
        "registration": card.registration or None,
        "note": card.note or None,
        "sequence": card.sequence,
    }


# --- reading -----------------------------------------------------------------------------------------------


def is_event(found: Node) -> bool:
    """Whether an expanded node is an Event."""
    return AS2_NS + "Event" in types(found)


def read_event(found: Node, *, now: datetime) -> EventCard:
    """Return the card of an expanded Event; raise Untranslatable with the field that we cannot read."""
    uri, owner = _uri(found.get("@id"), "id"), _uri(text(found, as2("attributedTo")), "attributedTo")
    starts, published = instant(found, as2("startTime")), min(instant(found, as2("published")) or now, now)
    if starts is None:
        raise Untranslatable("startTime")
    ends = instant(found, as2("endTime"))
    return EventCard(
        uri=uri,
        origin=origin_of(uri),
        owner_uri=owner,
        title=_title(found),
        html=_html(found),
        starts_at=starts,
        ends_at=ends if ends and ends >= starts else starts + LONG,
        published_at=published,
        updated_at=min(instant(found, as2("updated")) or published, now),
        kind=_known(found, "eventKind", KINDS, "other"),
        zone=_zone(found),
        state=_state(found),
        page=_page(found, uri),
        online=_online(found),
        **read_venue(found),
        **_read_ours(found),
        public=_is_public(found),
    )


def _uri(value: str | None, field: str) -> str:
    if not is_uri(value):
        raise Untranslatable(field)
    return str(value)


def _title(found: Node) -> str:
    title = " ".join((text(found, as2("name")) or "").split())
    if not title:
        raise Untranslatable("name")
    return title[:TITLE_MAX]


def _html(found: Node) -> str:
    """The words; of our own events without the note, which comes in a term of its own."""
    html = text(found, as2("content")) or text(found, as2("summary")) or ""
    if first(found, (TOILE,), "note") and html.startswith("<p>"):
        return html.partition("</p>")[2]
    return html


def _known(found: Node, term: str, among: frozenset[str], otherwise: str) -> str:
    written = text(found, (TOILE + term,))
    return written if written in among else otherwise


def _zone(found: Node) -> str:
    zone = first(found, MZ_HOMES, "timezone")
    return zone if is_zone(zone) else ""


def _state(found: Node) -> str:
    said = text(found, (ICAL + "status", "ical:status", BARE + "ical:status")) or ""
    schema = first(found, SC_HOMES, "eventStatus").rpartition("/")[2]
    return STATES.get(said.upper()) or SCHEMA_STATES.get(schema, "confirmed")


def _page(found: Node, uri: str) -> str:
    page = text(found, as2("url")) or next((_href(link) for link in items(found, as2("url")) if _href(link)), "")
    return page if is_uri(page) and len(page) <= LINK_MAX else uri[:LINK_MAX]


def _href(link: Node) -> str:
    return text(link, as2("href")) or ""


def _online(found: Node) -> str:
    """The address at which it takes place online, if it does; a website of an event on the spot is none."""
    for place in items(found, as2("location")):
        if any(kind.endswith("VirtualLocation") for kind in types(place)):
            return _link(text(place, as2("url")) or first(place, SC_HOMES, "url"))
    if not boolean(found, tuple(home + "isOnline" for home in MZ_HOMES)):
        return ""
    links = (_link(_href(link)) for link in items(found, as2("attachment")))
    return next((link for link in links if link), _link(_page(found, "")))


def _link(address: str) -> str:
    return address if is_uri(address) and len(address) <= LINK_MAX else ""


def _read_ours(found: Node) -> dict[str, Any]:
    """Return what our own terms say, and what Mobilizon's say of it otherwise."""
    price, amount = _known(found, "priceModel", PRICES, "unsaid"), number(found, (TOILE + "amount",))
    cents = int(amount * 100) if price == "fixed" and amount is not None and 0 < amount <= 1_000_000 else None
    seats = number(found, sc("maximumAttendeeCapacity"))
    sequence = number(found, (TOILE + "sequence",))
    external = _link(first(found, MZ_HOMES, "externalParticipationUrl"))
    return {
        "price": price if price != "fixed" or cents else "unsaid",
        "amount_cents": cents,
        "currency": (text(found, (TOILE + "currency",)) or "EUR")[:3],
        "accessibility": tuple(word for word in ACCESSIBILITY if word in set(texts(found, (TOILE + "accessibility",)))),
        "languages": tuple(tag[:35] for tag in texts(found, sc("inLanguage")))[:20],
        "capacity": words(text(found, (TOILE + "capacity",))),
        "registration": words(text(found, (TOILE + "registration",))),
        "registration_link": "" if external == text(found, as2("url")) else external,
        "note": words(text(found, (TOILE + "note",))),
        "seats": int(seats) if seats is not None and 0 < seats < 1_000_000 else None,
        "sequence": int(sequence) if sequence is not None and 0 <= sequence < 1_000_000 else 0,
    }


def _is_public(found: Node) -> bool:
    named = {*texts(found, as2("to")), *texts(found, as2("cc"))}
    return not named or bool(EVERYBODY & named)
