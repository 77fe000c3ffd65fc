"""Places as ActivityStreams writes them, both ways. Degrees (WGS 84); the radius of an area in kilometres."""

from typing import Any

from federation.rules.translate.reading import Node, as2, degrees, node, number, text, vf
from federation.rules.vocabulary import TOILE
from network.rules.cards import MemberCard, OfferCard

__all__ = ["place_of", "reach_of", "read_place", "read_reach"]

NAME_MAX, CODE_MAX, AREA_MAX_KM = 120, 12, 1000
KM_PER_UNIT = {"km": 1.0, "m": 0.001, "miles": 1.609344, "feet": 0.0003048, "inches": 0.0000254, "cm": 0.00001}
COUNTRY = "France"


def place_of(card: OfferCard | MemberCard) -> dict[str, Any] | None:
    """Return the Place of a card, or None if it has no name and no point."""
    if not card.place_name and card.lat is None:
        return None
    named = {"type": "Place"} | ({"name": card.place_name} if card.place_name else {})
    coded = {"communeCode": card.place_code} if card.place_code else {}
    return {**named, **_point(card), **coded}


def reach_of(card: OfferCard) -> dict[str, Any] | None:
    """Return the area served: a circle, a country (a name without point), or None on the spot."""
    if card.area == "country":
        return {"type": "Place", "name": COUNTRY}
    if card.area == "on_site" or card.lat is None:
        return None
    return {"type": "Place", **_point(card), "radius": card.area_km, "units": "km"}


def _point(card: OfferCard | MemberCard) -> dict[str, float]:
    return {} if card.lat is None or card.lon is None else {"latitude": card.lat, "longitude": card.lon}


def read_place(found: Node) -> dict[str, Any]:
    """Return the card's fields of the place of an expanded object; the point of its area will do."""
    place = node(found, as2("location")) or {}
    circle = node(found, vf("eligibleLocation")) or {}
    name = " ".join((text(place, as2("name")) or "").split())[:NAME_MAX]
    point = read_point(place) or read_point(circle) or (None, None)
    return {"place_name": name, "lat": point[0], "lon": point[1], **_read_code(place)}


def read_point(place: Node) -> tuple[float, float] | None:
    """Return latitude and longitude if both are there and within bounds; trust the names, not their order."""
    lat, lon = degrees(place, as2("latitude"), 90), degrees(place, as2("longitude"), 180)
    return None if lat is None or lon is None else (lat, lon)


def _read_code(place: Node) -> dict[str, str]:
    code = (text(place, (TOILE + "communeCode",)) or "").upper()
    if not (len(code) == 5 and code.isascii() and code.isalnum()):
        return {}
    return {"place_code": code, "place_dept": code[:3] if code.startswith("97") else code[:2]}


def read_reach(found: Node) -> dict[str, Any]:
    """Return `area` and `area_km`: without an eligible place on the spot; without a radius the whole country."""
    circle = node(found, vf("eligibleLocation"))
    if circle is None:
        return {"area": "on_site"}
    radius = number(circle, as2("radius"))
    if radius is None or read_point(circle) is None and read_point(node(found, as2("location")) or {}) is None:
        return {"area": "country"}
    km = float(radius) * KM_PER_UNIT.get(text(circle, as2("units")) or "m", 0.001)
    return {"area": "circle", "area_km": min(max(round(km), 1), AREA_MAX_KM)}
