"""While others write: every door answers 503 and « again later », and what somebody wrote is still there."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection, connections
from django.test import RequestFactory
from django.urls import reverse

from frontend.pages import errors
from governance.models import Proposal, RoomStep
from network.errors import Busy
from tests.frontend.room_cast import Room, make_room
from tests.frontend.test_live import GUARD, opened
from tests.frontend.test_propositions import FORM

WORDS = "Je propose de commencer à 19 h, parce que le bus arrive à 18 h 50."
SENTENCE = "Le nœud est très occupé, réessayez : rien n’a été perdu."
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def impatient() -> Iterator[None]:
    """Connections that wait for a lock for a tenth of a second."""
    options = connections.settings["default"].setdefault("OPTIONS", {})
    before = dict(options)
    options |= {"timeout": 0.1} if connection.vendor == "sqlite" else {"options": "-c lock_timeout=100"}
    connection.close()
    yield
    options.clear()
    options |= before
    connection.close()


@contextmanager
def writing_elsewhere() -> Iterator[None]:
    """Another connection holds the lock that a write needs."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(known["NAME"], isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    where = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"], "dbname": known["NAME"]}
    with psycopg.connect(**where) as other:
        other.execute("LOCK TABLE governance_proposal, governance_roomstep IN SHARE MODE")
        yield


@pytest.fixture
def room(transactional_db, impatient) -> Room:
    found = make_room()
    found.enter()
    return found


def test_room_without_script_says_so_and_keeps_what_was_typed(room):
    alix = room.alix
    alix.look()
    before = RoomStep.objects.count()
    data = {"key": alix.key(), "act": alix.buttons()["act-ask_to_speak"], "words": WORDS}
    with writing_elsewhere():
        response = alix.client.post(reverse("assembly_act", args=[alix.pk]), data)
    text = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert SENTENCE in text
    assert WORDS in text
    assert data["key"] in text  # the same key again: done once, whatever happened
    assert RoomStep.objects.count() == before
    assert alix.client.post(reverse("assembly_act", args=[alix.pk]), data).status_code == 302
    assert RoomStep.objects.count() == before + 1


def test_room_with_script_gets_the_sentence_alone(room):
    room.alix.look()
    data = {"key": room.alix.key(), "act": room.alix.buttons()["act-ask_to_speak"]}
    with writing_elsewhere():
        response = room.alix.client.post(
            reverse("assembly_act", args=[room.alix.pk]), data, headers={"HX-Request": "true"}
        )
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert SENTENCE in response.content.decode()
    assert "textarea" not in response.content.decode()


def test_form_of_a_page_keeps_its_text(room):
    data = {**FORM, "circle": room.cast.circle.pk, "responsible": room.cast.alix.pk, "text": WORDS}
    before = Proposal.objects.count()
    with writing_elsewhere():
        response = room.alix.client.post(reverse("proposition_new"), data)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert SENTENCE in response.content.decode()
    assert WORDS in response.content.decode()
    assert Proposal.objects.count() == before


def test_reading_goes_on(room):
    with writing_elsewhere():
        assert room.alix.client.get(reverse("assembly", args=[room.alix.pk])).status_code == 200


def test_api_answers_with_a_problem(room):
    asked = {"kind": "ask_to_speak", "payload": {}, "key": str(uuid4())}
    address = f"/api/v1/assemblies/{room.alix.pk}/acts"
    with writing_elsewhere():
        response = room.alix.client.post(address, json.dumps(asked), content_type="application/json")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"] == "application/problem+json"
    assert (response.json()["code"], response.json()["detail"]) == ("busy", SENTENCE)


async def test_socket_hears_it_and_stays(impatient):
    room = await sync_to_async(make_room)()
    await sync_to_async(room.enter)()
    alix = await opened(room, "alix")
    await alix.until('hx-target="#mine"')
    holding = writing_elsewhere()
    await sync_to_async(holding.__enter__)()
    await alix.say("ask_to_speak")
    answer = json.loads(await alix.until('"ok": false'))
    await sync_to_async(holding.__exit__)(None, None, None)
    assert (answer["error"], answer["message"], answer["retry_after"]) == ("busy", SENTENCE, 5)
    await alix.say("ask_to_speak")
    assert json.loads(await alix.until('"ok"'))["ok"]
    await alix.line.disconnect(timeout=GUARD)


def test_page_of_a_refusal_that_no_form_caught_sends_again_what_was_posted(rf: RequestFactory, room):
    request = rf.post("/quelque-part", {"text": WORDS, "persons": ["1", "2"], "password1": "motdepasse-1"})
    request.resolver_match = None
    text = errors.refused(request, Busy("busy", retry_after=5)).content.decode()
    assert f'name="text" value="{WORDS}"' in text
    assert text.count('name="persons"') == 2
    assert "motdepasse-1" not in text


@pytest.mark.parametrize(("words", "status"), [("database is locked", 503), ("disk I/O error", 500)])
def test_busy_outside_of_a_page_is_told_without_the_database(rf: RequestFactory, words, status):
    try:
        raise OperationalError(words)
    except OperationalError:
        response = errors.broken(rf.get("/"))
    assert response.status_code == status
    assert response.get("Retry-After", "") == ("5" if status == 503 else "")
