"""Decisions about somebody, in a room: people without a device, and the person whom the decision is about."""

import json
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from governance.actions.candidacy_decisions import propose_suspension
from governance.actions.candidacy_due import tend_candidacies
from governance.errors import DomainError, NotEntitled
from governance.live_room import LiveRoom, Socket, draw
from governance.models import Candidacy, PersonObjection
from governance.queries.parts import parts_of
from governance.queries.rooms import load, room_view, seen_as
from governance.queries.sockets import Entrance
from tests import factories
from tests.governance.candidacy_cast import OBJECTION, Candidate, Clock


@pytest.fixture
def way(cast, monkeypatch):
    return Candidate(cast, Clock(monkeypatch))


def without_device(way):
    """Camille came to the call with a phone, which is dead now; Bachir keeps the record, Dominique confirms."""
    cast = way.cast
    way.heard().on_the_table()
    way.acts(cast.bachir, "name_secretary", person=cast.bachir.pk)
    way.acts(cast.dominique, "check_in")
    way.acts(cast.camille, "leave")
    way.acts(cast.bachir, "check_in_person", person=cast.camille.pk)
    return way


def written_down(way, **position):
    cast = way.cast
    given = {"person": cast.camille.pk, "second": cast.dominique.pk, "means": "paper", "version": 1, "call": 1}
    return way.acts(cast.bachir, "enter_position", **given, **position)


def test_somebody_without_a_device_objects_to_a_person(way):
    without_device(way)
    written_down(way, **OBJECTION)
    way.acts(way.cast.dominique, "confirm_position", entry=1)
    sealed = way.session_state().sealed[way.cast.camille.pk]
    assert (sealed.choice, sealed.fact, sealed.means) == ("objection", OBJECTION["fact"], "paper")
    noted = PersonObjection.objects.get(author=way.cast.camille)
    assert (noted.article, noted.fact, noted.nature) == ("partage", OBJECTION["fact"], "values")


@pytest.mark.parametrize(("changes", "code"), [({"fact": ""}, "field_missing"), ({"nature": "price"}, "ground_void")])
def test_an_objection_entered_for_somebody_meets_what_their_own_would(way, changes, code):
    without_device(way)
    with pytest.raises(DomainError, match=code):
        written_down(way, **{**OBJECTION, **changes})
    assert not room_view(way.room.pk, viewer=way.cast.bachir).mine.entries


def test_who_confirms_sees_the_whole_of_what_they_confirm(way):
    without_device(way)
    written_down(way, **OBJECTION)
    for member in (way.cast.bachir, way.cast.dominique):
        (entry,) = room_view(way.room.pk, viewer=member).mine.entries
        assert (entry.article, entry.fact, entry.nature) == ("partage", OBJECTION["fact"], "values")
    assert not room_view(way.room.pk, viewer=way.cast.alix).mine.entries


# --- the person concerned ----------------------------------------------------------------------------------


def accused_on_the_table(way):
    """Camille proposes to exclude Bachir, who convenes and facilitates; the decision Alix carries is on the table."""
    cast = way.cast
    tend_candidacies()
    way.pk = Candidacy.objects.get(person=cast.bachir).pk
    way.do(cast.camille, "propose_exclusion", article="partage", fact="Le 3 mars.", nature="values")
    way.do(cast.alix, "hear", assembly=way.meet("Première rencontre").pk, present="yes")
    way.do(cast.alix, "open_decision")
    way.time.days(8)
    way.meet("Seconde rencontre", [("", way.state.proposal), ("Divers", None)])
    way.acts(cast.dominique, "check_in")
    way.acts(cast.bachir, "go_to_item", item=1)
    return way


def test_the_accused_does_not_facilitate_their_own_exclusion(way):
    cast = way.cast
    accused_on_the_table(way)
    assert way.session_state().facilitator is None
    way.acts(cast.alix, "submit", version=1)
    for member in (cast.alix, cast.camille, cast.dominique):
        way.acts(member, "answer_driver", version=1, answer="clear")
    with pytest.raises(NotEntitled, match="person_concerned"):
        way.acts(cast.bachir, "accept_driver", version=1)
    way.acts(cast.camille, "take_over")
    way.acts(cast.dominique, "second_facilitator", person=cast.camille.pk)
    assert way.session_state().facilitator == cast.camille.pk
    way.acts(cast.camille, "accept_driver", version=1)
    way.acts(cast.camille, "start", version=1)
    assert way.session_state().stage == "clarify"


def test_the_accused_is_offered_to_be_heard_and_nothing_else(way):
    cast = way.cast
    accused_on_the_table(way)
    view = room_view(way.room.pk, viewer=cast.bachir)
    assert (view.mine.role, view.mine.concerned, view.mine.entitled) == ("member", True, False)
    offered = {act.kind for act in view.mine.acts if act.allowed}
    assert offered <= {"ask_to_speak", "leave", "note_incident", "signal", "go_to_item", "close"}
    assert "ask_to_speak" in offered
    others = room_view(way.room.pk, viewer=cast.camille)
    assert "take_over" in {act.kind for act in others.mine.acts if act.allowed}
    assert others.state.set_aside == ("facilitator",)
    way.acts(cast.bachir, "go_to_item", item=2)
    assert way.acts(cast.bachir, "give_floor", person=cast.camille.pk)


def voiced(way):
    """The decision on Bachir came to its reveal: Camille objects, Dominique has a reserve, and it is examined."""
    cast = way.cast
    accused_on_the_table(way)
    others = (cast.alix, cast.camille, cast.dominique)
    way.acts(cast.camille, "take_over")
    way.acts(cast.dominique, "second_facilitator", person=cast.camille.pk)
    way.acts(cast.alix, "submit", version=1)
    for member in others:
        way.acts(member, "answer_driver", version=1, answer="clear")
    way.acts(cast.camille, "accept_driver", version=1)
    way.acts(cast.camille, "start", version=1)
    for member in others:
        way.acts(member, "pass_turn", round=1)
    way.acts(cast.camille, "close_round", round=1)
    for member in others:
        way.acts(member, "take_turn", round=2, text="Cela me va.")
    way.acts(cast.camille, "close_round", round=2)
    way.acts(cast.alix, "keep", version=1)
    way.answer(cast.alix)
    way.answer(cast.dominique, choice="concern", text="Pas si vite.")
    way.answer(cast.camille, **OBJECTION)
    way.acts(cast.camille, "reveal", version=1, call=1)
    way.acts(cast.dominique, "judge", objection=1, agree="no", reason="Ils le sont.")


def socket_of(way, member):
    """A seat in the room of which only the drawing is looked at."""

    async def nothing(_):
        raise AssertionError

    return Socket(way.room.pk, "member", "fr", member, Entrance("", 0, member.pk), nothing, nothing)


def test_the_accused_reads_counts_and_arguments_and_not_whose_they_are(way):
    cast = way.cast
    voiced(way)
    browser = Client()
    browser.force_login(cast.bachir.account)
    document = browser.get(f"/api/v1/assemblies/{way.room.pk}").json()["state"]["consent"]
    shown = room_view(way.room.pk, viewer=cast.bachir).state.consent
    assert (shown.calls[0].counts, shown.objections[0].text) == (
        {"consent": 1, "concern": 1, "objection": 1}, OBJECTION["text"],
    )  # fmt: skip
    assert document["calls"][0]["counts"] == shown.calls[0].counts
    said = json.dumps([document[name] for name in ("calls", "objections", "turns", "driver_answers", "answered")])
    assert not [each.name for each in (cast.alix, cast.camille, cast.dominique) if each.name in said]
    part = parts_of(load(way.room.pk), {cast.bachir: "member"})[cast.bachir.pk].view.state.consent
    assert part == shown
    bachir, dominique = (socket_of(way, each) for each in (cast.bachir, cast.dominique))
    live = LiveRoom()
    live.keep(*draw(way.room.pk, None, (bachir, dominique)))
    assert "Les retours ne sont pas" in live.text_for(bachir)
    assert ("Pas si vite" in live.text_for(bachir), "Pas si vite" in live.text_for(dominique)) == (False, True)
    way.acts(cast.camille, "go_to_item", item=2)
    assert seen_as(load(way.room.pk).room, cast.bachir.pk, "member") == "member"


def test_the_accused_reads_no_name_on_the_page_either(way):
    factories.node()
    voiced(way)
    browser = Client()
    browser.force_login(way.cast.bachir.account)
    page = unescape(browser.get(reverse("assembly", args=[way.room.pk])).content.decode())
    matter = page.partition('<div id="matter"')[2].partition('id="passing"')[0].partition("<h2>Le texte</h2>")[0]
    assert "les noms ne vous sont pas montrés" in matter
    assert OBJECTION["text"] in matter
    assert not [each.name for each in (way.cast.camille, way.cast.dominique) if each.name in matter]


def test_the_accused_neither_records_nor_confirms_what_others_say(way):
    cast = way.cast
    accused_on_the_table(way)
    way.acts(cast.camille, "take_over")
    way.acts(cast.dominique, "second_facilitator", person=cast.camille.pk)
    with pytest.raises(NotEntitled, match="about_that_person"):
        way.acts(cast.camille, "name_secretary", person=cast.bachir.pk)
    way.acts(cast.camille, "name_secretary", person=cast.camille.pk)
    shown = room_view(way.room.pk, viewer=cast.camille).mine
    named = {value for value, _ in next(f for f in shown.act("name_deputy").fields if f.name == "person").choices}
    assert cast.bachir.pk not in named
    given = {"person": cast.dominique.pk, "means": "paper", "version": 1, "call": 1, "choice": "consent"}
    with pytest.raises(NotEntitled, match="about_that_person"):
        way.acts(cast.camille, "enter_position", second=cast.bachir.pk, **given)


def test_a_suspension_is_not_led_by_whom_it_is_about(way):
    cast = way.cast
    tend_candidacies()
    way.pk = Candidacy.objects.get(person=cast.bachir).pk
    way.do(cast.camille, "propose_exclusion", article="partage", fact="Le 3 mars.", nature="values")
    proposal = propose_suspension(actor=cast.alix, candidacy_id=way.pk)
    way.meet("Rencontre", [("", proposal.pk)])
    way.acts(cast.bachir, "go_to_item", item=1)
    assert room_view(way.room.pk, viewer=cast.alix).state.item_facilitator is None
    with pytest.raises(NotEntitled, match="person_concerned"):
        way.acts(cast.bachir, "name_secretary", person=cast.bachir.pk)
