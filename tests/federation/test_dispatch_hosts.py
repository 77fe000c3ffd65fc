"""How hosts are treated, on loopback: delays, breaker, what they do not read, two messages at a time, leases."""

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache

from federation import client, dispatch, outbox
from federation.models import Delivery, Host, Node, Reading
from federation.queries import node_actor
from tests import factories
from tests.federation.conftest import make_follower
from tests.federation.deliveries import answering, inbox, numbers, queue, received, rounds, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "here")]


# --- delays -------------------------------------------------------------------------------------------------


def test_a_host_that_names_a_delay_gets_nothing_before(p1, clock):
    p1.inbox_status, p1.inbox_headers = 429, {"Retry-After": "7200"}
    for number in range(6):
        queue(number, inbox(p1))
    dispatch.deliver_due()
    assert len(received(p1)) <= 2
    p1.inbox_status, p1.inbox_headers = 202, {}
    clock.advance(minutes=119)
    assert dispatch.deliver_due() == 0
    clock.advance(minutes=2)
    dispatch.deliver_due()
    assert set(states().values()) == {"done"}


# --- the breaker --------------------------------------------------------------------------------------------


def test_five_failures_in_a_row_open_the_breaker_then_one_probe_at_a_time(p1, clock):
    p1.inbox_status = 500
    for number in range(8):
        queue(number, inbox(p1))
    dispatch.deliver_due()
    assert len(received(p1)) == 5
    cache.clear()  # what is known of a host lies in its row, for every process
    clock.advance(minutes=4)
    assert dispatch.deliver_due() == 0
    clock.advance(minutes=2)
    dispatch.deliver_due()
    assert len(received(p1)) == 6
    clock.advance(minutes=4)
    assert dispatch.deliver_due() == 0
    p1.inbox_status = 202
    clock.advance(minutes=2)
    dispatch.deliver_due()
    assert set(states().values()) == {"done"}
    host = Host.objects.get()
    assert (host.failures, host.open_until, host.probe_until) == (0, None, None)


def test_another_worker_sends_no_second_probe(p1, clock):
    queue(1, inbox(p1))
    queue(2, inbox(p1))
    past, later = clock.instant - timedelta(minutes=1), clock.instant + timedelta(hours=1)
    Host.objects.create(origin=p1.origin, failures=7, open_until=later, probe_until=past)
    assert len(dispatch.lease(10)) == 1
    assert dispatch.lease(10) == []
    clock.advance(seconds=31)  # the worker died over its probe
    assert len(dispatch.lease(10)) == 1


def test_the_breakers_state_expires(p1, clock):
    queue(1, inbox(p1))
    past = clock.instant - timedelta(seconds=1)
    Host.objects.create(origin=p1.origin, failures=50, open_until=past, probe_until=past)
    p1.inbox_status = 500
    dispatch.deliver_due()
    host = Host.objects.get()
    assert (host.failures, host.open_until) == (1, None)


def test_a_success_in_between_keeps_the_breaker_closed(p1):
    answering(p1, lambda message: 202 if int(message["id"][-1]) % 3 == 0 else 500)
    for number in range(9):
        queue(number, inbox(p1), about=f"{node_actor()}/{number}")
    dispatch.deliver_due()
    assert len(received(p1)) == 9
    assert Host.objects.get().open_until is None


def test_a_host_that_fails_holds_up_no_other(p1, p2):
    p1.inbox_status = 500
    for number in range(20):
        queue(number, inbox(p1), inbox(p2))
    dispatch.deliver_due()
    assert sorted(numbers(p2)) == list(range(20))


# --- what a peer does not read ------------------------------------------------------------------------------


@pytest.fixture
def deaf(here, p1):
    """A peer that says it runs Toile, and fails at every Proposal."""
    Node.objects.create(origin=p1.origin, software="toile")
    make_follower(p1.actor("alice"), node_actor())
    answering(p1, lambda message: 500 if message["object"]["type"] == "Proposal" else 202)
    return p1


def test_who_does_not_read_a_type_gets_the_companion_and_the_next_ones_too(deaf, here, clock):
    outbox.announce_offer(factories.offer(here, "Première").pk)
    rounds(clock, 7, hours=2)
    assert not Reading.objects.filter(unread=True).exists()  # it may be ill: nothing else was accepted meanwhile
    queue(1, inbox(deaf))
    rounds(clock, 6, hours=13)
    assert [message["object"]["type"] for message in received(deaf)][-1] == "Note"
    assert Reading.objects.get(origin=deaf.origin, object_type="Proposal").unread
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done", "refused"}
    seen = len(received(deaf))
    outbox.announce_offer(factories.offer(here, "Seconde").pk)
    dispatch.deliver_due()
    assert [message["object"]["type"] for message in received(deaf)[seen:]] == ["Note"]


def test_a_peer_that_took_the_type_once_is_given_its_thirty_days(deaf, here, clock):
    Reading.objects.create(origin=deaf.origin, object_type="Proposal", accepted_at=clock.instant)
    outbox.announce_offer(factories.offer(here).pk)
    for number in range(12):
        queue(number, inbox(deaf))
        rounds(clock, 1, hours=13)
    assert not Reading.objects.filter(unread=True).exists()


def test_a_peer_that_fails_at_everything_is_ill_and_keeps_its_thirty_days(deaf, here, clock):
    answering(deaf, lambda _: 500)
    outbox.announce_offer(factories.offer(here).pk)
    queue(1, inbox(deaf))
    rounds(clock, 20, hours=13)
    assert not Reading.objects.filter(unread=True).exists()
    assert set(Delivery.objects.filter(activity__object_type="Proposal").values_list("state", flat=True)) == {"queued"}


# --- leases -------------------------------------------------------------------------------------------------


def test_at_most_two_at_a_time_for_one_host_and_many_hosts_side_by_side(p1, p2):
    lock, under_way, most = threading.Lock(), {}, {}
    both = threading.Barrier(2, timeout=30)

    def slowly(peer):
        def rule(_message):
            with lock:
                under_way[peer.port] = under_way.get(peer.port, 0) + 1
                most[peer.port] = max(most.get(peer.port, 0), under_way[peer.port])
            threading.Event().wait(0.05)
            with lock:
                under_way[peer.port] -= 1
            return 202

        return rule

    def meets(_message):
        both.wait()  # passes only while the other host is being sent to as well
        return 202

    answering(p1, meets, "/first")
    answering(p2, meets, "/first")
    queue(0, inbox(p1, "/first"), inbox(p2, "/first"))
    dispatch.deliver_due()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    answering(p1, slowly(p1))
    answering(p2, slowly(p2))
    for number in range(1, 9):
        queue(number, inbox(p1), inbox(p2))
    dispatch.deliver_due()
    assert most == {p1.port: 2, p2.port: 2}


def test_two_workers_never_share_a_host(p1, p2):
    for number in range(4):
        queue(number, inbox(p1))
    assert len(dispatch.lease(2)) == 2
    queue(4, inbox(p2))
    assert [row.host for row in dispatch.lease(10)] == [p2.origin]


def test_one_host_does_not_fill_a_lease(p1, p2, monkeypatch):
    monkeypatch.setattr(dispatch, "OF_ONE_HOST", 3)
    for number in range(10):
        queue(number, inbox(p1))
    queue(10, inbox(p2))
    hosts = [row.host for row in dispatch.lease(10)]
    assert (hosts.count(p1.origin), hosts.count(p2.origin)) == (3, 1)


def test_what_is_not_tried_in_time_is_given_back_as_it_was(p1, monkeypatch):
    monkeypatch.setattr(dispatch, "BATCH_S", -1.0)
    monkeypatch.setattr(dispatch, "PATIENCE_S", 0.2)
    queue(1, inbox(p1))
    before = Delivery.objects.values().get()
    assert dispatch.deliver_due() == 0
    assert Delivery.objects.values().get() == before
    assert not p1.seen


def test_messages_about_one_thing_go_one_after_the_other(p1):
    for number in range(12):
        queue(number, inbox(p1), about=f"{node_actor()}/n/{number % 2}")
    dispatch.deliver_due()
    for half in (0, 1):
        assert [number for number in numbers(p1) if number % 2 == half] == list(range(half, 12, 2))


def test_a_surprise_with_one_message_stops_no_other(p1, p2, monkeypatch):
    true = client.post_as

    def post_as(form, url, body, *, signer):
        if url.startswith(p1.origin):
            raise ZeroDivisionError
        return true(form, url, body, signer=signer)

    monkeypatch.setattr(client, "post_as", post_as)
    queue(1, inbox(p1), inbox(p2))
    dispatch.deliver_due()
    assert set(Delivery.objects.values_list("host", "state", "last_status")) == {
        (p1.origin, "queued", "failed"),
        (p2.origin, "done", "202"),
    }


def test_an_address_that_may_not_be_used_is_never_contacted(p1, settings):
    settings.FEDERATION_TEST_PEERS = ["127.0.0.1:1"]
    queue(1, inbox(p1))
    dispatch.deliver_due()
    assert not p1.seen
    assert Delivery.objects.get().last_status == "address"


def test_many_rows_cost_few_statements(p1, p2, django_assert_max_num_queries):
    queue(0, inbox(p1), inbox(p2))
    dispatch.deliver_due()
    for number in range(1, 41):
        queue(number, inbox(p1), inbox(p2))
    with django_assert_max_num_queries(60):
        dispatch.deliver_due()
    assert not Delivery.objects.exclude(state="done").exists()
