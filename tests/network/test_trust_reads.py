"""In a large web a page reads what it needs: no attestation between people far away becomes an object for it."""

import pytest

from network.actions.webs import keep_arrays
from network.queries import arrays, facts, webs
from network.queries.collective_web import collective_web
from network.queries.tending import competences, kind_of_skill, my_web, pace_for
from network.queries.trust import trust_lines, viewpoint_for
from network.queries.whatif import what_if
from tests.factories import collective, member, vouch_between, web
from tests.network.web_cast import cloth

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock):
    made = cloth()
    vouch_between(made.alix, made.gwen, kind=kind_of_skill("nextcloud"))
    return made


@pytest.fixture
def fast(settings):
    settings.TRUST_ENGINE = "fast"
    arrays.forget()


@pytest.fixture
def read(monkeypatch):
    """Whose attestations became objects, and how often all of them were read."""
    told, whole = [], []
    true, everything = facts.VouchFact, webs.all_facts
    monkeypatch.setattr(facts, "VouchFact", lambda *row: told.append(row[1]) or true(*row))
    monkeypatch.setattr(webs, "all_facts", lambda: whole.append(1) or everything())
    return told, whole


def far_away(people=12):
    """A collective of its own, in which everybody attests everybody."""
    home = collective("Au loin")
    crowd = [member(f"Loin {n}", belongs_to=home) for n in range(people)]
    web(home, *((u, w) for u in crowd for w in crowd if u != w))
    return {person.uri for person in crowd}


PAGES = {
    "my web": lambda cast: my_web(cast.camille),
    "pace": lambda cast: pace_for(cast.camille, cast.hugo),
    "competences": lambda cast: competences(viewpoint_for(member=None), cast.gwen),
    "what if": lambda cast: what_if(viewpoint_for(member=cast.alix), cast.fanny),
    "what if, for visitors": lambda cast: what_if(viewpoint_for(member=None), cast.gwen),
    "collective": lambda cast: collective_web(cast.home.slug),
}


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_makes_no_object_of_what_is_said_far_away(cast, read, page):
    strangers = far_away()
    arrays.built(webs.terms_of(cast.home), cast.home.founded_at)
    read[0].clear()
    PAGES[page](cast)
    told, whole = read
    assert whole == []
    assert not strangers & set(told)


@pytest.mark.parametrize("page", PAGES)
def test_both_engines_draw_the_same_page(cast, settings, page):
    far_away(4)
    pages = []
    for engine in ("reference", "fast"):
        settings.TRUST_ENGINE = engine
        arrays.forget()
        pages.append(PAGES[page](cast))
    assert pages[0] == pages[1]


def test_both_engines_say_alike_what_would_change_for_everybody(cast, settings):
    people = [cast.alix, cast.bachir, cast.camille, cast.fanny, cast.gwen, cast.hugo]
    vouch_between(cast.bachir, cast.hugo, level=1)
    said = []
    for engine in ("reference", "fast"):
        settings.TRUST_ENGINE = engine
        views = [viewpoint_for(member=None), viewpoint_for(member=None, anchors=[cast.fanny.uri, cast.hugo.uri])]
        views += [viewpoint_for(member=person) for person in people]
        said.append([what_if(here, person) for here in views for person in people])
    assert said[0] == said[1]
    assert any(found.openers for found in said[0])
    assert any(found.losses for found in said[0])


@pytest.mark.usefixtures("fast")
def test_arrays_kept_by_others_serve_what_would_change(cast, read):
    keep_arrays()
    arrays.forget()
    here = viewpoint_for(member=cast.alix)
    assert trust_lines(here, [cast.fanny])[cast.fanny.pk].kappa == 1
    assert [person.name for person in what_if(here, cast.fanny).openers] == ["Bachir", "Gwen"]
    assert read[1] == []
