"""On which days an event comes again, at which instants; and what a draft must be."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.rules import events
from network.rules.event_checks import check_draft
from network.rules.events import EventDraft, VenueDraft, days_of, instants

TODAY = date(2026, 11, 22)
FAIR = EventDraft(
    "Fête", "install_fair", date(2026, 12, 5), time(14), time(18), rhythm="monthly", venues=(VenueDraft(object()),)
)
LATER = events.horizon(TODAY)
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


def test_first_saturdays_for_eighteen_months():
    days = days_of(FAIR, until=LATER)
    assert len(days) == 18
    assert all(day.weekday() == 5 and day.day <= 7 for day in days)
    assert days[-1] == date(2028, 5, 6)


def test_last_fridays_are_not_fourth_ones():
    last = replace(FAIR, first_on=date(2026, 11, 27), rhythm="monthly_last", until_on=date(2027, 1, 31))
    assert days_of(last, until=LATER) == [date(2026, 11, 27), date(2026, 12, 25), date(2027, 1, 29)]


def test_every_two_weeks_up_to_the_end():
    workshop = replace(FAIR, rhythm="fortnightly", until_on=date(2027, 1, 2))
    assert days_of(workshop, until=LATER) == [date(2026, 12, 5), date(2026, 12, 19), date(2027, 1, 2)]


def test_listed_days_come_once_and_in_order():
    listed = (date(2027, 3, 6), date(2027, 1, 9), date(2026, 12, 5), date(2035, 1, 1))
    assert days_of(replace(FAIR, rhythm="listed", listed=listed), until=LATER) == [
        date(2026, 12, 5), date(2027, 1, 9), date(2027, 3, 6),
    ]  # fmt: skip


@given(DAYS, st.sampled_from(["once", "weekly", "fortnightly", "monthly", "monthly_last"]))
def test_a_rhythm_keeps_its_weekday_its_order_and_its_bounds(first, rhythm):
    until = first + timedelta(days=540)
    days = days_of(replace(FAIR, first_on=first, rhythm=rhythm), until=until)
    assert all(a < b for a, b in pairwise(days))
    assert {day.weekday() for day in days} <= {first.weekday()}
    assert all(first <= day <= until for day in days)
    if rhythm != "monthly_last":
        assert days[0] == first
    if rhythm == "monthly":
        assert len({(day.year, day.month) for day in days}) == len(days) >= 17


@given(DAYS, st.times(), st.times(), st.sampled_from(["Europe/Paris", "America/Guadeloupe", "Pacific/Noumea"]))
def test_hours_are_those_of_the_place_whatever_the_season(day, starts, ends, zone):
    begin, end = instants(day, starts.replace(tzinfo=None), ends.replace(tzinfo=None), zone)
    there, said = begin.astimezone(ZoneInfo(zone)), datetime.combine(day, starts, ZoneInfo(zone))
    exists = said.astimezone(UTC).astimezone(ZoneInfo(zone)).time() == starts  # not within the hour that clocks skip
    assert (there.date(), there.time()) == (day, starts) or not exists
    assert begin <= end <= begin + timedelta(hours=25)


def test_a_fair_stays_at_two_when_clocks_change():
    march, april = (instants(day, time(14), time(18), "Europe/Paris") for day in (date(2027, 3, 6), date(2027, 4, 3)))
    assert (march[0].hour, april[0].hour) == (13, 12)
    assert march[1] - march[0] == april[1] - april[0] == timedelta(hours=4)


def test_an_evening_over_the_change_of_clocks_is_an_hour_shorter():
    begin, end = instants(date(2027, 3, 27), time(22), time(4), "Europe/Paris")
    assert end - begin == timedelta(hours=5)


def test_the_zone_is_that_of_the_place():
    assert [events.zone_of(dept) for dept in ("62", "973", "988", "BE", "")] == [
        "Europe/Paris", "America/Cayenne", "Pacific/Noumea", "Europe/Brussels", "Europe/Paris",
    ]  # fmt: skip
    assert all(events.is_zone(zone) for zone in events.ZONES.values())


def test_a_good_draft_has_no_problem():
    assert check_draft(FAIR, today=TODAY) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title": "Ok"}, ("title", "title_length")),
        ({"kind": "fête"}, ("kind", "event_kind_unknown")),
        ({"description": "x" * 10_001}, ("description", "description_too_long")),
        ({"title": "Fête\x00x"}, ("title", "text_invalid")),
        ({"capacity": "x" * 201}, ("capacity", "line_too_long")),
        ({"first_on": None}, ("first_on", "date_missing")),
        ({"first_on": date(2026, 11, 21)}, ("first_on", "event_date_past")),
        ({"first_on": date(2029, 1, 6)}, ("first_on", "date_too_far")),
        ({"starts": None}, ("starts", "hour_missing")),
        ({"ends": time(14)}, ("ends", "hours_equal")),
        ({"rhythm": "daily"}, ("rhythm", "rhythm_unknown")),
        ({"rhythm": "monthly_last"}, ("first_on", "not_the_last")),
        ({"rhythm": "listed"}, ("listed", "dates_missing")),
        ({"rhythm": "listed", "listed": (date(2026, 12, 1),)}, ("listed", "dates_out_of_range")),
        ({"until_on": date(2026, 12, 1)}, ("until_on", "until_before_first")),
        ({"venues": ()}, ("place", "event_place_needed")),
        ({"venues": (VenueDraft(object()),) * 5}, ("place", "places_too_many")),
        ({"zone": "Mars/Phobos"}, ("zone", "zone_unknown")),
        ({"online": "javascript:alert(1)"}, ("online", "link_invalid")),
        ({"registration_link": "https://a b"}, ("registration_link", "link_invalid")),
        ({"price": "troc"}, ("price", "event_price_unknown")),
        ({"price": "fixed"}, ("amount_cents", "amount_missing")),
        ({"amount_cents": 500}, ("amount_cents", "event_amount_not_for_this_price")),
        ({"accessibility": ("wings",)}, ("accessibility", "accessibility_unknown")),
        ({"languages": ("<b>",)}, ("languages", "language_invalid")),
        ({"state": "cancelled"}, ("state", "event_state_unknown")),
        ({"visibility": "followers"}, ("visibility", "visibility_unknown")),
    ],
)
def test_each_fault_has_its_code(change, problem):
    assert check_draft(replace(FAIR, **change), today=TODAY) == [problem]


def test_what_has_begun_may_still_be_edited():
    assert check_draft(replace(FAIR, first_on=date(2025, 1, 4)), today=TODAY, new=False) == []


@given(DAYS)
def test_the_next_time_is_after_today_and_after_the_last(first):
    again = events.moved_to_next(replace(FAIR, first_on=first), today=TODAY)
    assert again.first_on > max(TODAY, first)
    assert (again.first_on.weekday(), again.rhythm) == (first.weekday(), "once")
