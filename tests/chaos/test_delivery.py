"""Deliveries in a storm: 2,000 messages to ten peers; forty offers between two nodes; the worker killed at random.

The short versions are tests/federation/test_dispatch_storm.py, and test_two_nodes.py with one kill at the worst moment.
"""

import os
import random
import signal
import time

import pytest

from tests.federation import storm
from tests.federation.stubborn import Inboxes
from tests.federation.test_two_nodes import ask, rows, wait_for, worker_of
from tests.services import free_port, new_node

SEED = 20_261_122
OFFERS, BATCH, KILLS = 40, 5, 8
LONG = storm.Storm(
    seed=SEED,
    objects=200,
    revisions=10,
    characters=("willing",) * 6 + ("failing", "slow", "moody", "away"),
    kill_every=12,
    kills=6,
    hours_a_step=6,
    step_seconds=12,
    guard=600,
)


def test_two_thousand_messages_reach_ten_peers_of_which_four_are_unwell(tmp_path):
    """Every one is delivered, once in effect, in order for each object."""
    with Inboxes(LONG.seed, list(LONG.characters)) as peers:
        figures = storm.weather(LONG, peers, tmp_path)
    print("\n" + storm.judge(LONG, peers, figures))
    assert figures.kills == LONG.kills
    assert figures.hours >= storm.DAYS_AWAY * 24


@pytest.fixture
def pair(tmp_path):
    ports = free_port(), free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(f"127.0.0.1:{port}" for port in ports)}
    lille, tours = (new_node(tmp_path / name, port=port, env=env) for name, port in zip("ab", ports, strict=True))
    try:
        ask(lille, "set_up('Lille', 'alix')")
        lille.start()
        ask(tours, "set_up('Tours', 'dominique')", f"follow('dominique', {lille.origin!r})")
        tours.start()
        wait_for(lambda: rows(tours, "SELECT 1 FROM federation_node WHERE standing = 'peer'"), "the follow")
        yield lille, tours
    finally:
        for node in (lille, tours):
            node.stop()


def test_no_offer_is_lost_or_doubled_while_the_worker_dies(pair):
    lille, tours = pair
    chance, kills = random.Random(SEED), 0
    for first in range(0, OFFERS, BATCH):
        ask(lille, *[f"publish('alix', 'Offre {number}', 'gift')" for number in range(first, first + BATCH)])
        time.sleep(chance.uniform(0, 1.5))
        try:
            os.kill(worker_of(lille), signal.SIGKILL)
            kills += 1
        except (ProcessLookupError, StopIteration):  # it has not come back yet from the last time
            continue
    started = time.monotonic()
    while (found := rows(tours, "SELECT count(*) FROM network_offer WHERE NOT local")[0][0]) < OFFERS:
        assert time.monotonic() - started < 180, f"{found} of {OFFERS} arrived"
        time.sleep(0.5)
    applied = "SELECT count(*) FROM federation_envelope WHERE activity LIKE '%/p/%/create' AND outcome = 'applied'"
    titles = rows(tours, "SELECT DISTINCT title FROM network_offer WHERE NOT local")
    print(f"\nseed {SEED}: {OFFERS} offers, {kills} kills, all there {time.monotonic() - started:.0f} s after the last")
    assert kills >= KILLS // 2
    assert len(titles) == OFFERS
    assert rows(tours, applied)[0][0] <= OFFERS  # the others came by catching up
