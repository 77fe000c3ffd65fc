"""What followers are told, in which dialect, in which order; delivered through rows that survive."""

import json
from datetime import timedelta

import pytest
from activitypub.core.models import Domain

from federation import actors, dispatch, keys, outbox, outcomes, tasks
from federation.client import Answer
from federation.models import (
    Activity,
    Announced,
    Delivery,
    DeliveryState,
    Follow,
    IntentContext,
    Node,
    ProposalContext,
    QuantityContext,
    Rendered,
)
from federation.posting import Parcel, Posted
from federation.queries import node_actor
from network.actions.collectives import admit_member, end_membership, suspend_membership
from network.actions.offers import withdraw_offer
from network.models import Member, Offer
from tests import factories
from tests.federation.conftest import ORIGIN, make_follower

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def toile(here, p1):
    """A follower of the node, on a node that runs Toile."""
    Node.objects.create(origin=p1.origin, software="toile")
    make_follower(p1.actor("node", "Application"), node_actor())
    return p1


@pytest.fixture
def others(here, p2):
    """Two followers of Alix, on a node that runs something else."""
    for name in ("bob", "carol"):
        make_follower(p2.actor(name), here.uri)
    return p2


@pytest.fixture
def offer(here):
    return factories.offer(here, price="hourly", amount_cents=5500, skill="nextcloud")


def received(peer):
    return [json.loads(seen.body) for seen in peer.seen if seen.method == "POST"]


def proposals(peer):
    """Return the messages about Proposals, without what else a sweep finds to tell."""
    return [message for message in received(peer) if message["object"]["type"] == "Proposal"]


def change(offer, **columns):
    Offer.objects.filter(pk=offer.pk).update(revision=offer.revision + 1, **columns)
    offer.refresh_from_db()
    return outbox.announce_offer(offer.pk)


def test_each_reads_what_it_can(offer, toile, others):
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    proposal, note = received(toile)[0], received(others)[0]
    assert len(received(toile)) == len(received(others)) == 1  # one copy for both followers of the other node
    assert (proposal["type"], proposal["id"], proposal["object"]["type"]) == (
        "Create",
        f"{offer.uri}/create",
        "Proposal",
    )
    assert (note["type"], note["object"]["type"]) == ("Create", "Note")
    assert proposal["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert proposal["cc"] == [f"{offer.owner.uri}/followers", f"{ORIGIN}/actor/followers"]
    assert proposal["object"] == {
        k: v for k, v in json.loads(bytes(Rendered.objects.get(uri=offer.uri).body)).items() if k != "@context"
    }
    assert {seen.path for seen in others.seen} == {"/inbox"}


def test_a_node_that_sent_us_a_proposal_gets_proposals(offer, others):
    factories.offer(factories.member("Bob", origin=others.origin))
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    assert [message["object"]["type"] for message in received(others)] == ["Proposal"]


def test_the_same_revision_is_told_once(offer, toile):
    for _ in range(3):
        outbox.announce_offer(offer.pk)
        tasks.sweep()
    assert Activity.objects.filter(object_uri=offer.uri).count() == 1
    assert Delivery.objects.filter(object_uri=offer.uri).count() == 1


def test_changes_and_the_end_come_in_order(offer, toile):
    outbox.announce_offer(offer.pk)
    change(offer, title="Autre titre")
    withdraw_offer(actor=offer.owner, offer_id=offer.pk)
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    assert [message["type"] for message in received(toile)] == ["Create", "Update", "Delete"]
    assert received(toile)[-1]["object"]["type"] == "Tombstone"


def test_a_later_message_waits_for_an_earlier_one_about_the_same(offer, toile, clock):
    toile.inbox_status = 500
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    change(offer, title="Autre titre")
    toile.inbox_status = 202
    dispatch.deliver_due()
    assert len(received(toile)) == 1  # the Update does not overtake
    clock.advance(minutes=2)
    dispatch.deliver_due()
    assert [message["type"] for message in received(toile)] == ["Create", "Create", "Update"]


@pytest.fixture
def fellows(here, p2, clock):
    """Bob and Carol, of another node, are members of Alix's collective; return it."""
    home = here.memberships.get().collective
    for name in ("bob", "carol"):
        actors.know_member(p2.actor(name).uri, now=clock.instant)
        admit_member(collective=home, member=Member.objects.get(uri=p2.actor(name).uri))
    return home


def told(peer):
    """Who of a peer got what."""
    return [(seen.path, json.loads(seen.body)["type"]) for seen in peer.seen if seen.method == "POST"]


@pytest.mark.parametrize("ceases", [end_membership, suspend_membership])
def test_what_is_for_members_reaches_nobody_who_ceased_to_be_one_before_it_left(here, fellows, p2, ceases):
    offer = factories.offer(here, visibility="members")
    outbox.announce_offer(offer.pk)
    ceases(collective=fellows, member=Member.objects.get(handle="carol"))
    dispatch.deliver_due()
    assert told(p2) == [("/u/bob/inbox", "Create")]
    late = Delivery.objects.get(inbox__endswith="/u/carol/inbox")
    assert (late.state, late.last_status) == (DeliveryState.REFUSED, "left")


def test_whoever_had_it_as_a_member_hears_of_its_end_afterwards(here, fellows, p2):
    offer = factories.offer(here, visibility="members")
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    change(offer, title="Autre titre")
    end_membership(collective=fellows, member=Member.objects.get(handle="carol"))
    withdraw_offer(actor=here, offer_id=offer.pk)
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    assert [kind for path, kind in told(p2) if path == "/u/bob/inbox"] == ["Create", "Update", "Delete"]
    assert [kind for path, kind in told(p2) if path == "/u/carol/inbox"] == ["Create", "Delete"]


def test_whoever_heard_of_it_hears_of_its_end(offer, others):
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    Follow.objects.all().delete()
    withdraw_offer(actor=offer.owner, offer_id=offer.pk)
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    assert [message["type"] for message in received(others)] == ["Create", "Delete"]


def test_a_blocked_node_does_not_hear_of_the_end_either(offer, others):
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    Node.objects.create(origin=others.origin, standing="blocked")
    withdraw_offer(actor=offer.owner, offer_id=offer.pk)
    outbox.announce_offer(offer.pk)
    dispatch.deliver_due()
    assert [message["type"] for message in received(others)] == ["Create"]


def test_the_owner_can_be_asked_for_before_the_offer_is_told(here, toile):
    fresh = factories.member("Bachir")
    outbox.announce_offer(factories.offer(fresh).pk)
    assert Rendered.objects.filter(uri=fresh.uri, gone=False).exists()


def test_an_offer_nobody_heard_of_ends_in_silence(offer, toile):
    withdraw_offer(actor=offer.owner, offer_id=offer.pk)
    outbox.announce_offer(offer.pk)
    assert not Activity.objects.exists()
    assert Rendered.objects.get(uri=offer.uri).gone


def test_a_blocked_node_hears_nothing(offer, toile):
    Node.objects.update(standing="blocked")
    outbox.announce_offer(offer.pk)
    assert not Delivery.objects.exists()


def test_a_changed_member_is_announced(here, toile):
    type(here).objects.filter(pk=here.pk).update(revision=2, name="Alix la Neuve")
    tasks.sweep()
    message = received(toile)[0]
    assert (message["type"], message["object"]["name"]) == ("Update", "Alix la Neuve")
    assert message["id"] == f"{here.uri}/update/2"


def test_the_sweep_finds_what_no_task_told(offer, toile):
    tasks.sweep()
    assert [message["type"] for message in proposals(toile)] == ["Create"]
    assert Announced.objects.get(uri=offer.uri).revision == offer.revision


def test_what_fails_does_not_stop_the_sweep(here, toile, monkeypatch, caplog):
    broken, fine = factories.offer(here, "Cassée"), factories.offer(here, "Entière")
    true = outbox.announce_offer

    def announce(pk):
        if pk == broken.pk:
            raise ZeroDivisionError
        return true(pk)

    monkeypatch.setitem(tasks.ANNOUNCERS, "offer", announce)
    tasks.sweep()
    assert [message["object"]["id"] for message in proposals(toile)] == [fine.uri]
    assert "ZeroDivisionError" in caplog.text


def test_the_toolkit_reads_what_we_publish(offer):
    outbox.announce_offer(offer.pk)
    proposal = ProposalContext.objects.get(reference__uri=offer.uri)
    assert (proposal.name, proposal.purpose, proposal.unit_based) == (offer.title, "offer", True)
    assert proposal.attributed_to.uri == offer.owner.uri
    money = IntentContext.objects.get(reference=proposal.reciprocal)
    assert (money.action, money.resource.uri) == ("transfer", "https://www.wikidata.org/wiki/Q4916")
    quantity = QuantityContext.objects.get(reference=money.quantity)
    assert (quantity.unit, quantity.value) == ("one", "55")
    assert Domain.objects.get(name="localhost", port=8000).local
    withdraw_offer(actor=offer.owner, offer_id=offer.pk)
    outbox.announce_offer(offer.pk)
    assert not ProposalContext.objects.exists()
    assert not QuantityContext.objects.exists()


# --- answers ---------------------------------------------------------------------------------------------


@pytest.fixture
def queued(offer, toile):
    outbox.announce_offer(offer.pk)
    return Delivery.objects.get()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (202, "done"),
        (404, "refused"),
        (403, "refused"),
        (302, "refused"),
        (500, "queued"),
        (429, "queued"),
        (401, "queued"),
    ],
)
def test_an_answer_settles_the_row(queued, toile, status, state):
    toile.inbox_status = status
    dispatch.deliver_due()
    queued.refresh_from_db()
    assert (queued.state, queued.last_status, queued.attempts) == (state, str(status), 1)


def test_a_named_delay_is_kept(queued, toile, clock):
    toile.inbox_status, toile.inbox_headers = 429, {"Retry-After": "7200"}
    dispatch.deliver_due()
    queued.refresh_from_db()
    assert queued.next_attempt_at == clock.instant + timedelta(hours=2)


def test_a_vanished_inbox_is_a_follower_less(queued, toile):
    toile.inbox_status = 410
    dispatch.deliver_due()
    assert not Follow.objects.filter(outgoing=False).exists()


def test_after_thirty_days_a_delivery_expires(queued, toile, clock):
    toile.inbox_status = 500
    for _ in range(80):
        dispatch.deliver_due()
        clock.advance(hours=15)
    queued.refresh_from_db()
    assert queued.state == DeliveryState.EXPIRED
    assert len(received(toile)) > 40


def test_each_attempt_is_signed_anew(queued, toile, clock):
    toile.inbox_status = 500
    for _ in range(2):
        dispatch.deliver_due()
        clock.advance(minutes=2)
    dates = [seen.headers["date"] for seen in toile.seen if seen.method == "POST"]
    assert len(set(dates)) == 2


def test_a_lease_that_ran_out_is_taken_again_and_one_that_runs_is_not(queued, toile, clock):
    Delivery.objects.update(state="sending", attempts=1, lease_until=clock.instant + timedelta(seconds=10))
    assert dispatch.deliver_due() == 0
    clock.advance(seconds=11)
    assert dispatch.deliver_due() == 1
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == ("done", 2)


def test_a_late_worker_does_not_overwrite_what_another_recorded(queued, toile, clock):
    late = dispatch.lease(10)
    clock.advance(seconds=31)
    dispatch.deliver_due()
    parcel = Parcel(queued.pk, queued.inbox, queued.host, b"", keys.signing_key(node_actor()), "cavage")
    for answer in (Answer(500), None):
        outcomes.record([Posted(parcel, answer)], {row.pk: row for row in late})
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == ("done", 2)


def test_that_it_was_received_counts_whoever_has_the_row_by_now(queued, toile, clock):
    late = dispatch.lease(10)
    clock.advance(seconds=31)
    assert dispatch.lease(10)
    parcel = Parcel(queued.pk, queued.inbox, queued.host, b"", keys.signing_key(node_actor()), "cavage")
    outcomes.record([Posted(parcel, Answer(202))], {row.pk: row for row in late})
    queued.refresh_from_db()
    assert (queued.state, queued.lease_until) == ("done", None)


def test_nothing_leaves_while_federation_is_off(queued, toile, settings):
    settings.FEDERATION_ON = False
    tasks.sweep()
    tasks.deliver()
    assert received(toile) == []
