"""Object proofs against the published test values, and against everything that must not pass."""

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Refused
from federation.rules import proofs, strict_json
from federation.rules.multibase import base58, from_base58, from_multikey, multikey

VECTORS = Path(__file__).parents[2] / "vectors"
FEP, W3C = (json.loads((VECTORS / f"{name}.json").read_text()) for name in ("fep-8b32", "w3c-eddsa-jcs-2022"))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(FEP["key"]["secretKeyHex"]))
PUBLIC = PRIVATE.public_key()
METHOD = "https://server.example/users/alice#ed25519-key"
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "id": "https://server.example/objects/1",
    "type": "Note",
    "attributedTo": "https://server.example/users/alice",
    "content": "Élise & « Zoé » \u2028",
    "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.0},
    "level": 3,
}


def signed(document=DOCUMENT, now=NOW):
    return proofs.sign(document, private=PRIVATE, method=METHOD, now=now)


def holds(document, now=NOW, key=PUBLIC):
    """Whether the document verifies, as it would after its journey as bytes."""
    received = strict_json.parse(json.dumps(document).encode())
    try:
        return proofs.verifies(proofs.read(received, now=now), key)
    except Refused as refused:
        assert refused.code == "proof"  # noqa: PT017 - any other code would be a mistake
        return False


def why(document, now=NOW):
    with pytest.raises(Refused) as caught:
        proofs.read(document, now=now)
    return caught.value.why


# --- the published values --------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", [FEP, W3C], ids=["FEP-8b32", "W3C"])
def test_a_published_document_verifies(vector):
    key = Ed25519PublicKey.from_public_bytes(from_multikey(vector["key"]["publicKeyMultibase"]))
    assert holds(vector["expected"]["signedDocument"], key=key)
    assert not holds(vector["expected"]["signedDocument"], key=Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("vector", [FEP, W3C], ids=["FEP-8b32", "W3C"])
def test_the_bytes_that_are_signed_are_the_published_ones(vector):
    proof = vector["expected"]["signedDocument"]["proof"]
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    assert proofs.proof_bytes(vector["unsignedDocument"], options).hex() == vector["expected"]["hashData"]


@pytest.mark.parametrize("vector", [FEP, W3C], ids=["FEP-8b32", "W3C"])
def test_we_sign_what_was_published(vector):
    expected = vector["expected"]["signedDocument"]
    created = datetime.fromisoformat(expected["proof"]["created"])
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["key"]["secretKeyHex"]))
    method = expected["proof"]["verificationMethod"]
    assert proofs.sign(vector["unsignedDocument"], private=private, method=method, now=created) == expected


@pytest.mark.parametrize("vector", [FEP, W3C], ids=["FEP-8b32", "W3C"])
def test_keys_are_written_and_read_as_published(vector):
    raw = bytes.fromhex(vector["key"]["publicKeyHex"])
    assert (multikey(raw), from_multikey(vector["key"]["publicKeyMultibase"])) == (
        vector["key"]["publicKeyMultibase"],
        raw,
    )


# --- what we write ---------------------------------------------------------------------------------------


def test_the_options_are_the_six_that_others_rebuild():
    proof = signed(now=datetime(2026, 11, 22, 11, 30, 15, 987654, tzinfo=timezone(timedelta(hours=2))))["proof"]
    assert list(proof) == [
        "@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue",
    ]  # fmt: skip
    assert proof["created"] == "2026-11-22T09:30:15Z"
    assert proof["@context"] == DOCUMENT["@context"]


def test_signing_again_replaces_the_proof_and_covers_no_older_one():
    assert signed(signed()) == signed()


# --- what does not pass ----------------------------------------------------------------------------------


def changed(name, value):
    document = signed()
    document["proof"][name] = value
    return document


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "Ed25519Signature2020"),
        ("cryptosuite", "eddsa-rdfc-2022"),
        ("cryptosuite", "ecdsa-jcs-2019"),
        ("proofPurpose", "authentication"),
        ("verificationMethod", None),
        ("verificationMethod", "x" * 501),
        ("created", "2026-11-22T09:01:01Z"),  # more than a minute ahead
        ("created", "yesterday"),
        ("created", 20261122),
        ("created", None),
        ("proofValue", ""),
        ("proofValue", "z"),
        ("proofValue", "z" + base58(bytes(63))),
        ("proofValue", "z" + base58(bytes(65))),
        ("proofValue", "u" + base58(bytes(64))),
        ("proofValue", "z0OIl"),
        ("proofValue", "z" + "1" * 100_000),
        ("@context", "https://www.w3.org/ns/credentials/v2"),
        ("@context", [*reversed(DOCUMENT["@context"])]),
        ("@context", [2**60]),
        ("nonce", 2**53),
    ],
)
def test_sig_15_a_proof_that_cannot_count_says_why(name, value):
    assert why(changed(name, value)) in {name, "created in the future", "number"}


@pytest.mark.parametrize("proof", [None, [], "z3Mk", 5, True, [signed()["proof"], signed()["proof"]]])
def test_there_is_exactly_one_proof(proof):
    assert why({**DOCUMENT, "proof": proof}) == "not one proof"


def test_a_minute_ahead_is_a_clock_that_differs():
    assert holds(signed(now=NOW + timedelta(seconds=60)))
    assert not holds(signed(now=NOW + timedelta(seconds=61)))


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**40])
def test_whole_numbers_that_programs_read_differently_are_refused(number):
    assert why({**signed(), "level": number}) == "number"
    assert holds(signed({**DOCUMENT, "level": 2**53 - 1}))


def test_contexts_appended_after_signing_are_not_read():
    document = signed()
    document["@context"] = [*document["@context"], {"content": "https://evil.example/other"}]
    proof = proofs.read(document, now=NOW)
    assert proofs.verifies(proof, PUBLIC)
    assert proof.covered["@context"] == DOCUMENT["@context"]


def test_without_contexts_of_its_own_the_proof_covers_those_of_the_document():
    document = signed()
    options = {name: value for name, value in document["proof"].items() if name not in {"@context", "proofValue"}}
    value = "z" + base58(PRIVATE.sign(proofs.proof_bytes(DOCUMENT, options)))
    document["proof"] = {**options, "proofValue": value}
    assert holds(document)
    assert not holds({**document, "@context": [*DOCUMENT["@context"], {"x": "https://evil.example/x"}]})


def test_an_added_ld_signature_is_left_aside_and_nested_proofs_are_not():
    assert holds({**signed(), "signature": {"type": "RsaSignature2017"}})
    inner = signed({**DOCUMENT, "location": {"proof": {"a": 1}, "signature": 2}})
    assert holds(inner)
    del inner["location"]["proof"]
    assert not holds(inner)


def test_received_text_is_kept_as_it_is():
    """Nanoseconds are written by others; cutting them would break the proof."""
    document = signed()
    options = {**document["proof"], "created": "2026-11-22T08:59:59.123456700Z"}
    del options["proofValue"]
    value = "z" + base58(PRIVATE.sign(proofs.proof_bytes(DOCUMENT, options)))
    assert holds({**DOCUMENT, "proof": {**options, "proofValue": value}})


# --- properties ------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | TEXT
LEAVES = LEAVES.filter(lambda leaf: leaf not in (float("inf"), float("-inf")))
KEYS = TEXT.filter(lambda name: name not in {"proof", "signature", "@context", ""})
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(OBJECTS)
def test_whatever_is_signed_verifies_after_its_journey(document):
    assert holds(signed({**document, "@context": DOCUMENT["@context"]}))


@given(OBJECTS, KEYS, LEAVES)
def test_whatever_is_added_or_changed_breaks_it(document, name, value):
    whole = {**document, "@context": DOCUMENT["@context"]}
    other = {**signed(whole), name: value}
    same = name in whole and json.dumps(whole[name]) == json.dumps(value)
    equal = name in whole and type(value) in {int, float} and type(whole[name]) in {int, float} and value == whole[name]
    assert holds(other) == (same or equal)


@given(st.data())
def test_any_changed_byte_breaks_it(data):
    """Of the canonical form: elsewhere a byte may be a space."""
    document = signed()
    raw = bytearray(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        received = strict_json.parse(bytes(raw))
        verified = proofs.verifies(proofs.read(received, now=NOW), PUBLIC)
    except Refused:
        return
    assert not verified or received == document


@pytest.mark.parametrize("name", [*DOCUMENT])
def test_any_field_that_is_missing_breaks_it(name):
    document = signed()
    del document[name]
    assert not holds(document)


@pytest.mark.parametrize("name", ["@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose"])
def test_the_options_are_covered_too(name):
    document = copy.deepcopy(signed())
    del document["proof"][name]
    assert not holds(document)


# --- cut out of a message --------------------------------------------------------------------------------


def test_an_object_keeps_its_bytes_when_cut_out():
    inner = json.dumps(signed(), indent=3, ensure_ascii=False)
    raw = f' {{"a": [1, {{"object": 2}}], "object" :\t{inner} , "z": null}}'.encode()
    part = proofs.part_of(raw, "object")
    assert part == inner.encode()
    assert holds(strict_json.parse(part))


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(0, 3), st.sampled_from([None, 1]))
def test_every_part_is_found(items, number, indent):
    number %= len(items)
    raw = json.dumps({"x": 1, "object": items, "y": {}}, indent=indent).encode()
    assert json.loads(proofs.part_of(raw, "object", number)) == items[number]


def test_what_is_not_there_is_not_found():
    for raw, path in ((b"{}", ["object"]), (b"[]", [0]), (b'{"object": 5}', ["object", 0])):
        with pytest.raises(KeyError):
            proofs.part_of(raw, *path)


# --- keys ------------------------------------------------------------------------------------------------

WEAK = [
    bytes(32),  # of small order
    bytes([1]) + bytes(31),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),  # y = p: not reduced
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]
GOOD = PUBLIC.public_bytes_raw()


@pytest.mark.parametrize("raw", WEAK)
def test_weak_and_ambiguous_keys_are_refused(raw):
    with pytest.raises(Refused):
        from_multikey("z" + base58(b"\xed\x01" + raw))


@pytest.mark.parametrize(
    "text",
    [
        None, 5, "", "z", multikey(GOOD)[1:], "m" + multikey(GOOD)[1:], multikey(GOOD + b"\0"), multikey(GOOD[:-1]),
        "z" + base58(b"\xec\x01" + GOOD), "z" + base58(GOOD), multikey(GOOD) + "0", "z" + "1" * 200,
    ],
)  # fmt: skip
def test_what_is_no_ed25519_multikey_is_refused(text):
    with pytest.raises(Refused):
        from_multikey(text)


@given(st.binary(max_size=80))
def test_base58_comes_back(data):
    assert from_base58(base58(data)) == data
