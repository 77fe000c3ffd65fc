"""Entries as GeoJSON (RFC 7946): a feature each, [longitude, latitude] in WGS 84, `geometry: null` without a point.

Read liberally: any FeatureCollection with a name in its properties, points or shapes (their middle is taken).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from network.rules.access import ACCESS, read_tags
from network.rules.cards import plain
from network.rules.entries import (
    FIELDS,
    LINES_MAX,
    EntryCard,
    EntryOffer,
    Line,
    Problem,
    Reading,
    Spot,
    degrees,
    distinct,
    read_day,
    read_moment,
    spot_problem,
    web_address,
)
from network.rules.files import parsed

__all__ = ["HOLDS", "MEDIA_TYPE", "collection", "features", "read", "written"]

HOLDS = FIELDS
MEDIA_TYPE = "application/geo+json"
Json = dict[str, Any]

NAMES = {  # property → field; ours first, then what others call it
    "uri": "uri", "name": "name", "kind": "kind", "summary": "summary", "website": "website", "languages": "languages",
    "skills": "skills", "opening": "opening", "access": "access", "url": "url", "contact": "contact",
    "source": "source",
    "renewed_at": "renewed_at", "place": "place", "offers": "offers",
    "id": "uri", "nom": "name", "title": "name", "titre": "name", "description": "summary", "site": "website",
    "contact:website": "website", "web": "website", "commune": "city", "ville": "city", "city": "city",
    "addr:city": "city", "postcode": "postcode", "code_postal": "postcode", "addr:postcode": "postcode",
    "code_insee": "code", "insee": "code",
}  # fmt: skip
WORDS = {
    "kind": frozenset({"person", "association", "company", "collective", "public_body"}),
    "opening": frozenset({"open", "waiting", "closed"}),
}


# --- writing ----------------------------------------------------------------------------------------------


def features(cards: Iterable[EntryCard]) -> Iterator[Json]:
    """Yield a feature for each entry; what says nothing is left out, `geometry` is always there."""
    for card in cards:
        point = None if card.spot.lat is None else {"type": "Point", "coordinates": [card.spot.lon, card.spot.lat]}
        feature = {"type": "Feature", "id": card.uri, "geometry": point, "properties": _properties(card)}
        yield {name: value for name, value in feature.items() if name != "id" or value}


def collection(
    cards: Iterable[EntryCard], *, at: datetime | None = None, notes: Mapping[str, str] | None = None
) -> Json:
    """Return the FeatureCollection; `at`: when it was made; `notes`: licence and producer, as foreign members."""
    dated = {"generated_at": at.isoformat()} if at else {}
    return {"type": "FeatureCollection", **dated, **(notes or {}), "features": list(features(cards))}


def written(cards: Iterable[EntryCard], *, at: datetime | None = None, notes: Mapping[str, str] | None = None) -> str:
    return json.dumps(collection(cards, at=at, notes=notes), ensure_ascii=False)


def _properties(card: EntryCard) -> Json:
    said = {
        "uri": card.uri, "name": card.name, "kind": card.kind, "summary": card.summary, "website": card.website,
        "languages": list(card.languages), "skills": list(card.skills), "opening": card.opening,
        "access": list(card.access), "place": _place(card.spot), "url": card.url, "contact": card.contact,
        "source": card.source,
        "renewed_at": card.renewed_at.isoformat() if card.renewed_at else "",
        "offers": [_offer(offer) for offer in card.offers],
    }  # fmt: skip
    return _saying(said)


def _offer(offer: EntryOffer) -> Json:
    said = {
        "uri": offer.uri, "title": offer.title, "text": offer.text, "purpose": offer.purpose, "skill": offer.skill,
        "tags": list(offer.tags), "place": _place(offer.spot, point=True),
        "area": {"kind": offer.area, "km": offer.area_km},
        "remote": offer.remote, "access": list(offer.access), "opening": offer.opening,
        "availability": offer.availability,
        "price": offer.price, "amount": _amount(offer),
        "ends_on": offer.ends_on.isoformat() if offer.ends_on else "", "url": offer.url,
    }  # fmt: skip
    return _saying(said)


def _amount(offer: EntryOffer) -> Json:
    if offer.amount_cents is None:
        return {}
    return {"cents": offer.amount_cents, "currency": offer.currency, "tax_included": offer.tax_included}


def _place(spot: Spot, *, point: bool = False) -> Json:
    said: Json = {"name": spot.name, "dept": spot.dept, "code": spot.code, "postcode": spot.postcode}
    if point and spot.lat is not None:
        said["coordinates"] = [spot.lon, spot.lat]
    return _saying(said)


def _saying(said: Json) -> Json:
    return {name: value for name, value in said.items() if value not in ("", None, [], {})}


# --- reading ----------------------------------------------------------------------------------------------


def read(text: str) -> Reading:
    """Return the entries of a FeatureCollection, or of one Feature. Raises Invalid as rules/files.py says."""
    document = parsed(text)
    kind = document.get("type") if isinstance(document, dict) else None
    listed = [document] if kind == "Feature" else document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(listed, list):
        return Reading(problem=Problem("file", "geojson_expected"))
    if len(listed) > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(listed))))
    unknown: list[str] = []
    lines = tuple(_line(number, feature, unknown) for number, feature in enumerate(listed, 1))
    return Reading(lines, distinct(unknown))


def _line(number: int, feature: object, unknown: list[str]) -> Line:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict):
        return Line(number, problems=(Problem("properties", "object_expected"),))
    found: Json = {}
    for name, value in properties.items():
        field = NAMES.get(str(name).lower())
        if field is None:
            unknown.append(str(name)[:60])
        elif value not in ("", None, [], {}):
            found.setdefault(field, value)
    if "uri" not in found and isinstance(feature.get("id"), (str, int)):
        found["uri"] = str(feature["id"])
    return _read_card(number, found, feature.get("geometry"))


def _read_card(number: int, found: Json, geometry: object) -> Line:
    name = _string(found.get("name"))
    problems = [] if name else [Problem("name", "name_missing")]
    problems += [
        Problem(field, "word_unknown", str(found[field])[:60])
        for field, words in WORDS.items()
        if field in found and found[field] not in words
    ]
    problems += [
        Problem("access", "word_unknown", code[:60]) for code in _strings(found.get("access")) if code not in ACCESS
    ]
    lat, lon = _point(geometry)
    if geometry is not None and (lat is None or spot_problem(lat, lon)):
        problems.append(Problem("geometry", "point_invalid"))
    if problems:
        return Line(number, problems=tuple(problems), label=name)
    card = EntryCard(
        name=name, uri=_string(found.get("uri")), kind=str(found.get("kind", "association")),
        summary=_string(found.get("summary")), website=web_address(found.get("website")),
        languages=_strings(found.get("languages")), skills=_strings(found.get("skills")),
        opening=str(found.get("opening", "open")), access=_strings(found.get("access")),
        spot=_read_spot(found, lat, lon), url=web_address(found.get("url")),
        contact=web_address(found.get("contact")), source=_string(found.get("source")),
        renewed_at=read_moment(found.get("renewed_at")), offers=_read_offers(found.get("offers")),
    )  # fmt: skip
    return Line(number, card, _said(found, card), label=name)


def _read_spot(found: Json, lat: float | None, lon: float | None) -> Spot:
    place = found.get("place")
    said = place if isinstance(place, dict) else {}
    name = said.get("name") or found.get("city") or (place if isinstance(place, str) else "")
    return Spot(
        _string(name), _string(said.get("dept")), _string(said.get("code") or found.get("code")),
        _string(said.get("postcode") or found.get("postcode")), lat, lon,
    )  # fmt: skip


def _read_offers(value: object) -> tuple[EntryOffer, ...]:
    listed = value if isinstance(value, list) else []
    return tuple(_read_offer(each) for each in listed if isinstance(each, dict) and _string(each.get("title")))


def _read_offer(said: Json) -> EntryOffer:
    place = said.get("place") if isinstance(said.get("place"), dict) else {}
    area, amount = _object(said.get("area")), _object(said.get("amount"))
    lat, lon = _point({"coordinates": _object(place).get("coordinates")})
    cents, km = amount.get("cents"), area.get("km")
    return EntryOffer(
        title=_string(said.get("title")), uri=_string(said.get("uri")), text=_string(said.get("text")),
        purpose=str(said.get("purpose", "offer")), skill=_string(said.get("skill")),
        tags=read_tags(",".join(_strings(said.get("tags")))), access=_strings(said.get("access")),
        spot=_read_spot({"place": place}, lat, lon), area=str(area.get("kind", "circle")),
        area_km=km if type(km) is int else 30, remote=said.get("remote") is True,
        opening=str(said.get("opening", "open")), availability=_string(said.get("availability")),
        price=str(said.get("price", "unsaid")), amount_cents=cents if type(cents) is int else None,
        currency=str(amount.get("currency", "EUR")), tax_included=amount.get("tax_included") is not False,
        ends_on=read_day(said.get("ends_on")), url=web_address(said.get("url")),
    )  # fmt: skip


def _said(found: Json, card: EntryCard) -> frozenset[str]:
    names = {name for name in found if name not in {"city", "postcode", "code", "offers"}}
    names |= {"place"} if card.spot.name or card.spot.postcode or card.spot.code else set()
    names |= {"point"} if card.spot.lat is not None else set()
    return frozenset(names) | (frozenset(name for name in FIELDS if "." in name) if card.offers else frozenset())


def _point(geometry: object) -> tuple[float | None, float | None]:
    """Return (lat, lon) of a point, or of the middle of the box around a shape."""
    shape = geometry.get("coordinates") if isinstance(geometry, dict) else None
    pairs = list(_pairs(shape))
    if not pairs:
        return None, None
    lons, lats = zip(*pairs, strict=True)
    if len(pairs) == 1:
        return lats[0], lons[0]
    return (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2


def _pairs(shape: object) -> Iterator[tuple[float, float]]:
    """Yield (lon, lat) however deep the list of coordinates is; depth was judged when the text was parsed."""
    if not isinstance(shape, list):
        return
    if len(shape) >= 2 and not isinstance(shape[0], list):
        lon, lat = degrees(shape[0]), degrees(shape[1])
        if lon is not None and lat is not None:
            yield lon, lat
        return
    for part in shape:
        yield from _pairs(part)


def _string(value: object) -> str:
    return plain(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _strings(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else value.replace(";", ",").split(",") if isinstance(value, str) else []
    return distinct(text for text in (_string(each) for each in listed) if text)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
