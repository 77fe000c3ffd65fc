"""FET: nobody keeps our workers waiting for long: a node has its seconds, and strangers have theirs all together."""

import time
from datetime import timedelta

import pytest

from federation import attested, harvest, patience, tasks
from federation.errors import Unreachable
from federation.models import Envelope, Follow, Node, Outcome
from network.models import Offer
from tests.federation.conftest import here, make_peer, send  # noqa: F401 - fixtures
from tests.federation.offers import created, proposal, uri
from tests.federation.outboxes import activity, offering, outbox
from tests.federation.proving import proves, vouch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("here")]


@pytest.fixture
def watch(monkeypatch):
    """A watch that stands still; whoever is fetched from moves it by `slow` seconds."""

    class Watch:
        at, slow = 1000.0, 0.0

        def monotonic(self):
            return self.at

    watch, asked = Watch(), patience.time
    from federation import client

    true = client.get_document

    def fetched(*args, **options):
        watch.at += watch.slow
        return true(*args, **options)

    monkeypatch.setattr(client, "get_document", fetched)
    for module in (patience, harvest):
        monkeypatch.setattr(module, "time", watch)
    assert asked is time
    return watch


def announce(actor, number):
    """Return an Announce of somebody's offer, which must be fetched."""
    created(actor, number)
    return actor.activity("Announce", uri(actor, number))


def test_a_stranger_who_is_slow_waits_and_others_do_not(p1, p2, send, watch):  # noqa: F811
    make_peer(p2)
    slow, alice = p1.actor("slow"), p2.actor("alice")
    watch.slow = patience.STRANGER + 1
    first = send(slow, announce(slow, 1))
    second = send(slow, announce(slow, 2))
    watch.slow = 0.0
    assert first.outcome == Outcome.IGNORED
    assert (second.outcome, second.detail) == (Outcome.WAITING, "budget")
    assert second.next_attempt_at - second.received_at >= timedelta(seconds=patience.PERIOD)
    assert send(alice, created(alice)).outcome == Outcome.APPLIED


def test_all_strangers_together_have_so_much_time(p1, p2, send, watch):  # noqa: F811
    number = 0
    while watch.at < 1000 + patience.STRANGERS:
        watch.slow, number = patience.STRANGER - 1, number + 1
        with patience.spent_on(f"https://s{number}.example/u/x"):
            watch.at += watch.slow
    watch.slow = 0.0
    make_peer(p2)
    stranger, alice = p1.actor("stranger"), p2.actor("alice")
    assert send(stranger, announce(stranger, 1)).detail == "budget"
    assert send(alice, created(alice)).outcome == Outcome.APPLIED


def test_whom_we_follow_has_more_time_but_not_all(watch):
    Node.objects.create(origin="https://p.example", standing="peer")
    for _time in range(int(patience.LISTED // 20)):
        with patience.spent_on("https://p.example/u/a"):
            watch.at += 20
    with pytest.raises(Unreachable) as caught, patience.spent_on("https://p.example/u/b"):
        pytest.fail("not reached")
    assert (caught.value.code, caught.value.retry_after) == ("budget", patience.PERIOD)


def test_what_takes_no_time_costs_none(p1, send):  # noqa: F811
    make_peer(p1)
    alice = p1.actor("alice")
    assert [send(alice, created(alice, number)).outcome for number in range(20)] == [Outcome.APPLIED] * 20


# --- what is only named -----------------------------------------------------------------------------------


def test_a_strangers_word_costs_no_request(p1, send):  # noqa: F811
    stranger = p1.actor("stranger")
    send(stranger, stranger.note())
    p1.seen.clear()
    named = stranger.activity("Create", created(stranger, 7)["object"]["id"])
    linked = {**stranger.note()["object"], "attachment": [link(stranger)]}
    assert [send(stranger, one).detail for one in (named, stranger.activity("Create", linked))] == ["not-followed"] * 2
    assert p1.asked() == []


def link(actor):
    return {"type": "Link", "href": uri(actor, 7), "rel": ["payment", "https://w3id.org/valueflows/ont/vf#Proposal"]}


def test_what_a_peer_only_names_is_fetched(p1, send, monkeypatch):  # noqa: F811
    make_peer(p1)
    alice = p1.actor("alice")
    created(alice, 7)
    monkeypatch.setattr(attested, "SOURCE_FETCHES", 0)
    assert send(alice, alice.activity("Create", uri(alice, 7))).outcome == Outcome.APPLIED
    assert Offer.objects.get().uri == uri(alice, 7)


def test_what_others_we_know_only_name_is_fetched_within_their_budget(p1, send, monkeypatch):  # noqa: F811
    Node.objects.create(origin=p1.origin)
    alice = p1.actor("alice")
    created(alice, 7)
    monkeypatch.setattr(attested, "SOURCE_FETCHES", 1)
    first, second = (send(alice, alice.activity("Create", uri(alice, 7))) for _ in range(2))
    assert (first.detail, second.outcome, second.detail) == ("not-followed", Outcome.WAITING, "budget")


def test_an_attestation_that_is_only_named_is_fetched_and_verified(p1, send, here):  # noqa: F811
    from network.models import Vouch

    make_peer(p1)
    alice = proves(p1.actor("alice"))
    genuine = vouch(alice, here.uri)
    p1.serve("/att/1", genuine)
    p1.serve("/att/2", {**vouch(alice, here.uri, number=2), "level": 1})
    assert send(alice, alice.activity("Create", genuine["id"])).outcome == Outcome.APPLIED
    assert send(alice, alice.activity("Create", f"{p1.origin}/att/2")).outcome == Outcome.REFUSED_PROOF
    assert Vouch.objects.get().uri == genuine["id"]


# --- catching up ------------------------------------------------------------------------------------------


@pytest.fixture
def follow(p1):
    make_peer(p1)
    return Follow.objects.get()


def test_a_run_of_catching_up_ends_and_the_next_goes_on(p1, follow, watch):
    alice = p1.actor("alice")
    offering(p1, alice, range(8))
    p1.actor("node").extra["streams"] = f"{p1.origin}/offers"
    watch.slow = harvest.RUN_S / 9  # head, actor, four pages: then a few offers
    tasks.catch_up(follow.pk)
    follow.refresh_from_db()
    first = Offer.objects.count()
    assert follow.caught_up_at is None
    assert 0 < first < 8
    tasks.catch_up(follow.pk)
    assert Offer.objects.count() > first


def test_one_at_a_time_in_a_process(follow):
    assert tasks._catching_up.acquire(blocking=False)
    try:
        tasks.catch_up(follow.pk)
    finally:
        tasks._catching_up.release()
    follow.refresh_from_db()
    assert follow.caught_up_at is None


def test_what_an_outbox_shows_is_held_to_the_rules_of_the_gate(p1, follow):
    """It reads the same as JSON and as linked data, and touches only what is its owner's."""
    node = p1.actor("node")
    p1.actor("alice")
    hidden = activity(node, 1) | {"https://www.w3.org/ns/activitystreams#object": {"id": f"{p1.origin}/p/2"}}
    renamed = activity(node, 2)
    renamed["@context"] = [*renamed["@context"], {"subject2": "as:object"}]
    outbox(p1, [hidden, renamed, activity(node, 3)])
    harvest.catch_up(follow.pk)
    assert [row.activity for row in Envelope.objects.all()] == [activity(node, 3)["id"]]


def test_a_404_drops_the_copy_and_it_may_come_again(p1, follow):
    alice = p1.actor("alice")
    p1.actor("node").extra["streams"] = f"{p1.origin}/offers"
    offering(p1, alice, [1, 2])
    harvest.catch_up(follow.pk)
    assert Offer.objects.count() == 2
    offering(p1, alice, [1], listed=[])
    p1.pages.pop("/p/1")
    p1.serve("/p/2", b"{}", status=410)
    harvest.catch_up(follow.pk)
    assert list(Offer.objects.values_list("uri", "state")) == [(uri(alice, 2), "withdrawn")]
    offering(p1, alice, [1, 2])
    harvest.catch_up(follow.pk)
    assert dict(Offer.objects.values_list("uri", "state")) == {uri(alice, 1): "live", uri(alice, 2): "withdrawn"}
    assert proposal(alice, 1)["id"] == uri(alice, 1)
