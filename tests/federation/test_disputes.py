"""An id that a neighbour of the same node has named first: its owner loses nothing by it."""

import pytest

from federation import attested, harvest, tasks
from federation.models import Envelope
from federation.received import offers
from network.clock import now
from network.models import Event, EventDate, Offer, OfferState, Quote
from tests.federation import offers as sent
from tests.federation import test_inbox_events as agenda
from tests.federation.conftest import ORIGIN, make_peer
from tests.peers import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    make_peer(p1)
    return p1.actor("alice")


@pytest.fixture
def mallory(alice):
    return alice.peer.actor("mallory")


@pytest.fixture
def taken(alice, mallory, send):
    """The id of Alice's offer, under which we hold one of Mallory's."""
    assert outcome(send(mallory, sent.created(mallory, name="Faux"))) == ("applied", "")
    return sent.uri(alice)


def outcome(envelope):
    return envelope.outcome, envelope.detail


def held():
    return [(offer.uri, offer.owner.uri, offer.title) for offer in Offer.objects.select_related("owner")]


def test_the_owners_create_takes_its_id_back(taken, alice, send):
    assert outcome(send(alice, sent.created(alice))) == ("applied", "")
    assert held() == [(taken, alice.uri, "Installation Nextcloud")]


def test_what_is_its_owners_stays_so(taken, alice, mallory, send):
    send(alice, sent.created(alice))
    forged = mallory.activity("Create", sent.proposal(mallory, name="Volé", updated="2026-11-21T00:00:00Z"))
    assert outcome(send(mallory, forged)) == ("ignored", "owner")
    assert send(mallory, mallory.activity("Delete", taken)) is None
    assert outcome(send(alice, sent.created(alice, kind="Update", name="Nouveau"))) == ("applied", "")
    assert held() == [(taken, alice.uri, "Nouveau")]
    assert Offer.objects.get().state == OfferState.LIVE


def test_even_if_the_neighbour_has_withdrawn_it(taken, alice, mallory, send):
    send(mallory, mallory.activity("Delete", taken))
    assert outcome(send(alice, sent.created(alice))) == ("applied", "")
    assert [offer.state for offer in Offer.objects.all()] == [OfferState.LIVE]


def test_a_mute_origin_is_asked_again(taken, alice, send):
    genuine = sent.created(alice)
    alice.peer.serve("/p/1", genuine["object"], status=503)
    envelope = send(alice, genuine)
    assert envelope.outcome == "waiting"
    alice.peer.serve("/p/1", genuine["object"])
    tasks.process(envelope.pk)
    envelope.refresh_from_db()
    assert outcome(envelope) == ("applied", "")
    assert held() == [(taken, alice.uri, "Installation Nextcloud")]


def test_disputes_use_up_a_budget(taken, alice, mallory, send, monkeypatch):
    send(alice, sent.created(alice))
    monkeypatch.setattr(attested, "SOURCE_FETCHES", 0)
    before = len(alice.peer.asked("/p/1"))
    assert send(mallory, mallory.activity("Create", sent.proposal(mallory))).outcome == "waiting"
    assert len(alice.peer.asked("/p/1")) == before


def test_a_thread_about_the_neighbours_offer_stays(taken, here, alice, send):
    false = Offer.objects.get()
    quote = Quote.objects.create(uri=f"{ORIGIN}/a/9", offer=false, asker=here, price="hourly", quantity=1)
    assert outcome(send(alice, sent.created(alice))) == ("applied", "")
    quote.refresh_from_db()
    false.refresh_from_db()
    assert (quote.offer, false.title, false.state) == (false, "Faux", OfferState.EXPIRED)
    assert false.uri != taken
    assert Offer.objects.get(uri=taken).owner.uri == alice.uri


def test_among_many_that_arrive_together(taken, alice, client):
    said = [sent.created(alice, number) for number in (1, 2, 3)]
    for activity in said:
        assert deliver(client, alice, "/inbox", activity, ORIGIN).status_code == 202
    tasks.process(*Envelope.objects.filter(outcome="waiting").values_list("pk", flat=True))
    assert {uri: owner for uri, owner, _title in held()} == {sent.uri(alice, n): alice.uri for n in (1, 2, 3)}


def test_catching_up_gives_it_back_too(taken, alice):
    sent.created(alice)
    assert harvest._take(taken, now(), until=float("inf"))
    assert held() == [(taken, alice.uri, "Installation Nextcloud")]


def test_a_neighbour_that_comes_in_between_is_met_again(alice, mallory, send):
    """Between our look at what we hold and the moment of writing."""
    genuine = sent.created(alice)["object"]
    effect = offers.record(offers.read(genuine, alice.uri, now()), now())
    send(mallory, mallory.activity("Create", sent.proposal(mallory)))
    with pytest.raises(offers.Unreachable, match="disputed"):
        effect()


def test_an_actors_own_id_is_nobody_elses(alice, mallory, send):
    send(alice, sent.created(alice))
    thing = {**sent.proposal(mallory), "id": alice.uri}
    assert send(mallory, mallory.activity("Create", thing)) is None


def test_an_event_is_given_back_as_well(alice, mallory, send, clock):
    def posted(actor, **changes):
        return send(actor, agenda.created(actor, **changes), at=clock.instant)

    assert outcome(posted(mallory, name="Faux")) == ("applied", "")
    assert outcome(posted(alice)) == ("applied", "")
    event = Event.objects.get()
    assert (event.organiser.uri, event.title) == (alice.uri, "Fête d’installation")
    assert EventDate.objects.get().uri == event.uri == agenda.uri(alice)
    forged = mallory.activity("Create", agenda.document(mallory, name="Volé"))
    assert outcome(send(mallory, forged, at=clock.instant)) == ("ignored", "owner")
    assert Event.objects.get().title == "Fête d’installation"
