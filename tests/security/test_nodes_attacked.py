"""What a node claims for itself: it moves to nodes only, makes no peer of a stranger, and gets nothing once blocked."""

import pytest

from federation import dispatch, measures
from federation.models import Delivery, Follow, Node, RemoteActor, Standing
from tests import factories
from tests.federation.conftest import here, make_peer, send  # noqa: F401 - fixtures
from tests.federation.deliveries import inbox, queue, received, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("here")]


def moving(node, target):
    return node.activity("Move", node.uri, target=target)


def test_a_node_does_not_become_a_person_of_another_node(p1, p2, send):  # noqa: F811
    """Whoever may name aliases there would otherwise let their whole node in, by accepting our follow."""
    make_peer(p1)
    node, mallory = p1.actor("node"), p2.actor("mallory")
    mallory.extra["alsoKnownAs"] = [node.uri]
    assert send(node, moving(node, mallory.uri)).detail == "target-type"
    assert not Node.objects.filter(actor=mallory.uri).exists()
    assert Follow.objects.get(outgoing=True).followed == node.uri


def test_a_move_does_not_change_which_actor_is_a_known_nodes(p1, p2, send):  # noqa: F811
    make_peer(p1)
    make_peer(p2)
    node, bot = p1.actor("node"), p2.actor("bot", "Service")
    bot.extra["alsoKnownAs"] = [node.uri]
    assert send(node, moving(node, bot.uri)).outcome == "applied"
    there = Node.objects.get(origin=p2.origin)
    assert (there.actor, there.standing) == (p2.actor("node").uri, Standing.PEER)


def test_nobody_moves_to_us(p1, send, here):  # noqa: F811
    alice = p1.actor("alice")
    for target in (here.uri, here.uri.replace("localhost", "LOCALHOST")):
        assert send(alice, moving(alice, target)).detail == "target"
    assert not RemoteActor.objects.filter(uri__iendswith="/u/alix").exists()


# --- once blocked -----------------------------------------------------------------------------------------


def blocked(peer):
    node, _ = Node.objects.get_or_create(origin=peer.origin)
    measures.block(node_id=node.pk, actor=factories.account(operator=True), reason="essai")


def test_what_waits_for_a_node_that_is_blocked_is_dropped(p1, p2):
    """Localhost is one host: the block holds on all its ports, as security.md 2 has it."""
    queue(1, inbox(p1))
    queue(2, inbox(p2))
    blocked(p1)
    dispatch.deliver_due()
    assert set(states().values()) == {"refused"}
    assert received(p1) == received(p2) == []
    assert set(Delivery.objects.values_list("last_status", flat=True)) == {"blocked"}


def test_what_was_under_way_when_a_node_was_blocked_is_not_sent_again(p1, clock):
    p1.inbox_status = 503
    queue(1, inbox(p1))
    rows = dispatch.lease(10)
    blocked(p1)
    assert len(rows) == 1
    clock.advance(minutes=5)  # the lease has run out: its worker was killed
    p1.inbox_status = 202
    assert dispatch.deliver_due() == 0
    assert (states(), received(p1)) == ({1: "refused"}, [])


def test_what_is_queued_while_a_node_is_being_blocked_is_dropped(p1):
    queue(1, inbox(p1))
    Node.objects.create(origin=p1.origin, standing=Standing.BLOCKED, reason="essai")  # as another process does
    assert dispatch.deliver_due() == 0
    assert states() == {1: "refused"}


def test_an_unblocked_node_gets_what_comes_then(p1):
    queue(1, inbox(p1))
    blocked(p1)
    dispatch.deliver_due()
    measures.readmit(node_id=Node.objects.get().pk, actor=factories.account(operator=True))
    queue(2, inbox(p1))
    dispatch.deliver_due()
    assert states() == {1: "refused", 2: "done"}


# --- how we sign ------------------------------------------------------------------------------------------


def only_older(peer, status):
    from tests.federation.deliveries import refusing_rfc9421

    refusing_rfc9421(peer, status)


def test_a_node_that_fails_at_our_signature_is_asked_in_the_older_form(p1, clock):
    only_older(p1, 500)
    queue(1, inbox(p1))
    dispatch.deliver_due()
    assert states() == {1: "queued"}
    clock.advance(minutes=2)
    dispatch.deliver_due()
    assert states() == {1: "done"}
    p1.seen.clear()
    queue(2, inbox(p1))
    dispatch.deliver_due()
    assert len(received(p1)) == 1  # it is remembered


def test_a_node_that_took_our_signature_before_is_just_ill(p1, clock):
    queue(1, inbox(p1))
    dispatch.deliver_due()
    p1.inbox_status = 500
    queue(2, inbox(p1))
    for _time in range(3):
        dispatch.deliver_due()
        clock.advance(hours=1)
    forms = {"signature-input" in seen.headers for seen in p1.seen if seen.method == "POST"}
    assert forms == {True}


# --- lists ------------------------------------------------------------------------------------------------


def test_a_list_that_names_a_whole_domain_blocks_nobody():
    text = "org,blocked,spam\nhttps://com,blocked,spam\n*.fr,limited,spam\npirate.example,blocked,spam\nlocalhost:8009,blocked,x"
    lines = measures.read_list(text)
    assert [line.problem for line in lines] == ["list_address", "list_address", "list_address", "", ""]
