"""A map drawn by the server: which base image, which frame, where each mark goes. Plain arithmetic, no request.

Map units: 110 m of Lambert-93 (EPSG:2154) on the two maps of France; on the overseas map one square of 1000 units
for each département, each with its own scale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, exp, hypot, log, pi, radians, sin, tan

__all__ = ["INSETS", "Drawing", "Mark", "Name", "Spot", "draw", "inset_xy", "lambert93", "map_xy"]

# --- projections -------------------------------------------------------------------------------------------

ECCENTRICITY = 0.08181919112  # of the ellipsoid GRS 80
CONE, RADIUS_M = 0.7256077650, 11_754_255.426  # Lambert-93's cone constant and radius
FALSE_EAST_M, FALSE_NORTH_M, MERIDIAN = 700_000.0, 12_655_612.050, 3.0

WEST_M, NORTH_M, UNIT_M = 90_000, 7_120_000, 110  # north-west corner of the overview, metres per map unit
OVERVIEW = (0.0, 0.0, 10_600.0, 9_800.0)  # x, y, width, height
SHEET = (-1_500.0, -1_500.0, 13_600.0, 12_800.0)  # what the two images of France cover

# département → (square on the overseas map, centre latitude and longitude, units per degree of latitude)
INSETS = {
    "971": (0, 16.18, -61.40, 1100),
    "972": (1, 14.64, -61.02, 1700),
    "973": (2, 3.95, -53.10, 218),
    "974": (3, -21.13, 55.53, 1480),
    "976": (4, -12.83, 45.14, 2250),
}
SQUARE = 1_000.0


def lambert93(lat: float, lon: float) -> tuple[float, float]:
    """Return (east, north) in metres, RGF93 / Lambert-93: a conformal cone on GRS 80.

    >>> [round(value) for value in lambert93(46.5, 3.0)]
    [700000, 6600000]
    """
    phi = radians(lat)
    squeeze = ((1 - ECCENTRICITY * sin(phi)) / (1 + ECCENTRICITY * sin(phi))) ** (ECCENTRICITY / 2)
    isometric = log(tan(pi / 4 + phi / 2) * squeeze)
    distance, angle = RADIUS_M * exp(-CONE * isometric), CONE * radians(lon - MERIDIAN)
    return FALSE_EAST_M + distance * sin(angle), FALSE_NORTH_M - distance * cos(angle)


def map_xy(lat: float, lon: float) -> tuple[int, int]:
    """Return where a point lies on the maps of France, in map units; it holds for the neighbouring countries too.

    >>> map_xy(50.6309, 3.0709)
    (5591, 552)
    """
    east, north = lambert93(lat, lon)
    return round((east - WEST_M) / UNIT_M), round((NORTH_M - north) / UNIT_M)


def inset_xy(dept: str, lat: float, lon: float) -> tuple[int, int]:
    """Return where a point of an overseas département lies on the overseas map.

    >>> inset_xy("974", -21.13, 55.53)
    (3500, 500)
    """
    square, lat0, lon0, scale = INSETS[dept]
    x = SQUARE * square + SQUARE / 2 + (lon - lon0) * cos(radians(lat0)) * scale
    return round(x), round(SQUARE / 2 - (lat - lat0) * scale)


# --- what goes in and comes out ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spot:
    """Something with a point: a result, or a town (`number` 0). Degrees, WGS 84. `near`: it may widen the frame."""

    label: str
    lat: float
    lon: float
    dept: str = ""
    number: int = 0
    url: str = ""
    near: bool = True


@dataclass(frozen=True)
class Mark:
    """A numbered disc, at its place or pushed beside it."""

    x: float
    y: float
    number: int
    label: str
    url: str


@dataclass(frozen=True)
class Name:
    """The name of a town."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Drawing:
    """Everything the template needs. `ring`: the place asked for, (x, y). `font`: size of text, in map units."""

    view: tuple[float, float, float, float]
    image: str
    sheet: tuple[float, float, float, float]
    ring: tuple[float, float] | None
    marks: tuple[Mark, ...]
    names: tuple[Name, ...]
    font: float

    @property
    def view_box(self) -> str:
        return " ".join(f"{value:.0f}" for value in self.view)

    @property
    def drawn(self) -> tuple[Mark, ...]:
        """The marks, last to first, so that the first results lie on top."""
        return self.marks[::-1]


# --- the frame ------------------------------------------------------------------------------------------------------

FRAMED = 6  # so many of the first results decide the frame
MARGIN = 0.35  # of the frame, around what decides it
LEAST_UNITS = 180_000 / UNIT_M  # 180 km
MOST_UNITS = 550_000 / UNIT_M  # wider: the overview
Point = tuple[float, float]


def draw(place: Spot | None, results: Sequence[Spot], towns: Iterable[Spot] = ()) -> Drawing | None:
    """Return the map of some results, around `place` if there is one; None when nothing has a point.

    Overseas, only what lies in the same département is drawn.
    """
    first = place or next(iter(results), None)
    if first is None:
        return None
    if first.dept in INSETS:
        return _overseas(first.dept, place, results, towns)
    mainland = [spot for spot in results if spot.dept not in INSETS]
    points = [map_xy(spot.lat, spot.lon) for spot in mainland]
    centre = map_xy(place.lat, place.lon) if place else None
    framing = [point for spot, point in zip(mainland, points, strict=True) if spot.near]
    view = _frame(centre, framing) if centre else OVERVIEW
    image = "fond-fr.svg" if view == OVERVIEW else "fond-fr-detail.svg"
    return _drawing(view, image, SHEET, centre, _pairs(mainland, points), [(t, map_xy(t.lat, t.lon)) for t in towns])


def _overseas(dept: str, place: Spot | None, results: Sequence[Spot], towns: Iterable[Spot]) -> Drawing:
    view = (SQUARE * INSETS[dept][0], 0.0, SQUARE, SQUARE)
    here = [(s, inset_xy(dept, s.lat, s.lon)) for s in results if s.dept == dept]
    around = [(t, inset_xy(dept, t.lat, t.lon)) for t in towns if t.dept == dept]
    ring = inset_xy(dept, place.lat, place.lon) if place else None
    return _drawing(view, "fond-outremer.svg", (0.0, 0.0, 5 * SQUARE, SQUARE), ring, here, around)


def _pairs(spots: Sequence[Spot], points: Sequence[Point]) -> list[tuple[Spot, Point]]:
    return list(zip(spots, points, strict=True))


def _frame(centre: Point, points: Sequence[Point]) -> tuple[float, float, float, float]:
    """Return a square around the place and its first results, or the overview when it would be too wide."""
    shown = [centre, *points[:FRAMED]]
    left, right = min(x for x, _ in shown), max(x for x, _ in shown)
    top, bottom = min(y for _, y in shown), max(y for _, y in shown)
    side = max((right - left) * (1 + MARGIN), (bottom - top) * (1 + MARGIN), LEAST_UNITS)
    if side > MOST_UNITS:
        return OVERVIEW
    return ((left + right - side) / 2, (top + bottom - side) / 2, side, side)


def _drawing(
    view: tuple[float, float, float, float],
    image: str,
    sheet: tuple[float, float, float, float],
    ring: Point | None,
    results: Sequence[tuple[Spot, Point]],
    towns: Sequence[tuple[Spot, Point]],
) -> Drawing:
    inside = [(spot, point) for spot, point in results if _holds(view, point)]
    places = push_apart([point for _, point in inside], 0.05 * view[2])
    marks = tuple(Mark(x, y, s.number, s.label, s.url) for (s, _), (x, y) in zip(inside, places, strict=True))
    taken = [*places, *([ring] if ring else [])]
    font = round(0.028 * view[2], 1)
    return Drawing(view, image, sheet, ring, marks, _names(view, towns, taken), font)


def _holds(view: tuple[float, float, float, float], point: Point, edge: float = 0.0) -> bool:
    x, y, width, height = view
    inset = edge * width
    return x + inset <= point[0] <= x + width - inset and y + inset <= point[1] <= y + height - inset


# --- marks that do not cover one another -----------------------------------------------------------------

GOLDEN_ANGLE = 2.399963  # radians: a spiral that fills the plane evenly


def push_apart(points: Sequence[Point], least: float) -> list[Point]:
    """Return the points, each moved along a small spiral until it is `least` from all those before it.

    >>> push_apart([(0, 0), (100, 0)], 10)
    [(0, 0), (100, 0)]
    >>> (ax, ay), (bx, by) = push_apart([(0, 0), (1, 0)], 10)
    >>> hypot(ax - bx, ay - by) >= 10
    True
    """
    placed: list[Point] = []
    for point in points:
        placed.append(_free(point, placed, least))
    return placed


def _free(point: Point, taken: Sequence[Point], least: float) -> Point:
    turn, spot = 0, point
    while any(hypot(spot[0] - x, spot[1] - y) < least for x, y in taken):
        turn += 1
        reach = least * 0.45 * turn**0.5
        spot = (point[0] + reach * cos(turn * GOLDEN_ANGLE), point[1] + reach * sin(turn * GOLDEN_ANGLE))
    return spot


# --- names of towns --------------------------------------------------------------------------------------

MOST_NAMES = 9
APART = 0.14  # of the width, between two names
CLEAR = 0.06  # of the width, between a name and a mark


def _names(
    view: tuple[float, float, float, float], towns: Sequence[tuple[Spot, Point]], taken: Sequence[Point]
) -> tuple[Name, ...]:
    """Return the names to write: towns come largest first, and each must leave room to the others and the marks."""
    width = view[2]
    chosen: list[Name] = []
    for town, point in towns:
        free = all(_gap(point, other) >= CLEAR * width for other in taken)
        apart = all(_gap(point, (name.x, name.y)) >= APART * width for name in chosen)
        if free and apart and _holds(view, point, 0.06):
            chosen.append(Name(point[0], point[1], town.label))
        if len(chosen) == MOST_NAMES:
            break
    return tuple(chosen)


def _gap(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])
