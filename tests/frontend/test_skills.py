"""The pages of the tree of skills, and the address that other programs read."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from network.actions.skills import load_skills, merge_skills
from network.models import Skill
from tests import factories
from tests.frontend.reading import faults, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(town):
    load_skills()
    town.member = Client()
    town.member.force_login(factories.account(town.bachir))
    return town


def test_the_page_of_a_skill(tree):
    page = page_of(tree.visitor.get(reverse("skill", args=["nextcloud"])))
    assert faults(page) == []
    assert page.all("h1")[0].text == "Nextcloud"
    links = {a.text: a.attributes["href"] for a in page.all("a")}
    assert links["Voir qui le propose"] == "/annuaire?skill=nextcloud"
    assert links["Fichiers partagés"] == "/competences/fichiers-partages"
    assert "ownCloud" in page.words
    assert "https://www.wikidata.org/entity/Q25874683" in page.words
    assert "Ajouter" not in page.words


def test_an_unknown_skill_is_not_found(tree):
    assert tree.visitor.get("/competences/rien").status_code == 404
    assert tree.visitor.get("/skills/rien").status_code == 404


def test_programs_read_a_concept_and_people_a_page(tree):
    answer = tree.visitor.get("/skills/courriel", headers={"accept": "application/ld+json"})
    said = json.loads(answer.content)
    assert answer["Content-Type"] == "application/ld+json"
    assert said["@id"].endswith("/skills/courriel")
    assert said["prefLabel"] == {"fr": "Courriel", "en": "E-mail"}
    assert said["broader"].endswith("/skills/hebergement")
    assert [each for each in said["narrower"] if each.endswith("/skills/listes-de-diffusion")]
    assert said["exactMatch"] == ["https://www.wikidata.org/entity/Q9158"]
    assert "mail" in said["altLabel"]
    assert "IMAP" in said["hiddenLabel"]
    people = tree.visitor.get("/skills/courriel", headers={"accept": "text/html"})
    assert (people.status_code, people["Location"]) == (303, "/competences/courriel")
    assert "Accept" in people["Vary"]


def test_the_old_address_leads_on(tree):
    merge_skills(actor=tree.alix, slug="vpn", into="acces-internet")
    assert tree.visitor.get("/skills/vpn")["Location"] == "/skills/acces-internet"
    assert tree.visitor.get("/competences/vpn")["Location"] == "/competences/acces-internet"
    page = page_of(tree.visitor.get("/annuaire", {"skill": "vpn"}))
    assert page.all("h1")[0].text == "Accès internet"


def test_a_member_adds_a_skill(tree):
    form = page_of(tree.member.get("/competences/nouvelle?sous=materiel"))
    assert faults(form) == []
    answer = tree.member.post(
        "/competences/nouvelle", {"label_fr": "Vélos cargos", "broader": "materiel", "same": "biporteur\n"}
    )
    assert answer["Location"] == "/competences/velos-cargos"
    page = page_of(tree.member.get("/competences/velos-cargos"))
    assert "La compétence est ajoutée." in page.words
    assert "biporteur" in page.words
    assert "Ajouter une compétence plus précise" in page.words
    assert "Réunir" not in page.words


def test_a_name_that_exists_is_refused_and_stays_typed(tree):
    answer = tree.member.post("/competences/nouvelle", {"label_fr": "courriels", "synonyms": "smtp"})
    page = page_of(answer)
    assert answer.status_code == 400
    assert "« Courriel » existe déjà." in page.words
    assert page.with_id("id_label_fr").attributes["value"] == "courriels"
    assert "smtp" in page.with_id("id_synonyms").text


def test_an_operator_merges_in_two_steps_and_splits(tree):
    browser = tree.client
    assert faults(page_of(browser.get("/competences/vpn/reunir"))) == []
    asked = page_of(browser.post("/competences/vpn/reunir", {"into": "Accès internet"}))
    assert "Rien ne se perd, et cela peut être défait." in asked.words
    assert Skill.objects.get(slug="vpn").merged_into is None
    done = browser.post("/competences/vpn/reunir", {"into": "acces-internet", "confirmed": "1"})
    assert done["Location"] == "/competences/acces-internet"
    page = page_of(browser.get("/competences/acces-internet"))
    assert "Séparer « VPN »" in page.words
    split = next(f for f in page.all("form") if f.attributes["action"].endswith("/defaire")).attributes["action"]
    assert browser.post(split)["Location"] == "/competences/vpn"
    assert Skill.objects.get(slug="vpn").merged_into is None


def test_others_may_not_merge(tree):
    assert tree.member.get("/competences/vpn/reunir").status_code == 403
    assert tree.visitor.get("/competences/vpn/reunir").status_code == 302
    assert tree.visitor.post("/competences/nouvelle", {"label_fr": "x"}).status_code == 302
