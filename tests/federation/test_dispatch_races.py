"""Workers that race, die, or are told the same five times; a follower that comes in the midst of an announcement."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from federation import actors, dispatch, latecomers, outbox, tasks
from federation.models import Announced, Delivery, Follow, FollowState, Node
from federation.queries import node_actor
from network.clock import now
from tests import factories
from tests.federation.conftest import make_follower
from tests.federation.deliveries import answering, inbox, numbers, queue, received

GUARD_SECONDS = 60
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ours(transactional_db, p1):
    """A node with its keys, and a peer that runs Toile."""
    factories.node()
    actors.ensure_node_actor()
    Node.objects.create(origin=p1.origin, software="toile")
    return p1


def side_by_side(*jobs):
    """Run each job in a thread with a connection of its own; raise what one of them raised."""
    failures = []

    def run(job):
        try:
            job()
        except Exception as error:  # noqa: BLE001 - shown by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GUARD_SECONDS)
    assert not failures
    assert not any(thread.is_alive() for thread in threads)


def test_two_workers_send_each_message_once(ours, p2):
    """Each host belongs to one of them at a time; both are still at work at the end."""
    for number in range(30):
        queue(number, inbox(ours), inbox(p2))
    start = threading.Barrier(4, timeout=GUARD_SECONDS)

    def work():
        start.wait()
        while Delivery.objects.exclude(state="done").exists():
            dispatch.deliver_due()

    side_by_side(*[work] * 4)
    for peer in (ours, p2):
        assert sorted(numbers(peer)) == list(range(30))
    assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 1)}


def test_two_workers_lease_no_row_twice(ours):
    for number in range(40):
        queue(number, *[f"http://localhost:{port}/inbox" for port in range(20_000, 20_010)])
    start, leased = threading.Barrier(6, timeout=GUARD_SECONDS), []

    def work():
        start.wait()
        leased.extend(row.pk for row in dispatch.lease(100))

    side_by_side(*[work] * 6)
    assert leased
    assert len(leased) == len(set(leased))
    assert Delivery.objects.filter(state="sending", attempts=1).count() == len(leased)


def test_a_broker_that_repeats_itself_changes_nothing(ours):
    """The same task five times, one after the other and at once: one message out."""
    make_follower(ours.actor("node"), node_actor())
    offer = factories.offer(factories.member("Alix", handle="alix"))
    for _ in range(5):
        tasks.announce("offer", offer.pk)
    side_by_side(*[tasks.deliver] * 5)
    for _ in range(5):
        tasks.deliver()
    assert [message["id"] for message in received(ours) if message["object"]["type"] == "Proposal"] == [
        f"{offer.uri}/create"
    ]


def test_a_message_repeated_five_times_by_the_broker_has_one_effect(ours, client):
    """The inbox's side: five process tasks at once for one admitted message."""
    from federation.models import Envelope
    from tests.federation.conftest import ORIGIN, make_peer
    from tests.federation.offers import created
    from tests.peers import deliver

    Node.objects.all().delete()
    make_peer(ours)
    alice = ours.actor("alice")
    deliver(client, alice, "/inbox", created(alice), ORIGIN)
    envelope = Envelope.objects.get()
    side_by_side(*[lambda: tasks.process(envelope.pk)] * 5)
    envelope.refresh_from_db()
    if envelope.outcome == "waiting":  # a database that was busy lets it try again
        Envelope.objects.update(next_attempt_at=now())
        tasks.process(envelope.pk)
        envelope.refresh_from_db()
    from network.models import Offer

    assert envelope.outcome == "applied"
    assert Offer.objects.filter(local=False).count() == 1


def test_with_the_broker_lost_the_sweep_sends(ours, settings, monkeypatch):
    """Nothing that was enqueued arrives: rows are the truth."""
    from kombu.exceptions import OperationalError

    def away(*_args, **_kwargs):
        raise OperationalError("no broker")

    for task in (tasks.deliver, tasks.announce):
        monkeypatch.setattr(task, "apply_async", away)
    make_follower(ours.actor("node"), node_actor())
    offer = factories.offer(factories.member("Alix", handle="alix"))
    tasks.hasten(tasks.announce, "offer", offer.pk)
    queue(1, inbox(ours))
    assert not received(ours)
    tasks.sweep()
    assert {f"{offer.uri}/create", "http://localhost:8000/a/1"} <= {message["id"] for message in received(ours)}


def test_a_slow_host_holds_up_no_other_worker(ours, p2):
    going, go = threading.Event(), threading.Event()

    def slowly(_message):
        going.set()
        go.wait(GUARD_SECONDS)
        return 202

    answering(ours, slowly)
    queue(1, inbox(ours))

    def quick():
        going.wait(GUARD_SECONDS)
        try:
            queue(2, inbox(ours), inbox(p2))
            dispatch.deliver_due()
            assert numbers(p2) == [2]
        finally:
            go.set()

    side_by_side(dispatch.deliver_due, quick)
    dispatch.deliver_due()
    assert sorted(numbers(ours)) == [1, 2]


# --- a follower that comes while something is being told -----------------------------------------------------


def test_a_follower_accepted_in_the_midst_of_an_announcement_hears_of_it(ours, monkeypatch):
    """The announcement has read who follows and has not committed when the follow commits, if the database lets it."""
    offer = factories.offer(factories.member("Alix", handle="alix"))
    follow = make_follower(ours.actor("node", "Application"), node_actor())
    Follow.objects.filter(pk=follow.pk).update(state=FollowState.PENDING)
    read, decided = threading.Event(), threading.Event()
    true = outbox.followers_of

    def followers_of(*actors):
        found = true(*actors)
        read.set()
        decided.wait(3)  # a database with one writer at a time lets the other in only when this one is done
        return found

    def accept():
        read.wait(GUARD_SECONDS)
        Follow.objects.filter(pk=follow.pk).update(state=FollowState.ACCEPTED, decided_at=now())
        decided.set()

    monkeypatch.setattr(outbox, "followers_of", followers_of)
    side_by_side(lambda: outbox.announce_offer(offer.pk), accept)
    monkeypatch.undo()
    assert Announced.objects.filter(uri=offer.uri).exists()
    assert not Delivery.objects.filter(activity__uri=f"{offer.uri}/create").exists()  # told, and not to this one
    for _ in range(3):
        latecomers.reach()
    dispatch.deliver_due()
    told = [message["id"] for message in received(ours)]
    assert told.count(f"{offer.uri}/create") == 1
    assert f"{offer.uri}/note/create" not in told


@pytest.mark.parametrize(("software", "told"), [("toile", "create"), ("other", "note/create")])
def test_a_latecomer_hears_in_its_own_dialect_and_once(ours, software, told):
    Node.objects.update(software=software)
    offer = factories.offer(factories.member("Alix", handle="alix"))
    outbox.announce_offer(offer.pk)
    make_follower(ours.actor("node"), node_actor())
    Follow.objects.update(decided_at=now())
    assert latecomers.reach() == 1
    assert latecomers.reach() == 0
    assert Delivery.objects.get().activity.uri == f"{offer.uri}/{told}"


def test_who_followed_long_after_or_somebody_else_hears_nothing_of_it(ours):
    offer = factories.offer(factories.member("Alix", handle="alix"))
    outbox.announce_offer(offer.pk)
    other = factories.member("Bachir")
    make_follower(ours.actor("bob"), other.uri)
    Follow.objects.update(decided_at=now())
    assert latecomers.reach() == 0
    make_follower(ours.actor("node"), node_actor())
    Follow.objects.update(decided_at=now() + timedelta(minutes=2))
    assert latecomers.reach() == 0
