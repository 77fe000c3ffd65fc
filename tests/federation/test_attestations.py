"""Attestations, memberships, tombstones and decisions as documents, both ways; the fixtures are what we write."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import contexts
from federation.errors import Untranslatable
from federation.rules import proofs
from federation.rules.delivery import public_audience
from federation.rules.translate import attestations as papers
from federation.rules.translate import decisions
from federation.rules.vocabulary import DATA_INTEGRITY, HAS_MEMBER, TOILE, VOUCHES_FOR
from network.rules.facts import VouchFact

HERE = Path(__file__).parents[1]
KEY = json.loads((HERE / "vectors" / "fep-8b32.json").read_text())["key"]  # published with the standard
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEY["secretKeyHex"]))
ALIX, BACHIR, GROUP = "https://n.example/u/alix", "https://b.example/u/bachir", "https://n.example/g/lievin"
DAY, YEAR = datetime(2026, 11, 22, tzinfo=UTC), timedelta(seconds=31_557_600)
CHARTER = "sha256:" + "c0" * 32

FACT = VouchFact("https://n.example/att/9", ALIX, BACHIR, "charte", 3, DAY, DAY + 2 * YEAR, CHARTER)
PAPER = papers.Paper("https://n.example/mem/5b", GROUP, BACHIR, DAY, DAY + YEAR, CHARTER)
STONE = papers.Stone(FACT.id, ALIX, datetime(2027, 2, 1, tzinfo=UTC), "Relationship")
CARD = decisions.DecisionCard(
    collective=GROUP, collective_name="Les Lilas", seq=41, entry_digest="a1" * 32, head="b2" * 32, terms=CHARTER,
    published=DAY, in_force=DAY, review=datetime(2027, 6, 1, tzinfo=UTC), page="https://n.example/registre/41",
)  # fmt: skip
MADE = {
    "attestation": (papers.attestation(FACT), ALIX, DAY),
    "membership": (papers.membership(PAPER), GROUP, DAY),
    "tombstone": (papers.tombstone(STONE), ALIX, STONE.at),
    "decision": (decisions.decision(CARD, audience=public_audience(GROUP, "https://n.example/actor")), GROUP, DAY),
}


def signed(name):
    document, owner, at = MADE[name]
    return proofs.sign(document, private=PRIVATE, method=f"{owner}#ed25519-key", now=at)


def expanded(document):
    contexts.check(document)
    (found,) = contexts.expand(document)
    return found


@pytest.mark.parametrize("name", [*MADE])
def test_the_fixture_is_what_we_write(name):
    held = json.loads((HERE / "payloads" / "toile" / f"{name}.json").read_text())
    assert signed(name) == held
    assert proofs.verifies(proofs.read(held, now=DAY + YEAR), PRIVATE.public_key())


@pytest.mark.parametrize(
    ("name", "read", "expected"),
    [
        ("attestation", papers.read_attestation, FACT),
        ("membership", papers.read_membership, PAPER),
        ("tombstone", papers.read_tombstone, STONE),
    ],
)
def test_what_we_write_is_read_back(name, read, expected):
    found = expanded(signed(name))
    assert read(found) == expected
    assert papers.is_public(found)


def test_a_decision_is_read_back_but_for_the_name():
    found = decisions.read_decision(expanded(signed("decision")))
    assert found == decisions.DecisionCard(**{**CARD.__dict__, "collective_name": ""})
    assert decisions.read_decision(expanded({"@context": MADE["decision"][0]["@context"], "type": "Note"})) is None


def test_a_decision_by_vote_says_so_and_is_read_back():
    card = replace(CARD, outcome=decisions.CARRIED)
    document = decisions.decision(card, audience=public_audience(GROUP, "https://n.example/actor"))
    assert "adoptée par un vote, faute de consentement. <a" in document["content"]
    assert "adoptée par consentement" not in document["content"]
    assert decisions.read_decision(expanded(document)) == replace(card, collective_name="")


def test_the_two_relationships_are_told_apart():
    assert papers.relationship_of(expanded(signed("attestation"))) == VOUCHES_FOR
    assert papers.relationship_of(expanded(signed("membership"))) == HAS_MEMBER
    other = {**signed("attestation"), "relationship": "http://purl.org/vocab/relationship/friendOf"}
    assert papers.relationship_of(expanded(other)) == ""


def test_full_names_are_read_as_short_ones():
    document = {**signed("attestation")}
    for name in ("kind", "level", "charter"):
        document[TOILE + name] = document.pop(name)
    document["@context"] = ["https://www.w3.org/ns/activitystreams", DATA_INTEGRITY]
    document["object"] = {"id": BACHIR}
    assert papers.read_attestation(expanded(document)) == FACT


def test_instants_keep_their_microseconds():
    fact = VouchFact(FACT.id, ALIX, BACHIR, "charte", 1, DAY + timedelta(microseconds=7), DAY + YEAR)
    assert papers.read_attestation(expanded(papers.attestation(fact))).line == fact.line


@pytest.mark.parametrize(
    ("field", "value"),
    [("level", 0), ("level", 2.5), ("level", None), ("kind", "x" * 501), ("published", "2026-13-01"), ("endTime", None),
     ("object", []), ("object", "urn:x"), ("attributedTo", [ALIX, BACHIR]), ("subject", BACHIR)],
)  # fmt: skip
def test_what_cannot_be_read_is_named(field, value):
    with pytest.raises(Untranslatable) as caught:
        papers.read_attestation(expanded({**signed("attestation"), field: value}))
    assert caught.value.code == field


@pytest.mark.parametrize(
    ("field", "value"),
    [("seq", 0), ("seq", "x"), ("seq", 2**31), ("entryDigest", "A1" * 32), ("head", "b2"), ("collective", ALIX)],
)
def test_figures_that_cannot_be_are_named(field, value):
    document = signed("decision")
    with pytest.raises(Untranslatable) as caught:
        decisions.read_decision(expanded({**document, "decision": {**document["decision"], field: value}}))
    assert caught.value.code == field


def test_of_two_versions_of_one_instant_one_is_greater_in_any_order():
    other = papers.Paper(PAPER.uri, GROUP, ALIX, PAPER.issued, PAPER.expires, PAPER.terms)
    assert (PAPER.rank > other.rank) != (other.rank > PAPER.rank)


def test_nothing_of_what_a_decision_is_about_is_told():
    assert set(MADE["decision"][0]["decision"]) == {
        "collective", "seq", "entryDigest", "head", "outcome", "terms", "inForce", "review",
    }  # fmt: skip
