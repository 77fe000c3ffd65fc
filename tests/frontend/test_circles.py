"""The pages of circles and mandates."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from frontend.templatetags import ui
from governance.actions.circles import assign_mandate, begin_mandate, open_circle
from governance.models import Circle, Mandate
from network.clock import day_of, now
from tests.frontend.reading import faults, page_of
from tests.frontend.room_cast import Room, fresh_key, make_room


@pytest.fixture
def room(db) -> Room:
    return make_room()


def read(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    page = page_of(answer)
    assert faults(page) == []
    return page


def at(name, room, *more):
    return reverse(name, args=[room.cast.circle.pk, *more])


def test_page_of_a_circle_tells_everything(room):
    room.cast.proposal.title = "Se réunir au local"
    page = read(room.alix.client, at("circle", room))
    for words in ("Décider ensemble.", "Alix", "Se réunir au local", "Assemblée", "Aucun mandat en cours.", "entrée"):
        assert words in page.words
    assert any(
        a.attributes["href"].startswith(reverse("election_new")) for a in page.all("a") if "href" in a.attributes
    )
    read(room.dominique.client, at("circle", room))
    assert Client().get(at("circle", room)).status_code == 302
    assert room.alix.client.get(reverse("circle", args=[999])).status_code == 404


def test_mandate_is_given_in_own_words_once_and_ended_with_a_reason(room):
    page = read(room.alix.client, at("circle_mandate", room))
    assert "La charte permet jusqu’au" in page.words
    data = {
        "key": fresh_key(), "member": room.cast.bachir.pk, "role": "own", "own": "trésorerie",
        "mission": "Tenir les comptes.", "starts_on": day_of(now()).isoformat(), "ends_on": "",
    }  # fmt: skip
    for _ in range(2):
        answer = room.alix.client.post(at("circle_mandate", room), data, follow=True)
        assert "Tenir les comptes." in answer.content.decode()
    mandate = Mandate.objects.get()
    told = f"du {ui.day(mandate.starts_on)} au {ui.day(mandate.ends_on)}"
    assert told in read(room.alix.client, at("circle", room)).words
    ending = at("mandate_end", room, mandate.pk)
    assert room.alix.client.post(ending, {"reason": ""}).status_code == 400
    assert room.dominique.client.post(ending, {"reason": "Non."}).status_code in {400, 403}
    done = room.bachir.client.post(ending, {"reason": "Je déménage."}, follow=True).content.decode()
    assert "Je déménage." in done
    mandate.refresh_from_db()
    assert mandate.ended_at is not None


def test_refused_mandate_keeps_what_was_typed(room):
    data = {
        "member": room.cast.bachir.pk, "role": "own", "own": "", "mission": "Tenir les comptes.",
        "ends_on": (day_of(now()) + timedelta(days=5000)).isoformat(),
    }  # fmt: skip
    answer = room.alix.client.post(at("circle_mandate", room), data)
    assert answer.status_code == 400
    assert "Tenir les comptes." in answer.content.decode()
    answer = room.alix.client.post(at("circle_mandate", room), {**data, "own": "trésorerie"})
    assert answer.status_code == 400
    assert "La charte borne la durée d’un mandat" in answer.content.decode()
    assert faults(page_of(answer)) == []


def test_elected_mandate_says_so_and_only_its_holder_ends_it(room):
    mandate = begin_mandate(
        circle=room.cast.circle, member=room.cast.bachir, role="secretary", starts_on=day_of(now()), ends_on=None,
        how="election",
    )  # fmt: skip
    page = read(room.alix.client, at("circle", room))
    assert "par élection sans candidat" in page.words
    assert "Finir ce mandat" not in page.words
    assert "Finir ce mandat" in read(room.bachir.client, at("circle", room)).words
    answer = room.alix.client.post(at("mandate_end", room, mandate.pk), {"reason": "Non."})
    assert answer.status_code == 400
    assert "il faut une décision" in answer.content.decode()


def test_double_link_is_shown_on_both_sides(room):
    other = open_circle(actor=room.cast.alix, collective=room.cast.collective, name="Repas", members=[room.cast.alix])
    assign_mandate(
        actor=room.cast.alix, circle_id=room.cast.circle.pk, member=room.cast.bachir, role="representative",
        starts_on=day_of(now()), to_circle_id=other.pk,
    )  # fmt: skip
    assert "Représente le cercle dans Repas" in read(room.alix.client, at("circle", room)).words
    assert "représente ici Cercle général" in read(room.alix.client, reverse("circle", args=[other.pk])).words


def test_leaving_and_closing(room):
    room.dominique.client.post(reverse("circle_new"), {"name": "Repas", "members": [room.cast.dominique.pk]})
    circle = Circle.objects.get(name="Repas")
    address = reverse("circle_leave", args=[circle.pk])
    read(room.dominique.client, address)
    assert "Vous avez quitté ce cercle." in room.dominique.client.post(address, follow=True).content.decode()
    page = read(room.alix.client, reverse("circle", args=[circle.pk]))
    assert "Personne ne siège dans ce cercle." in page.words
    closed = room.alix.client.post(reverse("circle_close", args=[circle.pk]), follow=True).content.decode()
    assert "Le cercle est fermé." in closed
    assert "Repas" not in read(room.alix.client, reverse("circles")).words
    refused = room.alix.client.post(at("circle_close", room))
    assert refused.status_code == 400
    assert "Le premier cercle reste ouvert" in refused.content.decode()
