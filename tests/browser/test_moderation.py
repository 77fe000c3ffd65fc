"""Reporting, deciding, answering and confirming, without script, on a phone and on a desktop."""

import pytest

from tests import services
from tests.browser.checks import FORM, PROVIDER, REGISTER, check_page
from tests.browser.people import Person
from tests.federation.test_two_nodes import ask, rows

OFFER = "Installation de Nextcloud"
AGE = (
    "from datetime import timedelta; from network.clock import now; from network.models import Member, Offer; "
    "Member.objects.update(renewed_at=now() - timedelta(days=366)); "
    "Offer.objects.update(ends_at=now() + timedelta(days=5), renewed_at=now() - timedelta(days=366))"
)


@pytest.fixture(scope="module")
def lille(tmp_path_factory):
    """A node with Alix, who operates it, and Bachir, who offers something."""
    node = services.new_node(tmp_path_factory.mktemp("moderation"))
    try:
        ask(node, "set_up('Lille', 'alix')", "join('alix', 'bachir')", f"publish('bachir', '{OFFER}', 'hourly', 5500)")
        node.start()
        yield node
    finally:
        node.stop()


def logged_in(browser, node, name: str, width: int) -> Person:
    person = Person(browser, node.origin, width, script=False).goes("/compte/connexion")
    return person.fills(login=name, password="correct horse battery").sends("Se connecter")


def follows(person: Person, link: str) -> Person:
    with person.page.expect_navigation():
        person.page.get_by_role("link", name=link, exact=True).first.click()
    return person


@pytest.mark.parametrize("width", [390, 1280])
def test_from_a_report_to_an_answer_without_script(lille, browser, width, tmp_path):
    def keep(person: Person, name: str) -> None:
        person.page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)

    offer = rows(lille, "SELECT id FROM network_offer")[0][0]
    fanny = follows(
        Person(browser, lille.origin, width, script=False).goes(f"/offres/{offer}"), "Signaler une erreur ou un abus"
    )
    report = fanny.page.url
    fanny.fills(kind="error").sends("Envoyer le signalement").reads("Écrivez une phrase")
    keep(fanny, "report")
    fanny.fills(words="Le prix a changé depuis juin.").sends("Envoyer le signalement").reads("est transmis")

    alix = follows(logged_in(browser, lille, "alix", width).goes("/compte"), "Modération").reads(
        "1 signalement (erreur)"
    )
    keep(alix, "cases")
    check_page(browser, alix.page.url, PROVIDER, state=alix.state())
    follows(alix, OFFER).reads("Le prix a changé depuis juin.")
    keep(alix, "case")
    case = alix.page.url
    check_page(browser, case, PROVIDER, state=alix.state())
    alix.sends("Masquer ici").reads("Écrivez le motif")
    alix.fills(words="Prix trompeur, en attente de correction.").sends("Masquer ici").reads("C’est masqué ici.")

    gone = fanny.page.goto(f"{lille.origin}/offres/{offer}")
    assert gone.status == 410
    fanny.reads("Prix trompeur, en attente de correction.")
    assert OFFER not in fanny.page.content()
    keep(fanny, "concealed")
    follows(fanny, "Voir tout ce qui est masqué").reads("Prix trompeur")
    keep(fanny, "hidden")
    check_page(browser, fanny.page.url, REGISTER)

    bachir = logged_in(browser, lille, "bachir", width).goes("/compte").reads("n’est plus montrée")
    follows(bachir, "Répondre").fills(words="Le prix est corrigé.").sends("Publier ma réponse").reads(
        "Votre réponse est publiée"
    )
    follows(bachir.goes("/compte"), "Journal de modération").reads("masquée").reads("Alix")
    keep(bachir, "log")
    check_page(browser, bachir.page.url, REGISTER, state=bachir.state())

    alix.goes(case.removeprefix(lille.origin)).reads("Le prix est corrigé.")
    alix.fills(words="Corrigée.").sends("Montrer de nouveau").reads("C’est montré de nouveau.")
    fanny.goes(f"/offres/{offer}").reads(OFFER)
    check_page(browser, report, FORM)


@pytest.mark.parametrize("width", [390, 1280])
def test_one_press_confirms_everything_without_script(lille, browser, width, tmp_path):
    lille.tells(AGE)
    fanny = Person(browser, lille.origin, width, script=False).goes("/annuaire?q=nextcloud").reads("à confirmer")
    fanny.page.screenshot(path=tmp_path / f"results-{width}.png")
    bachir = logged_in(browser, lille, "bachir", width).goes("/").reads("Votre fiche a un an")
    bachir.page.screenshot(path=tmp_path / f"home-{width}.png", full_page=True)
    check_page(browser, bachir.page.url, FORM, state=bachir.state())
    check_page(browser, f"{lille.origin}/compte", FORM, state=bachir.state())
    bachir.sends("Tout est encore vrai").reads("votre fiche et 1 annonce sont confirmées")
    assert "Votre fiche a un an" not in bachir.page.content()
    fanny.page.reload()
    assert "à confirmer" not in fanny.page.content()
