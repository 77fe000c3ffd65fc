"""Quotes that we ask of other nodes: the Offer that leaves, and the answers that we believe."""

import json
from decimal import Decimal

import pytest

from federation import quotes, tasks
from federation.errors import Unreachable
from federation.models import Activity, Announced, Delivery, Node, RemoteActor, Standing
from network.actions.quotes import ask_quote, withdraw_quote
from network.models import Offer, QuoteState
from network.rules.quotes import QuoteDraft
from tests import factories
from tests.federation.bargains import HERE, PAYLOADS, outcome, posts, tell
from tests.federation.conftest import ORIGIN, make_peer
from tests.federation.offers import created, proposal, uri

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    """A member of another node, which ours follows."""
    make_peer(p1)
    return p1.actor("alice")


# --- we ask -----------------------------------------------------------------------------------------------


@pytest.fixture
def theirs(alice, send):
    """An offer of Alice's, by the hour at 55 €, as we know it."""
    send(alice, created(alice))
    return Offer.objects.get(uri=uri(alice))


@pytest.fixture
def asked(here, theirs):
    made = ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3), message="Trois postes."))
    tell(made)
    return made


def accepting(alice, quote, dialect="current", **change):
    """Alice's Accept of our Offer, with parts of its result changed."""
    name = "toile/accept-agreement" if dialect == "current" else "valueflows-2023/accept"
    text = (PAYLOADS / f"{name}.json").read_text().replace("https://n.example/p/1", quote.offer.uri)
    document = json.loads(text.replace("https://n.example", alice.peer.origin))
    return alice.activity(
        "Accept",
        quote.uri,
        **{"@context": document["@context"], "result": {**document["result"], **change}, "to": [HERE]},
    )


def test_an_offer_goes_to_its_owner_alone(alice, p1, asked):
    offer = posts(p1, "Offer")[0]
    assert (offer["id"], offer["actor"], offer["to"]) == (asked.uri, HERE, [alice.uri])
    held = json.loads((PAYLOADS / "toile" / "offer-agreement.json").read_text().replace("https://n.example", p1.origin))
    assert offer["object"] == held["object"]
    assert offer["content"] == "<p>Trois postes.</p>"
    assert "cc" not in offer
    assert p1.seen[-1].path == "/u/alice/inbox"
    assert not Activity.objects.get(uri=asked.uri).public


def test_nobody_reads_it_at_its_address(client, asked):
    assert (
        client.get(asked.uri.removeprefix(ORIGIN), headers={"accept": "application/activity+json"}).status_code == 404
    )


def test_it_is_told_once_whoever_hastens_it(asked, p1):
    tell(asked)
    tasks.announce("quote", asked.pk)
    assert len(posts(p1, "Offer")) == 1


def test_the_sweep_finds_what_was_not_hastened(here, theirs, p1):
    ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(1)))
    assert quotes.quotes_behind().count() == 1
    tasks.sweep()
    assert len(posts(p1, "Offer")) == 1
    assert quotes.quotes_behind().count() == 0


def test_requests_between_two_of_us_travel_nowhere(here, theirs):
    bachir = factories.member("Bachir", belongs_to=here.memberships.get().collective)
    ask_quote(actor=bachir, offer_id=factories.offer(here).pk, draft=QuoteDraft())
    tasks.sweep()
    assert not Activity.objects.filter(kind="Offer").exists()


def test_when_it_was_handed_over(asked, p1):
    assert quotes.journey_of(asked) == quotes.Journey(None, given_up=False)
    posts(p1)
    done = Delivery.objects.get(activity__uri=asked.uri).done_at
    assert quotes.journey_of(asked) == quotes.Journey(done, given_up=False)
    assert done is not None


def test_what_their_server_does_not_take(asked, p1):
    p1.inbox_status = 404
    posts(p1)
    assert quotes.journey_of(asked) == quotes.Journey(None, given_up=True)


def test_the_intents_are_those_that_the_proposal_names(here, alice, theirs, p1):
    document = proposal(alice)
    document["publishes"]["id"], document["reciprocal"]["id"] = f"{uri(alice)}/give", f"{uri(alice)}/take"
    p1.serve("/p/1", document)
    tell(ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3))))
    bargain = posts(p1, "Offer")[0]["object"]
    assert bargain["stipulates"]["satisfies"] == f"{uri(alice)}/give"
    assert bargain["stipulatesReciprocal"]["satisfies"] == f"{uri(alice)}/take"


@pytest.mark.parametrize("page", [{"status": 503}, {"content_type": "text/html"}])
def test_a_proposal_that_cannot_be_seen_now_is_asked_by_its_usual_intents(here, theirs, p1, page):
    p1.serve("/p/1", b"{}", **page)
    tell(ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3))))
    assert posts(p1, "Offer")[0]["object"]["stipulates"]["satisfies"] == f"{theirs.uri}#primary"


def test_a_proposal_that_is_gone_ends_the_request(here, theirs, p1):
    p1.serve("/p/1", b"{}", status=410)
    made = ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3)))
    tell(made)
    made.refresh_from_db()
    assert made.state == QuoteState.EXPIRED
    assert posts(p1, "Offer") == []
    assert quotes.quotes_behind().count() == 0


def test_an_owner_who_cannot_be_found_is_asked_later(here, theirs, alice, p1):
    RemoteActor.objects.filter(uri=alice.uri).delete()
    p1.serve("/u/alice", b"", status=503)
    made = ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3)))
    with pytest.raises(Unreachable):
        tell(made)
    assert quotes.quotes_behind().count() == 1
    del p1.pages["/u/alice"]
    tasks.sweep()
    assert len(posts(p1, "Offer")) == 1


def test_a_blocked_node_hears_nothing_while_it_is_blocked(here, theirs, p1):
    made = ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3)))
    Node.objects.filter(origin=p1.origin).update(standing=Standing.BLOCKED)
    tell(made)
    assert not Activity.objects.filter(uri=made.uri).exists()
    assert quotes.quotes_behind().count() == 1


def test_their_accept_makes_it_agreed(alice, asked, send):
    assert outcome(send(alice, accepting(alice, asked))) == ("applied", "")
    asked.refresh_from_db()
    assert (asked.state, asked.agreement) == (QuoteState.AGREED, f"{alice.peer.origin}/agreements/9")
    again = send(alice, accepting(alice, asked))
    assert outcome(again) == ("ignored", "quote_settled")
    assert tell(asked) is None  # nothing to say to that


@pytest.mark.parametrize(
    "change",
    [
        {"stipulates": {"type": "Commitment"}},
        {"stipulatesReciprocal": None},
        {"id": "https://elsewhere.example/agreements/9"},
        {"id": None},
    ],
)
def test_an_accept_of_something_else_is_ignored(alice, asked, send, change):
    assert send(alice, accepting(alice, asked, **change)).outcome in {"ignored", "untranslatable"}
    asked.refresh_from_db()
    assert asked.state == QuoteState.ASKED


@pytest.mark.parametrize("side", ["stipulates", "stipulatesReciprocal"])
def test_other_quantities_are_not_what_we_asked(alice, asked, send, side):
    activity = accepting(alice, asked)
    activity["result"][side]["resourceQuantity"]["hasNumericalValue"] = "4"
    assert outcome(send(alice, activity)) == ("ignored", "result")
    asked.refresh_from_db()
    assert asked.state == QuoteState.ASKED


def test_a_neighbour_answers_nothing_for_her(alice, p1, asked, send):
    mallory = p1.actor("mallory")
    forged = {**accepting(alice, asked), "actor": mallory.uri, "id": f"{p1.origin}/a/forged"}
    assert outcome(send(mallory, forged)) == ("ignored", "no-such-offer")
    assert outcome(send(mallory, mallory.activity("Reject", asked.uri))) == ("ignored", "quote_unknown")
    asked.refresh_from_db()
    assert asked.state == QuoteState.ASKED


@pytest.mark.parametrize(("content", "said"), [("<p>Pas avant <b>mars</b>.</p>", "Pas avant mars."), (None, "")])
def test_their_reject_gives_the_reason(alice, asked, send, content, said):
    more = {"content": content} if content else {}
    assert outcome(send(alice, alice.activity("Reject", asked.uri, **more))) == ("applied", "")
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.agreement) == (QuoteState.REFUSED, said, "")


def test_what_we_withdraw_is_undone_there(here, asked, p1, send, alice):
    withdraw_quote(actor=here, quote_id=asked.pk)
    tell(asked)
    assert [body["type"] for body in posts(p1)] == ["Offer", "Undo"]
    undo = posts(p1, "Undo")[0]
    assert undo["object"] == {"id": asked.uri, "type": "Offer", "actor": HERE}
    assert outcome(send(alice, accepting(alice, asked))) == ("ignored", "quote_settled")


def test_what_was_withdrawn_before_it_left_is_never_sent(here, theirs, p1):
    made = ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3)))
    withdraw_quote(actor=here, quote_id=made.pk)
    tell(made)
    assert [body["type"] for body in posts(p1)] == []
    assert quotes.quotes_behind().count() == 0


def test_a_proposal_of_2023_is_answered_in_its_dialect(here, alice, p1, send):
    text = (PAYLOADS / "valueflows-2023" / "offer.json").read_text().replace("https://b.example/u/bachir", alice.uri)
    document = json.loads(text.replace("https://b.example", p1.origin))
    p1.serve("/p/7", document)
    send(alice, alice.activity("Create", document, **{"@context": document["@context"]}))
    made = ask_quote(actor=here, offer_id=Offer.objects.get().pk, draft=QuoteDraft(Decimal(2)))
    tell(made)
    offer = posts(p1, "Offer")[0]
    assert (offer["inReplyTo"], offer["object"]["type"]) == (f"{p1.origin}/p/7", "Commitment")
    assert offer["object"]["resourceQuantity"] == {"hasUnit": "hour", "hasNumericalValue": "2"}
    answer = accepting(alice, made, "2023")
    for side, value in zip(answer["result"]["commitments"], ("2", "61"), strict=True):
        side["resourceQuantity"]["hasNumericalValue"] = value
    made.refresh_from_db()
    assert (made.dialect, made.amount_cents) == ("2023", 6100)
    wrong = json.loads(json.dumps(answer).replace('"61"', '"60"'))
    assert outcome(send(alice, {**wrong, "id": f"{p1.origin}/a/wrong"})) == ("ignored", "result")
    assert outcome(send(alice, answer)) == ("applied", "")
    made.refresh_from_db()
    assert made.state == QuoteState.AGREED


def test_follows_are_still_answered_as_before(alice, send):
    assert outcome(send(alice, alice.activity("Accept", f"{ORIGIN}/a/none"))) == ("ignored", "no-such-follow")
    assert outcome(send(alice, alice.activity("Undo", f"{alice.peer.origin}/f/none"))) == ("ignored", "nothing-to-undo")


def test_a_killed_worker_forgets_nothing(here, theirs, p1, monkeypatch):
    """The activity and the note that it was told are written together, or not at all."""
    made = ask_quote(actor=here, offer_id=theirs.pk, draft=QuoteDraft(Decimal(3)))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("federation.outbox.mark_told", killed)
        with pytest.raises(KeyboardInterrupt):
            tell(made)
    assert not Activity.objects.filter(uri=made.uri).exists()
    assert not Announced.objects.filter(uri=made.uri).exists()
    tasks.sweep()
    assert len(posts(p1, "Offer")) == 1
