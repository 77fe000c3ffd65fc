"""The three bounds of what fakes can gain, on random webs with random regions of attack, in both engines.

S: the fakes. K: those outside S, dishonest or fooled, with an arrow into it. The fakes attest whom they like.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.rules import fast, paths, webs
from network.rules.belonging import belonging, threshold
from network.rules.facts import DEFAULT_TERMS, Facts, MemberFact, TrustTerms, View
from network.rules.fast_arrays import Names, Spells, arrays_of
from network.rules.fast_paths import acceptances
from network.rules.pagerank import scores
from tests.network.rules.graphs import AT, HOME, OLD, arrows, attests, facts_of, random_pairs

DAY = timedelta(days=1)
chances = st.randoms(use_true_random=False)
many = settings(max_examples=60, deadline=None)


@dataclass(frozen=True)
class Attack:
    """Before and after; the viewer is 0 and honest."""

    before: Facts
    after: Facts
    fakes: tuple[str, ...]
    entries: frozenset[str]  # K


def attack_on(chance: random.Random) -> Attack:
    """An honest web of any density and age; some of it lets fakes in, who form anything from a chain to a clique."""
    size = chance.randint(4, 24)
    honest = [*random_pairs(chance, size, chance.uniform(0.05, 0.5)), ("0", "1"), ("0", "2")]
    entries = chance.sample([str(n) for n in range(1, size)], chance.randint(0, 3))
    fakes = tuple(f"fake{n}" for n in range(chance.randint(1, 9)))
    share = chance.choice([0.2, 0.6, 1.0])
    inside = [(a, b) for a in fakes for b in fakes if a != b and chance.random() < share]
    into = [(k, fake) for k in entries for fake in chance.sample(fakes, chance.randint(1, len(fakes)))]
    back = [(fake, str(chance.randrange(size))) for fake in fakes for _ in range(chance.randint(0, 4))]
    old = [_vouch(chance, u, w) for u, w in dict.fromkeys(honest)]
    new = [_vouch(chance, u, w) for u, w in dict.fromkeys([*inside, *into, *back])]
    members = [MemberFact(HOME, who, OLD) for who in [*map(str, range(size)), *fakes]]
    let_in = frozenset(k for k, _ in into)
    return Attack(Facts.of(old, members=members), Facts.of([*old, *new], members=members), fakes, let_in)


def _vouch(chance, u, w):
    return attests(u, w, level=chance.randint(1, 3), issued=AT - chance.randint(0, 700) * DAY, days=730)


# --- B1: belonging ---------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(chances, st.integers(0, 5))
def test_b1_fakes_are_admitted_no_faster_than_the_bound(chance, dishonest):
    """Whatever the attackers' calendar: any of them attests any fake on any day; whoever passes joins them."""
    size = chance.choice([4, 5, 8, 20])
    dishonest = min(dishonest, size)
    members = [MemberFact(HOME, f"m{n:02}", OLD) for n in range(size)]
    attackers = [f"m{n:02}" for n in range(dishonest)]
    candidates, vouches, admitted = [f"fake{n}" for n in range(8)], [], 0
    terms = TrustTerms(x=Fraction(0))  # the distance rule would only help
    q = threshold(size - 1, terms)
    day = 0
    for _ in range(14):
        day += chance.randint(1, 20)
        now = AT + day * DAY
        aim = chance.choice(candidates)
        vouches += [attests(u, aim, issued=now, name=f"{u}>{aim}:{day}") for u in attackers if chance.random() < 0.8]
        facts = Facts.of(vouches, members=members)
        for fake in [fake for fake in candidates if belonging(facts, fake, now, terms, collective=HOME).passes]:
            candidates.remove(fake)
            candidates.append(f"{fake}+")
            attackers.append(fake)
            members.append(MemberFact(HOME, fake, now))
            admitted += 1
        windows = day // 30 + 1
        assert admitted <= dishonest * ((1 + Fraction(1, q)) ** windows - 1)
    assert dishonest >= q or not admitted


# --- B2: acceptance --------------------------------------------------------------------------------------


@many
@given(chances)
def test_b2_no_fake_is_reached_by_more_paths_than_there_are_people_who_let_them_in(chance):
    attack, terms = attack_on(chance), TrustTerms(L=chance.randint(2, 6))
    view = View("0")
    web = webs.web_of(attack.after, view, AT, terms)
    ours = acceptances(fast.see(attack.after, view, AT, terms), attack.fakes, terms.L)
    for fake in attack.fakes:
        assert paths.acceptance(web, fake, terms.L) == ours[fake]
        assert ours[fake].kappa <= len(attack.entries)
        assert all(attack.entries & set(path) for path in ours[fake].paths)  # each passes through one of them


@many
@given(chances)
def test_b2_holds_from_a_collective_whose_referents_are_no_fakes(chance):
    attack, terms = attack_on(chance), DEFAULT_TERMS
    honest = sorted({fact.issuer for fact in attack.before.vouches})
    view = View(HOME, starts=tuple(sorted(chance.sample(honest, min(4, len(honest))))))
    found = acceptances(fast.see(attack.after, view, AT, terms), attack.fakes, terms.L)
    assert max(one.kappa for one in found.values()) <= len(attack.entries)


# --- B3: ranking -----------------------------------------------------------------------------------------


@many
@given(chances, st.sampled_from([Fraction(3, 20), Fraction(3, 10)]), st.sampled_from([Fraction(0), Fraction(10, 3)]))
def test_b3_fakes_gain_no_more_than_was_given_to_those_who_let_them_in(chance, alpha, capacity):
    attack, terms = attack_on(chance), TrustTerms(alpha=alpha, C=capacity)
    view, rate, room = View("0"), float(alpha), float(capacity)
    before = scores(webs.web_of(attack.before, view, AT, terms), alpha=rate, capacity=room)
    web = webs.web_of(attack.after, view, AT, terms)
    bound = sum(before.get(k, 0.0) * _given_away(web, k, attack.fakes, room) for k in attack.entries)
    for after in (scores(web, alpha=rate, capacity=room), fast.trust_scores(attack.after, view, AT, terms)):
        gained = sum(after.get(fake, 0.0) for fake in attack.fakes)
        assert gained <= (1 - rate) / rate * bound + 1e-9
        assert bound or not gained


def _given_away(web, k, fakes, capacity) -> float:
    """ρ: the share of the arrows of `k` that lead to fakes."""
    row = web.succ.get(k, {})
    return sum(edge.weight for x, edge in row.items() if x in fakes) / max(
        sum(edge.weight for edge in row.values()), capacity
    )


@many
@given(chances)
def test_together_so_many_fakes_are_accepted_at_most(chance):
    """None where fewer than d let them in; else as many as what they obtained holds the floor."""
    attack, terms, view = attack_on(chance), DEFAULT_TERMS, View("0")
    floor = float(terms.theta) / len(attack.after.members_at(AT))
    pi = fast.trust_scores(attack.after, view, AT, terms)
    found = acceptances(fast.see(attack.after, view, AT, terms), attack.fakes, terms.L)
    accepted = [f for f in attack.fakes if paths.label_of(found[f], pi.get(f, 0.0), floor, terms.d) == "accepted"]
    assert len(attack.entries) >= terms.d or not accepted
    assert len(accepted) <= sum(pi.get(fake, 0.0) for fake in attack.fakes) / floor


# --- published check values ------------------------------------------------------------------------------


@pytest.mark.parametrize(("subject", "steps", "people"), [("2", 1, 0), ("2", 2, 3), ("3", 2, 2)])
def test_ways_of_few_steps(subject, steps, people):  # CV1, the listing
    facts, terms = facts_of(arrows("0>1 1>2 2>3 0>3")), TrustTerms(L=steps)
    for found in (
        paths.disjoint_paths(facts, View("0"), subject, AT, terms),
        fast.disjoint_paths(facts, View("0"), subject, AT, terms),
    ):
        assert (found.kappa, [len(path) for path in found.paths]) == (int(people > 0), [people] if people else [])


def test_the_kernel_of_the_iteration():  # CV5
    rows = np.array(
        [[0, 0.2, 0.3, 0.5, 0], [0.1, 0, 0.1, 0.1, 0.7], [0.4, 0.1, 0, 0.2, 0.3], [0.1, 0.1, 0.7, 0, 0.1],
         [0.3, 0.1, 0.4, 0.2, 0]]
    )  # fmt: skip
    u, w = np.nonzero(rows)
    web = arrays_of(Names.of("abcde"), u, w, rows[u, w], Spells.of([], []), 0)
    walking, seen = np.array([1000.0, 2000, 500, 300, 200]), {}
    for step in range(1, 201):
        walking = web.matrix @ walking
        seen[step] = [round(value, 2) for value in walking.tolist()]
    assert seen[1] == [490, 300, 790, 840, 1580]
    assert seen[2] == [904, 419, 1397, 749, 531]
    assert seen[10] == [817.41, 437.89, 1169.35, 834.37, 740.97]
    assert walking == pytest.approx([817.2773, 437.9343, 1169.4567, 834.4915, 740.8402], abs=5e-5)


def test_scores_of_the_chain_on_arrays():  # CV8
    half = TrustTerms(alpha=Fraction(1, 2), C=Fraction(0))
    assert dict(fast.trust_scores(facts_of(arrows("v>u u>h u>s")), View("v"), AT, half))["s"] == pytest.approx(1 / 8)
    room = TrustTerms(alpha=Fraction(1, 2))
    assert dict(fast.trust_scores(facts_of(arrows("v>u u>h")), View("v"), AT, room)) == pytest.approx(
        {"v": 0.85, "u": 0.1275, "h": 0.0225}
    )


def test_paths_of_the_square_and_the_cut_on_arrays():  # CV9
    square = facts_of(arrows("v>a a>p v>b b>p"))
    assert fast.disjoint_paths(square, View("v"), "p", AT, DEFAULT_TERMS).kappa == 2
    through = fast.disjoint_paths(facts_of(arrows("v>a a>b a>c b>p c>p")), View("v"), "p", AT, DEFAULT_TERMS)
    assert (through.kappa, through.cut) == (1, "a")
