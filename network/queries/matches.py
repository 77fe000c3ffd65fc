"""Which offers match, nearest first: one walk over cells of the map, the same on both databases.

Every point has a Morton code `z`, so that a cell is one range of an index. The walk reads nine cells around the
searcher from the index alone, where `z` tells the distance to a few metres, and takes larger cells until it has
enough or has surely seen the whole circle; then it reads the nearest offers themselves. A bad first guess costs time,
never answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from math import inf, sqrt
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from network.models import Offer, OfferState, OfferTerm, Visibility
from network.rules.places import (
    BLUR_KM,
    cells_around,
    country_of,
    distance_km,
    level_for,
    point_of,
    surely_covered_km,
)
from network.rules.ranking import reach_of
from network.rules.terms import WIDE

MOST = 600  # matches ranked by trust: the nearest; a page says so when there are more
SWEEP_KM = 50  # offers whose owner comes from further than this carry the term WIDE
SILENCE_DAYS = 90  # a remote copy not heard of for longer leaves the results
WIDE_SHARE = 4  # one offer in so many is guessed to be WIDE
SPAN_KM2 = 640_000  # offers are guessed to be spread over a country of this size
MOST_AT_ONCE = 5_000  # offers read by one statement
GUESS_SHARE = 2  # aim at reading this many times what is wanted
A_CELL = (-2, -1)  # stands for a range of z, which is never negative, in a statement made beforehand
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an offer must be. `terms`: all of them; `any_of`: at least one, if there are any; `at`: now.

    `seen`: the condition of being readable, see `queries.readers`; without it, what everybody may read.
    """

    at: datetime
    terms: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    purpose: str = ""
    kind: str = ""
    opening: str = ""
    seen: Q = field(default_factory=lambda: Q(visibility=Visibility.PUBLIC))


@dataclass(frozen=True, slots=True)
class Around:
    """Where it must be, or whom it must reach. `radius_km` None: anywhere, nearest first."""

    lat: float
    lon: float
    radius_km: int | None
    country: str = "FR"


class Match(NamedTuple):
    """An offer that matches: what ranking needs, without its objects."""

    distance_km: float | None
    offer_id: int
    owner_id: int
    owner_uri: str
    owner_name: str
    uri: str
    reach: str
    price: str
    skill_id: int | None


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
)


def live(at: datetime) -> Q:
    """Return the condition of being shown: live, not ended, its owner not gone, and heard of if it is a copy.

    An unclaimed entry is no copy of a node's: it leaves when it ends.
    """
    heard = Q(local=True) | Q(heard_at__gt=at - timedelta(days=SILENCE_DAYS)) | Q(owner__unclaimed=True)
    return heard & Q(state=OfferState.LIVE, ends_at__gt=at, owner__gone_at=None)


def find_matches(wanted: Wanted, around: Around | None, *, most: int = MOST) -> tuple[list[Match], bool]:
    """Return at most `most` matches and whether there are more.

    With a place: the nearest first (equal distances by id), those without a point last. Without: the newest
    first. An offer matches a place when it is near, its owner comes there, or it can be done at a distance.
    """
    rarest, expected = _rarest(wanted)
    if expected == 0:
        return [], False
    walk = _Walk(wanted, rarest, expected)
    found = walk.newest(most + 1) if around is None else _by_distance(walk, around, most + 1)
    return found[:most], len(found) > most


def count_of_terms(terms: Iterable[str]) -> dict[str, int]:
    """Return how many offers have each term; those that none has are left out."""
    rows = OfferTerm.objects.filter(term__in=tuple(terms)).values_list("term").annotate(n=Count("id"))
    return dict(rows.order_by())


def _rarest(wanted: Wanted) -> tuple[str, int]:
    """Return the rarest of the terms that all must have, and about how many offers have it."""
    if not wanted.terms:
        return "", int(Offer.objects.aggregate(last=Max("id"))["last"] or 0)
    counts = count_of_terms(wanted.terms)
    return min(((term, counts.get(term, 0)) for term in wanted.terms), key=lambda pair: (pair[1], pair[0]))


def _by_distance(walk: "_Walk", around: Around, limit: int) -> list[Match]:
    near_km = inf if around.radius_km is None else max(around.radius_km, SWEEP_KM)
    found = walk.nearest(around, near_km, limit)
    if len(found) < limit and near_km < inf:
        found = _joined(found, walk.wide().nearest(around, inf, limit))
    if len(found) < limit:
        pointless = walk if around.radius_km is None else walk.wide()
        found = _joined(found, pointless.without_point(around, limit))
    return found[:limit]


def _joined(found: list[Match], more: list[Match]) -> list[Match]:
    """Add what is new; everything nearer than the widest sweep is in `found` already, so the order holds."""
    seen = {match.offer_id for match in found}
    return found + [match for match in more if match.offer_id not in seen]


class _Walk:
    """The offers that are wanted, by way of the rarest term's rows, or of the offers' when there is no term."""

    def __init__(self, wanted: Wanted, rarest: str, expected: int) -> None:
        self.wanted, self.rarest, self.expected = wanted, rarest, expected
        self.measured: dict[int, float] = {}  # distance by z: offers share the points of communes
        self.read: dict[int, Match | None] = {}  # by offer id, None for those that do not match

    def wide(self) -> "_Walk":
        """Return the walk over those of the offers that answer from afar; what has been read is not read again."""
        terms, expected = (*self.wanted.terms, WIDE), self.expected // WIDE_SHARE + 1
        walk = _Walk(replace(self.wanted, terms=terms), self.rarest or WIDE, expected)
        walk.measured, walk.read = self.measured, self.read
        return walk

    def newest(self, limit: int) -> list[Match]:
        rows = self._rows(self._having_terms()).order_by("-id")[:limit]
        return [_match(row, None, "") for row in rows]

    def without_point(self, around: Around, limit: int) -> list[Match]:
        rows = self._rows(self._having_terms().filter(z=None))
        return _kept(rows, around)[:limit]

    def nearest(self, around: Around, most_km: float, limit: int) -> list[Match]:
        """Return the `limit` nearest of the matches within `most_km`."""
        level = self._first_level(most_km, limit)
        while True:
            covered = min(most_km, surely_covered_km(around.lat, around.lon, level))
            spots = self._spots(around, covered, level)
            found = self._picked(spots, around, covered, limit) if len(spots) >= limit or covered >= most_km else []
            if len(found) >= limit or covered >= most_km:
                return found[:limit]
            level -= 1 if 4 * len(spots) >= limit else 2

    def _first_level(self, most_km: float, limit: int) -> int:
        guess_km = sqrt(GUESS_SHARE * limit / 9 * SPAN_KM2 / self.expected)
        return level_for(min(guess_km, most_km))

    # --- reading the index alone: where there is something ------------------------------------------------

    def _spots(self, around: Around, most_km: float, level: int) -> list[tuple[float, int]]:
        """Return (distance within BLUR_KM, offer id) of what has the terms in nine cells, nearest first."""
        measured, spots = self.measured, []
        for z, pk in self._in_cells(cells_around(around.lat, around.lon, level)):
            if z not in measured:
                measured[z] = distance_km(around.lat, around.lon, *point_of(z))
            if measured[z] <= most_km + BLUR_KM:
                spots.append((measured[z], pk))
        return sorted(spots)

    def _in_cells(self, ranges: Ranges) -> list[tuple[int, int]]:
        """Read (z, offer id) in some ranges of `z` by one statement; each part of the union walks the index once."""
        sql, params = self._one_cell
        first = params.index(A_CELL[0])
        bound = [(*params[:first], *cell, *params[first + 2 :]) for cell in ranges]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([sql] * len(ranges)), [value for part in bound for value in part])
            return list(cursor.fetchall())

    @cached_property
    def _one_cell(self) -> tuple[str, tuple[Any, ...]]:
        """The statement for one range, made by the ORM once and not once a cell: making it costs more than it."""
        if self.rarest:
            terms = OfferTerm.objects.filter(*self._other_terms("offer_id"), term=self.rarest, z__range=A_CELL)
            return terms.values_list("z", "offer_id").query.sql_with_params()
        offers = Offer.objects.filter(*self._other_terms("id"), state=OfferState.LIVE, z__range=A_CELL)
        return offers.values_list("z", "id").query.sql_with_params()

    def _other_terms(self, key: str) -> list[Exists]:
        others: list[dict[str, Any]] = [{"term": term} for term in self.wanted.terms if term != self.rarest]
        others += [{"term__in": self.wanted.any_of}] if self.wanted.any_of else []
        return [Exists(OfferTerm.objects.filter(offer=OuterRef(key), **other)) for other in others]

    # --- reading the offers themselves, as few as will do --------------------------------------------------

    def _picked(self, spots: list[tuple[float, int]], around: Around, most_km: float, limit: int) -> list[Match]:
        """Return the matches among the spots, nearest first, at least `limit` if there are as many.

        A slice ends where the next spot is further by more than the blur, so that exact distances keep the order.
        """
        found: list[Match] = []
        start, size = 0, limit + limit // 8
        while start < len(spots) and len(found) < limit:
            end = min(start + size, len(spots))
            while end < len(spots) and spots[end][0] <= spots[end - 1][0] + 2 * BLUR_KM:
                end += 1
            found += self._matches([pk for _, pk in spots[start:end]], around, most_km)
            start, size = end, min(2 * size, MOST_AT_ONCE)
        return found

    def _matches(self, keys: list[int], around: Around, most_km: float) -> list[Match]:
        """Return those of the offers that match and lie within `most_km`, nearest first."""
        if new := [key for key in keys if key not in self.read]:
            sql, params = self._rows(Offer.objects.filter(id__in=new)).query.sql_with_params()
            with connection.cursor() as cursor:  # plain tuples: half the time of the ORM's, in the hottest loop
                cursor.execute(sql, params)
                matches = {match.offer_id: match for match in _kept(cursor.fetchall(), around)}
            self.read |= {key: matches.get(key) for key in new}
        found = (match for key in keys if (match := self.read[key]))
        return sorted((m for m in found if (m.distance_km or 0.0) <= most_km), key=_by_distance_then_id)

    def _having_terms(self) -> "QuerySet[Offer]":
        if not self.rarest:
            return Offer.objects.filter(*self._other_terms("id"))
        with_rarest = OfferTerm.objects.filter(term=self.rarest).values("offer_id")
        return Offer.objects.filter(*self._other_terms("id"), id__in=with_rarest)

    def _rows(self, offers: "QuerySet[Offer]") -> "QuerySet[Offer, tuple[Any, ...]]":
        wanted = self.wanted
        exact = {"purpose": wanted.purpose, "owner__kind": wanted.kind, "opening": wanted.opening}
        filters = {name: value for name, value in exact.items() if value}
        return offers.filter(live(wanted.at), wanted.seen, **filters).values_list(*COLUMNS)


def _kept(rows: Iterable[Sequence[Any]], around: Around) -> list[Match]:
    """Return the rows that reach the searcher, nearest first."""
    measured: dict[tuple[float | None, float | None], float | None] = {}
    matches = []
    for row in rows:
        lat, lon = point = row[5], row[6]
        if point not in measured:
            measured[point] = None if lat is None else distance_km(around.lat, around.lon, lat, lon)
        if (reach := _reach(row, measured[point], around)) is not None:
            matches.append(_match(row, measured[point], reach))
    return sorted(matches, key=_by_distance_then_id)


def _by_distance_then_id(match: Match) -> tuple[float, int]:
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


def _match(row: Sequence[Any], km: float | None, reach: str) -> Match:
    return Match(km, row[0], row[1], row[2], row[3], row[4], reach, row[11], row[12])
