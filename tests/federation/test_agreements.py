"""Requests for a quote travel unharmed, in both dialects; what does not fit its proposal is named."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from federation import contexts
from federation.errors import Untranslatable
from federation.rules.translate import agreements
from federation.rules.translate.agreements import Bargain, Commitment, Intents, Mismatch, intents_of
from federation.rules.translate.wording import reason
from network.rules.quotes import QuoteDraft

PAYLOADS = Path(__file__).parents[1] / "payloads"
OFFER = "https://n.example/p/1"
ALIX, DOMINIQUE = "https://n.example/u/alix", "https://c.example/u/dominique"
PRICES = [("hourly", "3", 16500), ("hourly", "1.5", 8250), ("fixed", "1", 9990), ("prix_libre", "1", 4000),
          ("prix_libre", "2", None), ("gift", "1", None), ("barter", "2.25", None)]  # fmt: skip


def fixture(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def expand(document):
    return contexts.expand(json.loads(json.dumps(document)))[0]


def offer(bargain, dialect="current", message=""):
    fields = agreements.offer_fields(bargain, dialect=dialect, proposal=OFFER, message=message)
    return {"id": "https://c.example/a/7", "type": "Offer", "actor": DOMINIQUE, "to": [ALIX], **fields}


def accept(bargain, dialect="current"):
    fields = agreements.accept_fields(
        bargain, dialect=dialect, uri="https://n.example/agreements/9", owner=ALIX, answer=""
    )
    head = {"id": "https://n.example/a/8", "type": "Accept", "actor": ALIX, "to": [DOMINIQUE]}
    return {**head, "object": "https://c.example/a/7", **fields}


def asked(document):
    return agreements.read_asked(expand(document))


def draft(document, price="hourly"):
    return agreements.draft_of(asked(document), offer_uri=OFFER, price=price)


# --- there and back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("price", "quantity", "cents"), PRICES)
def test_every_price_model_comes_back(price, quantity, cents):
    bargain = agreements.bargain_of(price, Decimal(quantity), cents, intents_of(OFFER))
    written = offer(bargain, message="Bonjour <Alix>\nMerci & à bientôt")
    assert asked(written).bargain == bargain
    assert draft(written, price) == QuoteDraft(Decimal(quantity), cents, "Bonjour <Alix>\nMerci & à bientôt")
    uri, result = agreements.read_result(expand(accept(bargain)))
    assert uri == "https://n.example/agreements/9"
    assert agreements.keeps(result, bargain)


@pytest.mark.parametrize(("price", "quantity", "cents"), PRICES)
def test_the_dialect_of_2023_comes_back_without_what_is_given_in_return(price, quantity, cents):
    bargain = agreements.bargain_of(price, Decimal(quantity), cents, intents_of(OFFER))
    read = asked(offer(bargain, "2023"))
    assert (read.dialect, read.bargain) == ("2023", Bargain(bargain.primary, None))
    assert draft(offer(bargain, "2023"), price) == QuoteDraft(Decimal(quantity), None, "")
    result = agreements.read_result(expand(accept(bargain, "2023")))[1]
    assert agreements.keeps(result, bargain)


def test_what_is_written_is_what_is_published():
    bargain = agreements.bargain_of("hourly", Decimal(3), 16500, intents_of(OFFER))
    message = "Trois postes, avant Noël si possible."
    assert offer(bargain, message=message) == fixture("toile/offer-agreement")
    held = fixture("toile/accept-agreement")
    assert {**accept(bargain), "content": held["content"]} == held


@pytest.mark.parametrize(
    "name", ["toile/offer-agreement", "expanded/offer-agreement", "valueflows-2023/offer-commitment"]
)
def test_every_way_of_writing_gives_the_same_request(name):
    found = expand(fixture(name))
    assert agreements.is_asked(found)
    assert agreements.read_addressed(found) == {ALIX}
    read = agreements.draft_of(agreements.read_asked(found), offer_uri=OFFER, price="hourly")
    assert read.quantity == 3
    assert read.amount_cents in {16500, None}


@pytest.mark.parametrize("name", ["toile/accept-agreement", "valueflows-2023/accept"])
def test_every_way_of_accepting_gives_the_same_agreement(name):
    uri, result = agreements.read_result(expand(fixture(name)))
    assert uri == "https://n.example/agreements/9"
    assert agreements.keeps(result, agreements.bargain_of("hourly", Decimal(3), 16500, intents_of(OFFER)))


def test_the_misspelling_of_an_intermediate_version_is_read():
    document = fixture("toile/accept-agreement")
    document["@context"][1]["stiplulates"] = "vf:stiplulates"
    document["result"]["stiplulates"] = document["result"].pop("stipulates")
    assert agreements.read_result(expand(document))[1].primary.value == 3


def test_a_reason_is_read_as_words():
    assert agreements.read_answer(expand(fixture("toile/reject-agreement"))) == "Pas avant janvier."
    assert agreements.read_answer(expand({"type": "Reject", "content": "Not available"})) == "Not available"
    assert agreements.read_answer(expand({"type": "Reject", "content": "<script>x()</script><p>Non</p>"})) == "Non"
    assert agreements.read_answer(expand({"type": "Reject"})) == ""


# --- what does not fit --------------------------------------------------------------------------------------


def changed(**parts):
    """The fixture with parts of its commitments changed: primary_value, reciprocal_unit… None leaves one out."""
    document = fixture("toile/offer-agreement")
    sides = {"primary": "stipulates", "reciprocal": "stipulatesReciprocal"}
    names = {"value": "hasNumericalValue", "unit": "hasUnit"}
    for part, value in parts.items():
        side, _, name = part.partition("_")
        if not name:
            del document["object"][sides[side]]
        elif name == "satisfies":
            document["object"][sides[side]]["satisfies"] = value
        elif value is None:
            del document["object"][sides[side]]["resourceQuantity"][names[name]]
        else:
            document["object"][sides[side]]["resourceQuantity"][names[name]] = value
    return document


@pytest.mark.parametrize(
    ("change", "price", "code"),
    [
        ({"primary_satisfies": f"{OFFER}#other"}, "hourly", "intent_unknown"),
        ({"primary_satisfies": "https://n.example/p/2#primary"}, "hourly", "intent_unknown"),
        ({"reciprocal_satisfies": "https://n.example/p/2#reciprocal"}, "hourly", "intent_unknown"),
        ({"primary_unit": "second"}, "hourly", "unit_mismatch"),
        ({"reciprocal_unit": "hour"}, "hourly", "unit_mismatch"),
        ({"primary_value": None}, "hourly", "quantity_missing"),
        ({"primary_value": "trois"}, "hourly", "quantity_missing"),
        ({"reciprocal": None}, "hourly", "reciprocal_missing"),
        ({"reciprocal_value": None}, "hourly", "reciprocal_missing"),
        ({"reciprocal_value": "164.999"}, "hourly", "quote_amount_other"),
        ({"reciprocal_value": "1e999999999"}, "hourly", "amount_bounds"),
        ({"reciprocal_value": "1e-999999999"}, "hourly", "quote_amount_other"),
        ({"reciprocal_value": "-5"}, "hourly", "amount_bounds"),
        ({"primary_unit": "one"}, "gift", "reciprocal_unasked"),
        ({}, "gift", "unit_mismatch"),
        ({"reciprocal_unit": "hour", "reciprocal_value": "2"}, "barter", "quote_amount_other"),
        ({}, "barter", "unit_mismatch"),
    ],
)
def test_what_does_not_fit_is_named(change, price, code):
    with pytest.raises(Mismatch) as caught:
        draft(changed(**change), price)
    assert caught.value.code == code
    assert reason(code) != reason("whatever else")


@pytest.mark.parametrize("value", [3, "3", "3.0", 3.0])
def test_numbers_and_texts_alike(value):
    assert draft(changed(primary_value=value)).quantity == 3


def test_a_2023_answer_to_another_proposal_is_no_answer_to_ours():
    document = fixture("valueflows-2023/offer-commitment")
    document["inReplyTo"] = "https://n.example/p/2"
    with pytest.raises(Mismatch, match="intent_unknown"):
        draft(document)


@pytest.mark.parametrize(
    ("inner", "field"),
    [
        ({"type": "Agreement"}, "stipulates"),
        ({"type": "Agreement", "stipulates": {"type": "Commitment"}}, "satisfies"),
        ({"type": "Commitment", "satisfies": f"{OFFER}#primary"}, "resourceQuantity"),
    ],
)
def test_what_we_cannot_read_names_its_field(inner, field):
    found = expand({**fixture("toile/offer-agreement"), "object": inner})
    assert agreements.is_asked(found)
    with pytest.raises(Untranslatable) as caught:
        agreements.read_asked(found)
    assert caught.value.code == field


@pytest.mark.parametrize("inner", ["https://n.example/p/1", {"type": "Note", "content": "x"}, {"type": "Follow"}])
def test_other_things_that_are_offered_are_no_requests(inner):
    assert not agreements.is_asked(expand({**fixture("toile/offer-agreement"), "object": inner}))


# --- what is agreed -----------------------------------------------------------------------------------------

ASKED = agreements.bargain_of("hourly", Decimal(3), 16500, intents_of(OFFER))


@pytest.mark.parametrize(
    "result",
    [
        Bargain(replace(ASKED.primary, value=Decimal(4)), ASKED.reciprocal),
        Bargain(replace(ASKED.primary, unit="one"), ASKED.reciprocal),
        Bargain(replace(ASKED.primary, satisfies="https://n.example/p/2#primary"), ASKED.reciprocal),
        Bargain(ASKED.primary, replace(ASKED.reciprocal, value=Decimal(200))),
        Bargain(ASKED.primary, replace(ASKED.reciprocal, value=None)),
        Bargain(ASKED.primary, None),
    ],
)
def test_an_agreement_to_something_else_keeps_nothing(result):
    assert not agreements.keeps(result, ASKED)
    assert agreements.keeps(ASKED, ASKED)


def test_an_intent_that_was_not_named_may_have_any_address():
    unnamed = Bargain(ASKED.primary, replace(ASKED.reciprocal, satisfies=""))
    assert agreements.keeps(ASKED, unnamed)
    assert not agreements.keeps(Bargain(ASKED.primary, Commitment("x", "one", Decimal(1))), unnamed)


def test_the_intents_of_a_proposal_are_its_own():
    document = fixture("toile/proposal-hourly")
    assert agreements.read_intents(expand(document), OFFER) == intents_of(OFFER)
    document["publishes"]["id"], document["reciprocal"]["id"] = f"{OFFER}/give", f"{OFFER}/take"
    assert agreements.read_intents(expand(document), OFFER) == Intents(f"{OFFER}/give", f"{OFFER}/take")
    document["publishes"]["id"] = "https://elsewhere.example/p/1#primary"
    assert agreements.read_intents(expand(document), OFFER).primary == f"{OFFER}#primary"
    old = fixture("valueflows-2023/offer")
    assert agreements.read_intents(expand(old), old["id"]).dialect == "2023"
