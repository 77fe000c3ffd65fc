"""TRU-02, 04, 07, 09, 10, 11: what attestations cannot buy, in both engines.

TRU-05 (forged across nodes) is in tests/federation/attested/test_attested_relays.py, TRU-12 (a blocked host) in
tests/federation/test_measures.py, floods and trades (TRU-06, TRU-08) in test_tru_floods.py.
"""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from network.actions.collectives import end_membership
from network.actions.trust import renew_vouch, vouch, withdraw_vouch
from network.actions.webs import web_changed
from network.errors import NotEntitled, NotFound
from network.models import Vouch
from network.queries import arrays
from network.queries.facts import all_facts
from network.queries.trust import trust_lines, trust_page, viewpoint_for
from network.rules import fast, fast_paths, paths, webs
from network.rules.belonging import belonging, counted_from
from network.rules.facts import DEFAULT_TERMS, YEAR, Facts, MemberFact, View, digest
from network.rules.pagerank import trust_scores
from tests.factories import account, collective, member, vouch_between, web
from tests.network.rules.graphs import AT, HOME, OLD, attests, facts_of, random_pairs

DAY = timedelta(days=1)


@pytest.fixture(params=["reference", "fast"])
def engine(request, settings, clock):
    settings.TRUST_ENGINE = request.param
    arrays.forget()
    return request.param


@pytest.fixture
def home(db):
    return collective("Les Terrils")


def line(looker, subject, **how):
    return trust_lines(viewpoint_for(member=looker), [subject], **how)[subject.pk]


# --- TRU-02: self-attestation ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_tru_02_nobody_attests_themselves(home, clock):
    alix = member("Alix", belongs_to=home)
    with pytest.raises(NotEntitled, match="self_vouch"):
        vouch(actor=alix, subject_id=alix.pk, level=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        vouch_between(alix, alix)
    assert Facts.of([attests("u", "u")], members=[MemberFact(HOME, "u", OLD)]).counting(AT, DEFAULT_TERMS) == ()


@pytest.mark.django_db
def test_tru_02_a_second_actor_or_an_own_organisation_weighs_nothing_unless_it_was_admitted(engine, home):
    """Mallory has ten accounts elsewhere and an association, in no collective: together they weigh nothing."""
    alix, bachir = member("Alix", belongs_to=home), member("Bachir", belongs_to=home)
    mallory = member("Mallory", belongs_to=home)
    others = [member(f"Mallory {n}", origin="https://two.example") for n in range(10)]
    others.append(member("Chez Mallory", kind="association", origin="https://two.example"))
    web(home, (alix, bachir), (alix, mallory), (bachir, mallory))
    before = line(alix, mallory), trust_page(viewpoint_for(member=alix), mallory).belonging
    for each in others:
        vouch_between(each, mallory, level=3)
        vouch_between(mallory, each, level=3)
        with pytest.raises(NotEntitled, match="not_a_member"):
            vouch(actor=each, subject_id=mallory.pk, level=3)
    after = line(alix, mallory), trust_page(viewpoint_for(member=alix), mallory).belonging
    assert (after[0].kappa, after[0].paths, after[1]) == (before[0].kappa, before[0].paths, before[1])
    assert after[0].score <= before[0].score
    assert {line(alix, each).kappa for each in others} == {1}  # all through Mallory


# --- TRU-04: false dates ---------------------------------------------------------------------------------


def test_tru_04_dates_far_back_or_ahead_count_for_nothing():
    long_past = attests("u", "w", issued=AT - 11 * YEAR, days=20_000)
    far_ahead = attests("u", "x", issued=AT + 10 * YEAR, days=20_000)
    endless = attests("u", "y", issued=AT - YEAR, days=20_000)
    facts = Facts.of([long_past, far_ahead, endless], members=[MemberFact(HOME, "u", OLD)])
    assert [fact.subject for fact in facts.counting(AT, DEFAULT_TERMS)] == ["y"]
    assert [fact.subject for fact in facts.counting(AT + YEAR, DEFAULT_TERMS)] == []  # two years, whatever it says
    assert not fast.trust_scores(facts, View("u"), AT, DEFAULT_TERMS).get("x")


def test_tru_04_nothing_counts_from_before_its_issuer_was_a_member():
    early = attests("u", "w", issued=AT - 100 * DAY)
    facts = Facts.of([early], members=[MemberFact(HOME, "u", AT - 10 * DAY)])
    assert facts.counting(AT - 11 * DAY, DEFAULT_TERMS) == ()
    assert facts.counting(AT, DEFAULT_TERMS) == (early,)


def test_tru_04_the_rate_counts_from_receipt_whatever_the_date_says():
    """Twelve attestations dated last year arrive today: one counts each month from now on, none before receipt."""
    backdated = [attests("u", f"w{n:02}", issued=AT - 300 * DAY, entered=AT) for n in range(12)]
    facts = Facts.of(backdated, members=[MemberFact(HOME, "u", OLD)])
    dates = counted_from(facts, "u", AT, DEFAULT_TERMS, HOME)
    assert sorted(dates.values()) == [AT + 30 * n * DAY for n in range(12)]


def test_tru_04_receipt_changes_nothing_else():
    """Two nodes that heard of it at different times hold the same state and compute the same."""
    pairs = random_pairs(random.Random(4), 12, 0.3)
    said = set()
    for delay in (0, 40, 400):
        facts = Facts.of(
            [attests(u, w, issued=AT - 500 * DAY, entered=AT - (500 - delay) * DAY) for u, w in pairs],
            members=facts_of(pairs).members,
        )
        scores = tuple(trust_scores(facts, View("0"), AT, DEFAULT_TERMS).items())
        said.add((digest(facts), scores, paths.disjoint_paths(facts, View("0"), "1", AT, DEFAULT_TERMS)))
    assert len(said) == 1


# --- TRU-07: path bomb -----------------------------------------------------------------------------------

PEOPLE, DEGREE = 5_000, 200
OFFSETS = sorted(random.Random(7).sample(range(1, PEOPLE), DEGREE))


@pytest.fixture(scope="module")
def bomb():
    """A million arrows between five thousand people: simple paths of four steps between two of them are millions."""
    import numpy as np

    from network.rules.fast_arrays import FOREVER, Names, Spells, arrays_of, micros

    names = Names.of(f"m{n:04}" for n in range(PEOPLE))
    u = np.repeat(np.arange(PEOPLE), DEGREE)
    w = (u + np.tile(OFFSETS, PEOPLE)) % PEOPLE
    spells = Spells.of([HOME], ((0, n, 0, FOREVER) for n in range(PEOPLE)))
    return arrays_of(names, u, w, np.ones(len(u)), spells, micros(AT))


def test_tru_07_a_path_bomb_is_answered_through_a_few_people(bomb, monkeypatch):
    """A hundred strangers, paths shown: what is handed to the path finder stays small, and nothing is enumerated."""
    from network.rules.fast_webs import seen_from

    handed = []
    true = fast_paths.paths_among
    monkeypatch.setattr(
        fast_paths, "paths_among", lambda web, subject, kept: handed.append(len(kept)) or true(web, subject, kept)
    )
    own = {f"m{n:04}": 1.0 for n in OFFSETS}
    seen = seen_from(bomb, View("m0000"), AT, DEFAULT_TERMS, own)
    asked = [f"m{n:04}" for n in range(1, PEOPLE, 50)]
    found = fast_paths.acceptances(seen, asked, DEFAULT_TERMS.L)
    assert {one.kappa for one in found.values()} == {3}
    assert all(len(one.paths) == 3 for one in found.values())
    assert len(handed) == len(asked)
    assert max(handed) <= 2 * DEGREE + 2


def test_tru_07_the_search_for_a_path_visits_nobody_twice(bomb, monkeypatch):
    """Where every way leads through one person the search must exhaust them all: each is looked at once a search."""
    from network.rules.fast_webs import seen_from

    seen = seen_from(bomb, View("v"), AT, DEFAULT_TERMS, {"m0000": 1.0})
    visits = []
    true = fast_paths._Flow._open
    monkeypatch.setattr(fast_paths._Flow, "_open", lambda self, state: visits.append(state) or true(self, state))
    subject = seen.number("m4999")
    (found,) = fast_paths.kappas(seen, [subject], DEFAULT_TERMS.L)
    assert found.kappa == 1
    assert len(visits) <= 2 * PEOPLE * 2 * (DEFAULT_TERMS.L + 1)


# --- TRU-09: whoever is excluded -------------------------------------------------------------------------


@pytest.mark.django_db
def test_tru_09_forty_attestations_of_somebody_excluded_weigh_nothing_from_that_day_and_are_kept(engine, home, clock):
    alix, elise = member("Alix", belongs_to=home), member("Élise", belongs_to=home)
    crowd = [member(f"M{n}", belongs_to=home) for n in range(40)]
    web(home, (alix, elise), (alix, crowd[0]), *((elise, each) for each in crowd))
    assert all(line(alix, each).kappa for each in crowd)
    was = clock.now()
    clock.advance(days=1)
    end_membership(collective=home, member=elise)
    assert [line(alix, each).kappa for each in crowd[1:]] == [0] * 39
    assert [line(alix, each).score for each in crowd[1:]] == [0.0] * 39
    assert Vouch.objects.filter(issuer=elise).count() == 40
    assert len([f for f in all_facts().counting(was, DEFAULT_TERMS) if f.issuer == elise.uri]) == 40
    assert not belonging(all_facts(), crowd[5].uri, clock.now(), DEFAULT_TERMS, collective=home.uri).attesters


# --- TRU-10: private edges -------------------------------------------------------------------------------


@pytest.fixture
def secret(home, clock):
    """Alix privately attests Fanny; what others may ask about it, as functions of nothing."""
    alix, bachir, camille = (member(name, belongs_to=home) for name in ("Alix", "Bachir", "Camille"))
    fanny = member("Fanny", belongs_to=home)
    web(home, (alix, bachir), (alix, camille), (bachir, alix), (bachir, camille))
    return alix, bachir, camille, fanny


@pytest.mark.django_db
def test_tru_10_to_everybody_else_a_private_edge_is_as_if_absent(engine, secret, client, api_said):
    alix, bachir, _camille, fanny = secret
    client.force_login(account(bachir))
    before = api_said(client, secret), _said_to(bachir, secret), _asked(bachir, fanny), digest(all_facts())
    given = vouch(actor=alix, subject_id=fanny.pk, level=3, kind="prestation", statement="secret", public=False)
    assert line(alix, fanny).direct
    assert api_said(client, secret) == before[0]
    assert _said_to(bachir, secret) == before[1]
    assert _asked(bachir, fanny) == before[2]  # timing: as much is read
    assert digest(all_facts()) == before[3]
    assert (
        client.get(f"/att/{given.uri.rpartition('/')[2]}", headers={"Accept": "application/activity+json"}).status_code
        == 404
    )
    for act in (renew_vouch, withdraw_vouch):
        with pytest.raises(NotFound) as private:
            act(actor=bachir, vouch_id=given.pk)
        with pytest.raises(NotFound) as absent:
            act(actor=bachir, vouch_id=given.pk + 999)
        assert (private.value.code, private.value.facts) == (absent.value.code, absent.value.facts)


def _said_to(looker, people):
    return [
        (trust_lines(here, people), [trust_page(here, person) for person in people])
        for here in (viewpoint_for(member=looker), viewpoint_for(member=None))
    ]


def _asked(looker, subject) -> int:
    """How many questions a page costs, after a change of the web by nobody in particular."""
    trust_page(viewpoint_for(member=looker), subject)
    web_changed([])
    with CaptureQueriesContext(connection) as asked:
        trust_page(viewpoint_for(member=looker), subject)
    return len(asked)


@pytest.fixture
def api_said():
    def read(client, people):
        addresses = [f"/api/v1/members/{person.pk}" for person in people] + ["/api/v1/offers", "/api/v1/node"]
        return [client.get(address).content for address in addresses]

    return read


# --- TRU-11: determinism ---------------------------------------------------------------------------------


def test_tru_11_a_hundred_orders_of_edges_give_the_same_answers_in_both_engines():
    chance = random.Random(11)
    pairs, view = random_pairs(chance, 20, 0.2), View("0")
    seen = set()
    for _ in range(100):
        facts = facts_of(chance.sample(pairs, len(pairs)))
        scores = fast.trust_scores(facts, view, AT, DEFAULT_TERMS)
        order = sorted(scores, key=lambda uri: (-round(scores[uri], 9), uri))
        found = tuple(fast_paths.acceptances(fast.see(facts, view, AT, DEFAULT_TERMS), order, 4).items())
        seen.add((tuple(order), tuple(scores[uri] for uri in order), found))
    assert len(seen) == 1
    order, scores, found = seen.pop()
    theirs = trust_scores(facts_of(pairs), view, AT, DEFAULT_TERMS)
    assert list(scores) == pytest.approx([theirs[uri] for uri in order], abs=1e-9)
    web = webs.web_of(facts_of(pairs), view, AT, DEFAULT_TERMS)
    assert dict(found) == {uri: paths.acceptance(web, uri, 4) for uri in order}


@pytest.mark.django_db
def test_tru_11_rows_in_any_order_give_the_same_scores_on_either_database(engine, home, clock):
    """The figures are written here: SQLite and PostgreSQL, both engines, must all give them."""
    chance = random.Random(12)
    people = [member(f"M{n}", belongs_to=home, handle=f"m{n}") for n in range(8)]
    pairs = [(u, w) for u in people for w in people if u != w and chance.random() < 0.35]
    said = set()
    for _ in range(3):
        Vouch.objects.all().delete()
        web(home, *chance.sample(pairs, len(pairs)))
        found = trust_lines(viewpoint_for(member=people[0]), people)
        said.add(tuple(round(found[person.pk].score, 9) for person in people))
    assert [list(figures) for figures in said] == [FIGURES]


FIGURES = [0.544643952, 0.0, 0.027536926, 0.031356098, 0.092500949, 0.124612252, 0.049790143, 0.12955968]
