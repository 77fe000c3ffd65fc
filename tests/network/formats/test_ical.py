"""iCalendar as other programs read it: read back with a parser, and looked at as bytes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from network.formats.ical import CalendarEntry, written
from network.formats.schema_event import event_document
from network.rules.event_cards import EventCard

CARD = EventCard(
    uri="https://n.example/e/1/2027-03-06", origin="https://n.example", owner_uri="https://n.example/u/alix",
    title="Fête d’installation ; ordinateurs, téléphones", starts_at=datetime(2027, 3, 6, 13, tzinfo=UTC),
    ends_at=datetime(2027, 3, 6, 17, tzinfo=UTC), published_at=datetime(2026, 11, 22, tzinfo=UTC),
    updated_at=datetime(2026, 11, 23, tzinfo=UTC), html="<p>Venez &amp; <b>revenez</b></p>", kind="install_fair",
    sequence=2, page="https://n.example/evenements/1", place_name="Liévin", lat=50.4216, lon=2.7848,
    venue="Salle des fêtes", organiser="Alix", price="gift", postcode="62800", languages=("fr",),
)  # fmt: skip


def only(data):
    (found,) = Calendar.from_ical(data).walk("VEVENT")
    return found


def file_of(*cards, text="Du café, et « de la place » pour tout le monde : soixante-quinze octets ne suffisent pas."):
    return written([CalendarEntry(card, text, "fête") for card in cards], name="Agenda")


def test_what_a_calendar_reads():
    found = only(file_of(CARD))
    assert str(found["uid"]) == CARD.uri
    assert found["sequence"] == 2
    assert str(found["status"]) == "CONFIRMED"
    assert str(found["summary"]) == CARD.title
    assert found.decoded("dtstart") == CARD.starts_at
    assert found["dtstart"].params["TZID"] == "Europe/Paris"
    assert f"{found.decoded('dtstart'):%H:%M}" == "14:00"
    assert found.decoded("dtstamp") == CARD.updated_at
    assert str(found["location"]) == "Salle des fêtes, Liévin"
    assert str(found["url"]) == CARD.page


def test_latitude_comes_first_between_semicolons():
    assert b"\r\nGEO:50.4216;2.7848\r\n" in file_of(CARD)


def test_lines_are_folded_at_75_octets_and_end_with_crlf():
    data = file_of(CARD, text="é" * 300)
    lines = data.split(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert str(only(data)["description"]) == "é" * 300


def test_the_zone_is_described_with_both_its_offsets():
    data = file_of(CARD, replace(CARD, uri="https://n.example/e/1/2027-04-03", zone="Indian/Reunion"))
    zones = {str(zone["tzid"]) for zone in Calendar.from_ical(data).walk("VTIMEZONE")}
    assert zones == {"Europe/Paris", "Indian/Reunion"}
    assert b"TZOFFSETTO:+0200" in data
    assert b"TZOFFSETTO:+0100" in data
    assert b"TZOFFSETTO:+0400" in data


@pytest.mark.parametrize("state", ["tentative", "cancelled"])
def test_states(state):
    assert str(only(file_of(replace(CARD, state=state)))["status"]) == state.upper()


def test_the_same_dates_give_the_same_bytes():
    assert file_of(CARD) == file_of(CARD)


def test_each_date_is_an_event_of_its_own():
    data = file_of(CARD, replace(CARD, uri="https://n.example/e/1/2027-04-03"))
    assert b"RRULE:FREQ=MONTHLY" not in data
    assert len(Calendar.from_ical(data).walk("VEVENT")) == 2


def test_an_empty_agenda_is_a_calendar_too():
    assert Calendar.from_ical(written([], name="Agenda")).walk("VEVENT") == []


def test_words_cannot_add_lines_of_their_own():
    found = only(file_of(replace(CARD, title="Fête\r\nATTENDEE:mailto:x@y.example"), text="a\r\nEND:VEVENT"))
    assert "attendee" not in found


# --- schema.org --------------------------------------------------------------------------------------------


def test_schema_org_has_the_hours_of_the_place():
    found = event_document(CARD)
    assert (found["startDate"], found["endDate"]) == ("2027-03-06T14:00:00+01:00", "2027-03-06T18:00:00+01:00")
    assert found["eventStatus"] == "https://schema.org/EventScheduled"
    assert found["isAccessibleForFree"] is True
    (place,) = found["location"]
    assert place["geo"] == {"@type": "GeoCoordinates", "latitude": 50.4216, "longitude": 2.7848}
    assert place["address"]["postalCode"] == "62800"
    assert found["description"] == "Venez &amp; revenez"


def test_schema_org_of_a_cancelled_paid_event_online():
    card = replace(CARD, state="cancelled", online="https://visio.example/x", price="fixed", amount_cents=550)
    found = event_document(card)
    assert found["eventStatus"].endswith("EventCancelled")
    assert found["eventAttendanceMode"].endswith("MixedEventAttendanceMode")
    assert (found["offers"]["price"], found["offers"]["priceCurrency"]) == ("5.50", "EUR")
    assert {"@type": "VirtualLocation", "url": "https://visio.example/x"} in found["location"]
