"""The API: statuses, shapes, rights, and nothing that edits what is written once."""

from uuid import uuid4

import pytest
from django.test import Client


@pytest.fixture
def api(cast):
    cast.enter()

    def client(handle):
        found = Client()
        if handle:
            found.login(username=handle, password="motdepasse-1")
        return found

    return client


def post(client, cast, kind, payload=None, key=None):
    document = {"kind": kind, "payload": payload or {}, "key": key or str(uuid4())}
    address = f"/api/v1/assemblies/{cast.assembly.pk}/acts"
    return client.post(address, document, content_type="application/json")


def test_room_for_its_viewer(api, cast):
    answer = api("alix").get(f"/api/v1/assemblies/{cast.assembly.pk}")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["audience"], body["state"]["stage"], body["mine"]["proposer"]) == ("member", "open", True)
    assert api("fanny").get(f"/api/v1/assemblies/{cast.assembly.pk}").status_code == 404
    assert api("").get(f"/api/v1/assemblies/{cast.assembly.pk}").status_code in {401, 403}


def test_acts_and_their_statuses(api, cast):
    alix, key = api("alix"), str(uuid4())
    first = post(alix, cast, "submit", {"version": 1}, key)
    assert first.status_code == 200
    assert first.json()["code"] == "driver_check"
    assert post(alix, cast, "submit", {"version": 1}, key).json() == first.json()
    assert post(alix, cast, "submit", {"version": 2}, key).status_code == 409
    assert post(alix, cast, "accept_driver", {"version": 1}).status_code == 403
    assert post(alix, cast, "answer_driver", {"version": 1, "answer": "veto"}).status_code == 400
    assert post(alix, cast, "submit", {"version": 1}).status_code == 409
    assert post(alix, cast, "adopt").status_code == 400
    assert post(api("fanny"), cast, "check_in").status_code == 404  # nor told that there is one
    assert post(api(""), cast, "check_in").status_code in {401, 403}


def test_acts_need_a_csrf_token(cast):
    cast.convene()
    client = Client(enforce_csrf_checks=True)
    client.login(username="alix", password="motdepasse-1")
    assert post(client, cast, "check_in").status_code == 403


def test_register_and_charter_are_public(api, cast):
    stranger = api("")
    page = stranger.get("/api/v1/register")
    assert page.status_code == 200
    assert page.json()["entries"][0]["kind"] == "charter"
    assert stranger.get("/api/v1/register/1").json()["whole"] is True
    assert stranger.get("/api/v1/register/99").status_code == 404
    assert stranger.get("/api/v1/register?page=x").status_code == 400
    assert len(stranger.get("/api/v1/charter").json()["articles"]) == 6


@pytest.mark.parametrize("address", ["register", "register/1", "charter", "assemblies", "proposals/1"])
@pytest.mark.parametrize("verb", ["put", "patch", "delete"])
def test_nothing_is_edited_or_deleted(api, address, verb):
    answer = getattr(api("alix"), verb)(f"/api/v1/{address}", {}, content_type="application/json")
    assert answer.status_code == 405


def test_proposals(api, cast):
    alix = api("alix")
    draft = {"circle_id": cast.circle.pk, "title": "Un jardin"}
    answer = alix.post("/api/v1/proposals", draft, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["editable"] is True
    assert "Un jardin" in [row["title"] for row in alix.get("/api/v1/proposals").json()["results"]]
    refused = api("dominique").post("/api/v1/proposals", draft, content_type="application/json")
    assert refused.status_code == 403
    assert refused["Content-Type"].startswith("application/problem+json")
    assert refused.json()["code"] == "not_in_circle"


def test_days_at_the_end_of_the_calendar_are_refused(api, cast):
    alix, far = api("alix"), "9999-12-31"
    answer = post(alix, cast, "edit_draft", {"ends_on": far})
    assert (answer.status_code, answer.json()["code"]) == (400, "field_malformed")
    draft = {"circle_id": cast.circle.pk, "title": "Un jardin", "review_on": far}
    assert alix.post("/api/v1/proposals", draft, content_type="application/json").status_code == 400
