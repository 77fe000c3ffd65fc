"""The search for programs: several values of a facet, points and tables, bounds, and what it refuses."""

import csv
import io
import json

import pytest
from django.test import Client

from network.actions.skills import load_skills
from network.models import Kind
from tests import factories
from tests.network.catalogue import LIEVIN, member, offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]

OFFERS = "/api/v1/offers"


@pytest.fixture
def held(db):
    load_skills()
    near = member("Atelier", kind=Kind.ASSOCIATION, languages=["fr", "nl"], access=["phone"])
    offer("Nextcloud", owner=near, skill="nextcloud", price="gift", tags=["pad"], place_name="Liévin")
    offer("=HYPERLINK(1)", owner=member("+33 =1+1", kind=Kind.COMPANY), price="barter", at=None, area="country")


def ask(**asked):
    return Client().get(OFFERS, asked)


def titles(**asked):
    return [hit["title"] for hit in ask(**asked).json()["results"]]


def test_facets_take_several_values(held):
    assert sorted(titles(price=["gift", "barter"])) == ["=HYPERLINK(1)", "Nextcloud"]
    assert titles(kind=["association"], price=["gift", "barter"]) == ["Nextcloud"]
    assert titles(access="phone") == titles(language="nl") == titles(skill="hebergement") == ["Nextcloud"]
    answer = ask(place="Liévin").json()
    assert {f["value"]: f["count"] for f in answer["facets"]["price"]} == {"gift": 1, "barter": 1}
    assert answer["facets"]["access"] == [{"value": "phone", "label": "phone", "count": 1}]


def test_a_line_is_understood_and_said(held):
    said = ask(q="Nextcloud près de Liévin, pour une association").json()
    assert said["understood"] == {"text": "Nextcloud", "place": "Liévin", "aside": ["pour une association"]}
    assert said["place"]["label"] == "Liévin (62)"
    assert ask(q="Nextcloud près de Liévin", literal="1").json()["place"] is None


def test_points_come_longitude_first(held):
    answer = ask(place="Liévin", format="geojson")
    assert answer["Content-Type"].startswith("application/geo+json")
    said = json.loads(answer.content)
    assert said["type"] == "FeatureCollection"
    points = {feature["properties"]["title"]: feature["geometry"] for feature in said["features"]}
    assert points["Nextcloud"] == {"type": "Point", "coordinates": [LIEVIN[1], LIEVIN[0]]}
    assert points["=HYPERLINK(1)"] is None
    assert {feature["id"] for feature in said["features"]} == {hit["uri"] for hit in ask().json()["results"]}
    assert (said["total"], said["page"], said["reason"]) == (2, 1, None)
    assert [f["properties"]["distance_km"] for f in said["features"]] == [0.0, None]


def test_a_table_holds_no_formula(held):
    answer = ask(place="Liévin", format="csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["title"] for row in rows] == ["Nextcloud", "'=HYPERLINK(1)"]
    assert rows[1]["provider"] == "'+33 =1+1"
    assert [(row["lat"], row["lon"]) for row in rows] == [(str(LIEVIN[0]), str(LIEVIN[1])), ("", "")]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())
    assert (rows[0]["tags"], rows[0]["access"], rows[0]["languages"]) == ("pad", "phone", "fr, nl")


def test_nothing_found_is_an_empty_table_and_an_empty_map(held):
    assert len(ask(q="zzyzx", format="csv").content.decode().splitlines()) == 1
    assert json.loads(ask(q="zzyzx", format="geojson").content)["features"] == []


def test_a_format_that_nobody_knows_is_a_problem(held):
    answer = ask(format="xlsx")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_sizes_and_pages_stay_within_bounds(held):
    for n in range(120):
        offer(f"Wiki {n}", owner=member(f"M{n}"))
    for typed, most in (("100000", 100), ("-3", 1), ("x", 20), ("", 20), ("50", 50)):
        assert len(titles(size=typed, q="wiki")) == most
    assert ask(page="99999999999", q="wiki").json()["page"] == 6
    assert ask(page="-1", q="wiki").json()["page"] == 1


def test_the_description_tells_the_formats():
    described = Client().get("/api/v1/schema").json()["paths"]["/api/v1/offers"]["get"]
    assert set(described["responses"]["200"]["content"]) == {"application/json", "application/geo+json", "text/csv"}
    assert "429" in described["responses"]
    names = {parameter["name"]: parameter for parameter in described["parameters"]}
    assert {"access", "format", "size", "literal"} <= names.keys()
    assert names["price"]["schema"]["type"] == "array"


def test_skills_tell_their_address_and_their_match(held):
    rows = {row["slug"]: row for row in Client().get("/api/v1/skills").json()}
    assert rows["courriel"]["exact_match"] == "https://www.wikidata.org/entity/Q9158"
    assert rows["courriel"]["uri"].endswith("/skills/courriel")
    assert {"mail", "IMAP"} <= set(rows["courriel"]["synonyms"])


def test_members_write_free_words_and_access(held):
    alix = factories.member("Alix", belongs_to=factories.collective())
    browser = Client()
    browser.force_login(factories.account(alix))
    said = {"title": "Atelier", "price": "gift", "area": "country", "tags": ["osier"], "access": ["phone"]}
    made = browser.post(OFFERS, said, content_type="application/json")
    assert (made.status_code, made.json()["tags"], made.json()["access"]) == (201, ["osier"], ["phone"])
    assert titles(q="osier") == ["Atelier"]
    assert browser.post(OFFERS, said | {"access": ["ladder"]}, content_type="application/json").status_code == 400
