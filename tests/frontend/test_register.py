"""The register: public, checkable, and honest when a row was changed behind its back; the API's own page."""

import io
import json
import re
from copy import deepcopy

import pypdf
import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.urls import reverse

from federation.models import Confirmation, HeadConflict, SignedHead
from governance.actions.register import enter
from governance.models import Decision, Entry, Minutes
from network.clock import now
from network.models import Collective
from tests.frontend.reading import faults, page_of
from tests.frontend.room_cast import OBJECTION, Room, make_room
from tests.governance.registers import PATH, verifier


@pytest.fixture(scope="module")
def deciding(lasting_db) -> Room:
    """A decision adopted after an objection was withdrawn, with a concern filed later."""
    room = make_room()
    cast = room.cast
    room.to_call()
    cast.answer(cast.alix)
    cast.do(cast.bachir, "position", version=1, call=1, choice="concern", text="Penser aux trains.")
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    cast.do(cast.camille, "withdraw_objection", objection=1)
    cast.answer(version=1, call=2)
    cast.do(cast.bachir, "reveal", version=1, call=2)
    return room


@pytest.fixture
def decided(deciding, db) -> Room:
    return deepcopy(deciding)


def test_visitor_reads_the_register(decided):
    page = Client().get(reverse("register")).content.decode()
    assert "Se réunir au local" in page
    assert "décision" in page
    seq = Decision.objects.get().entry.seq
    entry = Client().get(reverse("register_entry", args=[seq])).content.decode()
    for said in ("Je consens", "retirée", OBJECTION["text"], "Alix", "correspond à son empreinte", "Critères"):
        assert said in entry
    assert Decision.objects.get().entry.digest in entry


def test_hashes_are_short_at_first_sight_and_whole_when_unfolded(decided):
    """They filled half a phone; nothing is lost without script, or to who copies one."""
    row = Decision.objects.get().entry
    before = Entry.objects.get(seq=row.seq - 1).head
    page = page_of(Client().get(reverse("register_entry", args=[row.seq])))
    folded = [each.text for each in page.all("code") if "details" in each.path and "summary" not in each.path]
    assert {row.digest, row.head, row.terms, before} <= set(folded)
    listed = page_of(Client().get(reverse("register")))
    newest = Entry.objects.order_by("seq").last().head
    assert newest in [each.text for each in listed.all("code") if each.path[-1] == "details"]
    assert {row.head, before} <= {each.attributes.get("title") for each in listed.all("code")}
    for read in (page, listed):
        assert faults(read) == []
        shown = [each.text for each in read.all("code") if "details" not in each.path or each.path[-1] == "summary"]
        assert f"{row.head[:8]}…{row.head[-4:]}" in shown
        assert max(len(text) for text in shown) <= 20, "« sha256: », eight, a sign, four"


def test_whole_chain_is_checked_on_demand(decided):
    page = Client().get(reverse("register"), {"verifier": 1}).content.decode()
    assert "la chaîne est entière" in page


def test_a_changed_row_is_named(decided):
    seq = Decision.objects.get().entry.seq
    entry = Entry.objects.get(seq=seq)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE governance_entry SET salt = %s WHERE id = %s", ["0" * 64, entry.pk])
    page = Client().get(reverse("register"), {"verifier": 1}).content.decode()
    assert f"L’inscription nᵒ {seq} ne correspond plus" in page
    broken = Client().get(reverse("register_entry", args=[seq])).content.decode()
    assert "ne correspond plus à son empreinte" in broken


def test_later_concern_is_linked(decided):
    cast = decided.cast
    cast.do(cast.camille, "file_concern", text="Le chauffage est cher.")
    seq = Decision.objects.get().entry.seq
    page = Client().get(reverse("register_entry", args=[seq])).content.decode()
    assert "Depuis" in page
    later = Client().get(reverse("register_entry", args=[seq + 1])).content.decode()
    assert "Le chauffage est cher." in later
    assert reverse("register_entry", args=[seq]) in later


def test_charter_entry_and_unknown_entry(decided):
    first = Client().get(reverse("register_entry", args=[1]))
    assert first.status_code == 200
    assert "charte" in first.content.decode()
    assert Client().get(reverse("register_entry", args=[999])).status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "٣"])
def test_odd_pages_are_harmless(decided, page):
    assert Client().get(reverse("register"), {"page": page}).status_code == 200


def test_api_page_is_drawn_from_the_description(decided):
    page = Client().get(reverse("api_docs")).content.decode()
    assert "POST /api/v1/assemblies/{assembly_id}/acts" in page
    assert "<script" not in page
    assert "register/{seq}" in page


def text_of(answer):
    return answer.content.decode()


def test_it_is_searched_by_words_kind_year_and_state(decided):
    visitor, page = Client(), reverse("register")
    assert "Se réunir au local" in text_of(visitor.get(page, {"q": "REUNIR mardi"}))
    nothing = text_of(visitor.get(page, {"q": "mardi absent"}))
    assert "Rien ne correspond dans ce registre." in nothing
    only = text_of(visitor.get(page, {"genre": "charter"}))
    assert "Se réunir au local" not in only
    assert "Se réunir au local" in text_of(visitor.get(page, {"genre": "decision", "etat": "in_force"}))
    assert "Rien ne correspond" in text_of(visitor.get(page, {"etat": "lapsed"}))
    assert "Rien ne correspond" in text_of(visitor.get(page, {"annee": "1999"}))
    years = [{"annee": year} for year in ("٢٠٢٦", "0001", "9999")]
    for odd in (*years, {"etat": "x"}, {"genre": "x" * 999}, {"q": "%' --"}):
        assert visitor.get(page, odd).status_code == 200


def test_a_decision_says_whether_it_is_in_force(decided):
    seq = Decision.objects.get().entry.seq
    assert "en vigueur" in text_of(Client().get(reverse("register_entry", args=[seq])))
    later = Entry.objects.get(seq=seq)
    body = {**later.body, "cites": seq}
    enter(collective=later.collective, kind="decision", body=body, terms=later.terms, at=later.at)
    assert "remplacée" in text_of(Client().get(reverse("register_entry", args=[seq])))


def test_the_bundle_is_for_everybody_its_names_for_members(decided):
    visitor, address = Client(), reverse("register_bundle")
    answer = visitor.get(address)
    assert answer["Content-Type"] == "application/json"
    assert verifier().check(text_of(answer))[1] == []
    assert "Camille" not in text_of(answer)
    assert visitor.get(address, {"noms": 1}).status_code == 403
    member = Client()
    member.force_login(decided.cast.camille.account)
    named = member.get(address, {"noms": 1})
    assert "Camille" in text_of(named)
    assert "no-store" in named["Cache-Control"]
    assert [visitor.get(address).status_code for _ in range(6)][-1] == 429


def test_visitors_have_the_whole_register_read_so_often_members_as_they_like(decided, clock):
    member, page = Client(), reverse("register")
    member.force_login(decided.cast.camille.account)
    files = [(page, {"verifier": 1}), (reverse("register_csv"), {}), (reverse("register_json"), {})]
    answers = [Client().get(*each) for each in files * 3]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 3
    assert all(0 < int(answer["Retry-After"]) <= 60 for answer in answers[6:])
    assert "C’est beaucoup de demandes à la fois" in text_of(answers[-1])
    assert {member.get(*each).status_code for each in files * 3} == {200}
    assert Client().get(page).status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.9").get(page, {"verifier": 1}).status_code == 200


def test_visitors_search_the_register_so_often(decided, clock, monkeypatch):
    monkeypatch.setattr("frontend.pages.register.SEARCHES", 2)
    monkeypatch.setattr("governance.api.SEARCHES", 2)
    member, page, api = Client(), reverse("register"), reverse("api_register")
    member.force_login(decided.cast.camille.account)
    found = [Client().get(*each) for each in ((page, {"q": "local"}), (api, {"state": "in_force"})) * 2]
    assert [answer.status_code for answer in found] == [200, 200, 429, 429]
    assert found[-1]["Content-Type"] == "application/problem+json"
    assert found[-1].json()["code"] == "too_often"
    assert int(found[-1]["Retry-After"]) > 0
    assert {Client().get(address).status_code for address in (page, api) * 3} == {200}
    assert {member.get(address, {"q": "local"}).status_code for address in (page, api) * 3} == {200}


def test_the_verifier_is_what_the_tests_run(decided):
    answer = Client().get(reverse("register_verifier"))
    assert answer.content == PATH.read_bytes()


def test_table_data_and_feed(decided):
    entry = Entry.objects.get(kind="decision")
    body = {**entry.body, "title": "=1+1"}
    enter(collective=entry.collective, kind="test", body=body, terms=entry.terms, at=entry.at)
    table = text_of(Client().get(reverse("register_csv")))
    assert "Se réunir au local" in table
    assert ",'=1+1," in table
    data = json.loads(text_of(Client().get(reverse("register_json"), {"genre": "decision"})))
    assert [row["kind"] for row in data["entries"]] == ["decision"]
    feed = text_of(Client().get(reverse("register_feed")))
    assert "<entry><title>Se réunir au local</title>" in feed
    assert "=1+1" not in feed


def test_minutes_as_pdf(decided):
    cast = decided.cast
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    address = reverse("minutes_pdf", args=[cast.assembly.pk])
    assert Client().get(address).status_code in {403, 404}
    member = Client()
    member.force_login(cast.alix.account)
    answer = member.get(address)
    assert answer["Content-Type"] == "application/pdf"
    words = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
    assert "Camille" in words
    assert Minutes.objects.get().digest.removeprefix("sha256:")[:20] in re.sub(r"\s", "", words)
    assert address in text_of(member.get(reverse("minutes", args=[cast.assembly.pk])))


def test_confirmations_and_contradictions_are_shown(decided):
    home = Collective.objects.get(local=True)
    head = Entry.objects.order_by("-seq").first()
    fields = {"collective": home.uri, "key_id": "k", "body": b"{}", "made_at": now()}
    for name, n, value in (("a", head.seq, head.head), ("b", head.seq, head.head), ("c", head.seq, "0" * 64)):
        Confirmation.objects.create(witness=f"https://{name}.example/actor", n=n, head=value, **fields)
    page = text_of(Client().get(reverse("register")))
    assert f"jusqu’à l’inscription nᵒ {head.seq}" in page
    assert "ne concorde plus avec ce registre" in page
    entry = text_of(Client().get(reverse("register_entry", args=[head.seq])))
    assert "https://a.example" in entry
    assert "https://c.example" not in entry
    told = {"collective": home.uri, "local": True, "first": b"{}", "second": b"{}"}
    HeadConflict.objects.create(kind="rollback", n=9, **told)
    HeadConflict.objects.create(kind="fork", n=2, **told)
    page = text_of(Client().get(reverse("register")))
    assert "une ancienne copie du registre" in page
    assert "deux états différents" in page
    found = [each.id for each in run_checks(include_deployment_checks=True, databases=["default"], tags=["database"])]
    assert found.count("federation.E005") == 2


def test_registers_of_others_that_we_confirm_and_their_lies_are_shown(decided):
    told = {"collective": "https://n.example/g/lilas", "local": False}
    SignedHead.objects.create(n=7, since=0, head="a" * 64, body=b"{}", **told)
    HeadConflict.objects.create(kind="fork", n=5, first=b"{}", second=b"{}", **told)
    page = text_of(Client().get(reverse("register")))
    assert "jusqu’au nᵒ 7" in page
    assert "à l’inscription nᵒ 5. Les deux signatures sont gardées ici." in page


def test_the_api_searches_too(decided):
    api = reverse("api_register")
    assert len(Client().get(api, {"kind": "decision", "q": "REUNIR"}).json()["entries"]) == 1
    assert Client().get(api, {"state": "replaced"}).json()["total"] == 0
    for odd in ({"state": "x"}, {"year": "x"}, {"year": "1"}, {"year": "9999"}, {"page": "0"}):
        assert Client().get(api, odd).status_code == 400
