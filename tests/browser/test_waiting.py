"""« Ce qui m'attend » in a browser: read, put aside, taken elsewhere by an address; 1280 and 390 px, and printed."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests import services
from tests.browser import checks
from tests.browser.people import Person

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def hall(browser, tmp_path_factory):
    """A fresh node; Alix, who has convened an assembly and proposed something."""
    with services.start_node(tmp_path_factory.mktemp("waiting")) as node:
        alix = Person(browser, node.origin)
        alix.sets_up("Nœud de Lens", "Les Ateliers de Lens", "Alix Dupuis", "alix", "62800")
        alix.goes("/propositions/nouvelle").fills(title="Partager un onduleur").sends("Enregistrer")
        alix.goes("/assemblees/nouvelle").fills(title="Assemblée d’hiver", starts_at="2030-12-01T18:00")
        alix.sends("Convoquer")
        yield alix


def test_what_waits_is_read_put_aside_and_taken_back(hall, tmp_path_factory):
    shots = tmp_path_factory.getbasetemp()
    alix = hall
    alix.goes("/compte").page.get_by_role("link", name="Ce qui m’attend").click()
    alix.reads("2 choses à faire").reads("Assemblée d’hiver").reads("Si je ne fais rien")
    for width in (1280, 390):
        alix.page.set_viewport_size({"width": width, "height": 900})
        alix.page.screenshot(path=f"{shots}/waiting-{width}.png", full_page=True)
        checks_ok(alix, width)
    alix.page.locator("main summary").first.click()
    alix.sends("Dans trois jours").reads("mise de côté, pour vous seulement").reads("1 chose à faire")
    alix.page.get_by_text("Une ligne mise de côté").click()
    alix.sends("Remettre dans la liste").reads("2 choses à faire")
    alix.page.emulate_media(media="print")
    expect(alix.page.locator("nav")).to_be_hidden()
    expect(alix.page.get_by_role("heading", name="Assemblée d’hiver")).to_be_visible()
    alix.page.screenshot(path=f"{shots}/waiting-print.png", full_page=True)
    alix.page.emulate_media(media="screen")
    print(f"\nscreenshots in {shots}")


def checks_ok(person, width):
    assert checks.violations(person.page) == []
    assert person.page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_address_is_made_read_and_closed(hall, browser, tmp_path_factory):
    shots = tmp_path_factory.getbasetemp()
    alix = hall
    alix.goes("/a-faire/reglages").sends("Faire une adresse").reads("montrées cette fois seulement")
    address = alix.page.get_by_label("Agenda (iCalendar)").input_value()
    for width in (1280, 390):
        alix.page.set_viewport_size({"width": width, "height": 900})
        alix.page.screenshot(path=f"{shots}/waiting-settings-{width}.png", full_page=True)
        checks_ok(alix, width)
    answer = browser.new_context().request.get(address)
    assert answer.status == 200
    assert "Assemblée d’hiver" in answer.text().replace("\r\n ", "")
    alix.goes("/a-faire/reglages").reads("lue pour la dernière fois le")
    alix.page.get_by_role("button", name="Fermer cette adresse").click()
    alix.reads("ne donne plus rien à lire")
    assert browser.new_context().request.get(address).status == 410


def test_everything_works_without_script(hall, browser):
    alix = Person(browser, hall.origin, 390, script=False)
    alix.context.add_cookies(hall.context.cookies())
    alix.goes("/a-faire").reads("Assemblée d’hiver")
    alix.page.locator("main summary").first.click()
    alix.page.locator("main").get_by_role("button", name="Vue", exact=True).first.click()
    alix.reads("mise de côté, pour vous seulement")
    alix.page.get_by_text("Une ligne mise de côté").click()
    alix.page.get_by_role("button", name="Remettre dans la liste").click()
    alix.reads("de retour dans la liste")


PAGES = [
    ("/a-faire", checks.PROVIDER, True),
    ("/a-faire/reglages", checks.FORM, True),
    ("/glossaire", checks.REGISTER, False),
    ("/guide/assemblee", checks.REGISTER, False),
]


@pytest.mark.parametrize(("path", "budget", "needs_login"), PAGES, ids=[page[0] for page in PAGES])
def test_each_page_keeps_its_budget(browser, hall, tmp_path_factory, path, budget, needs_login):
    seen = checks.check_page(browser, hall.origin + path, budget, state=hall.state() if needs_login else None)
    assert urlsplit(seen.urls[0]).path == path
    hall.goes(path).page.screenshot(
        path=f"{tmp_path_factory.getbasetemp()}/page{path.replace('/', '-')}.png", full_page=True
    )
    print(f"\n{path}: {seen.elements} elements, {len(seen.urls)} requests, {seen.bytes / 1000:.1f} kB")
