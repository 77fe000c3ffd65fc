"""Attesting somebody and tending one's web without script: at a desk by pointer, on a phone by keyboard alone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from frontend.templatetags.ui import day
from network.clock import now
from network.rules.facts import DEFAULT_TERMS
from tests import services
from tests.browser.checks import FORM, PROVIDER, check_page
from tests.browser.people import GUARD, Person
from tests.federation.test_two_nodes import ask

WORD = "Un dépannage patient, et « expliqué »."
ARTICLE = "Autonomes et solidaires, dans une toile de confiance"
LATER = 700  # days: then what was attested on the first day ends within two months
STEPS = 80  # more than the stops of any page of this story: a guard against going round for ever
CHARTER = (
    "from governance.actions.charter import adopt_template; from network.models import Collective, Member, Skill; "
    "adopt_template(collective=Collective.objects.get(local=True)); "
    "Member.objects.get(name='Bachir').skills.set(Skill.objects.filter(slug='nextcloud'))"
)
FOCUSED = """() => {
    const e = document.activeElement, label = e.labels && e.labels[0];
    return (label ? label.textContent : e.textContent).replace(/\\s+/g, ' ').trim();
}"""


@pytest.fixture
def lille(tmp_path):
    """A node with a charter, Alix and Bachir, who names a skill; its clock is a file."""
    clock, port = tmp_path / "clock", services.free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": f"127.0.0.1:{port}", "TOILE_CLOCK_OFFSET_FILE": str(clock)}
    node = services.new_node(tmp_path / "node", port=port, env=env)
    node.clock = clock
    try:
        ask(node, "set_up('Lille', 'alix')", "join('alix', 'bachir')", "publish('bachir', 'Réparation', 'gift')")
        node.tells(CHARTER)
        node.start()
        yield node
    finally:
        node.stop()


class Pointer:
    """Points at what the page calls so, and presses."""

    def __init__(self, person: Person) -> None:
        self.page = person.page

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name, exact=True).first.click()

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def tick(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)


class Keyboard:
    """Touches no mouse: Tab until the name is reached, then the key that acts."""

    def __init__(self, person: Person) -> None:
        self.page = person.page

    def reach(self, name: str) -> None:
        seen = []
        for _ in range(STEPS):
            self.page.keyboard.press("Tab")
            seen.append(self.page.evaluate(FOCUSED))
            if seen[-1] == name:
                return
        pytest.fail(f"no key leads to « {name} », only to {seen}")

    def follow(self, name: str) -> None:
        self.reach(name)
        assert self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", name
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    press = follow

    def tick(self, label: str) -> None:
        """Tick a box; in a group of choices, arrows go from the one that Tab reaches to the one that is meant."""
        field = self.page.get_by_label(label, exact=True)
        if field.get_attribute("type") == "radio":
            self.reach(self.page.locator(f"[name={field.get_attribute('name')}]").first.evaluate(LABEL_OF))
            while self.page.evaluate(FOCUSED) != label:
                self.page.keyboard.press("ArrowDown")
        else:
            self.reach(label)
        self.page.keyboard.press("Space")
        expect(field).to_be_checked(timeout=GUARD)

    def write(self, label: str, text: str) -> None:
        self.reach(label)
        self.page.keyboard.insert_text(text)


LABEL_OF = "e => e.labels[0].textContent.replace(/\\s+/g, ' ').trim()"


def logged_in(browser, node, width: int) -> Person:
    person = Person(browser, node.origin, width, script=False).goes("/compte/connexion")
    return person.fills(login="alix", password="correct horse battery").sends("Se connecter")


def ends(days: int) -> str:
    """Until when what is attested so many days from now is valid, as the page writes it."""
    return f"valable jusqu’au {day(now() + timedelta(days=days) + DEFAULT_TERMS.validity)}"


@pytest.mark.parametrize(("width", "hands"), [(1280, Pointer), (390, Keyboard)])
def test_from_a_provider_s_page_to_an_attestation_taken_back(lille, browser, tmp_path, width, hands):
    def keep(person: Person, name: str) -> None:
        person.page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)

    alix = logged_in(browser, lille, width).goes("/annuaire?q=réparation")
    does = hands(alix)
    does.follow("Bachir")
    provider = alix.page.url
    does.follow("Attester")
    check_page(browser, alix.page.url, FORM, state=alix.state())
    does.press("Continuer")
    alix.reads("Il y a un point à corriger")
    keep(alix, "mend")
    does.tick("J’ai travaillé avec elle")
    does.tick(ARTICLE)
    does.write("Depuis quand, et d’où vous connaissez-vous ? (facultatif)", "depuis 2021, au fournil")
    does.write("Un mot, si vous voulez (facultatif)", WORD)
    keep(alix, "form")
    does.press("Continuer")
    alix.reads("Confirmer votre attestation pour Bachir").reads(WORD).reads(f"Articles vus : {ARTICLE}")
    keep(alix, "confirm")
    does.press("Corriger")
    assert alix.page.locator("[name=statement]").input_value() == WORD
    does.press("Continuer")
    does.press("Attester")
    alix.reads("Votre attestation est enregistrée").reads("Renouveler mon attestation")
    keep(alix, "given")
    check_page(browser, provider, PROVIDER, state=alix.state())

    fanny = Person(browser, lille.origin, width, script=False).goes(provider).reads("Attesté par un pair le")
    fanny.goes(f"{provider}/confiance")
    fanny.reads(WORD).reads("depuis 2021, au fournil").reads(f"Articles de la charte vus à l’œuvre : {ARTICLE}.")
    keep(fanny, "trust")

    alix.goes("/compte")
    does.follow("Ma toile : mes attestations")
    alix.reads("Je me porte garant").reads(ends(0))
    assert "À renouveler" not in alix.page.content()
    keep(alix, "web")
    check_page(browser, alix.page.url, PROVIDER, state=alix.state())

    lille.clock.write_text(str(LATER * 86_400))
    alix = logged_in(browser, lille, width).goes("/compte/toile").reads("À renouveler avant deux mois").reads(ends(0))
    does = hands(alix)
    keep(alix, "soon")
    check_page(browser, alix.page.url, PROVIDER, state=alix.state())
    does.follow("Renouveler pour Bachir")
    alix.reads(WORD)
    check_page(browser, alix.page.url, FORM, state=alix.state())
    keep(alix, "renew")
    does.press("Renouveler")
    alix.reads("est renouvelée jusqu’au").reads(ends(LATER))
    assert "À renouveler" not in alix.page.content()

    does.follow("Retirer pour Bachir")
    alix.reads("Retirer votre attestation pour Bachir")
    check_page(browser, alix.page.url, FORM, state=alix.state())
    does.write("Pourquoi ? Pour vous seul (facultatif)", "Perdu de vue.")
    keep(alix, "withdraw")
    fanny.goes(f"{provider}/confiance").reads(WORD)  # asking is no doing
    does.press("Retirer mon attestation")
    alix.reads("Votre attestation est retirée.").reads("Vous n’attestez pour personne en ce moment.")
    alix.page.get_by_text(re.compile("1 attestation retirée")).click()
    expect(alix.page.get_by_text("Perdu de vue.")).to_be_visible(timeout=GUARD)
    keep(alix, "withdrawn")
    check_page(browser, alix.page.url, PROVIDER, state=alix.state())

    fanny.goes(f"{provider}/confiance").reads("Personne encore.")
    for told in (WORD, "Perdu de vue."):
        assert told not in fanny.page.content()
    fanny.goes(provider).reads("Bachir")
    assert "Attesté par un pair" not in fanny.page.content()
    alix.goes(provider)
    expect(alix.page.get_by_role("link", name="Attester", exact=True)).to_be_visible(timeout=GUARD)
    assert "Renouveler mon attestation" not in alix.page.content()
    keep(alix, "after")
