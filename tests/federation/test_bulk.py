"""Offers that arrive together: the same comes of them as one by one, at a small part of the price."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from federation import bulk, inbox
from federation.models import Envelope, Node, RemoteActor, Standing
from federation.queries import is_listed, listing_rule
from network.models import Member, Offer, OfferTerm
from tests import factories
from tests.federation.conftest import make_peer
from tests.federation.offers import created, proposal, uri
from tests.peers import AS2, encoded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "here")]


@pytest.fixture
def alice(p1):
    make_peer(p1)
    return met(p1, "alice")


def met(peer, name):
    """Somebody whose document we have read today, and who answers no question now."""
    actor = peer.actor(name)
    factories.member(name.title(), handle=name, origin=peer.origin)
    return actor


def keep(*messages):
    """Let these messages be admitted; return their keys."""
    rows = [Envelope(activity=one["id"], actor=one["actor"], body=encoded(one)) for one in messages]
    return [row.pk for row in Envelope.objects.bulk_create(rows)]


def words():
    """What is held of offers, without what each run numbers anew."""
    columns = [field.name for field in Offer._meta.concrete_fields if field.name != "id"]
    offers = list(Offer.objects.order_by("uri").values_list(*columns))
    return offers, sorted(OfferTerm.objects.values_list("offer__uri", "term", "z"))


def outcomes(keys):
    rows = Envelope.objects.in_bulk(keys)
    return [(rows[key].outcome, rows[key].detail, rows[key].attempts) for key in keys]


def both_ways(*messages):
    """Process the messages one by one, forget it, then together; return what came of them each time."""
    found = []
    for how in (lambda keys: [inbox.process(key) for key in keys], inbox.process_all):
        with transaction.atomic():
            keys = keep(*messages)
            how(keys)
            found.append((outcomes(keys), words()))
            transaction.set_rollback(True)
    return found


def test_the_same_comes_of_them_together_as_one_by_one(alice, p1, p2):
    stranger, bob = met(p2, "stranger"), met(p1, "bob")
    factories.skill("nextcloud")
    gone = created(alice, 6)
    messages = [
        created(alice, 1),
        created(alice, 2, name="Deux"),
        created(bob, 3, attributedTo=bob.uri),
        created(stranger, 4),  # of nobody we list
        created(alice, 5, name=""),  # unreadable
        created(bob, 1),  # somebody else's
        alice.activity("Update", proposal(alice, 2, name="Deux bis", updated="2026-11-21T00:00:00Z"), **context(alice)),
        alice.activity("Update", proposal(alice, 1, name="Vieux", updated="2026-11-01T00:00:00Z"), **context(alice)),
        gone,
        alice.activity("Delete", uri(alice, 6)),
        created(alice, 6),
        created(alice, 7, to=[f"{alice.uri}/followers"], cc=[]),  # for some
        alice.activity("Like", uri(alice, 1)),
        created(alice, 8, publishes={"type": "Intent", "resourceConformsTo": f"{p1.origin}/skills/nextcloud"}),
        {**created(alice, 9), "type": "Announce"},
    ]
    alone, together = both_ways(*messages)
    assert together == alone
    assert len(alone[1][0]) >= 5


def context(actor):
    return {"@context": proposal(actor)["@context"]}


def test_many_cost_little_more_than_one(alice):
    keys = keep(*(created(alice, number) for number in range(40)))
    with CaptureQueriesContext(connection) as queries:
        inbox.process_all(keys)
    assert Offer.objects.count() == 40
    assert outcomes(keys) == [("applied", "", 1)] * 40
    assert len(queries) <= 25


def test_one_that_cannot_be_written_spoils_no_other(alice, monkeypatch):
    keys = keep(*(created(alice, number) for number in range(5)))

    def busy(**_cards):
        raise IntegrityError

    monkeypatch.setattr(bulk, "record_remote_offers", busy)
    inbox.process_all(keys)
    assert (Offer.objects.count(), outcomes(keys)) == (5, [("applied", "", 1)] * 5)


def test_what_was_settled_meanwhile_is_left_alone(alice):
    keys = keep(*(created(alice, number) for number in range(3)))
    rows = list(Envelope.objects.filter(pk__in=keys))
    Envelope.objects.filter(pk=keys[0]).update(outcome="ignored", detail="by another worker")
    assert bulk.take_offers(rows) == set(keys[1:])
    assert outcomes(keys)[0] == ("ignored", "by another worker", 0)
    assert not Offer.objects.filter(uri=uri(alice, 0)).exists()


def test_a_block_that_came_meanwhile_counts(alice, p1):
    keys = keep(*(created(alice, number) for number in range(3)))
    Node.objects.filter(origin=p1.origin).update(standing=Standing.BLOCKED)
    inbox.process_all(keys)
    assert not Offer.objects.exists()
    assert {outcome for outcome, _detail, _ in outcomes(keys)} == {"ignored"}


def test_an_owner_whom_we_have_not_met_is_fetched_first(alice, p1):
    bob = p1.actor("bob")
    keys = keep(*(created(bob, number) for number in range(3)))
    inbox.process_all(keys)
    assert Member.objects.filter(uri=bob.uri).exists()
    assert RemoteActor.objects.filter(uri=bob.uri).exists()
    assert Offer.objects.count() == 3


def test_a_thing_that_only_mentions_a_proposal_is_no_offer(alice):
    note = {"id": f"{alice.peer.origin}/n/1", "type": "Note", "attributedTo": alice.uri, "content": '"Proposal"'}
    keys = keep(*({**alice.activity("Create", note), "@context": AS2} for _ in range(3)))
    inbox.process_all(keys)
    assert not Offer.objects.exists()
    assert {outcome for outcome, _detail, _ in outcomes(keys)} == {"ignored"}


@pytest.mark.parametrize("standing", Standing.values)
def test_the_rule_for_many_is_the_rule_for_one(p1, p2, alice, standing):
    Node.objects.filter(origin=p1.origin).update(standing=standing)
    actors = [alice.uri, p1.actor("node").uri, p2.actor("x").uri, "https://unknown.example/u/x"]
    assert list(map(listing_rule(actors), actors)) == list(map(is_listed, actors))


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_for_the_same_messages_have_one_effect(p1, here, clock):
    """And so do those that write the same offers from different messages."""
    make_peer(p1)
    alice = met(p1, "alice")
    first = keep(*(created(alice, number) for number in range(12)))
    second = keep(*(created(alice, number) for number in reversed(range(12))))
    factories.at_once(*(partial(inbox.process_all, keys) for keys in (first, first, second, second)))
    for keys in (first, second):  # what met another worker is put off for a minute: the sweep's business
        inbox.process_all(keys)
    assert Offer.objects.count() == 12
    assert {outcome for outcome, *_ in outcomes([*first, *second])} == {"applied"}
