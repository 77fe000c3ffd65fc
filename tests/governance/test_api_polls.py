"""Votes over HTTP: the same acts and refusals as the pages; nothing before its time, nothing half written."""

import json
import logging
from uuid import uuid4

import pytest
from django.test import Client

from governance.models import Entry, NamedBallot, Poll, RollEntry, SecretBallot, VoteReceipt
from governance.rules.polls import CHOICES
from tests.governance.polling import allow_votes, on_charter, to_vote

PASSWORD = "motdepasse-1"


@pytest.fixture
def poll(cast, clock) -> Poll:
    allow_votes(cast)
    return to_vote(cast)


@pytest.fixture
def secret(cast, clock) -> Poll:
    allow_votes(cast, secrecy="secret")
    return to_vote(cast)


def api(handle, **options) -> Client:
    found = Client(**options)
    if handle:
        found.login(username=handle, password=PASSWORD)
    return found


def cast_in(poll, client, choice="for", *, raw=None, **more):
    document = json.dumps({"choice": choice, "key": str(uuid4()), **more}) if raw is None else raw
    return client.post(f"/api/v1/polls/{poll.pk}/ballots", document, content_type="application/json")


def kept() -> tuple[object, ...]:
    """Everything that a ballot writes."""
    places = list(RollEntry.objects.order_by("pk").values_list("member", "holder", "has_voted", "by_holder"))
    tables = (NamedBallot, SecretBallot, VoteReceipt, Entry)
    polls = list(Poll.objects.values_list("title", "text", "terms", "tier", "closes_at", "closed_at", "outcome"))
    return places, polls, [table.objects.count() for table in tables]


def test_a_vote_from_the_list_to_its_count(cast, poll):
    alix = api("alix")
    row = alix.get("/api/v1/polls").json()["results"][0]
    assert (row["id"], row["title"], row["tier"], row["outcome"]) == (poll.pk, "Se réunir au local", "open", "")
    assert (row["waits"], api("dominique").get("/api/v1/polls").json()["results"][0]["waits"]) == (True, False)
    assert api("fanny").get("/api/v1/polls").json()["results"] == []
    seen = alix.get(f"/api/v1/polls/{poll.pk}").json()
    assert (seen["electorate"], seen["terms"]["threshold"], seen["count"]) == (3, "1/2", {})
    assert [(each["own"], each["allowed"]) for each in seen["mine"]] == [(True, True)]
    receipt = cast_in(poll, alix).json()
    assert (receipt["code"], receipt["kind"]) == ("ballot_recorded", "vote")
    assert "for" not in str(receipt)
    assert alix.get("/api/v1/polls").json()["results"][0]["waits"] is False
    for client in (api("bachir"), api("camille")):
        assert client.get(f"/api/v1/polls/{poll.pk}").json()["count"] == {}, "no count before the end, for anybody"
        assert cast_in(poll, client, "against").status_code == 200
    closed = api("dominique").get(f"/api/v1/polls/{poll.pk}").json()
    assert (closed["outcome"], closed["count"]) == ("rejected", {"for": 1, "against": 2, "abstain": 0})
    assert closed["share"] == "1/3"


def test_nobody_reads_the_choice_of_another_before_the_end(cast, poll):
    cast_in(poll, api("alix"), "abstain")
    assert "abstain" not in api("bachir").get(f"/api/v1/polls/{poll.pk}").content.decode()
    assert "abstain" in api("alix").get(f"/api/v1/polls/{poll.pk}").content.decode()


def test_refusals_are_problems_that_name_their_code(cast, poll, clock):
    alix = api("alix")
    wrong = cast_in(poll, api("dominique"))
    assert (wrong.status_code, wrong.json()["code"]) == (403, "not_on_roll")
    assert wrong["Content-Type"].startswith("application/problem+json")
    found = cast_in(poll, alix, member=cast.bachir.pk)
    assert (found.status_code, found.json()["code"]) == (403, "no_proxy")
    for client in (api("fanny"),):
        assert client.get(f"/api/v1/polls/{poll.pk}").status_code == 404
        assert cast_in(poll, client).status_code == 404, "nor is told that there is one"
    for address in ("polls", f"polls/{poll.pk}"):
        assert api("").get(f"/api/v1/{address}").status_code in {401, 403}
    assert cast_in(poll, api("")).status_code in {401, 403}
    assert alix.get("/api/v1/polls/999").json()["code"] == "poll_unknown"
    assert (
        alix.post("/api/v1/polls/999/ballots", {"choice": "for", "key": str(uuid4())}, "application/json").json()[
            "code"
        ]
        == "poll_unknown"
    )
    key = str(uuid4())
    first, second = (cast_in(poll, alix, key=key).json() for _ in range(2))
    assert first == second
    assert cast_in(poll, alix, "against", key=key).json()["code"] == "key_reused"
    clock.advance(hours=200)
    late = cast_in(poll, alix, "against")
    assert (late.status_code, late.json()["code"]) == (409, "poll_over")


def test_a_ballot_needs_a_csrf_token(cast, poll):
    assert cast_in(poll, api("alix", enforce_csrf_checks=True)).status_code == 403
    assert not NamedBallot.objects.exists()


# --- VOT-06: invalid choices --------------------------------------------------------------------------------------

NO_CHOICE = [
    "", "FOR", "For", "yes", "pour", "for ", " for", "for,against", "fоr", "f\u200bor", "for\x00", "for\ud800",
    "x" * 100_000, None, True, False, 0, 1, -1, 1.0, 10**9, 10**400, [], ["for"], ["for", "against"], ["for", "for"],
    {}, {"for": 1}, {"for": 1, "against": 1}, {"$ne": ""}, "carried", "open", "1", "NaN",
]  # fmt: skip
MORE = [
    {"weight": 2}, {"rank": 1}, {"choices": ["against"]}, {"scrutin": 1}, {"poll_id": 7}, {"at": "2020-01-01"},
    {"tier": "open"}, {"person": 1}, {"actor": 1}, {"options": []}, {"by_holder": True},
    {"payload": {"choice": "against"}}, {"member": 0}, {"member": -1}, {"member": 10**30}, {"member": "x"},
    {"member": [1]}, {"member": {}},
    {"member": True}, {"member": 1.5}, {"key": ""}, {"key": "x"}, {"key": None}, {"key": []},
]  # fmt: skip
RAW = [
    '{"choice": %s, "key": "%s"}' % (word, uuid4())  # noqa: UP031 - braces
    for word in ("NaN", "Infinity", "-Infinity", "1e9", "1e400", "01", '"for', "for", '"for"; "against"')
] + ["", "[]", "null", "7", '"for"', "[" * 10_000, '{"choice": "for"}', "\xff"]


@pytest.mark.parametrize("tier", ["poll", "secret"])
def test_vot_06_what_is_no_choice_is_refused_and_nothing_of_it_is_written(request, cast, tier):
    poll = request.getfixturevalue(tier)
    alix, before = api("alix"), kept()
    for choice in NO_CHOICE:
        answer = cast_in(poll, alix, choice)
        assert answer.status_code == 400, choice
        assert answer["Content-Type"].startswith("application/problem+json")
    for more in MORE:
        assert cast_in(poll, alix, **more).status_code == 400, more
    for raw in RAW:
        assert cast_in(poll, alix, raw=raw).status_code == 400, raw
    assert kept() == before


def test_a_choice_has_one_name_alone(cast, poll):
    """What the rules know is what the door knows: nothing is added on one side alone."""
    for choice in CHOICES:
        assert cast_in(poll, api("alix"), choice).status_code == 200
    assert NamedBallot.objects.count() == len(CHOICES)


# --- VOT-26: who is there -----------------------------------------------------------------------------------------


def test_vot_26_a_session_alone_casts_no_secret_ballot(cast, secret):
    alix, before = api("alix"), kept()
    asked = cast_in(secret, alix)
    assert (asked.status_code, asked.json()["code"]) == (400, "password_needed")
    wrong = cast_in(secret, alix, password="motdepasse-2")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "password_wrong")
    assert "motdepasse" not in wrong.content.decode()
    assert kept() == before
    document = {"choice": "against", "password": PASSWORD}
    given = cast_in(secret, alix, **document)
    assert given.status_code == 200
    assert "against" not in given.content.decode()
    again = cast_in(secret, alix, **document)
    assert (again.status_code, again.json()["code"]) == (409, "already_voted")
    seen = alix.get(f"/api/v1/polls/{secret.pk}").content.decode()
    assert "against" not in seen
    assert SecretBallot.objects.get().choice == "against"


def test_vot_26_a_session_alone_casts_no_named_vote_on_the_charter(cast, clock):
    poll, alix = on_charter(cast), api("alix")
    assert alix.get(f"/api/v1/polls/{poll.pk}").json()["proof"] == "password"
    asked = cast_in(poll, alix)
    assert (asked.status_code, asked.json()["code"]) == (400, "password_needed")
    assert not NamedBallot.objects.exists()
    assert cast_in(poll, alix, password=PASSWORD).status_code == 200


# --- VOT-04: change after opening ---------------------------------------------------------------------------------


def test_vot_04_nothing_of_a_vote_changes_after_its_opening_and_each_try_is_logged(cast, poll, caplog):
    caplog.set_level(logging.INFO, "toile.security")
    alix = api("alix")
    changes = {
        "text": "Autre", "title": "Autre", "closes_at": "2030-01-01T00:00:00Z", "tier": "secret", "roll": [],
        "terms": {"quorum": "0/1", "threshold": "0/1"}, "electorate": 1, "outcome": "carried", "count": {"for": 3},
    }  # fmt: skip
    for phase in ("during", "after"):
        before = kept()
        for address in ("polls", f"polls/{poll.pk}", f"polls/{poll.pk}/ballots"):
            for method in ("put", "patch", "delete"):
                answer = getattr(alix, method)(f"/api/v1/{address}", changes, content_type="application/json")
                assert (phase, answer.status_code) == (phase, 405), address
        for address in ("polls", f"polls/{poll.pk}"):
            assert alix.post(f"/api/v1/{address}", changes, content_type="application/json").status_code == 405
        assert kept() == before
        for client in (alix, api("bachir"), api("camille")):
            cast_in(poll, client)
    assert cast_in(poll, alix, "against").status_code == 409
    assert NamedBallot.objects.filter(choice="against").count() == 0
    lines = [each for each in caplog.messages if each.startswith("act refused")]
    assert f"act refused: PATCH api/v1/polls/<int:poll_id> {{'poll_id': {poll.pk}}}, 405" in lines
    assert len([each for each in lines if each.endswith(", 405")]) == 2 * (9 + 2)
    assert len([each for each in lines if "/ballots" in each and each.endswith(", 409")]) == 4
    assert not [each for each in lines if "lix" in each or "against" in each or "Autre" in each]


def test_vot_04_who_comes_later_is_not_on_the_roll_and_new_figures_do_not_count(cast, poll):
    from governance.actions.circles import join_circle

    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    allow_votes(cast, threshold="9/10", quorum="1/1")
    assert cast_in(poll, api("dominique")).json()["code"] == "not_on_roll"
    for name, choice in (("alix", "for"), ("bachir", "for"), ("camille", "against")):
        cast_in(poll, api(name), choice)
    seen = api("alix").get(f"/api/v1/polls/{poll.pk}").json()
    assert (seen["outcome"], seen["terms"]["threshold"], seen["electorate"]) == ("carried", "1/2", 3)


def test_description_documents_votes(db):
    told = Client().get("/api/v1/schema", headers={"accept": "application/json"}).json()
    ways = {
        (path.removeprefix("/api/v1/polls"), method): each["operationId"]
        for path, methods in told["paths"].items()
        for method, each in methods.items()
        if path.startswith("/api/v1/polls")
    }
    assert ways == {
        ("", "get"): "polls_list",
        ("/{poll_id}", "get"): "polls_retrieve",
        ("/{poll_id}/ballots", "post"): "polls_cast",
    }
    ballot = told["components"]["schemas"]["Ballot"]
    assert set(ballot["required"]) == {"choice", "key"}
