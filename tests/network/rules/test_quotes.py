"""What may be asked of an offer: exact amounts, the same factor on both sides, clear refusals."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.rules.quotes import QuoteDraft, Rate, ask_again_at, check_answer, check_quote, settled_amount

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOURLY, FIXED = Rate("hourly", 5500), Rate("fixed", 9990)
FREE, GIFT, BARTER = Rate("prix_libre"), Rate("gift"), Rate("barter")


def draft(quantity="1", cents=None, message=""):
    return QuoteDraft(None if quantity is None else Decimal(quantity), cents, message)


@pytest.mark.parametrize(
    ("rate", "asked"),
    [
        (HOURLY, draft("3")),
        (HOURLY, draft("3", 16500)),
        (HOURLY, draft("1.5", 8250)),
        (HOURLY, draft("10000")),
        (FIXED, draft("1")),
        (FIXED, draft("1.00", 9990)),
        (FREE, draft("1")),
        (FREE, draft("2", 1)),
        (GIFT, draft("1")),
        (BARTER, draft("2.25")),
    ],
)
def test_what_may_be_asked(rate, asked):
    assert check_quote(rate, asked) == []


@pytest.mark.parametrize(
    ("rate", "asked", "field", "code"),
    [
        (HOURLY, draft(None), "quantity", "quantity_missing"),
        (HOURLY, draft("NaN"), "quantity", "quantity_missing"),
        (HOURLY, draft("Infinity"), "quantity", "quantity_missing"),
        (HOURLY, draft("0"), "quantity", "quantity_bounds"),
        (HOURLY, draft("-3"), "quantity", "quantity_bounds"),
        (HOURLY, draft("10000.01"), "quantity", "quantity_bounds"),
        (HOURLY, draft("1e99999"), "quantity", "quantity_bounds"),
        (HOURLY, draft("1.005"), "quantity", "quantity_bounds"),
        (HOURLY, draft("3", 15000), "amount_cents", "quote_amount_other"),
        (HOURLY, draft("3", 11000), "amount_cents", "quote_amount_other"),
        (Rate("hourly", 5501), draft("1.5"), "quantity", "quantity_inexact"),
        (Rate("hourly", 100_000_000), draft("2"), "quantity", "quote_too_much"),
        (FIXED, draft("2"), "quantity", "quantity_not_one"),
        (FIXED, draft("1", 9991), "amount_cents", "quote_amount_other"),
        (GIFT, draft("2"), "quantity", "quantity_not_one"),
        (GIFT, draft("1", 100), "amount_cents", "amount_not_for_this_price"),
        (BARTER, draft("2", 100), "amount_cents", "amount_not_for_this_price"),
        (FREE, draft("1", 0), "amount_cents", "amount_bounds"),
        (FREE, draft("1", 100_000_001), "amount_cents", "amount_bounds"),
        (GIFT, draft("1", message="x" * 4001), "message", "message_too_long"),
        (GIFT, draft("1", message="a\x00b"), "message", "text_invalid"),
    ],
)
def test_what_may_not(rate, asked, field, code):
    assert check_quote(rate, asked) == [(field, code)]


@given(st.integers(1, 100_000_000), st.decimals("0.01", "10000", places=2))
def test_the_amount_has_the_same_factor_or_there_is_none(cents, quantity):
    amount = settled_amount(Rate("hourly", cents), quantity)
    exact = Decimal(cents) * quantity
    assert amount == exact if exact == exact.to_integral_value() else amount is None


def test_a_refusal_needs_words_and_neither_answer_is_endless():
    assert check_answer("Pas avant mars", needed=True) == []
    assert check_answer("x" * 4001, needed=False) == [("answer", "answer_too_long")]


@given(st.lists(st.integers(0, 3000), max_size=30), st.integers(1, 12))
def test_one_more_is_allowed_exactly_when_fewer_than_that_many_are_recent(minutes, most):
    asked = [NOON - timedelta(minutes=ago) for ago in minutes]
    again = ask_again_at(asked, NOON, most)
    if again is None:
        assert sum(instant > NOON - timedelta(days=1) for instant in asked) < most
    else:
        assert again > NOON
        assert ask_again_at(asked, again, most) is None
        assert ask_again_at(asked, again - timedelta(seconds=1), most) == again
