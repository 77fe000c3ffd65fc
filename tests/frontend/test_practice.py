"""What the room says and asks of whom: an exercise never speaks of the register as real, an objection to somebody asks
for a fact."""

import re

from django.test import Client
from django.urls import reverse

from frontend.stages import DECISION, MEETING
from frontend.stages_exercise import practised
from governance.actions.exercise import start_exercise
from governance.models import ConsentSession, Entry
from governance.queries.rooms import room_view
from network.models import Account
from tests import factories
from tests.frontend.room_cast import make_room
from tests.governance.candidacy_cast import Candidate, Clock
from tests.governance.conftest import make_cast
from tests.governance.test_exercise import walk


def browser(member) -> Client:
    client = Client()
    client.force_login(Account.objects.get(member=member))
    return client


def asks(page: str) -> str:
    return re.search(r'data-asks="([^"]*)"', page)[1]


def test_no_stage_of_an_exercise_claims_what_is_not_so():
    stages = {f"decision.{code}": words for code, words in DECISION.items()}
    stages |= {f"meeting.{code}": words for code, words in MEETING.items()}
    for code, words in stages.items():
        said = practised(words, code)
        for claim in ("inscrit", "s’applique jusqu", "est prise et appliquée", "Suivez le scrutin"):
            assert not any(claim in str(text) for text in vars(said).values()), (code, claim)


def test_end_of_an_exercise_says_that_it_was_practice(db):
    factories.node()
    cast, before = make_cast(), Entry.objects.count()
    made = start_exercise(actor=cast.alix, role="facilitate")
    page, pages = "", []
    while room_view(made.pk, viewer=cast.alix).state.stage != "minutes_adopted":
        assert walk(made, cast.alix, most=1)
        page = browser(cast.alix).get(reverse("assembly", args=[made.pk])).content.decode()
        pages.append(page)
    assert not any("inscrite au registre" in each for each in pages)
    assert any("Rien n’en est écrit au registre." in each for each in pages), "as it is adopted"
    assert "C’était pour s’entraîner" in page
    assert "rien n’a été écrit au registre" in page
    assert Entry.objects.count() == before
    assert ConsentSession.everything.get(assembly=made).stage == "closed"


def test_ordinary_decision_asks_for_no_article_and_no_fact(db):
    room = make_room()
    room.to_call()
    assert asks(room.camille.look()) == ""


def test_decision_about_somebody_asks_for_article_and_fact(db, monkeypatch):
    factories.node()
    way = Candidate(make_cast(), Clock(monkeypatch)).heard().on_the_table()
    page = browser(way.cast.camille).get(reverse("assembly", args=[way.room.pk])).content.decode()
    assert asks(page) == "article fact"
    way.answer()
    way.reveal()
    assert asks(browser(way.cast.camille).get(reverse("assembly", args=[way.room.pk])).content.decode()) == ""
