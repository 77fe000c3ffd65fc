"""Entries as GoGoCarto elements: the full list of `/elements.json` (gogofull) and the compact one; dates as dd/mm/yyyy.

Categories are numbers of one site's own taxonomy, so they are written as `categoriesFull` names and never read as ours.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from network.rules.cards import plain
from network.rules.entries import (
    LINES_MAX,
    EntryCard,
    Line,
    Problem,
    Reading,
    Spot,
    degrees,
    distinct,
    read_moment,
    spot_problem,
    web_address,
)
from network.rules.files import parsed

__all__ = ["HOLDS", "compact", "read", "written"]

HOLDS = frozenset({"uri", "name", "summary", "website", "place", "point", "source", "opening"})
Json = dict[str, Any]
KEYS = {
    "id": "uri", "name": "name", "geo": "point", "sourceKey": "source", "address": "place", "createdAt": "",
    "updatedAt": "", "openHours": "", "categories": "", "categoriesFull": "", "description": "summary",
    "descriptionMore": "summary", "commitment": "", "website": "website", "site_web": "website", "telephone": "",
    "email": "", "status": "", "moderationState": "", "tags": "", "uuid": "", "subscriberEmails": "", "images": "",
    "opening": "opening", "abstract": "summary", "urls": "", "gestionnaire": "", "searchScore": "",
}  # fmt: skip


# --- writing ----------------------------------------------------------------------------------------------


def written(cards: Iterable[EntryCard], *, at: datetime, notes: dict[str, str] | None = None) -> str:
    """Return all elements; one without a point is left out, as a map has no place for it."""
    data = [_element(card, at) for card in cards if card.spot.lat is not None]
    return json.dumps({**(notes or {}), "ontology": "gogofull", "data": data}, ensure_ascii=False)


def compact(cards: Iterable[EntryCard], *, notes: dict[str, str] | None = None) -> str:
    """Return [id, name, latitude, longitude, categories] for each; we have no numbers of that site's categories."""
    data: list[list[Any]] = [
        [card.uri, card.name, card.spot.lat, card.spot.lon, []] for card in cards if card.spot.lat is not None
    ]
    return json.dumps({**(notes or {}), "ontology": "gogocompact", "data": data}, ensure_ascii=False)


def _element(card: EntryCard, at: datetime) -> Json:
    day = f"{card.renewed_at or at:%d/%m/%Y}"
    said = {
        "id": card.uri, "name": card.name, "geo": {"latitude": card.spot.lat, "longitude": card.spot.lon},
        "sourceKey": card.source, "address": _address(card.spot), "createdAt": day, "updatedAt": day,
        "categories": [], "categoriesFull": [{"name": skill} for skill in card.skills],
        "description": card.summary, "website": card.website, "opening": card.opening,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value or name == "categories"}


def _address(spot: Spot) -> Json:
    country = spot.dept if len(spot.dept) == 2 and spot.dept.isalpha() else "FR"
    said = {
        "addressLocality": spot.name, "postalCode": spot.postcode, "addressCountry": country if spot.name else "",
        "customFormatedAddress": f"{spot.name} ({spot.dept})" if spot.dept else "",
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


# --- reading ----------------------------------------------------------------------------------------------


def read(text: str) -> Reading:
    """Return the entries of a full or a compact list. Raises Invalid as rules/files.py says."""
    document = parsed(text)
    listed = document.get("data") if isinstance(document, dict) else document
    if isinstance(listed, dict):  # one element alone
        listed = [listed]
    if not isinstance(listed, list) or not all(isinstance(each, (dict, list)) for each in listed):
        return Reading(problem=Problem("file", "elements_expected"))
    if len(listed) > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(listed))))
    unknown: list[str] = []
    return Reading(
        tuple(_line(number, _full(each), unknown) for number, each in enumerate(listed, 1)), distinct(unknown)
    )


def _full(element: object) -> Json:
    """Return an element by names, from either shape."""
    if isinstance(element, dict):
        return element
    names = ("id", "name", "latitude", "longitude")
    found = dict(zip(names, element if isinstance(element, list) else [], strict=False))
    point = {"latitude": found.pop("latitude", None), "longitude": found.pop("longitude", None)}
    return found | {"geo": point}


def _line(number: int, element: Json, unknown: list[str]) -> Line:
    unknown += [str(name)[:60] for name in element if name not in KEYS]
    name = _string(element.get("name"))
    spot = _spot(element)
    problems = [] if name else [Problem("name", "name_missing")]
    if spot_problem(spot.lat, spot.lon) or (element.get("geo") and spot.lat is None):
        problems.append(Problem("geo", "point_invalid"))
    if problems:
        return Line(number, problems=tuple(problems), label=name)
    opening = element.get("opening")
    card = EntryCard(
        name=name, uri=_string(element.get("id")), source=_string(element.get("sourceKey")), spot=spot,
        summary=_string(element.get("description") or element.get("descriptionMore") or element.get("abstract")),
        website=web_address(element.get("website") or element.get("site_web")),
        opening=opening if opening in ("open", "waiting", "closed") else "open",
        renewed_at=read_moment(element.get("updatedAt")),
    )  # fmt: skip
    said = {KEYS.get(key, "") for key, value in element.items() if value} - {""}
    return Line(number, card, frozenset(said | ({"renewed_at"} if card.renewed_at else set())), label=name)


def _spot(element: Json) -> Spot:
    geo, address = _object(element.get("geo")), _object(element.get("address"))
    town = _string(address.get("addressLocality"))
    label = _string(address.get("customFormatedAddress"))
    inside = label[len(town) + 2 : -1] if town and label.startswith(f"{town} (") and label.endswith(")") else ""
    return Spot(
        town, inside, postcode=_string(address.get("postalCode")), lat=degrees(geo.get("latitude")),
        lon=degrees(geo.get("longitude")),
    )  # fmt: skip


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return plain(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
