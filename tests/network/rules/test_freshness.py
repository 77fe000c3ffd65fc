"""How old an entry is: time only ever ages it, confirming only ever refreshes it."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from network.rules.freshness import REMIND_DAYS, Ages, Delays, is_unsteady, missed, reminders_due, state_of

THEN = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = ("fresh", "to_confirm", "unsteady", "old_copy", "faded", "expired")
hours = st.integers(0, 24 * 800).map(lambda n: timedelta(hours=n))


@st.composite
def delays(draw) -> Delays:
    old_copy, confirm = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    return Delays(old_copy, old_copy + draw(st.integers(0, 300)), confirm, confirm + draw(st.integers(0, 300)))


@st.composite
def entries(draw) -> Ages:
    ends_at = draw(st.none() | hours.map(lambda span: THEN + span))
    return Ages(draw(st.booleans()), THEN, THEN + draw(hours), ends_at, draw(st.booleans()))


@given(entries(), delays(), hours, hours)
def test_what_has_aged_grows_no_younger_by_itself(ages, terms, earlier, later):
    early, late = THEN + min(earlier, later), THEN + max(earlier, later)
    assert ORDER.index(state_of(ages, early, terms)) <= ORDER.index(state_of(ages, late, terms))


@given(entries(), delays(), hours)
def test_confirmed_and_heard_of_just_now_nothing_is_old(ages, terms, span):
    at = THEN + span
    anew = Ages(ages.local, at, at, None, unsteady=False)
    assert state_of(anew, at, terms) == "fresh"


@given(delays(), hours)
def test_copies_age_by_what_their_node_says_and_ours_by_what_their_owner_says(terms, span):
    at = THEN + span
    assert state_of(Ages(True, at, THEN), at, terms) == "fresh"
    assert state_of(Ages(False, THEN, at), at, terms) == "fresh"


@given(st.lists(st.integers(0, 900), min_size=1, max_size=40))
def test_looked_at_on_whatever_days_each_reminder_comes_once_at_most_and_in_order(days):
    due = THEN + timedelta(days=400)
    given_out: list[int] = []
    for day in sorted(days):
        given_out += [left for left in reminders_due(due, THEN + timedelta(days=day)) if left not in given_out]
    assert given_out == sorted(given_out, reverse=True)
    assert set(given_out) <= set(REMIND_DAYS)
    assert (0 in given_out) == (max(days) >= 400)


@given(st.lists(st.integers(0, 120), max_size=40))
def test_a_source_is_unsteady_when_two_days_of_the_last_thirty_were_missed(days):
    known: list[str] = []
    first = date(2026, 1, 1)
    for day in sorted(days):
        known = missed(known, first + timedelta(days=day))
    today = max(days, default=0)
    recent = {day for day in days if day > today - 30}
    assert is_unsteady(known, first + timedelta(days=today)) == (len(recent) >= 2)
    assert len(known) <= 30
