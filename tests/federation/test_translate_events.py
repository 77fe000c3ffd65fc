"""Events as ActivityStreams: written as Mobilizon reads them, read as several others write them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from federation import contexts
from federation.errors import Untranslatable
from federation.rules.delivery import public_audience
from federation.rules.translate.events import event, is_event, read_event
from network.rules.event_cards import EventCard

PAYLOADS = Path(__file__).parents[1] / "payloads"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CARD = EventCard(
    uri="https://n.example/e/1/2027-03-06", origin="https://n.example", owner_uri="https://n.example/u/alix",
    title="Fête d’installation", starts_at=datetime(2027, 3, 6, 13, tzinfo=UTC),
    ends_at=datetime(2027, 3, 6, 17, tzinfo=UTC), published_at=datetime(2026, 11, 22, tzinfo=UTC),
    updated_at=datetime(2026, 11, 22, 8, tzinfo=UTC), html="<p>Apportez votre <strong>ordinateur</strong>.</p>",
    kind="install_fair", sequence=1, page="https://n.example/evenements/1", place_name="Liévin", place_dept="62",
    place_code="62510", postcode="62800", lat=50.4216, lon=2.7848, venue="Salle des fêtes", price="prix_libre",
    accessibility=("step_free", "sign_language"), languages=("fr",), capacity="40 personnes",
    registration="sans inscription", note="Dans la petite salle",
)  # fmt: skip
AUDIENCE = public_audience(CARD.owner_uri, "https://n.example/actor")


def read(document, now=NOW):
    contexts.check(document)
    (found,) = contexts.expand(document)
    assert is_event(found)
    return read_event(found, now=now)


def payload(name):
    """The Event of a message of other software, with the message's context."""
    document = json.loads((PAYLOADS / name).read_text())
    return {"@context": document["@context"], **document["object"]}


def test_ours_is_the_fixture():
    assert event(CARD, audience=AUDIENCE) == json.loads((PAYLOADS / "toile/event.json").read_text())


def test_the_shape_that_mobilizon_reads():
    document = event(CARD, audience=AUDIENCE)
    sample = payload("mobilizon/create-event.json")
    assert set(document["@context"][1]) >= {"sc", "mz", "ical", "PostalAddress", "address", "joinMode", "timezone"}
    shared = {term for term in document["@context"][1] if term in sample["@context"][2]}
    ours = document["@context"][1]
    assert {term for term in shared if ours[term] != sample["@context"][2][term]} == set()
    assert set(document["location"]["address"]) <= set(sample["location"]["address"])
    assert document["startTime"] == "2027-03-06T14:00:00+01:00"
    assert (document["ical:status"], document["joinMode"], document["draft"]) == ("CONFIRMED", "external", False)
    assert document["externalParticipationUrl"] == document["url"]


def test_read_back_it_says_the_same():
    card = replace(CARD, updated_at=CARD.updated_at + timedelta(microseconds=7))
    found = read(event(card, audience=AUDIENCE))
    for name in EventCard.__dataclass_fields__:
        if name in {"organiser", "html"}:
            continue
        assert getattr(found, name) == getattr(card, name), name
    assert found.html == CARD.html


@pytest.mark.parametrize("state", ["confirmed", "tentative", "cancelled"])
@pytest.mark.parametrize(("price", "cents"), [("gift", None), ("prix_libre", None), ("fixed", 1250), ("unsaid", None)])
def test_states_and_prices_come_back(state, price, cents):
    card = replace(CARD, state=state, price=price, amount_cents=cents, note="", online="https://visio.example/a")
    found = read(event(card, audience=AUDIENCE))
    assert (found.state, found.price, found.amount_cents, found.online) == (
        state,
        price,
        cents,
        "https://visio.example/a",
    )


def test_mobilizons_event():
    found = read(payload("mobilizon/create-event.json"))
    assert (found.title, found.place_name, found.postcode) == ("Chantier au jardin", "Liévin", "62800")
    assert (found.venue, found.lat, found.lon) == ("Jardin des Lilas, Rue des Lilas", 50.42, 2.78)
    assert (found.starts_at, found.zone) == (datetime(2027, 3, 6, 13, tzinfo=UTC), "Europe/Paris")
    assert (found.state, found.seats, found.kind, found.price) == ("confirmed", 30, "other", "unsaid")
    assert found.online == ""


def test_gancios_event_has_its_address_in_one_line():
    found = read(payload("gancio/create-event.json"))
    assert (found.place_name, found.postcode) == ("Lens", "62300")
    assert found.venue == "Le Hangar, 12 rue de la Gare, 62300 Lens"
    assert (found.lat, found.zone, found.page) == (None, "", "https://gancio.example/event/atelier")


def test_wordpress_says_places_as_a_list_and_that_it_is_cancelled():
    found = read(payload("wordpress-event/update-event.json"))
    assert (found.state, found.online) == ("cancelled", "https://visio.example/salle")
    assert (found.place_name, found.venue) == ("Arras", "Maison des associations, 2 place Verte")
    assert found.registration_link == "https://wordpress-event.example/inscription"


def test_without_an_end_it_lasts_two_hours():
    document = event(CARD, audience=AUDIENCE) | {"endTime": None}
    assert read(document).ends_at == CARD.starts_at + timedelta(hours=2)
    before = event(CARD, audience=AUDIENCE) | {"endTime": "2020-01-01T00:00:00Z"}
    assert read(before).ends_at == CARD.starts_at + timedelta(hours=2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"startTime": "demain"}, "startTime"),
        ({"startTime": None}, "startTime"),
        ({"name": " "}, "name"),
        ({"attributedTo": None}, "attributedTo"),
    ],
)
def test_what_cannot_be_read_is_named(change, field):
    with pytest.raises(Untranslatable) as refusal:
        read(event(CARD, audience=AUDIENCE) | change)
    assert refusal.value.code == field


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Mars/Phobos"},
        {"location": "https://n.example/places/1"},
        {"location": [None, {"type": "Place"}]},
        {"location": {"type": "Place", "latitude": "x", "longitude": 900, "address": 12}},
        {"ical:status": 7, "joinMode": {"id": "x"}},
        {"toile:amount": "NaN", "amount": "1e999", "priceModel": "fixed"},
        {"accessibility": ["wings"], "sequence": -1, "maximumAttendeeCapacity": "∞"},
        {"url": {"type": "Link", "href": "javascript:alert(1)"}, "attachment": [{"href": 3}], "isOnline": True},
        {"tag": None, "uuid": 5, "inLanguage": ["fr", 12]},
    ],
)
def test_what_is_odd_is_left_out(change):
    found = read(event(CARD, audience=AUDIENCE) | change)
    assert found.title == CARD.title
    assert "javascript" not in found.page + found.online
    assert found.zone in {"", "Europe/Paris"}


def test_for_followers_only_it_is_not_public():
    document = event(CARD, audience=AUDIENCE) | {"to": ["https://n.example/u/alix/followers"], "cc": []}
    assert not read(document).public


def test_no_date_lies_in_the_future_of_who_reads():
    document = event(CARD, audience=AUDIENCE) | {"updated": "2090-01-01T00:00:00Z", "published": "2090-01-01T00:00:00Z"}
    found = read(document)
    assert (found.published_at, found.updated_at) == (NOW, NOW)
