"""Entries as Murmurations profiles: organizations_schema v1.0.0 and offers_wants_schema v0.1.0, a JSON object each.

Read too: a list of profiles, and the answer of an index (`data` with `profile_url`s), which names further addresses.
Barter and prix libre have no value of their own there: the text of the tags says them.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from network.rules.access import read_tags
from network.rules.cards import plain
from network.rules.entries import (
    LINES_MAX,
    UNSAID,
    EntryCard,
    EntryOffer,
    Line,
    Link,
    Problem,
    Reading,
    Spot,
    degrees,
    distinct,
    read_day,
    spot_problem,
    web_address,
)
from network.rules.files import parsed

__all__ = ["HOLDS", "offer_profile", "organization_profile", "read", "written"]

ORGANIZATIONS, OFFERS = "organizations_schema-v1.0.0", "offers_wants_schema-v0.1.0"
HOLDS = frozenset(
    {"name", "uri", "summary", "website", "skills", "opening", "place", "point", "contact", "offer.title", "offer.text",
     "offer.purpose", "offer.skill", "offer.tags", "offer.point", "offer.area", "offer.price", "offer.ends_on",
     "offer.url"}
)  # fmt: skip
Json = dict[str, Any]
STATUS_OF = {"open": "active", "waiting": "on_hold", "closed": "completed"}
OPENING_OF = {"active": "open", "in_planning": "waiting", "on_hold": "waiting", "completed": "closed",
              "cancelled": "closed"}  # fmt: skip
DEALS = {  # price → (transaction_type, a tag that says what the type cannot)
    "hourly": ("buy-sell", "prix:heure"), "fixed": ("buy-sell", "prix:forfait"),
    "prix_libre": ("receive-donate", "prix:libre"), "gift": ("receive-donate", "prix:don"),
    "barter": ("receive-donate", "prix:troc"), UNSAID: ("buy-sell", "prix:non-dit"),
}  # fmt: skip
PRICE_OF_TAG = {tag: price for price, (_, tag) in DEALS.items()}
REQUIRED = frozenset({"tags", "title", "description"})  # of an offer, even when they say nothing
SCOPES = {"on_site": "local", "circle": "regional", "country": "national"}
AREAS = {"local": "on_site", "regional": "circle", "national": "country", "international": "country"}
CARD_KEYS = {
    "name": "name", "unique_id": "uri", "primary_url": "website", "description": "summary", "mission": "summary",
    "tags": "skills", "status": "opening", "geolocation": "point", "latitude": "point", "longitude": "point",
    "full_address": "place", "locality": "place", "contact_details": "contact", "linked_schemas": "",
    "relationships": "", "nickname": "", "image": "", "header_image": "", "images": "", "urls": "", "rss": "",
    "country_iso_3166": "", "telephone": "", "starts_at": "", "ends_at": "", "geographic_scope": "", "metadata": "",
}  # fmt: skip
ADDRESS = re.compile(r"(?P<name>[^()]+) \((?P<dept>[0-9A-Z]{2,3})\)")
OFFER_KEYS = {
    "exchange_type": "offer.purpose", "transaction_type": "offer.price", "tags": "offer.skill", "title": "offer.title",
    "description": "offer.text", "geographic_scope": "offer.area", "contact_details": "", "item_type": "",
    "geolocation": "offer.point", "expires_at": "offer.ends_on", "details_url": "offer.url", "image": "",
    "linked_schemas": "", "primary_url": "website", "metadata": "", "name": "name",
}  # fmt: skip


# --- writing ----------------------------------------------------------------------------------------------


def organization_profile(card: EntryCard) -> Json:
    """Return the profile of an organisation; what says nothing is left out."""
    said = {
        "linked_schemas": [ORGANIZATIONS], "unique_id": card.uri, "name": card.name, "primary_url": card.website,
        "description": card.summary, "tags": list(card.skills), "status": STATUS_OF[card.opening],
        "geolocation": _point(card.spot), "full_address": _address(card.spot),
        "contact_details": {"contact_form": card.contact} if card.contact else {},
        "relationships": [
            {"predicate_url": "https://schema.org/makesOffer", "object_url": offer.url}
            for offer in card.offers if offer.url
        ],
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def offer_profile(card: EntryCard, offer: EntryOffer) -> Json:
    """Return the profile of an offer, or of a want; required fields are always there."""
    deal, tag = DEALS[offer.price]
    said = {
        "linked_schemas": [OFFERS], "exchange_type": "offer" if offer.purpose == "offer" else "want",
        "item_type": "service", "transaction_type": [deal],
        "tags": [name for name in (offer.skill, tag, *offer.tags) if name], "title": offer.title,
        "description": offer.text, "geographic_scope": SCOPES[offer.area],
        "contact_details": {"contact_form": card.contact or offer.url or card.url},
        "geolocation": _point(offer.spot), "expires_at": _unix(offer), "details_url": offer.url,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value or name in REQUIRED}


def written(cards: Iterable[EntryCard]) -> str:
    """Return all profiles as one list: of each entry, then of its offers."""
    profiles: list[Json] = []
    for card in cards:
        profiles.append(organization_profile(card))
        profiles += [offer_profile(card, offer) for offer in card.offers]
    return json.dumps(profiles, ensure_ascii=False)


def _address(spot: Spot) -> str:
    return f"{spot.name} ({spot.dept})" if spot.name and spot.dept else spot.name


def _point(spot: Spot) -> Json:
    return {} if spot.lat is None else {"lat": spot.lat, "lon": spot.lon}


def _unix(offer: EntryOffer) -> int | None:
    """The first second after the last day."""
    if offer.ends_on is None:
        return None
    return int(datetime.combine(offer.ends_on, time(0), UTC).timestamp()) + 86_400


# --- reading ----------------------------------------------------------------------------------------------


def read(text: str, *, url: str = "") -> Reading:
    """Return the entries of a profile, of a list of them, or the addresses in an index's answer.

    Offers of a list belong to the organisation before them; an offer alone is an entry without name. `url`: where a
    single profile was found.
    """
    document = parsed(text)
    found = document.get("data") if isinstance(document, dict) else document
    profiles = found if isinstance(found, list) else [document]
    if not profiles or not all(isinstance(each, dict) for each in profiles):
        return Reading(problem=Problem("file", "profile_expected"))
    if len(profiles) > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(profiles))))
    if found is not document and isinstance(found, list):
        return Reading(links=_links(profiles))
    unknown: list[str] = []
    lines: list[Line] = []
    for number, profile in enumerate(profiles, 1):
        at = url if len(profiles) == 1 else ""
        if "exchange_type" in profile:
            _read_offer(number, profile, at, lines, unknown)
        else:
            lines.append(_read_organization(number, profile, at, unknown))
    return Reading(tuple(lines), distinct(unknown))


def _links(nodes: list[Json]) -> tuple[Link, ...]:
    found = ((_string(node.get("name")), web_address(node.get("profile_url"))) for node in nodes)
    return tuple(Link(name, address) for name, address in found if address)


def _read_organization(number: int, profile: Json, url: str, unknown: list[str]) -> Line:
    unknown += [str(name)[:60] for name in profile if name not in CARD_KEYS]
    name = _string(profile.get("name"))
    spot, bad = _spot(profile)
    problems = [] if name else [Problem("name", "name_missing")]
    problems += [Problem("geolocation", "point_invalid")] if bad else []
    if problems:
        return Line(number, problems=tuple(problems), label=name)
    website = _website(profile.get("primary_url"))
    details = profile.get("contact_details")
    card = EntryCard(
        name=name, uri=_string(profile.get("unique_id")) or url or website,
        summary=_string(profile.get("description") or profile.get("mission")), website=website,
        skills=_tags(profile.get("tags")), opening=OPENING_OF.get(str(profile.get("status")), "open"), spot=spot,
        contact=web_address(details.get("contact_form")) if isinstance(details, dict) else "",
    )  # fmt: skip
    said = {CARD_KEYS.get(name, "") for name, value in profile.items() if value} - {""} | {"uri"}
    return Line(number, card, frozenset(said), label=name)


def _read_offer(number: int, profile: Json, url: str, lines: list[Line], unknown: list[str]) -> None:
    """Add an offer to the organisation that stands before it, or as an entry of its own."""
    unknown += [str(name)[:60] for name in profile if name not in OFFER_KEYS]
    title = _string(profile.get("title"))
    spot, bad = _spot(profile)
    if not title or bad:
        problem = Problem("geolocation", "point_invalid") if bad else Problem("title", "title_missing")
        lines.append(Line(number, problems=(problem,), label=title))
        return
    offer, said = _offer_of(profile, title, spot, url)
    owner = lines[-1] if lines and lines[-1].card else None
    if owner is not None and owner.card is not None:
        card = EntryCard(**{**vars(owner.card), "offers": (*owner.card.offers, offer)})
        lines[-1] = Line(owner.number, card, owner.said | said, label=owner.label)
    else:
        card = EntryCard(name=_string(profile.get("name")), website=_website(profile.get("primary_url")))
        lines.append(Line(number, EntryCard(**{**vars(card), "offers": (offer,)}), said, label=title))


def _offer_of(profile: Json, title: str, spot: Spot, url: str) -> tuple[EntryOffer, frozenset[str]]:
    price, skill, tags = _told(profile.get("tags"))
    offer = EntryOffer(
        title=title, uri=url, text=_string(profile.get("description")),
        purpose="request" if profile.get("exchange_type") == "want" else "offer",
        skill=skill, tags=tags, spot=spot, price=price,
        area=AREAS.get(str(profile.get("geographic_scope")), "circle"), ends_on=_last_day(profile.get("expires_at")),
        url=web_address(profile.get("details_url")),
    )  # fmt: skip
    said = {OFFER_KEYS.get(name, "") for name, value in profile.items() if value} - {""}
    said |= ({"offer.tags"} if "offer.skill" in said else set()) | ({"offer.uri"} if offer.uri else set())
    return offer, frozenset(said)


def _told(value: object) -> tuple[str, str, tuple[str, ...]]:
    """Return what the tags say: the price, the skill, and the free words. Ours stand around the tag of the price; of
    others the first is the skill."""
    listed = _strings(value)
    at = next((number for number, tag in enumerate(listed) if tag in PRICE_OF_TAG), None)
    price = UNSAID if at is None else PRICE_OF_TAG[listed[at]]
    before, after = (listed[:1], listed[1:]) if at is None else (listed[:at], listed[at + 1 :])
    return price, "".join(before[:1]), read_tags(",".join([*before[1:], *after]))


def _last_day(value: object) -> Any:  # noqa: ANN401 - a date or None
    if type(value) is int and 0 < value < 32_503_680_000:  # the year 3000
        return (datetime.fromtimestamp(value, UTC) - timedelta(seconds=1)).date()
    return read_day(value) if isinstance(value, str) else None


def _spot(profile: Json) -> tuple[Spot, bool]:
    """Return where it is, and whether a point is given that is none."""
    given = profile.get("geolocation")
    point = given if isinstance(given, dict) else profile
    lat, lon = degrees(point.get("lat", point.get("latitude"))), degrees(point.get("lon", point.get("longitude")))
    address = _string(profile.get("full_address") or profile.get("locality"))
    labelled = ADDRESS.fullmatch(address)
    name, dept = labelled.groups() if labelled else (address, "")
    spot = Spot(name, dept, lat=lat, lon=lon)
    return spot, spot_problem(lat, lon) or (bool(given) and lat is None)


def _website(value: object) -> str:
    """An address, which many write without its scheme."""
    text = _string(value)
    return web_address(text if "://" in text or not text else f"https://{text}")


def _tags(value: object) -> tuple[str, ...]:
    return distinct(_strings(value))


def _strings(value: object) -> list[str]:
    listed = value if isinstance(value, list) else []
    return [text for text in (_string(each) for each in listed) if text]


def _string(value: object) -> str:
    return plain(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
