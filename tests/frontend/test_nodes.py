"""The page of the other nodes: public measures with their reasons, and buttons for operators only."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from federation.models import Activity, Follow, Host, Node, Notice, SignedObject, Standing
from federation.queries import is_closed
from network.clock import now
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


ACTS = [
    "follow", "limit", "block", "readmit", "unfollow", "accept", "reject", "allow", "disallow", "read", "close", "open",
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_nobody_else_may(known, act):
    data = {"act": act, "id": known.peer.pk, "reason": "x", "address": "https://x.example"}
    for client in (known.visitor, known.member):
        assert client.post(PAGE, data).status_code == 403
    known.peer.refresh_from_db()
    assert known.peer.standing == Standing.PEER


def test_limit_block_and_readmit(known):
    for act, standing in (("limit", "limited"), ("block", "blocked"), ("readmit", "unknown")):
        given = {"act": act, "id": known.peer.pk, "reason": "Trop de bruit", "confirmed": "1"}
        answer = known.client.post(PAGE, given, follow=True)
        known.peer.refresh_from_db()
        assert known.peer.standing == standing
        assert ("Trop de bruit" in page_of(answer).words) == (act != "readmit")


def test_a_block_is_asked_twice_and_says_what_it_does(known):
    given = {"act": "block", "id": known.peer.pk, "reason": "Offres « volées »"}
    asked = page_of(known.client.post(PAGE, given))
    known.peer.refresh_from_db()
    assert known.peer.standing == Standing.PEER
    assert "les attestations de ses membres ne comptent plus" in asked.words
    assert "Offres « volées »" in asked.words
    assert faults(asked) == []
    again = {
        form.attributes["name"]: form.attributes["value"] for form in asked.all("input") if "name" in form.attributes
    }
    known.client.post(PAGE, {**again, "confirmed": "1"})
    known.peer.refresh_from_db()
    assert (known.peer.standing, known.peer.reason) == ("blocked", "Offres « volées »")


def test_each_node_has_its_page(known):
    Node.objects.filter(pk=known.peer.pk).update(software="toile", version="0.1.0", allowed=True)
    Activity.objects.create(uri="x", actor="y", object_uri="z", kind="Create", body=b"").deliveries.create(
        inbox="https://tours.example/inbox", host="https://tours.example", object_uri="z"
    )
    Host.objects.create(origin="https://tours.example", open_until=now() + timedelta(hours=2))
    page = page_of(known.client.get(reverse("node", args=[known.peer.pk])))
    for words in ("toile 0.1.0", "partenaire", "sur la liste", "1 envoi en attente", "Ce nœud ne répond pas"):
        assert words in page.words
    assert faults(page) == []
    public = page_of(known.visitor.get(reverse("node", args=[known.peer.pk])))
    assert "envoi en attente" not in public.words
    assert [form for form in public.all("form") if form.attributes.get("action", "") != "/langue"] == []
    hidden = Node.objects.get(origin="https://passing.example").pk
    assert known.visitor.get(reverse("node", args=[hidden])).status_code == 404
    assert faults(page_of(known.client.get(reverse("node", args=[hidden])))) == []


def test_after_an_act_one_comes_back_to_the_page_of_the_node(known):
    page = reverse("node", args=[known.peer.pk])
    answer = known.client.post(PAGE, {"act": "allow", "id": known.peer.pk, "next": page})
    assert answer["Location"] == page
    elsewhere = known.client.post(PAGE, {"act": "disallow", "id": known.peer.pk, "next": "https://evil.example/"})
    assert elsewhere["Location"] == PAGE
    known.peer.refresh_from_db()
    assert not known.peer.allowed


def test_closing_and_opening(known):
    closed = known.client.post(PAGE, {"act": "close"}, follow=True)
    assert "Ce nœud est fermé" in page_of(closed).words
    assert is_closed()
    assert "Ce nœud est fermé" in page_of(known.visitor.get(PAGE)).words
    known.client.post(PAGE, {"act": "open"})
    assert not is_closed()


def test_notices_are_read_one_by_one(known):
    known_code = Notice.objects.create(code="delivery_expired", about="https://tours.example")
    Notice.objects.create(code="something_new", about="https://tours.example/<b>", facts={"x": 1})
    page = page_of(known.client.get(PAGE))
    assert "n’a rien reçu de nous pendant trente jours" in page.words
    assert "« something_new »" in page.words
    assert faults(page) == []
    assert "something_new" not in page_of(known.visitor.get(PAGE)).words
    known.client.post(PAGE, {"act": "read", "id": known_code.pk})
    assert [notice.code for notice in Notice.objects.filter(read_at=None)] == ["something_new"]


def test_filters_appear_when_there_are_many(known):
    assert not [link for link in page_of(known.client.get(PAGE)).all("a") if "etat=" in link.attributes.get("href", "")]
    for n in range(60):
        Node.objects.create(origin=f"https://n{n:02}.example", standing=Standing.LIMITED, reason="bruit")
    page = page_of(known.client.get(PAGE))
    assert [link.text for link in page.all("a") if "etat=limited" in link.attributes.get("href", "")] == [
        "restreint (60)"
    ]
    assert faults(page) == []
    found = page_of(known.client.get(PAGE, {"etat": "limited", "nom": "n07"}))
    assert ("n07.example" in found.words, "n08.example" in found.words) == (True, False)
    assert "Aucun nœud ne correspond." in page_of(known.client.get(PAGE, {"nom": "personne"})).words
    second = page_of(known.client.get(PAGE, {"page": "2"}))
    assert "page 2 sur 2" in second.words
    for odd in ("²", "-1", "999999999999999999", "x"):
        assert known.client.get(PAGE, {"page": odd, "etat": odd, "nom": odd}).status_code == 200


def test_an_empty_page_says_what_to_do(town):
    page = page_of(town.client.get(PAGE))
    assert "Écrivez plus haut l’adresse d’un nœud ami" in page.words
    assert faults(page) == []


# --- lists -----------------------------------------------------------------------------------------------

IMPORT = "/noeuds/importer"


def test_a_list_is_shown_before_it_is_taken(known):
    given = {"text": "a.example\nb.example,limited,trop de bruit", "otherwise": "blocked", "reason": "menteurs"}
    preview = page_of(known.client.post(IMPORT, given))
    assert not Node.objects.filter(origin="https://a.example").exists()
    for words in ("a.example bloqué menteurs", "b.example restreint trop de bruit", "2 nœuds dans cette liste"):
        assert words in preview.words
    assert faults(preview) == []
    done = known.client.post(IMPORT, {**given, "confirmed": "1"}, follow=True)
    assert "2 nœuds changés" in page_of(done).words
    assert Node.objects.get(origin="https://b.example").reason == "trop de bruit"
    again = known.client.post(IMPORT, {**given, "confirmed": "1"}, follow=True)
    assert "elle ne change rien" in page_of(again).words


def test_faulty_lines_are_named_and_nothing_is_lost(known):
    given = {"text": "a.example\n<script>\nb.example,frozen", "otherwise": "blocked", "reason": "menteurs"}
    for confirmed in ({}, {"confirmed": "1"}):
        answer = known.client.post(IMPORT, given | confirmed)
        page = page_of(answer)
        assert answer.status_code == 400
        assert "Ligne 2" in page.words
        assert "Cette mesure n’est pas connue" in page.words
        assert page.with_id("id_text").text.strip() == given["text"]
        assert faults(page) == []
        assert not Node.objects.filter(origin="https://a.example").exists()


def test_a_list_comes_from_a_file_too(known):
    file = SimpleUploadedFile("list.csv", "#domain,#severity\nbücher.example,suspend".encode())
    page = page_of(known.client.post(IMPORT, {"file": file, "otherwise": "blocked", "reason": "spam"}))
    assert "xn--bcher-kva.example bloqué spam" in page.words
    for content in (b"\xff\xfe", b"x" * 600_000):
        wrong = SimpleUploadedFile("list.csv", content)
        answer = known.client.post(IMPORT, {"file": wrong, "otherwise": "blocked", "reason": "spam"})
        assert answer.status_code == 400
    nothing = known.client.post(IMPORT, {"text": "  ", "otherwise": "blocked"})
    assert "La liste est vide" in page_of(nothing).words


def test_the_list_is_downloaded_as_csv(known):
    answer = known.client.get("/noeuds/liste.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert "https://pirate.example,blocked,Offres fausses" in answer.content.decode()
    for path in ("/noeuds/liste.csv", IMPORT):
        for client in (known.visitor, known.member):
            assert client.get(path).status_code == 403
    assert known.member.post(IMPORT, {"text": "a.example"}).status_code == 403


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


def test_decisions_of_others_are_shown_with_the_way_there(known):
    group = "https://tours.example/g/lilas"
    figures = {"seq": 41, "outcome": "adopted", "entryDigest": "a" * 64, "head": "b" * 64}
    body = {"id": f"{group}/decisions/41", "decision": figures, "url": "https://tours.example/registre/41"}
    SignedObject.objects.create(
        uri=body["id"],
        owner=group,
        kind="decision",
        body=json.dumps(body).encode(),
        digest="",
        key_id="",
        made_at=now(),
    )
    page = page_of(known.visitor.get(PAGE))
    assert "décision n° 41" in page.words
    assert [link.text for link in page.all("a") if link.attributes.get("href") == body["url"]] == [
        "La lire sur tours.example"
    ]
    assert faults(page) == []
