"""Twenty thousand messages spoilt at random: no server error, and no row from whoever did not prove who they are.

Half are changed and then truly signed, so that everything after the signature is reached too: what the gate lets in is
processed, and nothing of it may fail. Half bear a signature made for something else. The seed is printed.
"""

import json
import logging
import os
import random
from collections import Counter
from copy import deepcopy
from pathlib import Path

import pytest
from django.apps import apps

from federation import gate, inbox, steps
from federation.models import Envelope, Node, Outcome, Standing
from network import rates
from tests.peers import encoded, sign
from tests.security.conftest import INBOX, request

pytestmark = pytest.mark.django_db

SEED = 20_261_122
MESSAGES = 20_000 if os.environ.get("TOILE_TEST_DATABASE", "sqlite") == "sqlite" else 2_000  # the rules are the same
TOGETHER = 100
OURS = ("federation.", "network.", "governance.")
PAYLOADS = sorted((Path(__file__).parents[1] / "payloads").glob("*/*.json"))
PIECES = [b"", b"[", b"{", b"}", b'"', b"\0", b"\xff", b"null", b'"id":5,', b"\\ud800", b"1e999", b",", b"@", b":"]
VALUES = [
    None, True, 0, -1, 1e308, 2**70, "", "x", "as:Public", "http://[::1", "http://localhost/\u202e", "data:,x", "//x",
    "é" * 600, [], {}, [[]], [{}], {"id": None}, {"id": 5}, {"type": ["Note", "Proposal"]}, {"@id": "urn:x"},
    ["a", 1, None],
]  # fmt: skip
NAMES = ["type", "id", "@context", "actor", "object", "to", "x:y", "@reverse"]
TYPES = [
    "Create", "Update", "Delete", "Undo", "Follow", "Accept", "Reject", "Add", "Remove", "Move", "Announce", "Like",
    "Block", "Flag", "Offer", "Question", "Note", "Person", "Tombstone", "Relationship", "Proposal", "Agreement", "",
]  # fmt: skip


def shapes(actor) -> list[dict]:
    """Return activities of `actor` around every payload that the tests know, each under the actor's own origin."""
    made = [actor.note(), actor.activity("Follow", "http://localhost:8000/u/bob"), actor.activity("Like", "urn:x")]
    for path in PAYLOADS:
        text = path.read_text()
        for host in ("https://n.example", "https://c.example", "https://b.example"):
            text = text.replace(host, actor.peer.origin)
        made.append(actor.activity("Create", json.loads(text)))
    return made


def bent(value: object, chance: random.Random) -> object:
    """Return a copy of a JSON value with a few parts replaced, doubled, renamed or lost."""
    copy = json.loads(json.dumps(value))
    for _time in range(chance.randint(1, 4)):
        place = copy
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = chance.choice(keys)
            if not isinstance(place[key], dict | list) or chance.random() < 0.4:
                _change(place, key, chance)
                break
            place = place[key]
    return copy


def _change(place, key, chance: random.Random) -> None:
    how = chance.randrange(5)
    if how == 0:
        place[key] = deepcopy(chance.choice(VALUES))
    elif how == 1:
        place[key] = [deepcopy(place[key]) for _copy in range(chance.choice([1, 2, 300]))]
    elif how == 2 and isinstance(place, dict):
        place[chance.choice(["type", "id", "@context", "actor", "object", "to", "x:y", "@reverse"])] = deepcopy(
            place[key]
        )
    elif how == 3 and isinstance(place, dict):
        place["type"] = chance.choice(TYPES)
    else:
        del place[key]


def spoilt(body: bytes, chance: random.Random) -> bytes:
    """Return `body` with some bytes changed, cut or doubled."""
    found = bytearray(body)
    for _time in range(chance.randint(1, 3)):
        start = chance.randrange(len(found) + 1)
        found[start : start + chance.choice([0, 1, 5, 40])] = chance.choice(PIECES) * chance.choice([1, 1, 2, 100])
    return bytes(found)


def rows() -> dict[str, int]:
    return {
        model.__name__: model.objects.count() for model in apps.get_models() if model.__module__.split(".")[0] in OURS
    }


OURS = ("federation", "network", "governance")


@pytest.fixture
def patient(monkeypatch):
    """Nobody is told to come back later, or the limits would be all that is tested."""
    monkeypatch.setattr(rates, "allow", lambda *_args: 0)


def judged(requests: list) -> list:
    """Return what the gate makes of these messages."""
    outcomes = []
    for first in range(0, len(requests), TOGETHER):
        outcomes += gate.judge(requests[first : first + TOGETHER])
    return [gate.finish(one) if isinstance(one, steps.Knock) else one for one in outcomes]


def statuses(outcomes: list) -> Counter:
    return Counter(202 if isinstance(outcome, gate.Admitted) else outcome.status for outcome in outcomes)


def test_spoilt_and_then_truly_signed(alice, patient, caplog):
    caplog.set_level(logging.CRITICAL, "toile.security")
    chance = random.Random(SEED)
    Node.objects.create(origin=alice.peer.origin, standing=Standing.PEER)
    known = encoded(alice.note())
    gate.admit(request(known, sign(alice, INBOX, known)))
    models, made = shapes(alice), []
    for number in range(MESSAGES // 2):
        body = json.dumps({**bent(chance.choice(models), chance), "id": f"{alice.uri}/{number}"}).encode()
        body = spoilt(body, chance) if chance.random() < 0.3 else body
        made.append(request(body, sign(alice, INBOX, body)))
    found = statuses(judged(made))
    print(f"\nseed {SEED}: {dict(found)}")
    assert all(status < 500 for status in found)
    assert found[202] > 100
    for envelope in Envelope.objects.filter(outcome=Outcome.WAITING).values_list("pk", flat=True):
        inbox.process(envelope)
    outcomes = Counter(Envelope.objects.values_list("outcome", flat=True))
    print(dict(outcomes))
    failed = Envelope.objects.filter(outcome=Outcome.FAILED).first()
    assert failed is None, (failed.detail, bytes(failed.body)[:2000])


def test_spoilt_under_a_signature_made_for_something_else(alice, patient, caplog):
    caplog.set_level(logging.CRITICAL, "toile.security")
    chance = random.Random(SEED + 1)
    known = encoded(alice.note())
    gate.admit(request(known, sign(alice, INBOX, known)))
    signed = [(body := encoded(shape), sign(alice, INBOX, body)) for shape in shapes(alice)]
    before, made = rows(), []
    while len(made) < MESSAGES // 2:
        body, headers = chance.choice(signed)
        other = encoded(bent(json.loads(body), chance)) if chance.random() < 0.5 else spoilt(body, chance)
        if other != body:
            made.append(request(other, headers))
    found = statuses(judged(made))
    print(f"\nseed {SEED + 1}: {dict(found)}")
    assert all(400 <= status < 500 for status in found)
    assert rows() == before
