"""Deciding in writing, by the rules alone: windows, reminders, silence, moves between a room and writing."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from governance.errors import Invalid, NotEntitled, TermMissing, WrongState
from governance.rules.charter import Terms, consent_terms
from governance.rules.clock import due_step, next_due
from governance.rules.consent import Stage
from governance.rules.templates import template
from tests.governance.rules.chance import ELECTORATE, FACILITATOR, PROPOSER, Order, terms


def order(**changed) -> Order:
    written = replace(terms().written, **changed)
    return Order(random.Random(1), terms(written=written)).begin().to_call().in_writing()


def refused(order, kind, actor, **payload) -> str:
    with pytest.raises((WrongState, NotEntitled, Invalid)) as refusal:
        order.take(kind, actor, **payload)
    return refusal.value.code


def test_going_into_writing_calls_everybody_anew():
    letter = order()
    assert (letter.state.call, letter.state.called) == (2, frozenset(ELECTORATE))
    assert letter.state.ends_at - letter.state.opens_at == timedelta(hours=120)


def test_two_reminders_precede_every_end():
    letter = order()
    letter.clock(hours=119)
    assert [at - letter.state.opens_at for at in letter.state.reminders] == [timedelta(hours=h) for h in (72, 96)]
    assert letter.state.stage is Stage.OBJECTION_CALL
    letter.clock(hours=1)
    assert letter.state.revealed


def test_nothing_closes_before_its_reminders():
    letter = order()
    letter.at += timedelta(days=60)
    call = {"version": 1, "call": 2}
    assert refused(letter, "reveal", FACILITATOR, **call) == "waiting_for_answers"
    letter.due()
    assert letter.state.ends_at > letter.at


@pytest.mark.parametrize(
    ("silence", "counts", "mails", "stage"),
    [
        ("no_position", False, ELECTORATE, Stage.OBJECTION_CALL),
        ("consent", False, ELECTORATE, Stage.OBJECTION_CALL),
        ("consent", True, (), Stage.OBJECTION_CALL),
        ("consent", True, (3,), Stage.OBJECTION_CALL),
        ("consent", True, (3, 4), Stage.ADOPTED),
    ],
)
def test_silence_counts_only_if_the_charter_says_so_and_the_reminders_left(silence, counts, mails, stage):
    letter = order(silence=silence, silence_counts=counts)
    letter.take("position", PROPOSER, version=1, call=2, choice="consent")
    letter.clock(hours=120, mails=mails)
    silent = {p.person for p in letter.state.revealed[0].positions if p.choice == "silent_consent"}
    assert silent == (set(mails) - {PROPOSER} if silence == "consent" else set())
    assert letter.state.stage is stage


def test_one_reminder_is_not_enough_and_none_counts_twice():
    letter = order(silence="consent", silence_counts=True)
    letter.clock(hours=72)
    mail = {"person": 3, "number": 1, "window": letter.state.window}
    letter.take("mailed", None, **mail)
    assert refused(letter, "mailed", None, **mail) == "already_answered"
    assert refused(letter, "mailed", None, **{**mail, "number": 2}) == "stale_version"
    assert refused(letter, "mailed", None, **{**mail, "window": 0}) == "stale_version"
    assert refused(letter, "mailed", 3, **mail) == "only_the_clock"
    letter.clock(hours=48)
    assert {p.choice for p in letter.state.revealed[0].positions} == {"no_position"}


def test_silence_never_means_consent_in_a_room():
    room = Order(random.Random(1), terms(written=replace(terms().written, silence="consent", silence_counts=True)))
    room.begin().to_call().all("position", (1, 2, 3), version=1, call=1, choice="consent")
    room.at += timedelta(minutes=10)
    room.take("reveal", FACILITATOR, version=1, call=1)
    assert {p.choice for p in room.state.revealed[0].positions} == {"consent", "no_position"}


def test_a_move_only_between_stages():
    letter = order()
    letter.take("position", 3, version=1, call=2, choice="consent")
    assert refused(letter, "go_live", None) == "inside_stage"
    assert refused(letter, "go_written", 3, present=[1, 2], facilitator=2) == "already_written"
    room = Order(random.Random(1), terms()).begin().to_call()
    room.take("position", 3, version=1, call=1, choice="consent")
    assert refused(room, "go_written", 3, present=[1, 2], facilitator=2) == "inside_stage"
    assert refused(Order(random.Random(1), terms()).begin(), "go_written", 3, present=[1, 2], facilitator=1) == (
        "facilitator_unfit"
    )


def test_a_charter_without_windows_names_the_first_figure_missing():
    text, figures = template("six_values")
    left = {name: value for name, value in figures.figures.items() if name != "consent.window_react_hours"}
    rules = consent_terms(Terms(left, figures.classes), "ordinary", frozenset())
    room = Order(random.Random(1), rules).begin()
    with pytest.raises(TermMissing) as missing:
        room.in_writing()
    assert missing.value.facts["term"] == "consent.window_react_hours"
    assert room.to_call().object().state.stage is Stage.ADOPTED, "in a room nothing is missing"


@pytest.mark.parametrize(("name", "value"), [("consent.reminders", 1), ("consent.window_test_hours", 0)])
def test_a_charter_cannot_do_with_less_than_two_reminders_or_no_time(name, value):
    _, figures = template("six_values")
    with pytest.raises(Invalid):
        consent_terms(Terms({**figures.figures, name: value}, figures.classes), "ordinary", frozenset())


def test_jurors_who_let_their_window_pass_are_not_drawn_again_and_the_objection_stands():
    letter = order()
    for person in ELECTORATE:
        words = {"choice": "objection", "text": "a", "consequence": "b", "ground": "side_effect"}
        letter.take("position", person, version=1, call=2, **(words if person == 3 else {"choice": "consent"}))
    letter.due()
    letter.take("judge", 4, objection=1, agree=False, reason="Non.")
    letter.clock(hours=73)
    assert len(letter.state.objection(1).jury) == 3
    letter.clock(hours=73)
    assert letter.state.stage is Stage.INTEGRATE


def test_the_clock_knows_beforehand_when_it_acts():
    """`next_due` is the first instant at which `due_step` gives a step, over a whole decision left to itself."""
    letter = Order(random.Random(1), terms()).begin().in_writing().take("submit", PROPOSER, version=1)
    seen = []
    for _ in range(30):
        due = next_due(letter.state, letter.rules)
        if due is None:
            break
        assert due_step(letter.state, max(due, letter.at), letter.rules) is not None
        if due > letter.at:
            assert due_step(letter.state, due - timedelta(seconds=1), letter.rules) is None
            letter.at = due
        letter.due()
        seen.append(letter.state.stage)
    assert letter.state.stage is Stage.AMEND, "the proposer's move, and nobody else's"
    assert {Stage.PRESENTED, Stage.CLARIFY, Stage.REACT} <= set(seen)
