"""A collective's page: figures, who holds it together, who lacks paths, the table; the same for everybody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.actions.collectives import set_trust_terms
from network.actions.trust import vouch
from network.errors import NotFound
from network.queries import collective_web as module
from network.queries.collective_web import collective_viewpoint, collective_web
from network.queries.trust import viewpoint_for
from tests.factories import collective, member, vouch_between, web
from tests.network.web_cast import cloth

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock):
    return cloth()


def page(cast, **kwargs):
    return collective_web(cast.home.slug, **kwargs)


def test_the_figures(cast):
    seen = page(cast)
    assert (seen.members, seen.settled, seen.q, seen.y) == (5, 5, 2, 2)
    assert (seen.basis, seen.referents, seen.arrows, seen.mutual) == ("referents", 3, 8, 3)


def test_who_holds_whom(cast):
    assert [(held.member.name, held.count, [other.name for other in held.others]) for held in page(cast).holders] == [
        ("Camille", 2, ["Fanny", "Gwen"]),
        ("Fanny", 1, ["Gwen"]),
    ]
    vouch_between(cast.alix, cast.gwen)
    assert [(held.member.name, held.count) for held in page(cast).holders] == [("Camille", 1)]


def test_without_referents_ties_count_both_ways(clock):
    home = collective("Petit cercle")
    ana, bea, cyd = (member(name, belongs_to=home) for name in ("Ana", "Béa", "Cyd"))
    web(home, (ana, bea), (bea, cyd))
    seen = collective_web("petit-cercle")
    assert (seen.basis, seen.referents) == ("members", 0)
    assert [held.member.name for held in seen.holders] == ["Béa"]


def test_who_lacks_paths_and_what_would_help(cast):
    found = page(cast).newcomers
    assert [(new.member.name, new.candidate, new.kappa) for new in found] == [
        ("Hugo", True, 0), ("Fanny", False, 1), ("Gwen", False, 1),
    ]  # fmt: skip
    assert [person.name for person in found[1].openers] == ["Alix", "Bachir"]
    vouch(actor=cast.alix, subject_id=cast.fanny.pk, level=2)
    assert [new.member.name for new in page(cast).newcomers] == ["Hugo", "Gwen"]


def test_the_table_says_how_each_stands(cast):
    rows = {row.member.name: row.standing for row in page(cast).rows}
    assert list(rows) == ["Alix", "Bachir", "Camille", "Fanny", "Gwen"]
    assert (rows["Alix"].attesters, rows["Alix"].given, rows["Alix"].referent, rows["Alix"].passes) == (
        2, 2, True, True,
    )  # fmt: skip
    assert (rows["Gwen"].attesters, rows["Gwen"].passes) == (1, False)


def test_pages_of_the_table(cast, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 2)
    assert [row.member.name for row in page(cast, page=2).rows] == ["Camille", "Fanny"]
    assert (page(cast, page=2).pages, page(cast, page=99).page, page(cast, page=-1).page) == (3, 3, 1)


def test_a_large_collective_is_drawn_by_its_referents(cast, monkeypatch):
    assert page(cast).drawn.whole
    assert len(page(cast).drawn.people) == 5
    monkeypatch.setattr(module, "DRAWN", 4)
    drawn = page(cast).drawn
    assert not drawn.whole
    assert {name for _, name in drawn.people} == {"Alix", "Bachir", "Camille"}
    assert drawn.beyond[cast.camille.uri] == 1
    assert len(drawn.arrows) == 6


def test_the_viewpoint_is_that_of_visitors(cast):
    assert collective_viewpoint(cast.home) == viewpoint_for(member=None)


def test_the_charters_own_figures_are_used(cast):
    set_trust_terms(collective=cast.home, terms={"trust.d": "1"})
    assert [new.member.name for new in page(cast).newcomers] == ["Hugo"]


def test_somebody_who_left_is_not_there(cast, clock):
    cast.gwen.gone_at = clock.now()
    cast.gwen.save()
    seen = page(cast)
    assert seen.members == 4
    assert [held.member.name for held in seen.holders] == ["Camille"]


def test_no_such_collective_nor_one_of_another_node(cast):
    type(cast.home).objects.create(uri="https://x.example/g/loin", origin="https://x.example", slug="loin", name="Loin")
    for slug in ("nulle-part", "loin"):
        with pytest.raises(NotFound) as refusal:
            collective_web(slug)
        assert refusal.value.code == "collective_unknown"


def test_private_attestations_change_nothing(cast):
    before = page(cast)
    for subject in (cast.gwen, cast.hugo, cast.bachir):
        vouch(actor=cast.alix, subject_id=subject.pk, level=3, kind="prestation", public=False)
    assert page(cast) == before


def test_forty_members_take_the_queries_of_five(cast):
    page(cast)
    few = count(lambda: page(cast))
    crowd = [member(f"M{n:02}", belongs_to=cast.home) for n in range(35)]
    web(cast.home, *zip(crowd, crowd[1:], strict=False))
    page(cast)
    assert count(lambda: page(cast)) == few


def count(call):
    with CaptureQueriesContext(connection) as asked:
        call()
    return len(asked)
