"""SIG-12: peers whose keys take long hold up nobody whose key is known, and few of those whose is not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from federation import remote_keys
from tests.federation.test_entrance import send
from tests.peers import Peer
from tests.services import start_node

pytestmark = pytest.mark.processes

SLOW = 5  # peers


@pytest.fixture
def peers():
    made = [Peer() for _ in range(SLOW + 2)]
    for peer in made:
        peer.__enter__()
    yield made
    for peer in made:
        peer.__exit__()


@pytest.fixture
def live(peers, tmp_path):
    env = {"TOILE_FEDERATION_TEST_PEERS": " ".join(peer.address for peer in peers)}
    with start_node(tmp_path / "node", env=env) as node:
        yield node


def hesitate(peer, name, go_on, asked):
    def page(handler):
        asked.append(name)
        go_on.wait(60)
        peer.pages.pop(f"/u/{name}", None)
        peer.answer(handler, "GET")

    peer.pages[f"/u/{name}"] = page


def test_many_slow_keys_close_the_door_to_nobody_else(live, peers):
    alice, newcomer, go_on, asked = peers[0].actor("alice"), peers[1].actor("new"), threading.Event(), []
    assert send(live, alice, alice.note()) == 202
    slow = [peer.actor(f"slow{number}") for peer in peers[2:] for number in range(8)]
    for actor in slow:
        hesitate(actor.peer, actor.name, go_on, asked)
    with ThreadPoolExecutor(len(slow) * 4) as crowd:
        waiting = [crowd.submit(send, live, actor, actor.note()) for actor in slow for _copy in range(4)]
        while sum(job.done() for job in waiting) < len(waiting) - 64:  # what finds no place is told so
            threading.Event().wait(0.05)
        assert {job.result() for job in waiting if job.done()} == {503}
        assert len(asked) <= remote_keys.AT_ONCE
        assert [send(live, alice, alice.note()) for _ in range(20)] == [202] * 20
        go_on.set()
        assert {job.result() for job in waiting} <= {202, 503}
    assert send(live, newcomer, newcomer.note()) == 202


def test_messages_with_one_unknown_key_wait_for_one_fetch(live, peers):
    slow, go_on, asked = peers[2].actor("slow"), threading.Event(), []
    hesitate(peers[2], "slow", go_on, asked)
    with ThreadPoolExecutor(12) as crowd:
        waiting = [crowd.submit(send, live, slow, slow.note()) for _ in range(12)]
        while not asked:
            threading.Event().wait(0.05)
        go_on.set()
        assert {job.result() for job in waiting} == {202}
    assert asked == ["slow"]
