"""How long a mandate may last, and when somebody may take it up again."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.errors import DomainError, Invalid, TermMissing, WrongState
from governance.rules.charter import Terms
from governance.rules.mandates import (
    ENDLESS,
    Stint,
    add_months,
    asked_for,
    check_stint,
    last_day,
    longest,
    may_take,
    next_term,
    same_role,
    term,
)

TERMS = Terms({"mandate.max_months": 12, "mandate.renewals_max": 1, "mandate.cooling_months": 6}, {})
START = date(2026, 1, 1)


def year(n):
    return Stint(date(2026 + n, 1, 1), date(2026 + n, 12, 31))


def test_longest_mandate_is_that_of_the_charter():
    assert last_day(START, TERMS) == date(2026, 12, 31)
    check_stint(year(0), [], TERMS)
    with pytest.raises(Invalid, match="mandate_too_long"):
        check_stint(Stint(START, date(2027, 1, 1)), [], TERMS)
    with pytest.raises(Invalid, match="date_order"):
        check_stint(Stint(START, date(2025, 12, 31)), [], TERMS)
    with pytest.raises(TermMissing):
        check_stint(year(0), [], Terms({}, {}))


def test_renewal_limit_then_rest():
    check_stint(year(1), [year(0)], TERMS)
    with pytest.raises(WrongState, match="cooling_off") as refused:
        check_stint(year(2), [year(0), year(1)], TERMS)
    assert refused.value.facts["until"] == date(2028, 7, 1)
    check_stint(Stint(date(2028, 7, 1), date(2029, 6, 30)), [year(0), year(1)], TERMS)


def test_short_pause_is_no_pause_and_no_door_at_the_back():
    paused = Stint(date(2028, 3, 1), date(2028, 12, 31))
    with pytest.raises(WrongState, match="cooling_off"):
        check_stint(paused, [year(0), year(1)], TERMS)
    with pytest.raises(WrongState, match="cooling_off"):  # given first for later, then in between
        check_stint(year(1), [year(0), year(2)], TERMS)


def test_same_role_twice_at_a_time_is_refused():
    with pytest.raises(WrongState, match="mandate_held"):
        check_stint(Stint(date(2026, 6, 1), date(2026, 7, 1)), [year(0)], TERMS)


def test_longest_mandate_that_may_be_given_is_one_that_may_be_held():
    """A length counted in months is the same length as the bound: not one day more."""
    stint = term(START, longest(TERMS, "mandate.max_months"))
    assert stint == year(0)
    check_stint(stint, [], TERMS)
    assert term(date(2028, 2, 29), 12).ends_on == date(2029, 2, 27)
    assert longest(Terms({**TERMS.figures, "lot.months_max": 36}, {}), "lot.months_max") == 12
    for name in TERMS.figures:
        with pytest.raises(TermMissing, match="term_missing"):
            longest(Terms({**TERMS.figures, name: None}, {}), "mandate.max_months")


def test_renewal_follows_what_runs():
    today = date(2026, 6, 1)
    assert next_term([], today, 12) == term(today, 12)
    assert next_term([year(0)], today, 12) == year(1)
    assert next_term([year(1), year(0)], today, 12) == year(2)
    assert next_term([year(1)], today, 6) == Stint(today, date(2026, 11, 30))  # fits in before
    assert next_term([year(1)], today, 12) == year(2)
    with pytest.raises(WrongState, match="mandate_held"):
        next_term([Stint(START, ENDLESS)], today, 12)


def test_who_may_take_a_role_next():
    today = date(2026, 6, 1)
    assert may_take([year(0)], today, 12, TERMS)
    assert not may_take([year(-1), year(0)], today, 12, TERMS)  # renewed once already: rest first
    assert not may_take([Stint(START, ENDLESS)], today, 12, TERMS)
    with pytest.raises(Invalid, match="mandate_too_long"):
        may_take([], today, 13, TERMS)
    with pytest.raises(TermMissing):
        may_take([], today, 12, Terms({"mandate.max_months": 12}, {}))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (date(9999, 1, 1), None, "starts_on"),
        (date(1, 1, 1), date(2026, 1, 1), "starts_on"),
        (START, date.max, "ends_on"),
    ],
)
def test_days_at_the_ends_of_the_calendar_are_refused(starts_on, ends_on, field):
    with pytest.raises(Invalid, match="field_malformed") as refused:
        asked_for(starts_on, ends_on, TERMS)
    assert refused.value.facts["field"] == field


def test_time_asked_for_without_end_is_the_longest():
    assert asked_for(START, None, TERMS) == year(0)
    assert asked_for(START, date(2026, 3, 1), TERMS) == Stint(START, date(2026, 3, 1))


def test_roles_are_the_same_however_written():
    assert same_role("Facilitation  du mardi", " facilitation du MARDI")
    assert not same_role("secretary", "facilitator")


@settings(deadline=None)
@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.integers(0, 120))
def test_months_keep_the_day_or_end_with_the_month(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


stints = st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 365)), max_size=12)


@settings(deadline=None)
@given(stints, st.integers(0, 3), st.integers(0, 12))
def test_no_run_is_ever_longer_than_the_charter_says(wanted, renewals, cooling):
    terms = Terms({"mandate.max_months": 12, "mandate.renewals_max": renewals, "mandate.cooling_months": cooling}, {})
    held: list[Stint] = []
    for start, days in wanted:
        first = START + timedelta(days=start)
        each = Stint(first, min(first + timedelta(days=days), last_day(first, terms)))
        try:
            check_stint(each, held, terms)
        except DomainError:
            continue
        held.append(each)
    run, end = 0, None
    for each in sorted(held, key=lambda s: s.starts_on):
        rested = end is None or each.starts_on >= add_months(end + timedelta(days=1), cooling)
        run = 1 if rested else run + 1
        assert end is None or each.starts_on > end
        assert run <= renewals + 1
        end = each.ends_on
