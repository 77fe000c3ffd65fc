"""The directory over HTTP: statuses, shapes, number of SQL queries; and that it keeps quiet about searches."""

import json
import logging

import pytest
from django.test import Client
from django.urls import reverse

from network import api_problems, api_schema
from network.actions.members import set_up_node
from network.actions.skills import load_skills
from network.actions.trust import vouch
from network.api_problems import speak_with
from network.models import Membership, Offer, OfferState, Price
from network.queries.places import find_place
from tests.network.catalogue import TOURS, member, offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]

OFFERS = "/api/v1/offers"
DRAFT = {"title": "Cours de radio", "price": "hourly", "amount_cents": 4500, "place": "62800", "skill": "audio-radio"}


@pytest.fixture(autouse=True)
def skills(db):
    load_skills()


@pytest.fixture
def alix(db):
    """The first member of a node, signed in by their browser."""
    place = find_place("Liévin").place
    names = {"node_name": "Nœud démo", "collective_name": "Collectif démo", "username": "alix"}
    account = set_up_node(**names, password="un mot de passe", display_name="Alix", kind="person", place=place)
    return account.member


@pytest.fixture
def browser(alix):
    client = Client(enforce_csrf_checks=False)
    client.force_login(alix.account)
    return client


def is_problem(response, status, code):
    document = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert (response.status_code, document["status"], document["code"]) == (status, status, code)
    assert set(document) == set(api_schema.ProblemOut().fields)
    return document


# --- reading ------------------------------------------------------------------------------------------------


def test_a_search_by_need_and_place(client):
    offer("Hébergement Nextcloud", skill="nextcloud", price=Price.HOURLY, amount_cents=5500, place_name="Liévin")
    answer = client.get(OFFERS, {"q": "hébergeur", "skill": "hebergement", "place": "lievin", "radius": "50"})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == set(api_schema.AnswerOut().fields)
    assert (body["total"], body["radius_km"], body["place"]["label"]) == (1, 50, "Liévin (62)")
    result = body["results"][0]
    assert set(result) == set(api_schema.HitOut().fields)
    assert set(result["owner"]) == set(api_schema.MemberOut().fields)
    assert set(result["trust"]) == set(api_schema.TrustOut().fields)
    assert set(result["freshness"]) == set(api_schema.FreshnessOut().fields)
    assert (result["distance_km"], result["reach"]) == (0.0, "near")
    assert result["price"] == {"model": "hourly", "amount_cents": 5500, "currency": "EUR", "tax_included": True}
    assert result["trust"]["label"] == "no_path"
    assert [why["code"] for why in result["because"]][:2] == ["trust", "paths"]
    assert answer["Cache-Control"] == "private, no-cache"


def test_the_path_in_words_from_the_one_who_is_signed_in(alix, browser, client):
    fanny = member("Fanny")
    bachir = member("Bachir")
    collective = alix.memberships.get().collective
    for number, person in enumerate([fanny, bachir], 2):
        Membership.objects.create(collective=collective, member=person, number=number)
    vouch(actor=alix, subject_id=bachir.pk, level=2, statement="Trois chantiers ensemble")
    offer("Radio", owner=bachir)
    visitor = client.get(OFFERS).json()["results"][0]["trust"]
    assert visitor["viewpoint"]["kind"] == "collective"
    assert visitor["words"] != ["Vous → Bachir"]
    mine = browser.get(f"{OFFERS}/{Offer.objects.get().pk}").json()["trust"]
    assert mine["viewpoint"]["collective"] == "Collectif démo"
    assert all(words.endswith("Bachir") for words in mine["words"])
    assert mine["words"]


def test_words_of_a_personal_path():
    from network.api_shapes import trust_json
    from network.queries.trust import Hop, TrustLine, Viewpoint

    path = (Hop("me", "", 1), Hop("b", "Bachir", 2, 2), Hop("c", "Camille", 3, 3))
    shown = trust_json(TrustLine(1, False, "one_path", 0.1, (path,)), Viewpoint("mine"))
    assert shown["words"] == ["Vous → Bachir → Camille"]
    assert [hop["level"] for hop in shown["paths"][0]] == [None, 2, 3]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"place": "zzzz"}, "unknown_place"),
        ({"place": "saint-denis"}, "ambiguous_place"),
        ({"price": "barter"}, "nothing"),
    ],
)
def test_what_finds_nothing_is_no_error(client, asked, reason):
    offer("une")
    answer = client.get(OFFERS, asked)
    assert (answer.status_code, answer.json()["reason"], answer.json()["results"]) == (200, reason, [])


def test_a_new_node_says_that_it_is_empty(client):
    assert client.get(OFFERS).json()["reason"] == "empty_node"


def test_widening_is_told(client):
    offer("loin", at=TOURS)
    body = client.get(OFFERS, {"place": "Liévin"}).json()
    assert body["widening"] == {"relaxed": "radius", "from_km": 30, "to_km": None, "skill": None}


@pytest.mark.parametrize("junk", ["0", "-5", "abc", "1e99", "nan", "99999"])
def test_odd_numbers_are_clamped_and_said(client, junk):
    offer("une")
    body = client.get(OFFERS, {"place": "Liévin", "radius": junk, "page": junk, "lat": junk, "lon": "x"}).json()
    assert body["notes"] == ["radius_clamped"]
    assert 1 <= body["radius_km"] <= 1000
    assert body["page"] == 1


def test_one_offer_and_its_owner(client):
    row = offer("Site", description="**gras** <script>x</script>", owner=member("A", summary="# Bonjour"))
    shown = client.get(f"{OFFERS}/{row.pk}").json()
    assert set(shown) == set(api_schema.OfferDetailOut().fields)
    assert shown["description_html"].startswith("<p><strong>gras</strong>")
    assert "<script" not in shown["description_html"]
    person = client.get(f"/api/v1/members/{row.owner_id}").json()
    assert set(person) == set(api_schema.MemberDetailOut().fields)
    assert (person["summary_html"], [o["id"] for o in person["offers"]]) == ("<h3>Bonjour</h3>\n", [row.pk])


def test_places_skills_node(client, alix):
    assert client.get("/api/v1/places", {"q": "le vigan"}).json()["place"]["label"] == "Le Vigan (30)"
    assert client.get("/api/v1/places", {"q": "saint-denis"}).json()["reason"] == "ambiguous"
    tree = {row["slug"]: row["broader"] for row in client.get("/api/v1/skills").json()}
    assert tree["fete-d-installation"] == "installation-linux"
    node = client.get("/api/v1/node").json()
    assert (node["name"], node["collective"], node["counts"]["members"]) == ("Nœud démo", "Collectif démo", 1)


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries, alix):
    for n in range(25):
        offer(f"Radio {n}", skill="audio-radio", owner=member(f"M{n}"))
    with django_assert_max_num_queries(30):
        assert len(client.get(OFFERS, {"q": "radio", "place": "Liévin"}).json()["results"]) == 20


def test_what_is_searched_is_not_logged(client, caplog):
    caplog.set_level(logging.INFO)
    offer("une")
    client.get(OFFERS, {"q": "divorce discret", "place": "Liévin"})
    client.get(OFFERS + "/999999", {"q": "divorce discret"})
    assert "divorce" not in caplog.text


# --- writing --------------------------------------------------------------------------------------------------


def send(browser, method, url, body=None):
    return getattr(browser, method)(url, data=json.dumps(body or {}), content_type="application/json")


def test_publish_change_withdraw(browser):
    made = send(browser, "post", OFFERS, DRAFT)
    assert made.status_code == 201
    assert made["Location"] == f"{OFFERS}/{made.json()['id']}"
    assert made.json()["place"]["name"] == "Liévin"
    url = made["Location"]
    changed = send(browser, "patch", url, {"title": "Atelier de radio", "price": "prix_libre", "amount_cents": None})
    assert (changed.status_code, changed.json()["title"]) == (200, "Atelier de radio")
    assert (changed.json()["price"]["model"], changed.json()["place"]["name"]) == ("prix_libre", "Liévin")
    assert browser.get(OFFERS, {"q": "atelier"}).json()["total"] == 1
    assert browser.delete(url).status_code == 204
    assert Offer.objects.get().state == OfferState.WITHDRAWN
    assert browser.get(OFFERS, {"q": "atelier"}).json()["total"] == 0
    is_problem(browser.delete(url), 409, "offer_withdrawn")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"place": "zzzz"}, "place_unknown"),
        ({"place": "saint-denis"}, "place_ambiguous"),
        ({"amount_cents": None}, "amount_missing"),
        ({"skill": "zzzz"}, "skill_unknown"),
        ({"price": "zzzz"}, "invalid"),
        ({"title": ""}, "invalid"),
    ],
)
def test_a_malformed_offer_is_refused_with_its_field(browser, change, code):
    document = is_problem(send(browser, "post", OFFERS, DRAFT | change), 400, code)
    assert next(iter(change)) in (document["facts"].get("field"), *document["facts"].get("fields", {}))
    assert Offer.objects.count() == 0


def test_who_may_not_write(client, browser):
    is_problem(send(client, "post", OFFERS, DRAFT), 403, "not_authenticated")
    row = offer("d'une autre", owner=member("Autre"))
    is_problem(send(browser, "patch", f"{OFFERS}/{row.pk}", {"title": "volée"}), 403, "not_the_owner")
    is_problem(browser.delete(f"{OFFERS}/{row.pk}"), 403, "not_the_owner")
    row.refresh_from_db()
    assert (row.title, row.state) == ("d'une autre", OfferState.LIVE)


def test_a_session_without_its_token_is_refused(alix):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alix.account)
    is_problem(send(strict, "post", OFFERS, DRAFT), 403, "permission_denied")
    assert Offer.objects.count() == 0


# --- problems --------------------------------------------------------------------------------------------------


def test_every_refusal_is_a_problem_document(client, browser):
    is_problem(client.get(f"{OFFERS}/999999"), 404, "offer_unknown")
    is_problem(client.get("/api/v1/members/999999"), 404, "member_unknown")
    is_problem(client.get("/api/v1/nowhere"), 404, "not_found")
    is_problem(client.put("/api/v1/nowhere/at/all"), 404, "not_found")
    is_problem(browser.delete(OFFERS), 405, "method_not_allowed")
    is_problem(browser.post(OFFERS, "{", content_type="application/json"), 400, "parse_error")
    is_problem(browser.post(OFFERS, "x", content_type="text/plain"), 415, "unsupported_media_type")


def test_sentences_come_from_whoever_has_the_words(client, monkeypatch):
    monkeypatch.setattr(api_problems, "_sentence", [])
    speak_with(lambda error: f"Phrase pour {error.code}.")
    assert client.get(f"{OFFERS}/999999").json()["detail"] == "Phrase pour offer_unknown."


def test_the_description_names_every_operation(client):
    description = client.get(reverse("api_schema")).json()
    assert description["openapi"].startswith("3.")
    names = {operation["operationId"] for path in description["paths"].values() for operation in path.values()}
    assert names >= {"search_offers", "publish_offer", "edit_offer", "withdraw_offer", "find_place", "read_member"}
    parameters = {p["name"] for p in description["paths"][OFFERS]["get"]["parameters"]}
    assert {"q", "skill", "place", "radius", "price", "purpose", "page"} <= parameters
