"""Proxies over HTTP: the same acts as the pages, the same refusals."""

from uuid import uuid4

import pytest
from django.test import Client

from governance.models import Proxy
from tests.governance.polling import allow_votes, to_vote, vote


@pytest.fixture
def api(cast, clock):
    allow_votes(cast)

    def client(handle):
        found = Client()
        if handle:
            found.login(username=handle, password="motdepasse-1")
        return found

    return client


def post(client, address, document=None):
    return client.post(f"/api/v1/{address}", document or {}, content_type="application/json")


def test_given_listed_withdrawn_by_programs(api, cast):
    alix, address = api("alix"), f"circles/{cast.circle.pk}/proxies"
    body = {"holder_id": cast.bachir.pk, "key": str(uuid4())}
    first, again = (post(alix, address, body) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert first.json()["ended_at"] is None
    told = api("bachir").get(f"/api/v1/{address}").json()
    assert [each["giver"]["name"] for each in told["held"]] == ["Alix"]
    poll = to_vote(cast)
    vote(poll, cast.bachir, of=cast.alix)
    ended = post(alix, f"proxies/{first.json()['id']}/end")
    assert (ended.status_code, ended.json()["kept"]) == (200, [{"poll": poll.pk, "title": "Se réunir au local"}])
    assert Proxy.objects.get().ended_at is not None


def test_refusals_are_problems_that_name_their_code(api, cast):
    address = f"circles/{cast.circle.pk}/proxies"

    def tried(who, holder, **more):
        answer = post(api(who), address, {"holder_id": holder.pk, "key": str(uuid4()), **more})
        return answer.status_code, answer.json()["code"]

    assert tried("alix", cast.alix) == (400, "proxy_to_oneself")
    assert tried("alix", cast.fanny) == (403, "proxy_outsider")
    assert tried("alix", cast.bachir, ends_on="2020-01-01") == (400, "date_past")
    assert tried("dominique", cast.bachir) == (403, "not_in_circle")
    assert tried("fanny", cast.bachir) == (404, "circle_unknown")
    given = post(api("alix"), address, {"holder_id": cast.bachir.pk, "key": str(uuid4())}).json()["id"]
    assert tried("alix", cast.camille) == (409, "proxy_given")
    assert tried("bachir", cast.camille) == (409, "proxy_passed_on")
    assert post(api("alix"), address, {"holder_id": cast.bachir.pk}).status_code == 400
    assert post(api(""), address, {"holder_id": cast.bachir.pk, "key": str(uuid4())}).status_code in {401, 403}
    refused = post(api("camille"), f"proxies/{given}/end")
    assert (refused.status_code, refused.json()["code"]) == (404, "proxy_unknown")
    assert api("fanny").get(f"/api/v1/{address}").status_code == 404
    assert Proxy.objects.count() == 1


def test_description_documents_proxies(api, cast):
    told = api("alix").get("/api/v1/schema", HTTP_ACCEPT="application/json").json()
    paths = told["paths"]
    ids = {each["operationId"] for each in paths["/api/v1/circles/{circle_id}/proxies"].values()}
    assert ids | {paths["/api/v1/proxies/{proxy_id}/end"]["post"]["operationId"]} == {
        "proxies_list", "proxies_create", "proxies_end",
    }  # fmt: skip
