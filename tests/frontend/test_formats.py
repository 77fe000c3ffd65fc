"""Importing, undoing, claiming, and taking the directory away: the pages and files as people and programs get them."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from network.formats import chatons, geojson, murmurations, vcard
from network.models import Claim, ImportRun, Member, Offer
from network.queries.exports import EXPORTS
from network.rules.entries import merged
from tests import factories
from tests.frontend.reading import Page, page_of, plain

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


# --- taking away ------------------------------------------------------------------------------------------


@pytest.fixture
def shop(town, gazetteer):
    """An association with three offers: for everybody, for followers, for members."""
    shop = factories.member("Atelier <b>", belongs_to=town.collective, kind="association", handle="atelier")
    for title, visibility in (("Courriel", "public"), ("Pour abonnés", "followers"), ("Pour membres", "members")):
        factories.offer(shop, title, visibility=visibility, price="hourly", amount_cents=5500)
    return shop


def files(town):
    """Every file that anybody can take, by address."""
    member = Member.objects.get(handle="atelier")
    offer = Offer.objects.get(title="Courriel")
    names = [reverse("export_file", args=[name]) for name in EXPORTS] + [f"/api/v1/export/{name}" for name in EXPORTS]
    names += ["/elements.json", "/elements.json?ontology=gogocompact", "/librehost.json", "/annuaire.html"]
    names += [f"/.well-known/chatonsinfos/{name}.properties" for name in ("node", "atelier", f"atelier-{offer.pk}")]
    names += [f"/membres/{member.pk}/fiche.{ending}" for ending in ("vcf", "jsonld", "json")]
    return {name: town.client.get(name) for name in [*names, f"/membres/{member.pk}/offres/{offer.pk}.json"]}


def test_files_hold_public_things_only_even_for_members(town, shop):
    """The client is logged in as an active member, who could read two of the three offers on pages."""
    for name, answer in files(town).items():
        text = answer.content.decode()
        assert answer.status_code == 200, name
        assert "abonnés" not in text, name
        assert "Pour membres" not in text, name
        assert answer["Access-Control-Allow-Origin"] == "*", name
        assert answer["X-Robots-Tag"] == "noindex", name
        assert "public" in answer["Cache-Control"], name
        assert "sessionid" not in answer.cookies, name


def test_gone_members_are_in_no_file(town, shop):
    from network.actions.leaving import mark_member_gone

    mark_member_gone(uri=shop.uri)
    for name in EXPORTS:
        assert "Atelier" not in town.visitor.get(reverse("export_file", args=[name])).content.decode()
    assert town.visitor.get(f"/membres/{shop.pk}/fiche.vcf").status_code == 404
    assert town.visitor.get("/.well-known/chatonsinfos/atelier.properties").status_code == 404


def test_files_are_read_back(town, shop):
    got = {name: answer.content.decode() for name, answer in files(town).items()}
    rows = list(csv.DictReader(io.StringIO(got["/annuaire/exporter/csv"].removeprefix("\ufeff"), newline="")))
    assert [(row["nom"], row["titre"], row["montant"]) for row in rows if row["titre"]] == [
        ("Atelier <b>", "Courriel", "55.00")
    ]
    cards = merged(geojson.read(got["/annuaire/exporter/geojson"]).lines)
    assert {card.name for card in cards} >= {"Alix", "Atelier <b>"}
    assert json.loads(got["/annuaire/exporter/geojson"])["producer"].startswith("Nœud Démo")
    assert "Atelier <b>" in {card.name for card in merged(vcard.read(got["/annuaire/exporter/vcard"]).lines)}
    profile = got[f"/membres/{shop.pk}/fiche.json"]
    assert merged(murmurations.read(profile).lines)[0].uri == shop.uri


def test_the_chain_of_properties_leads_from_the_node_to_the_services(town, shop):
    node = chatons.read(town.visitor.get("/.well-known/chatonsinfos/node.properties").content.decode())
    (organisation,) = node.links  # people are no organisations
    path = organisation.url.removeprefix("http://localhost:8000")
    reading = chatons.read(town.visitor.get(path).content.decode())
    assert reading.lines[0].card.name == "Atelier <b>"
    (service,) = reading.links
    found = chatons.read(town.visitor.get(service.url.removeprefix("http://localhost:8000")).content.decode())
    assert found.lines[0].card.offers[0].title == "Courriel"


def test_the_page_of_formats_names_what_each_lacks(town, shop):
    words = page_of(town.visitor.get("/annuaire/exporter")).words
    assert "Ce format n’a pas de place pour : la présentation" not in words
    assert "vCard 4.0Ce format n’a pas de place pour : la disponibilité" in words
    assert town.visitor.get("/annuaire/exporter/nope").status_code == 404


def test_the_directory_in_one_file_needs_nothing_else(town, shop):
    answer = town.visitor.get("/annuaire.html")
    assert answer["Content-Disposition"].startswith('attachment; filename="annuaire-noeud-demo-')
    page = Page(answer.content.decode())
    assert "Atelier <b>" in page.words
    assert "55 € de l’heure" in page.words
    assert not page.all("link", "img", "iframe")
    assert [script.attributes for script in page.all("script")] == [{}]
    assert page.all("b") == []


def test_a_members_page_carries_the_same_for_programs(town, shop):
    page = Page(town.client.get(f"/membres/{shop.pk}").content.decode())
    (block,) = [each for each in page.all("script") if each.attributes.get("type") == "application/ld+json"]
    said = json.loads(block.text)
    assert (said["@type"], said["name"]) == ("NGO", "Atelier <b>")
    assert [offer["itemOffered"]["name"] for offer in said["makesOffer"]] == ["Courriel"]
    hostile = factories.member("</script><script>x()", belongs_to=town.collective)
    assert "<script>x()" not in town.client.get(f"/membres/{hostile.pk}").content.decode()


# --- the poster -------------------------------------------------------------------------------------------


def test_the_poster_shows_the_five_nearest_and_the_way_back(town, gazetteer):
    for n, place in enumerate([factories.LILLE, *[factories.LIEVIN] * 3, *[factories.LENS] * 2]):
        factories.offer(factories.member(f"Structure {n}", belongs_to=town.collective, place=place), place=place)
    answer = town.visitor.get("/annuaire/affiche?place=Liévin&radius=100")
    page = Page(answer.content.decode())
    assert "Près de Liévin" in plain(page.all("h1")[0].text)
    assert len([each for each in page.all("h2") if each.text.startswith("Structure")]) == 5
    assert "Structure 0" not in page.words  # the furthest
    assert "http://localhost:8000/annuaire?place=Li%C3%A9vin&radius=100" in page.words
    assert page.all("svg")


def test_the_poster_asks_for_a_town(town, gazetteer):
    assert "Pour quelle ville" in page_of(town.visitor.get("/annuaire/affiche")).words
    assert "Nous ne connaissons pas" in page_of(town.visitor.get("/annuaire/affiche?place=Nulleparville")).words
    assert "Saint-Denis (93)" in page_of(town.visitor.get("/annuaire/affiche?place=Saint-Denis")).words


def test_whole_directories_are_not_written_without_end(town, gazetteer, monkeypatch):
    monkeypatch.setattr("frontend.pages.exports.WHOLE", 2)
    answers = [town.visitor.get("/annuaire/exporter/csv").status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert town.visitor.get("/annuaire.html").status_code == 429
    assert town.visitor.get("/annuaire/exporter").status_code == 200


def test_unclaimed_entries_are_on_no_poster_and_confirmed_by_nobody(client, town):
    entries(client)
    assert "Étage 12" not in page_of(town.visitor.get("/annuaire/affiche?place=Liévin")).words
    assert "confirmé le" not in page_of(town.visitor.get("/annuaire?q=courriel&place=Liévin")).words
    assert "non revendiquée, vient de Annuaire Z" in page_of(town.visitor.get("/annuaire.html")).words
    cards = merged(geojson.read(town.visitor.get("/annuaire/exporter/geojson").content.decode()).lines)
    (card,) = [each for each in cards if each.name == "Étage 12"]
    assert (card.source, card.renewed_at) == ("Annuaire Z", None)
