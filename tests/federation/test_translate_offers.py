"""Offers travel unharmed: card to document and back, for every price model, in both dialects."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from federation import contexts
from federation.errors import Untranslatable
from federation.rules import vocabulary
from federation.rules.delivery import public_audience
from federation.rules.translate.notes import in_words, note, proposal_linked_from
from federation.rules.translate.offers import is_proposal, proposal, read_proposal
from network.rules.cards import OfferCard

PAYLOADS = Path(__file__).parents[1] / "payloads"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
BORN = datetime(2026, 11, 22, tzinfo=UTC)
AUDIENCE = public_audience("https://n.example/u/alix", "https://n.example/actor")
PAGE = "https://n.example/offres/1"
CARD = OfferCard(
    uri="https://n.example/p/1",
    origin="https://n.example",
    owner_uri="https://n.example/u/alix",
    purpose="offer",
    title="Installation Nextcloud",
    html="<p>Chez vous.</p>",
    price="hourly",
    amount_cents=5500,
    published_at=BORN,
    updated_at=BORN,
    ends_at=datetime(2027, 5, 22, tzinfo=UTC),
    skill_slug="nextcloud",
    skill_uri="https://n.example/skills/nextcloud",
    place_name="Liévin",
    lat=50.4216,
    lon=2.7848,
    area_km=30,
)


def read(document):
    return read_proposal(contexts.expand(json.loads(json.dumps(document)))[0], now=NOW)


def written(card):
    return proposal(card, page=PAGE, audience=AUDIENCE)


def fixture(name):
    return json.loads((PAYLOADS / name).read_text())


PRICES = [
    {"price": "hourly", "amount_cents": 5500},
    {"price": "hourly", "amount_cents": 1250, "currency": "CHF"},
    {"price": "fixed", "amount_cents": 99999},
    {"price": "fixed", "amount_cents": 1},
    {"price": "prix_libre", "amount_cents": None},
    {"price": "gift", "amount_cents": None},
    {"price": "barter", "amount_cents": None},
]


@pytest.mark.parametrize("price", PRICES, ids=lambda price: f"{price['price']}-{price['amount_cents']}")
@pytest.mark.parametrize("purpose", ["offer", "request"])
def test_every_price_model_comes_back(price, purpose):
    card = replace(CARD, purpose=purpose, **price)
    assert read(written(card)) == card


def test_what_departs_from_the_ordinary_comes_back():
    card = replace(
        CARD,
        remote=True,
        opening="waiting",
        availability="le mardi",
        tax_included=False,
        place_code="62510",
        place_dept="62",
        updated_at=BORN + timedelta(days=2),
    )
    assert read(written(card)) == card


def test_two_versions_of_one_second_come_back_in_their_order():
    first, second = (replace(CARD, updated_at=BORN + timedelta(microseconds=n)) for n in (7, 8))
    assert read(written(CARD)).updated_at < read(written(first)).updated_at < read(written(second)).updated_at
    assert note(second, page=PAGE, audience=AUDIENCE)["updated"] == written(second)["updated"]


@pytest.mark.parametrize("area", ["country", "on_site"])
def test_areas_that_are_no_circle_come_back(area):
    assert read(written(replace(CARD, area=area))).area == area


def test_the_current_dialect_is_written_to_the_letter():
    assert written(CARD) == fixture("toile/proposal-hourly.json")


@pytest.mark.parametrize(
    ("price", "unit", "counter"),
    [
        ("fixed", False, {"hasUnit": "one", "hasNumericalValue": "55"}),
        ("prix_libre", None, {"hasUnit": "one"}),
        ("gift", False, None),
        ("barter", True, {"hasUnit": "hour", "hasNumericalValue": "1"}),
    ],
)
def test_the_table_of_price_models(price, unit, counter):
    document = written(replace(CARD, price=price, amount_cents=5500 if price == "fixed" else None))
    assert document.get("unitBased") is unit
    assert document.get("reciprocal", {}).get("resourceQuantity") == counter


@pytest.mark.parametrize(
    "name", ["valueflows-2023/offer.json", "valueflows-2023/numbers.json", "expanded/proposal.json", "bare/offer.json"]
)
def test_other_ways_of_writing_are_read(name):
    card = read(fixture(name))
    assert (card.title, card.price, card.amount_cents, card.purpose) == ("Réparation de vélos", "hourly", 3050, "offer")


def test_the_2023_receiver_makes_it_a_request():
    document = fixture("valueflows-2023/offer.json")
    document["publishes"]["receiver"] = document["publishes"].pop("provider")
    assert read(document).purpose == "request"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"publishes": None}, "publishes"),
        ({"name": "  "}, "name"),
        ({"attributedTo": None}, "attributedTo"),
        ({"purpose": "swap"}, "purpose"),
        ({"reciprocal": {"type": "Intent", "action": "consume"}}, "reciprocal.action"),
        ({"reciprocal": {"type": "Intent", "action": "transfer"}}, "reciprocal.resourceConformsTo"),
        ({"unitBased": False}, "publishes.resourceQuantity"),
    ],
)
def test_what_we_cannot_read_names_its_field(change, field):
    with pytest.raises(Untranslatable) as caught:
        read({**written(CARD), **change})
    assert caught.value.code == field


@pytest.mark.parametrize("amount", ["0.001", "1e12"])
def test_amounts_out_of_bounds_are_refused(amount):
    document = written(CARD)
    document["reciprocal"]["resourceQuantity"]["hasNumericalValue"] = amount
    with pytest.raises(Untranslatable, match="reciprocal.resourceQuantity"):
        read(document)


@pytest.mark.parametrize("amount", ["-1", "0", "NaN", "Infinity", "9" * 50, "cher"])
def test_what_is_no_amount_counts_as_none(amount):
    document = written(CARD)
    document["reciprocal"]["resourceQuantity"]["hasNumericalValue"] = amount
    assert read(document).price == "prix_libre"


def test_an_amount_for_several_units_is_divided():
    document = written(CARD)
    document["publishes"]["resourceQuantity"]["hasNumericalValue"] = 2
    assert read(document).amount_cents == 2750


def test_instants_in_the_future_are_cut_to_now():
    card = read({**written(CARD), "published": "2030-01-01T00:00:00Z", "updated": "2031-01-01T00:00:00Z"})
    assert (card.published_at, card.updated_at) == (NOW, NOW)


def test_places_out_of_the_world_are_dropped():
    document = written(CARD)
    document["location"] |= {"latitude": 950.0}
    del document["eligibleLocation"]
    card = read(document)
    assert (card.lat, card.lon, card.place_name) == (None, None, "Liévin")


def test_a_note_is_no_proposal():
    assert not is_proposal(contexts.expand(note(CARD, page=PAGE, audience=AUDIENCE))[0])


def test_the_note_links_the_proposal_of_its_own_origin_only():
    document = note(CARD, page=PAGE, audience=AUDIENCE)
    assert proposal_linked_from(document) == CARD.uri
    document["attachment"][0]["href"] = "https://evil.example/p/1"
    assert proposal_linked_from(document) is None
    assert proposal_linked_from({**document, "attachment": "x"}) is None


def test_the_note_is_written_to_the_letter():
    assert note(CARD, page=PAGE, audience=AUDIENCE) == fixture("toile/note-hourly.json")


def test_words_never_carry_markup():
    card = replace(CARD, title="<script>alert(1)</script>")
    assert "<script>" not in note(card, page=PAGE, audience=AUDIENCE)["content"]
    assert in_words(replace(CARD, purpose="request", price="gift", amount_cents=None)) == (
        "Recherche : Installation Nextcloud autour de Liévin, gratuit."
    )


def test_our_context_is_read_by_name_and_by_iri():
    found = contexts.expand(written(CARD))[0]
    assert found["@type"] == [vocabulary.VF_PROPOSAL]
