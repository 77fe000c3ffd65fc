"""What Create, Update and Delete of an offer do, and for whom they do nothing."""

import pytest

from federation import tasks
from federation.models import Envelope, TombstoneSeen
from network.models import Member, Offer, OfferState
from tests.federation.conftest import make_peer
from tests.federation.offers import created, proposal, uri

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    make_peer(p1)
    return p1.actor("alice")


def outcome(envelope):
    return envelope.outcome, envelope.detail


def test_an_offer_of_a_peer_is_listed_with_its_price(alice, send):
    assert outcome(send(alice, created(alice))) == ("applied", "")
    offer = Offer.objects.get(uri=uri(alice))
    assert (offer.title, offer.price, offer.amount_cents, offer.place_name) == (
        "Installation Nextcloud",
        "hourly",
        5500,
        "Liévin",
    )
    assert (offer.owner.uri, offer.owner.name, offer.local) == (alice.uri, "Alice", False)


def test_the_same_message_again_has_no_second_effect(alice, send, client):
    activity = created(alice)
    first = send(alice, activity)
    send(alice, activity)
    tasks.process(first.pk)
    assert Envelope.objects.count() == Offer.objects.count() == 1


def test_a_stranger_is_ignored(here, p1, send):
    mallory = p1.actor("mallory")
    assert outcome(send(mallory, created(mallory))) == ("ignored", "not-followed")
    assert not Offer.objects.exists()
    assert not Member.objects.filter(local=False).exists()


def test_an_update_replaces_the_whole(alice, send):
    send(alice, created(alice))
    change = {
        "name": "Nouveau titre",
        "updated": "2026-11-21T00:00:00Z",
        "content": None,
        "reciprocal": None,
        "unitBased": False,
    }
    assert outcome(send(alice, created(alice, kind="Update", **change))) == ("applied", "")
    offer = Offer.objects.get()
    assert (offer.title, offer.price, offer.amount_cents, offer.description) == ("Nouveau titre", "gift", None, "")


def test_an_older_update_changes_nothing(alice, send):
    send(alice, created(alice, updated="2026-11-21T00:00:00Z"))
    send(alice, created(alice, kind="Update", name="Ancien", updated="2026-11-20T12:00:00Z"))
    assert Offer.objects.get().title == "Installation Nextcloud"


@pytest.mark.parametrize("form", ["id", "tombstone"])
def test_delete_is_for_good(alice, send, form):
    send(alice, created(alice))
    thing = uri(alice) if form == "id" else {"id": uri(alice), "type": "Tombstone"}
    assert outcome(send(alice, alice.activity("Delete", thing))) == ("applied", "")
    assert Offer.objects.get().state == OfferState.WITHDRAWN
    assert outcome(send(alice, created(alice))) == ("ignored", "deleted")
    assert Offer.objects.get().state == OfferState.WITHDRAWN


def test_a_delete_that_overtakes_its_create(alice, send):
    send(alice, alice.activity("Delete", uri(alice)))
    assert outcome(send(alice, created(alice))) == ("ignored", "deleted")
    assert not Offer.objects.exists()


def test_a_neighbour_deletes_nothing_of_mine(alice, p1, send):
    send(alice, created(alice))
    mallory = p1.actor("mallory")
    envelope = send(mallory, mallory.activity("Delete", uri(alice)))
    assert envelope is None or outcome(envelope) == ("ignored", "owner")
    assert Offer.objects.get().state == OfferState.LIVE


def test_a_neighbour_cannot_bury_what_is_not_there_yet(alice, p1, send):
    mallory = p1.actor("mallory")
    send(mallory, mallory.activity("Delete", uri(alice)))
    assert outcome(send(alice, created(alice))) == ("applied", "")
    assert not TombstoneSeen.objects.filter(owner=alice.uri).exists()


def test_a_neighbour_changes_nothing_of_mine(alice, p1, send):
    send(alice, created(alice))
    mallory = p1.actor("mallory")
    forged = {**proposal(alice), "name": "Volé", "updated": "2026-11-21T00:00:00Z"}
    envelope = send(mallory, mallory.activity("Update", forged))
    assert envelope is None or envelope.outcome == "ignored"
    p1.serve("/p/1", proposal(alice))
    envelope = send(mallory, mallory.activity("Update", uri(alice)))
    assert envelope is None or outcome(envelope) == ("ignored", "owner")
    assert Offer.objects.get().title == "Installation Nextcloud"


def test_an_object_given_as_id_is_fetched_at_home(alice, send):
    document = created(alice)["object"]
    assert outcome(send(alice, alice.activity("Create", document["id"]))) == ("applied", "")
    assert Offer.objects.get().title == "Installation Nextcloud"


def test_the_companion_note_leads_to_the_proposal(alice, send):
    created(alice)
    note = {
        "id": f"{uri(alice)}/note", "type": "Note", "attributedTo": alice.uri, "content": "<p>x</p>",
        "attachment": [{"type": "Link", "href": uri(alice), "rel": ["payment", "https://w3id.org/valueflows/ont/vf#Proposal"]}],
    }  # fmt: skip
    assert outcome(send(alice, alice.activity("Create", note))) == ("applied", "")
    assert [offer.uri for offer in Offer.objects.all()] == [uri(alice)]


def test_an_ordinary_note_is_ignored(alice, send):
    assert outcome(send(alice, alice.note())) == ("ignored", "note")


@pytest.mark.parametrize("kind", ["Like", "Listen", "Block", "Unheard"])
def test_what_we_do_not_know_is_ignored(alice, send, kind):
    assert outcome(send(alice, alice.activity(kind, uri(alice)))) == ("ignored", "activity-type")


def test_an_offer_that_somebody_announces_is_read_where_it_lives(alice, p2, send):
    document = created(alice)["object"]
    relay = p2.actor("relay")
    assert outcome(send(relay, relay.activity("Announce", document["id"]))) == ("applied", "")
    assert outcome(send(relay, relay.activity("Announce", {**document, "name": "Menti"}))) == ("applied", "")
    assert Offer.objects.get().title == "Installation Nextcloud"


def test_what_we_cannot_read_names_its_field(alice, send):
    assert outcome(send(alice, created(alice, publishes=None))) == ("untranslatable", "publishes")


def test_something_out_of_reach_waits_then_expires(alice, p1, send, clock):
    p1.serve("/p/9", b"", status=503)
    envelope = send(alice, alice.activity("Create", uri(alice, 9)), at=clock.instant)
    assert (envelope.outcome, envelope.attempts) == ("waiting", 1)
    assert envelope.next_attempt_at > clock.instant
    clock.advance(days=3, minutes=1)
    tasks.process(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.outcome == "expired"


def test_something_gone_is_ignored(alice, send):
    assert outcome(send(alice, alice.activity("Create", uri(alice, 404)))) == ("ignored", "gone")


def test_markup_is_cleaned_on_the_way_in(alice, send):
    send(alice, created(alice, content='<p onclick="x()">Oui<script>alert(1)</script></p>', name="<b>Titre</b>"))
    offer = Offer.objects.get()
    assert "script" not in offer.description
    assert "onclick" not in offer.description


def test_a_changed_actor_is_fetched_again(alice, send):
    send(alice, created(alice))
    alice.extra["name"] = "Alice la Neuve"
    assert outcome(send(alice, alice.activity("Update", {"id": alice.uri, "type": "Person", "name": "Menteuse"}))) == (
        "applied",
        "",
    )
    assert Member.objects.get(uri=alice.uri).name == "Alice la Neuve"


def test_a_departed_actor_takes_its_offers_along(alice, send):
    send(alice, created(alice))
    assert outcome(send(alice, alice.activity("Delete", alice.uri))) == ("applied", "")
    assert Offer.objects.get().state == OfferState.WITHDRAWN
    assert Member.objects.get(uri=alice.uri).gone_at is not None


def test_a_surprise_is_kept_apart_and_answers_nobody(alice, send, monkeypatch, caplog):
    def broken(**_):
        raise ZeroDivisionError

    monkeypatch.setattr("federation.received.offers.record_remote_offer", broken)
    assert outcome(send(alice, created(alice))) == ("failed", "ZeroDivisionError")
    assert "ZeroDivisionError" in caplog.text


def test_bodies_are_forgotten_and_ids_are_not(alice, send, clock):
    envelope = send(alice, created(alice), at=clock.instant)
    clock.advance(days=31)
    tasks.tidy()
    envelope.refresh_from_db()
    assert (bytes(envelope.body), bool(envelope.activity)) == (b"", True)
