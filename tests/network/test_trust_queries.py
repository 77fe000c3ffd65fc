"""Trust as somebody sees it: viewpoints, lines, the page; what stays private; how much is read."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.actions.collectives import end_membership, set_trust_terms
from network.actions.trust import vouch, withdraw_vouch
from network.queries import webs
from network.queries.trust import Viewpoint, trust_lines, trust_page, viewpoint_for
from network.rules.facts import TrustTerms
from tests.factories import collective, member, vouch_between, web

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _frozen(clock):
    """Facts here are written relative to the frozen instant."""


@pytest.fixture
def home():
    return collective("Les Terrils")


@pytest.fixture
def people(home):
    """Four old members and a provider of another node: Alix › Bachir › Dominique, Alix › Camille › Dominique."""
    alix, bachir, camille, fanny = (member(name, belongs_to=home) for name in ("Alix", "Bachir", "Camille", "Fanny"))
    dominique = member("Dominique", origin="https://tours.example")
    web(home, (alix, bachir), (alix, camille), (bachir, dominique), (camille, dominique))
    return {person.name: person for person in (alix, bachir, camille, fanny, dominique)}


def _names(line):
    return [[hop.name for hop in path] for path in line.paths]


def _line(viewpoint, subject, **kwargs):
    return trust_lines(viewpoint, [subject], **kwargs)[subject.pk]


# --- viewpoints ------------------------------------------------------------------------------------------


def test_a_visitor_looks_through_the_collective(home, people):
    here = viewpoint_for(member=None)
    assert (here.kind, here.collective, here.basis, here.own_edges, here.needed) == (
        "collective",
        home,
        "members",
        0,
        2,
    )


def test_a_member_with_enough_attestations_looks_alone(people):
    here = viewpoint_for(member=people["Alix"])
    assert (here.kind, here.member, here.basis, here.own_edges) == ("mine", people["Alix"], "own", 2)


def test_with_fewer_the_viewpoint_is_still_the_collectives(people):
    here = viewpoint_for(member=people["Bachir"])
    assert (here.kind, here.basis, here.own_edges, here.needed) == ("collective", "members", 1, 2)


def test_anchors_make_up_for_attestations_and_unknown_ones_count_for_nothing(people):
    bachir, camille = people["Bachir"].uri, people["Camille"].uri
    assert viewpoint_for(member=None, anchors=[bachir, camille]).kind == "mine"
    assert viewpoint_for(member=people["Bachir"], anchors=[camille]).kind == "mine"
    assert viewpoint_for(member=None, anchors=[bachir, "https://nowhere.example/u/x"]).kind == "collective"
    assert viewpoint_for(member=people["Bachir"], anchors=[bachir]).kind == "collective"  # oneself


def test_before_the_first_run_there_is_nothing_to_look_through():
    fanny = member("Fanny")
    here = viewpoint_for(member=None)
    assert (here.kind, here.collective) == ("collective", None)
    assert _line(here, fanny).label == "no_path"
    assert trust_page(here, fanny).belonging is None
    assert _line(Viewpoint("collective"), fanny).kappa == 0


def test_referents_speak_for_a_collective_that_has_them(home):
    trio = [member(name, belongs_to=home) for name in ("Alix", "Bachir", "Camille")]
    outer = member("Fanny", belongs_to=home)
    web(home, *((u, w) for u in trio for w in trio if u != w), (trio[0], outer), (trio[1], outer))
    here = viewpoint_for(member=None)
    assert (here.basis, set(here.view.starts)) == ("referents", {person.uri for person in trio})
    line = _line(here, outer)
    assert _names(line) == [
        ["Les Terrils", "Alix", "Fanny"],
        ["Les Terrils", "Bachir", "Fanny"],
    ]
    assert (line.kappa, line.accepted, line.label) == (2, True, "accepted")


# --- lines -----------------------------------------------------------------------------------------------


def test_two_ways_with_names_levels_and_dates(people, clock):
    line = _line(viewpoint_for(member=people["Alix"]), people["Dominique"])
    assert (line.kappa, line.accepted, line.label, line.direct) == (2, True, "accepted", False)
    assert _names(line) == [["", "Bachir", "Dominique"], ["", "Camille", "Dominique"]]
    me, bachir, dominique = line.paths[0]
    assert (me.member_id, me.level, me.issued_at) == (people["Alix"].pk, 0, None)
    assert (bachir.uri, bachir.member_id, bachir.level) == (people["Bachir"].uri, people["Bachir"].pk, 2)
    assert dominique.issued_at == clock.now() - timedelta(days=30)
    assert line.score > 0


def test_ones_own_attestation_is_said_first(people):
    alix, fanny = people["Alix"], people["Fanny"]
    vouch_between(alix, fanny)
    line = _line(viewpoint_for(member=alix), fanny)
    assert (line.kappa, line.label, line.direct, _names(line)) == (1, "direct", True, [["", "Fanny"]])


def test_a_sensitive_service_asks_for_one_more_path(people):
    line = _line(viewpoint_for(member=people["Alix"]), people["Dominique"])
    strict = line.asked_of(sensitive=True)
    assert (strict.kappa, strict.accepted, strict.label) == (2, False, "two_paths")
    assert line.asked_of(sensitive=False) is line


def test_oneself_and_people_out_of_reach(people):
    here = viewpoint_for(member=people["Alix"])
    lines = trust_lines(here, [people["Alix"], people["Fanny"]])
    assert lines[people["Alix"].pk].label == "self"
    assert (lines[people["Fanny"].pk].label, lines[people["Fanny"].pk].paths) == ("no_path", ())


def test_old_attestations_are_weak_support(home, clock):
    alix, bachir, camille, fanny = (member(name, belongs_to=home) for name in ("Alix", "Bachir", "Camille", "Fanny"))
    set_trust_terms(collective=home, terms={"trust.theta": "1"})
    web(home, (alix, bachir), (alix, camille), (bachir, fanny), (camille, fanny), level=1)
    assert _line(viewpoint_for(member=alix), fanny).label == "weak"
    set_trust_terms(collective=home, terms={"trust.theta": "0"})
    assert _line(viewpoint_for(member=alix), fanny).label == "accepted"


def test_anchors_lead_on_without_date(people):
    here = viewpoint_for(member=None, anchors=[people["Bachir"].uri, people["Camille"].uri])
    line = _line(here, people["Dominique"])
    assert _names(line) == [["", "Bachir", "Dominique"], ["", "Camille", "Dominique"]]
    assert (line.paths[0][1].level, line.paths[0][1].issued_at, line.paths[0][0].member_id) == (0, None, None)
    assert line.accepted


# --- what changes is seen --------------------------------------------------------------------------------


def test_a_withdrawal_closes_the_way_at_once(people):
    here = viewpoint_for(member=people["Alix"])
    assert _line(here, people["Dominique"]).kappa == 2
    withdraw_vouch(actor=people["Bachir"], vouch_id=people["Bachir"].vouches_given.get().pk)
    assert _line(here, people["Dominique"]).kappa == 1


def test_what_a_leaver_attested_weighs_nothing_from_that_day(people, home):
    here = viewpoint_for(member=people["Alix"])
    assert _line(here, people["Dominique"]).kappa == 2
    end_membership(collective=home, member=people["Camille"])
    assert _names(_line(here, people["Dominique"])) == [["", "Bachir", "Dominique"]]


def test_days_pass_without_any_change_of_rows(people, clock):
    here = viewpoint_for(member=people["Alix"])
    before = _line(here, people["Dominique"]).score
    clock.advance(days=365)
    assert _line(here, people["Dominique"]).score < before
    clock.advance(days=365)
    assert _line(here, people["Dominique"]).kappa == 0


def test_a_new_name_shows_though_the_web_is_the_same(people):
    here = viewpoint_for(member=people["Alix"])
    _line(here, people["Dominique"])
    type(people["Bachir"]).objects.filter(pk=people["Bachir"].pk).update(name="Bachir Nouveau")
    assert _line(here, people["Dominique"]).paths[0][1].name == "Bachir Nouveau"


def test_what_is_kept_stays_bounded():
    store = webs.Bounded(3)
    for n in range(10):
        assert store.get(n % 5, lambda n=n: n) is not None
    assert len(store) == 3
    assert store.get(4, lambda: "made") != "made"
    assert store.get(0, lambda: "made") == "made"


# --- what is private stays so ----------------------------------------------------------------------------


def test_a_private_attestation_opens_ways_for_its_issuer_and_shows_to_nobody_else(people, home):
    alix, fanny = people["Alix"], people["Fanny"]
    others = [viewpoint_for(member=people["Bachir"], anchors=[alix.uri]), viewpoint_for(member=None)]
    others += [viewpoint_for(member=fanny, anchors=[alix.uri, people["Camille"].uri])]
    subjects = list(people.values())
    before = [(trust_lines(here, subjects), trust_page(here, fanny)) for here in others]
    vouch(actor=alix, subject_id=fanny.pk, level=3, kind="prestation", statement="secret", public=False)
    assert [(trust_lines(here, subjects), trust_page(here, fanny)) for here in others] == before
    mine = viewpoint_for(member=alix)
    assert _line(mine, fanny).label == "direct"
    assert [(v.kind, v.public, v.statement) for v in trust_page(mine, fanny).vouchers] == [
        ("prestation", False, "secret")
    ]


def test_a_private_attestation_does_not_bring_the_subject_their_own_reading(people):
    alix, fanny = people["Alix"], people["Fanny"]
    vouch(actor=alix, subject_id=fanny.pk, level=3, kind="prestation", public=False)
    assert trust_page(viewpoint_for(member=fanny), fanny).vouchers == ()


# --- the page --------------------------------------------------------------------------------------------


def test_the_page_names_who_attests_and_the_belonging(people, home, clock):
    page = trust_page(viewpoint_for(member=people["Alix"]), people["Bachir"])
    assert [(v.member, v.level, v.renewed) for v in page.vouchers] == [(people["Alix"], 2, False)]
    assert page.line.label == "direct"
    seen = page.belonging
    assert (seen.collective, seen.q, seen.attesters, seen.waiting) == (home, 1, (people["Alix"].uri,), ())
    assert seen.passes
    assert seen.member_since == clock.now() - timedelta(days=500)


def test_somebody_of_another_node_is_no_member_here(people):
    assert trust_page(viewpoint_for(member=None), people["Dominique"]).belonging.member_since is None


def test_the_page_names_the_person_everything_passes_through(home):
    alix, bachir, camille, fanny = (member(name, belongs_to=home) for name in ("Alix", "Bachir", "Camille", "Fanny"))
    elise, other = member("Élise", belongs_to=home), member("Gwen", belongs_to=home)
    web(home, (alix, bachir), (alix, other), (bachir, camille), (bachir, fanny), (camille, elise), (fanny, elise))
    page = trust_page(viewpoint_for(member=alix), elise)
    assert (page.line.kappa, page.line.label, page.cut) == (1, "one_path", bachir)


def test_revoked_and_ended_attestations_are_not_on_the_page(people, clock):
    bachir = people["Bachir"]
    here = viewpoint_for(member=people["Fanny"])
    withdraw_vouch(actor=people["Alix"], vouch_id=bachir.vouches_received.get().pk)
    assert trust_page(here, bachir).vouchers == ()
    clock.advance(days=740)
    assert trust_page(here, people["Dominique"]).vouchers == ()


# --- how much is read ------------------------------------------------------------------------------------


def _count(call):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        call()
    return len(asked)


def test_a_page_of_twenty_takes_the_same_few_queries_as_one(people, home):
    crowd = [member(f"M{n}", belongs_to=home) for n in range(20)]
    web(home, *((people["Bachir"], each) for each in crowd), *((people["Camille"], each) for each in crowd[:10]))
    here = viewpoint_for(member=people["Alix"])
    cold = _count(lambda: trust_lines(here, crowd))
    assert {_line(here, each).kappa for each in crowd} == {1, 2}
    assert cold <= 5
    assert _count(lambda: trust_lines(here, crowd)) == _count(lambda: trust_lines(here, crowd[:1])) == 2
    assert _count(lambda: viewpoint_for(member=people["Alix"])) <= 2


# --- nothing heavy until asked ---------------------------------------------------------------------------


def test_the_web_process_loads_no_path_finder_before_the_first_question(tmp_path):
    program = (
        "import sys, deploy.asgi, network.queries.trust;"
        "print([name for name in ('networkx', 'numpy', 'scipy') if name in sys.modules]);"
        "network.queries.trust.engine(); print('networkx' in sys.modules, 'numpy' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"DJANGO_SETTINGS_MODULE": "deploy.settings", "TOILE_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)},
    ).stdout.splitlines()  # fmt: skip
    assert said == ["[]", "True False"]


def test_default_figures_are_those_of_the_design():
    assert TrustTerms().to_text() == {
        "trust.q": "3", "trust.q_large": "5", "trust.k": "3", "trust.x": "4/5", "trust.rate_days": "30",
        "trust.newcomers": "12", "trust.validity": "2", "trust.half_life": "1", "trust.renewal": "1",
        "trust.grace_days": "60", "trust.d": "2", "trust.d_sensitive": "3", "trust.L": "4", "trust.alpha": "3/20",
        "trust.C": "10/3", "trust.theta": "1/20",
    }  # fmt: skip
