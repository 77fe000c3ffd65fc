"""Actors of other nodes that prove what they say: their Multikeys, and the signed objects that travel."""

import json
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.rules import proofs
from federation.rules.delivery import public_audience
from federation.rules.multibase import base58, multikey
from federation.rules.translate.attestations import Paper, Stone, attestation, membership, tombstone
from federation.rules.translate.decisions import DecisionCard, decision
from network.rules.facts import VouchFact

ISSUED = datetime(2026, 11, 1, tzinfo=UTC)
EXPIRES = datetime(2028, 11, 1, tzinfo=UTC)
MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
DIGEST = "sha256:c0"
APPLIED = ("applied", "")  # outcome and detail


def entry(actor, private, fragment="ed25519-key", **more):
    """Return a Multikey as the actor's document lists it."""
    return {
        "id": f"{actor.uri}#{fragment}",
        "type": "Multikey",
        "controller": actor.uri,
        "publicKeyMultibase": multikey(private.public_key().public_bytes_raw()),
        **more,
    }


def proves(actor, **more):
    """Give the actor an Ed25519 key, listed in its document; return the actor."""
    actor.edwards = Ed25519PrivateKey.generate()
    actor.extra["assertionMethod"] = [entry(actor, actor.edwards, **more)]
    return actor


def signed(actor, document, *, private=None, fragment="ed25519-key", at=MADE):
    """Return the document with a proof of the actor."""
    method = f"{actor.uri}#{fragment}"
    return proofs.sign(document, private=private or actor.edwards, method=method, now=at)


def noted(document, private, **extra):
    """Return a signed document anew, with members of one's own in the proof: what other software may do."""
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"} | extra
    bare = {name: value for name, value in document.items() if name != "proof"}
    return {**bare, "proof": {**options, "proofValue": "z" + base58(private.sign(proofs.proof_bytes(bare, options)))}}


def fact(issuer, subject, *, number=1, level=3, issued=ISSUED, expires=EXPIRES, kind="charte"):
    """Return an attestation of `issuer`, an actor of a peer, for `subject`, an address."""
    uri = f"{issuer.peer.origin}/att/{number}"
    return VouchFact(uri, issuer.uri, subject, kind, level, issued, expires, DIGEST)


def vouch(issuer, subject, **more):
    """Return it as a document, signed."""
    return signed(issuer, attestation(fact(issuer, subject, **more)))


def admits(group, member, *, number=1, issued=ISSUED, expires=EXPIRES):
    """Return a signed membership of the group."""
    uri = f"{group.peer.origin}/mem/{number}"
    return signed(group, membership(Paper(uri, group.uri, member, issued, expires, DIGEST)))


def stone(owner, number=1, *, path="att", at=MADE, former="Relationship"):
    """Return a signed tombstone of one of the owner's objects."""
    return signed(owner, tombstone(Stone(f"{owner.peer.origin}/{path}/{number}", owner.uri, at, former)))


def decided(group, seq=41, **figures):
    """Return the signed announcement of a decision."""
    page, when = f"{group.peer.origin}/registre/{seq}", (ISSUED, ISSUED, EXPIRES)
    card = DecisionCard(group.uri, "Les Lilas", seq, "a" * 64, "b" * 64, DIGEST, *when, page)
    document = decision(card, audience=public_audience(group.uri, f"{group.peer.origin}/actor"))
    document["decision"] |= figures
    return signed(group, document)


def around(actor, kind, thing, **more):
    """Return the activity of `actor` about a signed object, which keeps its own @context."""
    return actor.activity(kind, thing, **more)


def bob(alice):
    """Return the address of somebody at the same node."""
    return f"{alice.peer.origin}/u/bob"


def copied(document):
    """Return a copy that can be spoilt."""
    return json.loads(json.dumps(document))
