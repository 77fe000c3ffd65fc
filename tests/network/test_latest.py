"""The news of a search: what changed last among all that answers, however much does and whoever trusts it."""

import random
from datetime import timedelta

import pytest

from network.actions.skills import load_skills
from network.models import Offer
from network.queries import latest, matches, search
from network.queries.search import find_news
from network.rules.search import SearchQuery
from tests.network.catalogue import LIEVIN, TOURS, lines, member, offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]


@pytest.fixture
def many(db, clock, monkeypatch):
    """Forty offers and needs around Liévin and some from afar, changed in no order; some of the owners are accepted."""
    load_skills()
    chance = random.Random(20261123)
    owners = [member(f"M{n}", kind=["person", "company"][n % 2]) for n in range(6)]
    monkeypatch.setattr(search, "trust_lines", lines(M1=(3, 0.5), M2=(2, 0.5), M4=(3, 0.1)))
    for n in range(40):
        offer(
            f"Service {n}", owner=owners[n % 6], at=TOURS if n % 7 == 0 else (LIEVIN[0] + n / 200, LIEVIN[1]),
            skill=["courriel", "formation", ""][n % 3], price=["gift", "barter"][n % 2], remote=n % 14 == 0,
            purpose="request" if n % 5 == 0 else "offer", visibility="members" if n % 11 == 0 else "public",
            updated_at=clock.now() - timedelta(minutes=chance.randrange(30)), ends_at=clock.now() + timedelta(days=9),
            renewed_at=clock.now(), heard_at=clock.now(),
        )  # fmt: skip


CHOICES = [
    {},
    {"text": "service", "place": "Liévin", "radius_km": 5},
    {"place": "Liévin", "price": ("barter",), "kind": ("company",)},
    {"skill": ("hebergement",), "place": "Liévin", "radius_km": None},
    {"purpose": ("offer", "request"), "accepted_only": True},
    {"text": "rien de tel"},
]


def news(chosen, most):
    return [row.pk for row in find_news(SearchQuery(**chosen), most=most).offers]


@pytest.mark.parametrize("chosen", CHOICES, ids=str)
def test_however_many_match_the_latest_come_first(many, monkeypatch, chosen):
    every = news(chosen, 100)
    rows = Offer.objects.in_bulk(every)
    assert every == sorted(every, key=lambda pk: (rows[pk].updated_at, pk), reverse=True)
    monkeypatch.setattr(search, "find", lambda wanted, around: matches.find(wanted, around, most=3))
    assert news(chosen, 2) == every[:2]
    assert news(chosen, 100) == every


def test_what_is_older_than_all_that_is_read_is_no_news(many, monkeypatch):
    every = news({}, 100)
    monkeypatch.setattr(search, "find", lambda wanted, around: matches.find(wanted, around, most=3))
    monkeypatch.setattr(latest, "MOST_READ", 1)
    seen = news({"price": ("barter",)}, 2)
    assert seen == [pk for pk in every if Offer.objects.get(pk=pk).price == "barter"][: len(seen)]
