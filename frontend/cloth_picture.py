"""The picture of a collective's web: its people as beads on one thread, the attestations as arcs between them.

A list with its ties drawn beside it: names stay readable on a phone whatever the number, sixty at most. The table of
the page says the same in words.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Bead", "ClothPicture", "cloth_picture"]

WIDTH = 360  # units: pixels of a narrow screen
ROW, HEAD = 26, 20  # from bead to bead, above the first
BEADS, NAMES = 194, 180  # x of the thread, and of where names end
REACH, LEAST = 214, 26  # how far the control points of the widest and of the narrowest arc stand from the thread
LONGEST_NAME = 20  # characters
Arrow = tuple[str, str]


@dataclass(frozen=True)
class Bead:
    """One person: height, name, whether a référent, and whether others hang on them."""

    y: int
    name: str
    referent: bool
    holds: bool


@dataclass(frozen=True)
class ClothPicture:
    """Beads from top to bottom; arcs of attestations given both ways, and one way, as one SVG path each; the size."""

    beads: tuple[Bead, ...]
    mutual: str
    single: str
    x: int
    names: int
    width: int
    height: int

    @property
    def thread(self) -> str:
        """The line on which the beads are."""
        return f"M{self.x} {self.beads[0].y}V{self.beads[-1].y}"


def cloth_picture(
    people: Sequence[tuple[str, str]],
    arrows: Collection[Arrow],
    *,
    referents: Collection[str] = (),
    holders: Collection[str] = (),
    beyond: Mapping[str, int] | None = None,
) -> ClothPicture | None:
    """Return the picture of people (uri and name) and the attestations between them; None of fewer than two.

    Référents stand first; then each next person is the one with most ties to those who stand already. `beyond` adds
    to a name how many more that person attests who are not shown.

    >>> drawn = cloth_picture([("a", "Ana"), ("b", "Léo"), ("c", "Zoé")], [("a", "c"), ("c", "a"), ("c", "b")])
    >>> [(bead.name, bead.y) for bead in drawn.beads], drawn.single
    ([('Zoé', 20), ('Ana', 46), ('Léo', 72)], 'M194 20C408 20 408 72 194 72')
    """
    if len(people) < 2:
        return None
    names = dict(people)
    pairs = {(u, w) for u, w in arrows if u in names and w in names}
    order = _order(names, pairs, referents)
    places = {uri: HEAD + ROW * n for n, uri in enumerate(order)}
    beads = tuple(
        Bead(places[uri], _label(names[uri], (beyond or {}).get(uri, 0)), uri in referents, uri in holders)
        for uri in order
    )
    both = sorted((u, w) for u, w in pairs if u < w and (w, u) in pairs)
    one = sorted((u, w) for u, w in pairs if (w, u) not in pairs)
    span = ROW * (len(order) - 1)
    height = HEAD * 2 + span
    return ClothPicture(
        beads, _arcs(both, places, span), _arcs(one, places, span), BEADS, NAMES, WIDTH, height
    )  # fmt: skip


def _order(names: Mapping[str, str], pairs: Collection[Arrow], referents: Collection[str]) -> list[str]:
    ties: dict[str, set[str]] = defaultdict(set)
    for u, w in pairs:
        ties[u].add(w)
        ties[w].add(u)
    placed: list[str] = []
    for group in (sorted(set(names) & set(referents)), sorted(set(names) - set(referents))):
        left = set(group)
        while left:
            near = min(left, key=lambda uri: (-len(ties[uri] & set(placed)), -len(ties[uri]), names[uri], uri))
            placed.append(near)
            left.discard(near)
    return placed


def _arcs(pairs: Sequence[Arrow], places: Mapping[str, int], span: int) -> str:
    ends = (sorted((places[u], places[w])) for u, w in pairs)
    return "".join(_arc(top, bottom, span) for top, bottom in ends)


def _arc(top: int, bottom: int, span: int) -> str:
    x = BEADS + LEAST + (REACH - LEAST) * (bottom - top) // max(1, span)
    return f"M{BEADS} {top}C{x} {top} {x} {bottom} {BEADS} {bottom}"


def _label(name: str, beyond: int) -> str:
    text = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    return f"{text} +{beyond}" if beyond else text
