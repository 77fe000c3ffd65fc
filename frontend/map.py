"""A map drawn by the server: which base image, which frame, where each mark goes. Plain arithmetic, no request.

Map units: 110 m of Lambert-93 (EPSG:2154) on the two maps of France; on the overseas map one square of 1000 units
for each département, each with its own scale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import cos, exp, hypot, log, pi, radians, sin, tan

__all__ = ["INSETS", "Drawing", "Mark", "Name", "Spot", "draw", "inset_xy", "lambert93", "map_xy"]

# --- projections -------------------------------------------------------------------------------------------

ECCENTRICITY = 0.08181919112  # of the ellipsoid GRS 80
CONE, RADIUS_M = 0.7256077650, 11_754_255.426  # Lambert-93's cone constant and radius
FALSE_EAST_M, FALSE_NORTH_M, MERIDIAN = 700_000.0, 12_655_612.050, 3.0

WEST_M, NORTH_M, UNIT_M = 90_000, 7_120_000, 110  # north-west corner of the overview, metres per map unit
OVERVIEW = (0.0, 0.0, 10_600.0, 9_800.0)  # x, y, width, height
SHEET = (-1_500.0, -1_500.0, 13_600.0, 12_800.0)  # what the two images of France cover

# département → (square on the overseas map, centre latitude and longitude, units per degree of latitude, name)
INSETS = {
    "971": (0, 16.18, -61.40, 1100, "Guadeloupe"),
    "972": (1, 14.64, -61.02, 1700, "Martinique"),
    "973": (2, 3.95, -53.10, 218, "Guyane"),
    "974": (3, -21.13, 55.53, 1480, "La Réunion"),
    "976": (4, -12.83, 45.14, 2250, "Mayotte"),
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
    square, lat0, lon0, scale, _name = INSETS[dept]
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
    """Everything the template needs. `ring`: the place asked for, (x, y). `font`: size of text, in map units. `insets`:
    small drawings that belong under this one, each with its `title`."""

    view: tuple[float, float, float, float]
    image: str
    sheet: tuple[float, float, float, float]
    ring: tuple[float, float] | None
    marks: tuple[Mark, ...]
    names: tuple[Name, ...]
    font: float
    title: str = ""
    insets: tuple["Drawing", ...] = ()

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
DISC, FONT = 0.05, 0.028  # of the width of a drawing: what two marks keep between them, and the size of text
INSET_DISC, INSET_FONT = 0.2, 0.1
Point = tuple[float, float]
View = tuple[float, float, float, float]  # x, y, width, height
Placed = Sequence[tuple["Spot", Point]]


def draw(place: Spot | None, results: Sequence[Spot], towns: Iterable[Spot] = ()) -> Drawing | None:
    """Return the map of some results, around `place` if there is one; None where it would show nothing.

    In an overseas département only what lies in the same one is drawn. Under the overview stand the squares of those
    that hold results. What lies on no map, in Athens or in Nouméa, is found in the list alone.
    """
    dept = place.dept if place else _one_dept(results)
    if dept in INSETS:
        return _overseas(dept, place, results, towns)
    centre = map_xy(place.lat, place.lon) if place else None
    if centre and not _holds(SHEET, centre):
        return None
    mainland = [(s, map_xy(s.lat, s.lon)) for s in results if s.dept not in INSETS]
    mainland = [(spot, point) for spot, point in mainland if _holds(SHEET, point)]
    view = _frame(centre, [point for spot, point in mainland if spot.near]) if centre else OVERVIEW
    image = "fond-fr.svg" if view == OVERVIEW else "fond-fr-detail.svg"
    drawing = _drawing(view, image, SHEET, centre, mainland, [(t, map_xy(t.lat, t.lon)) for t in towns])
    drawing = replace(drawing, insets=_insets(results) if view == OVERVIEW else ())
    return drawing if centre or drawing.marks or drawing.insets else None


def _one_dept(results: Sequence[Spot]) -> str:
    """Return the département of all results; "" if there are several, or none."""
    depts = {spot.dept for spot in results}
    return depts.pop() if len(depts) == 1 else ""


def _overseas(dept: str, place: Spot | None, results: Sequence[Spot], towns: Iterable[Spot]) -> Drawing:
    around = [(t, inset_xy(dept, t.lat, t.lon)) for t in towns if t.dept == dept]
    ring = inset_xy(dept, place.lat, place.lon) if place else None
    return _drawing(*_square(dept), ring, _within(dept, results), around)


def _insets(results: Sequence[Spot]) -> tuple[Drawing, ...]:
    """Return a small drawing of each overseas département that holds results, with its name."""
    drawings = []
    for dept, (square, *_, title) in INSETS.items():
        drawing = _drawing(*_square(dept), None, _within(dept, results), (), disc=INSET_DISC, font=INSET_FONT)
        low = any(mark.y < SQUARE * 0.3 for mark in drawing.marks)  # the name stands where a mark leaves room
        name = Name(SQUARE * (square + 0.5), SQUARE * (0.95 if low else 0.12), title)
        drawings.append(replace(drawing, title=title, names=(name,)))
    return tuple(drawing for drawing in drawings if drawing.marks)


def _square(dept: str) -> tuple[View, str, View]:
    """Return view, image and sheet of an overseas département."""
    return (SQUARE * INSETS[dept][0], 0.0, SQUARE, SQUARE), "fond-outremer.svg", (0.0, 0.0, 5 * SQUARE, SQUARE)


def _within(dept: str, results: Sequence[Spot]) -> list[tuple[Spot, Point]]:
    return [(spot, inset_xy(dept, spot.lat, spot.lon)) for spot in results if spot.dept == dept]


def _frame(centre: Point, points: Sequence[Point]) -> View:
    """Return a square around the place and its first results, on the sheet; the overview where it would be too wide."""
    shown = [centre, *points[:FRAMED]]
    left, right = min(x for x, _ in shown), max(x for x, _ in shown)
    top, bottom = min(y for _, y in shown), max(y for _, y in shown)
    side = max((right - left) * (1 + MARGIN), (bottom - top) * (1 + MARGIN), LEAST_UNITS)
    if side > MOST_UNITS and _holds(OVERVIEW, centre):
        return OVERVIEW
    if side > MOST_UNITS:  # the overview shows France, and the place lies beyond it
        left, right, top, bottom, side = centre[0], centre[0], centre[1], centre[1], MOST_UNITS
    x, y, width, height = SHEET
    x, y = (
        _between(x, (left + right - side) / 2, x + width - side),
        _between(y, (top + bottom - side) / 2, y + height - side),
    )
    return (x, y, side, side)


def _between(least: float, value: float, most: float) -> float:
    return max(least, min(value, most))


def _drawing(
    view: View,
    image: str,
    sheet: View,
    ring: Point | None,
    results: Placed,
    towns: Placed,
    *,
    disc: float = DISC,
    font: float = FONT,
) -> Drawing:
    inside = [(spot, point) for spot, point in results if _holds(view, point)]
    places = push_apart([point for _, point in inside], disc * view[2], view)
    marks = tuple(Mark(x, y, s.number, s.label, s.url) for (s, _), (x, y) in zip(inside, places, strict=True))
    taken = [*places, *([ring] if ring else [])]
    return Drawing(view, image, sheet, ring, marks, _names(view, towns, taken), round(font * view[2], 1))


def _holds(view: View, point: Point, edge: float = 0.0) -> bool:
    x, y, width, height = view
    inset = edge * width
    return x + inset <= point[0] <= x + width - inset and y + inset <= point[1] <= y + height - inset


# --- marks that do not cover one another -----------------------------------------------------------------

GOLDEN_ANGLE = 2.399963  # radians: a spiral that fills the plane evenly
ROOM_TURNS = 400  # of the spiral, until a mark may leave a view that is full


def push_apart(points: Sequence[Point], least: float, view: View | None = None) -> list[Point]:
    """Return the points, each moved along a small spiral until it is `least` from all those before it, and within
    `view` while there is room.

    >>> push_apart([(0, 0), (100, 0)], 10)
    [(0, 0), (100, 0)]
    >>> (ax, ay), (bx, by) = push_apart([(0, 0), (1, 0)], 10)
    >>> hypot(ax - bx, ay - by) >= 10
    True
    """
    placed: list[Point] = []
    for point in points:
        placed.append(_free(point, placed, least, view))
    return placed


def _free(point: Point, taken: Sequence[Point], least: float, view: View | None) -> Point:
    turn, spot = 0, point
    while any(hypot(spot[0] - x, spot[1] - y) < least for x, y in taken) or (
        view and 0 < turn < ROOM_TURNS and not _holds(view, spot, 0.03)
    ):
        turn += 1
        reach = least * 0.45 * turn**0.5
        spot = (point[0] + reach * cos(turn * GOLDEN_ANGLE), point[1] + reach * sin(turn * GOLDEN_ANGLE))
    return spot


# --- names of towns --------------------------------------------------------------------------------------

MOST_NAMES = 9
APART = 0.14  # of the width, between two names
CLEAR = 0.06  # of the width, between a name and a mark


def _names(view: View, towns: Placed, taken: Sequence[Point]) -> tuple[Name, ...]:
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
