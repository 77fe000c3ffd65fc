"""FEDERATION.md shows what the tests hold: its examples are the fixtures, its figures are the code's."""

import json
import re
from pathlib import Path

from federation.rules import delivery
from federation.rules.vocabulary import ACTOR_TERMS, EVENT_TERMS, OFFER_TERMS, SIGNED_TERMS

BASE = Path(__file__).parents[2]
TEXT = (BASE / "FEDERATION.md").read_text()


SHOWN = (
    "proposal-hourly",
    "note-hourly",
    "offer-agreement",
    "accept-agreement",
    "reject-agreement",
    "done-agreement",
    "attestation",
    "membership",
    "tombstone",
    "decision",
    "event",
)  # in order


def test_examples_are_the_fixtures():
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
    held = [json.loads((BASE / f"tests/payloads/toile/{name}.json").read_text()) for name in SHOWN]
    for document in held[1:]:  # the context is shown once
        del document["@context"]
        document.get("proof", {}).pop("@context", None)
    assert shown == held


def test_terms_of_ours_are_named():
    ours = {
        term
        for terms in (OFFER_TERMS, ACTOR_TERMS, SIGNED_TERMS, EVENT_TERMS)
        for term, meaning in terms.items()
        if "toile:" in str(meaning)
    }
    assert [term for term in ours if f"`{term}`" not in TEXT] == []


def test_the_ladder_of_attempts_is_the_codes():
    minutes = [int(wait.total_seconds() // 60) for wait in (*delivery.BACKOFF, delivery.LAST_BACKOFF)]
    assert minutes == [1, 5, 30, 120, 360, 720]
    assert "after 1, 5, 30 minutes, 2, 6, then every 12 hours" in TEXT
