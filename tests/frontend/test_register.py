"""The register: public, checkable, and honest when a row was changed behind its back; the API's own page."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from governance.models import Decision, Entry
from tests.frontend.room_cast import OBJECTION, Room, make_room


@pytest.fixture
def decided(db) -> Room:
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


def test_visitor_reads_the_register(decided):
    page = Client().get(reverse("register")).content.decode()
    assert "Se réunir au local" in page
    assert "décision" in page
    seq = Decision.objects.get().entry.seq
    entry = Client().get(reverse("register_entry", args=[seq])).content.decode()
    for said in ("Je consens", "retirée", OBJECTION["text"], "Alix", "correspond à son empreinte", "Critères"):
        assert said in entry
    assert Decision.objects.get().entry.digest in entry


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
