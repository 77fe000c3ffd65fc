"""The adapter of outside suites is well formed, leads to addresses that exist, and its ways do what they say."""

import json
import re
from pathlib import Path
from uuid import uuid4

import jsonschema
import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.urls import resolve

from deploy.asgi import application
from frontend.live import websocket_urlpatterns
from governance.models import Poll
from tests import factories
from tests.frontend.room_cast import OBJECTION, make_room
from tests.governance.conftest import make_cast
from tests.governance.polling import allow_votes, to_brink

HERE = Path(__file__).parent
ADAPTER = json.loads((HERE / "adapter.json").read_text())
SCHEMA = json.loads((HERE / "adapter.schema.json").read_text())
AVAILABLE = {verb: each["ways"] for verb, each in ADAPTER["verbs"].items() if each["status"] == "available"}
WAYS = [(verb, way) for verb, ways in AVAILABLE.items() for way in ways]
GUARD = 30  # seconds; a guard against hanging, never a measurement


def filled(value, values: dict):
    """Return the adapter's fields with the suite's values in place of what stands in braces."""
    if isinstance(value, dict):
        return {name: filled(each, values) for name, each in value.items()}
    if isinstance(value, str) and re.fullmatch(r"\{\w+\}", value):
        return values[value[1:-1]]
    return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), value) if isinstance(value, str) else value


def perform(client: Client, way: dict, **values):
    """Send one request as the adapter describes it, token included; return the answer."""
    path, fields = filled(way["path"], values), filled(way.get("fields", {}), values)
    if way["method"] == "GET":
        return client.get(path)
    page = client.get(filled(way.get("page", "/compte/connexion" if way["by"] == "api" else way["path"]), values))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    token = token.group(1) if token else client.cookies[settings.CSRF_COOKIE_NAME].value
    if way["by"] == "form":
        return client.post(path, {**fields, "csrfmiddlewaretoken": token})
    send = getattr(client, way["method"].lower())
    return send(path, json.dumps(fields), content_type="application/json", headers={"X-CSRFToken": token})


def logged_in(name: str) -> Client:
    client = Client(enforce_csrf_checks=True)
    answer = perform(client, AVAILABLE["login"][0], username=name, password="motdepasse-1")
    assert answer.status_code in AVAILABLE["login"][0]["success"]
    return client


def at(document: object, pointer: str):
    """Return what a JSON pointer leads to."""
    for part in pointer.strip("/").split("/"):
        document = document[part]
    return document


def test_adapter_is_what_its_schema_says():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(ADAPTER, SCHEMA)


def test_schema_refuses_what_is_wrong():
    for spoilt in (
        {"verbs": {}},
        {"verbs": {**ADAPTER["verbs"], "fly": {"status": "absent", "reason": "no wings yet"}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**ADAPTER, **spoilt}, SCHEMA)


@pytest.mark.parametrize(("verb", "way"), WAYS, ids=[f"{verb}-{way['by']}-{n}" for n, (verb, way) in enumerate(WAYS)])
def test_every_way_leads_somewhere(verb, way):
    path = re.sub(r"\{\w+\}", "1", way["path"])
    if way["by"] == "socket":
        assert any(each.pattern.match(path.lstrip("/")) for each in websocket_urlpatterns)
        return
    view = resolve(path).func
    if way["by"] == "api":
        assert hasattr(view.view_class, way["method"].lower())


def test_description_is_where_the_adapter_says(db):
    assert Client().get(ADAPTER["openapi"]).json()["openapi"].startswith("3.")


@pytest.fixture
def called(db):
    room = make_room()
    room.to_call()
    return room


def objection(room) -> dict:
    values = {name: OBJECTION[name] for name in ("consequence", "ground")} | {"argument": OBJECTION["text"]}
    return values | {"assembly_id": room.alix.pk, "version": 1, "call": 1, "uuid4": str(uuid4())}


def filed(room) -> int:
    return room.cast.session().steps.filter(kind="position").count()


@pytest.mark.parametrize("number", [0, 1], ids=["form", "api"])
def test_objection_is_raised_by_request(called, number):
    way = AVAILABLE["raise_objection"][number]
    answer = perform(logged_in("camille"), way, **objection(called))
    assert answer.status_code in way["success"]
    assert filed(called) == 1
    if "id" in way:
        assert at(answer.json(), way["id"]["at"]) > 0


@pytest.mark.django_db(transaction=True)
async def test_objection_is_raised_by_socket():
    room = await sync_to_async(make_room)()
    await sync_to_async(room.to_call)()
    way, values = AVAILABLE["raise_objection"][2], objection(room)
    cookie = room.camille.client.cookies[settings.SESSION_COOKIE_NAME].value
    headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()), (b"origin", settings.ORIGIN.encode())]
    line = WebsocketCommunicator(application, filled(way["path"], values), headers=headers)
    assert (await line.connect(timeout=GUARD))[0]
    await line.send_to(text_data=json.dumps(filled(way["frame"], values)))
    while True:
        heard = await line.receive_from(timeout=GUARD)
        if heard.startswith("{"):
            break
    answer = json.loads(heard)
    assert {name: answer[name] for name in way["answer"]} == filled(way["answer"], values)
    assert at(answer, way["id"]["at"]) > 0
    assert await sync_to_async(filed)(room) == 1
    await line.disconnect(timeout=GUARD)


def test_session_verbs(called):
    client = logged_in("alix")
    values = {"password": "motdepasse-1", "new_password": "un autre mot de passe 7"}
    assert perform(client, AVAILABLE["change_password"][0], **values).status_code == 302
    assert perform(client, AVAILABLE["logout"][0]).status_code == 302
    assert client.get("/assemblees").status_code == 302
    again = Client(enforce_csrf_checks=True)
    perform(again, AVAILABLE["login"][0], username="alix", password="un autre mot de passe 7")
    assert again.get("/assemblees").status_code == 200


def test_reading_verbs(called):
    for verb in ("read_register", "relations", "trust_scores"):
        for way in AVAILABLE[verb]:
            answer = perform(logged_in("alix"), way, seq=1, member_id=called.cast.bachir.pk)
            assert answer.status_code in way["success"], (verb, way["path"])


def test_voting_verbs(db):
    """From the exit that opens a vote to its result, as the adapter says. The password counts where it is secret."""
    cast = make_cast()
    factories.node()
    allow_votes(cast)
    to_brink(cast)
    values = {"assembly_id": cast.assembly.pk, "version": 2, "reason": "Nous n’avançons plus."}
    way = AVAILABLE["open_poll"][0]
    assert perform(logged_in("bachir"), way, uuid4=str(uuid4()), **values).status_code in way["success"]
    poll, way = Poll.objects.get(), AVAILABLE["cast"][0]
    for name, choice in (("alix", "for"), ("bachir", "abstain"), ("camille", "for")):
        answer = perform(
            logged_in(name), way, poll_id=poll.pk, uuid4=str(uuid4()), choice=choice, password="motdepasse-1"
        )
        assert answer.status_code in way["success"]
    told = perform(logged_in("alix"), AVAILABLE["results"][0], poll_id=poll.pk).json()
    assert (told["outcome"], told["count"]) == ("carried", {"for": 2, "against": 0, "abstain": 1})


def test_attesting_verbs(called):
    client, member = logged_in("alix"), called.cast.bachir.pk
    given = perform(
        client, AVAILABLE["attest"][0], member_id=member, level=2, statement="Nous avons travaillé ensemble."
    )
    assert given.status_code == 302
    assert perform(client, AVAILABLE["revoke_attestation"][0], member_id=member).status_code == 302


def test_publishing_verbs(called):
    client, way = logged_in("alix"), AVAILABLE["publish"][0]
    values = {"title": "Site coopératif", "description": "Un site.", "skill": "", "place": "", "price": "prix_libre"}
    answer = perform(client, way, **values, amount_cents=None, remote=True)
    assert answer.status_code in way["success"], answer.content
    edited = perform(
        client,
        AVAILABLE["edit_service"][0],
        offer_id=at(answer.json(), way["id"]["at"]),
        title="Site refait",
        price="gift",
    )
    assert edited.status_code in AVAILABLE["edit_service"][0]["success"], edited.content
