"""The picture of the paths of trust: threads that hang side by side, at most three. The list beside it is the content.

It is as narrow as a phone, so that names are read there at the size in which they are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Knot", "Picture", "name_lines", "picture"]

MOST_PATHS, MOST_KNOTS = 3, 12
WIDTH, MIDDLE = 360, 180  # units of the picture: pixels of a narrow screen
STEP, HEAD, FOOT = 84, 48, 52  # from knot to knot, above the first, below the last
LINE = 17  # between the lines of a name
UNDER, OVER = 28, 18  # from a knot to its name, under it, over it
LETTERS = {1: 38, 2: 20, 3: 14}  # of one line of a name, by number of threads


@dataclass(frozen=True)
class Knot:
    """A person. `x`, `y`: centre; `lines`: the name, each line with its height."""

    x: int
    y: int
    lines: tuple[tuple[int, str], ...]

    @property
    def name(self) -> str:
        return " ".join(text for _, text in self.lines)


@dataclass(frozen=True)
class Picture:
    """Knots (the viewer, the subject, then those between), the threads as SVG paths, and the size."""

    knots: tuple[Knot, ...]
    lines: tuple[str, ...]
    width: int
    height: int


def picture(paths: Sequence[Sequence[str]]) -> Picture | None:
    """Return the picture of paths (names from the viewer to the subject), which share only their ends.

    None without a path. Paths beyond the third, or that would need more than twelve knots, are left out. A direct
    path is the straight thread in the middle; the others keep off it.

    >>> drawn = picture([["Vous", "Ana", "Léo"], ["Vous", "Zoé", "Léo"]])
    >>> [(knot.name, knot.x, knot.y) for knot in drawn.knots]
    [('Vous', 180, 48), ('Léo', 180, 216), ('Ana', 90, 132), ('Zoé', 270, 132)]
    >>> picture([["Vous", "Léo"]]).lines
    ('M180 48L180 132',)
    """
    shown = _that_fit(paths)
    if not shown:
        return None
    longest = max(len(path) for path in shown)
    bottom = HEAD + STEP * (longest - 1)
    start, end = _start(shown[0][0]), Knot(MIDDLE, bottom, _under(shown[0][-1], bottom, LETTERS[1]))
    threads = [_thread(path, x, bottom, len(shown)) for path, x in _places(shown)]
    lines = tuple(_line([start, *thread, end]) for thread in threads)
    return Picture((start, end, *(knot for thread in threads for knot in thread)), lines, WIDTH, bottom + FOOT)


def _that_fit(paths: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    shown: list[Sequence[str]] = []
    for path in paths[:MOST_PATHS]:
        if len(path) >= 2 and 2 + sum(len(p) - 2 for p in [*shown, path]) <= MOST_KNOTS:
            shown.append(path)
    return shown


def _places(paths: Sequence[Sequence[str]]) -> list[tuple[Sequence[str], int]]:
    """Give each path its x, from the left; where one is direct the middle stays free for it."""
    direct = [path for path in paths if len(path) == 2]
    others = [path for path in paths if len(path) > 2]
    width = WIDTH // max(2 if direct else 1, len(paths))
    places = [width // 2 + width * column for column in range(len(paths))]
    free = [x for x in places if not direct or x != MIDDLE]
    return [(path, MIDDLE) for path in direct] + list(zip(others, free, strict=False))


def _thread(path: Sequence[str], x: int, bottom: int, threads: int) -> list[Knot]:
    step = (bottom - HEAD) / (len(path) - 1)
    heights = [round(HEAD + step * place) for place in range(1, len(path) - 1)]
    names = path[1:-1]
    return [Knot(x, y, _under(name, y, LETTERS[threads])) for y, name in zip(heights, names, strict=True)]


def _start(name: str) -> Knot:
    lines = name_lines(name, LETTERS[1])
    over = HEAD - OVER - LINE * (len(lines) - 1)
    return Knot(MIDDLE, HEAD, tuple((over + LINE * n, text) for n, text in enumerate(lines)))


def _under(name: str, y: int, letters: int) -> tuple[tuple[int, str], ...]:
    return tuple((y + UNDER + LINE * n, text) for n, text in enumerate(name_lines(name, letters)))


def _line(knots: Sequence[Knot]) -> str:
    if len(knots) == 2:
        return f"M{knots[0].x} {knots[0].y}L{knots[1].x} {knots[1].y}"
    return f"M{knots[0].x} {knots[0].y}" + "".join(_bend(a, b) for a, b in zip(knots, knots[1:], strict=False))


def _bend(a: Knot, b: Knot) -> str:
    half = (a.y + b.y) // 2
    return f"L{b.x} {b.y}" if a.x == b.x else f"C{a.x} {half} {b.x} {half} {b.x} {b.y}"


def name_lines(name: str, letters: int) -> tuple[str, ...]:
    """Break a name into at most two lines of so many letters; what does not fit is cut, and says so.

    >>> name_lines("Atelier du Port", 15), name_lines("Les Ateliers de la Grande Rive", 15)
    (('Atelier du Port',), ('Les Ateliers de', 'la Grande Rive'))
    >>> name_lines("Coopérative d’activité et d’emploi", 12)
    ('Coopérative', 'd’activité…')
    """
    if len(name) <= letters:
        return (name,)
    cut = name.rfind(" ", 0, letters + 1)
    first, rest = (name[:cut], name[cut + 1 :]) if cut > 0 else (name[: letters - 1] + "-", name[letters - 1 :])
    return first, _short(rest, letters)


def _short(text: str, letters: int) -> str:
    if len(text) <= letters:
        return text
    cut = text.rfind(" ", 0, letters)
    return text[: cut if cut > letters // 2 else letters - 1].rstrip() + "…"
