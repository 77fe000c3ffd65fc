"""Importing, undoing, claiming: the pages as people get them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from network.formats import geojson
from network.models import Claim, Conversation, Event, ImportRun, Member, Offer
from network.rules.entries import merged
from tests import factories
from tests.frontend.reading import page_of
from tests.peers import Peer

OWN = "titre;lieu;prix;montant\nInstallation;62800;heure;55\nSans prix;Liévin;;\n"
ENTRIES = "nom;commune;site;titre\nÉtage 12;Liévin;https://etage.example;Courriel\n"


def upload(text, name="a.csv"):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


@pytest.fixture
def client(town, gazetteer):
    return town.client


def begun(client, text, **more):
    answer = client.post("/compte/importer", {"file": upload(text), "scope": "own"} | more)
    assert answer.status_code == 302, page_of(answer).words
    return answer["Location"]


def entries(client, text=ENTRIES):
    page = begun(client, text, scope="entries", source="Annuaire Z")
    client.post(page + "/faire")
    return Member.objects.filter(unclaimed=True)


# --- importing --------------------------------------------------------------------------------------------


def test_a_file_is_shown_line_by_line_and_mended_in_place(client):
    preview = begun(client, OWN)
    words = page_of(client.get(preview)).words
    assert "1 ligne à corriger" in words
    assert "Ligne 3" in words
    assert "prix : Choisissez un prix" in words
    assert not Offer.objects.exists()
    mended = OWN.replace("Sans prix;Liévin;;", "Sans prix;Liévin;don;")
    assert client.post(preview, {"text": mended}).status_code == 302
    words = page_of(client.get(preview)).words
    assert "à corriger" not in words
    assert "Importer 2 lignes" in words


def test_confirming_and_undoing(client):
    preview = begun(client, OWN)
    client.post(preview + "/faire")
    assert Offer.objects.get().title == "Installation"
    words = page_of(client.get(preview)).words
    assert "Ce qui a été fait" in words
    assert "1 ligne laissée de côté" in words
    assert "Tout annuler" in page_of(client.get(preview + "/annuler")).words
    assert Offer.objects.get().state == "live"
    client.post(preview + "/annuler", {"confirmed": "1"})
    assert Offer.objects.get().state == "withdrawn"
    assert "1 changement défait" in page_of(client.get(preview)).words


def test_undoing_says_what_stays_and_why(client):
    first = begun(client, ENTRIES, scope="entries", source="Annuaire Z")
    client.post(first + "/faire")
    entries(client)
    Offer.objects.update(title="Boîtes aux lettres")
    client.post(first + "/annuler", {"confirmed": "1"})
    words = page_of(client.get(first)).words
    assert "2 restent, parce qu’un import plus récent les a relues" in words
    assert "modifiée depuis" not in words
    again = begun(client, OWN)
    client.post(again + "/faire")
    Offer.objects.filter(title="Installation").update(availability="Le soir")
    client.post(again + "/annuler", {"confirmed": "1"})
    assert "1 reste, parce que quelqu’un l’a modifiée depuis" in page_of(client.get(again)).words


def test_the_preview_says_which_entries_came_from_elsewhere(client):
    known = ENTRIES.replace("nom;", "identifiant;nom;").replace("\nÉtage", "\nhttps://etage.example/fiche;Étage")
    entries(client, known)
    preview = begun(client, known.replace("Courriel", "Wiki"), scope="entries", source="Annuaire Y")
    assert "apportée par une autre source" in page_of(client.get(preview)).words


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"PK\x03\x04 rest", "archive compressée"),
        (b"\x89PNG\r\n", "pas du texte"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"", "Il n’y a rien à lire"),
        (b'{"a": [}', "mal formé, vers la ligne 1"),
        (b"[" * 100 + b"]" * 100, "trop de niveaux"),
    ],
)
def test_what_cannot_be_read_says_why(client, file, said):
    answer = client.post("/compte/importer", {"file": upload(file), "scope": "own"})
    assert answer.status_code == 400
    assert said in page_of(answer).words
    assert not ImportRun.objects.exists()


def test_a_table_without_heading_keeps_its_text(client):
    preview = begun(client, "a;b\n1;2\n")
    page = client.get(preview)
    assert "La première ligne doit nommer les colonnes" in page_of(page).words
    assert "a;b" in page.content.decode()
    assert client.post(preview + "/faire").status_code == 400


def test_a_table_of_a_french_spreadsheet_is_read(client):
    preview = begun(
        client, "titre;prix;lieu\nDépannage à l’heure d'été;don;Liévin\n".replace("’", "'").encode("cp1252")
    )
    client.post(preview + "/faire")
    assert Offer.objects.get().title == "Dépannage à l'heure d'été"


def test_only_operators_see_entries_and_nobody_anothers_import(client, town):
    preview = begun(client, OWN)
    other = type(client)()
    other.force_login(factories.account(town.bachir))
    assert other.get(preview).status_code == 404
    assert other.post(preview + "/faire").status_code == 404
    words = page_of(other.get("/compte/importer")).words
    assert "d’autres structures" not in words
    assert other.get("/compte/importer/reclamations").status_code == 403
    assert town.visitor.get("/compte/importer").status_code == 302
    assert client.get(preview)["Cache-Control"] == "private, no-store"


def test_a_calendar_is_shown_event_by_event_taken_and_undone(client, clock):
    begin = "BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{title}\nDTSTART:{day}T140000\nDTEND:{day}T180000\nLOCATION:Liévin\n"
    good = begin.format(uid="1", title="Fête d’installation", day="20261205") + "END:VEVENT\n"
    faulty = begin.format(uid="2", title="Permanence", day="20261207") + "RRULE:FREQ=DAILY\nEND:VEVENT\n"
    preview = begun(client, f"BEGIN:VCALENDAR\n{good}{faulty}END:VCALENDAR\n")
    words = page_of(client.get(preview)).words
    assert "Ligne 9 · Permanence" in words
    assert "répétition : nous ne savons pas tenir cette répétition (FREQ=DAILY)" in words
    assert "Fête d’installation" in words
    assert "sera ajoutée" in words
    client.post(preview + "/faire")
    event = Event.objects.get()
    assert (event.title, event.dates.get().place_name) == ("Fête d’installation", "Liévin")
    assert "1 ligne laissée de côté" in page_of(client.get(preview)).words
    client.post(preview + "/annuler", {"confirmed": "1"})
    event.refresh_from_db()
    assert event.state == "withdrawn"
    assert "Importer un agenda" in page_of(client.get("/compte/evenements")).words


# --- unclaimed entries ------------------------------------------------------------------------------------


def test_an_unclaimed_entry_says_so_everywhere(client, town):
    entry = entries(client).get()
    words = page_of(town.visitor.get(f"/membres/{entry.pk}")).words
    assert "Fiche non revendiquée. Elle vient de Annuaire Z" in words
    assert "Pourquoi faire confiance" not in words
    assert "Attester" not in page_of(client.get(f"/membres/{entry.pk}")).words
    offer = entry.offers.get()
    assert "Fiche non revendiquée" in page_of(town.visitor.get(f"/offres/{offer.pk}")).words
    assert "prix non indiqué" in page_of(town.visitor.get(f"/offres/{offer.pk}")).words
    assert "non revendiquée" in page_of(town.visitor.get("/annuaire?q=courriel&place=Liévin")).words
    path = entry.uri.split("localhost:8000")[-1]
    assert town.visitor.get(path)["Location"] == f"/membres/{entry.pk}"
    assert "Link" not in town.visitor.get(f"/membres/{entry.pk}")


def test_nobody_writes_to_an_unclaimed_entry(client, town):
    entry = entries(client).get()
    assert "Contacter" not in page_of(town.visitor.get(f"/membres/{entry.pk}")).words
    for page in (f"/membres/{entry.pk}/contacter", f"/offres/{entry.offers.get().pk}/contacter"):
        for answer in (town.visitor.get(page), town.visitor.post(page, {"name": "Fanny", "message": "Bonjour"})):
            assert "personne d’ici n’en répond" in page_of(answer).words
    assert not Conversation.objects.exists()


def test_a_visitor_asks_for_removal_and_it_never_comes_back(client, town):
    entry = entries(client).get()
    page = f"/membres/{entry.pk}/reprendre"
    assert town.visitor.post(page, {"wants": "remove"}).status_code == 400
    assert town.visitor.post(page, {"wants": "remove", "contact": "paul@etage.example"}).status_code == 302
    assert "paul@etage.example" in page_of(client.get("/compte/importer/reclamations")).words
    claim = Claim.objects.get()
    client.post("/compte/importer/reclamations", {"claim": claim.pk, "act": "accept"})
    assert not Member.objects.filter(unclaimed=True).exists()
    claim.refresh_from_db()
    assert (claim.state, claim.contact) == ("accepted", "")
    words = page_of(client.get(begun(client, ENTRIES, scope="entries", source="Annuaire Z"))).words
    assert "retirée à la demande" in words
    assert not entries(client).exists()


def test_a_member_takes_an_entry_over_with_its_offers(client, town):
    entry = entries(client).get()
    bachir = type(client)()
    bachir.force_login(factories.account(town.bachir))
    said = page_of(bachir.get(f"/membres/{entry.pk}/reprendre")).words
    assert "Celles dont le prix n’est pas dit seront publiées à prix libre" in said
    assert "Courriel" in said
    assert bachir.post(f"/membres/{entry.pk}/reprendre", {"wants": "claim"}).status_code == 302
    client.post("/compte/importer/reclamations", {"claim": Claim.objects.get().pk, "act": "accept"})
    made = Offer.objects.get(title="Courriel")
    assert (made.owner, made.local, made.price) == (town.bachir, True, "prix_libre")
    assert not Member.objects.filter(unclaimed=True).exists()
    assert bachir.get(f"/membres/{town.bachir.pk}/reprendre").status_code == 404


def test_a_claim_without_account_must_become_a_member_first(client, town):
    entry = entries(client).get()
    town.visitor.post(f"/membres/{entry.pk}/reprendre", {"wants": "claim", "contact": "paul@etage.example"})
    answer = client.post(
        "/compte/importer/reclamations", {"claim": Claim.objects.get().pk, "act": "accept"}, follow=True
    )
    assert "invitez-la d’abord" in page_of(answer).words
    assert Claim.objects.get().state == "asked"


def test_a_member_proves_an_entry_by_its_website(client, town, settings):
    with Peer() as site:
        settings.FEDERATION_ON = True
        settings.FEDERATION_TEST_PEERS = [*settings.FEDERATION_TEST_PEERS, site.address]
        entry = entries(client, ENTRIES.replace("https://etage.example", f"http://{site.address}/")).get()
        page = f"/membres/{entry.pk}/reprendre"
        assert "toile-" not in page_of(town.visitor.get(page)).words
        bachir = type(client)()
        bachir.force_login(factories.account(town.bachir))
        words = page_of(bachir.get(page)).words
        (code,) = re.findall(r"toile-[a-z2-7]{24}", words)
        site.serve("/", b"<p>Bonjour</p>", content_type="text/html")
        answer = bachir.post(page, {"act": "prove"}, follow=True)
        assert "sans y trouver votre code" in page_of(answer).words
        assert code in page_of(answer).words
        site.serve("/", f"<p>{code}</p>".encode(), content_type="text/html")
        answer = bachir.post(page, {"act": "prove"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/membres/{town.bachir.pk}"
    assert "ses annonces sont les vôtres" in page_of(answer).words
    assert "Courriel" in page_of(answer).words
    path = entry.uri.removeprefix("http://localhost:8000")
    assert town.visitor.get(path)["Location"] == f"/membres/{town.bachir.pk}"
    words = page_of(client.get("/compte/importer/reclamations")).words
    assert f"Étage 12 · reprise, prouvée par http://{site.address}/" in words


def test_a_website_is_asked_only_so_often(client, town, settings):
    settings.FEDERATION_ON = True
    entry = entries(client, ENTRIES.replace("https://etage.example", "https://192.0.2.1/")).get()
    page = f"/membres/{entry.pk}/reprendre"
    answers = [client.post(page, {"act": "prove"}).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]
    assert town.visitor.post(page, {"act": "prove"}).status_code == 400  # a visitor has no code: it is an empty form


def test_operators_undo_what_was_taken_over(client, town):
    entry = entries(client).get()
    bachir = type(client)()
    bachir.force_login(factories.account(town.bachir))
    bachir.post(f"/membres/{entry.pk}/reprendre", {"wants": "claim"})
    claim = Claim.objects.get()
    page = "/compte/importer/reclamations"
    client.post(page, {"claim": claim.pk, "act": "accept"})
    assert "reprise acceptée" in page_of(client.get(page)).words
    assert "réglée par Alix" in page_of(client.get(page)).words
    assert bachir.post(page, {"claim": claim.pk, "act": "undo"}).status_code == 403
    answer = client.post(page, {"claim": claim.pk, "act": "undo"}, follow=True)
    assert "de nouveau non revendiquée" in page_of(answer).words
    assert "Annuler cette reprise" not in page_of(answer).words
    assert Member.objects.filter(unclaimed=True, uri=entry.uri).exists()
    answer = client.post(page, {"claim": claim.pk, "act": "undo"}, follow=True)
    assert "ne peut plus être annulée" in page_of(answer).words


def test_unclaimed_entries_are_on_no_poster_and_confirmed_by_nobody(client, town):
    entries(client)
    assert "Étage 12" not in page_of(town.visitor.get("/annuaire/affiche?place=Liévin")).words
    assert "confirmé le" not in page_of(town.visitor.get("/annuaire?q=courriel&place=Liévin")).words
    assert "non revendiquée, vient de Annuaire Z" in page_of(town.visitor.get("/annuaire.html")).words
    cards = merged(geojson.read(town.visitor.get("/annuaire/exporter/geojson").content.decode()).lines)
    (card,) = [each for each in cards if each.name == "Étage 12"]
    assert (card.source, card.renewed_at) == ("Annuaire Z", None)


def test_another_directory_is_read_by_its_address(client, town, monkeypatch):
    asked = []
    monkeypatch.setattr("frontend.pages.imports.hasten", lambda task, *ids: asked.append((task.name, ids)))
    sent = {"chain": "chatons", "url": "https://autre.example/node.properties"}
    answer = client.post("/compte/importer", sent)
    run = ImportRun.objects.get()
    assert asked == [("federation.tasks.read_directory", (run.pk,))]
    words = page_of(client.get(answer["Location"])).words
    assert "1 en attente" in words
    client.post(answer["Location"] + "/reprendre")
    assert len(asked) == 2
    assert client.post(answer["Location"] + "/faire").status_code == 409
    assert client.post("/compte/importer", {"chain": "chatons", "url": "ftp://x"}).status_code == 400
    bachir = type(client)()
    bachir.force_login(factories.account(town.bachir))
    assert bachir.post("/compte/importer", sent).status_code == 400  # for him there is no such form
    assert ImportRun.objects.count() == 1
