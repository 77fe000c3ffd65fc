"""The map of places of events: the same drawing as for offers, numbered like the list."""

from collections.abc import Sequence
from typing import Any

from frontend.map import INSETS, LEAST_UNITS, MOST_UNITS, UNIT_M, Drawing, Spot, draw
from network.queries.towns import towns_within
from network.rules.places import bounding_box

__all__ = ["map_of", "spot_of"]

FRANCE = (46.6, 2.4, 560)  # middle, and km to the corners


def spot_of(row: Any, number: int, url: str, label: str) -> Spot | None:
    """Return where the mark of one date goes; None when nobody knows its point."""
    if row.lat is None or row.lon is None:
        return None
    return Spot(f"{number}. {label}", row.lat, row.lon, row.place_dept, number, url)


def map_of(spots: Sequence[Spot], place: Any = None) -> Drawing | None:
    """Return the map of these spots, around `place` (with name, lat, lon, dept) if it has a point."""
    at = None
    if place is not None and place.lat is not None and place.lon is not None:
        at = Spot(place.name, place.lat, place.lon, place.dept)
    return draw(at, spots, _towns(at, spots)) if spots or at else None


def _towns(at: Spot | None, spots: Sequence[Spot]) -> list[Spot]:
    if at is None:
        lat, lon, km = FRANCE
        box, least = bounding_box(lat, lon, km), 150_000
    else:
        units = MOST_UNITS if len(spots) > 1 else LEAST_UNITS
        box = bounding_box(at.lat, at.lon, units * UNIT_M / 1000 * 0.75)
        least = 5_000 if at.dept in INSETS or len(spots) <= 1 else 15_000
    return [Spot(town.name, town.lat, town.lon, town.dept) for town in towns_within(box, least=least, most=400)]
