"""Object proofs (FEP-8b32): Fedify and apsig verify ours, we verify theirs; what was changed verifies nowhere."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from federation.rules.vocabulary import AS2, PUBLIC, SIGNED_CONTEXT, VOUCHES_FOR
from tests.outside.inside import wait_for

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def toile(world):
    return world.toile


def attestation(issuer, subject, number):
    """Return an attestation of somebody elsewhere, not yet signed."""
    now = datetime.now(UTC).replace(microsecond=0)
    origin = issuer.partition("/u/")[0]
    return {
        "@context": SIGNED_CONTEXT, "type": "Relationship", "id": f"{origin}/att/{number}", "attributedTo": issuer,
        "subject": issuer, "relationship": VOUCHES_FOR, "object": subject, "kind": "charte", "level": 3,
        "published": f"{now:%Y-%m-%dT%H:%M:%SZ}", "endTime": f"{now + timedelta(days=365):%Y-%m-%dT%H:%M:%SZ}",
        "to": PUBLIC,
    }  # fmt: skip


# --- ours, there -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers(world, toile):
    """Documents that our node serves with a proof, as text: an attestation, a membership, and an ended attestation."""
    vera = world.apkit.actor("vera")
    wait_for(lambda: toile.rows("SELECT 1 FROM federation_signedobject WHERE kind = 'membership'"), "the membership")
    uris = []
    for subject in (vera, world.fedify.actor("vera")):
        toile.know(subject)
        uris.append(toile.attest("alix", subject)["uri"])
    kept, ended = uris
    membership = "SELECT uri FROM federation_signedobject WHERE kind = 'membership' AND about = ?"
    for uri in (kept, ended):
        wait_for(lambda uri=uri: toile.rows("SELECT 1 FROM federation_signedobject WHERE uri = ?", uri), uri)
    toile.take_back("alix", ended)
    stone = "SELECT 1 FROM federation_signedobject WHERE uri = ? AND kind = 'tombstone'"
    wait_for(lambda: toile.rows(stone, ended), "the tombstone")
    return [toile.text(uri) for uri in (kept, toile.rows(membership, world.alix)[0][0], ended)]


@pytest.fixture(scope="module")
def verdicts(world, toile):
    """Return which key Fedify and apsig each find under a document of ours, given as text; None for none."""
    multibases = {
        key["id"]: key["publicKeyMultibase"]
        for actor in (world.alix, toile.rows("SELECT uri FROM network_collective WHERE local")[0][0])
        for key in toile.document(actor)["assertionMethod"]
    }

    def verified(text):
        method = json.loads(text)["proof"]["verificationMethod"]
        by_fedify = world.fedify.do("check", text=text)["key"]
        return by_fedify, world.apkit.do("check", text=text, multibase=multibases[method])["key"]

    return verified


def test_ours_verify_there(papers, verdicts):
    assert [json.loads(text)["type"] for text in papers] == ["Relationship", "Relationship", "Tombstone"]
    for text in papers:
        method = json.loads(text)["proof"]["verificationMethod"]
        assert verdicts(text) == (method, method), text


def test_ours_changed_verify_nowhere(papers, verdicts):
    for text in papers:
        changed = {**json.loads(text), "published": "2020-01-01T00:00:00Z"}
        assert verdicts(json.dumps(changed)) == (None, None), text


# --- theirs, here ----------------------------------------------------------------------------------------


def by_fedify(world):
    who = world.fedify.actor("vera")
    note = {"@context": AS2, "id": f"{world.fedify.origin}/n/signed", "type": "Note", "attributedTo": who}
    return who, world.fedify.do("sign", who="vera", document={**note, "content": "<p>Signé</p>"})["document"]


def by_apsig(world, number="signed"):
    who = world.apkit.actor("vera")
    created = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    unsigned = attestation(who, world.alix, number)
    return who, world.apkit.do("sign", who="vera", created=created, document=unsigned)["document"]


@pytest.mark.parametrize("signed", [by_fedify, by_apsig])
def test_theirs_verify_here(world, toile, signed):
    who, document = signed(world)
    assert toile.verify(json.dumps(document)) == {"owner": who, "key": document["proof"]["verificationMethod"]}
    changed = {**document, "published": "2020-01-01T00:00:00Z"}
    assert toile.verify(json.dumps(changed))["refused"] == "proof"
    stolen = {**document, "attributedTo": who.replace("vera", "zoe")}
    assert toile.verify(json.dumps(stolen))["refused"] == "proof"


def deliver(world, name, signed, number):
    """Have apkit's Vera send a Create around a signed object; return the activity's id."""
    who = world.apkit.actor("vera")
    activity = {
        "@context": AS2, "id": f"{world.apkit.origin}/a/{name}-{number}", "type": "Create", "actor": who,
        "to": [PUBLIC], "object": signed,
    }  # fmt: skip
    answer = world.apkit.do("carry", who="vera", inbox=f"{world.alix}/inbox", activity=activity)
    assert answer["status"] == 202, answer
    return activity["id"]


def test_an_attestation_proven_by_apsig_counts_here_and_a_changed_one_does_not(world, toile):
    _, document = by_apsig(world, "counts")
    changed = deliver(world, "changed", {**document, "level": 1}, 1)
    assert wait_for(lambda: toile.outcome(changed), "the changed one") == ("refused proof", "signature")
    assert toile.rows("SELECT 1 FROM network_vouch WHERE uri = ?", document["id"]) == []
    genuine = deliver(world, "genuine", document, 2)
    assert wait_for(lambda: toile.outcome(genuine), "the genuine one")[0] == "applied"
    assert toile.rows("SELECT level FROM network_vouch WHERE uri = ?", document["id"]) == [(3,)]
    kept = toile.rows("SELECT body FROM federation_signedobject WHERE uri = ?", document["id"])[0][0]
    assert json.loads(bytes(kept)) == document
