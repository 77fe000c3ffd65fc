"""Why trust somebody, over HTTP: shape, who is asked, what would change it; and nothing that is private."""

from datetime import datetime

import pytest
from django.test import Client

from network.actions.trust import vouch
from network.api_trust import (
    AttestationOut,
    BelongingOut,
    ChangesOut,
    LossOut,
    MemberTrustOut,
    PersonOut,
)
from network.rules.facts import YEAR
from tests import factories
from tests.network.web_cast import cloth

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock):
    factories.node()
    made = cloth()
    made.browser = Client()
    made.browser.force_login(factories.account(made.alix))
    return made


def read(client, member):
    answer = client.get(f"/api/v1/members/{member.pk}/trust")
    assert answer.status_code == 200
    return answer.json()


def test_its_shape_is_the_one_described(cast):
    body = read(cast.browser, cast.fanny)
    assert set(body) == set(MemberTrustOut().fields)
    assert set(body["changes"]) == set(ChangesOut().fields)
    assert set(body["changes"]["losses"][0]) == set(LossOut().fields)
    assert set(body["attestations"][0]) == set(AttestationOut().fields)
    assert set(body["belonging"]) == set(BelongingOut().fields)
    assert set(body["ask"][0]) == set(PersonOut().fields)


def test_the_path_whom_to_ask_and_what_would_change_it(cast):
    body = read(cast.browser, cast.fanny)
    assert (body["kappa"], body["label"], body["words"]) == (1, "one_path", ["Vous → Camille → Fanny"])
    assert [person["name"] for person in body["ask"]] == ["Camille"]
    assert [person["name"] for person in body["changes"]["openers"]] == ["Bachir"]
    assert [(loss["issuer"]["name"], loss["kappa"]) for loss in body["changes"]["losses"]] == [("Camille", 0)]
    assert (body["attestations"][0]["origin"], body["attestations"][0]["public"]) == ("http://localhost:8000", True)
    assert (body["belonging"]["needed"], body["belonging"]["attesters"], body["belonging"]["passes"]) == (2, 1, False)


def test_no_attestation_is_said_to_outlive_the_charters_longest_validity(cast, clock):
    row = factories.vouch_between(cast.alix, cast.hugo, issued=clock.now(), expires_at=clock.now() + 9 * YEAR)
    (told,) = read(Client(), cast.hugo)["attestations"]
    assert told["uri"] == row.uri
    assert datetime.fromisoformat(told["ends_at"]) == clock.now() + 2 * YEAR


def test_a_visitor_gets_the_collectives_viewpoint(cast):
    body = read(Client(), cast.fanny)
    assert body["viewpoint"]["kind"] == "collective"
    assert body["words"] == ["Les Terrils → Camille → Fanny"]


def test_somebody_unknown_is_a_problem(cast):
    answer = Client().get("/api/v1/members/999999/trust")
    assert (answer.status_code, answer.json()["code"]) == (404, "member_unknown")


def test_it_is_described(cast):
    paths = Client().get("/api/v1/schema").json()["paths"]
    call = paths["/api/v1/members/{member_id}/trust"]["get"]
    assert call["operationId"] == "read_member_trust"
    assert call["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/MemberTrustOut")


def test_a_private_attestation_is_told_to_its_issuer_alone(cast):
    visitor, subject = Client(), Client()
    subject.force_login(factories.account(cast.gwen))
    before = [read(client, person) for client in (visitor, subject) for person in (cast.gwen, cast.fanny)]
    vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=3, kind="prestation", public=False, statement="secret")
    assert [read(client, person) for client in (visitor, subject) for person in (cast.gwen, cast.fanny)] == before
    assert "secret" in str(read(cast.browser, cast.gwen))
