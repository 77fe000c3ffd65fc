"""Nodes that depart: by their own word, by moving, by silence; and how they come back."""

from datetime import UTC, datetime, timedelta

import pytest

from federation import actors, dispatch, measures, nodes, silences, tasks
from federation.models import Envelope, Follow, FollowState, Host, Node, RemoteActor, Standing
from federation.queries import node_actor
from network.clock import now
from network.models import Departure, Member, Offer, Source
from network.queries.freshness import unsteady_origins
from network.queries.members import counts
from network.queries.webs import load
from tests import factories
from tests.federation.conftest import answers_as_node, make_follower, make_peer
from tests.federation.deliveries import inbox, queue
from tests.federation.offers import created
from tests.network.moderation_cast import titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1, send, clock):
    """A member of the peer p1 whose offer is listed here, and who vouches for Alix."""
    clock.set(datetime.now(UTC))  # what peers sign bears the true date
    make_peer(p1)
    person = p1.actor("alice")
    actors.remote_actor(p1.actor("node").uri, now=now())
    assert send(person, created(person)).outcome == "applied"
    member = Member.objects.get(uri=person.uri)
    factories.web(here.memberships.get().collective, (here, member))
    factories.vouch_between(member, here)
    return person


def is_shown(person) -> tuple[bool, bool, bool]:
    """Whether the offer is found, its node counted, what its owner attests heard."""
    return bool(titles()), counts().origins == 2, person.uri in {fact.issuer for fact in load().facts.vouches}


SHOWN, HIDDEN = (True, True, True), (False, False, False)


def test_a_node_that_says_goodbye_takes_its_members_entries_along(here, alice, p1, send):
    assert is_shown(alice) == SHOWN
    node = p1.actor("node")
    assert send(node, node.activity("Delete", node.uri)).outcome == "applied"
    assert is_shown(alice) == HIDDEN
    assert Source.objects.get().why == Departure.DELETED
    silences.heard(alice.uri)
    assert is_shown(alice) == HIDDEN


def test_a_node_that_moves_speaks_under_its_new_address_only(here, alice, p1, p2, send):
    old, moved = p1.actor("node"), p2.actor("node", "Application")
    moved.extra["alsoKnownAs"] = [old.uri]
    assert send(old, old.activity("Move", old.uri, target=moved.uri)).outcome == "applied"
    assert is_shown(alice) == HIDDEN
    assert Source.objects.get(origin=p1.origin).why == Departure.MOVED


@pytest.mark.parametrize("kind", ["Service", "Application"])
def test_a_program_of_somebody_takes_nobody_along(here, alice, p1, p2, send, kind):
    """On a node shared with others anybody may run one: it speaks for itself, when it moves and when it goes."""
    robot, moved = p1.actor("robot", kind), p2.actor("robot", kind)
    moved.extra["alsoKnownAs"] = [robot.uri]
    assert send(robot, robot.activity("Move", robot.uri, target=moved.uri)).outcome == "applied"
    assert is_shown(alice) == SHOWN
    assert send(robot, robot.activity("Delete", robot.uri)).outcome == "applied"
    assert is_shown(alice) == SHOWN


def test_a_program_that_follows_is_not_taken_for_its_node(here, p1, send):
    robot = p1.actor("robot", "Service")
    assert send(robot, robot.activity("Follow", here.uri)).outcome == "applied"
    assert not Node.objects.filter(actor=robot.uri)


def test_a_node_that_moves_back_is_shown_again(here, alice, p1, p2, send):
    old, moved = p1.actor("node"), p2.actor("node", "Application")
    moved.extra["alsoKnownAs"] = [old.uri]
    send(old, old.activity("Move", old.uri, target=moved.uri))
    RemoteActor.objects.update(moved_at=None)
    old.extra["alsoKnownAs"] = [moved.uri]
    assert send(moved, moved.activity("Move", moved.uri, target=old.uri)).outcome == "applied"
    assert Member.objects.get(uri=alice.uri).muted is False
    assert dict(Source.objects.values_list("origin", "why")) == {p1.origin: "", p2.origin: "moved"}


def test_a_node_that_nobody_reaches_is_marked_then_hidden_then_back(here, alice, p1, clock):
    follow = Follow.objects.get(outgoing=True)
    p1.serve("/u/node", b"", status=503)
    for day in range(91):
        tasks.catch_up(follow.pk)
        tasks.tidy()
        assert unsteady_origins(clock.now()) == ({p1.origin} if day else frozenset())
        assert is_shown(alice)[2] == (day < 90)
        clock.advance(days=1)
    assert is_shown(alice) == HIDDEN
    p1.pages.pop("/u/node")
    tasks.catch_up(follow.pk)
    assert is_shown(alice)[1:] == (False, True)  # what it attests counts at once; copies wait to be heard anew
    Member.objects.filter(uri=alice.uri).update(heard_at=clock.now())
    Offer.objects.update(heard_at=clock.now(), ends_at=clock.now() + timedelta(days=9))
    assert is_shown(alice) == SHOWN


def test_an_answer_that_is_no_silence_is_not_counted_as_one(here, alice, p1):
    follow = Follow.objects.get(outgoing=True)
    for status in (404, 429, 403):
        p1.serve("/u/node", b"", status=status)
        tasks.catch_up(follow.pk)
    assert not Source.objects.exists()


def test_a_host_that_takes_no_delivery_is_missed_until_something_is_heard(here, alice, p1, clock):
    Host.objects.create(origin=p1.origin, failures=9, open_until=clock.now() + timedelta(hours=1))
    tasks.tidy()
    assert Source.objects.get().silent_since == clock.now()
    clock.advance(hours=2)
    queue(1, inbox(p1))
    dispatch.deliver_due()
    tasks.tidy()
    assert Source.objects.get().silent_since is None


def test_a_message_that_is_let_in_ends_a_silence(here, alice, p1, send, clock):
    Envelope.objects.update(received_at=clock.now() - timedelta(days=101))
    silences.missed(alice.uri, now=clock.now() - timedelta(days=100))
    tasks.tidy()
    assert is_shown(alice)[2] is False
    assert send(alice, alice.activity("Like", here.uri)) is not None
    tasks.tidy()
    assert is_shown(alice)[2] is True


def test_following_a_departed_node_again_brings_it_back(here, alice, p1, clock):
    answers_as_node(p1)
    Follow.objects.all().delete()
    silences.departed(p1.origin, Departure.FORGOTTEN, now=clock.now())
    assert is_shown(alice)[2] is False
    nodes.follow_node(origin_or_handle=p1.origin, actor=factories.account(here, operator=True))
    assert is_shown(alice)[2] is True


def test_a_block_hides_and_lifting_it_restores(here, alice, p1):
    operator = factories.account(here, operator=True)
    node = Node.objects.get(origin=p1.origin)
    measures.block(node_id=node.pk, actor=operator, reason="Pourriel")
    assert is_shown(alice) == HIDDEN
    assert counts().members == 1
    measures.readmit(node_id=node.pk, actor=operator)
    assert is_shown(alice)[1:] == (True, True)


def test_a_follower_of_ours_is_not_hidden_by_a_silence_elsewhere(here, alice, p1, p2, clock):
    make_follower(p2.actor("bob"), here.uri)
    far = factories.member("Ailleurs", origin=p2.origin)
    silences.departed(p1.origin, Departure.DELETED, now=clock.now())
    assert Member.objects.get(pk=far.pk).muted is False
    assert Follow.objects.filter(state=FollowState.ACCEPTED, follower=node_actor()).exists()
    assert Node.objects.get(origin=p1.origin).standing == Standing.PEER
