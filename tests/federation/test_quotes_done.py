"""An agreement between nodes that is done: whoever says so tells the other, once; only the two are believed."""

import json
from decimal import Decimal

import pytest

from federation import quotes, tasks
from federation.models import Activity
from network.actions.quotes import accept_quote, ask_quote, finish_quote
from network.models import Offer, Quote, QuoteState
from network.rules.quotes import QuoteDraft
from tests import factories
from tests.federation.bargains import HERE, PAYLOADS, outcome, posts, tell
from tests.federation.conftest import ORIGIN, make_peer
from tests.federation.offers import created, uri
from tests.federation.test_quotes import accepting
from tests.federation.test_quotes_received import offering

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    """A member of another node, which ours follows."""
    make_peer(p1)
    return p1.actor("alice")


@pytest.fixture
def received(here, alice, send):
    """Alice asked Alix, who agreed."""
    send(alice, offering(alice, factories.offer(here, price="hourly", amount_cents=5500)))
    made = Quote.objects.get()
    return accept_quote(actor=here, quote_id=made.pk)


@pytest.fixture
def sent(here, alice, send):
    """Alix asked Alice, who agreed."""
    send(alice, created(alice))
    made = ask_quote(actor=here, offer_id=Offer.objects.get(uri=uri(alice)).pk, draft=QuoteDraft(Decimal(3)))
    tell(made)
    send(alice, accepting(alice, made))
    made.refresh_from_db()
    assert made.state == QuoteState.AGREED
    return made


def saying_done(who, agreement, **change):
    """A peer's word that an agreement is done."""
    text = (PAYLOADS / "toile" / "done-agreement.json").read_text().replace("https://n.example/u/alix", who.uri)
    document = json.loads(text.replace("https://n.example", who.peer.origin))
    inner = {**document["object"], "context": agreement, **change}
    return who.activity("Create", inner, to=[HERE])


def test_we_say_it_to_whoever_asked(here, received, alice, p1):
    tell(received)
    finish_quote(actor=here, quote_id=received.pk)
    tell(received)
    (said,) = posts(p1, "Create")
    held = json.loads((PAYLOADS / "toile" / "done-agreement.json").read_text())
    assert (said["actor"], said["to"]) == (HERE, [alice.uri])
    assert said["object"].keys() == held["object"].keys()
    assert (said["object"]["type"], said["object"]["context"]) == ("Document", received.agreement)
    assert said["object"]["id"].startswith(f"{ORIGIN}/documents/")
    assert not Activity.objects.get(uri=said["id"]).public


def test_decided_both_before_either_was_told_both_are_told_in_order(here, received, p1):
    finish_quote(actor=here, quote_id=received.pk)
    tasks.sweep()
    assert [body["type"] for body in posts(p1) if body["type"] in {"Accept", "Create"}] == ["Accept", "Create"]
    tasks.sweep()
    assert len(posts(p1, "Create")) == 1


def test_we_say_it_to_whoever_we_asked(here, sent, alice, p1):
    finish_quote(actor=here, quote_id=sent.pk)
    tasks.sweep()
    (said,) = posts(p1, "Create")
    assert (said["object"]["context"], said["to"]) == (sent.agreement, [alice.uri])


@pytest.mark.parametrize("which", ["received", "sent"])
def test_they_say_it_and_we_say_nothing_back(request, alice, p1, send, which):
    made = request.getfixturevalue(which)
    tell(made)
    assert outcome(send(alice, saying_done(alice, made.agreement))) == ("applied", "done")
    assert outcome(send(alice, saying_done(alice, made.agreement))) == ("applied", "done")
    made.refresh_from_db()
    assert made.state == QuoteState.DONE
    assert made.done_at is not None
    tasks.sweep()
    assert posts(p1, "Create") == []
    assert quotes.quotes_behind().count() == 0


def test_nobody_else_is_believed(received, p2, send):
    mallory = p2.actor("mallory")
    assert outcome(send(mallory, saying_done(mallory, received.agreement))) == ("ignored", "quote_unknown")
    received.refresh_from_db()
    assert received.state == QuoteState.AGREED


def test_a_document_of_somebody_else_or_about_nothing_is_nothing(received, alice, p1, send):
    for change in ({"context": f"{ORIGIN}/agreements/none"}, {"context": 5}, {"context": []}, {"type": "Note"}):
        assert outcome(send(alice, saying_done(alice, received.agreement, **change)))[0] != "applied"
    bob = p1.actor("bob")
    foreign = saying_done(alice, received.agreement, attributedTo=bob.uri)
    assert send(alice, foreign) is None  # the gate refuses it
    received.refresh_from_db()
    assert received.state == QuoteState.AGREED


def test_what_was_not_agreed_is_not_done(here, alice, send):
    send(alice, offering(alice, factories.offer(here, price="hourly", amount_cents=5500)))
    Quote.objects.update(agreement=f"{ORIGIN}/agreements/1")
    assert outcome(send(alice, saying_done(alice, f"{ORIGIN}/agreements/1"))) == ("ignored", "quote_not_agreed")
