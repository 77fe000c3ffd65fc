"""A table read, mended, taken, undone; the directory taken away; the poster: without script, on a phone and a desk."""

import json
import re

import pytest

from tests import services
from tests.browser.checks import FORM, PROVIDER, Budget, check_page, violations
from tests.browser.people import Person
from tests.federation.test_two_nodes import ask, rows

PREVIEW = Budget(300, 5, 40, 85)
TABLE = "titre;lieu;prix;montant\nInstallation de Nextcloud;62800;heure;55\nDépannage;Liévin;;\n"
ENTRIES = (
    "nom;commune;site;titre\nÉtage 12;Liévin;https://etage.example;Courriel associatif\nSans lieu;Nulleparville;;\n"
)


@pytest.fixture(scope="module")
def lille(tmp_path_factory):
    node = services.new_node(tmp_path_factory.mktemp("formats"))
    try:
        ask(node, "set_up('Lille', 'alix')")
        node.start()
        yield node
    finally:
        node.stop()


def person(browser, lille, width):
    alix = Person(browser, lille.origin, width, script=False).goes("/compte/connexion")
    return alix.fills(login="alix", password="correct horse battery").sends("Se connecter")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_table_is_mended_taken_and_undone(lille, browser, width):
    alix = person(browser, lille, width)
    alix.goes("/compte/offres").page.get_by_role("link", name="Importer un tableau").click()
    state = alix.state()
    check_page(browser, alix.page.url, FORM, state=state)
    alix.page.locator("input[type=file]").set_input_files(
        {"name": "offres.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    alix.sends("Voir ce que le fichier ferait").reads("1 ligne à corriger").reads("Ligne 3").reads("prix")
    check_page(browser, alix.page.url, PREVIEW, state=state)
    assert "Dépannage;Liévin;;" in alix.page.locator("textarea").input_value()
    alix.fills(text=TABLE.replace("Liévin;;", "Liévin;don;")).sends("Relire le texte corrigé")
    alix.sends("Importer 2 lignes").reads("C’est importé").reads("Ajoutées")
    check_page(browser, alix.page.url, PREVIEW, state=state)
    run = alix.page.url
    assert rows(lille, "SELECT count(*) FROM network_offer WHERE state = 'live'")[0][0] == 2
    alix.page.get_by_role("link", name="Annuler cet import").click()
    alix.sends("Tout annuler").reads("2 changements défaits")
    assert rows(lille, "SELECT count(*) FROM network_offer WHERE state = 'live'")[0][0] == 0
    alix.goes("/compte/importer").reads("annulé")
    assert alix.page.url != run


def test_entries_of_others_are_marked_and_can_be_claimed(lille, browser):
    alix = person(browser, lille, 390).goes("/compte/importer")
    alix.fills(text=ENTRIES, source="Annuaire Z")
    alix.page.get_by_label("des fiches d’autres structures").check()
    alix.sends("Voir ce que le fichier ferait").reads("Nous ne connaissons pas « Nulleparville »")
    alix.sends("Importer 2 lignes").reads("C’est importé")
    fanny = Person(browser, lille.origin, 390, script=False).goes("/annuaire?q=courriel&place=Liévin")
    fanny.reads("non revendiquée").page.get_by_role("link", name="Étage 12").first.click()
    fanny.reads("Fiche non revendiquée")
    check_page(browser, fanny.page.url, PROVIDER)
    fanny.page.get_by_role("link", name="C’est vous ?").first.click()
    check_page(browser, fanny.page.url, FORM)
    fanny.page.get_by_label("Qu’elle soit retirée").check()
    fanny.fills(contact="paul@etage.example").sends("Envoyer la demande").reads("Votre demande est transmise")
    alix.goes("/compte/importer/reclamations").reads("paul@etage.example")
    check_page(browser, alix.page.url, FORM, state=alix.state())
    alix.sends("Accepter : Étage 12").reads("La demande est réglée")
    fanny.goes("/annuaire?q=courriel&place=Liévin").reads("Personne ne propose encore cela")


def test_the_directory_to_take_away(lille, browser, tmp_path):
    alix = person(browser, lille, 1280).goes("/compte/importer")
    alix.fills(text="titre;lieu;prix\nSauvegarde;62800;don\nWiki;Lens;don\n").sends("Voir ce que le fichier ferait")
    alix.sends("Importer 2 lignes")
    fanny = Person(browser, lille.origin, 390, script=False).goes("/annuaire?place=Liévin")
    fanny.page.get_by_role("link", name="Télécharger").click()
    check_page(browser, fanny.page.url, PREVIEW)
    with fanny.page.expect_download() as download:
        fanny.page.get_by_role("link", name="annuaire.html").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    with fanny.page.expect_download() as download:
        fanny.page.get_by_role("link", name="GeoJSON").click()
    assert json.loads(download.value.path().read_text())["type"] == "FeatureCollection"
    fanny.goes("/annuaire?place=Liévin").page.get_by_role("link", name="Affiche").click()
    fanny.reads("Près de Liévin").reads("Sauvegarde")
    check_page(browser, fanny.page.url, PREVIEW)
    for script in (True, False):
        context = browser.new_context(
            java_script_enabled=script, viewport={"width": 390, "height": 800}, locale="fr-FR"
        )
        context.set_offline(True)
        page = context.new_page()
        page.goto(saved.as_uri())
        assert page.get_by_text("Sauvegarde").is_visible()
        assert page.get_by_label("Chercher dans cette page").is_visible() is script
        if script:
            assert violations(page) == []
            page.get_by_label("Chercher dans cette page").fill("SAUVEGARDÉ")
            assert page.get_by_text(re.compile(r"^1 / [0-9]+$")).is_visible()
            page.get_by_label("Chercher dans cette page").fill("rien de tel")
            assert not page.get_by_text("Sauvegarde").is_visible()
        context.close()


def test_data_for_programs_offends_no_policy(lille, browser):
    """A block of JSON-LD is no script: the browser neither runs it nor complains of the policy."""
    alix = person(browser, lille, 1280).goes("/compte")
    alix.page.get_by_role("link", name="Voir ma fiche").click()
    assert alix.page.locator("script[type='application/ld+json']").count() == 1
    check_page(browser, alix.page.url, PROVIDER, state=alix.state())


FIVE = """
from tests import factories
from network.models import Collective
home = Collective.objects.get(local=True)
for n in range(5):
    name = f"Coopérative d’activité et d’emploi numéro {n}"
    shop = factories.member(name, belongs_to=home, kind="company")
    for title in ("Hébergement de sites et de courriel", "Installation et migration vers le libre", "Formation"):
        factories.offer(shop, title, price="hourly", amount_cents=5550)
"""


def test_the_poster_is_one_sheet_of_a4(lille, browser):
    lille.tells(FIVE)
    fanny = Person(browser, lille.origin, 1280, script=False).goes("/annuaire/affiche?place=Liévin")
    assert fanny.page.locator("h2").count() == 5
    printed = fanny.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    fanny.page.emulate_media(media="print")
    assert not fanny.page.get_by_role("navigation").first.is_visible()
    assert fanny.page.get_by_role("img", name="Code QR de l’adresse").is_visible()
    code = fanny.page.locator("figure svg")
    assert code.bounding_box()["width"] == float(code.get_attribute("width"))  # whole, not cropped
