"""The ladder of widening, and what is read from an address."""

import pytest

from network.rules.ranking import Standing, rank_key, reach_of
from network.rules.search import SearchQuery, next_radii, read_page, read_radius, widen
from network.rules.terms import language_term, price_term, skill_term

NEAR = SearchQuery(text="pad wiki", lat=50.4, lon=2.8)


def steps(query, **known):
    return [(w.relaxed, w.from_km, w.to_km, q.one_skill, q.any_word) for q, w in widen(query, **known)]


def test_only_the_radius_when_there_is_nothing_else():
    assert steps(NEAR) == [
        ("radius", 30, 50, "", False),
        ("radius", 30, 100, "", False),
        ("radius", 30, None, "", False),
    ]


def test_without_place_nothing_but_skill_and_words():
    query = SearchQuery(text="pad wiki", skill="pads")
    assert steps(query, broader="hebergement", words=2) == [
        ("skill", None, None, "hebergement", False),
        ("words", None, None, "pads", True),
    ]


def test_each_step_relaxes_and_filters_stay():
    query = SearchQuery(text="pad wiki", lat=50.4, lon=2.8, price="gift", accepted_only=True, page=4)
    for wider, _ in widen(query, broader="x", words=2):
        assert (wider.price, wider.accepted_only, wider.page) == (("gift",), True, 1)
        assert wider != query


def test_a_single_word_cannot_be_relaxed():
    assert all(relaxed == "radius" for relaxed, *_ in steps(NEAR, words=1))


@pytest.mark.parametrize(
    ("typed", "radius"),
    [("30 km", (30, "")), ("12,6", (13, "")), (None, (30, "")), ("FRANCE", (None, "")), ("inf", (30, "clamped"))],
)
def test_radii_as_typed(typed, radius):
    assert read_radius(typed) == radius


def test_pages_as_typed():
    assert [read_page(text) for text in ("2", None, "x", "0", "1000")] == [2, 1, 1, 1, 30]


def test_steps_beyond_a_radius():
    assert [next_radii(km) for km in (1, 100, None)] == [(30, 50, 100, None), (None,), ()]


def test_terms_of_filters():
    assert (skill_term("wiki"), price_term("gift"), language_term("nl-BE")) == ("skill:wiki", "price:gift", "lang:nl")


# --- reach and order ----------------------------------------------------------------------------------------

FAR = {"distance_km": 90.0, "radius_km": 30, "area": "on_site", "area_km": 30, "same_country": True, "remote": False}


@pytest.mark.parametrize(
    ("change", "reach"),
    [
        ({}, None),
        ({"radius_km": 90}, "near"),
        ({"radius_km": None}, "near"),
        ({"area": "circle", "area_km": 90}, "comes"),
        ({"area": "circle", "area_km": 89}, None),
        ({"area": "country"}, "comes"),
        ({"area": "country", "same_country": False}, None),
        ({"remote": True}, "remote"),
        ({"remote": True, "radius_km": 100}, "near"),
        ({"distance_km": None}, None),
        ({"distance_km": None, "area": "country"}, "comes"),
        ({"distance_km": None, "area": "circle", "radius_km": None}, "near"),
    ],
)
def test_how_an_offer_reaches_the_searcher(change, reach):
    assert reach_of(**FAR | change) == reach


def test_order_is_never_blended():
    ordered = [
        Standing(9, "near", 80.0, 0.0, "z", "1"),
        Standing(3, "near", 90.0, 0.0, "a", "2"),
        Standing(3, "comes", None, 0.9, "a", "3"),
        Standing(3, "remote", 1.0, 0.9, "a", "4"),
        Standing(2, "near", 1.0, 0.2, "b", "5"),
        Standing(2, "near", 1.0, 0.1, "Élan", "6"),
        Standing(2, "near", 1.0, 0.1 + 1e-12, "Zoé", "7"),
        Standing(2, "near", 1.0, 0.1, "Zoé", "8"),
        Standing(0, "near", 0.0, 1.0, "a", "9"),
    ]
    mixed = ordered[::-1]
    assert [s.uri for s in sorted(mixed, key=rank_key)] == list("123456789")
