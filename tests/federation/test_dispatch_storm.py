"""The short storm: a hundred messages, four peers, one of them away for two days. The long one is tests/chaos."""

import pytest

from tests.federation import storm
from tests.federation.stubborn import Inboxes

pytestmark = pytest.mark.processes

SHORT = storm.Storm(
    seed=20_261_122,
    objects=20,
    revisions=5,
    characters=("willing", "failing", "moody", "away"),
    kill_every=5,
    kills=3,
    hours_a_step=4,
    step_seconds=1.5,
    guard=300,
)


def test_everything_arrives_once_and_in_order_while_the_worker_is_killed(tmp_path):
    with Inboxes(SHORT.seed, list(SHORT.characters)) as peers:
        figures = storm.weather(SHORT, peers, tmp_path)
    print("\n" + storm.judge(SHORT, peers, figures))
    assert figures.kills == SHORT.kills
    assert figures.hours >= storm.DAYS_AWAY * 24
