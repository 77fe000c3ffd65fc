"""Proxies, the rules alone: what may be given, who votes for whom, until when."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import DomainError, Invalid
from governance.rules.charter import Terms
from governance.rules.proxies import Given, allows, check_gift, last_day, represented, until

A, B, C, D = range(1, 5)
TERMS = Terms({"poll.proxy_months": 12}, {})


@pytest.mark.parametrize(
    ("wanted", "running", "code"),
    [
        (Given(A, A), [], "proxy_to_oneself"),
        (Given(B, A), [Given(A, B)], "proxy_back"),
        (Given(B, C), [Given(A, B)], "proxy_passed_on"),
        (Given(A, B), [Given(B, C)], "proxy_holder_gave"),
        (Given(A, B), [Given(A, C)], "proxy_given"),
        (Given(A, C), [Given(A, C)], "proxy_given"),
        (Given(A, B), [Given(C, B), Given(D, B)], "proxy_holder_full"),
    ],
)
def test_what_no_proxy_may_be(wanted, running, code):
    with pytest.raises(DomainError) as refused:
        check_gift(wanted, running, most=2)
    assert refused.value.code == code


def test_one_below_the_maximum_is_taken():
    check_gift(Given(A, B), [Given(C, B)], most=2)
    with pytest.raises(DomainError):
        check_gift(Given(A, B), [Given(C, B)], most=1)


pairs = st.lists(st.builds(Given, st.integers(1, 8), st.integers(1, 8)), max_size=20)


@given(pairs, st.integers(1, 3))
def test_whatever_is_tried_in_turn_nobody_passes_on_and_nobody_holds_too_many(tries, most):
    running = []
    for each in tries:
        try:
            check_gift(each, running, most)
        except DomainError:
            continue
        running.append(each)
    held = Counter(each.holder for each in running)
    assert all(count <= most for count in held.values())
    assert not {each.giver for each in running} & set(held)
    assert len({each.giver for each in running}) == len(running)
    assert represented(running, most) == {each.giver: each.holder for each in running}


@given(pairs, st.integers(1, 3))
def test_whatever_the_rows_say_a_roll_has_no_chain_and_nobody_over_the_maximum(rows, most):
    found = represented(rows, most)
    assert not set(found) & set(found.values())
    assert all(count <= most for count in Counter(found.values()).values())
    assert {Given(giver, holder) for giver, holder in found.items()} <= set(rows)


def test_of_too_many_the_oldest_stand():
    assert represented([Given(A, D), Given(B, D), Given(C, D)], 2) == {A: D, B: D}


def test_a_proxy_lasts_as_long_as_the_charter_says():
    today = date(2026, 11, 23)
    assert until(today, None, TERMS) == last_day(today, TERMS) == date(2027, 11, 22)
    assert until(today, today, TERMS) == today
    for day, code in (
        (date(2027, 11, 23), "proxy_too_long"),
        (date(2026, 11, 22), "date_past"),
        (date(9999, 12, 31), "field_malformed"),
    ):
        with pytest.raises(Invalid) as refused:
            until(today, day, TERMS)
        assert refused.value.code == code


def test_a_charter_allows_proxies_if_a_class_does():
    assert not allows(Terms({}, {"ordinary": {"proxies": False}, "charter": {}}))
    assert allows(Terms({}, {"ordinary": {"proxies": False}, "charter": {"proxies": True}}))
