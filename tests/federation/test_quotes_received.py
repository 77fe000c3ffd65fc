"""Quotes that members of other nodes ask of us: every Offer is answered, with an agreement or with a reason."""

import json

import pytest

from federation import tasks
from federation.models import Delivery, DeliveryState, Envelope
from federation.received import quotes as quotes_received
from network.actions.collectives import admit_member
from network.actions.offers import withdraw_offer
from network.actions.quotes import accept_quote, refuse_quote
from network.models import Member, Offer, Quote, QuoteState
from tests import factories
from tests.federation.bargains import HERE, PAYLOADS, outcome, posts, tell
from tests.federation.conftest import ORIGIN, make_peer
from tests.peers import ACTIVITY_JSON, deliver, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    """A member of another node, which ours follows."""
    make_peer(p1)
    return p1.actor("alice")


def offering(who, of, name="toile/offer-agreement"):
    """An Offer that `who` makes of an offer of ours, for three hours at 55 €."""
    text = (PAYLOADS / f"{name}.json").read_text().replace("https://n.example/p/1", of.uri)
    document = json.loads(text.replace("https://n.example/u/alix", of.owner.uri))
    return {**document, "id": who.activity("Offer")["id"], "actor": who.uri}


# --- they ask ---------------------------------------------------------------------------------------------


@pytest.fixture
def ours(here):
    return factories.offer(here, price="hourly", amount_cents=5500)


@pytest.mark.parametrize(
    "name", ["toile/offer-agreement", "expanded/offer-agreement", "valueflows-2023/offer-commitment"]
)
def test_every_way_of_asking_gives_the_same_request(alice, ours, send, name):
    activity = offering(alice, ours, name)
    assert outcome(send(alice, activity, path="/u/alix/inbox")) == ("applied", "asked")
    made = Quote.objects.get()
    assert (made.uri, made.offer, made.asker.uri, made.asker.name) == (activity["id"], ours, alice.uri, "Alice")
    assert (made.state, made.price, made.quantity, made.amount_cents) == (QuoteState.ASKED, "hourly", 3, 16500)


def test_their_words_are_kept_as_words(alice, ours, send):
    activity = {**offering(alice, ours), "content": "<p>Bonjour<br>Alix</p><script>x()</script>"}
    send(alice, activity)
    assert Quote.objects.get().message == "Bonjour\nAlix"


def test_a_stranger_may_ask_too(here, ours, p2, send):
    carole = p2.actor("carole")
    assert outcome(send(carole, offering(carole, ours))) == ("applied", "asked")
    assert Quote.objects.get().asker == Member.objects.get(uri=carole.uri)


def test_our_accept_holds_what_was_asked(here, alice, ours, p1, send):
    activity = offering(alice, ours)
    send(alice, activity)
    made = Quote.objects.get()
    assert tell(made) is None  # nothing to say yet
    accept_quote(actor=here, quote_id=made.pk, answer="Je viens mardi.")
    tell(made)
    made.refresh_from_db()
    accept = posts(p1, "Accept")[0]
    assert (accept["actor"], accept["object"], accept["to"]) == (HERE, activity["id"], [alice.uri])
    assert accept["content"] == "<p>Je viens mardi.</p>"
    held = (PAYLOADS / "toile" / "accept-agreement.json").read_text().replace("https://n.example/p/1", ours.uri)
    held = held.replace("https://n.example/agreements/9", made.agreement).replace("https://n.example/u/alix", HERE)
    assert accept["result"] == json.loads(held)["result"]


def test_an_agreement_is_served_to_whom_it_is_with_and_to_nobody_else(here, alice, ours, p1, p2, send, client):
    send(alice, offering(alice, ours))
    made = accept_quote(actor=here, quote_id=Quote.objects.get().pk, answer="Je viens mardi.")
    tell(made)

    def asked(url, by):
        headers = sign(by, url, method="GET") if by else {"Host": ORIGIN.partition("//")[2]}
        return client.get(url.removeprefix(ORIGIN), headers={"Accept": ACTIVITY_JSON, **headers})

    found = asked(made.agreement, alice)
    assert (found.status_code, found["Cache-Control"]) == (200, "private, no-store")
    assert {**found.json(), "@context": 0} == {**posts(p1, "Accept")[0]["result"], "@context": 0}
    absent = f"{ORIGIN}/agreements/none"
    for by in (p1.actor("mallory"), p2.actor("carole"), None):
        refused, none = asked(made.agreement, by), asked(absent, by)
        assert (refused.status_code, refused.content) == (none.status_code, none.content)
        assert refused.status_code == 404


def test_a_node_asks_so_often_a_day_however_many_people_it_invents(alice, ours, p1, send, monkeypatch):
    monkeypatch.setattr(quotes_received, "QUOTES_OF_A_NODE", 2)
    people = [p1.actor(f"person{number}") for number in range(3)]
    told = [outcome(send(one, offering(one, ours))) for one in people]
    assert told == [("applied", "asked")] * 2 + [("applied", "rejected: quotes_too_often")]
    assert Quote.objects.count() == 2


def test_our_refusal_gives_the_reason(here, alice, ours, p1, send):
    activity = offering(alice, ours)
    send(alice, activity)
    refuse_quote(actor=here, quote_id=Quote.objects.get().pk, answer="Pas avant <mars>.")
    tell(Quote.objects.get())
    reject = posts(p1, "Reject")[0]
    assert (reject["object"], reject["content"]) == (activity["id"], "<p>Pas avant &lt;mars&gt;.</p>")


def test_an_offer_that_ends_answers_everybody(here, alice, ours, p1, send):
    send(alice, offering(alice, ours))
    withdraw_offer(actor=here, offer_id=ours.pk)
    tasks.sweep()
    assert "retirée ou expirée" in posts(p1, "Reject")[0]["content"]
    assert Quote.objects.get().state == QuoteState.EXPIRED


def with_value(side, value):
    return lambda activity: activity["object"][side]["resourceQuantity"].update(hasNumericalValue=value)


MISFITS = [
    (with_value("stipulatesReciprocal", "150"), "quote_amount_other"),
    (with_value("stipulatesReciprocal", "110"), "quote_amount_other"),
    (with_value("stipulates", "0"), "quantity_bounds"),
    (with_value("stipulates", "1.005"), "quantity_bounds"),
    (lambda activity: activity["object"]["stipulates"]["resourceQuantity"].update(hasUnit="day"), "unit_mismatch"),
    (lambda activity: activity["object"].pop("stipulatesReciprocal"), "reciprocal_missing"),
    (lambda activity: activity["object"]["stipulates"].pop("satisfies"), "unreadable"),
    (lambda activity: activity["object"]["stipulates"].update(satisfies=f"{ORIGIN}/p/none#primary"), "intent_unknown"),
]


@pytest.mark.parametrize(("change", "code"), MISFITS)
def test_what_does_not_fit_is_rejected_with_the_reason(alice, ours, p1, send, change, code):
    activity = offering(alice, ours)
    change(activity)
    assert outcome(send(alice, activity)) == ("applied", f"rejected: {code}")
    reject = posts(p1, "Reject")[0]
    assert (reject["actor"], reject["object"], reject["to"]) == (HERE, activity["id"], [alice.uri])
    assert reject["content"].startswith("<p>")
    assert not Quote.objects.exists()


def test_an_offer_to_somebody_else_is_rejected(here, alice, ours, p1, send):
    other = factories.member("Bachir", belongs_to=here.memberships.get().collective)
    activity = {**offering(alice, ours), "to": [other.uri]}
    assert outcome(send(alice, activity)) == ("applied", "rejected: recipient")
    assert posts(p1, "Reject")[0]["actor"] == HERE


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"state": "withdrawn"}, "offer_not_live"),
        ({"state": "expired"}, "offer_not_live"),
        ({"opening": "closed"}, "offer_closed"),
        ({"visibility": "members"}, "intent_unknown"),
    ],
)
def test_an_offer_that_takes_nothing_rejects(alice, ours, p1, send, columns, code):
    Offer.objects.filter(pk=ours.pk).update(**columns)
    assert outcome(send(alice, offering(alice, ours))) == ("applied", f"rejected: {code}")
    assert len(posts(p1, "Reject")) == 1


def test_whoever_may_read_an_offer_for_members_may_ask(here, alice, ours, send):
    Offer.objects.filter(pk=ours.pk).update(visibility="members")
    member = factories.member("Alice", origin=alice.peer.origin, handle="alice")
    admit_member(collective=here.memberships.get().collective, member=member)
    assert outcome(send(alice, offering(alice, ours))) == ("applied", "asked")


def test_the_eleventh_of_a_day_is_rejected(alice, ours, send):
    for _ in range(10):
        assert outcome(send(alice, offering(alice, ours))) == ("applied", "asked")
    assert outcome(send(alice, offering(alice, ours))) == ("applied", "rejected: quotes_too_often")
    assert Quote.objects.count() == 10


@pytest.mark.parametrize("thing", ["https://n.example/p/1", {"type": "Note", "content": "x"}])
def test_offers_of_other_things_are_ignored(alice, here, send, thing):
    activity = {**alice.activity("Offer", thing), "to": [HERE]}
    assert outcome(send(alice, activity)) == ("ignored", "object-type")


def test_what_concerns_nobody_here_is_ignored(alice, ours, send):
    activity = json.loads(json.dumps(offering(alice, ours)).replace(ORIGIN, "https://n.example"))
    assert outcome(send(alice, activity)) == ("ignored", "not-ours")


def test_a_program_that_asks_is_told_that_it_cannot(ours, p1, send):
    robot = p1.actor("robot", "Service")
    assert outcome(send(robot, offering(robot, ours))) == ("applied", "rejected: type")
    assert len(posts(p1, "Reject")) == 1


def test_one_who_cannot_be_reached_waits(alice, ours, p1, send):
    activity = offering(alice, ours)
    send(alice, alice.note())  # its key is known from now on
    p1.serve("/u/alice", b"", status=503)
    assert outcome(send(alice, activity)) == ("waiting", "status")
    del p1.pages["/u/alice"]
    tasks.process.run(envelope_of(activity).pk)
    assert envelope_of(activity).outcome == "applied"


def envelope_of(activity):
    return Envelope.objects.get(activity=activity["id"])


# --- again, and undone ------------------------------------------------------------------------------------


def again(client, who, activity, clock):
    clock.advance(minutes=1)
    answer = deliver(client, who, "/inbox", activity, ORIGIN, at=clock.instant)
    assert answer.status_code == 202
    tasks.answer_again(activity["id"], who.uri)  # as the view hastens


def test_the_same_offer_again_gets_the_same_answer_again(here, alice, ours, p1, send, client, clock):
    activity = offering(alice, ours)
    send(alice, activity, at=clock.instant)
    again(client, alice, activity, clock)
    assert posts(p1) == []  # not answered yet
    accept_quote(actor=here, quote_id=Quote.objects.get().pk)
    tell(Quote.objects.get())
    first = posts(p1, "Accept")
    again(client, alice, activity, clock)
    assert posts(p1, "Accept") == first * 2
    assert Quote.objects.count() == 1
    assert Delivery.objects.get(activity__kind="Accept").state == DeliveryState.DONE


def test_a_rejected_offer_again_gets_the_same_reject_again(alice, ours, p1, send, client, clock):
    activity = offering(alice, ours)
    activity["object"]["stipulatesReciprocal"]["resourceQuantity"]["hasNumericalValue"] = "1"
    send(alice, activity, at=clock.instant)
    first = posts(p1, "Reject")
    again(client, alice, activity, clock)
    assert posts(p1, "Reject") == first * 2
    assert len(first) == 1


def test_the_view_hastens_the_answer_to_a_repeated_offer(alice, ours, send, client, clock, monkeypatch):
    hastened = []
    activity = offering(alice, ours)
    send(alice, activity, at=clock.instant)
    monkeypatch.setattr(tasks, "hasten", lambda task, *ids: hastened.append((task.name, ids)))
    clock.advance(minutes=1)
    assert deliver(client, alice, "/inbox", activity, ORIGIN, at=clock.instant).status_code == 202
    assert hastened == [("federation.tasks.answer_again", (activity["id"], alice.uri))]


def test_another_who_uses_her_id_gets_an_answer_of_their_own(here, alice, ours, p1, send):
    activity = offering(alice, ours)
    send(alice, activity)
    mallory = p1.actor("mallory")
    assert outcome(send(mallory, {**activity, "actor": mallory.uri})) == ("applied", "rejected: not_the_asker")
    assert [body["to"] for body in posts(p1, "Reject")] == [[mallory.uri]]
    accept_quote(actor=here, quote_id=Quote.objects.get().pk)
    tell(Quote.objects.get())
    assert [body["to"] for body in posts(p1, "Accept")] == [[alice.uri]]


@pytest.mark.parametrize("form", ["id", "embedded"])
def test_they_take_it_back(here, alice, ours, send, form):
    activity = offering(alice, ours)
    send(alice, activity)
    thing = activity["id"] if form == "id" else {"id": activity["id"], "type": "Offer", "actor": alice.uri}
    assert outcome(send(alice, alice.activity("Undo", thing))) == ("applied", "")
    made = Quote.objects.get()
    assert made.state == QuoteState.WITHDRAWN
    assert tell(made) is None


def test_a_neighbour_takes_nothing_back(alice, p1, ours, send):
    activity = offering(alice, ours)
    send(alice, activity)
    mallory = p1.actor("mallory")
    envelope = send(mallory, mallory.activity("Undo", activity["id"]))
    assert envelope is None or outcome(envelope) == ("ignored", "quote_unknown")
    assert Quote.objects.get().state == QuoteState.ASKED


def test_whoever_asks_in_2023_is_answered_so(here, alice, ours, p1, send):
    activity = offering(alice, ours, "valueflows-2023/offer-commitment")
    assert outcome(send(alice, activity)) == ("applied", "asked")
    made = Quote.objects.get()
    assert (made.dialect, made.quantity, made.amount_cents) == ("2023", 3, 16500)
    accept_quote(actor=here, quote_id=made.pk)
    tell(made)
    result = posts(p1, "Accept")[0]["result"]
    assert [side["satisfies"] for side in result["commitments"]] == [f"{ours.uri}#primary", f"{ours.uri}#reciprocal"]
    assert [side["resourceQuantity"]["hasNumericalValue"] for side in result["commitments"]] == ["3", "165"]
