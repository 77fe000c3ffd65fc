"""Who holds a web together: degenerate webs first, then small ones that a person can check."""

import random

import networkx as nx
import pytest

from network.rules.holding import NAMED, holders
from tests.network.rules.graphs import arrows, random_pairs


def held(text, people="", roots=""):
    pairs = arrows(text)
    people = people.split() if people else {person for pair in pairs for person in pair}
    return {h.person: h.others for h in holders(pairs, people, roots.split())}


def test_nobody_holds_an_empty_web():
    assert holders([], []) == holders([], ["a"]) == holders([], ["a"], ["a"]) == ()


def test_two_people_hold_each_other_and_nobody_else():
    assert held("a>b") == {}
    assert held("a>b b>a", roots="a b") == {}


def test_a_chain_hangs_on_each_of_its_links():
    assert held("r>a a>b b>c", roots="r") == {"r": ("a", "b", "c"), "a": ("b", "c"), "b": ("c",)}


def test_a_second_way_frees():
    assert held("r>a r>b a>c b>c", roots="r") == {"r": ("a", "b", "c")}
    assert held("r>a s>b a>c b>c", roots="r s") == {"r": ("a",), "s": ("b",)}


def test_a_root_stands_by_itself():
    assert held("r>s s>x", roots="r s") == {"s": ("x",)}


def test_direction_matters_when_there_are_referents():
    assert held("r>a c>a a>b", roots="r") == {"r": ("a", "b"), "a": ("b",)}  # nothing leads to c at all


def test_people_outside_count_for_nothing():
    assert held("r>a a>b x>b", people="r a b", roots="r") == {"r": ("a", "b"), "a": ("b",)}
    assert held("r>a a>b x>b", people="r a b x", roots="r x") == {"r": ("a",)}


# --- without référents: ties in both directions -------------------------------------------------------------


def test_the_middle_of_a_star():
    assert held("m>a b>m m>c") == {"m": ("b", "c")}  # the largest part that remains is one person: the first


def test_the_bridge_between_two_groups():
    assert held("a>b b>c c>a c>x x>y y>z z>x") == {"c": ("a", "b"), "x": ("y", "z")}


def test_a_ring_is_held_by_nobody():
    assert held("a>b b>c c>d d>a") == {}


def test_whoever_is_tied_to_nobody_is_held_by_nobody():
    assert held("a>b b>c c>a", people="a b c lone") == {}


# --- bounds and proof -----------------------------------------------------------------------------------------


def test_at_most_a_few_are_named_and_all_are_counted():
    (root, *_rest) = holders([("r", f"x{n}") for n in range(50)], ["r", *(f"x{n}" for n in range(50))], ["r"])
    assert (root.person, root.count, len(root.others)) == ("r", 50, NAMED)


def test_a_long_chain_costs_no_recursion_and_no_square():
    names = [f"{n:05}" for n in range(5000)]
    found = holders(list(zip(names, names[1:], strict=False)), names, names[:1])
    assert (found[0].count, len(found)) == (4999, 4999)
    assert all(len(holder.others) <= NAMED for holder in found)


@pytest.mark.parametrize("seed", range(60))
def test_the_same_as_taking_each_person_away(seed):
    chance = random.Random(seed)
    pairs = random_pairs(chance, 9, 0.18)
    roots = chance.sample([str(n) for n in range(9)], 2)
    people = [str(n) for n in range(9)]
    found = {h.person: h.count for h in holders(pairs, people, roots)}
    assert found == {h: len(cut) for h in people if (cut := _cut_off(pairs, people, roots, h))}


def _cut_off(pairs, people, roots, gone):
    """By definition: those reached from the roots, and no longer without `gone`; roots stand by themselves."""
    return _reached(pairs, people, roots) - _reached(pairs, set(people) - {gone}, set(roots) - {gone}) - {gone}


def _reached(pairs, people, roots):
    graph = nx.DiGraph()
    graph.add_nodes_from(people)
    graph.add_edges_from((u, w) for u, w in pairs if u in people and w in people)
    return set(roots) | {x for root in roots for x in nx.descendants(graph, root)}


def test_any_order_of_the_same_arrows():
    pairs = arrows("r>a r>b a>c b>d d>e e>c c>f")
    expected = holders(pairs, "rabcdef", "r")
    for seed in range(10):
        random.Random(seed).shuffle(pairs)
        assert holders(pairs, set("rabcdef"), {"r"}) == expected
