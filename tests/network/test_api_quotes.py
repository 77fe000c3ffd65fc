"""Requests for a quote over HTTP: statuses, shapes, refusals as problem documents."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from network import api_quotes, api_schema
from network.models import Quote, QuoteState
from tests import factories

pytestmark = pytest.mark.django_db

QUOTES = "/api/v1/quotes"


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


def browser_of(member):
    client = Client()
    client.force_login(factories.account(member))
    return client


@pytest.fixture
def home():
    return factories.collective()


@pytest.fixture
def alix(home):
    return factories.member("Alix", belongs_to=home)


@pytest.fixture
def asker(home):
    return browser_of(factories.member("Bachir", belongs_to=home))


@pytest.fixture
def provider(alix):
    return browser_of(alix)


@pytest.fixture
def install(alix):
    return factories.offer(alix, price="hourly", amount_cents=5500)


def send(client, method, url, body=None):
    return getattr(client, method)(url, data=json.dumps(body or {}), content_type="application/json")


def is_problem(response, status, code):
    document = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert (response.status_code, document["status"], document["code"]) == (status, status, code)
    assert set(document) == set(api_schema.ProblemOut().fields)
    return document


def ask(client, row, **change):
    return send(client, "post", QUOTES, {"offer": row.pk, "quantity": "1.5", "message": "Bonjour"} | change)


def test_ask_list_answer(asker, provider, install):
    made = ask(asker, install)
    shown = made.json()
    assert (made.status_code, made["Location"]) == (201, f"{QUOTES}/{shown['id']}")
    assert set(shown) == set(api_quotes.QuoteOut().fields)
    assert (shown["direction"], shown["quantity"], shown["amount_cents"], shown["state"]) == (
        "sent",
        "1.5",
        8250,
        "asked",
    )
    assert (shown["provider"]["name"], shown["asker"]["name"], shown["title"]) == ("Alix", "Bachir", install.title)
    lists = provider.get(QUOTES).json()
    assert set(lists) == set(api_quotes.QuotesOut().fields)
    assert [(q["id"], q["direction"]) for q in lists["received"]] == [(shown["id"], "received")]
    assert lists["sent"] == []
    answered = send(provider, "post", f"{made['Location']}/answer", {"accept": True, "answer": "Mardi"})
    assert (answered.status_code, answered.json()["state"], answered.json()["answer"]) == (200, "agreed", "Mardi")
    read = asker.get(made["Location"])
    assert read.json()["agreement"].startswith("http://localhost:8000/agreements/")
    assert read["Cache-Control"] == "private, no-cache"


def test_refuse_and_withdraw(asker, provider, install):
    first, second = ask(asker, install)["Location"], ask(asker, install)["Location"]
    is_problem(send(provider, "post", f"{first}/answer", {"accept": False}), 400, "answer_missing")
    assert send(provider, "post", f"{first}/answer", {"accept": False, "answer": "Non"}).json()["state"] == "refused"
    gone = asker.delete(second)
    assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
    is_problem(asker.delete(second), 409, "quote_settled")
    is_problem(send(provider, "post", f"{second}/answer", {"accept": True}), 409, "quote_settled")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "0"}, "quantity_bounds"),
        ({"quantity": "trois"}, "invalid"),
        ({"quantity": "NaN"}, "invalid"),
        ({"quantity": "1.005"}, "invalid"),
        ({"amount_cents": 8249}, "quote_amount_other"),
        ({"message": "x" * 4001}, "invalid"),
        ({"offer": "x"}, "invalid"),
    ],
)
def test_what_is_malformed_names_its_field(asker, install, change, code):
    document = is_problem(ask(asker, install, **change), 400, code)
    assert next(iter(change)) in (document["facts"].get("field"), *document["facts"].get("fields", {}))
    assert not Quote.objects.exists()


def test_who_may_not(client, asker, provider, install, home):
    is_problem(client.get(QUOTES), 403, "not_authenticated")
    is_problem(ask(client, install), 403, "not_authenticated")
    is_problem(ask(provider, install), 403, "own_offer")
    is_problem(ask(asker, install, offer=999_999), 404, "offer_unknown")
    is_problem(ask(asker, factories.offer(install.owner, opening="closed")), 409, "offer_closed")
    made = ask(asker, install)["Location"]
    stranger = browser_of(factories.member("Élise", belongs_to=home))
    is_problem(stranger.get(made), 404, "quote_unknown")
    is_problem(stranger.delete(made), 404, "quote_unknown")
    is_problem(provider.delete(made), 403, "not_the_asker")
    is_problem(send(asker, "post", f"{made}/answer", {"accept": True}), 403, "not_the_provider")
    assert Quote.objects.get().state == QuoteState.ASKED


def test_the_eleventh_says_when_again(asker, install):
    for _ in range(10):
        assert ask(asker, install).status_code == 201
    refused = ask(asker, install)
    document = is_problem(refused, 429, "quotes_too_often")
    assert refused["Retry-After"] == str(24 * 3600 + 1)
    assert document["facts"]["retry_at"] == "2026-11-22T09:00:00Z"


def test_a_session_without_its_token_is_refused(alix, install, home):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(factories.account(factories.member("Bachir", belongs_to=home)))
    is_problem(ask(strict, install), 403, "permission_denied")


def test_the_description_names_them(client):
    description = client.get(reverse("api_schema")).json()
    names = {operation["operationId"] for path in description["paths"].values() for operation in path.values()}
    assert names >= {"list_quotes", "ask_quote", "read_quote", "withdraw_quote", "answer_quote"}
