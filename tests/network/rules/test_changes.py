"""What would change an answer: each change that is said is true, and none within reach is left out."""

import random
from datetime import timedelta

import pytest

from network.rules.changes import Changes, Loss, changes
from network.rules.facts import Facts, TrustTerms, View
from network.rules.paths import Acceptance, acceptance, disjoint_paths
from network.rules.standing import cloth_of
from network.rules.webs import collective_view, web_of
from tests.network.rules.graphs import AT, HOME, arrows, attests, facts_of, random_pairs

TERMS = TrustTerms()


def asked(facts, view, subject, **kwargs):
    web = web_of(facts, view, AT, TERMS)
    found = acceptance(web, subject, TERMS.L)
    return changes(web, subject, found, TERMS, able=kwargs.pop("able", facts.members_at(AT)), **kwargs)


def of(text, viewer="v", subject="p", **kwargs):
    return asked(facts_of(arrows(text)), View(viewer), subject, **kwargs)


def test_nothing_changes_how_one_sees_oneself():
    assert of("v>a", subject="v") == Changes()


def test_a_lone_viewer_has_nobody_to_help_and_nothing_to_lose():
    assert of("a>p") == Changes()


def test_one_more_path_comes_from_whoever_is_free():
    assert of("v>a a>p v>b b>c").openers == ("b", "c")


def test_somebody_behind_the_cut_cannot_open_a_path():
    assert of("v>a a>p a>b b>c").openers == ()


def test_somebody_behind_a_path_helps_where_that_path_can_be_led_round():
    # the path may come by c as well as straight from v: then c has nothing to add that a does not
    assert of("v>a v>c c>a a>p c>x").openers == ("c", "x")


def test_three_paths_are_enough_to_be_told():
    assert of("v>a v>b v>c v>d a>p b>p c>p").openers == ()


def test_only_members_help():
    assert of("v>a a>p v>b", able={"a"}).openers == ()


def test_too_far_is_no_help():
    assert of("v>a a>p v>1 1>2 2>3 3>4").openers == ("1", "2", "3")  # from 4 on the fifth step would be needed


def test_every_link_of_the_only_path_is_a_loss():
    assert [(loss.issuer, loss.subject, loss.kappa) for loss in of("v>a a>p").losses] == [("a", "p", 0), ("v", "a", 0)]


def test_what_another_path_replaces_is_no_loss():
    found = of("v>a v>b a>m b>m m>p")
    assert [(loss.issuer, loss.subject) for loss in found.losses] == [("m", "p")]
    assert found.tried


def test_losses_in_the_order_in_which_they_end_anchors_last():
    facts = facts_of([("a", "p")], members="vab")
    facts = Facts(facts.vouches | {attests("v", "b", days=10), attests("b", "p", days=5)}, facts.graves, facts.members)
    found = asked(facts, View("v", anchors=frozenset("a")), "p")
    assert [(loss.issuer, loss.subject) for loss in found.losses] == [("b", "p"), ("v", "b"), ("a", "p"), ("v", "a")]
    assert found.losses[0] == Loss("b", "p", AT + timedelta(days=5), 1)
    assert found.losses[-1].ends is None


def test_the_way_of_a_collective_to_its_own_referents_is_nobodys_to_lose():
    facts = facts_of(arrows("a>b b>a a>c c>a b>c c>b a>p"))
    view, basis = collective_view(facts, HOME, AT, TERMS)
    assert basis == "referents"
    assert [(loss.issuer, loss.subject) for loss in asked(facts, view, "p").losses] == [("a", "p")]
    assert asked(facts, view, "p").openers == ("b", "c")


def test_whether_renewals_would_be_support_enough():
    old = [attests("v", "a", issued=AT - timedelta(days=600)), attests("a", "p", issued=AT - timedelta(days=600))]
    facts = Facts.of(old, members=facts_of([], members="va").members)
    assert asked(facts, View("v"), "p").refreshed is None
    assert asked(facts, View("v"), "p", floor=0.02).refreshed is True
    assert asked(facts, View("v"), "p", floor=0.9).refreshed is False


@pytest.mark.parametrize("seed", range(40))
def test_all_that_is_said_is_true_and_every_loss_is_said(seed):
    chance = random.Random(seed)
    facts = facts_of(random_pairs(chance, 9, 0.22))
    view, subject = View("0"), "8"
    before = disjoint_paths(facts, view, subject, AT, TERMS)
    said = asked(facts, view, subject)
    assert {(loss.issuer, loss.subject, loss.kappa) for loss in said.losses} == _losses(facts, view, subject, before)
    gains = _gains(facts, view, subject, before)
    assert set(said.openers) <= gains
    assert bool(said.openers) == bool(gains - {"0"})


def _losses(facts, view, subject, before: Acceptance):
    """Every attestation of the web taken away in turn."""
    lost = set()
    for fact in facts.vouches:
        after = disjoint_paths(Facts(facts.vouches - {fact}, facts.graves, facts.members), view, subject, AT, TERMS)
        if after.kappa < before.kappa:
            lost.add((fact.issuer, fact.subject, after.kappa))
    return lost


def _gains(facts, view, subject, before: Acceptance):
    """Every member's attestation of the subject added in turn."""
    known = {fact.issuer for fact in facts.vouches if fact.subject == subject} | {subject}
    found = set()
    for person in facts.members_at(AT) - known:
        more = Facts(facts.vouches | {attests(person, subject)}, facts.graves, facts.members)
        if disjoint_paths(more, view, subject, AT, TERMS).kappa > before.kappa:
            found.add(person)
    return found


def test_the_web_of_a_collective_has_its_arrows_once():
    facts = facts_of(arrows("a>b b>a x>a"), members="ab")
    assert cloth_of(facts, HOME, AT, TERMS).within("ab") == (("a", "b"), ("b", "a"))
