"""Odd input at the doors of decisions: refused as malformed, never an error of ours, and nothing is written."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from governance.models import Candidacy, CandidacyStep, CandidacyText, Election, Proposal, RoomStep, Step
from tests.governance.candidacy_cast import Candidate, Clock, marks


def nested(depth: int) -> dict:
    found: dict = {}
    for _ in range(depth):
        found = {"a": found}
    return found


ODD = ["\ud800", "a\x00b", nested(40), nested(900), 1.5, 10**30, [], None, True, {"a": 1e308}, [["x"]]]
TABLES = (Candidacy, CandidacyStep, CandidacyText, Election, Proposal, RoomStep, Step)


def rows() -> list[int]:
    return [table.objects.count() for table in TABLES]


def sent(client, address: str, body: object) -> int:
    return client.post(f"/api/v1/{address}", json.dumps(body), content_type="application/json").status_code


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:12])
def test_odd_values_are_refused_everywhere(cast, monkeypatch, odd):
    way = Candidate(cast, Clock(monkeypatch)).announced()
    cast.convene()
    bachir, dominique = Client(), Client()
    bachir.force_login(cast.bachir.account)
    dominique.force_login(cast.dominique.account)
    before, articles = rows(), [each["id"] for each in way.charter.document["articles"]]
    key = str(uuid4())
    said = [dict.fromkeys(articles, part) for part in (odd, {"mark": odd}, {"mark": "manifest", "on": odd})]
    for given in (odd, *said, {**marks(way.charter), "\ud800": odd}):
        asked = {"collective_id": cast.collective.pk, "signed": way.charter.digest, "answers": given, "key": key}
        assert 400 <= sent(dominique, "candidacies", asked) < 500
        for payload in ({"marks": given}, {"\ud800": given}, given):
            act = {"kind": "evaluate", "payload": payload, "key": key}
            assert 400 <= sent(bachir, f"candidacies/{way.pk}/acts", act) < 500
    for place in (
        f"candidacies/{way.pk}/acts",
        f"assemblies/{cast.assembly.pk}/acts",
        f"proposals/{cast.proposal.pk}/acts",
    ):
        for body in (odd, {"kind": odd, "payload": {}, "key": key}, {"kind": "withdraw", "payload": {}, "key": odd}):
            assert 400 <= sent(bachir, place, body) < 500, (place, body)
    if isinstance(odd, dict | list):
        for address in ("proposals", "elections"):
            for name in ("circle_id", "title", "role"):
                body = {"circle_id": cast.circle.pk, "title": "Un titre", "role": "un rôle", name: odd}
                taken = {("proposals", "role"), ("elections", "title")}  # of the other: not read
                if (address, name) not in taken or odd == nested(40) or odd == nested(900):
                    assert 400 <= sent(bachir, address, body) < 500, body
    assert rows() == before


def test_a_refusal_repeats_no_half_character(cast):
    client = Client()
    client.force_login(cast.alix.account)
    cast.convene()
    answer = client.post(
        f"/api/v1/assemblies/{cast.assembly.pk}/acts",
        json.dumps({"kind": "check_in", "payload": {"\ud800": 1}, "key": str(uuid4())}),
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["facts"]["field"]) == (400, "?")
