"""Export then import changes nothing that a format can hold; and nothing that it says is lost without a word."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from network.formats import chatons, csv_table, geojson, gogocarto, librehost, murmurations, schema_org, vcard
from network.rules.entries import FIELDS, Spot, lacks, merged
from tests.network.formats.cards import WORKSHOP, cards, held

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FORMATS = (csv_table, geojson, chatons, murmurations, librehost, gogocarto, vcard, schema_org)


def one(reading):
    assert reading.problem is None
    assert reading.unknown == ()
    assert [line.problems for line in reading.lines if line.problems] == []
    (card,) = merged(reading.lines)
    return card


@settings(max_examples=150, deadline=None)
@given(cards())
def test_csv(card):
    for delimiter in ",;\t":
        assert one(csv_table.read(csv_table.written([card], delimiter=delimiter))) == card


@settings(max_examples=150, deadline=None)
@given(cards())
def test_csv_with_a_mark_before_it(card):
    assert one(csv_table.read("\ufeff" + csv_table.written([card]))) == card


@settings(max_examples=150, deadline=None)
@given(cards())
def test_geojson(card):
    assert one(geojson.read(geojson.written([card], at=AT))) == card


@settings(max_examples=150, deadline=None)
@given(cards())
def test_murmurations(card):
    spot = replace(card.spot, code="", postcode="")
    card = replace(card, spot=spot, offers=tuple(replace(o, area_km=30) for o in card.offers))
    assert one(murmurations.read(murmurations.written([card]))) == held(card, murmurations.HOLDS)


@settings(max_examples=150, deadline=None)
@given(cards())
def test_chatons(card):
    """The chain: the file of the organisation, then those of its services. Texts are on one line there."""
    card = replace(card, summary=" ".join(card.summary.split()), name=" ".join(card.name.split()) or "x")
    offers = [replace(o, title=" ".join(o.title.split()) or "x", text=" ".join(o.text.split())) for o in card.offers]
    offers = [replace(o, opening="open" if o.opening == "open" else "closed") for o in offers]
    card = replace(card, offers=tuple(offers))
    files = {f"service-{n}": chatons.service(o, at=AT) for n, o in enumerate(offers)}
    text = chatons.organization(card, at=AT, services={name: f"https://n.example/{name}" for name in files})
    reading = chatons.read(text)
    assert [link.url for link in reading.links] == [f"https://n.example/{name}" for name in files]
    services = [chatons.read(files[link.url.rsplit("/", 1)[1]]).lines[0] for link in reading.links]
    found = merged([chatons.with_services(reading.lines[0], services)])
    assert [held(each, chatons.HOLDS) for each in found] == [held(card, chatons.HOLDS)]


@settings(max_examples=150, deadline=None)
@given(cards())
def test_librehost(card):
    text = librehost.written(card, directory={"Autre": "https://b.example/librehost.json"}, at=AT)
    reading = librehost.read(text)
    assert [(link.name, link.url) for link in reading.links] == [("Autre", "https://b.example/librehost.json")]
    card = replace(card, renewed_at=card.renewed_at or AT)
    assert one(reading) == held(card, librehost.HOLDS)


@settings(max_examples=150, deadline=None)
@given(cards())
def test_gogocarto(card):
    spot = replace(card.spot, code="") if card.spot.lat is not None else Spot("Gent", "BE", lat=51.05, lon=3.72)
    card = replace(card, spot=spot, source=card.source or "https://n.example")
    found = one(gogocarto.read(gogocarto.written([card], at=AT)))
    assert held(found, gogocarto.HOLDS) == held(card, gogocarto.HOLDS)
    (short,) = merged(gogocarto.read(gogocarto.compact([card])).lines)
    assert (short.name, short.spot.lat, short.spot.lon) == (card.name, spot.lat, spot.lon)


@settings(max_examples=150, deadline=None)
@given(cards())
def test_vcard(card):
    card = replace(card, spot=replace(card.spot, code=""))
    text = vcard.written([card])
    assert one(vcard.read(text)) == held(card, vcard.HOLDS)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_several_in_one_file():
    other = replace(WORKSHOP, uri="https://n.example/u/autre", name="Autre", offers=())
    for module, text in (
        (csv_table, csv_table.written([WORKSHOP, other])),
        (geojson, geojson.written([WORKSHOP, other])),
        (vcard, vcard.written([WORKSHOP, other])),
        (gogocarto, gogocarto.written([WORKSHOP, other], at=AT)),
        (murmurations, murmurations.written([WORKSHOP, other])),
    ):
        assert [card.name for card in merged(module.read(text).lines)] == ["Atelier du Cœur", "Autre"]


@pytest.mark.parametrize("module", FORMATS)
def test_each_format_says_what_it_cannot_hold(module):
    assert module.HOLDS <= FIELDS
    missing = lacks(module.HOLDS)
    assert ("opening" in missing) == ("opening" not in module.HOLDS)
    assert ("offer" in missing) == ("offer.title" not in module.HOLDS)


def test_free_words_and_accessibility_are_lacking_where_nothing_holds_them():
    lacking = {module.__name__.rpartition(".")[2]: set(lacks(module.HOLDS)) for module in FORMATS}
    assert {name for name, said in lacking.items() if "access" not in said} == {"csv_table", "geojson"}
    assert {name for name, said in lacking.items() if not {"offer", "offer.tags"} & said} == {
        "csv_table", "geojson", "murmurations", "schema_org",
    }  # fmt: skip


def test_a_line_with_an_access_that_nobody_knows_says_so():
    table = csv_table.read("nom,acces,titre,acces_annonce\nA,sans marche; lune,B,à domicile\nC,,D,soleil\n")
    assert [[(p.field, p.code, p.value) for p in line.problems] for line in table.lines] == [
        [("acces", "word_unknown", "sans marche; lune")],
        [("acces_annonce", "word_unknown", "soleil")],
    ]
    feature = {"type": "Feature", "geometry": None, "properties": {"name": "A", "access": ["step_free", "lune"]}}
    (line,) = geojson.read(json.dumps(feature)).lines
    assert [(p.field, p.code, p.value) for p in line.problems] == [("access", "word_unknown", "lune")]


def test_the_free_words_of_others_follow_their_skill():
    profile = {"exchange_type": "offer", "title": "A", "tags": ["Courriel", "radio", "#wiki"]}
    (line,) = murmurations.read(json.dumps(profile)).lines
    assert (line.card.offers[0].skill, line.card.offers[0].tags) == ("Courriel", ("radio", "wiki"))


def test_schema_org_holds_what_it_says():
    """It is written only, so its words are compared: every field held shows in the text, and the radius is metres."""
    document = json.loads(schema_org.written([WORKSHOP], at=AT))
    entry = document["@graph"][1]
    service = entry["makesOffer"][0]
    assert (entry["@id"], entry["name"], entry["@type"]) == (WORKSHOP.uri, "Atelier du Cœur", "NGO")
    assert entry["address"]["addressLocality"] == "Liévin"
    assert entry["location"]["geo"]["latitude"] == 50.4216
    assert service["itemOffered"]["areaServed"]["geoRadius"] == 40_000
    price = {"price": "55.50", "priceCurrency": "EUR", "unitCode": "HUR"}
    assert price.items() <= service["priceSpecification"].items()
    assert service["validThrough"] == "2027-05-22"
    assert service["itemOffered"]["category"] == ["radio libre", "=1+1"]
