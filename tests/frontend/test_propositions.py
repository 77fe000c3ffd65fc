"""Propositions, circles, charter: lists, forms that keep what was typed, who may."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import Circle, CircleMember, Mandate, Proposal
from network.clock import now
from tests.frontend.room_cast import OBJECTION, Room, make_room


@pytest.fixture
def room(db) -> Room:
    return make_room()


FORM = {
    "title": "Un atelier par mois",
    "driver": "Nous manquons de moments communs.",
    "text": "Nous tenons **un atelier** par mois.\n\n<script>alert(1)</script>",
    "review_on": "2027-09-01",
    "criteria": "Huit ateliers tenus.",
    "decision_class": "ordinary",
}


def written(room, **more) -> tuple[Proposal, str]:
    data = {**FORM, "circle": room.cast.circle.pk, "responsible": room.cast.alix.pk, **more}
    answer = room.alix.client.post(reverse("proposition_new"), data, follow=True)
    return Proposal.objects.order_by("-pk").first(), answer.content.decode()


def test_write_a_proposal_and_read_it(room):
    proposal, page = written(room)
    assert proposal.title == FORM["title"]
    assert "<strong>un atelier</strong>" in page
    assert "<script>alert" not in page
    assert "1ᵉʳ septembre 2027" in page or "1 septembre 2027" in page
    assert "Mettre à l’ordre du jour" in page


def test_only_a_title_is_needed_and_the_page_says_what_is_missing(room):
    proposal, page = written(room, driver="", text="", review_on="", responsible="", criteria="")
    assert proposal.text == ""
    for missing in ("le motif", "le texte", "la date de révision", "la personne responsable"):
        assert missing in page


def test_without_title_nothing_is_kept_but_what_was_typed(room):
    before = Proposal.objects.count()
    _, page = written(room, title="")
    assert Proposal.objects.count() == before
    assert "Huit ateliers tenus." in page
    assert 'role="alert"' in page


def test_carrier_edits_others_do_not(room):
    address = reverse("proposition_edit", args=[room.cast.proposal.pk])
    page = room.alix.client.get(address).content.decode()
    assert "Nos réunions en ligne" in page
    answer = room.alix.client.post(address, {**FORM, "responsible": room.cast.camille.pk}, follow=True)
    assert "Un atelier par mois" in answer.content.decode()
    assert room.bachir.client.get(address).status_code == 403
    assert room.bachir.client.post(address, FORM).status_code == 403


def test_draft_is_closed_to_editing_once_the_decision_is_open(room):
    room.enter()
    assert room.alix.client.get(reverse("proposition_edit", args=[room.cast.proposal.pk])).status_code == 403


def test_list_puts_first_what_waits_for_me(room):
    room.to_call()
    page = room.camille.client.get(reverse("propositions")).content.decode()
    assert "Pour moi" in page
    assert "Votre position est attendue" in page
    room.camille.press("act-position-consent")
    page = room.camille.client.get(reverse("propositions")).content.decode()
    assert "Votre position est attendue" not in page
    assert "En assemblée" in page


def test_list_is_empty_in_words(room):
    Proposal.objects.exclude(pk=room.cast.proposal.pk).delete()
    room.cast.proposal.agenda_items.all().delete()
    room.cast.proposal.delete()
    assert "Rien à décider." in room.alix.client.get(reverse("propositions")).content.decode()


def test_versions_show_what_changed(room):
    room.to_call()
    cast = room.cast
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    for member in (cast.alix, cast.bachir):
        cast.do(member, "judge", objection=1, agree="yes")
    cast.do(cast.bachir, "close_test", objection=1)
    room.alix.fill("act-offer_amendment", text="Nous nous réunissons au local chaque premier jeudi du mois.")
    cast.do(cast.camille, "confirm_resolved", objection=1)
    cast.do(cast.bachir, "accept_amendment", version=1, objection=1)
    page = room.dominique.client.get(reverse("proposition", args=[cast.proposal.pk])).content.decode()
    assert "<del>" in page
    assert "<ins>" in page
    assert "ajouté" in page
    assert "levée" in page
    assert OBJECTION["text"] in page


def test_strangers_see_no_proposal(room):
    client = Client()
    client.login(username="fanny", password="motdepasse-1")
    assert client.get(reverse("proposition", args=[room.cast.proposal.pk])).status_code == 404
    assert Client().get(reverse("propositions")).status_code == 302


def test_charter_is_public(room):
    assert "sha256:" in Client().get(reverse("charter")).content.decode()
    assert "consent.test_minutes" in Client().get(reverse("charter_figures", args=[1])).content.decode()


def test_circle_opened_by_a_member(room):
    client = room.dominique.client
    data = {"name": "Cercle Accueil", "purpose": "Recevoir.", "members": [room.cast.alix.pk]}
    page = client.post(reverse("circle_new"), data, follow=True).content.decode()
    assert "Cercle Accueil" in page
    circle = Circle.objects.get(name="Cercle Accueil")
    assert set(CircleMember.objects.filter(circle=circle).values_list("member__name", flat=True)) == {
        "Alix",
        "Dominique",
    }
    again = client.post(reverse("circle_new"), data)
    assert again.status_code == 400
    assert "Ce nom est déjà pris." in again.content.decode()


def test_only_the_circle_seats_members_and_gives_mandates(room):
    circle, cast = room.cast.circle, room.cast
    seat, mandate = (reverse(name, args=[circle.pk]) for name in ("circle_member", "circle_mandate"))
    assert room.dominique.client.post(seat, {"member": cast.dominique.pk}).status_code == 403
    page = room.alix.client.post(seat, {"member": cast.dominique.pk}, follow=True).content.decode()
    assert "Dominique" in page
    given = {"member": cast.camille.pk, "role": "facilitator", "ends_on": f"{now().year + 1}-12-31"}
    page = room.alix.client.post(mandate, given, follow=True).content.decode()
    assert "animation" in page
    assert Mandate.objects.get().member == cast.camille


def test_strangers_open_no_circle(room):
    client = Client()
    client.login(username="fanny", password="motdepasse-1")
    assert client.post(reverse("circle_new"), {"name": "Faux cercle"}).status_code == 403
    assert not Circle.objects.filter(name="Faux cercle").exists()
