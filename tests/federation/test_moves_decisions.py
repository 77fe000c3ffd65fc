"""Decisions of a node that has moved: their old ids still prove what they say, and lead on; nothing is said twice."""

import json
from urllib.parse import urlsplit

import pytest
from django.test import Client

from federation import dispatch, moves, tasks
from federation.models import Announced, MovedId
from governance.models import Decision
from network.clock import now
from tests.federation.attested.test_attested_ours import adopted, holds
from tests.federation.conftest import ORIGIN
from tests.federation.test_moves import NEW, at_home, posts, started_anew, town  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ACTIVITY = "application/activity+json"


@pytest.fixture
def decision(here, town):  # noqa: F811
    """The id of a decision that was told before the move."""
    row = adopted(here, "Admission de Zoé", "Zoé est admise.")
    tasks.sweep()
    dispatch.deliver_due()
    town.seen.clear()
    return f"{row.entry.collective.uri}/decisions/{row.entry.seq}"


def client_at(origin):
    return Client(headers={"host": urlsplit(origin).netloc})


def at(origin, uri, accept=ACTIVITY):
    return client_at(origin).get(urlsplit(uri).path, headers={"accept": accept})


def test_a_decision_is_served_at_its_new_address(decision, town):  # noqa: F811
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        new, found = decision.replace(ORIGIN, NEW), at(NEW, decision)
        assert found.status_code == 200
        document = json.loads(found.content)
        assert (document["id"], document["attributedTo"]) == (new, f"{NEW}/g/cooperative-demo")
        assert document["url"].startswith(f"{NEW}/registre/")
        assert holds(client_at(NEW), document)
        assert at(NEW, decision, "text/html").headers["Location"] == f"/registre/{Decision.objects.get().entry.seq}"
    assert MovedId.objects.get(old_uri=decision).new_uri == new


def test_its_old_id_still_answers_with_the_old_signature(decision, town):  # noqa: F811
    before = json.loads(at(ORIGIN, decision).content)
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        assert json.loads(at(ORIGIN, decision).content) == before
        led = at(ORIGIN, decision, "text/html")
        assert (led.status_code, led["Location"]) == (301, decision.replace(ORIGIN, NEW))


def test_it_is_not_told_again(decision, town):  # noqa: F811
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        tasks.sweep()
        dispatch.deliver_due()
    said = [message for message in posts(town) if "decision" in json.dumps(message["object"])]
    assert said == []
    assert Announced.objects.get(uri__contains="/decisions/").uri == decision.replace(ORIGIN, NEW)


def test_back_at_the_first_address_it_answers_there_again(decision, town):  # noqa: F811
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        moves.move(ORIGIN, now=now())
    started_anew()
    assert json.loads(at(ORIGIN, decision).content)["id"] == decision
