"""Random orders of events: none elects over an open objection, without acceptance, or by the wrong hand."""

import os
import random
from collections import Counter
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from governance.rules.electing import ENDED
from governance.rules.election import ElectionStage, replay
from tests.governance.rules.election_chance import FACILITATOR, KINDS, OUTSIDER, PEOPLE, Order, terms

ORDERS = int(os.environ.get("TOILE_TEST_ORDERS", "40000"))
PARTS, EVENTS = 2, 12
E = ElectionStage


def openings(dice, rules):
    """Places where orders begin: role, ballot, proposal, call, examination, integration, answer."""
    begun = partial(Order, dice, rules)
    yield begun().begin()
    yield begun().begin().to_ballot()
    yield begun().begin().to_propose()
    yield begun().begin().to_propose().propose()
    yield begun().begin().to_propose().propose().answer(3)
    yield begun().begin().to_propose().propose().answer(3, 5).qualify()
    yield begun().begin().to_propose().propose().answer()
    yield begun().begin().to_propose((2, 3, 2, 3, 3))
    alone = begun().begin().to_propose((4, 4, 4, 4, 4)).propose().answer()
    yield alone.take("decline_mandate", 4, round=alone.state.round, reason="Pas le temps.")


def orders(count: int, seed: int):
    dice, rules = random.Random(seed), terms(allow_pass=True)
    places = list(openings(dice, rules))
    for _ in range(count):
        place = dice.choice(places)
        order = Order(dice, rules, place.state, place.at, list(place.steps))
        for _ in range(EVENTS):
            order.random_event()
            if order.state.stage in ENDED:
                break
        yield order


def run(count: int, seed: int) -> tuple[Counter, int, Counter]:
    ends, elected, refused = Counter(), 0, Counter()
    for order in orders(count, seed):  # `Order` judges every election as it happens
        ends[order.state.stage] += 1
        elected += order.elected
        refused.update(order.refusals)
    return ends, elected, refused


def test_a_few_orders_elect_rightly_and_reach_everything():
    ends, elected, refused = run(1_500, seed=4)
    assert elected > 15, "the orders must also reach elections, or they show nothing"
    assert {"stale_version", "not_facilitator", "waiting_for_answers", "not_elector", "has_declined"} <= set(refused)
    assert set(ends) >= {E.DONE, E.POSTPONED, E.LOT, E.DROPPED, E.SUSPENDED, E.TEST, E.INTEGRATE, E.ACCEPT}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_elects_whom_it_should_not(part):
    ends, elected, refused = run(ORDERS // PARTS, seed=20261122 + part)
    assert sum(ends.values()) == ORDERS // PARTS
    assert elected > ORDERS / PARTS / 200
    assert {"nominee_last", "own_nomination", "not_named", "not_nominee", "deputy_needed"} <= set(refused)
    if ORDERS >= 40_000:
        assert set(ends) >= set(E) - {E.NEW}


def test_a_prefix_replays():
    rules = terms(allow_pass=True)
    for order in orders(60, seed=7):
        cut = order.dice.randrange(len(order.steps) + 1)
        assert replay(order.steps[:cut], rules).seq == cut
        assert replay(order.steps, rules) == order.state


class Meeting(RuleBasedStateMachine):
    """Hypothesis chooses the acts; `Order` judges whoever is elected."""

    @initialize(place=st.integers(0, 8))
    def begin(self, place):
        rules = terms()
        self.order = list(openings(random.Random(1), rules))[place]

    @rule(kind=st.sampled_from(KINDS), actor=st.sampled_from((None, *PEOPLE, OUTSIDER)), chance=st.integers(0, 9999))
    def anything(self, kind, actor, chance):
        self.order.dice = random.Random(chance)
        self.order.try_(kind, actor, self.order.payload(kind))

    @rule(chance=st.integers(0, 9999))
    def something_likely(self, chance):
        self.order.dice = random.Random(chance)
        self.order.random_event()

    @rule()
    def all_consent(self):
        state = self.order.state
        if state.stage is E.OBJECTIONS:
            for person in PEOPLE:
                said = {"version": len(state.call.versions), "call": state.call.call, "choice": "consent"}
                self.order.try_("position", person, said)
            self.order.try_("reveal", FACILITATOR, said)

    @rule()
    def accept(self):
        self.order.try_("accept_mandate", self.order.state.nominee, {"round": self.order.state.round})

    @invariant()
    def nobody_leads_the_call_on_themselves(self):
        order = getattr(self, "order", None)
        if order and order.state.nominee is not None:
            assert order.state.leader() is None or order.state.leader() != order.state.nominee

    def teardown(self):
        order = getattr(self, "order", None)
        if order:
            assert replay(order.steps, order.rules) == order.state


TestMeeting = Meeting.TestCase
TestMeeting.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
