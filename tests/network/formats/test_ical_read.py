"""Calendars as other programs write them: what is read of an event, and what is refused rather than told wrongly."""

from datetime import date, time

import pytest

from network.formats import ical_read
from network.rules.event_entries import EVENTS_MAX

BEGIN = "DTSTART;TZID=Europe/Paris:20261205T140000"
END = "DTEND;TZID=Europe/Paris:20261205T180000"


def calendar(*events, head=""):
    blocks = ["\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"]) for lines in events]
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *([head] if head else []), *blocks, "END:VCALENDAR", ""])


def read(*lines, zone="Europe/Paris", head=""):
    (line,) = ical_read.read(calendar(("UID:1", "SUMMARY:Foire", *lines), head=head), zone=zone).lines
    return line


def fault(*lines, **more):
    line = read(*lines, **more)
    assert line.draft is None
    (problem,) = line.problems
    return problem.field, problem.code


def test_an_event_with_everything():
    line = read(
        BEGIN, END, "DESCRIPTION:Apportez\\, si vous l’avez\\n votre ordina", " teur",
        "LOCATION:Salle des fêtes\\, Liévin",
        "GEO:50.42;2.78", "STATUS:TENTATIVE", "CATEGORIES:Atelier,Libre", "ATTENDEE;CN=Paul:mailto:paul@a.example",
        "BEGIN:VALARM", "TRIGGER:-PT15M", "DESCRIPTION:Bientôt", "END:VALARM",
    )  # fmt: skip
    draft = line.draft
    assert (line.number, line.label, line.uid, line.where) == (3, "Foire", "1", "Salle des fêtes, Liévin")
    assert (line.lat, line.lon) == (50.42, 2.78)
    assert (draft.title, draft.kind, draft.state, draft.price, draft.rhythm) == (
        "Foire", "workshop", "tentative", "unsaid", "once",
    )  # fmt: skip
    assert (draft.first_on, draft.starts, draft.ends, draft.zone) == (
        date(2026, 12, 5), time(14), time(18), "Europe/Paris",
    )  # fmt: skip
    assert draft.description == "Apportez, si vous l’avez\n votre ordinateur"


@pytest.mark.parametrize(
    ("start", "head", "expected"),
    [
        ("DTSTART:20261205T140000", "", (14, "Europe/Paris")),  # hours at the place
        ("DTSTART:20261205T140000Z", "", (15, "Europe/Paris")),
        ("DTSTART:20261205T140000Z", "X-WR-TIMEZONE:America/Cayenne", (11, "America/Cayenne")),
        ("DTSTART:20261205T140000Z", "X-WR-TIMEZONE:../etc/passwd", (15, "Europe/Paris")),
        ("DTSTART;TZID=Indian/Reunion:20261205T140000", "", (14, "Indian/Reunion")),
        ("DTSTART;TZID=Romance Standard Time:20261205T140000", "", (14, "Europe/Paris")),
    ],
)
def test_hours_are_those_of_their_zone(start, head, expected):
    draft = read(start, "DURATION:PT2H", head=head).draft
    assert (draft.starts.hour, draft.zone) == expected
    assert draft.ends.hour == expected[0] + 2


def test_an_end_after_midnight_is_on_the_next_day():
    draft = read("DTSTART:20261205T220000", "DTEND:20261206T010000").draft
    assert (draft.first_on, draft.starts, draft.ends) == (date(2026, 12, 5), time(22), time(1))


@pytest.mark.parametrize(
    ("rule", "rhythm", "until"),
    [
        ("FREQ=WEEKLY", "weekly", None),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;WKST=MO", "fortnightly", None),
        ("FREQ=MONTHLY;BYDAY=1SA;UNTIL=20270630T120000Z", "monthly", date(2027, 6, 30)),
        ("FREQ=MONTHLY;BYDAY=SA;BYSETPOS=1;COUNT=3", "monthly", date(2027, 2, 6)),
        ("FREQ=WEEKLY;UNTIL=20261226", "weekly", date(2026, 12, 26)),
        ("FREQ=WEEKLY;UNTIL=20261226T130000Z", "weekly", date(2026, 12, 26)),
        ("FREQ=WEEKLY;UNTIL=20261226T000000Z", "weekly", date(2026, 12, 25)),  # the last one begins at 14 h
    ],
)
def test_rhythms_that_are_ours(rule, rhythm, until):
    draft = read(BEGIN, END, f"RRULE:{rule}").draft
    assert (draft.rhythm, draft.until_on) == (rhythm, until)


def test_the_last_saturday():
    draft = read("DTSTART:20261226T140000", "DURATION:PT1H", "RRULE:FREQ=MONTHLY;BYDAY=-1SA").draft
    assert draft.rhythm == "monthly_last"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY", "FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=WEEKLY;BYDAY=SU", "FREQ=WEEKLY;INTERVAL=3",
        "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=5", "FREQ=MONTHLY;BYDAY=2SA", "FREQ=MONTHLY;BYDAY=-1SA",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SA", "FREQ=SECONDLY", "FREQ=WEEKLY;COUNT=100000",
        "FREQ=WEEKLY;BYMONTH=12",
    ],
)  # fmt: skip
def test_rhythms_that_are_not_ours_are_told(rule):
    assert fault(BEGIN, END, f"RRULE:{rule}") == ("RRULE", "rhythm_not_held")


def test_days_that_are_missing_or_added_are_listed():
    course = read(BEGIN, END, "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Paris:20261212T140000").draft
    assert (course.rhythm, course.first_on, course.listed) == (
        "listed", date(2026, 12, 5), (date(2026, 12, 19), date(2026, 12, 26)),
    )  # fmt: skip
    fair = read(BEGIN, END, "RDATE:20270116T130000Z", "RDATE;VALUE=DATE:20270220").draft
    assert (fair.rhythm, fair.listed) == ("listed", (date(2027, 1, 16), date(2027, 2, 20)))
    assert read(BEGIN, END, "RRULE:FREQ=WEEKLY;COUNT=2", "EXDATE:20261205T130000Z").draft.rhythm == "once"


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=100", "FREQ=WEEKLY;UNTIL=99991231", "FREQ=WEEKLY;COUNT=1"]
)
def test_days_that_cannot_be_listed_are_told(rule):
    """Without end, too many, too far, or none left."""
    assert fault(BEGIN, END, f"RRULE:{rule}", "EXDATE:20261205T130000Z") == ("EXDATE", "days_not_held")


@pytest.mark.parametrize(
    ("lines", "field", "code"),
    [
        ((END,), "DTSTART", "start_missing"),
        ((BEGIN,), "DTEND", "end_missing"),
        (("DTSTART:bientôt", END), "DTSTART", "value_unreadable"),
        (("DTSTART;VALUE=DATE:20261205",), "DTSTART", "hours_needed"),
        (("DTSTART;TZID=Chez moi:20261205T140000", "DURATION:PT1H"), "DTSTART", "calendar_zone_unknown"),
        ((BEGIN, BEGIN, END), "DTSTART", "value_twice"),
        (("DTSTART:99991231T235900", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=9"), "DTSTART", "value_unreadable"),
        (("DTSTART:00010101T000000Z", "DURATION:PT1H"), "DTSTART", "value_unreadable"),
        ((BEGIN, "DTEND;TZID=Europe/Paris:20261205T130000"), "DTEND", "end_before_start"),
        ((BEGIN, "DTEND;TZID=Europe/Paris:20261207T180000"), "DTEND", "event_spans_days"),
        ((BEGIN, "DURATION:P1D"), "DTEND", "event_spans_days"),
        ((BEGIN, END, "GEO:ici"), "GEO", "value_unreadable"),
        ((BEGIN, END, "RRULE:FREQ=JAMAIS"), "RRULE", "value_unreadable"),
        ((BEGIN, END, "RDATE:20270116T090000Z"), "RDATE", "days_not_held"),  # at another hour
        ((BEGIN, END, "RDATE;VALUE=PERIOD:20270116T130000Z/PT1H"), "RDATE", "days_not_held"),
        ((BEGIN, END, "RECURRENCE-ID:20261205T130000Z"), "RECURRENCE-ID", "exception_not_held"),
    ],
)
def test_each_fault_is_told(lines, field, code):
    assert fault(*lines) == (field, code)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("CLASS:PRIVATE", "event_private"),
        ("CLASS:CONFIDENTIAL", "event_private"),
        ("STATUS:CANCELLED", "event_cancelled"),
    ],
)
def test_what_is_private_or_cancelled_is_passed_over_even_if_faulty(said, code):
    for begin in (BEGIN, "DTSTART;VALUE=DATE:20261205"):
        line = read(begin, END, said)
        assert (line.left_out, line.draft, line.problems) == (code, None, ())


def test_an_event_one_of_whose_dates_is_moved_is_not_announced_wrongly():
    found = ical_read.read(
        calendar(
            ("UID:1", "SUMMARY:Foire", BEGIN, END, "RRULE:FREQ=WEEKLY;COUNT=3"),
            ("UID:1", "SUMMARY:Foire", "RECURRENCE-ID:20261212T130000Z", "STATUS:CANCELLED"),
            ("UID:2", "SUMMARY:Atelier", BEGIN, END),
        ),
        zone="Europe/Paris",
    )
    first, moved, other = found.lines
    assert [(p.code, p.value) for p in first.problems] == [("changed_elsewhere", str(moved.number))]
    assert (first.draft, moved.draft, other.draft.title) == (None, None, "Atelier")


def test_each_line_has_its_number_and_one_fault_spoils_nothing_else():
    text = calendar(("SUMMARY:A", "DTSTART:x"), ("SUMMARY:B", BEGIN, END), ("LIGNE SANS SENS", BEGIN, END))
    found = ical_read.read(text.replace("\n", "\r\n"), zone="Europe/Paris").lines
    assert [(line.number, bool(line.problems)) for line in found] == [(3, True), (7, False), (12, True)]
    assert found[1].draft.title == "B"


def test_what_is_not_understood_is_named():
    text = calendar(("UID:1", "SUMMARY:A", BEGIN, END, "COLOR:red", "X-APPLE:1", "ATTENDEE:mailto:a@b.example"))
    assert ical_read.read(text, zone="Europe/Paris").unknown == ("COLOR",)


def test_no_calendar_and_too_large_a_one():
    assert ical_read.read("BEGIN:VCARD\nEND:VCARD\n", zone="Europe/Paris").problem.code == "calendar_expected"
    many = calendar(*[(f"UID:{n}", "SUMMARY:A", BEGIN, END) for n in range(EVENTS_MAX + 1)])
    assert ical_read.read(many, zone="Europe/Paris").problem.code == "too_many_events"
    assert ical_read.read("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", zone="Europe/Paris").lines[0].problems
