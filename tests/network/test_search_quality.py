"""Written questions, each with the answer that a person would expect among the first three; all of it invented."""

import json
from pathlib import Path

import pytest

from network.actions.places import load_gazetteer
from network.actions.skills import load_skills
from network.queries.places import find_place
from network.queries.search import find_offers
from network.rules.search import SearchQuery
from tests.network.catalogue import VISITOR, member, offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

DATA = json.loads((Path(__file__).parent / "search_quality.json").read_text(encoding="utf-8"))
FIRST = 3


@pytest.fixture(scope="module")
def _catalogue(django_db_setup, django_db_blocker):
    """The catalogue, written once for all questions, which only read; rolled back afterwards."""
    from django.db import transaction

    with django_db_blocker.unblock():
        load_gazetteer()
        with transaction.atomic():
            load_skills()
            fill()
            yield
            transaction.set_rollback(True)


@pytest.fixture
def catalogue(_catalogue, db):
    return None


def fill():
    towns, owners = {}, {}
    for name, kind, town in DATA["providers"]:
        towns[name] = find_place(town).place
        owners[name] = member(name, kind=kind)
    for row in DATA["offers"]:
        row = dict(row)
        owner, at = owners[row.pop("owner")], None
        at = towns[owner.name]
        row.pop("place")
        languages = row.pop("languages", [])
        if languages:
            owner.languages = languages
            owner.save()
        offer(row.pop("title"), owner=owner, at=(at.lat, at.lon), dept=at.dept, **row)


def named(question):
    return " · ".join(str(value) for value in question.values() if value)


@pytest.mark.parametrize("question", DATA["queries"], ids=named)
def test_the_expected_answer_is_among_the_first(question):
    facets = {name: tuple(question[name]) for name in ("access", "kind", "language") if name in question}
    answer = find_offers(SearchQuery(text=question["q"], place=question["place"], **facets), viewpoint=VISITOR)
    found = [hit.offer.title for hit in answer.hits]
    assert (question["expect"] in found[:FIRST]) if question["expect"] else not found
    assert answer.reason == question.get("reason", "")
    assert (answer.widening.relaxed if answer.widening else "") == question.get("widened", "")
    assert bool(answer.corrections) == question.get("corrected", False)
    if "town" in question:
        assert answer.place.place.label == question["town"]
    if "others" in question:
        assert question["others"] in [other.label for other in answer.place.others]
    if "text" in question:
        assert answer.line.text == question["text"]


def test_there_are_enough_questions():
    assert len(DATA["queries"]) >= 60
