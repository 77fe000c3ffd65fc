"""Layer 2: disjoint paths, against a count by hand of every set of simple paths."""

import os
import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from network.rules.facts import DEFAULT_TERMS, Facts, MemberFact, TrustTerms, View
from network.rules.paths import Acceptance, disjoint_paths, label_of
from network.rules.webs import collective_view, web_of
from tests.network.rules.graphs import AT, HOME, OLD, arrows, attests, facts_of, random_pairs

FAR = 10**6
ROOT = Path(__file__).parents[3]


def _paths(text, viewer="v", subject="p", **columns):
    return disjoint_paths(facts_of(arrows(text), **columns), View(viewer), subject, AT, DEFAULT_TERMS)


def test_two_ways_round_are_two_paths_and_without_any_arrow_one():  # CV9
    square = "v>a a>p v>b b>p"
    assert _paths(square) == Acceptance(2, (("v", "a", "p"), ("v", "b", "p")))
    for arrow in square.split():
        assert _paths(square.replace(arrow, "")).kappa == 1


def test_everything_through_one_person_is_one_path_and_names_them():  # CV9
    found = _paths("v>a a>b a>c b>p c>p")
    assert (found.kappa, found.cut) == (1, "a")


def test_the_cut_is_the_first_from_the_viewer_on():
    assert _paths("v>a a>b b>p").cut == "a"
    assert _paths("v>a v>b a>c b>c c>d d>p").cut == "c"


def test_a_direct_attestation_is_one_path_and_there_is_no_cut():
    assert _paths("v>p") == Acceptance(1, (("v", "p"),), direct=True)
    found = _paths("v>p v>a a>p")
    assert (found.kappa, found.direct, found.paths[0]) == (2, True, ("v", "p"))


def test_nobody_known_is_no_path():
    assert _paths("v>a b>p") == Acceptance(0)
    assert _paths("a>v p>v") == Acceptance(0)
    assert _paths("v>a", subject="v") == Acceptance(0)


def test_no_more_than_three_are_counted():
    assert _paths(" ".join(f"v>{i} {i}>p" for i in range(9))).kappa == 3


def test_four_steps_are_near_and_five_are_not():
    assert _paths("v>a a>b b>c c>p").kappa == 1
    assert _paths("v>a a>b b>c c>d d>p").kappa == 0


def test_people_are_restricted_not_paths():
    """c and d are each near enough by another way, so that the long way over both is a second path."""
    found = _paths("v>a a>b b>c c>p v>d d>e e>c b>f f>p")
    assert found.kappa == 2
    assert max(map(len, found.paths)) > DEFAULT_TERMS.L


def test_private_attestations_and_anchors_open_ways_for_their_own_issuer_only():
    facts = facts_of(arrows("v>a a>p"), kind="charte")
    private = attests("v", "b", kind="prestation", public=False)
    wider = Facts.of([*facts.vouches, private, attests("b", "p")], members=facts_of(arrows("v>a a>b b>p")).members)
    assert disjoint_paths(wider, View("v"), "p", AT, DEFAULT_TERMS).kappa == 2
    assert disjoint_paths(wider, View("a"), "b", AT, DEFAULT_TERMS).kappa == 0
    anchored = disjoint_paths(facts, View("", frozenset({"a", "v"})), "p", AT, DEFAULT_TERMS)
    assert anchored.paths == (("", "a", "p"),)


def test_competence_of_others_opens_no_way():
    facts = facts_of(arrows("v>a a>p"), kind="competence:nextcloud")
    assert disjoint_paths(facts, View("v"), "a", AT, DEFAULT_TERMS).kappa == 1
    assert disjoint_paths(facts, View("v"), "p", AT, DEFAULT_TERMS).kappa == 0


# --- the collective's viewpoint --------------------------------------------------------------------------


def test_a_collective_looks_through_its_referents_at_no_distance():
    ring = arrows("a>b b>c c>d d>a a>x b>y x>p y>p p>q q>r r>s")
    of_home, elsewhere = "abcd", "xypqr"
    members = [MemberFact(HOME, who, OLD) for who in of_home] + [MemberFact("else", who, OLD) for who in elsewhere]
    home = Facts.of(facts_of(ring).vouches, members=members)
    view, basis = collective_view(home, HOME, AT, DEFAULT_TERMS)
    assert (view.viewer, view.starts, basis) == (HOME, ("a", "b", "c", "d"), "members")  # Y = 2 asks for two received
    assert disjoint_paths(home, view, "p", AT, DEFAULT_TERMS).paths == ((HOME, "a", "x", "p"), (HOME, "b", "y", "p"))
    assert disjoint_paths(home, view, "r", AT, DEFAULT_TERMS).kappa == 1  # a › x › p › q › r: four steps from a
    assert disjoint_paths(home, view, "s", AT, DEFAULT_TERMS).kappa == 0
    assert disjoint_paths(home, view, "a", AT, DEFAULT_TERMS).paths[0] == (HOME, "a")


def test_enough_referents_are_taken_instead_of_all_members():
    ring = [(u, w) for u in "abc" for w in "abc" if u != w]
    view, basis = collective_view(facts_of([*ring, ("a", "m")]), HOME, AT, DEFAULT_TERMS)
    assert (view.starts, basis) == (("a", "b", "c"), "referents")


# --- against brute force ---------------------------------------------------------------------------------


def _steps(pairs, people):
    """All distances, by relaxing every triple."""
    far = {(u, w): 0 if u == w else FAR for u in people for w in people} | dict.fromkeys(pairs, 1)
    for middle in people:
        for u in people:
            for w in people:
                far[u, w] = min(far[u, w], far[u, middle] + far[middle, w])
    return far


def _simple_paths(pairs, kept, path, subject):
    if path[-1] == subject:
        yield tuple(path)
        return
    for u, w in pairs:
        if u == path[-1] and w in kept and w not in path:
            yield from _simple_paths(pairs, kept, [*path, w], subject)


def _kappa_by_hand(pairs, viewer, subject, limit):
    people = {person for pair in pairs for person in pair} | {viewer, subject}
    far = _steps(pairs, people)
    kept = {x for x in people if far[viewer, x] + far[x, subject] <= limit}
    insides = {frozenset(path[1:-1]) for path in _simple_paths(pairs, kept, [viewer], subject)} if kept else set()
    direct = frozenset() in insides
    longer = insides - {frozenset()}
    least = [inside for inside in longer if not any(other < inside for other in longer)]
    for number in (3, 2, 1):
        if any(all(not (a & b) for a, b in combinations(chosen, 2)) for chosen in combinations(least, number)):
            return min(3, number + direct)
    return int(direct)


def _check_paths(found, pairs, viewer, subject):
    """The paths are real, disjoint, and κ in number."""
    assert len(found.paths) == found.kappa
    for path in found.paths:
        assert (path[0], path[-1]) == (viewer, subject)
        assert set(zip(path, path[1:], strict=False)) <= set(pairs)
        assert len(set(path)) == len(path)
    insides = [person for path in found.paths for person in path[1:-1]]
    assert len(set(insides)) == len(insides)


def _check_cut(found, pairs, viewer, subject, limit):
    if found.cut is None:
        return
    without = [pair for pair in pairs if found.cut not in pair]
    assert _kappa_by_hand(without, viewer, subject, limit) == 0


def test_a_thousand_small_webs_against_every_set_of_simple_paths():
    chance, seen = random.Random(20261122), {0: 0, 1: 0, 2: 0, 3: 0}
    for _ in range(1000):
        pairs = random_pairs(chance, chance.randint(2, 7), chance.uniform(0.1, 0.6))
        viewer, subject, limit = "0", "1", chance.choice([2, 3, 4])
        terms = TrustTerms(L=limit)
        found = disjoint_paths(facts_of(pairs), View(viewer), subject, AT, terms)
        assert found.kappa == _kappa_by_hand(pairs, viewer, subject, limit), (pairs, limit)
        _check_paths(found, pairs, viewer, subject)
        _check_cut(found, pairs, viewer, subject, limit)
        seen[found.kappa] += 1
    assert min(seen.values()) >= 30, seen  # each answer has been seen often


def test_the_collectives_paths_against_brute_force_on_the_web_with_a_source():
    chance = random.Random(7)
    for _ in range(200):
        pairs = random_pairs(chance, chance.randint(3, 6), chance.uniform(0.2, 0.5))
        starts = tuple(sorted(chance.sample(sorted({u for pair in pairs for u in pair} | {"0", "2"}), 2)))
        found = disjoint_paths(facts_of(pairs), View("S", starts=starts), "1", AT, DEFAULT_TERMS)
        with_source = [*pairs, *(("S", start) for start in starts)]
        assert found.kappa == _kappa_by_hand(with_source, "S", "1", DEFAULT_TERMS.L + 1)  # its arrows have length 0
        _check_paths(found, with_source, "S", "1")


def test_facts_in_any_order_give_the_same_paths():
    chance = random.Random(3)
    pairs = random_pairs(chance, 12, 0.25)
    seen = {
        disjoint_paths(facts_of(chance.sample(pairs, len(pairs))), View("0"), "7", AT, DEFAULT_TERMS)
        for _ in range(100)
    }
    assert len(seen) == 1


@pytest.mark.slow
def test_two_processes_show_the_same_paths_and_scores():
    """Text hashes differ from process to process: whatever iterated over a set would show."""
    program = (
        "import random; from tests.network.rules.graphs import *; from network.rules.facts import *;"
        "from network.rules.paths import disjoint_paths; from network.rules.pagerank import trust_scores;"
        "f = facts_of(random_pairs(random.Random(5), 40, 0.12));"
        "v = View('0'); print([disjoint_paths(f, v, str(n), AT, DEFAULT_TERMS) for n in range(40)]);"
        "print(trust_scores(f, v, AT, DEFAULT_TERMS))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT, capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("0", "1", "2")
    }  # fmt: skip
    assert len(said) == 1
    assert "Acceptance(kappa=3" in said.pop()


# --- B2 --------------------------------------------------------------------------------------------------


def test_fakes_gain_no_more_paths_than_there_are_people_who_let_them_in():
    chance = random.Random(99)
    for _ in range(40):
        honest = random_pairs(chance, 12, 0.25)
        fooled = [str(n) for n in chance.sample(range(1, 12), chance.randint(1, 2))]  # the viewer, 0, is not fooled
        fakes = [f"fake{n}" for n in range(6)]
        clique = [(a, b) for a in fakes for b in fakes if a != b]
        entries = [(k, fake) for k in fooled for fake in chance.sample(fakes, 4)]
        back = [(fake, str(n)) for fake in fakes for n in chance.sample(range(12), 3)]
        facts = facts_of([*honest, *clique, *entries, *back])
        for fake in chance.sample(fakes, 3):
            assert disjoint_paths(facts, View("0"), fake, AT, DEFAULT_TERMS).kappa <= len(fooled)


# --- labels ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kappa", "score", "d", "label"),
    [
        (2, 0.002, 2, "accepted"),
        (3, 0.002, 3, "accepted"),
        (2, 0.002, 3, "two_paths"),
        (2, 0.001, 2, "accepted"),
        (2, 0.0009, 2, "weak"),
        (1, 0.5, 2, "one_path"),
        (0, 0.0, 2, "no_path"),
        (1, 0.5, 1, "accepted"),
    ],
)
def test_labels(kappa, score, d, label):
    assert label_of(Acceptance(kappa), score, 0.001, d) == label


def test_ones_own_word_comes_first():
    assert label_of(Acceptance(1, direct=True), 0.5, 0.001, 2) == "direct"
    assert label_of(Acceptance(2, direct=True), 0.5, 0.001, 2) == "accepted"


def test_the_heaviest_of_several_arrows_stands():
    facts = facts_of([("v", "a")], level=1)
    own = attests("v", "a", kind="prestation", level=2, public=False, name="own")
    both = Facts.of([*facts.vouches, own], members=facts.members)
    assert web_of(both, View("v"), AT, DEFAULT_TERMS).succ["v"]["a"].fact == own
    assert web_of(both, View("a"), AT, DEFAULT_TERMS).succ["v"]["a"].weight == pytest.approx(1 / 3)
    anchored = web_of(both, View("v", frozenset({"a"})), AT, DEFAULT_TERMS).succ["v"]["a"]
    assert (anchored.weight, anchored.fact) == (1.0, None)
