"""The arithmetic of HTTP Message Signatures, against the published test cases (RFC 9421, B.2)."""

import hmac
import json
from base64 import b64decode, urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Refused
from federation.rules import rfc9421
from federation.rules.signatures import Claim, Message, SigningKey, verify

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "rfc9421-b2.json").read_text())
CASES = {case["section"]: case for case in VECTORS["cases"]}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def message() -> Message:
    request = VECTORS["request"]
    headers = {name.lower(): value for name, value in request["headers"]}
    return Message(request["method"], request["target"], headers, request["body"].encode(), "https://example.com")


def base(case) -> bytes:
    parameters = {"created": case["created"], "keyid": case["key"]["keyid"]}
    return rfc9421.signature_base(case["components"], parameters, message())


def signature(case) -> bytes:
    return b64decode(case["expected"]["signature"].partition("=")[2].strip(":"))


@pytest.mark.parametrize("section", CASES)
def test_signature_base_is_that_of_the_standard(section):
    assert base(CASES[section]) == CASES[section]["expected"]["signatureBase"].encode()


def test_b_2_5_mac_over_our_base_is_that_of_the_standard():
    case = CASES["B.2.5"]
    secret = b64decode(case["key"]["secretBase64"])

    assert hmac.new(secret, base(case), "sha256").digest() == signature(case)


def test_b_2_6_ed25519_verifies_and_is_made_again():
    case = CASES["B.2.6"]
    private = Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(case["key"]["jwk"]["d"] + "="))
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["key"]["publicKeyHex"]))
    claim = Claim("k", signature(case), base(case), NOW, NOW)

    assert verify(claim, public)
    assert not verify(Claim("k", signature(case), base(case) + b" ", NOW, NOW), public)
    assert SigningKey("k", private).sign(base(case)) == signature(case)


@pytest.mark.parametrize("section", CASES)
def test_what_the_standard_signs_there_is_too_little_for_us(section):
    case = CASES[section]
    made = message()
    headers = {
        **made.headers,
        "signature-input": case["expected"]["signatureInput"],
        "signature": case["expected"]["signature"],
    }

    with pytest.raises(Refused) as caught:
        rfc9421.read(Message(made.method, made.target, headers, made.body, made.origin))
    assert caught.value.code == "sig-coverage"


def test_components_of_a_request_without_path_or_query():
    names = ["@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"]
    lines = (
        rfc9421.signature_base(names, {}, Message("GET", "/", {}, origin="http://n.example:81")).decode().split("\n")
    )

    values = [line.partition(": ")[2] for line in lines[:-1]]
    assert values == ["GET", "http://n.example:81/", "n.example:81", "http", "/", "/", "?"]


def test_field_values_lose_the_spaces_around_them():
    made = rfc9421.signature_base(["x-a"], {}, Message("GET", "/", {"x-a": "\t one  two "}))

    assert made == b'"x-a": one  two\n"@signature-params": ("x-a")'


FIELD = st.text(alphabet='()";=:,?@%01-9.az*\\ \té', max_size=60)


@given(FIELD, FIELD, FIELD)
def test_whatever_the_fields_hold_the_answer_is_a_claim_or_a_refusal(described, made, digest):
    headers = {"signature-input": described, "signature": made, "content-digest": digest}
    outcome: Claim | Refused
    try:
        outcome = rfc9421.read(Message("POST", "/", headers, b"", "https://n.example"))
    except Refused as refused:
        outcome = refused
    assert isinstance(outcome, Claim) or outcome.status == 401
