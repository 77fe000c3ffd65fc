"""The stages of a conversation with a client: every step from every stage, what is well said, what comes too soon."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.errors import NotEntitled, WrongState
from network.rules.contact import (
    ENDS,
    LEGAL,
    LIMITS,
    ContactDraft,
    Proposal,
    Side,
    Stage,
    Step,
    Way,
    advance,
    allowed,
    check_contact,
    check_proposal,
    check_said,
    is_mail,
    stamp_problem,
    total_of,
    wait_until,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLIENT, PROVIDER, NODE = Side.CLIENT, Side.PROVIDER, Side.NODE


# --- stages ------------------------------------------------------------------------------------------------


def test_every_stage_is_reached_from_the_first_and_only_ends_have_no_way_out():
    reached, waiting = {Stage.OPEN}, [Stage.OPEN]
    while waiting:
        at = waiting.pop()
        new = {to for (stage, _, _), to in LEGAL.items() if stage == at} - reached
        reached |= new
        waiting += new
    assert reached == set(Stage)
    assert {stage for stage in Stage if not any(at == stage for at, _, _ in LEGAL)} == ENDS


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("side", Side)
def test_what_the_table_does_not_say_is_refused(stage, step, side):
    if (stage, step, side) in LEGAL:
        assert advance(stage, step, side) == LEGAL[stage, step, side]
        assert step in allowed(stage, side)
        return
    whose = {who for _, of, who in LEGAL if of == step}
    with pytest.raises(WrongState if side in whose else NotEntitled):
        advance(stage, step, side)
    assert step not in allowed(stage, side)


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ([("write", CLIENT), ("quote", PROVIDER), ("accept", CLIENT), ("finish", CLIENT)], "done"),
        ([("quote", PROVIDER), ("decline", CLIENT), ("quote", PROVIDER), ("accept", CLIENT)], "agreed"),
        ([("refuse", PROVIDER), ("write", CLIENT)], "open"),
        ([("quote", PROVIDER), ("accept", CLIENT), ("withdraw", CLIENT)], "withdrawn"),
        ([("quote", PROVIDER), ("accept", CLIENT), ("finish", PROVIDER), ("write", CLIENT)], "done"),
        ([("leave", NODE)], "closed"),
    ],
)
def test_ways_through(steps, end):
    stage = Stage.OPEN
    for step, side in steps:
        stage = advance(stage, Step(step), side)
    assert stage == end


def test_only_the_client_agrees_and_only_the_provider_names_a_price():
    assert {who for _, step, who in LEGAL if step in {Step.ACCEPT, Step.DECLINE, Step.WITHDRAW}} == {CLIENT}
    assert {who for _, step, who in LEGAL if step in {Step.QUOTE, Step.REFUSE, Step.CLOSE}} == {PROVIDER}


# --- what is written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", ["", "fanny@mail.example", "06 12 34 56 78", "+33 (0)3 21 00 00 00", "f+x@a-b.co.uk"])
def test_ways_to_be_reached(reach):
    assert check_contact(ContactDraft("Fanny", "Bonjour", reach)) == []


@pytest.mark.parametrize(
    "reach",
    ["fanny", "12", "a@b", "@mail.example", "a b@mail.example", "----------", "x@mail.example\nBcc: y@z.example"],
)
def test_what_is_no_way_to_be_reached(reach):
    assert check_contact(ContactDraft("Fanny", "Bonjour", reach)) == [("reach", "reach_invalid")]


@given(st.text(max_size=40), st.sampled_from(["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028", " ", ",", ";", "<", '"']))
def test_nothing_that_ends_a_header_is_an_address(text, evil):
    for reach in (f"a@b.example{evil}{text}", f"{text}{evil}a@b.example", f"a{evil}@b.example"):
        assert not is_mail(reach)


def test_everything_wrong_with_a_first_message_is_told_at_once():
    problems = check_contact(ContactDraft("F", " ", "rue des Lilas"))
    assert problems == [("name", "contact_name_length"), ("reach", "reach_invalid"), ("message", "text_missing")]
    assert check_contact(ContactDraft("Fanny\nBcc", "Bonjour")) == [("name", "contact_name_length")]
    assert check_said("a\x00b") == [("text", "text_invalid")]


@pytest.mark.parametrize(
    ("proposal", "text", "problems"),
    [
        (Proposal(Way.EACH, Decimal(3), 5500), "", []),
        (Proposal(Way.EACH, None, 5500), "", [("quantity", "quantity_missing")]),
        (Proposal(Way.EACH, Decimal("NaN"), 5500), "", [("quantity", "quantity_missing")]),
        (Proposal(Way.EACH, Decimal("0.001"), 5500), "", [("quantity", "quantity_bounds")]),
        (Proposal(Way.EACH, Decimal("1.5"), 5501), "", [("quantity", "quantity_inexact")]),
        (Proposal(Way.EACH, Decimal(10_000), 100_000_000), "", [("quantity", "quote_too_much")]),
        (Proposal(Way.EACH, Decimal(3), None), "", [("unit_cents", "amount_missing")]),
        (Proposal(Way.WHOLE, amount_cents=9000), "", []),
        (Proposal(Way.WHOLE), "", [("amount_cents", "amount_missing")]),
        (Proposal(Way.WHOLE, amount_cents=-1), "", [("amount_cents", "amount_bounds")]),
        (Proposal(Way.WORDS), "Un repas partagé.", []),
        (Proposal(Way.WORDS), "", [("text", "text_missing")]),
        (Proposal("gold"), "x", [("way", "way_unknown")]),
    ],
)
def test_what_a_price_needs(proposal, text, problems):
    assert check_proposal(proposal, text) == problems


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_a_price_by_the_hour_is_exact_or_refused(hundredths, cents):
    proposal = Proposal(Way.EACH, Decimal(hundredths) / 100, cents)
    total = total_of(proposal)
    assert (total is None) == bool(hundredths * cents % 100)
    assert total is None or total * 100 == hundredths * cents


# --- time ---------------------------------------------------------------------------------------------------


def test_a_form_is_sent_neither_at_once_nor_the_next_day():
    said = {passed: stamp_problem(NOON, NOON + timedelta(seconds=passed)) for passed in (-5, 0, 2.9, 3, 43_200, 43_201)}
    assert said == {
        -5: "contact_too_fast", 0: "contact_too_fast", 2.9: "contact_too_fast", 3: "", 43_200: "",
        43_201: "contact_too_old",
    }  # fmt: skip


def test_the_longest_wait_of_several_limits_counts():
    hourly = [NOON - timedelta(minutes=10 * n) for n in range(5)]
    assert wait_until(hourly, LIMITS["sender"], NOON) == NOON + timedelta(minutes=20)
    daily = [NOON - timedelta(hours=n) for n in range(2, 17)]
    assert wait_until(daily, LIMITS["sender"], NOON) == NOON + timedelta(hours=8)
    assert wait_until(daily[1:], LIMITS["sender"], NOON) is None
    assert wait_until([], LIMITS["everybody"], NOON) is None
