"""The page of a member, all paths to them, attesting, withdrawing, anchors."""

import pytest
from django.urls import reverse

from network.models import Tombstone, Vouch
from tests import factories
from tests.frontend.reading import faults, page_of


def read(client, name, *args, **data):
    answer = client.get(reverse(name, args=args), data)
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def test_why_to_trust_stands_directly_under_the_name(town):
    page = read(town.visitor, "member", town.elise.pk)
    assert [heading.text for heading in page.all("h1", "h2")][:2] == ["Élise", "Pourquoi faire confiance à Élise"]
    assert "Membre de Coopérative Démo depuis le" in page.words
    assert "Vu de Coopérative Démo" in page.words


def test_a_member_sees_paths_from_their_own_place(town):
    page = read(town.client, "member", town.elise.pk)
    assert "Deux voies indépendantes vous mènent à Élise" in page.words
    threads = [" ".join(e.text.split()) for e in page.all("ol") if e.attributes.get("class") == "thread"]
    assert len(threads) == 2
    assert all(
        thread.startswith("Vous") and "Élise · ont travaillé ensemble, attesté le" in thread for thread in threads
    )
    assert "À qui demander : " in page.words


def test_nobody_is_told_to_ask_themselves(town):
    page = read(town.client, "member", town.bachir.pk)
    assert "Vous vous en portez garant vous-même." in page.words
    assert "À qui demander" not in page.words


def test_one_path_names_whom_everything_passes_through(town):
    factories.Vouch.objects.filter(issuer=town.camille).delete()
    factories.web_changed()
    page = read(town.client, "member", town.elise.pk)
    assert "Une voie vous mène à Élise" in page.words
    assert "Toutes les voies passent par Bachir." in page.words


def test_no_path_says_so_and_accuses_nobody(town):
    stranger = factories.member("Dominique", origin="https://tours.example")
    page = read(town.client, "member", stranger.pk)
    assert "Aucun chemin depuis ce point" in page.words
    assert "https://tours.example" not in [a.attributes["href"] for a in page.all("a")]


def test_the_federated_document_is_linked(town):
    answer = town.visitor.get(reverse("member", args=[town.elise.pk]))
    assert answer["Link"] == f'<{town.elise.uri}>; rel="alternate"; type="application/activity+json"'
    link = next(e for e in page_of(answer).all("link") if e.attributes["rel"] == "alternate")
    assert (link.attributes["href"], link.attributes["type"]) == (town.elise.uri, "application/activity+json")


def test_what_another_node_says_never_runs(town):
    hostile = "<p onclick='x()'>Bon</p><script>x()</script><iframe src=//x></iframe><style>*{display:none}</style>"
    far = factories.member("Pirate", origin="https://pirate.example", summary=hostile, website="javascript:x()")
    page = read(town.visitor, "member", far.pk)
    assert not page.all("iframe", "style")
    assert not page.programs
    assert "Bon" in page.words


def test_markdown_of_ours_is_drawn(town):
    town.elise.summary = "# Titre\n**gras** <script>x()</script>"
    town.elise.save()
    page = read(town.visitor, "member", town.elise.pk)
    assert "Titre" in [heading.text for heading in page.all("h3")]
    assert "gras" in [strong.text for strong in page.all("strong")]
    assert not page.programs


def test_somebody_who_left_is_not_found(town, clock):
    town.elise.gone_at = clock.now()
    town.elise.save()
    assert town.visitor.get(reverse("member", args=[town.elise.pk])).status_code == 404


def test_an_old_copy_says_so(town, clock):
    far = factories.member("Loin", origin="https://tours.example", heard_at=clock.now())
    clock.advance(days=8)
    page = read(town.visitor, "member", far.pk)
    assert "Copie de plus de 7 jours" in page.words
    assert "Vu sur tours.example" in page.words


def test_all_paths_whose_viewpoint_and_what_is_asked(town):
    page = read(town.client, "trust", town.elise.pk)
    assert "Vu de votre place" in page.words
    assert "Qui s’en porte garant" in page.words
    assert "Il faut" in page.words
    picture = page.all("svg")[-1].attributes
    assert picture["role"] == "img"
    assert "Vous → Bachir → Élise" in picture["aria-label"]


def test_a_private_attestation_is_seen_by_its_issuer_only(town):
    factories.vouch_between(town.alix, town.elise, kind="prestation", public=False, statement="Chantier secret")
    assert "Chantier secret" in read(town.client, "trust", town.elise.pk).words
    assert "Chantier secret" not in read(town.visitor, "trust", town.elise.pk).words


# --- attesting ------------------------------------------------------------------------------------------------


def test_attesting_takes_a_form_a_confirmation_and_an_act(town):
    address = reverse("vouch", args=[town.elise.pk])
    data = {"level": "3", "statement": "Travail <b>soigné</b>"}
    answer = town.client.post(address, data)
    page = page_of(answer)
    assert answer.status_code == 200
    assert "Confirmer votre attestation" in page.words
    assert "Travail <b>soigné</b>" in page.words
    assert not Vouch.objects.filter(issuer=town.alix, subject=town.elise).exists()
    answer = town.client.post(address, data | {"confirmed": "1"}, follow=True)
    made = Vouch.objects.get(issuer=town.alix, subject=town.elise)
    assert (made.level, made.statement) == (3, data["statement"])
    page = page_of(answer)
    assert "Votre attestation est enregistrée." in page.words
    assert "Vous vous en portez garant vous-même." in page.words
    assert "Retirer mon attestation" in page.words


def test_attesting_without_saying_what(town):
    answer = town.client.post(reverse("vouch", args=[town.elise.pk]), {"statement": "Bien", "confirmed": "1"})
    page = page_of(answer)
    assert answer.status_code == 400
    assert "Ce champ est nécessaire." in page.words
    assert page.with_id("id_statement").text.strip() == "Bien"
    assert faults(page) == []


def test_nobody_attests_for_themselves(town):
    page = read(town.client, "vouch", town.alix.pk)
    assert "l’on n’atteste pas pour soi-même" in page.words
    answer = town.client.post(reverse("vouch", args=[town.alix.pk]), {"level": "1", "confirmed": "1"})
    assert answer.status_code == 400
    assert not Vouch.objects.filter(issuer=town.alix, subject=town.alix).exists()


def test_withdrawing_takes_two_steps(town):
    address = reverse("vouch_withdraw", args=[town.bachir.pk])
    assert town.client.post(address).status_code == 200
    assert not Tombstone.objects.exists()
    answer = town.client.post(address, {"confirmed": "1"}, follow=True)
    assert "Votre attestation est retirée." in page_of(answer).words
    assert Tombstone.objects.count() == 1
    assert town.client.get(address).status_code == 404


# --- anchors --------------------------------------------------------------------------------------------------


def test_a_visitor_with_two_anchors_looks_from_their_own_place(town, settings):
    page = read(town.visitor, "anchors")
    assert "Bachir" in page.words
    answer = town.visitor.post(reverse("anchors"), {"known": [town.bachir.pk, town.camille.pk]})
    cookie = answer.cookies[settings.ANCHORS_COOKIE_NAME]
    assert cookie["httponly"]
    assert town.bachir.uri not in cookie.value
    page = read(town.visitor, "member", town.elise.pk)
    assert "Vu de votre place" in page.words
    assert "Deux voies indépendantes vous mènent à Élise" in page.words


def test_choosing_nobody_removes_the_cookie(town, settings):
    town.visitor.post(reverse("anchors"), {"known": [town.bachir.pk, town.camille.pk]})
    town.visitor.post(reverse("anchors"), {})
    assert not town.visitor.cookies[settings.ANCHORS_COOKIE_NAME].value
    assert "Vu de Coopérative Démo" in read(town.visitor, "member", town.elise.pk).words


@pytest.mark.parametrize("value", ["x", "WyJhIl0:x:y", "a" * 4000])
def test_a_forged_cookie_is_nobody(town, settings, value):
    town.visitor.cookies[settings.ANCHORS_COOKIE_NAME] = value
    assert "Vu de Coopérative Démo" in read(town.visitor, "member", town.elise.pk).words


def test_somebody_of_another_node_can_be_chosen_from_their_page(town):
    far = factories.member("Dominique", origin="https://tours.example")
    page = read(town.visitor, "anchors", ajouter=far.pk)
    box = next(
        e for e in page.all("input") if e.attributes.get("value") == str(far.pk) and e.attributes["type"] == "checkbox"
    )
    assert "checked" in box.attributes
    assert town.visitor.get(reverse("anchors"), {"ajouter": "999999"}).status_code == 404
    assert town.visitor.get(reverse("anchors"), {"ajouter": "x"}).status_code == 200
