"""The map: projection against published values, frames, marks that keep apart, names that leave room."""

from itertools import combinations
from math import hypot

import pytest

from frontend.map import LEAST_UNITS, OVERVIEW, SHEET, Spot, draw, inset_xy, lambert93, map_xy, push_apart

LIEVIN = Spot("Liévin", 50.4216, 2.7848, "62")


def around(count, step=0.05, near=True):
    return [Spot(f"{n}. Atelier", 50.42 + step * n, 2.78, "62", n, f"/membres/{n}", near) for n in range(1, count + 1)]


# Town halls, reckoned by the program that drew the base maps, which shares no code with ours.
@pytest.mark.parametrize(
    ("lat", "lon", "metres", "units"),
    [
        (46.5, 3.0, (700_000.0, 6_600_000.0), (5545, 4727)),
        (50.6309, 3.0709, (705_024.9, 7_059_326.8), (5591, 552)),
        (41.9192, 8.7386, (1_176_667.6, 6_108_273.3), (9879, 9198)),
        (47.3912, 0.6892, (525_706.9, 6_701_534.7), (3961, 3804)),
        (48.3904, -4.4861, (146_633.0, 6_836_262.3), (515, 2579)),
    ],
)
def test_projection(lat, lon, metres, units):
    assert lambert93(lat, lon) == pytest.approx(metres, abs=0.1)
    assert map_xy(lat, lon) == units


def test_overseas_projection():
    assert inset_xy("974", -21.13, 55.53) == (3500, 500)
    assert inset_xy("971", 16.24, -61.53) == (363, 434)
    assert inset_xy("973", 4.92, -52.31) == (2672, 289)


def test_nothing_to_draw():
    assert draw(None, []) is None


def test_the_frame_is_at_least_180_km_wide_and_holds_the_place():
    drawing = draw(LIEVIN, around(3))
    x, y, width, height = drawing.view
    assert width == height == pytest.approx(LEAST_UNITS)
    assert x < drawing.ring[0] < x + width
    assert y < drawing.ring[1] < y + height
    assert drawing.image == "fond-fr-detail.svg"


def test_far_results_give_the_overview():
    drawing = draw(LIEVIN, [Spot("1. Loin", 43.6, 1.44, "31", 1)])
    assert drawing.view == OVERVIEW
    assert drawing.image == "fond-fr.svg"


def test_without_a_place_the_overview_and_no_ring():
    drawing = draw(None, around(2))
    assert (drawing.view, drawing.ring, len(drawing.marks)) == (OVERVIEW, None, 2)


def test_what_is_done_remotely_does_not_widen_the_frame():
    far = Spot("4. Loin", 47.39, 0.69, "37", 4, near=False)
    drawing = draw(LIEVIN, [*around(3), far])
    assert drawing.view[2] == pytest.approx(LEAST_UNITS)
    assert [mark.number for mark in drawing.marks] == [1, 2, 3]


def test_only_the_first_six_decide_the_frame():
    six = draw(LIEVIN, around(6, step=0.2))
    more = draw(LIEVIN, [*around(6, step=0.2), Spot("7. Lyon", 45.75, 4.85, "69", 7)])
    assert six.view == more.view


def test_overseas_has_its_own_square():
    place = Spot("Saint-Paul", -21.009, 55.2707, "974")
    drawing = draw(place, [Spot("1. Kaz", -20.88, 55.45, "974", 1), Spot("2. Loin", 50.4, 2.8, "62", 2)])
    assert drawing.image == "fond-outremer.svg"
    assert drawing.view == (3000.0, 0.0, 1000.0, 1000.0)
    assert [mark.number for mark in drawing.marks] == [1]


def test_a_place_in_france_leaves_overseas_results_out():
    drawing = draw(LIEVIN, [*around(1), Spot("2. Kaz", -21.0, 55.3, "974", 2)])
    assert [mark.number for mark in drawing.marks] == [1]


KAZ = Spot("1. Kaz", -20.88, 55.45, "974", 1)
LENS = Spot("2. Lens", 50.4292, 2.8317, "62", 2)
NOUMEA = Spot("3. Nouméa", -22.27, 166.45, "988", 3)


def shown(drawing):
    """Numbers in the drawing itself, and in each of its insets by name."""
    insets = {inset.title: [mark.number for mark in inset.marks] for inset in drawing.insets}
    return [mark.number for mark in drawing.marks], insets


@pytest.mark.parametrize("results", [[KAZ, LENS], [LENS, KAZ]], ids=["overseas first", "mainland first"])
def test_without_a_place_overseas_squares_stand_under_the_overview(results):
    drawing = draw(None, results)
    assert (drawing.view, shown(drawing)) == (OVERVIEW, ([2], {"La Réunion": [1]}))
    (inset,) = drawing.insets
    assert (inset.image, inset.view) == ("fond-outremer.svg", (3000.0, 0.0, 1000.0, 1000.0))
    assert [name.text for name in inset.names] == ["La Réunion"]
    assert abs(inset.names[0].y - inset.marks[0].y) > 300


def test_far_results_are_drawn_in_the_insets_of_the_overview_too():
    far = Spot("3. Loin", 43.6, 1.44, "31", 3)
    assert shown(draw(LIEVIN, [KAZ, LENS, far])) == ([2, 3], {"La Réunion": [1]})


def test_where_all_results_lie_in_one_overseas_departement_it_has_the_whole_drawing():
    drawing = draw(None, [KAZ])
    assert (drawing.view, shown(drawing)) == ((3000.0, 0.0, 1000.0, 1000.0), ([1], {}))


def test_marks_in_an_inset_stay_within_and_apart():
    many = [Spot(f"{n}. Kaz", -20.88 - n / 100, 55.45, "974", n) for n in range(1, 7)]
    (inset,) = draw(None, [LENS, *many]).insets
    assert all(3000 <= mark.x <= 4000 and 0 <= mark.y <= 1000 for mark in inset.marks)
    assert all(hypot(a.x - b.x, a.y - b.y) >= 199 for a, b in combinations(inset.marks, 2))


@pytest.mark.parametrize(
    "place",
    [Spot("Athènes", 37.98, 23.73), Spot("Lisbonne", 38.72, -9.14), Spot("Berlin", 52.52, 13.4),
     Spot("Nouméa", -22.27, 166.45, "988"), Spot("Miquelon", 46.78, -56.18, "975")],
    ids=lambda place: place.label,
)  # fmt: skip
def test_beyond_the_sheet_there_is_no_map(place):
    assert draw(place, [Spot("1. Là", place.lat, place.lon, place.dept, 1), LENS]) is None
    assert draw(None, [place]) is None


def test_what_lies_on_no_sheet_is_left_to_the_list():
    assert shown(draw(None, [NOUMEA, LENS])) == ([2], {})


@pytest.mark.parametrize("place", [Spot("Munich", 48.14, 11.58), Spot("Madrid", 40.42, -3.7)], ids=lambda p: p.label)
def test_at_the_edge_of_the_sheet_the_frame_stays_on_it_and_holds_the_place(place):
    for results in ([], [LENS]):
        drawing = draw(place, results)
        x, y, width, height = drawing.view
        left, top, wide, high = SHEET
        assert left <= x < x + width <= left + wide
        assert top <= y < y + height <= top + high
        assert x < drawing.ring[0] < x + width
        assert y < drawing.ring[1] < y + height


@pytest.mark.parametrize("count", [2, 5, 15])
def test_marks_at_one_spot_are_pushed_apart(count):
    drawing = draw(LIEVIN, around(count, step=0))
    least = 0.05 * drawing.view[2]
    pairs = combinations(drawing.marks, 2)
    assert all(hypot(a.x - b.x, a.y - b.y) >= least * 0.999 for a, b in pairs)
    assert (drawing.marks[0].x, drawing.marks[0].y) == map_xy(50.42, 2.78)


def test_a_mark_pushed_aside_at_the_edge_stays_whole():
    dunkirk = [Spot(f"{n}. Dunkerque", 51.03, 2.37, "59", n) for n in range(1, 6)]
    drawing = draw(None, dunkirk)
    assert (drawing.marks[0].x, drawing.marks[0].y) == map_xy(51.03, 2.37)
    assert all(mark.y >= 300 for mark in drawing.marks[1:])


def test_marks_far_apart_stay_where_they_are():
    points = [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)]
    assert push_apart(points, 10) == points


def test_first_marks_are_drawn_last():
    drawing = draw(LIEVIN, around(3))
    assert [mark.number for mark in drawing.drawn] == [3, 2, 1]


def test_names_the_largest_first_apart_and_off_the_marks():
    towns = [Spot("Liévin", 50.4216, 2.7848), *(Spot(f"V{n}", 50.0 + n * 0.03, 2.2 + n * 0.05) for n in range(30))]
    drawing = draw(LIEVIN, around(1), towns)
    width = drawing.view[2]
    assert 1 <= len(drawing.names) <= 9
    assert "Liévin" not in [name.text for name in drawing.names]
    assert all(hypot(a.x - b.x, a.y - b.y) >= 0.14 * width for a, b in combinations(drawing.names, 2))
    assert all(hypot(n.x - m.x, n.y - m.y) >= 0.06 * width for n in drawing.names for m in drawing.marks)
    assert drawing.names[0].text == next(t.label for t in towns[1:] if t.label == drawing.names[0].text)
