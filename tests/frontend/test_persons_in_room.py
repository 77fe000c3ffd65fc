"""The room's page in a decision about somebody: what it asks for people without a device, and who may do what."""

import re

import pytest
from django.urls import reverse

from governance.actions.circles import join_circle
from tests import factories
from tests.frontend.room_cast import Desk
from tests.frontend.test_candidacies import browser
from tests.governance.candidacy_cast import OBJECTION, Candidate, Clock
from tests.governance.conftest import make_cast
from tests.governance.test_persons_in_room import accused_on_the_table

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def way(db, monkeypatch):
    factories.node()
    return Candidate(make_cast(), Clock(monkeypatch))


def desk(member, room) -> Desk:
    """Their browser, without script."""
    return Desk(member.handle, browser(member), room.pk)


def at_the_door(cast, acts):
    """Camille's phone is dead: Bachir, who keeps the record, lets her in."""
    acts(cast.bachir, "name_secretary", person=cast.bachir.pk)
    acts(cast.dominique, "check_in")
    acts(cast.camille, "leave")
    acts(cast.bachir, "check_in_person", person=cast.camille.pk)


def fields_of(form: str) -> set[str]:
    return set(re.findall(r'<(?:select|textarea|input)[^>]*? name="(\w+)"', form))


def test_form_for_somebody_without_a_device_asks_for_fact_and_nature_about_a_person(way):
    cast = way.cast
    way.heard().on_the_table()
    at_the_door(cast, way.acts)
    secretary, second = desk(cast.bachir, way.room), desk(cast.dominique, way.room)
    address = reverse("assembly_act_page", args=[way.room.pk, "enter_position"])
    dialog = secretary.client.get(address, **HTMX).content.decode()
    assert fields_of(dialog) >= {"person", "second", "means", "choice", "article", "fact", "nature"}
    typed = {"person": cast.camille.pk, "second": cast.dominique.pk, "means": "paper", **OBJECTION}
    secretary.fill("act-enter_position", **{**typed, "fact": ""})
    assert secretary.status == 400
    assert OBJECTION["consequence"] in secretary.page  # nothing typed is lost
    assert "aria-invalid" in re.search(r'<textarea[^>]*name="fact"[^>]*>', secretary.page)[0]
    secretary.fill("act-enter_position", **typed)
    assert OBJECTION["fact"] in second.look()
    second.press("act-confirm_position-1")
    assert way.session_state().sealed[cast.camille.pk].fact == OBJECTION["fact"]


def test_form_about_a_text_asks_for_neither(db):
    factories.node()
    cast = make_cast()
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    cast.to_call()
    at_the_door(cast, cast.do)
    address = reverse("assembly_act_page", args=[cast.assembly.pk, "enter_position"])
    client = browser(cast.bachir)
    for form in (client.get(address).content.decode(), client.get(address, **HTMX).content.decode()):
        asked = fields_of(form)
        assert asked >= {"person", "second", "choice", "consequence"}
        assert not asked & {"fact", "nature"}


def test_page_says_that_the_person_concerned_is_heard_and_who_leads_instead(way):
    cast = way.cast
    accused_on_the_table(way)
    bachir, camille, dominique = (desk(each, way.room) for each in (cast.bachir, cast.camille, cast.dominique))
    told = bachir.look()
    assert "Cette décision vous concerne. Sur ce point vous êtes entendu·e" in told
    assert "act-ask_to_speak" in bachir.buttons()
    assert not {"act-name_deputy", "act-name_secretary", "act-hand_over", "act-set_timer-2"} & (
        bachir.buttons().keys() | bachir.links().keys()
    )
    told = camille.look()
    assert "la personne que la décision concerne est entendue, et ne tient aucun rôle" in told
    assert "une personne présente se propose, une autre l’appuie" in told
    assert "Cette décision vous concerne" not in told
    camille.press("act-take_over")
    dominique.fill("act-second_facilitator", person=cast.camille.pk)
    assert "Camille anime ce point." in dominique.look()
    camille.look()
    assert "act-name_secretary" in camille.links()
    refused = bachir.client.get(reverse("assembly_act_page", args=[way.room.pk, "name_deputy"]), **HTMX)
    assert refused.status_code == 409
