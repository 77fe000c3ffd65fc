"""What would change how somebody is seen, with names; kept while the web stays the same; the same few queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.actions.trust import vouch, withdraw_vouch
from network.queries.trust import trust_lines, viewpoint_for
from network.queries.whatif import what_if, what_ifs
from tests.factories import member, vouch_between
from tests.network.web_cast import cloth

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock):
    return cloth()


def said(found):
    return [(loss.issuer.name if loss.issuer else "", loss.subject.name, loss.kappa) for loss in found.losses]


def test_who_could_open_a_path_and_whose_loss_would_close_one(cast, clock):
    found = what_if(viewpoint_for(member=cast.alix), cast.fanny)
    assert (found.kappa, [person.name for person in found.openers]) == (1, ["Bachir"])
    assert said(found) == [("Camille", "Fanny", 0)]
    assert found.losses[0].ends_at == clock.now() - timedelta(days=300) + timedelta(days=730)
    assert (found.tried, found.refreshed) == (True, None)


def test_ones_own_attestation_is_the_viewers(cast):
    vouch_between(cast.alix, cast.hugo)
    assert said(what_if(viewpoint_for(member=cast.alix), cast.hugo)) == [("", "Hugo", 0)]


def test_nothing_would_change_oneself(cast):
    assert what_if(viewpoint_for(member=cast.alix), cast.alix).losses == ()


def test_somebody_who_left_is_not_named(cast, clock):
    here = viewpoint_for(member=cast.alix)
    what_if(here, cast.fanny)
    type(cast.bachir).objects.filter(pk=cast.bachir.pk).update(gone_at=clock.now())
    assert what_if(here, cast.fanny).openers == ()


def test_a_change_of_the_web_is_seen_at_once(cast):
    here = viewpoint_for(member=cast.alix)
    assert what_if(here, cast.fanny).kappa == 1
    vouch(actor=cast.bachir, subject_id=cast.fanny.pk, level=2)
    found = what_if(here, cast.fanny)
    assert found.kappa == 2
    assert said(found)[0] == ("Camille", "Fanny", 1)
    assert set(said(found)) == {("Camille", "Fanny", 1), ("Bachir", "Fanny", 1), ("", "Camille", 1), ("", "Bachir", 1)}
    withdraw_vouch(actor=cast.camille, vouch_id=cast.camille.vouches_given.get(subject=cast.fanny).pk)
    assert said(what_if(here, cast.fanny)) == [("Bachir", "Fanny", 0)]  # to Bachir there is another way, by Camille


def test_a_private_attestation_changes_nothing_for_others(cast):
    views = [viewpoint_for(member=None), viewpoint_for(member=cast.bachir), viewpoint_for(member=cast.fanny)]
    people = [cast.alix, cast.bachir, cast.camille, cast.fanny, cast.gwen, cast.hugo]
    before = [what_if(here, person) for here in views for person in people]
    vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=3, kind="prestation", public=False)
    assert [what_if(here, person) for here in views for person in people] == before
    assert ("", "Gwen", 1) in said(what_if(viewpoint_for(member=cast.alix), cast.gwen))


def test_many_people_take_the_queries_of_one(cast):
    crowd = [member(f"M{n}", belongs_to=cast.home) for n in range(12)]
    for each in crowd:
        vouch_between(cast.bachir, each)
    here = viewpoint_for(member=cast.alix)
    lines = trust_lines(here, crowd)
    every = [(each, lines[each.pk]) for each in crowd]
    assert count(lambda: what_ifs(here, every)) == count(lambda: what_ifs(here, every[:1])) == 3
    assert {found.openers[0] for found in what_ifs(here, every).values()} == {cast.camille}


def count(call):
    with CaptureQueriesContext(connection) as asked:
        call()
    return len(asked)
