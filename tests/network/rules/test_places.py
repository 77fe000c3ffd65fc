"""Distances, boxes, and cells that surely hold what they say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.rules.places import (
    BLUR_KM,
    CELL_LEVELS,
    Box,
    bounding_box,
    cells_around,
    country_of,
    distance_km,
    level_for,
    morton,
    normalise,
    point_of,
    surely_covered_km,
)

LILLE, LIEVIN, MONS = (50.6309, 3.0709), (50.4216, 2.7848), (50.6424, 3.1102)
VIGAN, TOURS = (43.9920, 3.6081), (47.3912, 0.6892)
LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("one", "two", "km"),
    [(LILLE, MONS, 3.05), (LILLE, LIEVIN, 30.83), (LIEVIN, MONS, 33.64), (VIGAN, TOURS, 440.68), (LILLE, LILLE, 0.0)],
)
def test_distances_between_town_halls(one, two, km):
    assert round(distance_km(*one, *two), 2) == km
    assert distance_km(*two, *one) == pytest.approx(distance_km(*one, *two))


def test_antipodes_are_half_the_globe_apart():
    assert distance_km(0, 0, 0, 180) == pytest.approx(math.pi * 6371.0088)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, st.floats(0.1, 5000))
def test_a_box_holds_every_point_within_its_distance(lat, lon, lat2, lon2, km):
    if distance_km(lat, lon, lat2, lon2) < km * (1 - 1e-9) - 1e-6:
        box = bounding_box(lat, lon, km)
        grown = Box(box.south - 1e-9, box.west - 1e-9, box.north + 1e-9, box.east + 1e-9)
        assert grown.holds(lat2, lon2)


def test_a_box_across_the_date_line():
    box = bounding_box(-16.5, 179.9, 50)
    assert box.west > box.east
    assert box.holds(-16.5, -179.9)
    assert not box.holds(-16.5, 0)


@given(LATITUDES, LONGITUDES)
def test_a_code_gives_its_point_back(lat, lon):
    assert 0 <= morton(lat, lon) < 1 << 2 * CELL_LEVELS
    assert distance_km(lat, lon, *point_of(morton(lat, lon))) <= BLUR_KM


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_no_code_for_what_is_no_point(wrong):
    with pytest.raises((ValueError, OverflowError)):
        morton(wrong, 0)
    with pytest.raises((ValueError, OverflowError)):
        morton(0, wrong)


@given(LATITUDES, LONGITUDES, st.integers(0, 16), st.floats(-2, 2), st.floats(-2, 2))
def test_what_is_surely_covered_lies_in_the_nine_cells(lat, lon, level, up, right):
    size = 360 / (1 << max(level, 1))
    other = (min(90, max(-90, lat + up * size)), (lon + right * size + 540) % 360 - 180)
    if distance_km(lat, lon, *other) <= surely_covered_km(lat, lon, level):
        assert any(first <= morton(*other) <= last for first, last in cells_around(lat, lon, level))


@given(LATITUDES, LONGITUDES, st.integers(0, 16))
def test_ranges_are_sorted_apart_and_hold_the_point(lat, lon, level):
    ranges = cells_around(lat, lon, level)
    assert len(ranges) <= 9
    assert all(first <= last for first, last in ranges)
    assert all(one[1] + 1 < two[0] for one, two in zip(ranges, ranges[1:], strict=False))
    assert any(first <= morton(lat, lon) <= last for first, last in ranges)


def test_level_for_the_height_of_a_cell():
    assert [level_for(km) for km in (20_000, 1000, 100, 30, 1, 0.0)] == [1, 4, 7, 9, 14, 16]


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("MONS-EN-BARŒUL", "mons en baroeul"),
        ("  st  Étienne", "saint etienne"),
        ("Ste-Foy-lès-Lyon", "sainte foy les lyon"),
        ("L’Haÿ-les-Roses", "l hay les roses"),
        ("Stains", "stains"),
        ("Ærøskøbing", "aer sk bing"),
        ("—", ""),
    ],
)
def test_search_forms_of_names(typed, form):
    assert normalise(typed) == form


def test_countries():
    assert [country_of(dept) for dept in ("59", "2B", "974", "BE", "")] == ["FR", "FR", "FR", "BE", "FR"]
