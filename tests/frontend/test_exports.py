"""Taking the directory away: files for programs and people, what they leave out, the page without network, posters."""

import csv
import io
import json

import pytest
from django.urls import reverse

from network.clock import now
from network.formats import chatons, geojson, murmurations, vcard
from network.models import Hidden, Member, Offer
from network.queries.exports import EXPORTS
from network.queries.readings import FetchedFile, links_of, read_files
from network.rules.entries import merged
from tests import factories
from tests.frontend.reading import Page, page_of, plain


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
    names += [f"/membres/{member.pk}/librehost.json"]
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


@pytest.mark.parametrize("how", ["hidden", "muted"])
def test_hidden_members_are_in_no_file(town, shop, how):
    """Their name may be what is hidden; of a node that is blocked, everybody is muted."""
    held = files(town)
    if how == "hidden":
        Hidden.objects.create(uri=shop.uri, reason="Nom injurieux.", at=now())
    else:
        Member.objects.filter(pk=shop.pk).update(local=False, muted=True)
    for number, name in enumerate(held):
        answer = town.visitor.get(name, REMOTE_ADDR=f"198.51.100.{number}")
        assert "Atelier" not in answer.content.decode(), name
        assert answer.status_code == (404 if "membres" in name or "atelier" in name else 200), name


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


def test_librehost_of_the_node_leads_to_each_of_its_organisations(town, shop):
    """Read as another node does; people and what is elsewhere have no file. Namesakes keep one each."""
    factories.member(
        "Atelier <b>", belongs_to=town.collective, kind="company", handle="atelier2", summary="On *répare*"
    )
    there = factories.member("Là-bas", origin="https://b.example", kind="association")
    found = [FetchedFile("http://localhost:8000/librehost.json", town.visitor.get("/librehost.json").content.decode())]
    links = links_of("librehost", found[0])
    assert {link.name for link in links} == {"Atelier <b> (atelier)", "Atelier <b> (atelier2)"}
    for link in links:
        answer = town.visitor.get(link.url.removeprefix("http://localhost:8000"))
        found.append(FetchedFile(link.url, answer.content.decode()))
    cards = [line.card for line in read_files("librehost", found).lines][1:]
    assert [(card.name, card.kind, card.summary) for card in cards] == [
        ("Atelier <b>", "association", ""),
        ("Atelier <b>", "company", "On répare"),
    ]
    assert [card.contact for card in cards] == [link.url.removesuffix("/librehost.json") for link in links]
    for pk in (Member.objects.get(name="Alix").pk, there.pk, 0):
        assert town.visitor.get(f"/membres/{pk}/librehost.json").status_code == 404


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
