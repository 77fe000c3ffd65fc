"""Points on the earth and the search forms of place names.

Latitudes and longitudes are degrees (WGS 84), distances kilometres on a sphere of the mean radius.
"""

import re
import unicodedata
from dataclasses import dataclass
from math import asin, cos, degrees, floor, log2, radians, sin, sqrt

__all__ = [
    "BLUR_KM",
    "CELL_LEVELS",
    "Box",
    "bounding_box",
    "cells_around",
    "country_of",
    "distance_km",
    "fold",
    "level_for",
    "morton",
    "normalise",
    "point_of",
    "surely_covered_km",
    "without_article",
]

EARTH_RADIUS_KM = 6371.0088  # IUGG mean radius
KM_PER_DEGREE = EARTH_RADIUS_KM * radians(1)  # of latitude
CELL_LEVELS = 24  # bits an axis of a Morton code: the finest cells are 1.2 m high
BLUR_KM = 0.003  # what a Morton code leaves out of a point: half a cell's diagonal is 1.4 m at the equator
ARTICLES = ("Le ", "La ", "Les ", "L'", "Aux ", "Las ", "Los ")
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})  # decomposition leaves them alone


# --- distances ----------------------------------------------------------------------------------------


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance, by the haversine formula.

    >>> round(distance_km(50.6309, 3.0709, 50.4216, 2.7848), 2)  # Lille to Liévin, town halls
    30.83
    """
    phi1, phi2 = radians(lat1), radians(lat2)
    chord = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


@dataclass(frozen=True, slots=True)
class Box:
    """A range of latitudes and longitudes; `west` may be greater than `east` across the date line."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Say whether the point lies in the box, edges included."""
        inside = self.west <= lon <= self.east
        around = self.west > self.east and (lon >= self.west or lon <= self.east)
        return self.south <= lat <= self.north and (inside or around)


def bounding_box(lat: float, lon: float, km: float) -> Box:
    """Return the smallest box that holds every point within `km`; all longitudes when it holds a pole.

    >>> box = bounding_box(50.4216, 2.7848, 30)
    >>> box.holds(50.6424, 3.1102), box.holds(50.4216, 3.1)
    (True, True)
    """
    angle = km / EARTH_RADIUS_KM
    south, north = lat - degrees(angle), lat + degrees(angle)
    if south <= -90 or north >= 90:
        return Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
    half = degrees(asin(min(1.0, sin(min(angle, radians(90))) / cos(radians(lat)))))
    return Box(south, _turn(lon - half), north, _turn(lon + half))


def _turn(lon: float) -> float:
    """Return the same meridian within -180…180."""
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


# --- cells: one contiguous range of Morton codes each -----------------------------------------------------


def _axis(value: float, low: float, span: float, level: int) -> int:
    return min(max(int((value - low) / span * (1 << level)), 0), (1 << level) - 1)


def _spread(number: int) -> int:
    """Return the bits of a 24-bit number with a zero between each."""
    number = (number | number << 16) & 0x0000FFFF0000FFFF
    number = (number | number << 8) & 0x00FF00FF00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F0F0F0F0F
    number = (number | number << 2) & 0x3333333333333333
    return (number | number << 1) & 0x5555555555555555


def morton(lat: float, lon: float) -> int:
    """Return the Morton code of a point: bits of longitude and latitude interleaved, 2^24 steps an axis.

    All points of a cell of level n (2^n cells an axis) have codes in one contiguous range. A point that is
    not finite is refused with ValueError.

    >>> morton(-90, -180), morton(90, 180) == 2**48 - 1
    (0, True)
    """
    x = _axis(lon, -180.0, 360.0, CELL_LEVELS)  # int() refuses NaN and infinities
    y = _axis(lat, -90.0, 180.0, CELL_LEVELS)
    return _spread(y) << 1 | _spread(x)


def _gathered(number: int) -> int:
    """Return every second bit of a 48-bit number, closed up: the inverse of `_spread`."""
    number &= 0x5555555555555555
    number = (number | number >> 1) & 0x3333333333333333
    number = (number | number >> 2) & 0x0F0F0F0F0F0F0F0F
    number = (number | number >> 4) & 0x00FF00FF00FF00FF
    number = (number | number >> 8) & 0x0000FFFF0000FFFF
    return (number | number >> 16) & 0x00000000FFFFFFFF


def point_of(z: int) -> tuple[float, float]:
    """Return (lat, lon) of the middle of the finest cell with that Morton code: within BLUR_KM of its points.

    >>> [round(v, 3) for v in point_of(morton(50.4216, 2.7848))]
    [50.422, 2.785]
    """
    size = 1 << CELL_LEVELS
    return (_gathered(z >> 1) + 0.5) / size * 180 - 90, (_gathered(z) + 0.5) / size * 360 - 180


def cells_around(lat: float, lon: float, level: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges (first, last) of Morton codes of the cell of the point and its eight neighbours.

    Neighbouring ranges are merged, longitudes wrap, latitudes stop at the poles. Level 1 or less: everything.

    >>> len(cells_around(50.4, 2.8, 10)) <= 9, cells_around(50.4, 2.8, 1)
    (True, ((0, 281474976710655),))
    """
    if level <= 1:
        return ((0, (1 << 2 * CELL_LEVELS) - 1),)
    size, shift = 1 << level, 2 * (CELL_LEVELS - level)
    x, y = _axis(lon, -180.0, 360.0, level), _axis(lat, -90.0, 180.0, level)
    rows = [row for row in (y - 1, y, y + 1) if 0 <= row < size]
    cells = sorted({_spread(row) << 1 | _spread((x + dx) % size) for row in rows for dx in (-1, 0, 1)})
    return _merged([(cell << shift, ((cell + 1) << shift) - 1) for cell in cells])


def _merged(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    out = [ranges[0]]
    for first, last in ranges[1:]:
        if first == out[-1][1] + 1:
            out[-1] = (out[-1][0], last)
        else:
            out.append((first, last))
    return tuple(out)


def surely_covered_km(lat: float, lon: float, level: int) -> float:
    """Return a radius such that every point within it lies in `cells_around(lat, lon, level)`.

    That is the distance to the nearest edge of the nine cells: along the meridian to the north and south ones,
    and to the meridians of the east and west ones, asin(cos φ · sin Δλ) (less than a quarter turn away).

    >>> surely_covered_km(50.4, 2.8, 1) > 20_000, 10 < surely_covered_km(50.4, 2.8, 10) < 40
    (True, True)
    """
    if level <= 2:
        return float("inf") if level <= 1 else 0.0  # at level 2 the block spans more than half the globe
    width, height = 360.0 / (1 << level), 180.0 / (1 << level)
    x, y = _axis(lon, -180.0, 360.0, level), _axis(lat, -90.0, 180.0, level)
    south, north = -90.0 + (y - 1) * height, -90.0 + (y + 2) * height
    west, east = -180.0 + (x - 1) * width, -180.0 + (x + 2) * width
    gaps = [(lat - south) * KM_PER_DEGREE if south > -90 else 1e9, (north - lat) * KM_PER_DEGREE if north < 90 else 1e9]
    for turn in (lon - west, east - lon):
        gaps.append(EARTH_RADIUS_KM * asin(min(1.0, cos(radians(lat)) * sin(radians(min(turn, 90.0))))))
    return max(0.0, min(gaps) - 1e-6)


def level_for(cell_km: float) -> int:
    """Return the finest level whose cells are at least `cell_km` high, from 1 to 16.

    >>> level_for(30), level_for(1e9)
    (9, 1)
    """
    return min(16, max(1, floor(log2(180 * KM_PER_DEGREE / max(cell_km, 1e-3)))))


# --- names --------------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Return the text in lower case without accents or ligatures.

    >>> fold("Cœur d'ÉTÉ")
    "coeur d'ete"
    """
    plain = unicodedata.normalize("NFD", text.lower().translate(LIGATURES))
    return "".join(c for c in plain if not unicodedata.combining(c))


def normalise(text: str) -> str:
    """Return the search form of a place name: folded, letters and digits only, "st" and "ste" in full.

    >>> normalise("Mons-en-Barœul"), normalise(" ST-Étienne "), normalise("L'Haÿ-les-Roses")
    ('mons en baroeul', 'saint etienne', 'l hay les roses')
    """
    words = re.findall(r"[a-z0-9]+", fold(text))
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


def without_article(name: str) -> str:
    """Return a French place name without its article.

    >>> without_article("Le Vigan"), without_article("L'Escale"), without_article("Lens")
    ('Vigan', 'Escale', 'Lens')
    """
    for article in ARTICLES:
        if name.startswith(article):
            return name.removeprefix(article)
    return name


def country_of(dept: str) -> str:
    """Return the ISO 3166 code of the country of a place: abroad `dept` is that code, in France a département.

    >>> country_of("59"), country_of("2A"), country_of("BE"), country_of("")
    ('FR', 'FR', 'BE', 'FR')
    """
    return dept if len(dept) == 2 and dept.isalpha() else "FR"
