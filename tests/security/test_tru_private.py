"""TRU-10: a private attestation is derivable from no page and no answer: everything reads as if there were none."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from network.actions.trust import vouch, withdraw_vouch
from network.queries.tending import kind_of_skill
from tests import factories
from tests.network.web_cast import cloth

pytestmark = pytest.mark.django_db
PASSING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


@pytest.fixture
def cast(clock, monkeypatch):
    monkeypatch.setattr("governance.middleware.BEAT_SECONDS", 86_400)  # a heartbeat now and then is a query more
    factories.node()
    made = cloth()
    made.gwen.skills.set([factories.skill("nextcloud")])
    for name in ("alix", "bachir", "gwen"):
        client = Client()
        client.force_login(factories.account(getattr(made, name)))
        setattr(made, f"as_{name}", client)
    return made


def addresses(cast):
    """Every page and answer about trust, and about the people concerned."""
    people = (cast.alix, cast.gwen, cast.hugo)
    yield from (reverse(name, args=[p.pk]) for name in ("member", "trust", "vouch") for p in people)
    yield from (reverse(name) for name in ("my_web", "anchors", "home", "search", "account"))
    yield reverse("collective", args=[cast.home.slug])
    for p in people:
        yield from (f"/api/v1/members/{p.pk}", f"/api/v1/members/{p.pk}/trust")
    yield from ("/api/v1/offers", "/api/v1/node")
    yield from (reverse(name, args=[10**6]) for name in ("vouch_renew", "vouch_end"))


def everything(cast, clients):
    """What each of `clients` is answered everywhere, and by which queries: asked twice, so that nothing is cold."""
    said, queries = {}, {}
    for number, client in enumerate(clients):
        for address in addresses(cast):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(address)
            said[number, address] = answer.status_code, PASSING.sub("", answer.content.decode())
            queries[number, address] = [query["sql"][:200] for query in asked.captured_queries]
    return said, queries


def differing(before, after):
    return [(key, before[key], after[key]) for key in before if before[key] != after[key]]


def lengths(queries):
    return {key: len(asked) for key, asked in queries.items()}


def test_others_are_answered_as_if_there_were_none(cast):
    others = [Client(), cast.as_bachir, cast.as_gwen]
    before, asked = everything(cast, others)
    given = [
        vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=3, kind="prestation", public=False, statement="secret"),
        vouch(actor=cast.alix, subject_id=cast.hugo.pk, level=3, kind="prestation", public=False),
        vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=2, kind=kind_of_skill("nextcloud"), public=False),
    ]
    after, asked_after = everything(cast, others)
    assert differing(before, after) == []
    assert differing(lengths(asked), lengths(asked_after)) == [], differing(asked, asked_after)
    for row in given:
        withdraw_vouch(actor=cast.alix, vouch_id=row.pk)
    assert differing(before, everything(cast, others)[0]) == []


def test_the_issuer_sees_it_so_the_comparison_can_fail(cast):
    before, _ = everything(cast, [cast.as_alix])
    vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=3, kind="prestation", public=False, statement="secret")
    after, _ = everything(cast, [cast.as_alix])
    assert before[0, reverse("my_web")] != after[0, reverse("my_web")]
    assert before[0, reverse("trust", args=[cast.gwen.pk])] != after[0, reverse("trust", args=[cast.gwen.pk])]
    collective = reverse("collective", args=[cast.home.slug])
    assert before[0, collective] == after[0, collective]


def test_another_ones_attestation_answers_like_none_at_all(cast):
    row = vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=3, kind="prestation", public=False)
    for client in (cast.as_bachir, cast.as_gwen):
        for name in ("vouch_renew", "vouch_end"):
            real, none = (client.get(reverse(name, args=[pk])) for pk in (row.pk, 10**6))
            assert real.status_code == none.status_code == 404
            assert PASSING.sub("", real.content.decode()).replace(str(row.pk), "N") == PASSING.sub(
                "", none.content.decode()
            ).replace(str(10**6), "N")
