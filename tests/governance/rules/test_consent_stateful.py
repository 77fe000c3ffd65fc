"""Hypothesis looks for the shortest order of events that breaks a decision, between rooms and writing."""

import random
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from governance.rules.clock import due_step, next_due
from governance.rules.consent import Stage, replay
from governance.rules.session import FINAL
from tests.governance.rules.chance import ELECTORATE, Order, terms

PEOPLE = st.sampled_from(ELECTORATE)


class Decision(RuleBasedStateMachine):
    """`Order` judges every adoption as it happens; here is what must hold in between."""

    @initialize(silence=st.sampled_from(["no_position", "consent"]), counts=st.booleans(), seed=st.integers(0, 2**32))
    def begin(self, silence, counts, seed):
        written = replace(terms().written, silence=silence, silence_counts=counts)
        rules = terms(written=written, fallback=True, fallback_min_loops=1)
        self.order = Order(random.Random(seed), rules).begin().to_call()

    @rule(person=PEOPLE, choice=st.sampled_from(["consent", "consent", "concern", "objection"]), stale=st.booleans())
    def answers(self, person, choice, stale):
        state = self.order.state
        words = {"text": "a", "consequence": "b", "ground": "side_effect"} if choice != "consent" else {}
        version = state.version.number - stale
        self.order.try_("position", person, {"version": version, "call": state.call, "choice": choice, **words})

    @rule(person=PEOPLE, leads=PEOPLE)
    def goes_into_writing(self, person, leads):
        self.order.try_("go_written", person, {"present": list(ELECTORATE), "facilitator": leads})

    @rule(present=st.sets(PEOPLE, min_size=1))
    def goes_into_a_room(self, present):
        if self.order.try_("go_live", None, {}):
            self.order.try_("presence", None, {"present": sorted(present), "facilitator": min(present)})

    @rule(hours=st.sampled_from([1, 24, 72, 500]), mails=st.sets(PEOPLE))
    def time_passes(self, hours, mails):
        self.order.clock(hours=min(hours, 72), mails=mails)
        if hours == 500:
            self.order.clock(hours=428, mails=mails)

    @rule()
    def anything(self):
        self.order.random_event()

    @invariant()
    def replays(self):
        order = self.order
        assert replay(order.steps, order.rules) == order.state

    @invariant()
    def final_is_final(self):
        order = self.order
        if order.state.stage in FINAL:
            assert next_due(order.state, order.rules) is None

    @invariant()
    def clock_is_at_rest_once_it_has_acted(self):
        order = self.order
        if order.state.stage is not Stage.NEW and due_step(order.state, order.at, order.rules) is None:
            due = next_due(order.state, order.rules)
            assert due is None or due > order.at


TestDecision = Decision.TestCase
TestDecision.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
