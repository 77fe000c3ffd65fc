"""What travels with its own proof: verified as received, kept as bytes, handed on unaltered.

A proof says who wrote this, not that it is still so: tombstones decide. It never replaces the signature at the inbox.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import cache

from federation import actors, keys, multikeys, outbox, served
from federation.errors import Refused, Unreachable, Unwelcome
from federation.models import Activity, ProofKey, SignedKind, SignedObject
from federation.queries import followers_of, is_ours, may_exchange, node_actor, was_deleted
from federation.rules import proofs, strict_json
from federation.rules.delivery import inboxes_to_reach
from federation.rules.origins import id_of, is_plain, is_uri, origin_of, same_origin
from federation.rules.translate.offers import iso
from federation.rules.vocabulary import AS2, AS2_NS, PUBLIC, TOILE
from network import clock, rates

__all__ = [
    "Signed", "is_proven_kind", "log_refusal", "proven", "relay", "signed_here", "spend", "still_counts", "store",
    "verify",
]  # fmt: skip

security = logging.getLogger("toile.security")

KEY_FETCHES, KEY_PERIOD = 10, 60  # of one owner's host, seconds
SOURCE_FETCHES, SOURCE_PERIOD = 60, 600  # that the messages of one source may cause, seconds
COOL_DOWN = 5 * 60  # seconds between refetches of one key
RELATIONSHIPS = {"Relationship", "Tombstone"}


@dataclass(frozen=True)
class Signed:
    """An object whose proof holds. `document` is what the proof covers, `body` the bytes with the proof."""

    uri: str
    owner: str
    key_id: str
    made_at: datetime
    document: dict[str, Any]
    body: bytes


# --- verifying -------------------------------------------------------------------------------------------


def proven(raw: bytes, activity: dict[str, Any], *, now: datetime) -> Signed | None:
    """Verify the proofs that a message carries, its own and its object's, in its bytes as received.

    Returns the object with its proof, None if it has none, or is none of those that may be handed on. Raises
    Refused("proof"), which spoils the whole message; Unreachable while a key cannot be had.
    """
    actor, inner = activity["actor"], activity.get("object")
    path: list[str | int] = ["object"]
    if proofs.has_proof(activity):
        _check(activity, actor, source=actor, now=now)
    if isinstance(inner, list) and len(inner) == 1:
        inner, path = inner[0], ["object", 0]
    if not isinstance(inner, dict) or not proofs.has_proof(inner):
        return None
    if activity["type"] == "Announce" and not is_proven_kind(inner):
        return None
    return verify(proofs.part_of(raw, *path), source=actor, now=now)


def is_proven_kind(thing: object) -> bool:
    """Whether an object looks like one of those that travel with a proof of their own."""
    if not isinstance(thing, dict):
        return False
    kind = str(thing.get("type")).removeprefix(AS2_NS)
    return kind in RELATIONSHIPS or (kind == "Note" and ("decision" in thing or TOILE + "decision" in thing))


def verify(body: bytes, *, source: str, now: datetime) -> Signed | None:
    """Verify an object by its proof, whoever hands it over; None if it is our own, of which we know more.

    `source` is who causes the fetch of a key we lack, empty if we do. The object keeps its own `@context`: one that
    borrows that of the activity around it could not be read alone, and is refused. Raises Refused("proof");
    Unreachable; Unwelcome("gone" or "not-spoken-with") for an owner whose word counts no more.
    """
    document = strict_json.parse(body)
    owner, uri = _owner(document), id_of(document) or ""
    if "@context" not in document:
        raise Refused("proof", why="no @context of its own")
    if not is_uri(uri) or not same_origin(uri, owner):
        raise Refused("proof", why="id and owner differ in origin")
    if not is_plain(owner):
        raise Refused("proof", why="an unusual spelling")
    if is_ours(owner):
        return None
    if not may_exchange(owner):
        raise Unwelcome("not-spoken-with")
    if was_deleted(owner, owner):
        raise Unwelcome("gone")
    proof = _check(document, owner, source=source, now=now)
    return Signed(uri, owner, proof.method, proof.created, proof.covered, body)


def _owner(document: dict[str, Any]) -> str:
    owner = id_of(document.get("attributedTo")) or id_of(document.get("actor")) or ""
    if not is_uri(owner):
        raise Refused("proof", why="no owner")
    return owner


def _check(document: dict[str, Any], owner: str, *, source: str, now: datetime) -> proofs.Proof:
    """Return the proof of `document`, made by a key of `owner`, whose actor lists it."""
    proof = proofs.read(document, now=now)
    if multikeys.owner_of(proof.method) != owner or not is_uri(proof.method):
        raise Refused("proof", why="not a key of its owner")
    row = multikeys.known_key(proof.method)
    if row is None:
        row = _fetched_key(proof.method, source, now)
    elif not _holds(proof, row):
        row = _asked_again(row, source, now)
    if proofs.verifies(proof, multikeys.usable(row, proof.created)):
        return proof
    raise Refused("proof", why="signature")


def _holds(proof: proofs.Proof, row: ProofKey) -> bool:
    try:
        return proofs.verifies(proof, multikeys.usable(row, proof.created))
    except Refused:
        return False


def _fetched_key(method: str, source: str, now: datetime) -> ProofKey:
    _fetch_owner(method, source, now)
    row = multikeys.known_key(method)
    if row is None:
        raise Refused("proof", why="key not listed")
    return row


def _asked_again(row: ProofKey, source: str, now: datetime) -> ProofKey:
    """Return the key as it is now, fetched at most once in five minutes: it may have been replaced, or listed anew."""
    name = f"proof-key-again:{sha256(row.key_id.encode()).hexdigest()}"
    if row.revoked_at is not None or not cache.add(name, 1, timeout=COOL_DOWN):
        return row
    try:
        _fetch_owner(row.key_id, source, now)
    except Unreachable:
        return row
    return multikeys.known_key(row.key_id) or row


def _fetch_owner(method: str, source: str, now: datetime) -> None:
    """Fetch the actor whose key this is, by which its keys are learnt; raise Unreachable beyond the budgets."""
    spend(source)
    wait = source and rates.allow("proof-key", origin_of(method), KEY_FETCHES, KEY_PERIOD)
    if wait:
        raise Unreachable("budget", status=429, retry_after=wait)
    actors.fetch(multikeys.owner_of(method), now=now)


def spend(source: str) -> None:
    """Count one fetch caused by a message of `source`; raise Unreachable("budget") if it has caused too many.

    No source: we went to look by ourselves, within bounds of our own.
    """
    wait = source and rates.allow("proof-source", origin_of(source), SOURCE_FETCHES, SOURCE_PERIOD)
    if wait:
        raise Unreachable("budget", status=429, retry_after=wait)


def still_counts(signed: Signed) -> bool:
    """Whether the key is still thought to be its owner's: a fetch in between may have told otherwise."""
    return ProofKey.objects.filter(key_id=signed.key_id, owner=signed.owner, revoked_at=None).exists()


def log_refusal(activity: str, actor: str, why: str) -> None:
    """Write the one line about a proof that does not hold; never the body."""
    names = (json.dumps(name[:200]) for name in (activity, actor, why))
    security.info("inbox code=proof activity=%s actor=%s why=%s", *names)


# --- keeping and handing on ------------------------------------------------------------------------------


def store(signed: Signed, kind: str, *, about: str = "", via: str = "") -> None:
    """Keep the bytes, so that they can be handed on; a tombstone takes the place of what it revokes."""
    if kind == SignedKind.TOMBSTONE:
        held = SignedObject.objects.filter(uri=signed.uri, owner=signed.owner)
        held.exclude(kind=SignedKind.TOMBSTONE).delete()
    fields = {
        "about": about,
        "body": signed.body,
        "digest": sha256(signed.body).hexdigest(),
        "key_id": signed.key_id,
        "made_at": signed.made_at,
        "verified_at": clock.now(),
        "via": "" if via == signed.owner else via,
    }
    SignedObject.objects.update_or_create(uri=signed.uri, owner=signed.owner, kind=kind, defaults=fields)


def relay(uri: str, actor: str = "") -> Activity:
    """Hand what is kept under `uri`, with its proof, to the followers of `actor` (the node itself by default).

    The same version is announced once, whoever asks. Raises Unwelcome("signed_object_unknown").
    """
    actor = actor or node_actor()
    kept = SignedObject.objects.filter(uri=uri).order_by("-made_at", "-pk").first()
    if kept is None:
        raise Unwelcome("signed_object_unknown")
    name = sha256(f"{actor} {kept.owner} {kept.digest}".encode()).hexdigest()[:32]
    announced = {
        "@context": AS2,
        "id": f"{settings.ORIGIN}/a/{name}",
        "type": "Announce",
        "actor": actor,
        "published": iso(clock.now()),
        "to": [PUBLIC],
        "cc": [f"{actor}/followers"],
        "object": json.loads(bytes(kept.body)),
    }
    return outbox.queue(announced, uri, inboxes_to_reach(followers_of(actor)))


def signed_here(document: dict[str, Any], owner: str, *, now: datetime) -> Signed:
    """Sign a document of ours with its owner's Ed25519 key."""
    key = keys.signing_key(owner, "ed25519")
    if not isinstance(key.private, Ed25519PrivateKey):
        raise TypeError("not an Ed25519 key")
    whole = proofs.sign(document, private=key.private, method=key.key_id, now=now)
    made_at = datetime.fromisoformat(whole["proof"]["created"])
    return Signed(document["id"], owner, key.key_id, made_at, whole, served.to_bytes(whole))
