"""An agreement between members in pages: done, attested for oneself, published, withdrawn."""

import pytest
from django.test import Client
from django.urls import reverse

from network.actions.quotes import accept_quote, ask_quote, finish_quote
from network.models import Vouch
from network.rules.quotes import QuoteDraft
from tests import factories
from tests.frontend.reading import faults, page_of

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def bachir(town):
    """Bachir's browser."""
    client = Client()
    client.force_login(factories.account(town.bachir))
    return client


@pytest.fixture
def agreement(town):
    made = ask_quote(actor=town.bachir, offer_id=factories.offer(town.alix).pk, draft=QuoteDraft())
    return accept_quote(actor=town.alix, quote_id=made.pk)


@pytest.fixture
def served(town, agreement):
    return finish_quote(actor=town.bachir, quote_id=agreement.pk)


def seen(client, address):
    page = page_of(client.get(address))
    assert faults(page) == []
    return page


def at(name, row):
    return reverse(name, args=[row.pk])


def links(page):
    return [a.attributes.get("href") for a in page.all("a")]


def test_either_side_presses_done_and_only_the_client_is_asked_what_they_think(town, bachir, agreement):
    assert at("quote_testify", agreement) not in links(seen(bachir, at("quote", agreement)))
    assert town.client.post(at("quote", agreement), {"act": "finish"}).status_code == 302
    page = seen(bachir, at("quote", agreement))
    assert "Le service est rendu." in page.words
    assert "Terminée" in page.words
    assert at("quote_testify", agreement) in links(page)
    assert at("quote_testify", agreement) not in links(seen(town.client, at("quote", agreement)))


def test_what_is_not_agreed_cannot_be_done(town, bachir):
    made = ask_quote(actor=town.bachir, offer_id=factories.offer(town.alix).pk, draft=QuoteDraft())
    assert bachir.post(at("quote", made), {"act": "finish"}).status_code == 409
    assert bachir.get(at("quote_testify", made)).status_code == 409


def test_kept_published_changed_withdrawn(town, bachir, served):
    address, member = at("quote_testify", served), at("member", town.alix)
    seen(bachir, address)
    assert bachir.post(address, {"act": "keep", "level": "2", "statement": "Propre et clair."}).status_code == 302
    page = seen(bachir, address)
    assert "Votre attestation est privée" in page.words
    assert "Propre et clair." not in seen(Client(), member).words
    bachir.post(address, {"act": "publish"})
    assert "publique et signée" in seen(bachir, address).words
    shown = seen(Client(), member)
    assert "Propre et clair." in shown.words
    assert "Bachir, attestation signée" in shown.words
    bachir.post(address, {"act": "keep", "level": "3", "statement": "Parfait."})
    assert Vouch.objects.filter(kind="prestation").get().statement == "Parfait."
    bachir.post(address, {"act": "withdraw"})
    assert "Parfait." not in seen(Client(), member).words
    assert "publique et signée" not in seen(bachir, address).words


def test_what_was_typed_stays(bachir, served):
    address = at("quote_testify", served)
    answer = bachir.post(address, {"act": "keep", "level": "9", "statement": "Mes mots"})
    assert answer.status_code == 400
    assert page_of(answer).with_id("id_statement").text.strip() == "Mes mots"
    assert faults(page_of(answer)) == []
    assert bachir.post(address, {"act": "publish"}).status_code == 404
    assert bachir.post(address, {"act": "sing"}).status_code == 400
    assert not Vouch.objects.filter(kind="prestation").exists()


def test_nobody_else_attests(town, served):
    assert town.client.get(at("quote_testify", served)).status_code == 403
    camille = Client()
    camille.force_login(factories.account(town.camille))
    assert camille.get(at("quote_testify", served)).status_code == 404
    assert camille.post(at("quote", served), {"act": "finish"}).status_code == 404
