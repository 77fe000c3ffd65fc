"""What somebody asks of the directory, and how a question is widened when nothing answers it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

__all__ = [
    "EVERYWHERE",
    "FACETS",
    "PAGE_SIZE",
    "SearchQuery",
    "Widening",
    "next_radii",
    "read_page",
    "read_radius",
    "widen",
]

PAGE_SIZE = 20
RADIUS_KM = 30  # when nothing is said
RADIUS_LEAST_KM, RADIUS_MOST_KM = 1, 1000
EVERYWHERE = "france"  # what the address says instead of a number of km
RADIUS_STEPS_KM: tuple[int | None, ...] = (30, 50, 100, None)  # None: the whole country
MOST_VALUES = 20  # of one facet
PAGE_MOST = 30  # pages that a ranked answer holds at most, see queries/matches.py


FACETS = ("purpose", "kind", "price", "language", "opening", "access", "skill")  # several values each


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question: text × skill × territory, and filters. Empty values do not restrict.

    `place` is what was typed; `lat` and `lon` (degrees), if given, win over it. `radius_km` None means anywhere.
    The facets hold several values, of which one is enough: `purpose` (offer, request), `kind`, `price`, `opening`
    (values of the models' enums), `language` (BCP 47), `access` (rules/access.py), `skill` (slugs or names). A text
    given for one of them is one value. `any_word`: one word of the text is enough. `literal`: no place and no
    phrase is read out of the text. `faded`: also what nobody has confirmed, or heard of, for long.
    """

    text: str = ""
    skill: tuple[str, ...] | str = ()
    place: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_km: int | None = RADIUS_KM
    purpose: tuple[str, ...] | str = ("offer",)
    kind: tuple[str, ...] | str = ()
    price: tuple[str, ...] | str = ()
    language: tuple[str, ...] | str = ()
    opening: tuple[str, ...] | str = ()
    access: tuple[str, ...] | str = ()
    accepted_only: bool = False
    any_word: bool = False
    literal: bool = False
    faded: bool = False
    page: int = 1

    def __post_init__(self) -> None:
        for name in FACETS:
            given = getattr(self, name)
            values = (given,) if isinstance(given, str) else given
            object.__setattr__(self, name, tuple(dict.fromkeys(value for value in values if value))[:MOST_VALUES])

    @property
    def one_skill(self) -> str:
        """The skill asked for, "" when there is none or several."""
        return self.skill[0] if len(self.skill) == 1 else ""


@dataclass(frozen=True, slots=True)
class Widening:
    """What was relaxed, for the sentence above the list: « Rien à moins de 30 km. Voici … à moins de 50 km. »

    `relaxed`: "radius", "skill" or "words". Radii in km, None for the whole country; they differ as well when a
    broader skill or any word had to be sought in the whole country. `skill` is the slug now sought.
    """

    relaxed: Literal["radius", "skill", "words"]
    from_km: int | None
    to_km: int | None
    skill: str = ""


def read_radius(typed: str | float | None) -> tuple[int | None, str]:
    """Return the radius in km (None: anywhere) and a note: "" or "clamped". Never an error for what was typed.

    >>> read_radius("50"), read_radius(""), read_radius("france")
    ((50, ''), (30, ''), (None, ''))
    >>> read_radius("5000"), read_radius("-3"), read_radius("x")
    ((1000, 'clamped'), (1, 'clamped'), (30, 'clamped'))
    """
    text = str(typed if typed is not None else "").strip().lower().removesuffix("km").strip()
    if text in {"", EVERYWHERE}:
        return (None if text else RADIUS_KM), ""
    try:
        asked = round(float(text.replace(",", ".")))
    except (ValueError, OverflowError):  # not a number, NaN, infinity
        return RADIUS_KM, "clamped"
    radius = min(max(asked, RADIUS_LEAST_KM), RADIUS_MOST_KM)
    return radius, "" if radius == asked else "clamped"


def read_page(typed: str | int | None) -> int:
    """Return a page number from 1 to PAGE_MOST, 1 for what is no number.

    >>> read_page("3"), read_page(""), read_page("-1"), read_page("99999999")
    (3, 1, 1, 30)
    """
    try:
        return min(max(int(typed or 1), 1), PAGE_MOST)
    except ValueError:
        return 1


def next_radii(radius_km: int | None) -> tuple[int | None, ...]:
    """Return the steps wider than a radius; None, the last, is the whole country.

    >>> next_radii(30), next_radii(70), next_radii(400), next_radii(None)
    ((50, 100, None), (100, None), (None,), ())
    """
    if radius_km is None:
        return ()
    return tuple(step for step in RADIUS_STEPS_KM if step is None or step > radius_km)


def widen(query: SearchQuery, *, broader: str = "", words: int = 0) -> Iterator[tuple[SearchQuery, Widening]]:
    """Yield ever wider questions, one thing relaxed at a time: the radius, then the skill, then the words.

    `broader`: slug of the wider skill, "" if there is none; `words`: how many terms the text has. A broader skill,
    and any word, are sought within the radius asked for, then in the whole country. Trust is never relaxed.
    Without a place there is no radius to widen.

    >>> query = SearchQuery(text="nextcloud mail", skill="nextcloud", lat=50.4, lon=2.8, radius_km=50)
    >>> [(w.relaxed, w.to_km) for _, w in widen(query, broader="cloud", words=2)]
    [('radius', 100), ('radius', None), ('skill', 50), ('skill', None), ('words', 50), ('words', None)]
    """
    asked = query.radius_km if query.lat is not None else None
    first = replace(query, page=1)
    for km in next_radii(asked):
        yield replace(first, radius_km=km), Widening("radius", asked, km)
    for km in dict.fromkeys((asked, None)):
        if broader:
            yield replace(first, skill=broader, radius_km=km), Widening("skill", asked, km, broader)
    for km in dict.fromkeys((asked, None)):
        if words > 1:
            yield replace(first, any_word=True, radius_km=km), Widening("words", asked, km)
