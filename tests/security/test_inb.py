"""INB: no body, however malformed, causes a server error or leaves a trace (security.md 9)."""

import json
import random

import pytest

from federation import gate, steps
from federation.errors import Refused
from tests.peers import ACTIVITY_JSON, encoded, sign
from tests.security.conftest import INBOX, effects, knock, request, rows, unsigned

pytestmark = pytest.mark.django_db

SEED, MUTATIONS = 20261122, 2000
MALFORMED = {
    "list": b"[]",
    "number": b"5",
    "null": b"null",
    "string": b'"x"',
    "object": b"{}",
    "empty": b"",
    "id number": b'{"id": 5, "type": "Like", "actor": "http://localhost/u"}',
    "id object": b'{"id": {}, "type": "Like", "actor": "http://localhost/u"}',
    "id null": b'{"id": null, "type": "Like", "actor": "http://localhost/u"}',
    "type list": b'{"id": "http://localhost/1", "type": ["Like"], "actor": "http://localhost/u"}',
    "id long": b'{"id": "http://localhost/' + b"a" * 600 + b'", "type": "Like", "actor": "http://localhost/u"}',
    "surrogate": b'{"id": "http://localhost/1", "type": "Like", "actor": "http://localhost/u", "x": "\\ud800"}',
    "surrogate bytes": b'{"id": "\xed\xa0\x80", "type": "Like", "actor": "http://localhost/u"}',
    "NUL": b'{"id": "http://localhost/\\u0000", "type": "Like", "actor": "http://localhost/u"}',
    "NUL byte": b'{"id": "http://localhost/\0", "type": "Like", "actor": "http://localhost/u"}',
    "brackets": b"[" * 100_000,
    "nested": b'{"a":' * 40_000,
    "deep": b'{"id":"http://localhost/1","type":"Like","actor":"http://localhost/u","x":'
    + b"[" * 32
    + b"]" * 32
    + b"}",
    "wide list": json.dumps({"id": "a", "type": "Like", "actor": "b", "to": ["x"] * 257}).encode(),
    "wide object": json.dumps({f"k{number}": 1 for number in range(257)}).encode(),
    "many": json.dumps({"id": "a", "type": "Like", "actor": "b", "x": [[1] * 200] * 100}).encode(),
    "unended": b'"' + b'\\"' * 100_000,
    # INB-06: what other parsers read otherwise
    "duplicate": b'{"id": "http://localhost/1", "id": "http://localhost/2", "type": "Like", "actor": "b"}',
    "mark": b'\xef\xbb\xbf{"id": "a", "type": "Like", "actor": "b"}',
    "UTF-16": '{"id": "a", "type": "Like", "actor": "b"}'.encode("utf-16"),
    "NaN": b'{"id": "a", "type": "Like", "actor": "b", "x": NaN}',
    "infinity": b'{"id": "a", "type": "Like", "actor": "b", "x": -Infinity}',
    "1e400": b'{"id": "a", "type": "Like", "actor": "b", "x": 1e400}',
    "digits": b'{"id": "a", "type": "Like", "actor": "b", "x": ' + b"9" * 5000 + b"}",
    "comment": b'{"id": "a", "type": "Like", "actor": "b"} // x',
    "trailing": b'{"id": "a", "type": "Like", "actor": "b"}{}',
    "comma": b'{"id": "a", "type": "Like", "actor": "b",}',
}


@pytest.mark.parametrize("name", MALFORMED)
def test_inb_01_and_06_malformed_bodies(alice, refused, name):
    body = MALFORMED[name]

    refused("json", 400, lambda: unsigned(body))
    refused("json", 400, lambda: knock(alice, body))


def test_inb_01_255_items_are_fine(alice):
    assert knock(alice, {**alice.note(), "cc": [f"https://p9.example/u/{number}" for number in range(255)]})


@pytest.mark.parametrize("tags", [257, 5000])
def test_inb_04_wide_document(alice, refused, tags):
    activity = {**alice.note(), "tag": [{"type": "Mention", "href": "https://p9.example/u"}] * tags}
    code, status = ("size", 413) if len(encoded(activity)) > steps.MAX_BODY else ("json", 400)

    refused(code, status, lambda: knock(alice, activity))


def test_body_too_large(alice, refused):
    activity = {**alice.note(), "content": "x" * steps.MAX_BODY}

    refused("size", 413, lambda: knock(alice, activity))


def test_body_larger_than_it_says(alice, refused):
    """The limit is counted while reading: the length that a request claims is not believed."""
    body = b" " * (steps.MAX_BODY + 1)
    lying = request(body, {"Content-Type": ACTIVITY_JSON})
    lying.META["CONTENT_LENGTH"] = ""

    refused("size", 413, lambda: gate.admit(lying))


def test_headers_too_large(alice, refused):
    refused("size", 431, lambda: knock(alice, alice.note(), headers={"X-Long": "x" * steps.MAX_HEADERS}))


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/ld+json",
        'application/ld+json; profile="https://p9.example/"',
    ],
)
def test_inb_07_media_types(alice, refused, kind):
    refused("media-type", 415, lambda: knock(alice, alice.note(), headers={"Content-Type": kind}))


@pytest.mark.parametrize(
    "kind",
    [
        "application/activity+json",
        "application/activity+json; charset=utf-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    ],
)
def test_inb_07_the_two_media_types(alice, kind):
    assert knock(alice, alice.note(), change={"Content-Type": kind})


def test_rate_by_address(alice, refused, settings):
    settings.FEDERATION_TEST_PEERS = []
    for _time in range(steps.ADDRESS_LIMIT):
        with pytest.raises(Refused):
            unsigned(b"{}")

    assert refused("rate", 429, lambda: unsigned(b"{}")).retry_after
    other = {"REMOTE_ADDR": "127.0.0.2"}
    refused("json", 400, lambda: gate.admit(request(b"{}", {"Content-Type": ACTIVITY_JSON}, **other)))


def test_addresses_of_the_test_allowlist_may_come_more_often(p1, monkeypatch, refused):
    monkeypatch.setattr(steps, "ADDRESS_LIMIT", 1)
    for _time in range(3):
        refused("json", 400, lambda: unsigned(b"{}"))


def test_inb_11_activity_flood_of_one_peer(alice, p2, monkeypatch, refused):
    monkeypatch.setattr(steps, "PEER_LIMIT", 3)
    honest = p2.actor("honest")
    for _time in range(3):
        knock(alice, alice.note())

    assert refused("rate", 429, lambda: knock(alice, alice.note())).retry_after
    assert knock(honest, honest.note())
    assert effects() == 4


def test_security_line_is_escaped_and_holds_no_body(alice, caplog):
    name = "http://localhost/\x1b[31m\u202e"
    header = f'keyId="{name}",headers="(request-target) host date digest",signature="AAAA"'
    with caplog.at_level("INFO", "toile.security"), pytest.raises(Refused):
        knock(alice, alice.note(), headers={"Signature": header.encode().decode("latin-1")})

    [line] = [record.getMessage() for record in caplog.records if record.name == "toile.security"]
    assert line.isascii()
    assert line.isprintable()
    assert "Bonjour" not in line


def test_problem_tells_code_and_when_to_come_again():
    status, headers, body = gate.problem(Refused("rate", retry_after=7))

    assert (status, headers["Retry-After"], headers["Content-Type"]) == (429, "7", "application/problem+json")
    assert body["code"] == "rate"


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Return `body` with a few bytes changed, cut, doubled, or pieces of JSON put in."""
    found = bytearray(body)
    for _time in range(chance.randint(1, 4)):
        place = chance.randrange(len(found) + 1)
        piece = chance.choice(
            [b"", b"[", b"{", b"}", b'"', b"\0", b"\xff", b"null", b'"id":5,', b"\\ud800", b"1e999", b","]
        )
        end = min(len(found), place + chance.choice([0, 1, 1, 5, 40]))
        found[place:end] = piece * chance.choice([1, 1, 2, 100])
    return bytes(found)


def answer(act) -> int:
    """Return the status that the gate answers."""
    try:
        act()
    except Refused as refused:
        return refused.status
    return 202


def test_mutated_bodies_with_true_signatures_cause_no_server_error(alice, monkeypatch):
    """Even the key's holder gets a 4xx for nonsense; what is not let in leaves nothing."""
    monkeypatch.setattr(steps, "PEER_LIMIT", MUTATIONS * 2)
    chance = random.Random(SEED)
    body = encoded(alice.note())
    knock(alice, alice.note())
    before, statuses = rows(), {}
    for _time in range(MUTATIONS):
        status = answer(lambda: knock(alice, mutated(body, chance)))
        statuses[status] = statuses.get(status, 0) + 1

    print(f"seed {SEED}: {statuses}")  # noqa: T201 - the seed and what came of it
    after = rows()
    assert all(status < 500 for status in statuses)
    assert statuses[400] > MUTATIONS / 2
    assert {name for name in after if after[name] != before[name]} <= {"Envelope", "Replay"}
    assert after["Envelope"] - before["Envelope"] <= statuses.get(202, 0)


def test_mutated_requests_without_a_true_signature_leave_no_row(alice):
    chance = random.Random(SEED)
    activity = alice.note()
    body = encoded(activity)
    headers = sign(alice, INBOX, body)
    before = rows()
    for _time in range(MUTATIONS):
        changed = mutated(body, chance)
        if changed != body:
            assert 400 <= answer(lambda changed=changed: gate.admit(request(changed, headers))) < 500

    assert rows() == before
    assert knock(alice, activity)
