"""Asking for a quote and answering it, without script, on a phone; every page of it within its budget."""

import pytest

from tests import services
from tests.browser.checks import FORM, PROVIDER, check_page
from tests.browser.people import Person
from tests.federation.test_two_nodes import ask, rows


@pytest.fixture(scope="module")
def lille(tmp_path_factory):
    """A node with Alix, who installs by the hour at 55 €."""
    node = services.new_node(tmp_path_factory.mktemp("quotes"))
    try:
        ask(node, "set_up('Lille', 'alix')", "publish('alix', 'Installation', 'hourly', 5500)")
        node.start()
        yield node
    finally:
        node.stop()


def test_two_people_agree_on_a_phone_without_script(lille, browser):
    alix = Person(browser, lille.origin, 390, script=False).goes("/compte/connexion")
    alix.fills(login="alix", password="correct horse battery").sends("Se connecter")
    bachir = Person(browser, lille.origin, 390, script=False)
    bachir.joins(alix.invites(), "Bachir", "bachir")

    offer = rows(lille, "SELECT id FROM network_offer")[0][0]
    bachir.goes(f"/offres/{offer}")
    bachir.page.get_by_role("link", name="Demander un devis").click()
    form = bachir.page.url
    bachir.fills(quantity="trois", message="Trois postes.").sends("Envoyer la demande").reads(
        "Écrivez un nombre d’heures"
    )
    assert bachir.page.locator("[name=message]").input_value() == "Trois postes."
    bachir.fills(quantity="1,5").sends("Envoyer la demande").reads("82,50").reads("Réponse attendue")
    asker = bachir.context.storage_state()
    check_page(browser, bachir.page.url, PROVIDER, state=asker)
    check_page(browser, form, FORM, state=asker)

    alix.goes("/").page.get_by_role("link", name="1 demande reçue").click()
    provider = alix.context.storage_state()
    check_page(browser, alix.page.url, PROVIDER, state=provider)
    alix.page.get_by_role("link", name="Installation").click()
    alix.reads("Trois postes.")
    check_page(browser, alix.page.url, PROVIDER, state=provider)
    alix.fills(answer="Mardi matin.").sends("Accepter").reads("Accord conclu avec Bachir")
    bachir.page.reload()
    bachir.reads("Mardi matin.").reads("Accord conclu avec Alix")
    check_page(browser, bachir.page.url, PROVIDER, state=asker)

    bachir.page.emulate_media(media="print")
    assert bachir.page.get_by_role("navigation").count() == 0
    bachir.reads("Trois postes.")
