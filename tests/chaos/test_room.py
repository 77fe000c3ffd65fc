"""An assembly in a storm: 200 people on a bad line decide by consent while servers and Redis are killed fifty times.

Every page ends with what the journals hold, every act counts once, and none that was acknowledged is lost. The short
version is tests/governance/test_room_storm.py. Two web processes share one SQLite file (`synchronous=FULL`) and one
Redis that keeps nothing; a proxy stands before them as a balancer does.
"""

import os

from tests.governance.room_storm import judge, storm

LONG = storm.Storm(
    seed=20_261_122,
    people=int(os.environ.get("TOILE_CHAOS_PEOPLE", "200")),
    items=2,
    kills=int(os.environ.get("TOILE_CHAOS_KILLS", "50")),
    kill_every=3,
    pace=20,  # ten acts a second in all, as many again pressed twice: what two cores take
    guard=1800,
)


def test_two_hundred_people_decide_while_servers_are_killed_fifty_times(tmp_path):
    outcome = storm.run(LONG, tmp_path)
    print("\n" + judge.judge(outcome))
    assert sum(outcome.kills.values()) == LONG.kills
