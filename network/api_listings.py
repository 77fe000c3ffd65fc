"""The search of the API as GeoJSON and as CSV: the same answer in other clothes."""

import json
from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer

from network.formats.listings import Listing, as_geojson, as_table

__all__ = ["CSVRenderer", "GeoJSONRenderer"]


class _Listed(BaseRenderer):
    """Refusals stay JSON: a program that reads points must not take a problem for an empty map."""

    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if "results" not in (data or {}):
            return bytes(JSONRenderer().render(data, accepted_media_type, renderer_context))
        return self.written([_listing(hit) for hit in data["results"]], data).encode()

    def written(self, listings: list[Listing], answer: dict[str, Any]) -> str:
        raise NotImplementedError


class GeoJSONRenderer(_Listed):
    """RFC 7946; total, page and pages go beside the features, as that standard allows."""

    media_type, format = "application/geo+json", "geojson"

    def written(self, listings: list[Listing], answer: dict[str, Any]) -> str:
        document = json.loads(as_geojson(listings))
        document |= {name: answer[name] for name in ("total", "page", "pages", "reason", "capped")}
        return json.dumps(document, ensure_ascii=False)


class CSVRenderer(_Listed):
    """A table with a line of names."""

    media_type, format = "text/csv", "csv"

    def written(self, listings: list[Listing], answer: dict[str, Any]) -> str:
        return as_table(listings)


def _listing(hit: dict[str, Any]) -> Listing:
    owner, place, price = hit["owner"], hit["place"] or {}, hit["price"]
    cents = price["amount_cents"]
    return Listing(
        uri=hit["uri"],
        url=hit["url"],
        purpose=hit["purpose"],
        title=hit["title"],
        provider=owner["name"],
        provider_url=owner["url"],
        kind=owner["kind"],
        skill=(hit["skill"] or {}).get("slug", ""),
        tags=", ".join(hit["tags"]),
        place=place.get("name", ""),
        dept=place.get("dept", ""),
        lat=hit["point"]["lat"] if hit["point"] else None,
        lon=hit["point"]["lon"] if hit["point"] else None,
        distance_km=hit["distance_km"],
        reach=hit["reach"] or "",
        price=price["model"],
        amount="" if cents is None else f"{cents // 100}.{cents % 100:02}",
        currency=price["currency"] or "",
        opening=hit["opening"],
        access=", ".join(hit["access"]),
        languages=", ".join(owner["languages"]),
        paths=hit["trust"]["kappa"],
        updated_at=hit["updated_at"].isoformat(),
        ends_at=hit["ends_at"].isoformat(),
    )
