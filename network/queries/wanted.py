"""What a search wants of an offer, and what it learns of one that matches: rows read as plain tuples."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q

from network.models import Area, OfferTerm, Visibility
from network.queries.freshness import offer_shown
from network.rules.access import accesses_of
from network.rules.places import Box, bounding_box, country_of, distance_km
from network.rules.ranking import Reach, reach_of
from network.rules.terms import language_of

__all__ = [
    "COLUMNS",
    "Around",
    "Group",
    "Match",
    "Wanted",
    "failures",
    "having",
    "nearest_first",
    "kept",
    "live",
    "match_of",
    "newest_first",
    "one_of",
    "reaching",
    "within_reach",
]

Group = tuple[str, ...]  # terms of which one is enough


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an offer must be. `terms`: all of them; `any_of`, and each of `groups`: at least one of it; `at`: now.

    `purpose` and `opening`: one of these values, any when empty; a text is one value. `chosen`: the same for other
    facets, by the name of a field of Match. What fails one of these only is remembered, for the counts. `seen`: the
    condition of being readable, see `queries.readers`; without it, what everybody may read. `faded`: also
    what has faded, see `queries.freshness`.
    """

    at: datetime
    terms: tuple[str, ...] = ()
    any_of: Group = ()
    groups: tuple[Group, ...] = ()
    purpose: tuple[str, ...] | str = ()
    opening: tuple[str, ...] | str = ()
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    share: float = 1.0  # about how many of the offers have what is `chosen`
    seen: Q = field(default_factory=lambda: Q(visibility=Visibility.PUBLIC))
    faded: bool = False

    def all_groups(self) -> tuple[Group, ...]:
        """Return every condition on terms as a group, each once."""
        found = (*((term,) for term in self.terms), *self.groups, *((self.any_of,) if self.any_of else ()))
        return tuple(dict.fromkeys(found))

    def tests(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """Return the facets to be looked at in each match, as (place of the field, values)."""
        given = {"purpose": _values(self.purpose), "opening": _values(self.opening), **dict(self.chosen)}
        return tuple((Match._fields.index(name), frozenset(values)) for name, values in given.items() if values)


def _values(given: tuple[str, ...] | str) -> tuple[str, ...]:
    return ((given,) if given else ()) if isinstance(given, str) else given


def failures(match: "Match", tests: tuple[tuple[int, frozenset[str]], ...]) -> tuple[str, ...]:
    """Return the names of the facets of which a match has no wanted value."""
    failed = []
    for place, values in tests:
        has = match[place]
        if has not in values if isinstance(has, str) else values.isdisjoint(has):  # type: ignore[arg-type]
            failed.append(Match._fields[place])
    return tuple(failed)


@dataclass(frozen=True, slots=True)
class Around:
    """Where it must be, or whom it must reach. `radius_km` None: anywhere, nearest first."""

    lat: float
    lon: float
    radius_km: int | None
    country: str = "FR"


class Match(NamedTuple):
    """An offer that matches: what ranking and counting need, without its objects."""

    distance_km: float | None
    offer_id: int
    owner_id: int
    owner_uri: str
    owner_name: str
    uri: str
    reach: str
    price: str
    skill_id: int | None
    purpose: str
    opening: str
    kind: str
    language: tuple[str, ...]
    access: tuple[str, ...]


COLUMNS = (
    "id",
    "owner_id",
    "owner__uri",
    "owner__name",
    "uri",
    "lat",
    "lon",
    "area",
    "area_km",
    "remote",
    "place_dept",
    "price",
    "skill_id",
    "purpose",
    "opening",
    "owner__kind",
    "owner__languages",
    "owner__access",
    "access",
)


def live(at: datetime, *, faded: bool = False) -> Q:
    """Return the condition of being a result, as `queries.freshness` says it."""
    return offer_shown(at, faded=faded)


def one_of(group: Group) -> Q:
    """Return the condition of being one of these terms."""
    return Q(term=group[0]) if len(group) == 1 else Q(term__in=group)


def having(groups: Iterable[Group], key: str) -> list[Exists]:
    """Return the conditions of having a term of each group; `key` names the column that holds the offer's id."""
    return [Exists(OfferTerm.objects.filter(one_of(group), offer=OuterRef(key))) for group in groups]


def within_reach(around: Around) -> Q:
    """Return the condition of lying in a box around the circle, or of perhaps answering from afar."""
    if around.radius_km is None:
        return Q()
    return _within(bounding_box(around.lat, around.lon, around.radius_km)) | _from_afar(around.radius_km)


def _within(box: Box) -> Q:
    across = Q(lon__gte=box.west) | Q(lon__lte=box.east)
    lons = Q(lon__range=(box.west, box.east)) if box.west <= box.east else across
    return Q(lat__range=(box.south, box.north)) & lons


def _from_afar(radius_km: int) -> Q:
    return Q(remote=True) | Q(area=Area.COUNTRY) | Q(area=Area.CIRCLE, area_km__gt=radius_km)


def kept(rows: Iterable[Sequence[Any]], around: Around) -> list[Match]:
    """Return the rows that reach the searcher, nearest first."""
    return sorted(reaching(rows, around), key=nearest_first)


def reaching(rows: Iterable[Sequence[Any]], around: Around) -> list[Match]:
    """Return the rows that reach the searcher, as they come."""
    radius = inf if around.radius_km is None else around.radius_km
    measured: dict[tuple[float | None, float | None], float | None] = {}
    matches = []
    for row in rows:
        lat, lon = point = row[5], row[6]
        if point not in measured:
            measured[point] = None if lat is None else distance_km(around.lat, around.lon, lat, lon)
        km = measured[point]
        reach = Reach.NEAR if km is not None and km <= radius else _reach(row, km, around)
        if reach is not None:
            matches.append(match_of(row, km, reach))
    return matches


def nearest_first(match: Match) -> tuple[float, int]:
    return inf if match.distance_km is None else match.distance_km, match.offer_id


def _reach(row: Sequence[Any], km: float | None, around: Around) -> str | None:
    area, area_km, remote, dept = row[7:11]
    return reach_of(
        distance_km=km,
        radius_km=around.radius_km,
        area=area,
        area_km=area_km,
        same_country=country_of(dept) == around.country,
        remote=remote,
    )


def newest_first(match: Match) -> tuple[float, int]:
    return inf, -match.offer_id


def match_of(row: Sequence[Any], km: float | None, reach: str) -> Match:
    purpose, opening, kind, languages, theirs, its = row[13:19]
    access = _accesses(_listed(theirs), _listed(its), bool(row[9]))
    known = (row[11], row[12], purpose, opening, kind, _primary(_listed(languages)), access)
    return Match(km, row[0], row[1], row[2], row[3], row[4], reach, *known)


def _listed(value: Any) -> tuple[str, ...]:
    """Return a column of JSON, read by the ORM or as the text that the database holds."""
    return _parsed(value) if isinstance(value, str) else tuple(value or ())


@lru_cache(maxsize=1024)  # few lists are distinct: parsing each of six hundred would cost a millisecond
def _parsed(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text) or ())


@lru_cache(maxsize=1024)
def _primary(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(language_of(tag) for tag in tags if tag))


@lru_cache(maxsize=1024)
def _accesses(theirs: tuple[str, ...], its: tuple[str, ...], remote: bool) -> tuple[str, ...]:
    return accesses_of(theirs, its, remote=remote)
