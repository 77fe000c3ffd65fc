"""Writing to a member without an account: the form, what there is instead, the private link; nothing typed is lost."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from network.models import ContactMessage, Conversation
from tests import factories
from tests.frontend.reading import faults, page_of
from tests.network.contact_cast import agreed, answers, done, proposes, says, write

pytestmark = pytest.mark.usefixtures("clock")

FORM = {"name": "Fanny", "reach": "fanny@mail.example", "message": "Bonjour, trois postes."}
FORMS, THREADS = 120, 250  # elements


@pytest.fixture
def install(town):
    return factories.offer(town.alix, price="hourly", amount_cents=5500)


def seen(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    page = page_of(answer)
    assert faults(page) == []
    return page


def stamp_of(page):
    return page.with_id("id_stamp").attributes["value"]


def draw(client, address, clock, seconds=20):
    """Open the form, and read it for a while; return its stamp."""
    stamp = stamp_of(seen(client, address))
    clock.advance(seconds=seconds)
    return stamp


def send(client, address, clock, **change):
    return client.post(address, {"stamp": draw(client, address, clock)} | FORM | change)


def to(name, row):
    return reverse(name, args=[row.pk])


def at(token):
    return reverse("private_thread", args=[token])


def links(page):
    return [a.attributes.get("href") for a in page.all("a")]


# --- the form -------------------------------------------------------------------------------------------------


def test_from_the_member_to_the_private_link(town, clock):
    address = to("contact", town.alix)
    assert address in links(seen(town.visitor, to("member", town.alix)))
    answer = send(town.visitor, address, clock)
    row = Conversation.objects.get()
    assert (answer.status_code, row.provider, row.name, row.language) == (302, town.alix, "Fanny", "fr")
    thread = seen(town.visitor, answer["Location"])
    for said in ("Votre message est arrivé", "trois postes", "Alix", "en discussion", "n’envoie pas d’e-mail"):
        assert said in thread.words
    assert thread.with_id("lien").attributes["value"] == f"http://localhost:8000{answer['Location']}"
    assert len(thread.elements) <= THREADS


def test_from_the_offer_with_its_hours(town, clock, install):
    address = to("offer_contact", install)
    assert address in links(seen(town.visitor, to("offer", install)))
    form = seen(town.visitor, address)
    assert form.with_id("id_quantity") is not None
    assert "55 € de l’heure" in form.words
    assert len(form.elements) <= FORMS
    thread = seen(town.visitor, send(town.visitor, address, clock, quantity="1,5")["Location"])
    assert "1,5 heure · 82,50 €" in thread.words


@pytest.mark.parametrize(
    ("price", "fields"),
    [
        ("hourly", {"quantity"}),
        ("barter", {"quantity"}),
        ("fixed", set()),
        ("gift", set()),
        ("prix_libre", {"amount_cents"}),
    ],
)
def test_the_form_asks_only_what_the_price_needs(town, clock, price, fields):
    row = factories.offer(town.alix, price=price, amount_cents=100 if price in {"hourly", "fixed"} else None)
    page = seen(town.visitor, to("offer_contact", row))
    assert {name for name in ("quantity", "amount_cents") if page.with_id(f"id_{name}")} == fields
    assert send(town.visitor, to("offer_contact", row), clock).status_code == 302


def test_a_member_asks_in_their_own_name_of_an_offer(town, install):
    bachir = Client()
    bachir.force_login(factories.account(town.bachir))
    assert bachir.get(to("offer_contact", install))["Location"] == to("quote_ask", install)
    assert seen(bachir, to("contact", town.alix)).with_id("id_name").attributes["value"] == "Bachir"
    assert to("quote_ask", install) in links(seen(bachir, to("offer", install)))


def test_one_does_not_write_to_oneself(town):
    assert to("contact", town.alix) not in links(seen(town.client, to("member", town.alix)))
    assert town.client.get(to("contact", town.alix)).status_code == 403


def test_the_form_is_kept_by_no_cache(town, install):
    for address in (to("contact", town.alix), to("offer_contact", install)):
        assert "no-store" in town.visitor.get(address)["Cache-Control"]


# --- what is refused keeps what was typed ------------------------------------------------------------------------


def kept(answer, status, said):
    """The page of a refusal: what is said, and everything that was typed; returns its stamp."""
    page = page_of(answer)
    assert faults(page) == []
    assert answer.status_code == status
    assert said in page.words
    assert page.with_id("id_name").attributes["value"] == "Fanny"
    assert page.with_id("id_message").text.strip() == FORM["message"]
    assert not Conversation.objects.exists()
    return stamp_of(page)


def test_sent_too_fast_it_is_asked_for_again_and_goes(town, clock):
    address = to("contact", town.alix)
    stamp = draw(town.visitor, address, clock, seconds=1)
    again = kept(town.visitor.post(address, {**FORM, "stamp": stamp}), 400, "C’était très rapide")
    assert again == stamp
    clock.advance(seconds=4)
    assert town.visitor.post(address, {**FORM, "stamp": again}).status_code == 302


@pytest.mark.parametrize(
    ("stamp", "said"),
    [("", "pas complet"), ("forged", "pas complet"), ("other", "pas complet"), ("old", "depuis longtemps")],
)
def test_a_stamp_that_does_not_hold_is_replaced(town, clock, stamp, said):
    address = to("contact", town.alix)
    if stamp == "other":
        stamp = draw(town.visitor, to("contact", town.bachir), clock)
    elif stamp == "old":
        stamp = draw(town.visitor, address, clock, seconds=13 * 3600)
    fresh = kept(town.visitor.post(address, {**FORM, "stamp": stamp}), 400, said)
    clock.advance(seconds=10)
    assert town.visitor.post(address, {**FORM, "stamp": fresh}).status_code == 302


def test_the_field_for_machines_stays_empty(town, clock):
    address = to("contact", town.alix)
    page = seen(town.visitor, address)
    trap = page.with_id("id_suite")
    assert (trap.attributes["tabindex"], trap.attributes["autocomplete"]) == ("-1", "off")
    kept(send(town.visitor, address, clock, suite="http://spam.example"), 400, "doit rester vide")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reach": "rue des Lilas"}, "Écrivez une adresse e-mail"),
        ({"quantity": "trois"}, "Écrivez un nombre d’heures"),
        ({"quantity": "0"}, "Écrivez un nombre de 0,01"),
    ],
)
def test_a_field_says_how_to_mend_it(town, clock, install, change, said):
    kept(send(town.visitor, to("offer_contact", install), clock, **change), 400, said)


def test_an_empty_form(town, clock):
    answer = send(town.visitor, to("contact", town.alix), clock, name="", message="")
    assert answer.status_code == 400
    assert page_of(answer).words.count("Ce champ est nécessaire") == 4  # in the summary and at the field


def test_pressed_twice_it_goes_once(town, clock):
    address = to("contact", town.alix)
    stamp = draw(town.visitor, address, clock)
    first, second = (town.visitor.post(address, {**FORM, "stamp": stamp}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert ContactMessage.objects.count() == 1
    other = town.visitor.post(address, {**FORM, "stamp": stamp, "message": "Autre chose"})
    assert other.status_code == 409
    assert "déjà parti" in page_of(other).words
    clock.advance(seconds=10)
    fresh = {**FORM, "stamp": stamp_of(page_of(other)), "message": "Autre chose"}
    assert town.visitor.post(address, fresh)["Location"] != first["Location"]


def test_too_many_from_one_address_keep_their_text(town, clock):
    address = to("contact", town.alix)
    for n in range(5):
        assert send(town.visitor, address, clock, message=f"Bonjour {n}").status_code == 302
    answer = send(town.visitor, address, clock)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 3000
    page = page_of(answer)
    assert "Vous pourrez en envoyer un à partir du 21 novembre 2026" in page.words
    assert page.with_id("id_message").text.strip() == FORM["message"]


def test_a_whole_hall_may_write_from_one_address(town, clock, settings):
    settings.HALL_NETWORKS = ["127.0.0.0/8"]
    for n in range(7):
        assert send(town.visitor, to("contact", town.alix), clock, message=f"Bonjour {n}").status_code == 302
    assert set(Conversation.objects.values_list("sender", flat=True)) == {""}


# --- instead ----------------------------------------------------------------------------------------------------


def test_a_member_of_another_node_is_written_to_there(town):
    dominique = factories.member("Dominique", origin="https://tours.example")
    page = seen(town.visitor, to("contact", dominique))
    assert "Dominique est sur tours.example" in page.words
    assert dominique.uri in links(page)
    assert page.with_id("id_message") is None
    row = factories.offer(dominique)
    assert row.uri in links(seen(town.visitor, to("offer_contact", row)))
    assert town.visitor.post(to("contact", dominique), FORM).status_code == 200
    assert not Conversation.objects.exists()


def test_who_takes_nobody_says_so_and_others_do_the_same_nearby(town):
    closed = factories.offer(town.alix, "Installation", skill="nextcloud", opening="closed")
    near = factories.offer(town.elise, "Nextcloud à domicile", skill="nextcloud")
    factories.offer(town.camille, "Fermée aussi", skill="nextcloud", opening="closed")
    page = seen(town.visitor, to("offer_contact", closed))
    assert "ne prend plus de demandes" in page.words
    assert to("offer", near) in links(page)
    assert "Fermée aussi" not in page.words
    assert to("offer_contact", closed) in links(seen(town.visitor, to("offer", closed)))
    town.alix.opening = "closed"
    town.alix.save()
    page = seen(town.visitor, to("contact", town.alix))
    assert "Alix ne prend pas de demande" in page.words
    assert to("offer", near) in links(page)


def test_unknown_people_and_offers(town):
    for address in ("/membres/999999/contacter", "/offres/999999/contacter"):
        assert town.visitor.get(address).status_code == 404


# --- the private link -------------------------------------------------------------------------------------------


def press(client, token, act, **more):
    """Press a button of the thread, with the key that the page holds."""
    page = seen(client, at(token))
    key = re.search(r'name="key" value="([^"]+)"', page.html)[1]
    return client.post(at(token), {"act": act, "key": key, **more})


def test_the_client_answers_accepts_and_finishes(town, clock):
    row, token = write(town.alix)
    answers(town.alix, row, text="<b>Quand ?</b>")
    answer = press(town.visitor, token, "write", text="Mardi.")
    assert (answer.status_code, answer["Location"]) == (302, f"{at(token)}?fait=ecrit")
    assert "Votre message est envoyé." in seen(town.visitor, answer["Location"]).words
    price = proposes(town.alix, row)
    page = seen(town.visitor, at(token))
    assert "90 €" in page.words
    assert "<b>Quand ?</b>" in page.words  # as text
    said = press(town.visitor, token, "accept", proposal=price.pk)
    assert "Vous avez accepté" in seen(town.visitor, said["Location"]).words
    press(town.visitor, token, "finish")
    row.refresh_from_db()
    assert row.state == "done"


def test_a_newer_price_is_read_before_it_is_accepted(town):
    row, token = write(town.alix)
    old = proposes(town.alix, row)
    proposes(town.alix, row)
    answer = press(town.visitor, token, "accept", proposal=old.pk)
    assert answer.status_code == 409
    assert "Relisez-la" in page_of(answer).words
    for odd in ("", "x", "9" * 30, "²"):
        assert press(town.visitor, token, "accept", proposal=odd).status_code == 409


def test_words_that_cannot_be_sent_stay(town):
    row, token = write(town.alix)
    answer = press(town.visitor, token, "write", text=" ")
    assert answer.status_code == 400
    assert "Écrivez quelques mots" in page_of(answer).words
    key = re.search(r'name="key" value="([^"]+)"', seen(town.visitor, at(token)).html)[1]
    answers(town.alix, row, "close", "")
    late = town.visitor.post(at(token), {"act": "write", "key": key, "text": "Ma longue réponse"})
    assert late.status_code == 409
    assert "Ma longue réponse" in page_of(late).words


def test_withdrawing_and_erasing_ask_first(town):
    row, token = write(town.alix)
    sure = press(town.visitor, token, "withdraw")
    assert faults(page_of(sure)) == []
    row.refresh_from_db()
    assert row.state == "open"
    press(town.visitor, token, "withdraw", confirmed="1")
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert "Tout est effacé" in page_of(press(town.visitor, token, "erase")).words
    gone = press(town.visitor, token, "erase", confirmed="1")
    assert "Conversation effacée" in page_of(gone).words
    assert town.visitor.get(at(token)).status_code == 404


def test_a_new_link_replaces_the_old_even_pressed_twice(town):
    _, token = write(town.alix)
    sure = page_of(press(town.visitor, token, "renew"))
    fields = {e.attributes["name"]: e.attributes["value"] for e in sure.all("input") if "value" in e.attributes}
    fields = {"act": "renew", "confirmed": "1", "stamp": fields["stamp"], "key": fields["key"]}
    first = town.visitor.post(at(token), fields)
    second = town.visitor.post(at(token), fields)
    assert first["Location"] == second["Location"]
    assert "nouveau lien" in seen(town.visitor, first["Location"]).words
    assert town.visitor.get(at(token)).status_code == 404


def test_a_testimony_shown_hidden_and_removed(town):
    _, token = done(town.alix)
    member = to("member", town.alix)
    press(town.visitor, token, "testify", text="Travail soigné.")
    assert "Travail soigné." not in seen(town.client, member).words
    press(town.visitor, token, "testify", text="Travail soigné.", public="on")
    page = seen(Client(), member)
    assert "Travail soigné." in page.words
    assert "témoignage d’un client sans compte" in page.words
    assert "Fanny" not in page.words
    empty = press(town.visitor, token, "testify", text="")
    assert empty.status_code == 400
    assert faults(page_of(empty)) == []
    press(town.visitor, token, "untestify")
    assert "Travail soigné." not in seen(Client(), member).words


def test_each_state_of_the_thread_is_a_sound_page(town, clock):
    tokens = [write(town.alix)[1], agreed(town.alix)[1], done(town.alix)[1]]
    row, quoted = write(town.alix)
    proposes(town.alix, row)
    clock.advance(hours=2)
    _, withdrawn = write(town.alix)
    says(withdrawn, "withdraw")
    for token in (*tokens, quoted, withdrawn):
        page = seen(town.visitor, at(token))
        assert len(page.elements) <= THREADS
        assert faults(page_of(press(town.visitor, token, "renew"))) == []


def test_a_member_who_left_is_said_to_have_left(town):
    from network.actions.leaving import mark_member_gone

    _, token = write(town.alix)
    mark_member_gone(uri=town.alix.uri)
    page = seen(town.visitor, at(token))
    assert "Ce membre a quitté ce nœud" in page.words
    assert to("member", town.alix) not in links(page)


def test_an_odd_act_or_key_changes_nothing(town):
    _, token = write(town.alix)
    for fields in ({}, {"act": "quote"}, {"act": "leave"}, {"act": "write", "text": "x", "key": "1"}):
        assert town.visitor.post(at(token), fields).status_code == 400
    assert ContactMessage.objects.count() == 1


def test_in_english_too(town, settings):
    town.visitor.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for address in (to("contact", town.alix), at(write(town.alix)[1])):
        page = seen(town.visitor, address)
        assert page.all("html")[0].attributes["lang"] == "en"
        assert "lien privé" not in page.words
