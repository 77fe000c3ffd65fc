"""The web on arrays says what the readable version says, on random webs of every kind."""

import random
from datetime import timedelta
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from network.rules import belonging as readable_belonging
from network.rules import fast, fast_standing, paths, standing, webs
from network.rules.changes import changes, changes_on
from network.rules.facts import Facts, MemberFact, TrustTerms, View, grave_of
from network.rules.fast_arrays import Arrays, Names
from network.rules.fast_bytes import UNREADABLE, dumps, loads
from network.rules.fast_changes import OnArrays
from network.rules.fast_paths import acceptances, kappas
from network.rules.fast_scores import SLACK, Scores, fresh, renewed, scores, unchanged
from network.rules.fast_webs import collective_view, seen_from
from network.rules.pagerank import trust_scores
from tests.network.rules.graphs import AT, HOME, OLD, attests, facts_of, random_pairs

DAY = timedelta(days=1)
chances = st.randoms(use_true_random=False)
many = settings(max_examples=50, deadline=None)
KINDS = ["charte"] * 6 + ["competence:nextcloud", "prestation"]


def crowd(chance: random.Random, people: int = 0) -> Facts:
    """A web of every kind: levels, ages, ends, kinds, private ones, several a pair, revoked ones, two collectives."""
    names = [f"p{n}" for n in range(people or chance.randint(2, 14))]
    vouches = []
    for n, (u, w) in enumerate(random_pairs(chance, len(names), chance.uniform(0.05, 0.5))):
        for version in range(chance.choice([1, 1, 1, 2])):
            kind = chance.choice(KINDS)
            vouches.append(
                attests(
                    f"p{u}", f"p{w}", kind=kind, level=chance.randint(1, 3), name=f"{n}.{version}",
                    issued=AT - chance.randint(-2, 900) * DAY, days=chance.choice([10, 400, 900]),
                    public=kind == "charte" or chance.random() < 0.5,
                )
            )  # fmt: skip
    graves = [grave_of(fact.id, fact.issuer) for fact in vouches if chance.random() < 0.1]
    members = [
        MemberFact(chance.choice([HOME, "else"]), who, AT - chance.randint(0, 900) * DAY, _until(chance))
        for who in names
        if chance.random() < 0.9
    ]
    return Facts.of(vouches, graves, members)


def _until(chance):
    return AT + chance.randint(-20, 20) * DAY if chance.random() < 0.2 else None


def view_of(chance: random.Random, facts: Facts, terms: TrustTerms) -> View:
    """A member's, a visitor's with anchors, or a collective's."""
    if chance.random() < 0.3:
        return webs.collective_view(facts, HOME, AT, terms)[0]
    people = sorted({fact.issuer for fact in facts.vouches} | {"p0", "nobody"})
    anchors = frozenset(chance.sample(people, chance.randint(0, min(3, len(people)))))
    return View(chance.choice([*people, ""]), anchors)


def terms_of(chance: random.Random) -> TrustTerms:
    return TrustTerms(
        L=chance.randint(1, 5),
        C=chance.choice([Fraction(0), Fraction(10, 3), Fraction(1)]),
        alpha=chance.choice([Fraction(3, 20), Fraction(3, 10)]),
        q=chance.randint(1, 3),
        k=chance.randint(1, 4),
    )


def everybody(facts: Facts) -> list[str]:
    named = {uri for fact in facts.vouches for uri in (fact.issuer, fact.subject)}
    return sorted(named | {fact.member for fact in facts.members} | {"nobody", ""})


# --- the three layers ------------------------------------------------------------------------------------


@many
@given(chances)
def test_kappa_and_the_paths_shown_are_the_same(chance):
    facts, terms = crowd(chance), terms_of(chance)
    view = view_of(chance, facts, terms)
    web = webs.web_of(facts, view, AT, terms)
    people = everybody(facts)
    ours = acceptances(fast.see(facts, view, AT, terms), people, terms.L)
    assert ours == {uri: paths.acceptance(web, uri, terms.L) for uri in people}


@many
@given(chances)
def test_scores_agree_within_a_billionth(chance):
    facts, terms = crowd(chance), terms_of(chance)
    view = view_of(chance, facts, terms)
    ours, theirs = fast.trust_scores(facts, view, AT, terms), trust_scores(facts, view, AT, terms)
    assert {uri: ours.get(uri, 0.0) for uri in everybody(facts)} == pytest.approx(
        {uri: theirs.get(uri, 0.0) for uri in everybody(facts)}, abs=1e-9
    )
    assert sum(ours.values()) == pytest.approx(sum(theirs.values()), abs=1e-9)


@many
@given(chances)
def test_belonging_is_the_same_for_everybody(chance):
    facts, terms = crowd(chance), terms_of(chance)
    ours = fast.belonging_of_everybody(facts, AT, terms, collective=HOME)
    assert set(everybody(facts)) - set(ours) <= {"nobody", "", *everybody(facts)}
    for uri, seen in ours.items():
        theirs = readable_belonging.belonging(facts, uri, AT, terms, collective=HOME)
        assert (seen.q, seen.attesters, seen.waiting) == (theirs.q, theirs.attesters, theirs.waiting), uri
        assert (seen.referents_reached, seen.referents, seen.passes) == (
            theirs.distance.referents_reached, theirs.distance.referents, theirs.passes,
        )  # fmt: skip


@many
@given(chances)
def test_what_would_change_an_answer_is_the_same(chance):
    facts = crowd(chance)
    terms = TrustTerms(L=chance.randint(1, 5))
    view = view_of(chance, facts, terms)
    web, seen = webs.web_of(facts, view, AT, terms), fast.see(facts, view, AT, terms)
    ground = OnArrays(view, seen, lambda u, w: web.succ.get(u, {}).get(w))
    for subject in [f"p{n}" for n in range(15)]:
        found, floor = paths.acceptance(web, subject, terms.L), chance.choice([None, 0.003, 0.1])
        readable = changes(web, subject, found, terms, able=facts.members_at(AT), floor=floor)
        assert changes_on(ground, subject, found, terms, floor=floor) == readable


@many
@given(chances)
def test_how_members_stand_is_the_same(chance):
    facts = crowd(chance)
    terms = TrustTerms(q=2, k=chance.randint(2, 3))
    arrays = fast.from_facts(facts, AT, terms)
    people = {f"p{n}" for n in range(15) if chance.random() < 0.7}
    readable, cloth = (
        standing.cloth_of(facts, HOME, AT, terms), fast_standing.cloth_of(arrays, HOME, people, AT, terms)
    )  # fmt: skip
    for what in ("members", "settled", "referents", "y"):
        assert getattr(cloth, what) == getattr(readable, what), what
    assert set(cloth.within(people)) == set(readable.within(people))
    assert cloth.within(cloth.members) == readable.within(readable.members)
    counts = fast_standing.received(arrays, people)
    assert counts == {w: sum(each == w for _, each in readable.arrows) for w in people}
    asked = standing.standings(facts, readable, people, AT, terms)
    issuers = {u for found in fast_standing.attesters(arrays, people).values() for u in found}
    known = Facts.of((fact for fact in facts.vouches if fact.issuer in issuers), facts.graves, facts.members)
    assert fast_standing.standings(known, arrays, cloth, people, AT, terms) == asked


@many
@given(chances)
def test_a_collective_speaks_through_the_same_people(chance):
    facts, terms = crowd(chance), terms_of(chance)
    assert collective_view(fast.from_facts(facts, AT, terms), HOME, AT, terms) == webs.collective_view(
        facts, HOME, AT, terms
    )


def test_larger_webs_with_more_subjects_than_a_word_has_bits():
    chance, terms = random.Random(21), TrustTerms()
    pairs = random_pairs(chance, 150, 0.03)
    facts = facts_of(pairs)
    for view in (View("0"), webs.collective_view(facts, HOME, AT, terms)[0]):
        people = [str(n) for n in range(150)]
        web, seen = webs.web_of(facts, view, AT, terms), fast.see(facts, view, AT, terms)
        assert acceptances(seen, people, terms.L) == {uri: paths.acceptance(web, uri, terms.L) for uri in people}
    reached = {found.kappa for found in kappas(seen, range(150), terms.L)}
    assert reached == {1, 2, 3} or reached == {0, 1, 2, 3}


def test_by_the_names_of_the_readable_version():
    facts = facts_of(random_pairs(random.Random(2), 12, 0.3))
    terms = TrustTerms()
    for subject in "123":
        assert fast.disjoint_paths(facts, View("0"), subject, AT, terms) == paths.disjoint_paths(
            facts, View("0"), subject, AT, terms
        )


# --- time ------------------------------------------------------------------------------------------------


@many
@given(chances)
def test_age_is_one_number(chance):
    """Arrays of one instant serve another, as long as nothing begins or ends in between."""
    facts, terms = crowd(chance), terms_of(chance)
    due = fast.due_of(facts, AT, 2**62, terms)
    ahead = min((when for when, _ in due), default=None)
    later = AT + 300 * DAY if ahead is None else AT + (fast.instant_of(ahead) - AT) * chance.uniform(0, 0.99)
    view = view_of(chance, facts, terms)
    own = fast.own_row(facts, view, later, terms) if view.starts is None else None
    ours = scores(seen_from(fast.from_facts(facts, AT, terms), view, later, terms, own))
    theirs = trust_scores(facts, view, later, terms)
    assert dict(ours) == pytest.approx({uri: score for uri, score in theirs.items() if score}, abs=1e-9)


# --- changes ---------------------------------------------------------------------------------------------


def changed(chance: random.Random, facts: Facts) -> tuple[Facts, set[str]]:
    """Some new attestations and memberships, some withdrawn; return the new facts and of whom they are."""
    people = [uri for uri in everybody(facts) if uri] + ["newcomer"]
    new = [
        attests(*chance.sample(people, 2), level=chance.randint(1, 3), name=f"new{n}", issued=AT - DAY)
        for n in range(chance.randint(1, 3))
    ]
    gone = chance.sample(sorted(facts.vouches, key=lambda fact: fact.id), min(2, len(facts.vouches)))
    joined = [MemberFact(HOME, chance.choice(people), OLD)]
    after = Facts.of(
        [*facts.vouches, *new], [*facts.graves, *(grave_of(fact.id, fact.issuer) for fact in gone)],
        [*facts.members, *joined],
    )  # fmt: skip
    return after, {fact.issuer for fact in (*new, *gone)} | {fact.member for fact in joined}


def patch(arrays: Arrays, facts: Facts, issuers: set[str], terms: TrustTerms) -> Arrays:
    """Bring arrays up to date as a reader does, which reads again what is of these people only."""
    some = Facts.of(
        [fact for fact in facts.vouches if fact.issuer in issuers], facts.graves,
        [fact for fact in facts.members if fact.member in issuers],
    )  # fmt: skip
    rows = fast.rows_of(some, AT, fast.instant_of(arrays.at), terms)
    moved = arrays.with_spells(issuers, fast.spells_of(some.members))
    return moved.patched({uri: rows.get(uri, {}) for uri in issuers})


@many
@given(chances)
def test_patched_arrays_are_as_good_as_new_ones(chance):
    facts, terms = crowd(chance), terms_of(chance)
    arrays = fast.from_facts(facts, AT, terms, lineage="x")
    for _ in range(3):
        facts, issuers = changed(chance, facts)
        arrays = patch(arrays, facts, issuers, terms)
    view = view_of(chance, facts, terms)
    assert collective_view(arrays, HOME, AT, terms) == webs.collective_view(facts, HOME, AT, terms)
    own = fast.own_row(facts, view, AT, terms) if view.starts is None else None
    seen, web = seen_from(arrays, view, AT, terms, own), webs.web_of(facts, view, AT, terms)
    people = everybody(facts)
    assert acceptances(seen, people, terms.L) == {uri: paths.acceptance(web, uri, terms.L) for uri in people}
    theirs = trust_scores(facts, view, AT, terms)
    assert dict(scores(seen)) == pytest.approx({uri: score for uri, score in theirs.items() if score}, abs=1e-9)


@many
@given(chances)
def test_a_vector_is_brought_up_to_date_from_the_one_before(chance):
    facts, terms = crowd(chance), terms_of(chance)
    view = view_of(chance, facts, terms)
    arrays = fast.from_facts(facts, AT, terms, lineage="x")
    before = fresh(seen_from(arrays, view, AT, terms, _own(facts, view, AT, terms)))
    facts, issuers = changed(chance, facts)
    later = AT + timedelta(hours=chance.randint(0, 10))
    seen = seen_from(patch(arrays, facts, issuers, terms), view, later, terms, _own(facts, view, later, terms))
    assert renewed(seen, before).values == pytest.approx(fresh(seen).values, abs=1e-9)


@many
@given(chances)
def test_a_vector_that_is_kept_is_within_its_bound(chance):
    """Held to a wide slack as well, so that the bound is tried where it is not next to nothing."""
    facts, terms = crowd(chance), terms_of(chance)
    view = View(chance.choice(["p0", "p1"]), frozenset(chance.sample(["p0", "p1"], 1)))
    arrays = fast.from_facts(facts, AT, terms, lineage="x")
    was = seen_from(arrays, view, AT, terms, _own(facts, view, AT, terms))
    before = fresh(was)
    facts, issuers = changed(chance, facts)
    if view.viewer in issuers:
        return
    seen = seen_from(patch(arrays, facts, issuers, terms), view, AT, terms, _own(facts, view, AT, terms))
    kept = unchanged(seen, before, slack=10.0)
    true, old = dict(scores(seen)), dict(Scores(was, before))
    moved = sum(abs(true.get(uri, 0.0) - old.get(uri, 0.0)) for uri in {*true, *old})
    if seen.outside != was.outside:
        assert kept is None  # the viewer was nowhere in the web before: nothing to keep
        return
    assume(kept is not None)  # its bound was beyond even that slack
    assert moved <= kept.error + 1e-11
    assert (unchanged(seen, before) is None) == (kept.error > SLACK)


def _own(facts, view, at, terms):
    return fast.own_row(facts, view, at, terms) if view.starts is None else None


# --- bytes -----------------------------------------------------------------------------------------------


@many
@given(chances)
def test_what_is_kept_as_bytes_comes_back_equal(chance):
    facts, terms = crowd(chance), terms_of(chance)
    arrays = fast.from_facts(facts, AT, terms, lineage="x").patched({"p0": {"late": 0.5}}, [(2**50, "p0")])
    back = loads(dumps(arrays), "x")
    assert list(back.names) == list(arrays.names)
    assert (back.at, back.horizon, back.due, back.lineage) == (arrays.at, arrays.horizon, arrays.due, "x")
    for column in ("starts", "targets", "weights"):
        assert (getattr(back, column) == getattr(arrays, column)).all()
    assert back.spells.groups == arrays.spells.groups


@pytest.mark.parametrize("spoilt", [b"", b"PK", b"\x80\x04K\x01.", b"0" * 500])
def test_spoilt_bytes_are_an_error_and_never_run(spoilt):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - one of the kinds that the reader expects
        loads(spoilt)
    assert isinstance(caught.value, UNREADABLE)


def test_columns_that_do_not_fit_or_hold_objects_are_not_taken():
    whole = dumps(fast.from_facts(facts_of([("a", "b"), ("b", "a")]), AT, TrustTerms()))
    with np.load(BytesIO(whole)) as of:
        columns = dict(of)
    for spoilt in ({"targets": np.array([7, 7], np.int32)}, {"weights": np.array([1.0])}, {"text": np.array([print])}):
        kept = BytesIO()
        np.savez(kept, **(columns | spoilt))
        with pytest.raises(UNREADABLE):
            loads(kept.getvalue())


@given(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=20), st.text(min_size=1, max_size=8))
def test_names_are_found_by_halving(uris, other):
    names = Names.of(uris)
    assert list(names) == sorted(uris)
    assert [names.find(uri) for uri in sorted(uris)] == list(range(len(uris)))
    assert (names.find(other) is None) == (other not in uris)
    assert names.with_late([other, *uris]).find(other) is not None
