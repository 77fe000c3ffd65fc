"""Whoever has left and was forgotten stands in pages, rooms and answers under the agreed words, never as nothing."""

import pytest
from django.test import Client
from django.utils.translation import override

from frontend.live import named
from governance.queries.circles import circle_page
from governance.queries.consent import proposal_view
from governance.queries.consent_shapes import Person, somebody
from governance.queries.rooms import room_view
from network.actions.leaving import mark_member_gone
from tests import factories

pytestmark = pytest.mark.django_db
GONE = "une personne partie"
API = "/api/v1/assemblies"


def browser(member):
    factories.node()
    client = Client(headers={"accept-language": "fr"})
    client.login(username=member.handle, password="motdepasse-1")  # noqa: S106
    return client


@pytest.fixture
def left(cast):
    """The three decided; then Bachir, who had led, left."""
    cast.to_adopted()
    mark_member_gone(uri=cast.bachir.uri)
    return cast


def nameless(document):
    """Yield the people of a JSON document who have no name."""
    if isinstance(document, dict):
        if set(document) == {"id", "name"} and document["id"] and not document["name"]:
            yield document["id"]
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from nameless(part)


def test_a_room_names_who_left(left):
    state = room_view(left.assembly.pk, viewer=left.alix).state
    assert str(state.facilitator.name) == GONE
    assert sorted(str(each.name) for each in state.present) == ["Alix", "Camille", GONE]
    with override("en"):
        assert str(state.facilitator.name) == "somebody who has left"


def test_a_decision_names_who_took_part(left):
    consent = proposal_view(left.proposal.pk, viewer=left.alix).consent
    (call,) = consent.calls
    assert sorted(str(each.person.name) for each in call.positions) == ["Alix", "Camille", GONE]


def test_pages_and_answers_name_them(left):
    client, room = browser(left.alix), f"/assemblees/{left.assembly.pk}"
    for address in (
        room,
        f"{room}/personnes",
        f"/propositions/{left.proposal.pk}",
        f"/cercles/{left.circle.pk}",
    ):
        assert GONE in client.get(address).content.decode(), address
    answer = client.get(f"{API}/{left.assembly.pk}").json()
    assert GONE in str(answer)
    assert list(nameless(answer)) == []


def test_a_journal_of_a_circle_names_them(left):
    people = [line.person for line in circle_page(left.circle.pk, viewer=left.alix).journal if line.person]
    assert {str(each.name) for each in people} == {"Alix", "Camille", GONE}


def test_several_in_a_row_are_written_out():
    assert named([somebody(1, "Anne"), somebody(2, "")]) == f"Anne, {GONE}"


def test_nobody_and_what_was_not_looked_up_stay_empty():
    assert (somebody(3, None), somebody(4, "Zoé")) == (Person(3, ""), Person(4, "Zoé"))
