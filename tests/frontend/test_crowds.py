"""A crowd in one room: what goes to everybody at every act stays small; pages and the API have it whole."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from frontend.live import draw_state, turns
from governance.actions.assemblies import act
from governance.queries.consent_shapes import Person
from governance.queries.room_shapes import AirtimeView, RoundView
from governance.queries.rooms import load, state_for
from governance.queries.shapes import RequestView, RoomState
from network.models import Account, Member
from tests.frontend.room_cast import Room, make_room
from tests.governance.room_storm import setting


@pytest.fixture
def room(db) -> Room:
    return make_room()


def crowd_in_a_round(size: int) -> int:
    """Convene a crowd, bring everybody in and open a round; return the assembly."""
    made = setting.convene(size, items=1)
    people = Member.objects.in_bulk([number for number, _, _ in made["people"]])
    lead = people[made["people"][0][0]]
    for number, _name, _session in made["people"]:  # in this order, whatever order the database reads them in
        act(assembly_id=made["assembly"], actor=people[number], kind="check_in", payload={}, key=uuid4())
    for kind, payload in (("open", {}), ("start_round", {"question": "Qu’en dites-vous ?"})):
        act(assembly_id=made["assembly"], actor=lead, kind=kind, payload=payload, key=uuid4())
    return made["assembly"]


def drawn(state: RoomState) -> str:
    return draw_state(state, "fr")


def test_a_round_of_a_crowd_names_the_next_ones_and_how_many_more(db):
    """A page lists the round whole, in its order, and so does the API."""
    pk = crowd_in_a_round(40)
    text = drawn(state_for(load(pk), "member"))
    assert text.count("<li>Personne ") == 30, "the second to the thirty-first: the first speaks"
    assert "<li>Personne 31</li></ol>" in text
    assert "et 9 autres personnes" in text
    everybody = reverse("assembly_people", args=[pk])
    assert everybody in text
    client = Client()
    client.force_login(Account.objects.get(username="p40"))
    page = client.get(everybody).content.decode()
    assert "Tour de parole" in page
    assert re.findall(r"<li>(Personne \d+)</li>", page.partition("</ol>")[0]) == [f"Personne {n}" for n in range(2, 41)]
    told = client.get(reverse("api_assembly", args=[pk])).json()
    assert len(told["state"]["round"]["to_come"]) == 39


def test_what_everybody_gets_does_not_grow_with_the_crowd(room):
    """A round, the queue, those who spoke, the door and those who observe: of a thousand people as of a hundred."""
    room.enter()
    state = state_for(load(room.alix.pk), "member")

    def size(count: int) -> int:
        people = tuple(Person(n, f"Personne {n:04}") for n in range(1, count + 1))
        half = tuple((each, "spoke") for each in people[: count // 2])
        held = RoundView("Qu’en dites-vous ?", people[count // 2 :], half, people)
        waits = tuple(RequestView(each, "speak", each.id, state.at) for each in people)
        spoke = tuple(AirtimeView(each, 60, 1) for each in people)
        full = {"round": held, "queue": waits, "airtime": spoke, "door": people, "observers": people}
        return len(drawn(replace(state, **full)).encode())

    assert size(1000) - size(200) < 100, "a digit more here and there"


def test_a_cut_round_says_the_places_of_the_whole_one(db):
    """Of those who had their turn the last are named, and each place is counted from the first."""
    people = tuple(Person(n, f"Personne {n}") for n in range(1, 101))
    held = RoundView("Qu’en dites-vous ?", people[70:90], tuple((each, "spoke") for each in people[:70]), people[90:])
    shown = turns(held)
    assert (shown["start"], shown["early"]) == (41, "40 personnes ont déjà eu leur tour.")
    assert (len(shown["done"]), len(shown["coming"]), shown["more"]) == (30, 20, "")
    whole = turns(held, None)
    assert (whole["start"], whole["early"], len(whole["done"]), whole["more"]) == (1, "", 70, "")
    assert turns(None) is None
