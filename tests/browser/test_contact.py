"""A client without an account, on a phone, without script: write, keep the link, agree, testify, erase."""

import re

import pytest
from playwright.sync_api import expect

from network.rules.contact import LEAST_SECONDS
from tests import services
from tests.browser.checks import FORM, PROVIDER, check_page
from tests.browser.people import GUARD, Person
from tests.federation.test_two_nodes import ask, rows

READING_MS = 3_200  # a form is sent no sooner than somebody could have read it


@pytest.fixture(scope="module")
def lille(tmp_path_factory):
    """A node with Alix, who installs by the hour at 55 €."""
    node = services.new_node(tmp_path_factory.mktemp("contact"))
    try:
        ask(node, "set_up('Lille', 'alix')", "publish('alix', 'Installation', 'hourly', 5500)")
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture
def shot(request, tmp_path):
    """Keep a picture of the page as it stands."""
    return lambda person, name: person.page.screenshot(path=tmp_path / f"{name}.png", full_page=True)


def test_a_client_and_a_member_agree_without_an_account(lille, browser, shot):
    alix = Person(browser, lille.origin, 390, script=False).goes("/compte/connexion")
    alix.fills(login="alix", password="correct horse battery").sends("Se connecter")
    member = alix.context.storage_state()
    fanny = Person(browser, lille.origin, 390, script=False)

    offer = rows(lille, "SELECT id FROM network_offer")[0][0]
    fanny.goes(f"/offres/{offer}").page.get_by_role("link", name="Demander un devis").click()
    form = fanny.page.url
    assert form.endswith(f"/offres/{offer}/contacter")
    check_page(browser, form, FORM)
    shot(fanny, "form")
    fanny.fills(name="Fanny", reach="rue des Lilas", quantity="1,5", message="Trois postes à installer.")
    fanny.page.wait_for_timeout(LEAST_SECONDS * 1000)  # whoever writes faster than that is asked to read again
    fanny.sends("Envoyer").reads("Écrivez une adresse e-mail, un numéro de téléphone, ou rien.")
    assert fanny.page.locator("[name=message]").input_value() == "Trois postes à installer."
    shot(fanny, "mend")
    fanny.fills(reach="06 12 34 56 78")
    fanny.page.wait_for_timeout(READING_MS)
    fanny.sends("Envoyer").reads("Votre message est arrivé").reads("82,50")
    thread = fanny.page.url
    assert fanny.page.get_by_label("Le lien", exact=True).input_value() == thread
    check_page(browser, thread, PROVIDER)
    shot(fanny, "thread")

    alix.goes("/compte").reads("1 non lu").page.get_by_role("link", name="Messages de clients").click()
    check_page(browser, alix.page.url, PROVIDER, state=member)
    shot(alix, "list")
    alix.page.get_by_role("link", name="Fanny").click()
    alix.reads("06 12 34 56 78").reads("Trois postes à installer.")
    shot(alix, "conversation")
    alix.page.get_by_text("Proposer un prix", exact=True).click()
    check_page(browser, alix.page.url, PROVIDER, state=member)
    alix.page.locator("#price_unit_cents").fill("50")
    alix.sends("Envoyer cette proposition").reads("1,5 heure à 50 €, soit 75 €")
    shot(alix, "proposed")

    fanny.goes(thread).reads("La proposition").reads("75 €")
    shot(fanny, "proposal")
    fanny.sends("J’accepte cette proposition").reads("Vous avez accepté")
    fanny.sends("Le service est rendu").reads("service rendu")
    fanny.page.locator("#id_text").fill("Travail soigné, et des explications claires.")
    fanny.page.get_by_label("Le montrer sur la fiche de ce membre").check()
    fanny.sends("Enregistrer mon témoignage").reads("Il est sur la fiche de ce membre, sans votre nom.")
    check_page(browser, thread, PROVIDER)
    shot(fanny, "testimony")

    fanny.page.get_by_role("link", name="Alix", exact=True).first.click()
    fanny.reads("témoignage d’un client sans compte").reads("Travail soigné")
    check_page(browser, fanny.page.url, PROVIDER)
    shot(fanny, "quoted")

    fanny.goes(thread).sends("Remplacer ce lien").reads("Remplacer votre lien privé ?")
    check_page(browser, form, FORM)
    fanny.sends("Créer un nouveau lien").reads("Voici votre nouveau lien")
    assert fanny.page.goto(thread).status == 404
    fanny.page.go_back()
    fanny.sends("Effacer la conversation").sends("Tout effacer").reads("Conversation effacée")
    alix.page.reload()
    alix.reads("Conversation effacée par le client")
    alix.goes("/compte/messages").reads("Conversation effacée par le client")
    shot(alix, "erased")


def test_the_keyboard_alone_sends_a_message_and_paper_keeps_the_link(lille, browser):
    owner = rows(lille, "SELECT owner_id FROM network_offer")[0][0]
    fanny = Person(browser, lille.origin, 390, script=False).goes(f"/membres/{owner}/contacter")
    seen = []
    for _ in range(30):
        fanny.page.keyboard.press("Tab")
        where = fanny.page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")
        seen.append(where)
        if where == "name":
            fanny.page.keyboard.type("Fanny")
        elif where == "message":
            fanny.page.keyboard.type("Bonjour.")
        elif where == "Envoyer":
            break
    assert "suite" not in seen, "the field for machines is not on anybody's way"
    fanny.page.wait_for_timeout(READING_MS)
    with fanny.page.expect_navigation():
        fanny.page.keyboard.press("Enter")
    fanny.reads("Votre message est arrivé")
    assert re.fullmatch(r".*/echange/[0-9a-f]{48}", fanny.page.url)
    fanny.page.emulate_media(media="print")
    expect(fanny.page.get_by_label("Le lien", exact=True)).to_be_visible(timeout=GUARD)
    expect(fanny.page.locator("figure svg")).to_be_visible(timeout=GUARD)


def test_the_form_fits_a_small_screen_in_both_languages(lille, browser):
    owner = rows(lille, "SELECT owner_id FROM network_offer")[0][0]
    for width in (320, 390, 1280):
        fanny = Person(browser, lille.origin, width, script=False).goes(f"/membres/{owner}/contacter")
        assert fanny.page.evaluate("document.documentElement.scrollWidth") <= width
        fanny.page.locator("footer").get_by_role("button", name="English").click()
        expect(fanny.page.locator("html")).to_have_attribute("lang", "en", timeout=GUARD)
        assert fanny.page.evaluate("document.documentElement.scrollWidth") <= width
