"""The charter's pages: versions anybody can prove, drafts that keep what was typed, the way from a missing figure."""

import hashlib
import json
from copy import deepcopy

import pytest
import rfc8785
from django.test import Client
from django.urls import reverse

from frontend.figure_words import title_of
from governance.actions.charter import adopt_charter
from governance.models import Charter, CharterDraft, Mandate, Proposal
from governance.queries.states import charter_of
from governance.rules.charter import parts
from network.clock import now
from tests.frontend.reading import faults, page_of
from tests.frontend.room_cast import Room, make_room


@pytest.fixture
def room(db) -> Room:
    return make_room()


def read(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    page = page_of(answer)
    assert faults(page) == []
    return page


def second(room, **figures):
    """A second version: a figure changed, an article edited, another removed, one added."""
    document = deepcopy(charter_of(room.cast.collective).document)
    document["figures"] |= figures or {"consent.call_minutes": 15}
    document["articles"][0]["text"] += " Toujours."
    document["articles"] = [*document["articles"][:5], {"id": "soin", "title": "Prendre soin", "text": "De tout."}]
    text, terms = parts(document)
    return adopt_charter(collective=room.cast.collective, text=text, terms=terms)


def adopted_earlier(room) -> Charter:
    """A charter in force from before the software knew of mandates."""
    old = deepcopy(charter_of(room.cast.collective).document)
    old["figures"] = {name: value for name, value in old["figures"].items() if not name.startswith("mandate.")}
    return Charter.objects.create(
        collective=room.cast.collective, version=2, digest="sha256:old", document=old, adopted_at=now()
    )


def begun(room) -> CharterDraft:
    room.alix.client.post(reverse("charter_change"))
    return CharterDraft.objects.order_by("-pk").first()


def set_figures(room, draft, **values):
    """Send the form of figures as the page shows it, with these fields changed."""
    address = reverse("charter_draft_figures", args=[draft.pk])
    form = room.alix.client.get(address).context["form"]
    data = {name: field.initial or "" for name, field in form.fields.items() if not name.startswith("out.")}
    draft.refresh_from_db()
    return room.alix.client.post(address, {**data, "revision": draft.revision, **values}, follow=True)


def test_every_version_is_public_and_its_digest_recomputes(room):
    second(room)
    page = read(Client(), reverse("charter"))
    assert "version 2" in page.words
    assert "en vigueur" in page.words
    page = read(Client(), reverse("charter_versions"))
    for number in (1, 2):
        row = Charter.objects.get(version=number)
        assert row.digest in page.words
        read(Client(), reverse("charter_version", args=[number]))
        body = Client().get(reverse("charter_document", args=[number])).content
        assert row.digest == f"sha256:{hashlib.sha256(body).hexdigest()}"
        assert rfc8785.dumps(json.loads(body)) == body
        told = Client().get(reverse("api_charter_version", args=[number])).json()
        assert told["digest"] == f"sha256:{hashlib.sha256(rfc8785.dumps(told['document'])).hexdigest()}"
    assert Client().get(reverse("charter_version", args=[9])).status_code == 404
    assert [each["version"] for each in Client().get(reverse("api_charter_versions")).json()["results"]] == [2, 1]


def test_any_two_versions_are_compared(room):
    second(room)
    page = read(Client(), reverse("charter_compare") + "?de=1&a=2")
    for words in ("Toujours.", "Prendre soin", "article ajouté", "article retiré", "10 minutes", "15 minutes"):
        assert words in page.words
    told = Client().get(reverse("api_charter_diff") + "?from=1&to=2").json()
    assert told["figures"] == [{"place": "consent.call_minutes", "old": 10, "new": 15}]
    assert [each["kind"] for each in told["articles"]] == ["edited", "removed", "added"]
    assert Client().get(reverse("api_charter_diff") + "?from=1").status_code == 400
    assert Client().get(reverse("charter_compare") + "?de=x&a=2").status_code == 404
    same = Client().get(reverse("charter_compare") + "?de=2&a=2").content.decode()
    assert "Rien ne change." in same


def test_draft_is_written_proposed_and_shown_as_what_it_changes(room):
    draft = begun(room)
    read(room.alix.client, reverse("charter_draft", args=[draft.pk]))
    read(room.alix.client, reverse("charter_draft_text", args=[draft.pk]))
    read(room.alix.client, reverse("charter_draft_figures", args=[draft.pk]))
    page = set_figures(room, draft, **{"consent.call_minutes": "15", "classes.charter.quorum": "75 %"}).content.decode()
    assert "2/3" in page
    assert "3/4" in page
    address = reverse("charter_draft", args=[draft.pk])
    draft.refresh_from_db()
    sent = {"act": "propose", "title": "Plus de temps", "revision": draft.revision}
    page = room.alix.client.post(address, sent, follow=True).content.decode()
    proposal = Proposal.objects.get(title="Plus de temps")
    assert proposal.decision_class == "charter"
    assert "Ce que cela change dans la charte" in page
    assert "15 minutes" in page
    edit = room.alix.client.get(reverse("proposition_edit", args=[proposal.pk])).content.decode()
    assert 'name="text"' not in edit
    again = room.alix.client.post(address, sent, follow=True)
    assert again.status_code == 200
    assert Proposal.objects.filter(title="Plus de temps").count() == 1


def test_articles_are_moved_added_and_removed_without_script(room):
    draft = begun(room)
    address = reverse("charter_draft_text", args=[draft.pk])
    form = room.alix.client.get(address).context["form"]
    data = {name: form[name].initial or "" for name in form.fields if not name.endswith("-out")}
    data |= {"revision": 1, "3-place": "1", "5-out": "on", "new-title": "Prendre soin", "new-place": "2"}
    room.alix.client.post(address, data)
    draft.refresh_from_db()
    ids = [each["id"] for each in draft.document["articles"]]
    assert ids == ["entraide", "prendre-soin", "liberte", "horizontalite", "partage", "logiciel-libre"]
    stale = room.alix.client.post(address, {**data, "title": "Charte à nous"})
    assert stale.status_code == 400
    assert "Charte à nous" in stale.content.decode()


def test_bad_figures_are_kept_and_named(room):
    draft = begun(room)
    page = set_figures(room, draft, **{"consent.call_minutes": "bientôt", "ballot.secrecy_floor": "2"}).content.decode()
    assert "Il y a 2 points à corriger avant de proposer" in page
    assert "Cette valeur sort des bornes." in page
    assert "Proposer ce changement" not in page
    form = room.alix.client.get(reverse("charter_draft_figures", args=[draft.pk]))
    assert 'value="bientôt"' in form.content.decode()
    assert faults(page_of(form)) == []


def test_new_decision_class_starts_from_the_ordinary_one(room):
    draft = begun(room)
    set_figures(room, draft, new_class="travaux")
    draft.refresh_from_db()
    assert draft.document["classes"]["travaux"] == draft.document["classes"]["ordinary"]


def test_drafts_are_their_authors_alone(room):
    draft = begun(room)
    for desk in (room.bachir, room.dominique):
        for name in ("charter_draft", "charter_draft_text", "charter_draft_figures"):
            assert desk.client.get(reverse(name, args=[draft.pk])).status_code == 404
    assert Client().get(reverse("charter_draft", args=[draft.pk])).status_code == 302
    assert room.dominique.client.post(reverse("charter_change")).status_code == 403
    assert "premier cercle" in read(room.dominique.client, reverse("charter_change")).words


def test_moved_base_is_said_and_rebased_by_its_author(room):
    draft = begun(room)
    set_figures(room, draft, **{"consent.call_minutes": "20"})
    second(room)
    address = reverse("charter_draft", args=[draft.pk])
    assert "Repartir de la version en vigueur" in read(room.alix.client, address).words
    page = room.alix.client.post(address, {"act": "rebase"}, follow=True).content.decode()
    assert "Vous et la nouvelle version avez changé la même chose" in page
    assert "<li>Temps laissé pour donner sa position avant la révélation</li>" in page
    draft.refresh_from_db()
    assert (draft.base.version, draft.document["figures"]["consent.call_minutes"]) == (2, 20)


def test_places_of_a_charter_are_named_in_words():
    assert title_of("classes.charter.quorum").endswith(" (Décisions sur la charte)")
    assert [title_of(place) for place in ("classes.travaux", "some.thing")] == ["travaux", "some.thing"]


def test_missing_figure_leads_to_the_charter(room):
    adopted_earlier(room)
    address = reverse("circle_mandate", args=[room.cast.circle.pk])
    answer = room.alix.client.post(address, {"member": room.cast.bachir.pk, "role": "secretary"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "mandate.max_months" in page
    link = reverse("charter_change") + "?manque=mandate.max_months"
    assert link in page
    assert not Mandate.objects.exists()
    assert "Compléter la charte" in read(room.alix.client, link).words
    draft = room.alix.client.post(link, {"act": "complete"}, follow=True).content.decode()
    assert "Compléter les règles de la charte" in draft


def test_charter_adopted_earlier_is_completed_by_a_decision_like_any_other(room):
    adopted_earlier(room)
    told = read(room.alix.client, reverse("charter"))
    assert "elle ne dit rien de 4\u00a0règles" in told.words or "elle ne dit rien de 4 règles" in told.words
    assert "mandate.cooling_months" in told.words
    assert "elle ne dit rien" not in read(room.dominique.client, reverse("charter")).words, "who cannot change it"
    assert "elle ne dit rien" not in read(room.alix.client, reverse("charter_version", args=[1])).words
    for _ in range(2):  # pressed twice: one draft
        room.alix.client.post(reverse("charter_change"), {"act": "complete"})
    draft = CharterDraft.objects.get()
    assert charter_of(room.cast.collective).version == 2, "nothing changes before it is decided"
    assert draft.document["figures"]["mandate.cooling_months"] == 12
    page = read(room.alix.client, reverse("charter_draft", args=[draft.pk]))
    assert "à corriger" not in page.words
    data = {"act": "propose", "title": "Compléter les règles", "revision": draft.revision}
    room.alix.client.post(reverse("charter_draft", args=[draft.pk]), data)
    proposal = Proposal.objects.get(title="Compléter les règles")
    assert proposal.effect == {"kind": "charter", "draft": draft.pk}
    assert "mandate.cooling_months" in proposal.text


def test_complete_charter_has_nothing_to_add(room):
    assert "elle ne dit rien" not in read(room.alix.client, reverse("charter")).words
    page = room.alix.client.post(reverse("charter_change"), {"act": "complete"}, follow=True).content.decode()
    assert "déjà toutes les règles" in page
    assert not CharterDraft.objects.exists()


def test_text_and_change_stand_in_the_room(room):
    draft = begun(room)
    set_figures(room, draft, **{"consent.call_minutes": "15"})
    draft.refresh_from_db()
    room.alix.client.post(
        reverse("charter_draft", args=[draft.pk]), {"act": "propose", "title": "Plus", "revision": draft.revision}
    )
    room.cast.assembly.items.filter(position=1).update(proposal=Proposal.objects.get(title="Plus"))
    room.enter()
    page = room.camille.look()
    assert "Ce que cela change dans la charte" in page
    assert "15 minutes" in page
    assert "Ouvrir le projet de charte" not in page


def test_every_figure_of_a_version_is_on_a_page_of_its_own(room):
    page = read(Client(), reverse("charter"))
    address = reverse("charter_figures", args=[1])
    assert address in [a.attributes.get("href") for a in page.all("a")]
    rules = read(Client(), address)
    assert "consent.call_minutes" in rules.words
    assert Client().get(reverse("charter_figures", args=[9])).status_code == 404
