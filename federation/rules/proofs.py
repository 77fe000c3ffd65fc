"""Object proofs: FEP-8b32 with the suite eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites 1.0, 3.3).

A proof covers the JSON as it was received. Canonical bytes (RFC 8785) do not depend on spacing or order of names, so
the object may be cut out of a message and kept, but nothing in it may be dropped, cleaned or compacted.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.errors import Refused
from federation.rules import strict_json
from federation.rules.multibase import base58, from_base58
from governance.rules.register import canonical
from network.errors import DomainError

__all__ = ["Proof", "has_proof", "is_plain", "part_of", "proof_bytes", "read", "sign", "verifies"]

Document = Mapping[str, Any]

TYPE, SUITE, PURPOSE = "DataIntegrityProof", "eddsa-jcs-2022", "assertionMethod"
LARGEST = 2**53 - 1  # beyond, JSON numbers are not the same in all programs
SKEW = timedelta(seconds=60)
SIGNATURE_LENGTH = 64
MEMBERS = {"@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
NOT_COVERED = ("proof", "signature")  # at the top level only; `signature` is what LD signatures add


@dataclass(frozen=True)
class Proof:
    """A well-formed proof, still to be verified with the key `method`. `covered` is the document that it speaks of:
    without proofs and, where the proof names its own, with the contexts of the proof."""

    method: str
    created: datetime
    signature: bytes
    digest: bytes
    covered: dict[str, Any]


def sign(document: Document, *, private: Ed25519PrivateKey, method: str, now: datetime) -> dict[str, Any]:
    """Return `document` with a proof made by `private`, whose public half is served as `method`.

    The options are exactly six, in whole seconds: others rebuild them. ValueError if it has no canonical form.
    """
    options = {
        "@context": document["@context"],
        "type": TYPE,
        "cryptosuite": SUITE,
        "created": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
    }
    value = "z" + base58(private.sign(proof_bytes(_covered(document), options)))
    return {**document, "proof": {**options, "proofValue": value}}


def proof_bytes(document: Document, options: Document) -> bytes:
    """Return the 64 bytes that are signed: SHA-256 of the canonical options, then of the canonical document."""
    return b"".join(sha256(rfc8785.dumps(dict(part))).digest() for part in (options, document))


def has_proof(document: object) -> bool:
    """Whether an object claims to be proven: it has a member `proof`, of whatever kind."""
    return isinstance(document, Mapping) and "proof" in document


def is_plain(document: Document) -> bool:
    """Whether a proven document can stand in a register: its proof is made of the seven members that we write, and all
    of it has the one form that everybody writes (ASCII names, whole numbers, text in NFC)."""
    proof = document.get("proof")
    try:
        canonical(document)
    except DomainError:
        return False
    return isinstance(proof, Mapping) and proof.keys() == MEMBERS


def read(document: Document, *, now: datetime) -> Proof:
    """Return the one proof of `document`; raise Refused("proof") if it cannot count, whatever the key.

    One object; type, suite and purpose those of FEP-8b32; not created later than a minute from now; 64 bytes of
    signature; no number beyond ±(2⁵³−1). Contexts of the proof must be the first of the document's, which is then
    read with those alone: what was appended later was not signed.
    """
    proof = document.get("proof")
    if not isinstance(proof, Mapping):
        raise Refused("proof", why="not one proof")
    for name, expected in (("type", TYPE), ("cryptosuite", SUITE), ("proofPurpose", PURPOSE)):
        if proof.get(name) != expected:
            raise Refused("proof", why=name)
    _check_numbers(document)
    method = proof.get("verificationMethod")
    if not isinstance(method, str) or not 0 < len(method) <= strict_json.MAX_URI:
        raise Refused("proof", why="verificationMethod")
    covered = _covered(document)
    if "@context" in proof:
        covered["@context"] = _common_contexts(proof["@context"], document.get("@context"))
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    return Proof(method, _created(proof, now), _signature(proof), _digest(covered, options), covered)


def verifies(proof: Proof, key: Ed25519PublicKey) -> bool:
    """Whether `key` made the proof."""
    try:
        key.verify(proof.signature, proof.digest)
    except InvalidSignature:
        return False
    return True


def part_of(raw: bytes, *path: str | int) -> bytes:
    """Return the exact bytes of a value inside the JSON `raw`, which `strict_json` has accepted.

    >>> part_of(b'{"id": 1, "object": [ {"b":  2.50} ]}', "object", 0)
    b'{"b":  2.50}'

    KeyError if there is no such value.
    """
    text = raw.decode().strip(_SPACE)
    for step in path:
        text = next((value for name, value in _values(text) if name == step), None) or _absent(step)
    return text.encode()


_SPACE = " \t\r\n"
_decoder = json.JSONDecoder()


def _values(text: str) -> Iterator[tuple[str | int, str]]:
    """Yield name or position, and the text, of each value directly inside an object or a list."""
    at, number = _skip(text, 1), 0
    if text[:1] not in {"{", "["}:
        return
    while text[at] not in "}]":
        name: str | int = number
        if text[0] == "{":
            name, at = _decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)  # over the colon
        _, end = _decoder.raw_decode(text, at)
        yield name, text[at:end]
        at, number = _skip(text, end), number + 1
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _absent(step: str | int) -> str:
    raise KeyError(step)


def _covered(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in NOT_COVERED}


def _common_contexts(of_proof: Any, of_document: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the proof's contexts, if the document begins with them."""
    first, all_of_them = _listed(of_proof), _listed(of_document)
    if rfc8785.dumps(all_of_them[: len(first)]) != rfc8785.dumps(first):
        raise Refused("proof", why="@context")
    return of_proof


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _created(proof: Document, now: datetime) -> datetime:
    written = proof.get("created")
    try:
        created = datetime.fromisoformat(written if isinstance(written, str) else "")
        created = created.astimezone(UTC) if created.tzinfo else created.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Refused("proof", why="created") from error
    if created > now + SKEW:
        raise Refused("proof", why="created in the future")
    return created


def _signature(proof: Document) -> bytes:
    text = proof.get("proofValue")
    try:
        signature = from_base58(text[1:]) if isinstance(text, str) and text.startswith("z") else b""
    except ValueError:
        signature = b""
    if len(signature) != SIGNATURE_LENGTH:
        raise Refused("proof", why="proofValue")
    return signature


def _check_numbers(document: Document) -> None:
    if any(isinstance(part, int) and abs(part) > LARGEST for part in strict_json.walk(document)):
        raise Refused("proof", why="number")


def _digest(document: Document, options: Document) -> bytes:
    try:
        return proof_bytes(document, options)
    except ValueError as error:  # rfc8785's errors are
        raise Refused("proof", why="not canonical") from error
