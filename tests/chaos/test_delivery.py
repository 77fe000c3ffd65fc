"""Forty offers from one node to another while its worker is killed at random: each arrives, with one effect.

The short version, with one kill at the worst moment, is in tests/federation/test_two_nodes.py.
"""

import os
import random
import signal
import time

import pytest

from tests.federation.test_two_nodes import ask, rows, wait_for, worker_of
from tests.services import free_port, new_node

SEED = 20_261_122
OFFERS, BATCH, KILLS = 40, 5, 8


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
    applied = "SELECT count(*) FROM federation_envelope WHERE activity LIKE '%/create' AND outcome = 'applied'"
    titles = rows(tours, "SELECT DISTINCT title FROM network_offer WHERE NOT local")
    print(f"\nseed {SEED}: {OFFERS} offers, {kills} kills, all there {time.monotonic() - started:.0f} s after the last")
    assert kills >= KILLS // 2
    assert len(titles) == OFFERS
    assert rows(tours, applied)[0][0] <= OFFERS  # the others came by catching up
