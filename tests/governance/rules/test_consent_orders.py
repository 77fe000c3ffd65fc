"""100,000 random orders of events: none adopts over an open objection, below quorum, stale, or by the wrong hand."""

import os
import random
from collections import Counter

import pytest

from governance.rules.consent import Stage, replay
from governance.rules.session import FINAL
from tests.governance.rules.chance import FACILITATOR, Order, terms

ORDERS = int(os.environ.get("TOILE_TEST_ORDERS", "100000"))
PARTS = 4  # so that two cores share them
EVENTS = 10
QUICK = {"fallback": True, "fallback_min_loops": 1}


def openings(dice, rules):
    """Places where orders begin: the start, the call, an examination, an integration, an adoption."""
    yield Order(dice, rules).begin()
    yield Order(dice, rules).begin().to_call()
    yield Order(dice, rules).begin().to_call().object(3)
    yield Order(dice, rules).begin().to_call().object(3, 4).qualify()
    yield Order(dice, rules).begin().to_call().object().take("close_decision", FACILITATOR)


def orders(count: int, seed: int):
    dice, rules = random.Random(seed), terms(**QUICK)
    places = list(openings(dice, rules))
    for _ in range(count):
        place = dice.choice(places)
        order = Order(dice, rules, place.state, place.at, list(place.steps))
        for _ in range(EVENTS):
            order.random_event()
            if order.state.stage in FINAL:
                break
        yield order


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_adopts_what_it_should_not(part):
    ends, adopted, refused = Counter(), 0, Counter()
    for order in orders(ORDERS // PARTS, seed=20261121 + part):  # `Order` judges every adoption as it happens
        ends[order.state.stage] += 1
        adopted += order.adoptions
        refused.update(order.refusals)
    assert sum(ends.values()) == ORDERS // PARTS
    assert adopted > ORDERS / PARTS / 100, "the orders must also reach adoptions, or they show nothing"
    assert {"stale_version", "not_facilitator", "own_proposal", "waiting_for_answers"} <= set(refused)
    if ORDERS >= 100_000:  # fewer, in a hurry, need not end everywhere
        assert set(ends) >= set(Stage) - {Stage.NEW, Stage.REACT, Stage.AMEND, Stage.FALLBACK}


def test_a_prefix_replays():
    rules = terms(**QUICK)
    for order in orders(200, seed=7):
        cut = order.dice.randrange(len(order.steps) + 1)
        state = replay(order.steps[:cut], rules)
        assert state.seq == cut
        for step in order.steps[cut:]:
            state = replay([*order.steps[: step.seq]], rules)
        assert state == order.state
