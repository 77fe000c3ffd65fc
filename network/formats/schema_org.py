"""Entries as schema.org JSON-LD: organisations and people with the services they offer, for pages and files. Not read.

Radii are metres there. What others understand beyond names, places and prices is not known.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from network.rules.entries import UNSAID, EntryCard, EntryOffer, Spot

__all__ = ["HOLDS", "MEDIA_TYPE", "node_of", "written"]

HOLDS = frozenset(
    {"uri", "name", "kind", "summary", "website", "languages", "skills", "place", "point", "url", "contact",
     "renewed_at", "offer.uri", "offer.title", "offer.text", "offer.purpose", "offer.skill", "offer.tags",
     "offer.place", "offer.point", "offer.area", "offer.availability", "offer.price", "offer.amount", "offer.ends_on",
     "offer.url"}
)  # fmt: skip
MEDIA_TYPE = "application/ld+json"
CONTEXT = "https://schema.org"
TYPES = {
    "person": "Person", "association": "NGO", "company": "Organization", "collective": "Organization",
    "public_body": "GovernmentOrganization",
}  # fmt: skip
Json = dict[str, Any]


def written(cards: Iterable[EntryCard], *, at: datetime, notes: dict[str, str] | None = None) -> str:
    """Return all entries as one graph, dated."""
    graph = [node_of(card) for card in cards]
    said = {"creator": (notes or {}).get("producer", ""), "creditText": (notes or {}).get("rights", "")}
    dated = _saying({"@type": "Dataset", "dateModified": at.isoformat(), **said})
    return json.dumps({"@context": CONTEXT, "@graph": [dated, *graph]}, ensure_ascii=False)


def node_of(card: EntryCard) -> Json:
    """Return one entry; with `@context` it stands alone."""
    return _saying(
        {
            "@id": card.uri, "@type": TYPES[card.kind], "name": card.name, "description": card.summary,
            "url": card.website or card.url, "sameAs": card.url if card.website else "",
            "knowsLanguage": list(card.languages), "knowsAbout": list(card.skills), "address": _address(card.spot),
            "location" if card.kind != "person" else "homeLocation": _place(card.spot),
            "contactPoint": {"@type": "ContactPoint", "url": card.contact} if card.contact else None,
            "makesOffer": [_offer(card, offer) for offer in card.offers if offer.purpose == "offer"],
            "seeks": [_offer(card, offer) for offer in card.offers if offer.purpose != "offer"],
        }
    )  # fmt: skip


def _offer(card: EntryCard, offer: EntryOffer) -> Json:
    service = _saying(
        {
            "@type": "Service", "name": offer.title, "description": offer.text, "serviceType": offer.skill,
            "category": list(offer.tags), "provider": {"@id": card.uri} if card.uri else None,
            "areaServed": _area(offer),
            "hoursAvailable": offer.availability,
        }
    )  # fmt: skip
    return _saying(
        {
            "@id": offer.uri, "@type": "Offer" if offer.purpose == "offer" else "Demand", "itemOffered": service,
            "url": offer.url, "validThrough": offer.ends_on.isoformat() if offer.ends_on else "",
            "priceSpecification": _price(offer),
        }
    )  # fmt: skip


def _price(offer: EntryOffer) -> Json | None:
    if offer.amount_cents is not None:
        amount = {
            "price": f"{offer.amount_cents // 100}.{offer.amount_cents % 100:02}",
            "priceCurrency": offer.currency,
        }
        unit = {"unitCode": "HUR"} if offer.price == "hourly" else {}
        kind = "UnitPriceSpecification" if unit else "PriceSpecification"
        return {"@type": kind, **amount, **unit, "valueAddedTaxIncluded": offer.tax_included}
    if offer.price == "gift":
        return {"@type": "PriceSpecification", "price": "0", "priceCurrency": offer.currency}
    return None if offer.price == UNSAID else {"@type": "PriceSpecification", "description": offer.price}


def _area(offer: EntryOffer) -> Json | None:
    if offer.area == "circle" and offer.spot.lat is not None:
        middle = {"@type": "GeoCoordinates", "latitude": offer.spot.lat, "longitude": offer.spot.lon}
        return {"@type": "GeoCircle", "geoMidpoint": middle, "geoRadius": offer.area_km * 1000}
    if offer.area == "country":
        return {"@type": "Country", "name": _country(offer.spot)}
    return _place(offer.spot)


def _place(spot: Spot) -> Json | None:
    if not spot.name and spot.lat is None:
        return None
    point = {"@type": "GeoCoordinates", "latitude": spot.lat, "longitude": spot.lon} if spot.lat is not None else None
    return _saying({"@type": "Place", "name": spot.name, "geo": point})


def _address(spot: Spot) -> Json | None:
    if not spot.name:
        return None
    said = {"addressLocality": spot.name, "postalCode": spot.postcode, "addressCountry": _country(spot)}
    return _saying({"@type": "PostalAddress", **said})


def _country(spot: Spot) -> str:
    return spot.dept if len(spot.dept) == 2 and spot.dept.isalpha() else "FR"


def _saying(said: Json) -> Json:
    return {name: value for name, value in said.items() if value not in ("", None, [], {})}
