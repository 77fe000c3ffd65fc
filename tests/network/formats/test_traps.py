"""What other directories really write: the traps of each format, its unknown fields, its problems line by line."""

import json
from datetime import UTC, date, datetime

from network.formats import chatons, csv_table, geojson, gogocarto, librehost, murmurations, vcard
from network.rules.entries import Problem, degrees, merged, read_day
from tests.network.formats.cards import WORKSHOP

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def one(reading):
    (card,) = merged(reading.lines)
    return card


def problems(reading):
    return [(line.number, each.field, each.code, each.value) for line in reading.lines for each in line.problems]


# --- CHATONS properties -------------------------------------------------------------------------------------


def test_chatons_values_of_reference():
    text = "organization.name = A\norganization.geolocation.latitude = 50,4216\n"
    text += "organization.geolocation.longitude=2.7848\n"
    card = one(chatons.read(text))
    assert (card.spot.lat, card.spot.lon) == (50.4216, 2.7848)
    (link,) = chatons.read("subs.x = 'https://e.example/a?b=c'\n").links
    assert (link.name, link.url) == ("x", "https://e.example/a?b=c")
    assert read_day("05/03/2021") == date(2021, 3, 5)


def test_chatons_liberal():
    text = (
        '\ufeff# a comment\n! another\n\n  organization.name=  "L\'Étage = 12"  \norganization.type = cooperative\n'
        "organization.status.level= AWAY\norganization.startDate = 2020-01-01\norganization.logo.url = https://x.example/l\n"
        "funding.Tipee = x\norganization.socialnetworks.pixelfeld = y\nno equals here\n"
        "file.datetime = 2020-07-06T14:23:20\n"
    )
    reading = chatons.read(text, url="https://e.example/a.properties")
    card = one(reading)
    assert (card.name, card.kind, card.opening) == ("L'Étage = 12", "company", "closed")
    assert card.uri == "https://e.example/a.properties"
    assert card.renewed_at == datetime(2020, 7, 6, 14, 23, 20, tzinfo=UTC)
    assert reading.unknown == ("funding.tipee",)


def test_chatons_problems():
    assert problems(chatons.read("organization.name =\n")) == [(1, "organization.name", "name_missing", "")]
    text = "# x\norganization.name = A\norganization.geolocation.latitude = north\n"
    assert problems(chatons.read(text)) == [(2, "organization.geolocation.latitude", "point_invalid", "north")]
    assert chatons.read("hello = world\n").problem == Problem("file", "properties_expected")


def test_chatons_strict_writing():
    text = chatons.organization(WORKSHOP, at=AT, services={"a": "https://n.example/a.properties"})
    assert "file.protocol = ChatonsInfos-0.1\nfile.datetime = 2026-11-21T09:00:00\n" in text
    assert "organization.type = ASSOCIATION\n" in text
    assert "organization.geolocation.latitude = 50.4216\n" in text
    for value in (-0.5, 2.0, -179.12345678, 1e-07):
        written = chatons._degrees(value)
        assert chatons.DEGREES.fullmatch(written), written
        assert abs(degrees(written) - value) < 1e-8


# --- tables -------------------------------------------------------------------------------------------------


def test_a_table_of_french_people():
    text = (
        "Nom ;VILLE;Code postal;Latitude;Longitude;Site web;Téléphone;Titre;Prix;Montant\n"
        "A;Liévin;01400;50,42;2,78;https://a.example;03 21;Aide;à l'heure;1 250,50 €\n"
    )
    reading = csv_table.read(text)
    card = one(reading)
    assert (card.spot.name, card.spot.postcode, card.spot.lat) == ("Liévin", "01400", 50.42)
    assert (card.offers[0].price, card.offers[0].amount_cents) == ("hourly", 125_050)
    assert reading.unknown == ("telephone",)


def test_lines_are_numbered_as_an_editor_does():
    text = 'titre,montant\n"un\ntexte sur\ntrois lignes",1\n\nDeux,x\nTrois,1,2\n'
    assert problems(csv_table.read(text)) == [(6, "montant", "amount_unreadable", "x"), (7, "", "too_many_cells", "")]


def test_what_is_wrong_in_a_table():
    text = (
        "nom,latitude,longitude,ouverture,site,confirmee_le\nA,95,3,,,\nB,50,,,,\nC,,,peut-être,,\n"
        "D,,,,javascript:x,\nE,,,,,31/02/2026\n,1,1,,,\n"
    )
    found = [(number, code) for number, _, code, _ in problems(csv_table.read(text))]
    assert found == [
        (2, "point_invalid"), (3, "point_invalid"), (4, "word_unknown"), (5, "address_unreadable"),
        (6, "day_unreadable"), (7, "name_missing"),
    ]  # fmt: skip


# --- GeoJSON ------------------------------------------------------------------------------------------------


def feature(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": {"name": "A"} | properties}


def test_geojson_longitude_comes_first_and_no_point_is_null():
    written = json.loads(geojson.written([WORKSHOP], at=AT))
    assert written["features"][0]["geometry"]["coordinates"] == [2.7848, 50.4216]
    nowhere = json.loads(geojson.written([type(WORKSHOP)("B")]))
    assert nowhere["features"][0]["geometry"] is None


def test_geojson_of_others():
    shape = {"type": "Polygon", "coordinates": [[[2, 50], [3, 50], [3, 51], [2, 50]]]}
    properties = {"commune": "Lens", "contact:website": "https://a.example", "amenity": "x"}
    text = json.dumps({"type": "FeatureCollection", "features": [feature(shape, **properties)]})
    reading = geojson.read(text)
    card = one(reading)
    assert (card.spot.name, card.spot.lat, card.spot.lon) == ("Lens", 50.5, 2.5)
    assert card.website == "https://a.example"
    assert reading.unknown == ("amenity",)


def test_geojson_problems():
    far = {"type": "Point", "coordinates": [200, 50]}
    listed = [feature(far), feature({"type": "Point", "coordinates": ["x", 1]}), {"properties": {}}, 7]
    text = json.dumps({"type": "FeatureCollection", "features": listed})
    assert [(number, code) for number, _, code, _ in problems(geojson.read(text))] == [
        (1, "point_invalid"), (2, "point_invalid"), (3, "name_missing"), (4, "object_expected"),
    ]  # fmt: skip


# --- the others ---------------------------------------------------------------------------------------------


def test_murmurations_requires_what_its_schemas_require():
    (organisation, offer, _) = json.loads(murmurations.written([WORKSHOP]))
    assert organisation["linked_schemas"] == ["organizations_schema-v1.0.0"]
    required = {
        "linked_schemas", "exchange_type", "transaction_type", "tags", "title", "description", "geographic_scope",
        "contact_details",
    }  # fmt: skip
    assert required <= set(offer)
    assert offer["linked_schemas"] == ["offers_wants_schema-v0.1.0"]
    assert offer["geolocation"] == {"lat": 50.4216, "lon": 2.7848}
    assert offer["expires_at"] == int(datetime(2027, 5, 23, tzinfo=UTC).timestamp())


def test_a_murmurations_profile_of_others():
    text = json.dumps({"linked_schemas": ["x"], "name": "P", "primary_url": "p.example", "colour": "red"})
    reading = murmurations.read(text, url="https://p.example/profile.json")
    card = one(reading)
    assert (card.website, card.uri) == ("https://p.example", "https://p.example/profile.json")
    assert reading.unknown == ("colour",)


def test_librehost_of_others():
    text = json.dumps({"name": "H", "tagLine": "Chez nous", "communicationLanguages": ["fr"], "founder": "x"})
    reading = librehost.read(text, url="https://h.example/librehost.json")
    card = one(reading)
    assert (card.summary, card.languages, card.uri) == ("Chez nous", ("fr",), "https://h.example/librehost.json")
    assert reading.unknown == ("founder",)


def test_gogocarto_dates_are_days_first():
    element = json.loads(gogocarto.written([WORKSHOP], at=AT))["data"][0]
    assert element["updatedAt"] == "03/10/2026"
    text = json.dumps({"ontology": "gogofull", "data": [element | {"updatedAt": "05/03/2021", "myField": 1}]})
    reading = gogocarto.read(text)
    assert one(reading).renewed_at == datetime(2021, 3, 5, tzinfo=UTC)
    assert reading.unknown == ("myField",)


def test_vcard_of_others():
    text = (
        "BEGIN:VCARD\nVERSION:3.0\nN:Dupont;Alix;;;\nFN:Alix\\, atelier\nitem1.URL:https://a.example\nGEO:50.4;2.7\n"
        "ADR;TYPE=work:;;1 rue;Lens;;62300;France\nNOTE:un\n  deux\\ntrois\nX-SPECIAL:y\nEND:VCARD\n"
    )
    reading = vcard.read(text)
    card = one(reading)
    assert (card.name, card.kind, card.website) == ("Alix, atelier", "person", "https://a.example")
    assert (card.spot.name, card.spot.postcode, card.spot.lat, card.spot.lon) == ("Lens", "62300", 50.4, 2.7)
    assert card.summary == "un deux\ntrois"
    assert reading.unknown == ("X-SPECIAL",)
