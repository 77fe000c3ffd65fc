"""Three people whose consent was not reached vote: with a pointer on a wide screen, with a keyboard on a narrow one."""

import pytest
from playwright.sync_api import expect

from tests import services
from tests.browser.checks import PROVIDER, RESULTS, check_page, violations
from tests.browser.circle_of_three import PASSWORD
from tests.browser.people import GUARD, Person

TITLE = "Se réunir au local"


@pytest.fixture(scope="module")
def circle(tmp_path_factory):
    """A node with a meeting in which nothing but a vote is left."""
    port = services.free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": f"127.0.0.1:{port}"}
    node = services.new_node(tmp_path_factory.mktemp("votes"), port=port, env=env)
    try:
        told = node.tells("from tests.browser import circle_that_votes; circle_that_votes.gather()")[-1]
        node.start()
        yield node, told
    finally:
        node.stop()


@pytest.fixture
def shot(tmp_path):
    """Keep a picture of what somebody sees, and fail if it is not accessible or scrolls sideways."""

    def take(person: Person, name: str) -> None:
        person.page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        assert violations(person.page) == [], name
        width = person.page.viewport_size["width"]
        assert person.page.evaluate("document.documentElement.scrollWidth") <= width, name

    return take


def comes_in(browser, origin: str, name: str, width: int, *, script: bool = True) -> Person:
    person = Person(browser, origin, width, script=script).goes("/compte/connexion")
    return person.fills(login=name, password=PASSWORD).sends("Se connecter")


def opens_the_vote(bachir: Person, assembly: int) -> str:
    """The facilitator says in the room that consent is not reached; return the address of the vote."""
    bachir.goes(f"/assemblees/{assembly}")
    bachir.page.locator("summary", has_text="Autres actes").first.click()
    bachir.page.locator("main").get_by_text("Choisir une autre issue", exact=True).first.click()
    dialog = bachir.page.get_by_role("dialog")
    dialog.locator("[name=exit]").select_option(label="Passer au vote")
    dialog.locator("[name=reason]").fill("Nous n’avançons plus.")
    dialog.get_by_role("button", name="Choisir une autre issue", exact=True).click()
    expect(dialog).to_be_hidden(timeout=GUARD)
    link = bachir.page.get_by_role("link", name="Aller au vote")
    expect(link).to_be_visible(timeout=GUARD)
    return str(link.get_attribute("href"))


def tabs_to(person: Person, locator) -> None:
    """Reach something with the tabulator alone."""
    for _ in range(60):
        if locator.evaluate("e => e === document.activeElement"):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError("the tabulator does not reach it")


def test_three_people_vote_where_consent_was_not_reached(circle, browser, shot):
    node, told = circle
    alix, bachir = (comes_in(browser, node.origin, name, 1280) for name in ("alix", "bachir"))
    camille = comes_in(browser, node.origin, "camille", 390)
    page = opens_the_vote(bachir, told["assembly"])
    shot(bachir, "room")

    alix.goes(page).reads("Le consentement n’a pas été trouvé").reads("La voix de Camille, que vous représentez")
    check_page(browser, node.origin + page, PROVIDER, state=alix.state())
    shot(alix, "open")
    mine = alix.page.locator("section", has=alix.page.get_by_role("heading", name="Votre voix"))
    with alix.page.expect_navigation():
        mine.get_by_role("button", name="Enregistrer ma voix").click()
    alix.reads("Choisissez pour, contre ou abstention.")
    shot(alix, "refused")
    mine.get_by_text("Contre", exact=True).click()
    shot(alix, "chosen")
    alix.sends("Enregistrer ma voix").reads("Votre voix est enregistrée").reads("Vous avez voté\u202f: Contre")
    mine.get_by_text("Pour", exact=True).last.click()
    alix.sends("Changer ma voix").reads("Vous pouvez changer d’avis")
    shot(alix, "voted")

    without = comes_in(browser, node.origin, "bachir", 1280, script=False).goes(page)
    without.page.get_by_text("Pour", exact=True).click()
    without.sends("Enregistrer ma voix").reads("2 personnes ont voté, sur 3.")
    bachir.goes("/scrutins").reads(TITLE)
    check_page(browser, f"{node.origin}/scrutins", RESULTS, state=bachir.state())
    shot(bachir, "list")

    camille.goes("/a-faire").reads("Un vote vous attend")
    camille.goes(page)
    shot(camille, "open-narrow")
    tabs_to(camille, camille.page.locator("[name=choice]").first)
    camille.page.keyboard.press("ArrowDown")
    expect(camille.page.get_by_label("Contre")).to_be_checked()
    shot(camille, "chosen-narrow")
    tabs_to(camille, camille.page.get_by_role("button", name="Enregistrer ma voix"))
    with camille.page.expect_navigation():
        camille.page.keyboard.press("Enter")
    camille.reads("Votre voix est enregistrée").reads("2 pour, 1 contre, 0 abstention.")
    shot(camille, "result-narrow")

    alix.goes(page).reads("Adopté par vote").reads("il en fallait plus de la moitié")
    check_page(browser, node.origin + page, PROVIDER, state=alix.state())
    shot(alix, "result")
    alix.page.emulate_media(media="print")
    shot(alix, "result-print")
    alix.page.emulate_media(media="screen")
    alix.goes(f"/propositions/{told['proposal']}").page.get_by_role("link", name="Aller au vote").click()
    alix.reads("Adopté par vote").page.get_by_role("link", name="inscription nᵒ").first.click()
    alix.reads(TITLE)
