"""The pages of proxies: the list of a circle, giving one's own, withdrawing it, giving one back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from governance.models import Proxy
from network.clock import day_of, now
from tests import factories
from tests.frontend.reading import faults, page_of, plain
from tests.frontend.room_cast import Room, fresh_key, make_room
from tests.governance.conftest import make_cast
from tests.governance.polling import allow_votes, to_vote, vote


@pytest.fixture
def room(db) -> Room:
    made = make_room()
    allow_votes(made.cast)
    return made


def read(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    page = page_of(answer)
    assert faults(page) == []
    return page


def at(name, room, *more):
    return reverse(name, args=[room.cast.circle.pk, *more])


def give(room, giver, holder, **more):
    data = {"key": fresh_key(), "holder": getattr(holder, "pk", holder), "ends_on": "", **more}
    return giver.client.post(at("circle_proxies", room), data, follow=True)


def said(answer):
    return page_of(answer).words


def test_the_circle_leads_to_its_proxies_and_one_is_given_once(room):
    links = [a.attributes.get("href") for a in read(room.alix.client, at("circle", room)).all("a")]
    assert at("circle_proxies", room) in links
    page = read(room.alix.client, at("circle_proxies", room))
    for words in ("Donner mon pouvoir", "Bachir", "Camille", "2 autres au plus", "12 mois au plus"):
        assert words in page.words
    assert "Il ne vaut jamais pour un consentement" in page.words
    key = fresh_key()
    for _ in range(2):
        answer = give(room, room.alix, room.cast.bachir, key=key)
        assert "Votre pouvoir est donné." in said(answer)
        assert faults(page_of(answer)) == []
    assert "Bachir peut voter pour vous jusqu’au" in said(answer)
    assert Proxy.objects.count() == 1
    assert "pouvoir donné : Bachir · par Alix" in read(room.camille.client, at("circle", room)).words


def test_the_holder_is_told_and_gives_it_back(room):
    give(room, room.alix, room.cast.bachir)
    number = Proxy.objects.get().pk
    waiting = read(room.bachir.client, reverse("waiting"))
    assert "Un pouvoir reçu" in waiting.words
    assert at("circle_proxy", room, number) in [a.attributes.get("href") for a in waiting.all("a")]
    page = read(room.bachir.client, at("circle_proxies", room))
    assert "Rendre son pouvoir à Alix" in page.words
    assert "un pouvoir ne se transmet pas" in page.words
    one = read(room.bachir.client, at("circle_proxy", room, number))
    assert "Rendre ce pouvoir" in one.words
    done = room.bachir.client.post(at("circle_proxy", room, number), follow=True)
    assert "Ce pouvoir a pris fin." in said(done)
    assert "Vous ne tenez le pouvoir de personne ici." in said(done)
    assert "pouvoir rendu : Alix · par Bachir" in read(room.camille.client, at("circle", room)).words


def test_the_giver_withdraws_it_and_nobody_else_sees_its_page(room):
    give(room, room.alix, room.cast.bachir)
    address = at("circle_proxy", room, Proxy.objects.get().pk)
    assert "Retirer mon pouvoir" in read(room.alix.client, address).words
    for desk in (room.camille, room.dominique):
        assert desk.client.get(address).status_code == 404
        assert desk.client.post(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert "Bachir peut voter pour Alix, du" in read(room.dominique.client, at("circle_proxies", room)).words
    room.alix.client.post(address)
    assert room.alix.client.get(address).status_code == 404
    assert Proxy.objects.get().ended_at is not None


def test_a_refusal_is_a_sentence_and_what_was_typed_stays(room):
    days = (day_of(now()) + timedelta(days=900)).isoformat()
    answer = give(room, room.alix, room.cast.bachir, ends_on=days)
    assert answer.status_code == 400
    assert "La charte borne la durée d’un pouvoir" in said(answer)
    assert days in answer.content.decode()
    assert faults(page_of(answer)) == []
    answer = give(room, room.alix, room.cast.alix)
    assert (answer.status_code, "On ne se donne pas pouvoir à soi-même" in said(answer)) == (400, True)
    give(room, room.alix, room.cast.bachir)
    for giver, holder, words in (
        (room.alix, room.cast.camille, "Vous avez déjà donné votre pouvoir"),
        (room.bachir, room.cast.alix, "Cette personne vous a donné son pouvoir"),
        (room.dominique, room.cast.alix, "Il faut être membre de ce cercle."),
    ):
        answer = give(room, giver, holder)
        assert answer.status_code == 400
        assert words in said(answer)
        assert faults(page_of(answer)) == []
    assert give(room, room.camille, "x").status_code == 400
    assert Proxy.objects.count() == 1


def test_without_a_charter_that_allows_it_the_page_says_so(db):
    room = make_room()
    page = read(room.alix.client, at("circle_proxies", room))
    assert "La charte n’admet de pouvoir dans aucun vote" in page.words
    assert "Donner mon pouvoir" not in page.words


def test_withdrawing_in_a_vote_tells_what_stands(db):
    cast = make_cast()
    factories.node()
    allow_votes(cast)
    client = Client()
    client.force_login(cast.alix.account)
    address = reverse("circle_proxies", args=[cast.circle.pk])
    client.post(address, {"key": fresh_key(), "holder": cast.bachir.pk, "ends_on": ""})
    poll = to_vote(cast)
    vote(poll, cast.bachir, of=cast.alix)
    done = client.post(reverse("circle_proxy", args=[cast.circle.pk, Proxy.objects.get().pk]), follow=True)
    assert "Dans le vote « Se réunir au local », le bulletin était déjà déposé par pouvoir" in plain(said(done))


def test_the_pages_read_in_english(room):
    give(room, room.alix, room.cast.bachir)
    page = page_of(room.alix.client.get(at("circle_proxies", room), headers={"accept-language": "en"}))
    assert "Bachir may vote for you until" in page.words
    assert "Withdraw my proxy" in page.words
    assert "One person represents 2 others at most." in page.words
