"""The inbox's own door under a crowd: each message gets its own answer, and nobody waits for another's slow key."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.federation.test_two_nodes import rows
from tests.peers import Peer, deliver_live, encoded, sign
from tests.services import start_node

pytestmark = pytest.mark.processes


@pytest.fixture
def peers():
    with Peer() as first, Peer() as second:
        yield first, second


@pytest.fixture
def live(peers, tmp_path):
    env = {"TOILE_FEDERATION_TEST_PEERS": " ".join(peer.address for peer in peers)}
    with start_node(tmp_path / "node", env=env) as node:
        yield node


def send(node, actor, activity, *, sent=None, url="/inbox", **signing):
    """Deliver a signed message, or `sent` in place of its body; return the status."""
    body = encoded(activity)
    headers = sign(actor, node.origin + url, body, **signing)
    return deliver_live(node.origin + url, headers, body if sent is None else sent)[0]


def envelopes(node):
    return {activity for (activity,) in rows(node, "SELECT activity FROM federation_envelope")}


def test_each_of_many_at_once_gets_its_own_answer(live, peers):
    alice, mallory = peers[0].actor("alice"), peers[1].actor("mallory")
    assert send(live, alice, alice.note()) == send(live, mallory, mallory.note()) == 202  # both keys are known now
    genuine = [alice.note() for _ in range(40)]
    forged = [mallory.note() for _ in range(20)]
    strange = [{**mallory.note(), "actor": alice.uri} for _ in range(10)]
    before = envelopes(live)
    with ThreadPoolExecutor(32) as crowd:
        answers = [crowd.submit(send, live, alice, note) for note in genuine for _copy in range(2)]
        spoilt = [crowd.submit(send, live, mallory, note, sent=encoded({**note, "to": []})) for note in forged]
        wrong = [crowd.submit(send, live, mallory, note) for note in strange]
    assert {answer.result() for answer in answers} == {202}
    assert {answer.result() for answer in spoilt} == {401}
    assert {answer.result() for answer in wrong} == {403}
    assert envelopes(live) - before == {note["id"] for note in genuine}
    assert [send(live, mallory, note) for note in forged[:3]] == [202] * 3  # refused before, genuine now


def test_nobody_waits_for_a_slow_key(live, peers):
    alice, slow = peers[0].actor("alice"), peers[1].actor("slow")
    assert send(live, alice, alice.note()) == 202
    asked, go_on = threading.Event(), threading.Event()

    def hesitate(handler):
        asked.set()
        go_on.wait(30)
        peers[1].pages.pop("/u/slow")
        peers[1].answer(handler, "GET")

    peers[1].pages["/u/slow"] = hesitate
    with ThreadPoolExecutor(1) as other:
        late = other.submit(send, live, slow, slow.note())
        assert asked.wait(30)
        assert [send(live, alice, alice.note()) for _ in range(5)] == [202] * 5
        assert not late.done()
        go_on.set()
        assert late.result() == 202


def test_what_is_no_message_gets_an_answer_too(live):
    assert deliver_live(f"{live.origin}/inbox", {"Content-Type": "application/activity+json"}, b"x" * 300_000)[0] == 413
    assert deliver_live(f"{live.origin}/u/nobody/inbox", {"Content-Type": "text/plain"}, b"x")[0] == 415
    odd = {"Content-Type": "application/activity+json; charset*=none''x"}  # with which no request can be made
    assert deliver_live(f"{live.origin}/inbox", odd, b"{}")[0] == 415
    status, headers, body = deliver_live(f"{live.origin}/inbox", {"Content-Type": "application/activity+json"}, b"[]")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert b'"json"' in body
    assert live.request("GET", "/inbox")[0] == 405
