"""Conversations with clients in the API: the member's own, with problem documents; nobody else's."""

from uuid import uuid4

import pytest
from django.test import Client

from network.actions.quotes import accept_quote, ask_quote
from network.models import ContactMessage
from network.rules.quotes import QuoteDraft
from tests.factories import account, collective, member, offer
from tests.network.contact_cast import agreed, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = "/api/v1/conversations"


@pytest.fixture
def alix():
    return member("Alix", belongs_to=collective())


@pytest.fixture
def api(alix):
    made = Client()
    made.force_login(account(alix))
    return made


def problem(answer, status, code):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code
    return answer.json()


def step(api, row, step, **fields):
    return api.post(f"{LIST}/{row.pk}/answer", {"step": step, **fields}, content_type="application/json")


def test_list_and_one(api, alix):
    row, token = write(alix, offer=offer(alix, price="gift"))
    answer = api.get(LIST)
    assert answer["Cache-Control"] == "private, no-store"
    (found,) = answer.json()["conversations"]
    assert (found["name"], found["reach"], found["state"], found["unread"]) == (
        "Fanny", "fanny@mail.example", "open", True,
    )  # fmt: skip
    whole = api.get(f"{LIST}/{row.pk}").json()
    assert [(said["author"], said["text"]) for said in whole["messages"]] == [
        ("client", "Bonjour, trois postes à installer.")
    ]
    assert whole["steps"] == ["close", "quote", "refuse", "write"]
    assert api.get(LIST).json()["conversations"][0]["unread"], "reading by a program is no reading"
    assert not api.post(f"{LIST}/{row.pk}").json()["unread"]
    assert token not in answer.content.decode() + repr(whole)


def test_answering_by_every_step(api, alix):
    row, _ = write(alix)
    assert step(api, row, "write", text="Quand ?").json()["messages"][-1]["text"] == "Quand ?"
    price = {"way": "each", "quantity": "1.5", "unit_cents": 5500}
    quoted = step(api, row, "quote", proposal=price).json()
    assert (quoted["state"], quoted["messages"][-1]["amount_cents"], quoted["messages"][-1]["quantity"]) == (
        "quoted", 8250, "1.5",
    )  # fmt: skip
    assert step(api, row, "refuse", text="Complet.").json()["state"] == "refused"
    assert step(api, row, "close").json()["state"] == "closed"
    row, _ = agreed(alix)
    assert step(api, row, "finish").json()["state"] == "done"


def test_the_same_key_again_changes_nothing(api, alix):
    row, _ = write(alix)
    key = str(uuid4())
    assert step(api, row, "write", text="Un", key=key).json() == step(api, row, "write", text="Un", key=key).json()
    assert ContactMessage.objects.count() == 2


def test_refusals_are_problems(api, alix):
    row, _ = write(alix)
    problem(step(api, row, "accept"), 400, "invalid")
    problem(step(api, row, "write", text=" "), 400, "text_missing")
    problem(step(api, row, "quote", proposal={"way": "whole"}), 400, "amount_missing")
    problem(step(api, row, "quote", proposal={"way": "whole", "amount_cents": 10**12}), 400, "amount_bounds")
    problem(step(api, row, "finish"), 409, "contact_not_now")
    problem(api.get(f"{LIST}/999999"), 404, "contact_unknown")


def test_nobody_else_sees_that_there_is_one(alix):
    row, _ = write(alix)
    bachir = Client()
    bachir.force_login(account(member("Bachir", belongs_to=collective("Autre")), operator=True))
    assert bachir.get(LIST).json() == {"conversations": []}
    problem(bachir.get(f"{LIST}/{row.pk}"), 404, "contact_unknown")
    problem(bachir.post(f"{LIST}/{row.pk}"), 404, "contact_unknown")
    problem(step(bachir, row, "write", text="x"), 404, "contact_unknown")
    for address in (LIST, f"{LIST}/{row.pk}"):
        assert Client().get(address).status_code == 403


def test_an_agreement_between_members_is_done_by_the_api(api, alix):
    bachir = member("Bachir", belongs_to=collective("Autre"))
    made = ask_quote(actor=bachir, offer_id=offer(alix).pk, draft=QuoteDraft())
    problem(api.post(f"/api/v1/quotes/{made.pk}/done"), 409, "quote_not_agreed")
    accept_quote(actor=alix, quote_id=made.pk)
    done = api.post(f"/api/v1/quotes/{made.pk}/done").json()
    assert done["state"] == "done"
    assert done["done_at"]


def test_a_price_keeps_the_offers_money(api, alix):
    row, _ = write(alix, offer=offer(alix, price="hourly", amount_cents=100, currency="CHF"))
    quoted = step(api, row, "quote", proposal={"way": "whole", "amount_cents": 500}).json()
    assert quoted["messages"][-1]["currency"] == "CHF"
