"""The table of a collective says of each what `belonging` says of one."""

import random
from datetime import timedelta

import pytest

from network.rules.belonging import belonging
from network.rules.facts import Facts, MemberFact, TrustTerms
from network.rules.standing import cloth_of, standings
from tests.network.rules.graphs import AT, HOME, OLD, arrows, attests, facts_of, random_pairs

TERMS = TrustTerms()


def table(facts, *subjects):
    cloth = cloth_of(facts, HOME, AT, TERMS)
    return standings(facts, cloth, subjects, AT, TERMS)


def test_nobody():
    assert table(Facts()) == {}


def test_a_founder_alone():
    (row,) = table(facts_of([], members="a"), "a").values()
    assert (row.q, row.attesters, row.given, row.referent, row.passes) == (1, 0, 0, False, False)


def test_three_who_attest_one_another_are_all_referents():
    rows = table(facts_of(arrows("a>b b>a a>c c>a b>c c>b"), issued=AT - timedelta(days=90)), "a", "b", "c")
    assert {row.uri: (row.given, row.referent) for row in rows.values()} == dict.fromkeys("abc", (2, True))


@pytest.mark.parametrize("seed", range(40))
def test_the_same_as_belonging_one_by_one(seed):
    chance = random.Random(seed)
    pairs = random_pairs(chance, 12, 0.3)
    day = timedelta(days=1)
    vouches = [
        attests(u, w, issued=AT - chance.randrange(600) * day, entered=AT - chance.randrange(600) * day)
        for u, w in pairs
    ]
    since = [MemberFact(HOME, str(n), OLD if n < 9 else AT - chance.randrange(40) * day) for n in range(11)]
    facts = Facts.of(vouches, members=since)
    for uri, row in table(facts, *map(str, range(12))).items():
        seen = belonging(facts, uri, AT, TERMS, collective=HOME)
        assert (row.q, row.attesters, row.waiting, row.passes) == (
            seen.q, len(seen.attesters), len(seen.waiting), seen.passes,
        )  # fmt: skip
