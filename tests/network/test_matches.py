"""The walk over cells finds what a plain scan finds, in the same order."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from network.actions.index import reindex_all
from network.models import Area, Member, Offer, Price
from network.queries import matches
from network.queries.matches import Around, Wanted, find_matches
from network.rules.places import country_of, distance_km
from network.rules.ranking import reach_of
from network.rules.words import stem

pytestmark = pytest.mark.django_db

SEED = 20261122
TOWNS = [(50.6309, 3.0709, "59"), (50.4216, 2.7848, "62"), (47.3912, 0.6892, "37"), (43.992, 3.6081, "30")]
FAR = [
    (-20.8907, 55.4551, "974"),
    (50.8505, 4.3488, "BE"),
    (-16.5, 179.9, "FJ"),
    (-16.6, -179.9, "FJ"),
    (89.9, 10.0, ""),
]
WORDS = ["serveur", "radio", "wiki", "carte", "vélo"]


def at():
    return datetime.now(UTC)


@pytest.fixture
def offers(db):
    """600 offers in clusters, far away, across the date line, at a pole, or nowhere."""
    chance = random.Random(SEED)
    owners = [Member(uri=f"u{n}", origin="o", name=f"M{n}", local=False) for n in range(20)]
    Member.objects.bulk_create(owners)
    Offer.objects.bulk_create(one_offer(chance, n, owners) for n in range(600))
    reindex_all()
    return list(Offer.objects.select_related("owner"))


def one_offer(chance, number, owners):
    lat, lon, dept = chance.choice(TOWNS * 4 + FAR)
    if chance.random() < 0.5:
        lat, lon = max(-90, min(90, lat + chance.gauss(0, 0.4))), lon + chance.uniform(-0.09, 0.09)
    point = (None, None) if chance.random() < 0.05 else (lat, lon)
    return Offer(
        uri=f"p{number}",
        owner=chance.choice(owners),
        title=" ".join(chance.sample(WORDS, 2)),
        price=chance.choice([Price.GIFT, Price.BARTER]),
        lat=point[0],
        lon=point[1],
        place_dept=dept,
        area=chance.choice([Area.CIRCLE, Area.CIRCLE, Area.ON_SITE, Area.COUNTRY]) if number % 9 else Area.COUNTRY,
        area_km=chance.choice([5, 30, 60, 300]),
        remote=chance.random() < 0.1,
        local=chance.random() < 0.5,
        heard_at=at() - timedelta(days=chance.choice([0, 100])),
        ends_at=at() + timedelta(days=chance.choice([-1, 90, 90])),
    )


def scan(offers, around, *, word="", price=""):
    """The reference: every row, the rule, a sort."""
    found = []
    for offer in offers:
        shown = offer.ends_at > at() and (offer.local or offer.heard_at > at() - timedelta(days=90))
        if not (shown and word in offer.title and price in offer.price):
            continue
        km = None if offer.lat is None else distance_km(around.lat, around.lon, offer.lat, offer.lon)
        reach = reach_of(
            distance_km=km,
            radius_km=around.radius_km,
            area=offer.area,
            area_km=offer.area_km,
            same_country=country_of(offer.place_dept) == around.country,
            remote=offer.remote,
        )
        if reach is not None:
            found.append((math.inf if km is None else km, offer.id, reach))
    return sorted(found)


QUESTIONS = [((), "", ""), (("serveur",), "serveur", ""), (("radio", "price:barter"), "radio", "barter")]


@pytest.fixture(params=["all at once", "by a walk"])
def way(request, monkeypatch):
    """Both ways of looking, whatever the number of offers would choose."""
    monkeypatch.setattr(matches, "WORTH", 0)
    monkeypatch.setattr(matches, "FEW", 0 if request.param == "by a walk" else 10**9)


@pytest.mark.parametrize("radius", [1, 30, 120, 1000, None])
def test_same_as_a_scan(offers, radius, way):
    for lat, lon, dept in [*TOWNS, *FAR, (46.5, 2.5, "18")]:
        around = Around(lat, lon, radius, country_of(dept))
        for terms, word, price in QUESTIONS:
            expected = scan(offers, around, word=word, price=price)
            for most in (7, 40, 600):
                found, capped = find_matches(wanted(terms), around, most=most)
                assert [brief(match) for match in found] == expected[:most]
                assert capped == (len(expected) > most)


def test_the_scan_itself_finds_much(offers):
    sizes = {radius: len(scan(offers, Around(*TOWNS[1][:2], radius))) for radius in (1, 30, 120, 1000, None)}
    assert sorted(sizes.values()) == list(sizes.values())
    assert sizes[1] > 60
    assert sizes[None] > sizes[1000] > sizes[120]


def brief(match):
    return (math.inf if match.distance_km is None else match.distance_km, match.offer_id, match.reach)


def wanted(terms=()):
    return Wanted(at=at(), terms=tuple(term if ":" in term else stem(term) for term in terms))


def test_without_place_the_newest_first(offers):
    found, capped = find_matches(wanted(("wiki",)), None, most=10)
    shown = [
        o.id
        for o in offers
        if "wiki" in o.title and o.ends_at > at() and (o.local or o.heard_at > at() - timedelta(90))
    ]
    assert [match.offer_id for match in found] == sorted(shown, reverse=True)[:10]
    assert capped
    assert {match.distance_km for match in found} == {None}


def test_any_of_several_words(offers):
    both, _ = find_matches(Wanted(at=at(), any_of=("wik", "cart")), None)
    texts = {offer.id: offer.title for offer in offers}
    assert both
    assert all("wiki" in texts[m.offer_id] or "carte" in texts[m.offer_id] for m in both)


def test_a_search_reads_few_rows(offers, django_assert_max_num_queries):
    around = Around(*TOWNS[1][:2], 30)
    with django_assert_max_num_queries(10):
        find_matches(wanted(("wiki", "radio")), around)


def test_the_walk_reads_the_index_of_terms_alone(offers):
    walk = matches._Walk(wanted(("wiki", "radio")), (stem("wiki"),), 100)
    sql, params = matches._one_cell(walk.rarest, walk.others)
    assert "JOIN" not in sql
    assert sql.count('FROM "network_offerterm"') == 2
    assert sql.count('"network_offer"') == 0
    assert set(matches.A_CELL) <= set(params)
