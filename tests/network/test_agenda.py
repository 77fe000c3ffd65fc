"""The agenda: what takes place from now on, near a place, for whom; and what it says when nothing does."""

from datetime import UTC, date, datetime, time

import pytest

from network.actions import event_dates, events
from network.models import Event, EventDate
from network.queries.events import agenda, next_dates_of, next_near, own_events, postcode_of
from network.rules.events import AgendaQuery, VenueDraft
from tests import factories
from tests.network.events_cast import HALL, LENS, LILLE, draft, fair, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def alix(clock, gazetteer):
    return factories.member("Alix", belongs_to=factories.collective())


def titles(reader=None, **query):
    return [hit.event.title for hit in agenda(AgendaQuery(**query), reader=reader).hits]


def test_in_the_order_of_time(alix):
    published(alix, draft("Débat", kind="debate", first_on=date(2026, 12, 10)))
    published(alix, draft("Fête"))
    assert titles() == ["Fête", "Débat"]


def test_what_is_going_on_is_listed_and_what_is_over_is_not(alix, clock):
    event = published(alix)
    clock.set(datetime(2026, 12, 5, 16, tzinfo=UTC))
    assert titles() == [event.title]
    clock.set(datetime(2026, 12, 5, 17, 0, 1, tzinfo=UTC))
    assert agenda(AgendaQuery(), reader=None).reason == "empty"


def test_a_cancelled_date_is_still_listed(alix):
    event = published(alix, fair())
    event_dates.cancel_date(actor=alix, event_id=event.pk, slot="2027-01-02")
    assert len(titles()) == 7


def test_near_a_place_by_true_distance(alix):
    published(alix, draft("À Lens", venues=(VenueDraft(LENS),)))
    published(alix, draft("À Lille", venues=(VenueDraft(LILLE),)))
    found = agenda(AgendaQuery(place="Liévin"), reader=None)
    assert [(hit.event.title, round(hit.distance_km, 1)) for hit in found.hits] == [("À Lens", 3.4)]
    assert titles(place="Liévin", radius_km=31) == ["À Lens", "À Lille"]
    assert titles(place="Liévin", radius_km=None) == ["À Lens", "À Lille"]


def test_each_date_has_its_own_place(alix):
    published(alix, fair())
    near_lille = agenda(AgendaQuery(place="Lille", radius_km=10), reader=None)
    assert [hit.date.slot for hit in near_lille.hits] == [date(2027, 1, 2), date(2027, 3, 6), date(2027, 5, 1)]


def test_the_circle_grows_and_says_so(alix):
    published(alix, draft("À Lille", venues=(VenueDraft(LILLE),)))
    found = agenda(AgendaQuery(place="Liévin", radius_km=10), reader=None)
    assert (found.total, found.widened_from, found.query.radius_km) == (1, 10, 50)
    exact = agenda(AgendaQuery(place="Liévin", radius_km=10), reader=None, widen=False)
    assert (exact.total, exact.reason, exact.widened_from) == (0, "nothing", None)


def test_a_place_nobody_knows_and_one_that_several_bear(alix):
    published(alix)
    assert agenda(AgendaQuery(place="Xyzzyville"), reader=None).reason == "unknown_place"
    found = agenda(AgendaQuery(place="Saint-Denis"), reader=None)
    assert found.reason == "ambiguous_place"
    assert found.place.others


def test_filters(alix):
    published(alix, draft("Sans marche", accessibility=("step_free", "sign_language")))
    published(alix, draft("Débat", kind="debate", online="https://visio.example/x"))
    assert titles(kind="debate") == ["Débat"]
    assert titles(accessibility=("step_free", "sign_language")) == ["Sans marche"]
    assert titles(accessibility=("step_free", "phone")) == []
    assert titles(accessibility=("remote",)) == ["Débat"]


def test_what_is_only_online_is_near_for_who_asks_for_it(alix):
    published(alix, draft("En ligne", venues=(), online="https://visio.example/x"))
    published(alix)
    assert "En ligne" in titles()
    assert "En ligne" not in titles(place="Liévin")
    assert titles(place="Liévin", accessibility=("remote",)) == ["En ligne"]


def test_who_reads_what_is_for_members(alix):
    published(alix, draft("Entre nous", visibility="members"))
    fellow = factories.member("Bachir", belongs_to=alix.memberships.get().collective)
    stranger = factories.member("Camille", belongs_to=factories.collective("Autre"))
    assert titles() == titles(stranger) == []
    assert titles(alix) == titles(fellow) == ["Entre nous"]


def test_nothing_of_who_has_left(alix, clock):
    published(alix)
    alix.gone_at = clock.instant
    alix.save()
    assert titles() == []


def test_pages(alix):
    published(alix, fair(rhythm="weekly", until_on=None))
    first = agenda(AgendaQuery(), reader=None)
    assert (first.page, first.pages, len(first.hits), first.total) == (1, 4, 20, 77)
    last = agenda(AgendaQuery(page=99), reader=None)
    assert (last.page, len(last.hits)) == (4, 17)


def test_a_page_takes_few_questions(alix, django_assert_max_num_queries):
    published(alix, fair(rhythm="weekly", until_on=None))
    with django_assert_max_num_queries(8):
        for hit in agenda(AgendaQuery(place="Liévin"), reader=None).hits:
            assert hit.event.organiser.name


def test_the_next_of_a_member_once_each_and_not_what_is_cancelled(alix):
    event, debate = published(alix, fair()), published(alix, draft("Débat", first_on=date(2026, 12, 12)))
    event_dates.cancel_date(actor=alix, event_id=event.pk, slot="2026-12-05")
    found = next_dates_of(alix, reader=None)
    assert [(row.event, row.slot) for row in found] == [(debate, date(2026, 12, 12)), (event, date(2027, 1, 2))]
    events.cancel_event(actor=alix, event_id=event.pk)
    assert [row.event for row in next_dates_of(alix, reader=None)] == [debate]


def test_the_next_nearby_else_the_next_anywhere(alix):
    published(alix, draft("À Lille d’abord", venues=(VenueDraft(LILLE),), first_on=date(2026, 12, 1)))
    tours = factories.SimpleNamespace(name="Tours", dept="37", code="37261", lat=47.3912, lon=0.6892)
    published(alix, draft("À Tours", venues=(VenueDraft(tours),), first_on=date(2026, 12, 2)))
    assert next_near(reader=None).event.title == "À Lille d’abord"
    assert next_near(tours, reader=None).event.title == "À Tours"


def test_own_events_with_what_comes_next_first(alix, clock):
    published(alix, draft("Plus tard", first_on=date(2027, 1, 9)))
    published(alix, draft("Bientôt"))
    assert [event.title for event in own_events(alix)] == ["Bientôt", "Plus tard"]
    clock.set(datetime(2026, 12, 6, tzinfo=UTC))
    assert [(event.title, bool(event.coming)) for event in own_events(alix)] == [
        ("Plus tard", True),
        ("Bientôt", False),
    ]


def test_a_commune_with_one_postcode(alix):
    assert (postcode_of("62510"), postcode_of("59350"), postcode_of("")) == ("62800", "", "")


def test_an_event_of_another_node_is_in_the_agenda(alix, clock):
    other = factories.member("Dominique", origin="https://tours.example")
    row = Event.objects.create(uri="https://tours.example/e/1", organiser=other, title="Débat à Lens")
    EventDate.objects.create(
        event=row, uri=row.uri, slot=date(2026, 12, 1), starts_at=datetime(2026, 12, 1, 18, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1, 20, tzinfo=UTC), lat=50.4292, lon=2.8317, place_name="Lens",
    )  # fmt: skip
    assert titles(place="Liévin") == ["Débat à Lens"]


def test_an_evening_past_midnight_ends_the_next_day(alix):
    event = published(alix, draft(starts=time(20), ends=time(1), venues=(HALL,)))
    assert event.dates.get().ends_at == datetime(2026, 12, 6, 0, tzinfo=UTC)
