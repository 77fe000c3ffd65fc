"""When somebody new counts: the rate rule asked beforehand gives the date at which it then counts."""

import random
from datetime import timedelta

import pytest

from network.rules.belonging import counted_from
from network.rules.facts import Facts, MemberFact, TrustTerms, grave_of
from network.rules.pace import pace_of, waits_of
from tests.network.rules.graphs import AT, HOME, OLD, attests

TERMS = TrustTerms()
DAY = timedelta(days=1)


def facts(*given, since=OLD, graves=()):
    return Facts.of(given, graves, [MemberFact(HOME, "a", since)])


def given(subject, days_ago, **columns):
    date = AT - days_ago * DAY
    return attests("a", subject, issued=columns.pop("issued", date), entered=date, **columns)


def pace(known, **kwargs):
    return pace_of(known, "a", AT, TERMS, collective=HOME, **kwargs)


def test_nobody_attested_yet():
    assert (pace(facts()).counts_at, pace(facts()).newcomers, pace(facts()).most) == (AT, 0, 12)


def test_not_in_the_first_thirty_days_of_ones_own_membership():
    assert pace(facts(since=AT - 10 * DAY)).counts_at == AT + 20 * DAY


def test_thirty_days_after_the_one_before():
    assert pace(facts(given("b", 12))).counts_at == AT + 18 * DAY
    assert pace(facts(given("b", 40))).counts_at == AT


def test_those_who_wait_come_first():
    known = facts(given("b", 3), given("c", 2))
    assert pace(known).counts_at == AT + 57 * DAY
    assert waits_of(known, "a", AT, TERMS, collective=HOME) == {"c": AT + 27 * DAY}


def test_somebody_attested_before_is_not_new():
    known = facts(given("b", 100), given("c", 1))
    assert pace(known, subject="b").counts_at == AT - 100 * DAY
    withdrawn = facts(given("b", 100), given("c", 1), graves=[grave_of("a>b", "a")])
    assert pace(withdrawn, subject="b").counts_at == AT - 100 * DAY


def test_twelve_never_renewed_close_the_door_until_one_is():
    twelve = [given(f"s{n}", 800 - 31 * n, days=900) for n in range(12)]
    assert (pace(facts(*twelve)).counts_at, pace(facts(*twelve)).newcomers) == (None, 12)
    renewed = [*twelve[1:], given("s0", 800, issued=AT - DAY, days=900, revision=2)]
    assert pace(facts(*renewed)).counts_at == AT
    assert waits_of(facts(*twelve, given("late", 1)), "a", AT, TERMS, collective=HOME) == {"late": None}


def test_withdrawn_ones_do_not_wait():
    known = facts(given("b", 3), given("c", 2), graves=[grave_of("a>c", "a")])
    assert waits_of(known, "a", AT, TERMS, collective=HOME) == {}


def test_whoever_is_no_member_has_no_pace():
    assert pace(Facts()) is None
    assert waits_of(Facts(), "a", AT, TERMS, collective=HOME) == {}


def test_private_ones_and_other_kinds_do_not_count():
    known = facts(given("b", 3, kind="competence:x"), given("c", 2, kind="prestation", public=False))
    assert pace(known).counts_at == AT


@pytest.mark.parametrize("seed", range(30))
def test_the_date_foretold_is_the_date_at_which_it_counts(seed):
    chance = random.Random(seed)
    known = facts(*(given(f"s{n}", chance.randrange(400), days=900) for n in range(chance.randrange(8))))
    foretold = pace(known, subject="new").counts_at
    now = attests("a", "new", issued=AT, entered=AT, name="zz")
    after = Facts(known.vouches | {now}, known.graves, known.members)
    assert counted_from(after, "a", AT, TERMS, HOME)["new"] == foretold
