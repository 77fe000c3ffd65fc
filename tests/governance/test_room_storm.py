"""The short storm over an assembly: a dozen people, a few kills. The long one, of 200 people, is tests/chaos."""

import pytest

from tests.governance.room_storm import judge, storm

pytestmark = pytest.mark.processes

SHORT = storm.Storm(seed=20_261_122, people=12, items=1, kills=3, kill_every=2, pace=0.8)


def test_every_page_ends_true_and_no_act_is_lost_or_doubled(tmp_path):
    outcome = storm.run(SHORT, tmp_path)
    print("\n" + judge.judge(outcome))
    assert sum(outcome.kills.values()) == SHORT.kills
