"""/api/v1/events: the agenda for everybody, one's own events for members; refusals are problem documents."""

import pytest

from network.models import Event
from tests import factories
from tests.network.events_cast import draft, fair, published

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/events"
SENT = {
    "title": "Fête d’installation",
    "kind": "install_fair",
    "first_on": "2026-12-05",
    "starts": "14:00",
    "ends": "18:00",
    "rhythm": "monthly",
    "until_on": "2027-03-31",
    "venues": [{"place": "Liévin", "venue": "Salle des fêtes"}, {"place": "59000"}],
    "accessibility": ["step_free"],
    "languages": ["fr"],
    "price": "prix_libre",
}


@pytest.fixture
def alix(clock, gazetteer, client):
    made = factories.member("Alix", belongs_to=factories.collective())
    client.force_login(factories.account(made))
    return made


def post(client, path=EVENTS, **change):
    return client.post(path, {**SENT, **change}, content_type="application/json")


def test_publish_read_change_and_take_back(client, alix):
    made = post(client)
    assert made.status_code == 201
    address = made["Location"]
    found = client.get(address).json()
    assert [(d["slot"], d["place"]["name"]) for d in found["dates"]] == [
        ("2026-12-05", "Liévin"), ("2027-01-02", "Lille"), ("2027-02-06", "Liévin"), ("2027-03-06", "Lille"),
    ]  # fmt: skip
    assert (found["organiser"]["name"], found["zone"], found["price"]) == ("Alix", "Europe/Paris", "prix_libre")
    changed = client.patch(address, {"title": "Fête du libre"}, content_type="application/json").json()
    assert (changed["title"], len(changed["dates"])) == ("Fête du libre", 4)
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_cancel_and_restore(client, alix):
    address = post(client)["Location"]
    assert client.patch(address, {"state": "cancelled"}, content_type="application/json").json()["state"] == "cancelled"
    back = client.patch(address, {"state": "confirmed"}, content_type="application/json").json()
    assert (back["state"], {d["state"] for d in back["dates"]}) == ("confirmed", {"confirmed"})


def test_one_date(client, alix):
    address = post(client)["Location"]
    date = f"{address}/dates/2027-01-02"
    sent = {"starts": "10:00", "ends": "12:00", "venue": {"place": "Lens"}, "note": "Le matin"}
    changed = client.patch(date, sent, content_type="application/json").json()
    assert (changed["starts_at"], changed["place"]["name"], changed["note"]) == (
        "2027-01-02T09:00:00Z",
        "Lens",
        "Le matin",
    )
    assert client.patch(date, {"cancelled": True}, content_type="application/json").json()["state"] == "cancelled"
    assert client.patch(date, {"cancelled": False}, content_type="application/json").json()["state"] == "confirmed"
    more = {"on": "2027-01-16", "starts": "10:00", "ends": "12:00", "venue": {"place": "Lens"}}
    assert client.post(f"{address}/dates", more, content_type="application/json").status_code == 201
    again = client.post(f"{address}/dates", more, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (400, "date_taken")


def test_the_agenda_with_its_filters(client, alix):
    published(alix, fair(accessibility=("step_free",)))
    published(alix, draft("Débat", kind="debate"))
    found = client.get(EVENTS, {"place": "Lens", "radius": "10", "access": "step_free"}).json()
    assert {hit["event"]["title"] for hit in found["results"]} == {"Fête d’installation"}
    assert (found["place"]["name"], found["radius_km"], found["results"][0]["distance_km"]) == ("Lens", 10, 3.5)
    assert client.get(EVENTS, {"kind": "debate"}).json()["total"] == 1
    assert client.get(EVENTS, {"place": "Xyzzyville"}).json()["reason"] == "unknown_place"
    for odd in ({"radius": "x", "page": "-1"}, {"kind": "fête", "access": "wings"}):
        assert client.get(EVENTS, odd).status_code == 200


def test_as_geojson_longitude_comes_first(client, alix):
    published(alix)
    answer = client.get("/api/v1/events.geojson")
    assert answer["Content-Type"].startswith("application/geo+json")
    (feature,) = answer.json()["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [2.7848, 50.4216]}
    assert (feature["properties"]["slot"], feature["properties"]["kind"]) == ("2026-12-05", "install_fair")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"title": "Ok"}, "title", "title_length"),
        ({"first_on": "2020-01-01"}, "first_on", "event_date_past"),
        ({"venues": []}, "place", "event_place_needed"),
        ({"venues": [{"place": "Xyzzyville"}]}, "place", "place_unknown"),
        ({"zone": "Mars/Phobos"}, "zone", "zone_unknown"),
        ({"price": "fixed"}, "amount_cents", "amount_missing"),
    ],
)
def test_refusals_name_their_field_and_write_nothing(client, alix, change, field, code):
    answer = post(client, **change)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert (answer.json()["facts"]["field"], answer.json()["code"]) == (field, code)
    assert not Event.objects.exists()


def test_malformed_values_are_a_problem_too(client, alix):
    answer = post(client, starts="25:99", kind="fête")
    assert set(answer.json()["facts"]["fields"]) == {"starts", "kind"}


def test_visitors_read_and_do_not_write(client, alix):
    event = published(alix)
    client.logout()
    assert client.get(f"{EVENTS}/{event.pk}").status_code == 200
    for send in (client.patch, client.delete):
        assert send(f"{EVENTS}/{event.pk}", {}, content_type="application/json").status_code == 403
    assert post(client).status_code == 403


def test_nobody_changes_anothers(client, alix):
    other = published(factories.member("Bachir", belongs_to=factories.collective("Autre")))
    for path in (f"{EVENTS}/{other.pk}", f"{EVENTS}/{other.pk}/dates/2026-12-05"):
        answer = client.patch(path, {"title": "Volé", "starts": "10:00"}, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_the_organiser")


def test_what_is_for_members_is_not_there_for_visitors(client, alix):
    event = published(alix, draft(visibility="members"))
    assert client.get(f"{EVENTS}/{event.pk}").status_code == 200
    client.logout()
    assert client.get(f"{EVENTS}/{event.pk}").status_code == 404
    assert client.get(EVENTS).json()["total"] == 0


def test_every_field_of_an_answer_is_described(client, alix):
    described = client.get("/api/v1/schema").json()["components"]["schemas"]
    shown = client.get(post(client)["Location"]).json()
    assert set(shown) == set(described["EventDetailOut"]["properties"])
    assert set(shown["dates"][0]) == set(described["DateOut"]["properties"])
    hit = client.get(EVENTS).json()
    assert set(hit) == set(described["AgendaOut"]["properties"])
    assert set(hit["results"][0]) == set(described["AgendaHitOut"]["properties"])
