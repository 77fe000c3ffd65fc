"""The page of the other nodes: public measures with their reasons, and buttons for operators only."""

import pytest
from django.test import Client
from django.urls import reverse

from federation.models import Follow, Node, Standing
from network.errors import NotFound
from tests import factories
from tests.frontend.reading import faults, page_of

PAGE = "/noeuds"


@pytest.fixture
def known(town):
    town.peer = Node.objects.create(origin="https://tours.example", name="Toile de Loire", standing=Standing.PEER)
    town.bad = Node.objects.create(origin="https://pirate.example", standing=Standing.BLOCKED, reason="Offres fausses")
    Node.objects.create(origin="https://passing.example")
    member = Client()
    member.force_login(factories.account(town.bachir))
    town.member = member
    return town


def test_measures_are_public_with_their_reason(known):
    page = page_of(known.visitor.get(PAGE))
    assert "Toile de Loire" in page.words
    assert "bloqué" in page.words
    assert "Motif : Offres fausses" in page.words
    assert "passing.example" not in page.words
    assert [form for form in page.all("form") if form.attributes.get("action", "") != "/langue"] == []
    assert faults(page) == []


def test_operators_see_everything_and_may_act(known):
    answer = known.client.get(PAGE)
    page = page_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "passing.example" in page.words
    assert "Suivre un nœud" in page.words
    assert faults(page) == []


@pytest.mark.parametrize("act", ["follow", "limit", "block", "readmit", "unfollow", "accept", "reject"])
def test_nobody_else_may(known, act):
    data = {"act": act, "id": known.peer.pk, "reason": "x", "address": "https://x.example"}
    for client in (known.visitor, known.member):
        assert client.post(PAGE, data).status_code == 403
    known.peer.refresh_from_db()
    assert known.peer.standing == Standing.PEER


def test_limit_block_and_readmit(known):
    for act, standing in (("limit", "limited"), ("block", "blocked"), ("readmit", "unknown")):
        answer = known.client.post(PAGE, {"act": act, "id": known.peer.pk, "reason": "Trop de bruit"}, follow=True)
        known.peer.refresh_from_db()
        assert known.peer.standing == standing
        assert ("Trop de bruit" in page_of(answer).words) == (act != "readmit")


def test_a_measure_needs_a_reason(known):
    answer = known.client.post(PAGE, {"act": "block", "id": known.peer.pk, "reason": "  "}, follow=True)
    assert "Écrivez le motif" in page_of(answer).words
    known.peer.refresh_from_db()
    assert known.peer.standing == Standing.PEER


def test_an_address_that_is_none_says_so_and_stays_typed(known):
    answer = known.client.post(PAGE, {"address": "pas une adresse du tout"})
    page = page_of(answer)
    assert answer.status_code == 400
    assert page.with_id("id_address").attributes["value"] == "pas une adresse du tout"
    assert page.with_id("id_address_error").text.strip()
    assert faults(page) == []
    assert not Follow.objects.exists()


def test_a_node_that_does_not_answer(known, monkeypatch):
    def nobody(**_):
        raise NotFound("node_not_found")

    monkeypatch.setattr("federation.nodes.follow_node", nobody)
    page = page_of(known.client.post(PAGE, {"address": "https://tours.example"}))
    assert "Aucun nœud n’a répondu" in page.words


@pytest.mark.parametrize(
    "data", [{"act": "x", "id": "1"}, {"act": "limit", "id": "x"}, {"act": "unfollow", "id": "999999"}]
)
def test_odd_posts_break_nothing(known, data):
    assert known.client.post(PAGE, data, follow=True).status_code == 200


def test_names_of_other_nodes_never_run(known):
    Node.objects.filter(pk=known.peer.pk).update(name="<script>x()</script>", reason="<img src=x onerror=x()>")
    page = page_of(known.visitor.get(reverse("nodes")))
    assert not page.all("script")
    assert faults(page) == []
