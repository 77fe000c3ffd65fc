"""Publishing, editing, cancelling and withdrawing events, and each of their dates."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from network.actions import event_dates, events
from network.actions.collectives import admit_member
from network.actions.copies import forget_offers_of
from network.actions.leaving import mark_member_gone
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Event, EventDate, EventState
from network.queries.events import draft_of, event_page
from network.signals import event_changed
from tests import factories
from tests.network.events_cast import HALL, LENS, at, date_draft, draft, fair, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def alix(clock):
    return factories.member("Alix", belongs_to=factories.collective())


@pytest.fixture
def news(django_capture_on_commit_callbacks):
    """Collect the ids of events that changed while something is done."""

    def during(do):
        heard = []
        listener = lambda event_id, **_: heard.append(event_id)  # noqa: E731
        event_changed.connect(listener)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                do()
        finally:
            event_changed.disconnect(listener)
        return heard

    return during


def test_a_fair_alternates_between_two_towns(alix):
    event = published(alix, fair())
    dates = list(event.dates.order_by("slot").values_list("slot", "place_name", "venue"))
    assert dates[:3] == [
        (date(2026, 12, 5), "Liévin", "Salle des fêtes"),
        (date(2027, 1, 2), "Lille", "Maison de quartier"),
        (date(2027, 2, 6), "Liévin", "Salle des fêtes"),
    ]
    assert len(dates) == 7
    assert at(event, "2027-04-03").starts_at == datetime(2027, 4, 3, 12, tzinfo=UTC)
    assert at(event, "2027-01-02").uri == f"{event.uri}/2027-01-02"
    assert (event.local, event.zone, event.organiser) == (True, "Europe/Paris", alix)


def test_publishing_is_told(alix, news):
    heard = news(lambda: published(alix))
    assert heard == [Event.objects.get().pk]


def test_a_stranger_publishes_nothing(alix):
    stranger = factories.member("Fanny")
    with pytest.raises(NotEntitled) as refusal:
        published(stranger)
    assert refusal.value.code == "not_a_member"
    assert not Event.objects.exists()


def test_nothing_is_left_of_a_draft_that_is_refused(alix):
    with pytest.raises(Invalid) as refusal:
        published(alix, draft(title="Ok", first_on=date(2026, 11, 1)))
    assert refusal.value.facts["problems"] == [("title", "title_length"), ("first_on", "event_date_past")]
    assert not Event.objects.exists()


def test_hours_are_those_of_an_island(alix):
    saint_denis = factories.SimpleNamespace(name="Saint-Denis", dept="974", code="97411", lat=-20.8789, lon=55.4481)
    event = published(alix, draft(venues=(replace(HALL, place=saint_denis),)))
    assert event.zone == "Indian/Reunion"
    assert event.dates.get().starts_at == datetime(2026, 12, 5, 10, tzinfo=UTC)


def test_a_draft_read_back_is_the_same(alix):
    event = published(alix, fair(accessibility=("step_free",), languages=("fr", "fsl"), capacity="40 personnes"))
    again = draft_of(Event.objects.get(pk=event.pk))
    assert (again.rhythm, again.first_on, again.starts, again.until_on) == (
        "monthly", date(2026, 12, 5), time(14), date(2027, 6, 30),
    )  # fmt: skip
    assert [(venue.place.name, venue.venue) for venue in again.venues] == [
        ("Liévin", "Salle des fêtes"), ("Lille", "Maison de quartier"),
    ]  # fmt: skip
    assert (again.accessibility, again.languages, again.capacity) == (("step_free",), ("fr", "fsl"), "40 personnes")


# --- editing -----------------------------------------------------------------------------------------------


def test_an_edit_moves_dates_to_come_and_spares_past_ones(alix, clock):
    event = published(alix, fair())
    clock.set(datetime(2027, 1, 20, tzinfo=UTC))
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(draft_of(event), starts=time(10), ends=time(12)))
    assert at(event, "2026-12-05").starts_at == datetime(2026, 12, 5, 13, tzinfo=UTC)
    moved = at(event, "2027-02-06")
    assert moved.starts_at == datetime(2027, 2, 6, 9, tzinfo=UTC)
    assert (moved.sequence, moved.revision) == (1, 2)


def test_words_alone_rise_the_revision_and_not_the_sequence(alix):
    event = published(alix)
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(draft_of(event), description="Avec du café."))
    row = event.dates.get()
    assert (row.sequence, row.revision) == (0, 2)


def test_an_edit_spares_a_date_set_by_hand(alix):
    event = published(alix, fair())
    event_dates.change_date(
        actor=alix, event_id=event.pk, slot="2027-01-02", draft=date_draft(note="Une semaine plus tard")
    )
    event.refresh_from_db()
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(draft_of(event), starts=time(15)))
    row = at(event, "2027-01-02")
    assert (row.starts_at, row.place_name, row.note) == (
        datetime(2027, 1, 9, 9, tzinfo=UTC), "Lens", "Une semaine plus tard",
    )  # fmt: skip
    assert at(event, "2027-02-06").starts_at == datetime(2027, 2, 6, 14, tzinfo=UTC)


def test_dates_that_the_rhythm_drops_are_withdrawn_and_come_back_under_a_new_address(alix):
    event = published(alix, fair())
    short = replace(draft_of(event), until_on=date(2027, 2, 28))
    events.edit_event(actor=alix, event_id=event.pk, draft=short)
    old = at(event, "2027-03-06")
    assert old.state == EventState.WITHDRAWN
    assert len(event_page(event.pk, viewer=None).coming) == 3
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(short, until_on=date(2027, 3, 31)))
    new = at(event, "2027-03-06")
    assert (new.state, new.uri != old.uri) == (EventState.CONFIRMED, True)
    assert EventDate.objects.get(uri=old.uri).state == EventState.WITHDRAWN
    assert len(event_page(event.pk, viewer=None).coming) == 4


def test_an_edit_that_leaves_no_date_is_refused(alix):
    event = published(alix, fair())
    with pytest.raises(Invalid) as refusal:
        events.edit_event(
            actor=alix,
            event_id=event.pk,
            draft=replace(
                draft_of(event), first_on=date(2026, 12, 6), until_on=date(2026, 12, 6), rhythm="monthly_last"
            ),
        )
    assert refusal.value.code == "not_the_last"
    assert event.dates.exclude(state=EventState.WITHDRAWN).count() == 7


def test_nobody_edits_for_another(alix):
    event, other = published(alix), factories.member("Bachir", belongs_to=factories.collective("Autre"))
    for act in (events.cancel_event, events.withdraw_event):
        with pytest.raises(NotEntitled):
            act(actor=other, event_id=event.pk)
    with pytest.raises(NotEntitled):
        events.edit_event(actor=other, event_id=event.pk, draft=draft())
    with pytest.raises(NotFound):
        events.edit_event(actor=alix, event_id=event.pk + 1, draft=draft())


def test_who_organises_too_may_edit(alix):
    bachir = factories.member("Bachir", belongs_to=alix.memberships.get().collective)
    event = published(alix, draft(partners=(bachir.pk, alix.pk)))
    assert list(event.partners.all()) == [bachir]
    events.cancel_event(actor=bachir, event_id=event.pk)
    event.refresh_from_db()
    assert event.state == EventState.CANCELLED


def test_who_organises_too_still_does_after_an_edit_of_theirs(alix):
    bachir = factories.member("Bachir", belongs_to=alix.memberships.get().collective)
    event = published(alix, draft(partners=(bachir.pk,)))
    edited = replace(draft_of(event), description="Venez !")
    assert list(events.edit_event(actor=bachir, event_id=event.pk, draft=edited).partners.all()) == [bachir]


def test_a_date_dropped_and_brought_back_again_and_again_has_a_fresh_address_each_time(alix):
    event, seen = published(alix, fair()), []
    for until in (date(2027, 5, 1), date(2027, 6, 30)) * 3:
        events.edit_event(actor=alix, event_id=event.pk, draft=fair(until_on=until))
        event = Event.objects.get(pk=event.pk)
        seen += [at(event, "2027-06-05").uri] if until.month == 6 else []
    assert len(set(seen)) == 3


def test_for_members_only_it_leaves_its_addresses(alix):
    event = published(alix)
    old_event, old_date = event.uri, event.dates.get().uri
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(draft_of(event), visibility="members"))
    event.refresh_from_db()
    assert event.uri != old_event
    assert event.dates.get().uri == f"{event.uri}/2026-12-05"
    left = EventDate.objects.get(uri=old_date)
    assert (left.state, left.event.state, left.revision) == (EventState.WITHDRAWN, EventState.WITHDRAWN, 2)
    with pytest.raises(NotFound):
        event_page(event.pk, viewer=None)
    assert event_page(event.pk, viewer=alix).can_edit


def test_members_of_the_same_collective_read_what_is_for_members(alix):
    event = published(alix, draft(visibility="members"))
    fellow, stranger = factories.member("Bachir"), factories.member("Camille", belongs_to=factories.collective("Autre"))
    admit_member(collective=alix.memberships.get().collective, member=fellow, at=event.published_at)
    assert event_page(event.pk, viewer=fellow).event == event
    with pytest.raises(NotFound):
        event_page(event.pk, viewer=stranger)


# --- cancelling --------------------------------------------------------------------------------------------


def test_cancelled_it_is_shown_and_can_take_place_after_all(alix, news):
    event = published(alix, fair())
    assert news(lambda: events.cancel_event(actor=alix, event_id=event.pk)) == [event.pk]
    page = event_page(event.pk, viewer=None)
    assert (page.event.state, len(page.coming)) == (EventState.CANCELLED, 7)
    assert {row.sequence for row in page.coming} == {1}
    assert news(lambda: events.cancel_event(actor=alix, event_id=event.pk)) == []
    events.restore_event(actor=alix, event_id=event.pk)
    assert event_page(event.pk, viewer=None).event.state == EventState.CONFIRMED


def test_an_edit_does_not_bring_a_cancelled_event_back(alix):
    event = published(alix)
    events.cancel_event(actor=alix, event_id=event.pk)
    event.refresh_from_db()
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(draft_of(event), description="Désolé."))
    event.refresh_from_db()
    assert event.state == EventState.CANCELLED


def test_one_date_is_cancelled_with_a_word_and_stays_so_through_an_edit(alix):
    event = published(alix, fair())
    row = event_dates.cancel_date(actor=alix, event_id=event.pk, slot="2027-01-02", note="Salle fermée")
    assert (row.state, row.note, row.sequence) == (EventState.CANCELLED, "Salle fermée", 1)
    event.refresh_from_db()
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(draft_of(event), starts=time(15)))
    assert at(event, "2027-01-02").state == EventState.CANCELLED
    back = event_dates.restore_date(actor=alix, event_id=event.pk, slot="2027-01-02")
    assert (back.state, back.note) == (EventState.CONFIRMED, "")


def test_what_is_over_is_not_changed(alix, clock):
    event = published(alix)
    clock.set(datetime(2026, 12, 6, tzinfo=UTC))
    with pytest.raises(WrongState) as refusal:
        event_dates.cancel_date(actor=alix, event_id=event.pk, slot="2026-12-05")
    assert refusal.value.code == "event_date_over"


@pytest.mark.parametrize("slot", ["2027-01-03", "x", "", "2027-99-99", "1"])
def test_a_date_that_is_not_there(alix, slot):
    event = published(alix)
    with pytest.raises(NotFound):
        event_dates.cancel_date(actor=alix, event_id=event.pk, slot=slot)


def test_a_date_is_added_once(alix):
    event = published(alix)
    row = event_dates.add_date(actor=alix, event_id=event.pk, draft=date_draft())
    assert (row.by_hand, row.place_name, row.slot) == (True, "Lens", date(2027, 1, 9))
    with pytest.raises(Invalid) as refusal:
        event_dates.add_date(actor=alix, event_id=event.pk, draft=date_draft())
    assert refusal.value.facts["problems"] == [("on", "date_taken")]


def test_an_added_date_survives_an_edit(alix):
    event = published(alix)
    event_dates.add_date(actor=alix, event_id=event.pk, draft=date_draft())
    events.edit_event(actor=alix, event_id=event.pk, draft=replace(draft_of(event), title="Autre titre"))
    assert at(event, "2027-01-09").state == EventState.CONFIRMED


# --- the day that it is ---


def test_the_day_is_the_nodes_and_not_that_of_greenwich(alix, clock):
    """At half past midnight in France on the 22nd, it is still the 21st in Greenwich."""
    clock.set(datetime(2026, 11, 21, 23, 30, tzinfo=UTC))
    with pytest.raises(Invalid) as refusal:
        published(alix, first_on=date(2026, 11, 21))
    assert ("first_on", "event_date_past") in refusal.value.facts["problems"]
    event = published(alix, first_on=date(2026, 11, 22))
    with pytest.raises(Invalid) as refusal:
        event_dates.add_date(actor=alix, event_id=event.pk, draft=date_draft(date(2026, 11, 21)))
    assert ("on", "event_date_past") in refusal.value.facts["problems"]
    assert event_dates.add_date(actor=alix, event_id=event.pk, draft=date_draft(date(2026, 11, 23)))


def test_the_day_west_of_greenwich_lasts_longer(alix, clock, settings):
    settings.TIME_ZONE = "America/Martinique"
    clock.set(datetime(2026, 11, 22, 1, 0, tzinfo=UTC))
    assert published(alix, first_on=date(2026, 11, 21), starts=time(22), ends=time(23)).dates.count() == 1


def test_dates_are_written_down_as_far_as_the_nodes_day_reaches(alix, clock):
    clock.set(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    event = published(alix, first_on=date(2026, 12, 1), rhythm="listed", listed=(date(2028, 6, 1),))
    assert at(event, "2028-06-01")


# --- as time goes on ---------------------------------------------------------------------------------------


def test_a_rhythm_without_end_is_written_down_as_time_goes_on(alix, clock):
    event = published(alix, fair(until_on=None))
    assert event.dates.count() == 18
    event_dates.cancel_date(actor=alix, event_id=event.pk, slot="2027-02-06")
    clock.advance(days=62)
    assert event_dates.extend_rhythms(now=clock.instant) == 2
    assert event_dates.extend_rhythms(now=clock.instant) == 0
    last = event.dates.order_by("slot").last()
    assert (last.slot, last.place_name) == (date(2028, 7, 1), "Lille")
    assert at(event, "2027-02-06").state == EventState.CANCELLED


def test_a_cancelled_rhythm_does_not_go_on(alix, clock):
    event = published(alix, fair(until_on=None))
    events.cancel_event(actor=alix, event_id=event.pk)
    clock.advance(days=62)
    assert event_dates.extend_rhythms(now=clock.instant) == 0


# --- ends --------------------------------------------------------------------------------------------------


def test_withdrawn_it_is_gone_for_good(alix):
    event = published(alix, fair())
    events.withdraw_event(actor=alix, event_id=event.pk)
    assert set(event.dates.values_list("state", flat=True)) == {EventState.WITHDRAWN}
    with pytest.raises(NotFound):
        event_page(event.pk, viewer=alix)
    with pytest.raises(WrongState):
        events.edit_event(actor=alix, event_id=event.pk, draft=draft())


def test_whoever_leaves_takes_their_events_along(alix):
    event = published(alix)
    shared = published(
        factories.member("Bachir", belongs_to=alix.memberships.get().collective), draft(partners=(alix.pk,))
    )
    mark_member_gone(uri=alix.uri)
    event.refresh_from_db()
    assert event.state == EventState.WITHDRAWN
    assert event_page(shared.pk, viewer=None).partners == []


def test_copies_of_a_node_go_with_its_offers(alix):
    other = factories.member("Dominique", origin="https://tours.example")
    Event.objects.create(uri="https://tours.example/e/1", organiser=other, title="Débat")
    published(alix)
    forget_offers_of(origin="https://tours.example")
    assert [event.organiser for event in Event.objects.all()] == [alix]


def test_places_are_kept_as_they_were_said(alix):
    event = published(alix, draft(venues=(replace(HALL, place=LENS, venue=" Gare\u202e "),)))
    assert event.places == [
        {"name": "Lens", "dept": "62", "code": "62498", "lat": 50.4292, "lon": 2.8317, "venue": "Gare"}
    ]
