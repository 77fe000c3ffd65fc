"""Results of a search as a table (CSV) and as points on a map (GeoJSON, RFC 7946). Plain values in, text out."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

__all__ = ["Listing", "as_geojson", "as_table", "safe_cell"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute what begins like that


@dataclass(frozen=True, slots=True)
class Listing:
    """One line. Amounts in the currency's unit, as text; degrees, WGS 84; ISO 8601; "" for what is not said."""

    uri: str
    url: str
    purpose: str
    title: str
    provider: str
    provider_url: str
    kind: str
    skill: str
    tags: str
    place: str
    dept: str
    lat: float | None
    lon: float | None
    distance_km: float | None
    reach: str
    price: str
    amount: str
    currency: str
    opening: str
    access: str
    languages: str
    paths: int
    updated_at: str
    ends_at: str


def as_table(listings: Iterable[Listing]) -> str:
    """Return a CSV table (RFC 4180) with a line of names; no cell is a formula."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(Listing.__dataclass_fields__)
    for listing in listings:
        table.writerow(safe_cell(value) for value in asdict(listing).values())
    return out.getvalue()


def safe_cell(value: object) -> object:
    """Return a value for a cell; an apostrophe goes before a text that a spreadsheet would take for a formula.

    >>> safe_cell("=1+1"), safe_cell("Nextcloud"), safe_cell(-3.5), safe_cell(None)
    ("'=1+1", 'Nextcloud', -3.5, '')
    """
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else value


def as_geojson(listings: Iterable[Listing]) -> str:
    """Return a FeatureCollection; longitude first, as the standard has it; what has no point has a null geometry."""
    features = [_feature(listing) for listing in listings]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _feature(listing: Listing) -> dict[str, object]:
    point = None
    if listing.lat is not None and listing.lon is not None:
        point = {"type": "Point", "coordinates": [listing.lon, listing.lat]}
    said = {name: value for name, value in asdict(listing).items() if name not in {"lat", "lon", "uri"}}
    return {"type": "Feature", "id": listing.uri, "geometry": point, "properties": said}
