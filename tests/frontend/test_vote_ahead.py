"""VOT-10: what a secret vote would not hide is said on the form that opens it, before it is open."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import Poll, Proxy
from network.clock import day_of, now
from tests import factories
from tests.frontend.reading import faults, page_of
from tests.governance.conftest import make_cast
from tests.governance.polling import allow_votes, to_brink
from tests.governance.test_candidacy_vote import REFUSING, begin, integrated_once
from tests.governance.test_candidacy_vote import time as time  # noqa: PLC0414 - a fixture
from tests.governance.test_written import begin as begin_in_writing
from tests.governance.test_written import complete_proposal, integrating

WARNING = "on ne revient pas en arrière"


@pytest.fixture
def cast(db):
    made = make_cast()
    factories.node("Nœud Démo")
    return made


def form_of(member, pk, name="assembly_act_page"):
    """The form of the exits as a page, and as the dialog of a room."""
    client = Client()
    client.force_login(member.account)
    address = reverse(name, args=[pk, "choose_exit"])
    page, dialog = client.get(address), client.get(address, headers={"HX-Request": "true"})
    assert page.status_code == dialog.status_code == 200
    assert faults(page_of(page)) == []
    assert not Poll.objects.exists()
    return page_of(page).words, page_of(dialog)


def test_vot_10_the_form_warns_before_a_secret_vote_opens(cast, clock):
    allow_votes(cast, secrecy="secret", electorate="collective")
    until = day_of(now()) + timedelta(days=90)
    Proxy.objects.create(circle=cast.circle, giver=cast.camille, holder=cast.alix, ends_on=until)
    to_brink(cast)
    words, dialog = form_of(cast.bachir, cast.assembly.pk)
    for said in (
        WARNING,
        "4 personnes seront sur la liste",
        "Si tous les pouvoirs servent, 3 personnes donneront toutes ces voix",
        "Si elles restent moins de 3, rien n’est compté ni montré",
        "L’unanimité : si toutes les voix sont les mêmes",
        "surtout dans un petit groupe",
    ):
        assert said in words, said
    assert any(WARNING in each.text for each in dialog.all("div"))


def test_without_proxies_nothing_is_said_of_them(cast, clock):
    allow_votes(cast, secrecy="secret")
    to_brink(cast)
    words, _ = form_of(cast.bachir, cast.assembly.pk)
    assert "3 personnes seront sur la liste" in words
    assert "pouvoirs servent" not in words


@pytest.mark.parametrize("of_class", [{}, {"secrecy": "secret", "fallback": False}])
def test_no_warning_where_no_secret_vote_can_open(cast, clock, of_class):
    allow_votes(cast, **of_class)
    to_brink(cast)
    assert WARNING not in form_of(cast.bachir, cast.assembly.pk)[0]


def test_vot_10_the_circle_that_admits_somebody_is_warned_too(cast, time):
    way = begin(cast, time, of_class=REFUSING, cooptation__adjourn_max=2, consent__fallback_min_loops=1)
    way.heard().on_the_table()
    integrated_once(way)
    words, _ = form_of(cast.bachir, way.room.pk)
    assert WARNING in words
    assert "4 personnes seront sur la liste" in words
    assert "pouvoirs servent" not in words


def test_vot_10_the_form_of_a_decision_in_writing_warns_too(cast, clock):
    allow_votes(cast, secrecy="secret")
    cast.clock, cast.proposal = clock, complete_proposal(cast)
    begin_in_writing(cast)
    integrating(cast)
    words, _ = form_of(cast.bachir, cast.proposal.pk, "proposition_act_page")
    assert WARNING in words
    assert "3 personnes seront sur la liste" in words
