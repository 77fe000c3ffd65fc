"""Heads between nodes: what a claim says of itself, and what it is to somebody who holds earlier ones."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Untranslatable
from federation.rules import heads
from federation.rules.heads import START, Claim, conflict, judge, read

GROUP, NODE, AT = "https://n.example/g/lievin", "https://n.example", "2026-11-22T00:00:00.000000Z"
DIGESTS = [sha256(bytes([i])).hexdigest() for i in range(12)]


def chain(digests):
    found = [START]
    for digest in digests:
        found.append(sha256(bytes.fromhex(found[-1]) + bytes.fromhex(digest)).hexdigest())
    return found


VALUES = chain(DIGESTS)


def claim(n, since=0, digests=DIGESTS):
    values = chain(digests)
    return Claim(GROUP, NODE, n, values[n], AT, since, values[since], tuple(digests[since:n]))


def test_a_claim_holds_by_its_own_digests_only():
    assert claim(5).holds()
    assert claim(5, 5).holds()
    assert not replace(claim(5), head="0" * 64).holds()
    assert not replace(claim(5), since=1).holds()
    assert not replace(claim(5, 2), digests=claim(5, 2).digests[::-1]).holds()
    assert not replace(claim(3), since_head="1" * 64).holds()


@pytest.mark.parametrize(
    ("told", "held", "word", "n"),
    [
        (claim(5), [], "extends", 0),
        (claim(5, 3), [], "gap", 0),
        (claim(5, 3), [2], "gap", 2),
        (claim(5, 3), [3], "extends", 3),
        (claim(5, 2), [1, 3], "extends", 3),
        (claim(5), [5], "known", 5),
        (claim(3), [5], "behind", 5),
    ],
)
def test_what_a_claim_is_to_a_witness(told, held, word, n):
    verdict = judge(told, [(each, VALUES[each]) for each in held])
    assert (verdict.word, verdict.n) == (word, n)


@given(st.integers(0, 11), st.integers(1, 12), st.integers(1, 2**12 - 1), st.integers(0, 12))
def test_another_past_is_a_fork_at_the_first_number_held_after_it(altered, n, bits, since):
    """Whoever changes entry `altered` contradicts every head held from there on that the claim reaches."""
    since, held = min(since, n), {each for each in range(1, 13) if bits >> (each - 1) & 1}
    other = [*DIGESTS[:altered], "f" * 64, *DIGESTS[altered + 1 :]]
    told, seen = claim(n, since, other), sorted((each, VALUES[each]) for each in held)
    differing = [each for each in sorted(held) if altered < each <= n and since <= each]
    verdict = judge(told, seen)
    assert (verdict.word == "fork") == bool(differing)
    if differing:
        assert verdict.n == differing[0]
        assert conflict(told, claim(differing[0], differing[0])) == differing[0]


def test_written_and_read_back():
    told = claim(5, 2)
    assert read(heads.document(told)) == told
    again = read(heads.confirmation(told, "https://w.example/actor"))
    assert (again.n, again.head, again.collective, again.at) == (5, told.head, GROUP, AT)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("@context", "https://www.w3.org/ns/activitystreams"),
        ("type", "Note"),
        ("to", "https://n.example/u/alix"),
        ("n", 0),
        ("n", True),
        ("n", "5"),
        ("n", 2**31),
        ("head", "A" * 64),
        ("head", "ab"),
        ("since", -1),
        ("sinceHead", 5),
        ("entryDigests", "ab"),
        ("entryDigests", ["ab"]),
        ("entryDigests", ["a" * 64] * 2001),
        ("at", "2026-11-22T00:00:00Z"),
        ("at", "demain"),
        ("collective", ""),
        ("node", None),
    ],
)
def test_what_is_malformed_is_named(field, value):
    document = {**heads.document(claim(5, 2)), field: value}
    with pytest.raises(Untranslatable):
        read(document)
