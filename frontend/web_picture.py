"""The picture of the paths of trust: columns by distance, at most three rows. The list beside it is the content."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Knot", "Picture", "picture"]

MOST_PATHS, MOST_KNOTS = 3, 12
COLUMN, ROW, EDGE, HEAD = 180, 90, 20, 60  # units of the picture; edges left and right, above and below
LONGEST_NAME = 17  # characters


@dataclass(frozen=True)
class Knot:
    """A person. `x`, `y`: centre; `anchor`: which end of the name stands there, so that none leaves the picture."""

    x: int
    y: int
    name: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Picture:
    """Knots, the lines between them as SVG paths, and the size."""

    knots: tuple[Knot, ...]
    lines: tuple[str, ...]
    width: int
    height: int


def picture(paths: Sequence[Sequence[str]]) -> Picture | None:
    """Return the picture of paths (names from the viewer to the subject), which share only their ends.

    None without a path. Paths beyond the third, or that would need more than twelve knots, are left out. A direct
    path is the straight line in the middle; the others keep off it.

    >>> drawn = picture([["Vous", "Ana", "Léo"], ["Vous", "Zoé", "Léo"]])
    >>> [(knot.name, knot.x, knot.y) for knot in drawn.knots]
    [('Vous', 20, 105), ('Léo', 380, 105), ('Ana', 200, 60), ('Zoé', 200, 150)]
    >>> picture([["Vous", "Léo"]]).lines
    ('M20 60L200 60',)
    """
    shown = _that_fit(paths)
    if not shown:
        return None
    longest = max(len(path) for path in shown)
    width, height = 2 * EDGE + COLUMN * (longest - 1), 2 * HEAD + ROW * (len(shown) - 1)
    start = Knot(EDGE, height // 2, _short(shown[0][0]), "start")
    end = Knot(width - EDGE, height // 2, _short(shown[0][-1]), "end")
    rows = [_row(path, place, width) for path, place in _places(shown)]
    lines = tuple(_line([start, *row, end]) for row in rows)
    return Picture((start, end, *(knot for row in rows for knot in row)), lines, width, height)


def _places(paths: Sequence[Sequence[str]]) -> list[tuple[Sequence[str], int]]:
    """Give each path its row, from the top; where one is direct the middle stays free for it."""
    direct = [path for path in paths if len(path) == 2]
    others = [path for path in paths if len(path) > 2]
    free = [row for row in range(len(paths)) if not direct or 2 * row != len(paths) - 1]
    return [(path, 0) for path in direct] + list(zip(others, free, strict=False))


def _that_fit(paths: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    shown: list[Sequence[str]] = []
    for path in paths[:MOST_PATHS]:
        if 2 + sum(len(p) - 2 for p in [*shown, path]) <= MOST_KNOTS and len(path) >= 2:
            shown.append(path)
    return shown


def _row(path: Sequence[str], place: int, width: int) -> list[Knot]:
    step = (width - 2 * EDGE) / (len(path) - 1)
    return [
        Knot(round(EDGE + step * column), HEAD + ROW * place, _short(path[column]))
        for column in range(1, len(path) - 1)
    ]


def _line(knots: Sequence[Knot]) -> str:
    return "M" + "L".join(f"{knot.x} {knot.y}" for knot in knots)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
