"""Three people, an objection that is integrated, days apart: in writing, on the page of the proposition alone."""

import pytest

from tests import services
from tests.browser.checks import REGISTER, check_page
from tests.browser.circle_of_three import PASSWORD
from tests.browser.people import Person

ARGUMENT = "À 20 h, le dernier train est parti."
BETTER = "Nous nous réunissons au local chaque premier mardi du mois, à 18 h."


class Days:
    """The node's own days: its clock is ahead by as much as a file says."""

    def __init__(self, node: services.Node) -> None:
        self.node = node

    def pass_(self, *, hours: int) -> None:
        """Let hours pass, the worker coming by."""
        told(self.node, f"spend({hours})")

    def tick(self) -> None:
        """Let the worker come by now."""
        told(self.node, "spend(0)")


def told(node: services.Node, call: str) -> dict:
    code = f"from tests.browser import circle_of_three; circle_of_three.{call}"
    return node.tells(code)[0]


@pytest.fixture(scope="module")
def letter(tmp_path_factory):
    """A node whose clock the test moves, with a proposal of Alix's."""
    folder, port = tmp_path_factory.mktemp("letter"), services.free_port()
    clock = folder / "clock"
    env = {"TOILE_FEDERATION_TEST_PEERS": f"127.0.0.1:{port}", "TOILE_CLOCK_OFFSET_FILE": str(clock)}
    node = services.new_node(folder / "data", port=port, env=env)
    try:
        page = f"/propositions/{told(node, 'gather()')['proposal']}"
        node.start()
        yield node, page, Days(node)
    finally:
        node.stop()


@pytest.fixture
def shot(tmp_path):
    """Keep a picture of a page, on a wide screen and on a phone."""

    def take(person: Person, name: str) -> None:
        for width in (1280, 390):
            person.page.set_viewport_size({"width": width, "height": 900})
            person.page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)
        assert person.page.evaluate("document.documentElement.scrollWidth") <= 390, name

    return take


def test_three_people_decide_in_writing(letter, browser, shot):
    node, page, days = letter
    alix, bachir, camille = three = [Person(browser, node.origin, width) for width in (1280, 1280, 390)]
    for person, name in zip(three, ("alix", "bachir", "camille"), strict=True):
        person.goes("/compte/connexion").fills(login=name, password=PASSWORD).sends("Se connecter")

    bachir.goes(page).page.get_by_role("link", name="Décider par écrit").click()
    bachir.reads("Combien de temps").reads("sans position")
    check_page(browser, bachir.page.url, REGISTER, state=bachir.state())
    shot(bachir, "begin")
    bachir.sends("Décider par écrit").reads("par écrit").reads("Animation\u202f: Bachir.")

    alix.goes(page).sends("Soumettre").reads("Vérification du motif")
    for person in three:
        person.goes(page).sends("Clair, et c’est à nous d’agir")
    days.tick()
    bachir.goes(page).sends("Commencer les clarifications")
    camille.goes(page).fills(words="Pourquoi si tard\u202f?").sends("Prendre mon tour")
    for person in (alix, bachir):
        person.goes(page).sends("Passer mon tour")
    alix.goes(page).reads("Pourquoi si tard")
    shot(alix, "question")
    alix.fills(words="Pour celles et ceux qui travaillent.").sends("Répondre à «\u202fPourquoi si tard\u202f?\u202f»")
    days.tick()
    for person in three:
        person.goes(page).sends("Passer mon tour")
    days.tick()
    camille.goes(page).fills(words="Cela m’inquiète.").sends("Prendre mon tour")
    days.pass_(hours=78)  # the others stay silent: two reminders, then the window ends
    alix.goes(page).reads("Amendement").sends("Garder le texte")

    camille.goes(page).reads("Jusqu’au").reads("sans position")
    camille.page.locator("details.argue > summary").click()
    camille.fills(argument=ARGUMENT, ground="side_effect").sends("Je m’oppose")
    camille.reads("Dites aussi ce qui en résulterait")
    assert camille.page.locator("[name=argument]").input_value() == ARGUMENT, "a refusal keeps what was typed"
    check_page(browser, node.origin + page, REGISTER, state=camille.state())
    shot(camille, "refused")
    camille.fills(consequence="Je ne pourrais plus venir.").sends("Je m’oppose").reads("Enregistrée à")
    alix.goes(page).sends("Je consens")
    assert ARGUMENT not in bachir.goes(page).page.content(), "sealed until the window ends"
    shot(bachir, "call")
    days.pass_(hours=126)  # Bachir stays silent

    alix.goes(page).reads(ARGUMENT).sends("Oui, elle est recevable")
    bachir.goes(page).sends("Oui, elle est recevable")
    days.tick()
    alix.goes(page).page.get_by_role("link", name="Proposer une bonification").click()
    shot(alix, "amendment-form")
    alix.fills(text=BETTER).sends("Proposer une bonification")
    camille.goes(page).reads("retiré").reads("ajouté")
    shot(camille, "amendment")
    check_page(browser, node.origin + page, REGISTER, state=camille.state())
    camille.sends("Mon objection est levée")
    bachir.goes(page).page.get_by_role("link", name="Retenir la bonification").click()
    bachir.sends("Retenir la bonification")
    for person in three:
        person.goes(page).sends("Je consens")
    days.tick()
    camille.goes(page).reads("Inscrite au registre").reads(BETTER)
    shot(camille, "adopted")
    check_page(browser, node.origin + page, REGISTER, state=camille.state())
