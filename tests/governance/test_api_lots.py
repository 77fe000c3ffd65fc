"""Lots over HTTP: the same acts as the pages, the same refusals, and nothing before its time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from governance.models import Lot, Mandate
from network.clock import now
from tests.governance.rules.test_lot_process import key, mark


@pytest.fixture
def api(cast):
    def client(handle):
        found = Client()
        if handle:
            found.login(username=handle, password="motdepasse-1")
        return found

    return client


def frozen(cast, **changed):
    at = now()
    return {
        "circle_id": cast.circle.pk,
        "role": "secrétariat",
        "seats": 1,
        "months": 6,
        "pool": [member.pk for member in cast.three],
        "eligibility": "Tout le cercle.",
        "beacon_source": "Deux dés lancés devant tout le monde.",
        "beacon_format": "dice:#-#",
        "commits_end": (at + timedelta(hours=1)).isoformat(),
        "reveals_end": (at + timedelta(hours=2)).isoformat(),
        **changed,
    }


def post(client, address, document):
    return client.post(address, document, content_type="application/json")


def act(client, lot, kind, **payload):
    return post(client, f"/api/v1/lots/{lot}/acts", {"kind": kind, "payload": payload, "key": str(uuid4())})


def test_whole_lot_by_programs(api, cast):
    people = {member.handle: api(member.handle) for member in cast.three}
    made = post(people["alix"], "/api/v1/lots", frozen(cast))
    assert made.status_code == 201
    lot = made.json()["id"]
    again = frozen(cast, key=str(uuid4()), role="accueil")
    assert len({post(people["alix"], "/api/v1/lots", again).json()["id"] for _ in range(2)}) == 1
    for number, client in enumerate(people.values(), start=1):
        assert act(client, lot, "commit", commitment=mark(number)).status_code == 200
    assert act(people["alix"], lot, "close_commits").json()["code"] == "reveals"
    for number, client in enumerate(people.values(), start=1):
        before = client.get(f"/api/v1/lots/{lot}").json()
        assert key(1)[64:] not in str(before), "no secret before reveals are closed"
        assert act(client, lot, "reveal_secret", secret=key(number)).status_code == 200
    act(people["alix"], lot, "close_reveals")
    act(people["alix"], lot, "read_beacon", beacon="dice:6-2")
    assert "dice:6-2" not in people["bachir"].get(f"/api/v1/lots/{lot}").content.decode(), "nobody copies a reading"
    act(people["bachir"], lot, "read_beacon", beacon="dice:6-2")
    drawn = people["camille"].get(f"/api/v1/lots/{lot}").json()
    assert (drawn["stage"], drawn["beacon"], len(drawn["secrets"])) == ("answers", "dice:6-2", 3)
    first = drawn["order"][0]["person"]["name"].lower()
    assert act(people[first], lot, "accept_draw").json()["code"] == "done"
    assert Mandate.objects.get().member.handle == first
    assert api("dominique").get("/api/v1/lots").json()["results"][0]["stage"] == "done", "a member may follow"


def test_refusals_are_problems_that_name_their_code(api, cast):
    alix = api("alix")
    wrong = post(alix, "/api/v1/lots", frozen(cast, seats=9))
    assert (wrong.status_code, wrong.json()["code"]) == (400, "seats_too_many")
    assert wrong["Content-Type"].startswith("application/problem+json")
    assert post(alix, "/api/v1/lots", {"circle_id": cast.circle.pk}).status_code == 400
    assert post(api("dominique"), "/api/v1/lots", frozen(cast)).status_code == 403
    assert post(api(""), "/api/v1/lots", frozen(cast)).status_code in {401, 403}
    assert not Lot.objects.exists()
    lot = post(alix, "/api/v1/lots", frozen(cast)).json()["id"]
    same = {"kind": "commit", "payload": {"commitment": mark(1)}, "key": str(uuid4())}
    first, second = (post(alix, f"/api/v1/lots/{lot}/acts", same).json() for _ in range(2))
    assert first == second
    assert act(alix, lot, "commit", commitment=mark(2)).status_code == 409
    assert act(alix, lot, "draw").status_code == 400
    assert act(api("dominique"), lot, "commit", commitment=mark(3)).status_code == 403
    assert api("fanny").get(f"/api/v1/lots/{lot}").status_code == 404
    assert act(alix, 999, "commit", commitment=mark(1)).status_code == 404


def test_description_documents_lots(api, cast):
    told = api("alix").get("/api/v1/schema", HTTP_ACCEPT="application/json").json()
    assert {"lots_list", "lots_create"} == {each["operationId"] for each in told["paths"]["/api/v1/lots"].values()}
