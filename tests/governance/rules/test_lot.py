"""Lots: the published checks, and that every order is as likely as another."""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.errors import Invalid
from governance.rules.lot import commitment, permutation, rfc3797, rfc3797_digest, rfc3797_key, seed

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "lots.json").read_text())
names = st.lists(st.text(min_size=1, max_size=6), unique=True, max_size=12)


def test_the_published_check_of_the_beacon():
    known = VECTORS["beacon"]
    found = seed(known["identifier"], [bytes.fromhex(each) for each in known["secrets"]], known["beacon"])
    assert found.hex() == known["seed"]
    assert permutation(found, known["pool"]) == known["order"]


def test_the_check_of_rfc_3797():
    known = VECTORS["rfc3797"]
    assert rfc3797_key(known["sources"]) == known["key"]
    assert rfc3797_digest(known["key"], 0).hex().upper() == known["first_digest"]
    assert rfc3797(known["key"], known["size"], 5) == known["first_five"]
    assert sorted(rfc3797(known["key"], known["size"])) == list(range(1, known["size"] + 1))


@given(st.binary(min_size=32, max_size=32), names, st.randoms())
@settings(max_examples=60, deadline=None)
def test_a_permutation_holds_everybody_once_whatever_the_order_given(sown, pool, chance):
    shuffled = list(pool)
    chance.shuffle(shuffled)
    drawn = permutation(sown, pool)
    assert sorted(drawn) == sorted(pool)
    assert drawn == permutation(sown, shuffled)


def test_every_order_is_as_likely():
    found = Counter(tuple(permutation(sha256(bytes([n % 256, n // 256])).digest(), list("abc"))) for n in range(6_000))
    assert len(found) == 6
    assert all(850 <= count <= 1_150 for count in found.values())


def test_the_order_of_reveals_changes_nothing_but_every_secret_does():
    one, two = b"\x01" * 32, b"\x02" * 32
    assert seed("x", [one, two], "b") == seed("x", [two, one], "b")
    assert len({seed("x", [one, two], "b"), seed("x", [one], "b"), seed("y", [one], "b"), seed("x", [one], "c")}) == 4


def test_a_commitment_hides_and_binds():
    assert commitment(b"\x01" * 32, b"\x02" * 32) == sha256(b"commit\0" + b"\x01" * 32 + b"\x02" * 32).hexdigest()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: commitment(b"", b"\x02" * 32), "secret_malformed"),
        (lambda: seed("", [], "b"), "identifier_malformed"),
        (lambda: seed("a\0b", [], "b"), "identifier_malformed"),
        (lambda: seed("a", [b"short"], "b"), "secret_malformed"),
        (lambda: permutation(b"short", ["a"]), "seed_malformed"),
        (lambda: permutation(b"\x00" * 32, ["a", "a"]), "pool_doubled"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, code):
    with pytest.raises(Invalid, match=code):
        call()
