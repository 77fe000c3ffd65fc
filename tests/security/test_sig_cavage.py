"""SIG: the older form of signature, its coverage, digest and window (security.md 5, draft-cavage)."""

from datetime import UTC, datetime, timedelta

import pytest

from federation import keys
from federation.rules import cavage
from tests.peers import sign
from tests.security.conftest import ORIGIN, knock

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("digest", ["", "SHA-512=AAAA", "SHA-256=", "SHA-256=AAAA,SHA-256=AAAA"])
def test_digest_that_is_not_the_bodys_sha_256(alice, refused, digest):
    refused("digest", 401, lambda: knock(alice, alice.note(), change={"Digest": digest}))


@pytest.mark.parametrize(
    "covered",
    [
        "date",
        "(request-target) host date",
        "(request-target) date digest",
        "host date digest",
        "(request-target) host digest",
    ],
)
def test_signature_that_covers_too_little(alice, refused, covered):
    refused("sig-coverage", 401, lambda: knock(alice, alice.note(), covered=covered))


@pytest.mark.parametrize(
    "signature",
    [
        "x",
        'keyId="a"',
        'keyId="https://p1.example/k",headers="(request-target) host date digest",signature="%%%"',
        'keyId="https://p1.example/k",headers="(request-target) host date digest",signature=""',
        'keyId="not an address",headers="(request-target) host date digest",signature="AAAA"',
        'keyId="https://p1.example/k",keyId="https://p2.example/k",signature="AAAA"',
        'keyId="https://p1.example/k",headers="date date",signature="AAAA"',
        'keyId="https://p1.example/k",headers="(request-target) host date digest x-absent",signature="AAAA"',
        'keyId="https://p1.example/k",headers="(request-target)  host",signature="AAAA"',
        'keyId="' + "a" * 5000 + '",signature="AAAA"',
        'keyId="https://p1.example/k"signature="AAAA"',
    ],
)
def test_malformed_signature_data_costs_no_storage(alice, refused, signature):
    refused("sig-malformed", 401, lambda: knock(alice, alice.note(), headers={"Signature": signature}))


@pytest.mark.parametrize("age", [timedelta(hours=13, minutes=1), timedelta(days=400), -timedelta(hours=1, minutes=1)])
def test_signature_outside_its_window(alice, refused, age):
    refused("sig-stale", 401, lambda: knock(alice, alice.note(), at=datetime.now(UTC) - age))


@pytest.mark.parametrize("age", [timedelta(hours=12, minutes=59), -timedelta(minutes=59)])
def test_signature_at_the_edge_of_its_window(alice, age):
    assert knock(alice, alice.note(), at=datetime.now(UTC) - age)


@pytest.mark.parametrize("date", ["yesterday", "Sun, 22 Nov 2026 09:05:00 +0000", "Sun, 31 Feb 2026 09:05:00 GMT", ""])
def test_date_in_another_form(alice, refused, date):
    refused("sig-malformed", 401, lambda: knock(alice, alice.note(), change={"Date": date}))


def test_created_in_place_of_date(alice):
    now = int(datetime.now(UTC).timestamp())
    parameters = f'algorithm="hs2019",created={now},expires={now + 60}'

    assert knock(alice, alice.note(), covered="(request-target) host (created) digest", parameters=parameters)


def test_created_and_expires_bound_the_window(alice, refused):
    old = int(datetime.now(UTC).timestamp()) - 13 * 3600 - 60
    ended = f'algorithm="hs2019",created={old + 7200},expires={old + 7300}'
    covered = "(request-target) host (created) digest"

    stale = f'algorithm="hs2019",created={old}'
    refused("sig-stale", 401, lambda: knock(alice, alice.note(), covered=covered, parameters=stale))
    refused("sig-stale", 401, lambda: knock(alice, alice.note(), covered=covered, parameters=ended))


def test_created_is_not_for_rsa_sha256(alice, refused):
    parameters = f'algorithm="rsa-sha256",created={int(datetime.now(UTC).timestamp())}'
    covered = "(request-target) host (created) digest"

    refused("sig-malformed", 401, lambda: knock(alice, alice.note(), covered=covered, parameters=parameters))


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none", "rsa-sha512", "rsa-sha1", "ed25519"])
def test_sig_10_other_algorithms(alice, refused, algorithm):
    refused("sig-malformed", 401, lambda: knock(alice, alice.note(), parameters=f'algorithm="{algorithm}"'))


def test_our_signatures_are_what_others_expect(alice):
    """Verified by hand, without our reader: the base is rebuilt from the headers that were sent."""
    body, url = b'{"id": 1}', "http://localhost:8001/u/x/inbox?y=1"
    key = keys.signing_key(f"{ORIGIN}/actor")
    headers = cavage.headers_for("POST", url, body, key=key, now=datetime(2026, 11, 22, 9, 5, tzinfo=UTC))

    assert headers["Date"] == "Sun, 22 Nov 2026 09:05:00 GMT"
    assert 'headers="(request-target) host date digest content-type"' in headers["Signature"]
    mine = sign(alice, url, body, private=key.private, key_id=key.key_id, change={"Date": headers["Date"]})
    assert mine["Signature"].split("signature=")[1] == headers["Signature"].split("signature=")[1]
