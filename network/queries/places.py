"""Which place somebody means who types a name or a postcode."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from django.db.models import Q, QuerySet

from network.models import Alias, Locality, Postcode
from network.queries.text import begins_with
from network.rules.places import bounding_box, country_of, distance_km, normalise
from network.rules.words import edit_distance

MUCH_LARGER = 10  # of several places, the largest is meant only if this many times larger than the second
MOST_OTHERS = 8
FORMER = frozenset({"COMD", "COMA"})
SHORTEST_NAME = 2
SHORTEST_GUESSED, LEAST_GUESSED = 4, 2_000  # letters; inhabitants
EXACT, BARE, ABROAD, ALIAS, BEGINNING, GUESS = range(6)  # how a place was found; the first step that answers decides
LABELLED = re.compile(r"(?P<name>.+?)\s*\((?P<where>[0-9][0-9AB][0-9]?|[A-Za-z]{2})\)\s*")
CODED_NAME = re.compile(r"(?P<postcode>\d{5})\s+(?P<name>\D+)|(?P<name2>\D+?)\s+(?P<postcode2>\d{5})")


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A place of the gazetteer. `dept`: département, or country abroad. `lat`, `lon`: degrees, None if unknown."""

    id: int
    name: str
    dept: str
    code: str
    lat: float | None
    lon: float | None

    @property
    def label(self) -> str:
        """Name and where; typed again, it leads back here."""
        return f"{self.name} ({self.dept})"

    @property
    def country(self) -> str:
        return country_of(self.dept)


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """The place meant, if it can be told; and the others, to choose from (« Ou bien : »)."""

    place: PlaceHit | None = None
    others: tuple[PlaceHit, ...] = ()
    reason: Literal["", "unknown", "ambiguous", "empty"] = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place and how it was found; `said` is the other name that was typed, "" if none."""

    step: int
    locality: Locality
    said: str = ""

    @property
    def hit(self) -> PlaceHit:
        row = self.locality
        return PlaceHit(row.pk, self.said or row.name, row.dept, row.code, row.lat, row.lon)


def find_place(text: str, *, country: str = "FR") -> PlaceAnswer:
    """Return the place that `text` names: a postcode, a name, « 62800 Liévin » or a label « Liévin (62) ».

    One place at the first step that answers is taken. Of several the largest is taken if ten times larger than
    the second, or if they share a postcode, or if the text says the département; otherwise nothing is taken and
    `reason` is "ambiguous". Also "empty" and "unknown".
    """
    text = text.strip()
    if not text:
        return PlaceAnswer(reason="empty")
    labelled, coded = LABELLED.fullmatch(text), CODED_NAME.fullmatch(text)
    if labelled:
        return _at(labelled["name"], labelled["where"].upper())
    if coded:
        return _coded(coded["postcode"] or coded["postcode2"], coded["name"] or coded["name2"])
    return choose(find_places(text, country=country), sure=_is_postcode(text))


def guess_places(text: str, *, country: str = "FR") -> PlaceAnswer:
    """Return the place whose name was probably meant by one that no place has: one letter wrong in names of four to
    six letters, two in longer ones, the first letter right. Nothing when two are as near and none is much larger.
    """
    key = normalise(text)
    if len(key) < SHORTEST_GUESSED or key.isdigit():
        return PlaceAnswer(reason="unknown")
    most = 1 if len(key) <= 6 else 2
    towns = Locality.objects.filter(begins_with("norm", key[0]) | begins_with("bare", key[0]))
    towns = towns.filter(country=country, population__gte=LEAST_GUESSED).exclude(kind__in=FORMER)
    named = [(row, min(edit_distance(key, name, most) for name in {row.norm, row.bare})) for row in towns]
    errors = min((error for _, error in named), default=most + 1)
    if errors > most:
        return PlaceAnswer(reason="unknown")
    near = [Candidate(GUESS, row) for row, error in named if error == errors]
    answer = choose(sorted(near, key=lambda candidate: _order(candidate, country)))
    return answer if answer.place else PlaceAnswer(others=answer.others, reason="unknown")


def place_near(lat: float, lon: float, *, km: float = 8.0) -> PlaceHit | None:
    """Return the commune whose point is nearest, None if there is none within `km`."""
    box = bounding_box(lat, lon, km)
    rows = Locality.objects.filter(lat__range=(box.south, box.north), lon__range=(box.west, box.east))
    found = [(distance_km(lat, lon, row.lat, row.lon), row.pk, row) for row in rows.exclude(kind__in=FORMER)]
    return Candidate(EXACT, min(found)[2]).hit if found else None


def find_places(text: str, *, country: str = "FR") -> list[Candidate]:
    """Return every candidate for a postcode or a name, best first.

    Steps: postcode or exact name in the country; the same but for the article; exact name elsewhere; other name;
    beginning of a name. Within a step today's communes come before former ones, then the most populous, then by
    name. A former commune with the code of today's is left out.
    """
    text = text.strip()
    found = _by_postcode(text) if _is_postcode(text) else _by_name(normalise(text), country)
    best: dict[int, Candidate] = {}
    for candidate in found:
        best.setdefault(candidate.locality.pk, candidate)  # they come in the order of steps
    ordered = sorted(best.values(), key=lambda candidate: _order(candidate, country))
    distinct: dict[object, Candidate] = {}
    for candidate in ordered:
        row = candidate.locality
        distinct.setdefault((row.country, row.code or row.pk), candidate)
    return list(distinct.values())


def _order(candidate: Candidate, country: str) -> tuple[int, bool, bool, int, str, int]:
    row = candidate.locality
    far = candidate.step == BEGINNING and row.country != country
    return candidate.step, far, row.kind in FORMER, -row.population, row.name, row.pk


def _is_postcode(text: str) -> bool:
    return len(text) == 5 and text.isascii() and text.isdigit()


def _by_postcode(text: str) -> Iterator[Candidate]:
    rows: QuerySet[Locality] = Locality.objects.filter(id__in=Postcode.objects.filter(postcode=text).values("locality"))
    return (Candidate(EXACT, row) for row in rows)


def _by_name(key: str, country: str) -> Iterator[Candidate]:
    if len(key) < SHORTEST_NAME:
        return
    named = list(Locality.objects.filter(Q(norm=key) | Q(bare=key)))
    yield from (Candidate(EXACT, row) for row in named if row.norm == key and row.country == country)
    yield from (Candidate(BARE, row) for row in named if row.norm != key and row.country == country)
    yield from (Candidate(ABROAD, row) for row in named if row.country != country)
    for alias in Alias.objects.filter(norm=key).select_related("locality"):
        yield Candidate(ALIAS, alias.locality, alias.name)
    begins = begins_with("norm", key) | begins_with("bare", key)
    yield from (Candidate(BEGINNING, row) for row in Locality.objects.filter(begins))


# --- choosing -----------------------------------------------------------------------------------------


def choose(candidates: list[Candidate], *, sure: bool = False) -> PlaceAnswer:
    """Return the answer that candidates make, best first; `sure`: the largest is meant, however many there are."""
    if not candidates:
        return PlaceAnswer(reason="unknown")
    _, group = next(groupby(candidates, key=lambda candidate: candidate.step))
    first = list(group)
    taken = max(first, key=lambda candidate: candidate.locality.population)
    if not sure and len(first) > 1 and not _stands_out(taken, first):
        return PlaceAnswer(others=_hits(first), reason="ambiguous")
    return PlaceAnswer(taken.hit, _hits(c for c in candidates if c is not taken))


def _stands_out(taken: Candidate, group: list[Candidate]) -> bool:
    second = max(c.locality.population for c in group if c is not taken)
    return taken.locality.population >= MUCH_LARGER * max(second, 1)


def _hits(candidates: Iterable[Candidate]) -> tuple[PlaceHit, ...]:
    listed = list(candidates)
    most = max(MOST_OTHERS, sum(candidate.step == EXACT for candidate in listed))
    return tuple(candidate.hit for candidate in listed[:most])


def _at(name: str, where: str) -> PlaceAnswer:
    candidates = find_places(name, country=country_of(where))
    here = [candidate for candidate in candidates if candidate.locality.dept == where]
    return choose(here, sure=True) if here else choose(candidates)


def _coded(postcode: str, name: str) -> PlaceAnswer:
    candidates, key = find_places(postcode), normalise(name)
    named = [c for c in candidates if key in {c.locality.norm, c.locality.bare}]
    return choose(named, sure=True) if named else choose(candidates or find_places(name), sure=bool(candidates))
