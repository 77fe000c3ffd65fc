"""100,000 random orders of events: none adopts over an open objection, below quorum, stale, or by the wrong hand."""

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC
from fractions import Fraction

import pytest

from governance.rules.assemblies import Room
from governance.rules.consent import Stage, advance, replay
from governance.rules.minutes import Matter, Meeting, narrate
from governance.rules.session import FINAL
from tests.governance.rules.chance import ELECTORATE, FACILITATOR, START, Order, terms

ORDERS = int(os.environ.get("TOILE_TEST_ORDERS", "100000"))
PARTS = 4  # so that two cores share them
EACH = -(-ORDERS // PARTS)  # rounded up: all parts together are never fewer
EVENTS = 10
QUICK = {"fallback": True, "fallback_min_loops": 1}
THREE_FIFTHS = Fraction(3, 5)


def openings(dice, rules):
    """Places where orders begin: the start, the call, an examination, an integration, an adoption; some in writing."""
    yield Order(dice, rules).begin()
    yield Order(dice, rules).begin().to_call()
    yield Order(dice, rules).begin().to_call().object(3)
    yield Order(dice, rules).begin().to_call().object(3, 4).qualify()
    yield Order(dice, rules).begin().to_call().object().take("close_decision", FACILITATOR)
    yield Order(dice, rules).begin().in_writing()
    yield Order(dice, rules).begin().to_call().in_writing()
    yield Order(dice, rules).begin().to_call().in_writing().clock(hours=73, mails=(3, 4, 5))
    yield Order(dice, rules).begin().to_call().object(3, 4).in_writing().qualify()


def charters():
    """The figures under which decisions may have been opened: they differ in what silence means."""
    written = terms().written
    yield terms(**QUICK)
    for silence, counts in (("no_position", False), ("consent", False), ("consent", True)):
        rule = replace(written, silence=silence, silence_counts=counts)
        yield terms(**QUICK, quorum=THREE_FIFTHS, written=rule)


def orders(count: int, seed: int):
    dice = random.Random(seed)
    places = [place for rules in charters() for place in openings(dice, rules)]
    for _ in range(count):
        place = dice.choice(places)
        order = Order(dice, place.rules, place.state, place.at, list(place.steps))
        for _ in range(EVENTS):
            order.random_event()
            if order.state.stage in FINAL:
                break
        yield order


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_adopts_what_it_should_not(part):
    ends, adopted, refused = Counter(), 0, Counter()
    for order in orders(EACH, seed=20261121 + part):  # `Order` judges every adoption as it happens
        ends[order.state.stage] += 1
        adopted += order.adoptions
        refused.update(order.refusals)
    assert sum(ends.values()) == EACH
    assert adopted > EACH / 100, "the orders must also reach adoptions, or they show nothing"
    assert {"stale_version", "not_facilitator", "own_proposal", "waiting_for_answers"} <= set(refused)
    if ORDERS >= 100_000:  # fewer, in a hurry, need not end everywhere
        assert set(ends) >= set(Stage) - {Stage.NEW, Stage.REACT, Stage.AMEND, Stage.FALLBACK}


def told(state):
    """The minutes of a meeting that spoke of nothing else."""
    matters = (Matter(state.version.title, state),)
    words = {"title": "Assemblée", "collective": "Les Ateliers", "circle": "Cercle général", "place": "", "terms": "x"}
    people = {number: f"N{number}" for number in ELECTORATE}
    return narrate(
        Meeting(**words, convened_at=START, convener=2, room=Room(), matters=matters, names=people, zone=UTC)
    )


def test_a_prefix_replays_to_the_same_state_and_the_same_minutes():
    for order in orders(200, seed=7):
        cut = order.dice.randrange(len(order.steps) + 1)
        state = replay(order.steps[:cut], order.rules)
        assert state.seq == cut
        for step in order.steps[cut:]:
            state = advance(state, step, order.rules)
        assert state == order.state == replay(order.steps, order.rules)
        assert told(state) == told(order.state)


def test_the_charter_of_the_opening_governs_whatever_is_adopted_meanwhile():
    """A journal is replayed with the figures of its own charter: a later one, even stricter, changes nothing in it."""
    kept, replayed = {}, 0
    charters_adopted = [terms(**QUICK)]
    for number, order in enumerate(orders(300, seed=11)):
        charters_adopted.append(order.rules)
        kept[number] = (len(charters_adopted) - 1, order)
    for opened_under, order in kept.values():
        assert replay(order.steps, charters_adopted[opened_under]) == order.state
        replayed += order.adoptions
    assert replayed
