"""Layer 1: threshold, distance and rate."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.rules.belonging import belonging, counted_from, distance, threshold, whole_root
from network.rules.facts import DEFAULT_TERMS, Facts, MemberFact, TrustTerms, grave_of
from tests.network.rules.graphs import AT, HOME, OLD, arrows, attests, facts_of

CV1 = arrows("0>1 1>2 2>4 4>5 5>6 6>7 6>5 2>3 3>2 8>3 9>8 8>10 10>11 11>10 11>9 9>11")
ALL = frozenset(str(n) for n in range(12))


@pytest.mark.parametrize(("members", "q"), [(1, 1), (3, 1), (4, 2), (6, 3), (100, 3), (101, 5)])
def test_threshold(members, q):  # CV7
    assert threshold(members, DEFAULT_TERMS) == q


@given(st.integers(1, 10**6), st.integers(1, 6))
def test_the_root_is_exact(n, k):
    y = whole_root(n, k)
    assert y**k >= n
    assert y == 1 or (y - 1) ** k < n


@pytest.mark.parametrize(("k", "passing", "failing"), [(1, "0.22", "0.23"), (2, "0.33", "0.34"), (5, "0.66", "0.67")])
def test_distance_rule(k, passing, failing):  # CV1
    assert distance(CV1, ALL, "2", y=1, k=k, x=Fraction(passing)).passes
    assert not distance(CV1, ALL, "2", y=1, k=k, x=Fraction(failing)).passes


def test_distance_in_detail():  # CV1
    far = distance(CV1, ALL, "2", y=1, k=5, x=Fraction("0.67"))
    assert (len(far.reached), far.referents_reached, far.referents, far.passes) == (7, 6, 9, False)
    assert distance(CV1, ALL, "0", y=1, k=5, x=Fraction(0)).referents == 10


@pytest.mark.parametrize("k", range(1, 8))
def test_distance_with_two_referents(k):  # CV1: référents 2 and 11; 2 is the candidate, and never counted
    far = distance(CV1, ALL, "2", y=2, k=k, x=Fraction(1))
    assert (far.referents, far.passes) == (1, k >= 4)


def test_equality_passes_and_so_does_a_collective_without_referents():
    assert distance(arrows("a>b b>a a>w c>d d>c"), frozenset("abcd"), "w", y=1, k=2, x=Fraction(1, 2)).passes
    assert distance([], frozenset("ab"), "w", y=1, k=3, x=Fraction(4, 5)).passes


def _collective(n, vouchers, *, days_apart=40, **columns):
    """`n` old members, of whom the first `vouchers` attest w, `days_apart` days apart."""
    members = [MemberFact(HOME, f"m{i:02}", OLD) for i in range(n)]
    vouches = [attests(f"m{i:02}", "w", issued=AT - timedelta(days=days_apart * i), **columns) for i in range(vouchers)]
    return Facts.of(vouches, members=members)


def test_somebody_attested_by_enough_members_belongs():
    seen = belonging(_collective(12, 3), "w", AT, DEFAULT_TERMS, collective=HOME)
    assert (seen.q, seen.attesters, seen.passes) == (3, ("m00", "m01", "m02"), True)


def test_one_too_few_does_not():
    seen = belonging(_collective(12, 2), "w", AT, DEFAULT_TERMS, collective=HOME)
    assert (len(seen.attesters), seen.passes) == (2, False)


def test_attesters_must_be_of_this_collective():
    facts = _collective(12, 3)
    elsewhere = Facts.of(
        [*facts.vouches, attests("x", "w")], members=[*facts.members, MemberFact("elsewhere", "x", OLD)]
    )
    assert belonging(elsewhere, "w", AT, DEFAULT_TERMS, collective=HOME).attesters == ("m00", "m01", "m02")


def test_a_flood_of_new_members_moves_no_threshold():
    facts = _collective(4, 2)
    flood = [MemberFact(HOME, f"new{i}", AT - timedelta(hours=23)) for i in range(500)]
    crowded = Facts.of(facts.vouches, members=[*facts.members, *flood])
    assert belonging(crowded, "w", AT, DEFAULT_TERMS, collective=HOME).q == 2
    later = AT + timedelta(hours=2)
    assert belonging(crowded, "w", later, DEFAULT_TERMS, collective=HOME).q == 5


def test_a_large_collective_asks_for_a_referent_chain():
    ring = [(f"m{i:02}", f"m{(i + j) % 30:02}") for i in range(30) for j in (1, 2, 3, 4)]
    facts = facts_of([*ring, ("m00", "w"), ("m10", "w"), ("m20", "w")])
    seen = belonging(facts, "w", AT, TrustTerms(q=3), collective=HOME)
    assert seen.distance.referents == 30
    assert seen.distance.passes is (seen.distance.referents_reached >= 24)


# --- rate ------------------------------------------------------------------------------------------------


def _dates(facts, issuer="u", at=AT, terms=DEFAULT_TERMS):
    found = counted_from(facts, issuer, at, terms, HOME)
    return {subject: start and (start - AT).days for subject, start in found.items()}


def _issuer(*facts, graves=(), since=OLD):
    return Facts.of(facts, graves, [MemberFact(HOME, "u", since)])


def test_one_new_subject_a_month_the_others_wait_in_order_of_date_and_id():
    facts = _issuer(*[attests("u", f"w{i}", name=str(9 - i)) for i in range(4)])
    assert _dates(facts) == {"w3": 0, "w2": 30, "w1": 60, "w0": 90}


def test_a_newcomer_issues_nothing_that_counts_in_its_first_month():
    assert _dates(_issuer(attests("u", "w"), since=AT - timedelta(days=10))) == {"w": 20}


def test_backdating_does_not_help():
    backdated = attests("u", "b", issued=AT - timedelta(days=300), entered=AT)
    assert _dates(_issuer(attests("u", "a", issued=AT, entered=AT), backdated)) == {"a": 0, "b": 30}


def test_withdrawing_does_not_give_the_month_back():
    facts = _issuer(attests("u", "a"), attests("u", "b", issued=AT + timedelta(days=1)), graves=[grave_of("u>a", "u")])
    assert _dates(facts)["b"] == 30


def test_a_renewal_is_no_new_subject():
    renewed = attests("u", "a", issued=AT, entered=AT - timedelta(days=400), revision=2)
    assert _dates(_issuer(renewed, attests("u", "b"))) == {"a": -400, "b": 0}


def test_at_most_twelve_newcomers_whose_attestation_is_not_renewed():
    past = [AT - timedelta(days=40 * (20 - i)) for i in range(14)]
    facts = _issuer(*[attests("u", f"w{i:02}", issued=date) for i, date in enumerate(past)])
    waiting = {subject for subject, start in _dates(facts).items() if start is None}
    assert waiting == {"w12", "w13"}
    others = [fact for fact in facts.vouches if fact.subject not in {"w00", "w01"}]
    again = [attests("u", f"w{i:02}", issued=AT, entered=date, revision=2) for i, date in enumerate(past[:2])]
    assert None not in _dates(_issuer(*others, *again)).values()


def test_a_first_version_dated_later_than_its_receipt_is_no_renewal():
    past = [AT - timedelta(days=40 * (20 - i)) for i in range(14)]
    ahead = [attests("u", f"w{i:02}", issued=at + timedelta(minutes=1), entered=at) for i, at in enumerate(past)]
    assert {subject for subject, start in _dates(_issuer(*ahead)).items() if start is None} == {"w12", "w13"}


def test_whoever_waits_is_named_and_does_not_count_yet():
    facts = _collective(12, 3)
    busy = Facts.of([*facts.vouches, attests("m00", "x", issued=AT - timedelta(days=5))], members=facts.members)
    seen = belonging(busy, "w", AT, DEFAULT_TERMS, collective=HOME)
    assert (seen.attesters, seen.waiting, seen.passes) == (("m01", "m02"), ("m00",), False)


# --- B1 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dishonest", [1, 2, 3, 4])
def test_fakes_are_admitted_no_faster_than_the_bound(dishonest):
    """Play the attack: every K attests each new fake, admitted fakes attest the next; eight months."""
    members = [MemberFact(HOME, f"m{i:02}", OLD) for i in range(20)]
    attackers, vouches, fakes = [f"m{i:02}" for i in range(dishonest)], [], []
    for day in range(0, 240, 10):
        now = AT + timedelta(days=day)
        for n in range(len(fakes), len(fakes) + 3):
            vouches += [attests(u, f"fake{n:03}", issued=now) for u in attackers]
            facts = Facts.of(vouches, members=members)
            free = TrustTerms(x=Fraction(0))  # the distance rule would only help
            if belonging(facts, f"fake{n:03}", now, free, collective=HOME).passes:
                fakes.append(f"fake{n:03}")
                attackers.append(f"fake{n:03}")
                members.append(MemberFact(HOME, f"fake{n:03}", now))
        windows = day // 30 + 1
        assert len(fakes) <= dishonest * ((1 + Fraction(1, 3)) ** windows - 1)
    assert (dishonest < 3) == (not fakes)
