"""Asking, reading, answering, withdrawing in pages: nothing typed is lost, each side sees its own thread."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from federation.quotes import Journey
from frontend.templatetags.quotes import how_much, in_return
from network.actions.quotes import accept_quote, ask_quote, refuse_quote, withdraw_quote
from network.models import Quote
from network.rules.quotes import QuoteDraft
from tests import factories
from tests.frontend.reading import faults, page_of

pytestmark = pytest.mark.usefixtures("clock")

ELSEWHERE = "https://c.example"


@pytest.fixture
def bachir(town):
    """Bachir's browser."""
    client = Client()
    client.force_login(factories.account(town.bachir))
    return client


@pytest.fixture
def install(town):
    return factories.offer(town.alix, price="hourly", amount_cents=5500)


def ask(client, offer, **change):
    return client.post(reverse("quote_ask", args=[offer.pk]), {"quantity": "1,5", "message": "Trois postes."} | change)


def asked(town, offer, **draft):
    return ask_quote(actor=town.bachir, offer_id=offer.pk, draft=QuoteDraft(**({"quantity": Decimal(3)} | draft)))


def at(name, row):
    return reverse(name, args=[row.pk])


def seen(client, address):
    page = page_of(client.get(address))
    assert faults(page) == []
    return page


# --- asking -------------------------------------------------------------------------------------------------


def test_from_the_offer_to_the_thread(town, bachir, install):
    page = seen(bachir, at("offer", install))
    assert at("quote_ask", install) in [a.attributes.get("href") for a in page.all("a")]
    form = seen(bachir, at("quote_ask", install))
    assert form.with_id("id_quantity") is not None
    assert form.with_id("id_amount_cents") is None
    assert "55 € de l’heure" in form.words
    answer = ask(bachir, install)
    made = Quote.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, at("quote", made))
    assert (made.quantity, made.amount_cents, made.message) == (Decimal("1.5"), 8250, "Trois postes.")
    thread = seen(bachir, at("quote", made))
    for said in ("1,5 heure", "82,50 €", "Trois postes.", "Réponse attendue", "depuis le 21 novembre 2026", "@alix"):
        assert said in thread.words
    assert "Votre demande est enregistrée" in thread.words


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
def test_the_form_asks_only_what_the_price_needs(town, bachir, price, fields):
    cents = 100 if price in {"hourly", "fixed"} else None
    row = factories.offer(town.alix, price=price, amount_cents=cents)
    page = seen(bachir, at("quote_ask", row))
    assert {name for name in ("quantity", "amount_cents") if page.with_id(f"id_{name}")} == fields
    assert ask(bachir, row, amount_cents="").status_code == 302
    assert Quote.objects.get().price == price


def test_a_free_price_may_be_named(town, bachir):
    row = factories.offer(town.alix, price="prix_libre")
    ask(bachir, row, amount_cents="40")
    assert Quote.objects.get().amount_cents == 4000
    assert "40 €" in seen(bachir, at("quote", Quote.objects.get())).words


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"quantity": ""}, "quantity", "nécessaire"),
        ({"quantity": "trois"}, "quantity", "Écrivez un nombre d’heures"),
        ({"quantity": "1,234"}, "quantity", "Écrivez un nombre d’heures"),
        ({"quantity": "0"}, "quantity", "de 0,01 à 10 000"),
        ({"quantity": "20000"}, "quantity", "de 0,01 à 10 000"),
        ({"message": "x" * 4001}, "message", "4000"),
    ],
)
def test_each_refusal_is_at_its_field_and_nothing_is_lost(bachir, install, change, field, said):
    answer = ask(bachir, install, **change)
    page = page_of(answer)
    assert answer.status_code == 400
    assert faults(page) == []
    assert said in " ".join(page.with_id(f"id_{field}_error").text.split()).replace("\u202f", " ")
    typed = {"quantity": "1,5", "message": "Trois postes."} | change
    assert page.with_id("id_quantity").attributes.get("value", "") == typed["quantity"]
    assert page.with_id("id_message").text.strip() == typed["message"]
    assert not Quote.objects.exists()


def test_an_odd_factor_is_explained(town, bachir):
    page = page_of(ask(bachir, factories.offer(town.alix, price="hourly", amount_cents=5501)))
    assert "centimes entiers" in page.with_id("id_quantity_error").text


def test_what_ends_while_one_writes_keeps_the_words(bachir, install):
    install.opening = "closed"
    install.save()
    answer = ask(bachir, install)
    page = page_of(answer)
    assert (answer.status_code, faults(page)) == (409, [])
    assert "ne prend plus de demandes" in page.words
    assert page.with_id("id_message").text.strip() == "Trois postes."
    assert bachir.get(at("quote_ask", install)).status_code == 409


def test_ten_a_day(bachir, install):
    for _ in range(10):
        assert ask(bachir, install).status_code == 302
    answer = ask(bachir, install)
    page = page_of(answer)
    assert (answer.status_code, answer["Retry-After"], faults(page)) == (429, str(24 * 3600 + 1), [])
    assert "Dix demandes en vingt-quatre heures" in page.words
    assert "22 novembre 2026" in page.words
    assert page.with_id("id_message").text.strip() == "Trois postes."


def test_who_sees_the_way_to_ask(town, bachir, install):
    own = [a.attributes.get("href") for a in seen(town.client, at("offer", install)).all("a")]
    assert at("quote_ask", install) not in own
    assert town.client.get(at("quote_ask", install)).status_code == 403
    shown = [a.attributes.get("href") for a in seen(town.visitor, at("offer", install)).all("a")]
    assert at("offer_contact", install) in shown
    assert at("quote_ask", install) not in shown
    answer = town.visitor.get(at("quote_ask", install))
    assert (answer.status_code, "next=" in answer["Location"]) == (302, True)
    closed = factories.offer(town.alix, opening="closed")
    assert "Demander un devis" not in seen(bachir, at("offer", closed)).words
    wanted = factories.offer(town.alix, purpose="request")
    assert "Répondre à cette demande" in seen(bachir, at("offer", wanted)).words
    assert "Répondre à" in seen(bachir, at("quote_ask", wanted)).words


def test_an_offer_from_elsewhere_says_where_the_request_goes(town, bachir):
    abroad = factories.offer(factories.member("Dominique", origin=ELSEWHERE), price="gift")
    assert "vient de c.example" in seen(bachir, at("quote_ask", abroad)).words
    ask(bachir, abroad)
    page = seen(bachir, at("quote", Quote.objects.get()))
    assert "Pas encore remise à c.example" in page.words
    assert "rien, c’est un don" in page.words


def test_an_offer_handed_over_says_since_when_it_waits(town, bachir, clock, monkeypatch):
    abroad = factories.offer(factories.member("Dominique", origin=ELSEWHERE), price="gift")
    made = asked(town, abroad, quantity=Decimal(1))
    taken = clock.advance(minutes=3)
    monkeypatch.setattr("frontend.pages.quotes.journey_of", lambda quote: Journey(taken, given_up=False))
    clock.advance(days=40)
    words = seen(bachir, at("quote", made)).words
    assert "Remise à c.example" in words
    assert "Réponse attendue · depuis le 21 novembre 2026" in words
    monkeypatch.setattr("frontend.pages.quotes.journey_of", lambda quote: Journey(None, given_up=True))
    assert "N’a pas pu être remise à c.example" in seen(bachir, at("quote", made)).words


# --- answering ----------------------------------------------------------------------------------------------


def test_the_provider_sees_it_in_the_menu_and_answers(town, install):
    made = asked(town, install, message="Bonjour <b>Alix</b>\nÀ bientôt")
    home = seen(town.client, reverse("home"))
    assert "1 demande reçue" in home.words
    assert at("quote", made) in [a.attributes.get("href") for a in seen(town.client, reverse("my_quotes")).all("a")]
    page = seen(town.client, at("quote", made))
    assert "Bonjour <b>Alix</b>" in page.words
    assert "Message de Bachir" in page.words
    assert "Votre réponse est attendue" in page.words
    answer = town.client.post(at("quote", made), {"act": "accept", "answer": "Mardi."}, follow=True)
    page = page_of(answer)
    assert faults(page) == []
    assert "Vous avez accepté" in page.words
    assert "Accord conclu avec Bachir" in page.words
    assert [button.text for button in page.all("button") if button.text in {"Accepter", "Refuser"}] == []
    assert "demande reçue" not in seen(town.client, reverse("home")).words


def test_a_refusal_needs_a_sentence_and_the_asker_reads_it(town, bachir, install):
    made = asked(town, install)
    answer = town.client.post(at("quote", made), {"act": "refuse", "answer": " "})
    page = page_of(answer)
    assert (answer.status_code, faults(page)) == (400, [])
    assert "Dites en une phrase pourquoi" in page.with_id("id_answer_error").text
    town.client.post(at("quote", made), {"act": "refuse", "answer": "Pas avant mars."})
    page = seen(bachir, at("quote", made))
    assert "Réponse de Alix" in page.words
    assert "Pas avant mars." in page.words
    assert at("quote_ask", install) in [a.attributes.get("href") for a in page.all("a")]


def test_an_answer_that_comes_too_late_keeps_its_words(town, install):
    made = asked(town, install)
    withdraw_quote(actor=town.bachir, quote_id=made.pk)
    answer = town.client.post(at("quote", made), {"act": "refuse", "answer": "Pas avant mars."})
    page = page_of(answer)
    assert (answer.status_code, faults(page)) == (409, [])
    assert "n’attend plus de réponse" in page.words
    assert "Pas avant mars." in page.words


def test_a_press_without_an_act_changes_nothing(town, install):
    made = asked(town, install)
    assert town.client.post(at("quote", made), {"answer": "Oui ?"}).status_code == 400
    made.refresh_from_db()
    assert made.state == "asked"


def test_withdrawing_takes_two_steps(town, bachir, install):
    made = asked(town, install)
    assert bachir.post(at("quote_withdraw", made)).status_code == 200
    made.refresh_from_db()
    assert made.state == "asked"
    seen(bachir, at("quote_withdraw", made))
    answer = bachir.post(at("quote_withdraw", made), {"confirmed": "1"}, follow=True)
    assert "Votre demande est retirée" in page_of(answer).words
    assert bachir.get(at("quote_withdraw", made)).status_code == 409
    assert bachir.post(at("quote_withdraw", made), {"confirmed": "1"}).status_code == 409
    assert town.client.get(at("quote_withdraw", made)).status_code == 403


def test_nobody_else_reads_a_thread(town, install):
    made = asked(town, install)
    stranger = Client()
    stranger.force_login(factories.account(town.elise, operator=True))
    for name in ("quote", "quote_withdraw"):
        assert stranger.get(at(name, made)).status_code == 404
        assert stranger.post(at(name, made), {"act": "accept", "confirmed": "1"}).status_code == 404
        assert town.visitor.get(at(name, made)).status_code == 302
    assert "no-store" in town.client.get(at("quote", made))["Cache-Control"]


# --- lists and words ----------------------------------------------------------------------------------------


def test_both_lists_begin_empty_and_say_what_to_do(town, bachir):
    page = seen(bachir, reverse("my_quotes"))
    for said in (
        "On ne vous a encore rien demandé",
        "Voir mes annonces",
        "Vous n’avez encore rien demandé",
        "Chercher",
    ):
        assert said in page.words
    assert reverse("my_quotes") in [a.attributes.get("href") for a in seen(bachir, reverse("account")).all("a")]


def test_both_lists_show_each_state(town, bachir, install):
    agreed, refused, withdrawn, _waiting = (asked(town, install) for _ in range(4))
    accept_quote(actor=town.alix, quote_id=agreed.pk)
    refuse_quote(actor=town.alix, quote_id=refused.pk, answer="Non")
    withdraw_quote(actor=town.bachir, quote_id=withdrawn.pk)
    for client in (bachir, town.client):
        tags = [e.text for e in seen(client, reverse("my_quotes")).all("span") if e.attributes.get("class") == "tag"]
        assert tags == ["en attente de réponse", "retirée", "refusée", "acceptée"]
    for row in (agreed, refused, withdrawn):
        seen(bachir, at("quote", row))
        seen(town.client, at("quote", row))


@pytest.mark.parametrize(
    ("price", "quantity", "cents", "words"),
    [
        ("hourly", "1", 5500, ("1 heure", "55 €")),
        ("hourly", "1.5", 8250, ("1,5 heure", "82,50 €")),
        ("hourly", "1200", 6_600_000, ("1 200 heures", "66 000 €")),
        ("barter", "2.25", None, ("2,25 heures", "2,25 heures en échange")),
        ("fixed", "1", 9990, ("tel que décrit", "99,90 €")),
        ("gift", "1", None, ("tel que décrit", "rien, c’est un don")),
        ("prix_libre", "2", None, ("2 fois", "prix libre, montant laissé ouvert")),
    ],
)
def test_how_much_for_what(price, quantity, cents, words):
    quote = Quote(price=price, quantity=Decimal(quantity), amount_cents=cents)
    said = tuple(text.replace("\u202f", " ").replace("\xa0", " ") for text in (how_much(quote), in_return(quote)))
    assert said == words


def test_a_member_who_left_leaves_a_thread_without_a_name(town, bachir, install):
    from network.actions.leaving import mark_member_gone

    made = asked(town, install)
    mark_member_gone(uri=town.alix.uri)
    page = seen(bachir, at("quote", made))
    assert "Sans suite" in page.words
    assert "@alix" not in page.words
