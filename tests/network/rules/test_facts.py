"""What counts among facts, in whatever order they came; the digest; the figures of the charter."""

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.rules.facts import (
    DEFAULT_TERMS,
    YEAR,
    Facts,
    MemberFact,
    TrustTerms,
    View,
    VouchFact,
    digest,
    grave_of,
    weight,
)
from network.rules.pagerank import trust_scores
from network.rules.paths import disjoint_paths
from tests.network.rules.graphs import AT, HOME, OLD, attests, facts_of

ALICE, BOB, CAROL = (f"https://a.example/u/{name}" for name in ("alice", "bob", "carol"))
ATT_1, ATT_2 = "https://a.example/att/1", "https://a.example/att/2"
WITH_TOMBSTONE = "160d1d58ad47e87c531271ab5ffbe469f81135620dd6143e88472c1f670c7ea2"
WITHOUT = "d54c563ab36fdd7617800c13c64c2fadb81ff73824e40aa9c0b230c10fcb23fd"


def _att(name, u, w, level, issued, expires):
    day = datetime.fromisoformat
    return VouchFact(name, u, w, "charte", level, day(issued + "T00Z"), day(expires + "T00Z"), "sha256:c0")


FIRST = _att(ATT_1, ALICE, BOB, 2, "2026-01-01", "2028-01-01")
RENEWED = _att(ATT_1, ALICE, BOB, 3, "2026-06-01", "2028-05-31")
SECOND = _att(ATT_2, BOB, CAROL, 3, "2026-02-01", "2028-01-31")


# --- CV12: the digest ------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations([FIRST, RENEWED, SECOND])))
def test_digest_is_the_published_one_in_every_order_with_repetition(order):
    doubled = [*order, *reversed(order)]
    assert digest(Facts.of(doubled, [grave_of(ATT_2, BOB)] * 2)) == WITH_TOMBSTONE
    assert digest(Facts.of(doubled)) == WITHOUT


def test_members_paths_and_scores_do_not_depend_on_order_either():
    members = [MemberFact(HOME, who, datetime(2025, 1, 1, tzinfo=UTC)) for who in (ALICE, BOB, CAROL)]
    at, seen = datetime(2026, 7, 1, tzinfo=UTC), set()
    for order in permutations([FIRST, RENEWED, SECOND, *members]):
        vouches = [fact for fact in order if isinstance(fact, VouchFact)]
        facts = Facts.of(vouches, members=[fact for fact in order if isinstance(fact, MemberFact)])
        pi = trust_scores(facts, View(ALICE), at, DEFAULT_TERMS)
        found = disjoint_paths(facts, View(ALICE), CAROL, at, DEFAULT_TERMS)
        seen.add((facts.members_at(at), found, tuple(pi.items())))
    assert len(seen) == 1


def test_of_two_versions_of_one_instant_the_greater_line_stands_in_every_order():
    """Frozen sets iterate in an order of their own, so many pairs are tried."""
    for n in range(20):
        low, high = attests(ALICE, f"w{n}", level=1, name="x"), attests(ALICE, f"w{n}", level=2, name="x")
        assert Facts.of([low, high]).surviving == Facts.of([high, low]).surviving == (high,)


def test_a_tombstone_counts_only_against_versions_of_its_own_issuer():
    assert digest(Facts.of([SECOND], [grave_of(ATT_2, ALICE)])) != digest(Facts.of([], [grave_of(ATT_2, BOB)]))
    assert Facts.of([SECOND], [grave_of(ATT_2, ALICE)]).surviving == (SECOND,)


def test_a_tombstone_beats_a_version_that_is_later_than_it():
    assert Facts.of([FIRST, RENEWED], [grave_of(ATT_1, ALICE)]).surviving == ()


@pytest.mark.parametrize("other", [{"w": CAROL}, {"kind": "competence:nextcloud"}])
def test_an_id_under_which_two_things_were_attested_is_as_one_revoked_in_every_order(other):
    """However many versions say the one and the other, and whichever is the latest."""
    two = [attests(ALICE, BOB, issued=AT + timedelta(days=n), name="x") for n in (0, 5)]
    third = attests(
        ALICE, other.get("w", BOB), issued=AT + timedelta(days=2), name="x", kind=other.get("kind", "charte")
    )
    revoked = digest(Facts.of(two, [grave_of("x", ALICE)]))
    for order in permutations([*two, third]):
        assert Facts.of(order).surviving == ()
        assert digest(Facts.of(order)) == revoked
    same_id = attests(BOB, CAROL, name="x")
    assert Facts.of([*two, third, same_id]).surviving == (same_id,)


def test_private_attestations_are_no_part_of_the_digest():
    private = attests(ALICE, BOB, kind="prestation", public=False)
    assert digest(Facts.of([SECOND, private])) == digest(Facts.of([SECOND]))


def test_a_tombstone_keeps_nothing_that_can_be_read():
    grave = grave_of("abc", BOB)
    assert grave.uri_digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    assert BOB not in repr(grave)


# --- CV10 and validity -----------------------------------------------------------------------------------


def test_weight_halves_in_a_year_and_ends_with_the_longest_validity():
    fact = attests("u", "w", level=3, days=4000)
    at = [AT, AT + timedelta(days=365.25), AT + 2 * YEAR - timedelta(seconds=1), AT + 2 * YEAR]
    assert [round(weight(fact, t, DEFAULT_TERMS), 6) for t in at] == [1, 0.5, 0.25, 0]
    assert weight(fact, AT - timedelta(microseconds=1), DEFAULT_TERMS) == 0
    assert weight(attests("u", "w", level=1), AT, DEFAULT_TERMS) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("at", "counts"),
    [(AT - timedelta(microseconds=1), 0), (AT, 1), (AT + timedelta(days=9, hours=23), 1), (AT + timedelta(days=10), 0)],
)
def test_an_attestation_counts_from_its_date_until_its_end(at, counts):
    assert len(facts_of([("u", "w")], days=10).counting(at, DEFAULT_TERMS)) == counts


def test_attestations_of_a_former_member_stop_counting_that_day_and_history_stays():
    left = AT + timedelta(days=5)
    facts = Facts.of([attests("u", "w")], members=[MemberFact(HOME, "u", OLD, left)])
    assert len(facts.counting(left - timedelta(seconds=1), DEFAULT_TERMS)) == 1
    assert facts.counting(left, DEFAULT_TERMS) == ()
    assert len(facts.counting(AT, DEFAULT_TERMS)) == 1


def test_nobody_counts_for_themselves_and_a_client_needs_no_membership():
    facts = Facts.of(
        [attests("u", "u"), attests("x", "w", kind="prestation"), attests("x", "w", kind="competence:nextcloud")],
        members=[MemberFact(HOME, "u", OLD)],
    )
    assert [fact.kind for fact in facts.counting(AT, DEFAULT_TERMS)] == ["prestation"]


def test_of_two_attestations_of_one_kind_the_later_counts():
    older = attests("u", "w", level=3, issued=AT - timedelta(days=9), name="z")
    facts = Facts.of([older, attests("u", "w", level=1, name="a")], members=[MemberFact(HOME, "u", OLD)])
    assert [fact.id for fact in facts.counting(AT, DEFAULT_TERMS)] == ["a"]


def test_a_private_attestation_neither_shows_nor_hides_a_public_one_from_others():
    public = attests("u", "w", kind="prestation", name="public", issued=AT - timedelta(days=1))
    private = attests("u", "w", kind="prestation", name="private", public=False)
    facts = Facts.of([public, private])
    assert [fact.id for fact in facts.counting(AT, DEFAULT_TERMS)] == ["public"]
    assert [fact.id for fact in facts.counting(AT, DEFAULT_TERMS, seen_by="w")] == ["public"]
    assert [fact.id for fact in facts.counting(AT, DEFAULT_TERMS, seen_by="u")] == ["private"]


@given(st.randoms(use_true_random=False))
def test_digest_and_counting_depend_on_the_set_only(chance: random.Random):
    versions = [
        attests(
            chance.choice("abc"), chance.choice("xyz"), issued=AT + timedelta(days=n), name=chance.choice("1234567")
        )
        for n in range(12)
    ]
    graves = [grave_of(fact.id, fact.issuer) for fact in chance.sample(versions, 2)]
    members = [MemberFact(HOME, who, OLD) for who in "abc"]
    straight = Facts.of(versions, graves, members)
    mixed = Facts.of(chance.sample(versions, 12) + versions[:3], graves[::-1] + graves, members[::-1])
    at = AT + timedelta(days=20)
    assert digest(straight) == digest(mixed)
    assert straight.counting(at, DEFAULT_TERMS) == mixed.counting(at, DEFAULT_TERMS)


# --- the figures of the charter --------------------------------------------------------------------------


def test_figures_are_exact_and_survive_being_written():
    terms = TrustTerms.from_text(
        {"trust.x": "2/3", "trust.alpha": "0.3", "trust.rate_days": "7", "trust.validity": "1/2"}
    )
    assert (terms.x, terms.alpha) == (Fraction(2, 3), Fraction(3, 10))
    assert terms.rate_days == timedelta(days=7)
    assert terms.validity == YEAR / 2
    assert TrustTerms.from_text(terms.to_text()) == terms


@pytest.mark.parametrize(
    "text",
    [
        {"trust.q": "two"},
        {"trust.q": "0"},
        {"trust.q": "5/2"},
        {"trust.d": "4"},
        {"trust.L": "7"},
        {"trust.x": "6/5"},
        {"trust.x": "1/0"},
        {"trust.alpha": "1/2"},
        {"trust.x": "nan"},
        {"trust.validity": "100"},
        {"trust.unheard_of": "1"},
    ],
)
def test_figures_out_of_bounds_are_refused_by_name(text):
    with pytest.raises(ValueError, match=next(iter(text))):
        TrustTerms.from_text(text)


def test_terms_of_other_parts_are_left_alone():
    assert TrustTerms.from_text({"consent.rounds": "nonsense"}) == DEFAULT_TERMS


@pytest.mark.parametrize("issued", ["9999-06-01", "0001-01-01"])
def test_an_end_is_right_at_the_ends_of_the_calendar(issued):
    said = _att(ATT_1, ALICE, BOB, 3, issued, "9999-12-31")
    counted = said.issued + DEFAULT_TERMS.validity if issued < "9000" else said.expires
    assert said.ends(DEFAULT_TERMS) == counted
