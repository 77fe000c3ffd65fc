"""Which offers match, nearest first: one walk over cells of the map, the same on both databases.

Every point has a Morton code `z`, so that a cell is one range of an index. The walk reads nine cells around the
searcher from the index alone, where `z` tells the distance to a few metres, and takes larger cells until it has
enough or has surely seen the whole circle; then it reads the nearest offers themselves. A bad first guess costs time,
never answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import inf, pi, sqrt
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from network.models import Offer, OfferState, OfferTerm
from network.queries.wanted import (
    COLUMNS,
    Around,
    Group,
    Match,
    Wanted,
    failures,
    having,
    kept,
    live,
    match_of,
    nearest_first,
    newest_first,
    one_of,
    reaching,
    within_reach,
)
from network.rules.places import (
    BLUR_KM,
    cells_around,
    distance_km,
    level_for,
    point_of,
    surely_covered_km,
)
from network.rules.terms import WIDE

__all__ = ["MOST", "Around", "Found", "Match", "Wanted", "count_of_terms", "find", "find_matches", "live"]

MOST = 600  # matches ranked by trust: the nearest; a page says so when there are more
SWEEP_KM = 50  # offers whose owner comes from further than this carry the term WIDE
WIDE_SHARE = 4  # one offer in so many is guessed to be WIDE
SPAN_KM2 = 640_000  # offers are guessed to be spread over a country of this size
FEW = 2_500  # offers that are guessed to have the rarest terms and to reach: all of them are read, without a walk
WORTH = 5  # so many times what a walk has to read before it has enough are read at once in less time than it takes
OPENING_SHARE = 0.5  # one offer in two is guessed to have a chosen opening
MOST_AT_ONCE = 5_000  # offers read by one statement
GUESS_SHARE = 2  # aim at reading this many times what is wanted
A_CELL = (-2, -1)  # stands for a range of z, which is never negative, in a statement made beforehand
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """`matches`, whether there are more (`capped`: these are the nearest), and what would match, no further away,
    but for one facet (`beside`, by its name)."""

    matches: list[Match]
    capped: bool = False
    beside: tuple[tuple[str, Match], ...] = ()


def find_matches(wanted: Wanted, around: Around | None, *, most: int = MOST) -> tuple[list[Match], bool]:
    """Return at most `most` matches and whether there are more, see `find`."""
    found = find(wanted, around, most=most)
    return found.matches, found.capped


def find(wanted: Wanted, around: Around | None, *, most: int = MOST) -> Found:
    """Return at most `most` matches.

    With a place: the nearest first (equal distances by id), those without a point last. Without: the newest
    first. An offer matches a place when it is near, its owner comes there, or it can be done at a distance.
    """
    rarest, expected = _rarest(wanted)
    if expected == 0:
        return Found([])
    walk = _Walk(wanted, rarest, expected)
    if around is None:
        found = walk.newest(most + 1)
    elif _reaching(expected, around) <= max(FEW, WORTH * (most + 1) / _share(wanted)):
        found = walk.all_at_once(around)[: most + 1]
    else:
        found = _by_distance(walk, around, most + 1)
    if len(found) <= most:
        return Found(found, beside=tuple(walk.aside.values()))
    order = nearest_first if around else newest_first
    last = order(found[most - 1])
    return Found(found[:most], True, tuple(pair for pair in walk.aside.values() if order(pair[1]) < last))


def count_of_terms(terms: Iterable[str]) -> dict[str, int]:
    """Return how many offers have each term; those that none has are left out."""
    rows = OfferTerm.objects.filter(term__in=tuple(terms)).values_list("term").annotate(n=Count("id"))
    return dict(rows.order_by())


def _rarest(wanted: Wanted) -> tuple[Group, int]:
    """Return the rarest of the groups that all must have, and about how many offers have it."""
    groups = wanted.all_groups()
    if not groups:
        return (), _about_all()
    counts = count_of_terms({term for group in groups for term in group})
    sums = ((group, sum(counts.get(term, 0) for term in group)) for group in groups)
    return min(sums, key=lambda pair: (pair[1], pair[0]))


def _about_all() -> int:
    """Return about how many offers there are, by the last one's number: asked by hand, at a tenth of the ORM's time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM network_offer")
        (last,) = cursor.fetchone()
        return int(last or 0)


def _share(wanted: Wanted) -> float:
    """Return the share of the offers that is guessed to have a wanted value of each facet."""
    return wanted.share * (OPENING_SHARE if wanted.opening else 1)


def _reaching(expected: int, around: Around) -> float:
    """Return how many of so many offers are guessed to lie within the circle, or to answer from afar."""
    if around.radius_km is None:
        return expected
    return expected * min(1.0, pi * around.radius_km**2 / SPAN_KM2 + 1 / WIDE_SHARE)


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


@lru_cache(maxsize=256)
def _one_cell(rarest: Group, others: tuple[Group, ...]) -> tuple[str, tuple[Any, ...]]:
    """The statement for one range, made by the ORM once and not once a cell or search: making it costs more than it."""
    if rarest:
        terms = OfferTerm.objects.filter(one_of(rarest), *having(others, "offer_id"), z__range=A_CELL)
        return terms.values_list("z", "offer_id").query.sql_with_params()
    offers = Offer.objects.filter(*having(others, "id"), state=OfferState.LIVE, z__range=A_CELL)
    return offers.values_list("z", "id").query.sql_with_params()


class _Walk:
    """The offers that are wanted, by way of the rarest group's rows, or of the offers' when no term is wanted."""

    def __init__(self, wanted: Wanted, rarest: Group, expected: int) -> None:
        self.wanted, self.rarest, self.expected = wanted, rarest, expected
        self.others = tuple(group for group in wanted.all_groups() if group != rarest)
        self.measured: dict[int, float] = {}  # distance by z: offers share the points of communes
        self.read: dict[int, Match | None] = {}  # by offer id, None for those that do not match
        self.tests = wanted.tests()
        self.aside: dict[int, tuple[str, Match]] = {}  # what would match but for one facet, and which

    def wide(self) -> "_Walk":
        """Return the walk over those of the offers that answer from afar; what has been read is not read again."""
        walk = _Walk(self.wanted, self.rarest or (WIDE,), self.expected // WIDE_SHARE + 1)
        walk.others = (*walk.others, (WIDE,)) if self.rarest else walk.others
        walk.measured, walk.read, walk.aside = self.measured, self.read, self.aside
        return walk

    def newest(self, limit: int) -> list[Match]:
        rows, found, size = self._rows(self._having_terms()).order_by("-id"), [], limit
        part = list(rows[:size])
        while part:
            found += self._fitting([match_of(row, None, "") for row in part])
            if len(found) >= limit or len(part) < size:
                break
            size = min(2 * size, MOST_AT_ONCE)
            part = list(rows.filter(id__lt=part[-1][0])[:size])
        return found[:limit]

    def without_point(self, around: Around, limit: int) -> list[Match]:
        rows = self._rows(self._having_terms().filter(z=None))
        return self._fitting(kept(rows, around))[:limit]

    def _fitting(self, matches: list[Match]) -> list[Match]:
        """Return the matches that have a wanted value of each facet; remember those that fail one only."""
        if not self.tests:
            return matches
        found = []
        for match in matches:
            failed = failures(match, self.tests)
            if not failed:
                found.append(match)
            elif len(failed) == 1:
                self.aside[match.offer_id] = (failed[0], match)
        return found

    def all_at_once(self, around: Around) -> list[Match]:
        """Return all the matches, nearest first, by one statement: what is within the box, or may answer from afar."""
        offers = self._having_terms().filter(within_reach(around))
        sql, params = self._rows(offers).query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return sorted(self._fitting(reaching(cursor.fetchall(), around)), key=nearest_first)

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
        guess_km = sqrt(GUESS_SHARE * limit / 9 * SPAN_KM2 / (self.expected * _share(self.wanted)))
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
        sql, params = _one_cell(self.rarest, self.others)
        first = params.index(A_CELL[0])
        bound = [(*params[:first], *cell, *params[first + 2 :]) for cell in ranges]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([sql] * len(ranges)), [value for part in bound for value in part])
            rows: list[tuple[int, int]] = cursor.fetchall()
        return rows if len(self.rarest) < 2 else list(set(rows))  # an offer may have several terms of a group

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
                matches = {match.offer_id: match for match in self._fitting(kept(cursor.fetchall(), around))}
            self.read |= {key: matches.get(key) for key in new}
        found = (match for key in keys if (match := self.read[key]))
        return sorted((m for m in found if (m.distance_km or 0.0) <= most_km), key=nearest_first)

    def _having_terms(self) -> "QuerySet[Offer]":
        if not self.rarest:
            return Offer.objects.filter(*having(self.others, "id"))
        with_rarest = OfferTerm.objects.filter(one_of(self.rarest)).values("offer_id")
        return Offer.objects.filter(*having(self.others, "id"), id__in=with_rarest)

    def _rows(self, offers: "QuerySet[Offer]") -> "QuerySet[Offer, tuple[Any, ...]]":
        return offers.filter(live(self.wanted.at, faded=self.wanted.faded), self.wanted.seen).values_list(*COLUMNS)
