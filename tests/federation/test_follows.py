"""The life of a follow, asked by others and by us, and what operators can do about nodes."""

import json

import pytest

from federation import dispatch, measures, nodes, overview
from federation.models import Activity, Delivery, Follow, FollowState, Node, Standing
from federation.queries import node_actor
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Offer
from tests import factories
from tests.federation.conftest import ORIGIN, answers_as_node, make_follower, make_peer
from tests.federation.offers import created

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(here):
    return factories.account(here, operator=True)


@pytest.fixture
def other(p1):
    """Another node that answers WebFinger and NodeInfo."""
    return answers_as_node(p1)


def sent(peer):
    """Deliver what is due; return what `peer` received."""
    before = len(peer.seen)
    dispatch.deliver_due()
    return [json.loads(seen.body) for seen in peer.seen[before:] if seen.method == "POST"]


# --- others follow us ------------------------------------------------------------------------------------


@pytest.mark.parametrize("whom", ["/u/alix", "/actor", "/g/cooperative-demo"])
def test_a_follow_is_accepted_at_once(here, other, p1, send, whom):
    envelope = send(other, other.activity("Follow", ORIGIN + whom))
    assert (envelope.outcome, envelope.detail) == ("applied", "accepted")
    answer = sent(p1)[0]
    assert (answer["type"], answer["actor"], answer["to"]) == ("Accept", ORIGIN + whom, [other.uri])
    assert answer["object"]["id"] == envelope.activity
    follow = Follow.objects.get()
    assert (follow.state, follow.inbox, follow.shared_inbox) == ("accepted", other.inbox, f"{p1.origin}/inbox")
    node = Node.objects.get(origin=p1.origin)
    assert (node.software, node.version) == ("toile", "0.1.0")


def test_whoever_is_not_here_cannot_be_followed(here, other, send):
    assert send(other, other.activity("Follow", f"{ORIGIN}/u/nobody")).outcome == "ignored"
    assert send(other, other.activity("Follow", "http://elsewhere.example/u/x")).outcome == "ignored"
    assert not Follow.objects.exists()


def test_asking_again_is_answered_again(here, other, p1, send):
    for _ in range(2):
        send(other, other.activity("Follow", here.uri))
        assert [answer["type"] for answer in sent(p1)] == ["Accept"]
    assert Follow.objects.count() == 1


def test_a_limited_node_waits_for_the_operator(here, other, p1, send, operator):
    Node.objects.create(origin=p1.origin, standing=Standing.LIMITED)
    assert send(other, other.activity("Follow", here.uri)).detail == "pending"
    assert sent(p1) == []
    request = overview.nodes_page().requests[0]
    assert (request.follower, request.followed) == (other.uri, here.uri)
    nodes.accept(follow_id=request.id, actor=operator)
    assert [answer["type"] for answer in sent(p1)] == ["Accept"]
    with pytest.raises(NotFound, match="follow_unknown"):
        nodes.reject(follow_id=request.id, actor=operator)


@pytest.mark.parametrize("form", ["id", "pair"])
def test_undo_ends_it(here, other, send, form):
    follow = other.activity("Follow", here.uri)
    send(other, follow)
    lost = {"id": f"{other.peer.origin}/lost", "type": "Follow", "actor": other.uri, "object": here.uri}
    thing = follow["id"] if form == "id" else lost
    assert send(other, other.activity("Undo", thing)).outcome == "applied"
    assert not Follow.objects.exists()


def test_nobody_undoes_for_another(here, other, p1, send):
    follow = other.activity("Follow", here.uri)
    send(other, follow)
    mallory = p1.actor("mallory")
    for thing in (follow["id"], {"type": "Follow", "actor": other.uri, "object": here.uri}):
        envelope = send(mallory, mallory.activity("Undo", thing))
        assert envelope is None or envelope.outcome == "ignored"
    assert Follow.objects.count() == 1


# --- we follow others ------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["localhost:{port}", "http://localhost:{port}/", "@node@localhost:{port}"])
def test_following_a_node_sends_a_signed_follow(operator, other, p1, written):
    follow = nodes.follow_node(origin_or_handle=written.format(port=p1.port), actor=operator)
    assert (follow.state, follow.follower, follow.followed) == ("pending", node_actor(), other.uri)
    asked = sent(p1)[0]
    assert (asked["type"], asked["id"], asked["object"]) == ("Follow", follow.activity, other.uri)
    posted = next(seen for seen in p1.seen if seen.method == "POST")
    assert f'keyid="{node_actor()}#main-key"' in posted.headers["signature-input"]


def test_asking_twice_sends_the_same_follow_twice(operator, other, p1):
    ids = set()
    for _ in range(2):
        nodes.follow_node(origin_or_handle=p1.origin, actor=operator)
        ids |= {asked["id"] for asked in sent(p1)}
    assert len(ids) == Follow.objects.count() == Activity.objects.filter(kind="Follow").count() == 1


def followed(operator, p1):
    return nodes.follow_node(origin_or_handle=p1.origin, actor=operator)


@pytest.mark.parametrize("form", ["id", "embedded", "pair"])
def test_their_accept_makes_a_peer(operator, other, p1, send, form):
    follow = followed(operator, p1)
    body = {"type": "Follow", "actor": node_actor(), "object": other.uri}
    thing = {"id": follow.activity, "embedded": {"id": follow.activity, **body}, "pair": body}[form]
    assert send(other, other.activity("Accept", thing)).outcome == "applied"
    follow.refresh_from_db()
    assert follow.state == FollowState.ACCEPTED
    assert Node.objects.get(origin=p1.origin).standing == Standing.PEER


def test_nobody_accepts_for_another(operator, other, p1, p2, send):
    follow = followed(operator, p1)
    for liar in (p1.actor("mallory"), p2.actor("mallory")):
        envelope = send(liar, liar.activity("Accept", follow.activity))
        assert envelope is None or envelope.outcome == "ignored"
    follow.refresh_from_db()
    assert follow.state == FollowState.PENDING
    assert not Node.objects.filter(standing=Standing.PEER).exists()


def test_reject_after_accept_ends_the_peering(operator, other, p1, send):
    follow = followed(operator, p1)
    send(other, other.activity("Accept", follow.activity))
    assert send(other, other.activity("Reject", follow.activity)).detail == "rejected"
    assert Node.objects.get(origin=p1.origin).standing == Standing.UNKNOWN


def test_following_needs_an_operator_and_a_node(operator, here, p1, settings):
    for address, error, code in [
        ("not an address", Invalid, "node_address_invalid"),
        (p1.origin, NotFound, "node_not_found"),
        (f"{ORIGIN}/x", NotFound, "node_not_found"),
    ]:
        with pytest.raises(error, match=code):
            nodes.follow_node(origin_or_handle=address, actor=operator)
    with pytest.raises(NotEntitled, match="not_operator"):
        nodes.follow_node(origin_or_handle=p1.origin, actor=factories.account())


def test_already_following(operator, other, p1, send):
    send(other, other.activity("Accept", followed(operator, p1).activity))
    with pytest.raises(WrongState, match="already_following"):
        followed(operator, p1)


# --- limits and blocks -----------------------------------------------------------------------------------


@pytest.fixture
def listed(here, p1, send):
    make_peer(p1)
    alice = p1.actor("alice")
    make_follower(alice, here.uri)
    send(alice, created(alice))
    assert Offer.objects.count() == 1
    return Node.objects.get(origin=p1.origin)


def test_blocking_ends_everything(operator, listed, p1, send):
    alice = p1.actor("alice")
    p1.actor("node", "Application")
    nodes_remote(p1)
    measures.block(node_id=listed.pk, actor=operator, reason="mensonges")
    assert not Follow.objects.exists()
    assert not Offer.objects.filter(local=False).exists()
    assert send(alice, created(alice, 2)) is None  # refused at the gate
    line = overview.nodes_page().nodes[0]
    assert (line.standing, line.reason, line.offers) == ("blocked", "mensonges", 0)


def nodes_remote(p1):
    from federation import actors
    from network.clock import now

    actors.remote_actor(p1.actor("node").uri, now=now())


def test_a_limited_node_is_not_listed_until_readmitted(operator, listed, p1, send):
    alice = p1.actor("alice")
    measures.limit(node_id=listed.pk, actor=operator, reason="à voir")
    assert send(alice, created(alice, 2)).detail == "not-followed"
    measures.readmit(node_id=listed.pk, actor=operator)
    assert send(alice, created(alice, 3)).outcome == "applied"


def test_unfollowing_sends_undo(operator, listed, p1):
    nodes_remote(p1)
    nodes.unfollow(node_id=listed.pk, actor=operator)
    assert [asked["type"] for asked in sent(p1)] == ["Undo"]
    assert Node.objects.get().standing == Standing.UNKNOWN
    assert not Offer.objects.filter(local=False).exists()


def test_the_page_shows_state_and_queue(operator, listed, p1, django_assert_max_num_queries):
    Delivery.objects.create(
        activity=Activity.objects.create(uri="x", actor=node_actor(), object_uri="y", kind="Create", body=b""),
        inbox=f"{p1.origin}/inbox", host=p1.origin, object_uri="y",
    )  # fmt: skip
    with django_assert_max_num_queries(14):
        page = overview.nodes_page()
    line = page.nodes[0]
    assert (line.origin, line.software, line.standing, line.following) == (p1.origin, "toile", "peer", "accepted")
    assert (line.queue, line.offers, page.queue) == (1, 1, 1)
