"""Importing a calendar: preview, effect, the same file again, changes, undoing as a whole."""

from datetime import UTC, date, datetime, time

import pytest

from network.actions.event_dates import cancel_date
from network.actions.events import edit_event, publish_event, withdraw_event
from network.actions.imports import apply_import, start_import, undo_import
from network.errors import Invalid
from network.formats import ical
from network.models import Event, EventDate, ImportRun
from network.queries.event_cards import card_of
from network.queries.events import draft_of
from network.queries.imports import import_page
from tests import factories
from tests.network.events_cast import draft

pytestmark = pytest.mark.django_db

FAIR = """BEGIN:VEVENT
UID:foire@a.example
SUMMARY:Foire d’installation
DESCRIPTION:Apportez votre ordinateur.
DTSTART;TZID=Europe/Paris:20261205T140000
DTEND;TZID=Europe/Paris:20261205T180000
RRULE:FREQ=MONTHLY;BYDAY=1SA;UNTIL=20270331T120000Z
LOCATION:Salle des fêtes\\, 62800 Liévin
END:VEVENT
"""
WORKSHOP = """BEGIN:VEVENT
UID:atelier@a.example
SUMMARY:Atelier courriel
DTSTART:20261210T170000Z
DURATION:PT2H
LOCATION:https://visio.example/atelier
CATEGORIES:Atelier
END:VEVENT
"""
DAILY = """BEGIN:VEVENT
UID:x@a.example
SUMMARY:Permanence
DTSTART:20261210T100000
DTEND:20261210T110000
RRULE:FREQ=DAILY
LOCATION:Lens
END:VEVENT
"""


def calendar(*events):
    return "BEGIN:VCALENDAR\nVERSION:2.0\n" + "".join(events) + "END:VCALENDAR\n"


@pytest.fixture
def alix(gazetteer, clock):
    return factories.member("Alix", belongs_to=factories.collective())


def begun(actor, *events):
    return start_import(actor=actor, scope="own", name="agenda.ics", text=calendar(*events))


def steps(run):
    return import_page(run.pk, viewer=run.actor).plan.steps


def does(run):
    return [(step.number, step.does) for step in steps(run)]


def taken(actor, *events):
    return apply_import(actor=actor, run_id=begun(actor, *events).pk)


def test_the_preview_says_each_event_and_writes_nothing(alix):
    run = begun(alix, FAIR, WORKSHOP, DAILY)
    assert run.format == "ical"
    assert does(run) == [(3, "create"), (12, "create"), (20, "refuse")]
    assert [(p.field, p.code, p.value) for p in steps(run)[2].problems] == [("RRULE", "rhythm_not_held", "FREQ=DAILY")]
    assert not Event.objects.exists()


def test_the_good_ones_are_published_with_their_rhythm_hours_and_place(alix):
    run = taken(alix, FAIR, WORKSHOP, DAILY)
    fair, workshop = Event.objects.order_by("first_on")
    assert (fair.title, fair.organiser, fair.local, fair.rhythm, fair.until_on, fair.price) == (
        "Foire d’installation", alix, True, "monthly", date(2027, 3, 31), "unsaid",
    )  # fmt: skip
    assert [(row.slot.isoformat(), row.place_code, row.venue) for row in fair.dates.order_by("slot")] == [
        (day, "62510", "Salle des fêtes") for day in ("2026-12-05", "2027-01-02", "2027-02-06", "2027-03-06")
    ]
    assert fair.dates.earliest("slot").starts_at == datetime(2026, 12, 5, 13, tzinfo=UTC)
    assert (workshop.kind, workshop.online, workshop.starts, workshop.places) == (
        "workshop", "https://visio.example/atelier", time(18), [],
    )  # fmt: skip
    assert (run.report["create"], run.report["refuse"]) == (2, 1)
    assert [each["line"] for each in run.report["left_out"]] == [20]


def test_the_same_calendar_again_changes_nothing(alix):
    taken(alix, FAIR, WORKSHOP)
    again = begun(alix, FAIR, WORKSHOP)
    assert [step.does for step in steps(again)] == ["same", "same"]
    before = list(EventDate.objects.order_by("pk").values())
    apply_import(actor=alix, run_id=again.pk)
    assert list(EventDate.objects.order_by("pk").values()) == before


def test_months_later_it_is_still_the_same(alix, clock):
    taken(alix, FAIR)
    clock.advance(days=80)
    assert [step.does for step in steps(begun(alix, FAIR))] == ["same"]


def test_a_change_changes_only_what_the_calendar_says_and_is_undone(alix):
    taken(alix, FAIR)
    event = Event.objects.get()
    edit_event(actor=alix, event_id=event.pk, draft=draft_with(event, capacity="40", kind="install_fair"))
    run = begun(alix, FAIR.replace("T180000", "T190000"))
    assert steps(run)[0].changed == ("ends",)
    apply_import(actor=alix, run_id=run.pk)
    event.refresh_from_db()
    assert (event.ends, event.capacity, event.kind) == (time(19), "40", "install_fair")
    undo_import(actor=alix, run_id=run.pk)
    event.refresh_from_db()
    assert (event.ends, event.capacity) == (time(18), "40")
    assert event.dates.earliest("slot").ends_at == datetime(2026, 12, 5, 17, tzinfo=UTC)


def draft_with(event, **columns):
    held = draft_of(event)
    return type(held)(**(vars(held) | columns))


def test_undone_they_are_withdrawn_and_can_come_again(alix):
    run = taken(alix, FAIR, WORKSHOP)
    undone = undo_import(actor=alix, run_id=run.pk)
    assert set(Event.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert (undone.report["undone"], undone.report["kept"]) == (2, [])
    assert [step.does for step in steps(begun(alix, FAIR))] == ["create"]


def test_undoing_keeps_what_a_later_calendar_has_read_again(alix, clock):
    """And the calendar knows its events again afterwards."""
    first = taken(alix, FAIR, WORKSHOP)
    clock.advance(days=2)
    second = taken(alix, FAIR)
    assert second.report["same"] == 1
    undone = undo_import(actor=alix, run_id=first.pk).report
    assert [(each["label"], each["why"]) for each in undone["kept"]] == [("Foire d’installation", "confirmed")]
    assert (undone["kept_counts"], undone["undone"]) == ({"confirmed": 1}, 1)
    assert dict(Event.objects.values_list("rhythm", "state")) == {"monthly": "confirmed", "once": "withdrawn"}
    assert [step.does for step in steps(begun(alix, FAIR, WORKSHOP))] == ["same", "create"]
    undone = undo_import(actor=alix, run_id=second.pk).report
    assert (undone["kept"], undone["undone"]) == ([], 0)


def test_a_later_calendar_that_was_undone_keeps_nothing(alix, clock):
    first = taken(alix, FAIR)
    clock.advance(days=2)
    undo_import(actor=alix, run_id=taken(alix, FAIR).pk)
    assert undo_import(actor=alix, run_id=first.pk).report["kept"] == []
    assert Event.objects.get().state == "withdrawn"


def test_what_somebody_changed_since_stays(alix):
    run = taken(alix, FAIR, WORKSHOP)
    fair = Event.objects.get(rhythm="monthly")
    cancel_date(actor=alix, event_id=fair.pk, slot="2027-01-02")
    workshop = Event.objects.get(rhythm="once")
    edit_event(actor=alix, event_id=workshop.pk, draft=draft_with(workshop, title="Autre atelier"))
    undone = undo_import(actor=alix, run_id=run.pk)
    assert {each["label"] for each in undone.report["kept"]} == {"Foire d’installation", "Autre atelier"}
    assert set(Event.objects.values_list("state", flat=True)) == {"confirmed"}


def test_what_cannot_be_as_it_was_any_more_stays_and_hinders_nothing_else(alix, clock):
    once = WORKSHOP.replace("LOCATION:https://visio.example/atelier", "LOCATION:Lens")
    taken(alix, once)
    run = taken(alix, once.replace("20261210", "20261220"), FAIR)
    clock.set(datetime(2026, 12, 12, tzinfo=UTC))
    undone = undo_import(actor=alix, run_id=run.pk)
    assert [each["label"] for each in undone.report["kept"]] == ["Atelier courriel"]
    assert Event.objects.get(rhythm="monthly").state == "withdrawn"
    assert Event.objects.get(rhythm="once").first_on == date(2026, 12, 20)


def test_today_is_the_day_that_it_is_here(alix, clock):
    """Half past midnight: an event of yesterday is over, in the preview and when it is taken."""
    clock.set(datetime(2026, 12, 10, 23, 30, tzinfo=UTC))
    run = begun(alix, WORKSHOP, FAIR)
    assert [(step.does, step.code) for step in steps(run)] == [("skip", "event_over"), ("create", "")]
    apply_import(actor=alix, run_id=run.pk)
    assert Event.objects.get().rhythm == "monthly"


def test_an_event_withdrawn_by_hand_hinders_nothing(alix):
    run = taken(alix, FAIR)
    withdraw_event(actor=alix, event_id=Event.objects.get().pk)
    assert [step.does for step in steps(begun(alix, FAIR))] == ["create"]
    assert undo_import(actor=alix, run_id=run.pk).report["kept"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("RRULE:FREQ=MONTHLY;BYDAY=1SA;UNTIL=20270331T120000Z", "CLASS:PRIVATE"), "event_private"),
        (("RRULE:FREQ=MONTHLY;BYDAY=1SA;UNTIL=20270331T120000Z", "STATUS:CANCELLED"), "event_cancelled"),
        (("UNTIL=20270331", "UNTIL=20261001"), "event_over"),
    ],
)
def test_what_is_left_out_and_why(alix, change, code):
    event = FAIR.replace("202612", "202609").replace(*change) if code == "event_over" else FAIR.replace(*change)
    (step,) = steps(begun(alix, event))
    assert (step.does, step.code) == ("skip", code)


def test_what_began_long_ago_goes_on_from_its_next_day(alix):
    taken(alix, FAIR.replace("20261205", "20250104"))
    event = Event.objects.get()
    assert (event.first_on, event.dates.count()) == (date(2026, 12, 5), 4)


@pytest.mark.parametrize(
    ("where", "place", "venue"),
    [
        ("LOCATION:Lens", "Lens", ""),
        ("LOCATION:Gare\\, Lens\\, France", "Lens", "Gare"),
        ("LOCATION:12 rue du Stade 62800 Liévin", "Liévin", "12 rue du Stade"),
        ("LOCATION:La Loco\nGEO:50.4216;2.7848", "Liévin", "La Loco"),
        ("GEO:50.4216;2.7848", "Liévin", ""),
    ],
)
def test_the_commune_is_found_in_words_or_by_the_point(alix, where, place, venue):
    taken(alix, FAIR.replace("LOCATION:Salle des fêtes\\, 62800 Liévin", where))
    row = EventDate.objects.earliest("slot")
    assert (row.place_name, row.venue) == (place, venue)


@pytest.mark.parametrize(("where", "code"), [("LOCATION:Chez Paul", "place_unknown"), ("", "event_place_needed")])
def test_without_a_place_the_line_says_so(alix, where, code):
    (step,) = steps(begun(alix, FAIR.replace("LOCATION:Salle des fêtes\\, 62800 Liévin\n", where + "\n" * bool(where))))
    assert [problem.code for problem in step.problems] == [code]


def test_what_this_node_exports_is_known_again(alix):
    publish_event(actor=alix, draft=draft())
    row = EventDate.objects.select_related("event__organiser").get()
    text = ical.written([ical.CalendarEntry(card_of(row))], name="Agenda").decode()
    run = start_import(actor=alix, scope="own", name="a.ics", text=text)
    assert [(step.does, step.code) for step in steps(run)] == [("skip", "event_here")]


def test_another_members_import_is_not_mine(alix):
    taken(alix, FAIR)
    bachir = factories.member("Bachir", belongs_to=alix.memberships.get().collective)
    taken(bachir, FAIR)
    assert sorted(Event.objects.values_list("organiser__name", flat=True)) == ["Alix", "Bachir"]


def test_the_same_event_twice_in_one_file(alix):
    assert [(step.does, step.code) for step in steps(begun(alix, FAIR, FAIR))] == [
        ("create", ""),
        ("skip", "line_twice"),
    ]


def test_a_calendar_brings_no_entries_of_others(alix):
    factories.account(alix, operator=True)
    with pytest.raises(Invalid, match="calendar_own_only"):
        start_import(actor=alix, scope="entries", name="a.ics", text=calendar(FAIR), source="Annuaire Z")
    with pytest.raises(Invalid, match="calendar_own_only"):
        start_import(actor=None, scope="entries", name="a.ics", text=calendar(FAIR), source="Annuaire Z")
    assert not ImportRun.objects.exists()
