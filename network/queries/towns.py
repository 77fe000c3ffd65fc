"""Towns whose names a map shows."""

from dataclasses import dataclass

from network.models import Locality
from network.rules.places import Box

LEAST = 5_000  # inhabitants: smaller ones help nobody to find their way


@dataclass(frozen=True, slots=True)
class Town:
    """A town with a point (degrees). `dept`: département, or country abroad."""

    name: str
    dept: str
    lat: float
    lon: float


def towns_within(box: Box, *, least: int = LEAST, most: int = 60) -> list[Town]:
    """Return the towns of at least `least` inhabitants within a box, the largest first."""
    rows = Locality.objects.filter(
        population__gte=least, lat__range=(box.south, box.north), lon__range=(box.west, box.east)
    ).exclude(kind__in=["COMD", "COMA", "ARM"])
    ordered = rows.order_by("-population", "pk").values_list("name", "dept", "lat", "lon")
    return [Town(*row) for row in ordered[:most]]
