"""What gives access to a client's machines or data asks for one path more: marked skills, what lies under them, and
each offer for itself."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from network.actions.collectives import set_trust_terms
from network.actions.skills import add_skill, load_skills, merge_skills, split_skill
from network.models import Skill
from network.queries.search import find_offers
from network.queries.skills import sensitive_skills
from network.queries.trust import viewpoint_for
from network.rules.search import SearchQuery
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer", "clock")]


@pytest.fixture
def cast(db):
    """Alix gets to Prune through Bachir and through Camille; Prune hosts and teaches."""
    load_skills()
    home = factories.collective()
    alix, bachir, camille = (factories.member(name, belongs_to=home) for name in ("Alix", "Bachir", "Camille"))
    prune = factories.member("Prune", origin="https://tours.example")
    factories.web(home, (alix, bachir), (alix, camille), (bachir, prune), (camille, prune))
    factories.offer(prune, "Hébergement", skill="hebergement")
    factories.offer(prune, "Formation", skill="formation")
    return SimpleNamespace(home=home, alix=alix, prune=prune)


def asked(viewer, **said):
    return find_offers(SearchQuery(place="Liévin", **said), viewpoint=viewpoint_for(member=viewer))


def labels(viewer, **said):
    return {hit.offer.title: (hit.trust.accepted, hit.trust.label) for hit in asked(viewer, **said).hits}


def marked():
    return set(Skill.objects.filter(pk__in=sensitive_skills()).values_list("slug", flat=True))


def third_path(cast):
    dounia = factories.member("Dounia", belongs_to=cast.home)
    factories.web(cast.home, (cast.alix, dounia), (dounia, cast.prune))


def test_two_paths_are_enough_for_a_training_and_not_for_hosting(cast):
    assert labels(cast.alix) == {"Hébergement": (False, "two_paths"), "Formation": (True, "accepted")}
    assert list(labels(cast.alix, accepted_only=True)) == ["Formation"]
    assert [facet.count for facet in asked(cast.alix).facets["accepted"]] == [1]
    third_path(cast)
    assert set(labels(cast.alix).values()) == {(True, "accepted")}
    assert asked(cast.alix, accepted_only=True).total == 2


def test_the_charter_may_ask_for_as_many_as_elsewhere(cast):
    set_trust_terms(collective=cast.home, terms={"trust.d_sensitive": "2"})
    assert set(labels(cast.alix).values()) == {(True, "accepted")}


def test_programs_read_the_same(cast):
    client = Client()
    client.force_login(factories.account(cast.alix))
    answer = client.get("/api/v1/offers", {"accepted": "1"}).json()
    assert [hit["title"] for hit in answer["results"]] == ["Formation"]
    told = {skill["slug"]: skill["sensitive"] for skill in client.get("/api/v1/skills").json()}
    assert (told["hebergement"], told["nextcloud"], told["formation"]) == (True, True, False)


def test_who_seeks_it_gets_access_to_nothing(cast):
    factories.offer(cast.prune, "Cherche un hébergeur", skill="hebergement", purpose="request")
    assert labels(cast.alix, purpose="request") == {"Cherche un hébergeur": (True, "accepted")}


def test_whatever_lies_under_a_marked_skill_is_as_sensitive(cast):
    assert {"courriel", "listes-de-diffusion", "infogerance", "serveur-local", "sauvegarde"} <= marked()
    assert not {"formation", "reseau", "graphisme"} & marked()
    add_skill(actor=cast.alix, label_fr="Boîtes sous scellés", broader="courriel")
    add_skill(actor=cast.alix, label_fr="Vannerie")
    assert "boites-sous-scelles" in marked()
    assert "vannerie" not in marked()
    factories.offer(cast.prune, "Scellés", skill="boites-sous-scelles")
    assert labels(cast.alix)["Scellés"] == (False, "two_paths")


def test_a_merge_takes_the_mark_along_and_its_undoing_gives_it_back(cast):
    operator = factories.member("Opale", belongs_to=cast.home)
    factories.account(operator, operator=True)
    merge = merge_skills(actor=operator, slug="courriel", into="formation")
    assert {"formation", "listes-de-diffusion"} <= marked()
    load_skills()
    assert "formation" in marked()
    split_skill(actor=operator, merge_id=merge.pk)
    assert "formation" not in marked()
    assert "courriel" in marked()


def test_nodes_that_know_these_skills_get_the_mark(cast):
    operator = factories.member("Opale", belongs_to=cast.home)
    factories.account(operator, operator=True)
    merge_skills(actor=operator, slug="courriel", into="reseau")
    expected = marked()
    Skill.objects.update(sensitive=False)
    import_module("network.migrations.0008_sensitive_skills").mark(apps, None)
    assert marked() == expected
    assert load_skills() == 0


def test_both_kinds_in_one_list_cost_no_query_more(cast):
    asked(cast.alix)
    with CaptureQueriesContext(connection) as before:
        asked(cast.alix)
    for n in range(6):
        owner = factories.member(f"P{n}", origin="https://tours.example")
        factories.offer(owner, f"Hébergement {n}", skill="courriel")
        factories.offer(owner, f"Formation {n}", skill="formation")
    asked(cast.alix)
    with CaptureQueriesContext(connection) as after:
        asked(cast.alix)
    assert len(after) == len(before)
