"""Three people elect somebody without candidate, live, on wide and narrow screens; then a lot, with keys made in the
browser and redone there.
"""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import services
from tests.browser import checks
from tests.browser.people import GUARD, Person


@pytest.fixture(scope="module")
def three(browser, tmp_path_factory):
    """A node with a circle of three: Alix and Bachir on wide screens, Camille on a telephone."""
    with services.start_node(tmp_path_factory.mktemp("choosing")) as node:
        alix = Person(browser, node.origin).sets_up("Nœud du Bassin", "Fil de Trame", "Alix Delporte", "alix", "Lens")
        bachir = Person(browser, node.origin).joins(alix.invites(), "Bachir Lemaire", "bachir")
        camille = Person(browser, node.origin, 390).joins(alix.invites(), "Camille Roy", "camille")
        for name in ("Bachir Lemaire", "Camille Roy"):
            alix.goes("/cercles").page.get_by_role("link", name="Accueillir un membre").click()
            alix.page.locator("main select").select_option(label=name)
            with alix.page.expect_navigation():
                alix.page.locator("main button.main").click()
        yield alix, bachir, camille


def chooses(person: Person, act: str, name: str, **fields: str) -> None:
    """Press an act that asks for a person, and name them in its dialog."""
    person.page.locator("main").get_by_text(act, exact=True).and_(person.page.locator("a.button")).first.click()
    dialog = person.page.get_by_role("dialog")
    dialog.locator("[name=person]").select_option(label=name)
    for field, value in fields.items():
        dialog.locator(f"[name={field}]").fill(value)
    dialog.get_by_role("button", name=act, exact=True).click()
    expect(dialog).to_be_hidden(timeout=GUARD)


def says(person: Person, act: str, words: str) -> None:
    """Write in the page's own field, then press."""
    expect(person.page.get_by_role("button", name=act, exact=True)).to_be_visible(timeout=GUARD)
    person.page.locator("#words").fill(words)
    person.does(act).notes()


def is_clean(person: Person) -> None:
    """No accessibility violation where this person is, and no sideways scroll."""
    assert checks.violations(person.page) == [], person.page.url
    width = person.page.viewport_size["width"]
    assert person.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def elected(three):
    """The whole election: Camille receives the mandate, live."""
    alix, bachir, camille = three
    alix.goes("/elections/nouvelle").fills(
        role="trésorerie", mission="Tenir les comptes.", criteria="Rigueur.", months="12"
    )
    alix.sends("Demander cette élection").reads("Élection sans candidat")
    alix.page.get_by_role("link", name="Convoquer une assemblée").click()
    alix.fills(starts_at=datetime.now().strftime("%Y-%m-%dT%H:%M")).sends("Convoquer")  # noqa: DTZ005
    room = alix.page.url
    for person in (bachir, camille):
        person.goes(room)
    for person in three:
        person.does("J’entre dans l’assemblée").notes()
    alix.does("Ouvrir l’assemblée").notes()
    alix.does("Passer au point « trésorerie »").notes()
    for person in three:
        person.does("Oui, c’est bien cela").notes()
    alix.does("Ouvrir les bulletins").notes()
    sealed_ballots(alix, bachir, camille)
    alix.does("Dévoiler les bulletins")
    for person in three:
        says(person, "Dire mes raisons", "Les comptes lui parlent.")
    alix.does("Clore le tour des raisons").notes()
    camille.reads("Décompte des voix")
    for person in three:
        person.does("Garder ma voix").notes()
    alix.does("Clore le tour des reports").notes()
    chooses(alix, "Proposer une personne", "Camille Roy", grounds="Rigueur et patience, dites par deux voix.")
    camille.reads("Personne proposée : Camille Roy".replace(" :", "\u202f:"))
    is_clean(camille)
    for person in (alix, bachir, camille):  # the person proposed answers last
        person.does("Je consens").notes()
    alix.does("Révéler les positions")
    camille.does("J’accepte ce mandat")
    camille.reads("Mandat donné")
    return room


def sealed_ballots(alix: Person, bachir: Person, camille: Person) -> None:
    frames: list[str] = []
    bachir.page.on("websocket", lambda socket: socket.on("framereceived", lambda text: frames.append(str(text))))
    bachir.page.reload()
    chooses(alix, "Écrire un nom sur mon bulletin", "Camille Roy")
    alix.reads("Votre bulletin porte le nom de Camille Roy")
    chooses(camille, "Écrire un nom sur mon bulletin", "Bachir Lemaire")
    bachir.reads("2 personnes sur 3 ont répondu")
    assert not any("porte le nom" in frame for frame in frames), "a frame held a ballot before all are shown"
    assert "porte le nom" not in bachir.page.content()
    is_clean(alix)
    is_clean(camille)
    chooses(bachir, "Écrire un nom sur mon bulletin", "Camille Roy")


def test_three_people_elect_somebody_and_everybody_can_read_how(three, elected):
    alix, bachir, camille = three
    for person in (alix, camille):
        person.goes("/elections").reads("trésorerie")
        is_clean(person)
        person.page.get_by_role("link", name="trésorerie").click()
        person.reads("Camille Roy tient ce mandat").reads("Rigueur et patience")
        is_clean(person)
    alix.goes("/cercles").reads("Camille Roy, jusqu’au")
    alix.goes("/registre").page.get_by_role("link", name="trésorerie").click()
    alix.reads("élection sans candidat").reads("Camille Roy")
    assert "Rigueur et patience" not in alix.page.content()
    is_clean(alix)
    bachir.goes(elected + "/ecran").reads("Camille Roy")


def test_a_lot_with_keys_made_in_the_browser_and_redone_there(three, elected):
    alix, bachir, camille = three
    at = datetime.now()  # noqa: DTZ005
    ends = [(at + timedelta(hours=n)).strftime("%Y-%m-%dT%H:%M") for n in (1, 2)]
    alix.goes("/tirages/nouveau?circle=1")
    is_clean(alix)
    alix.fills(
        role="secrétariat", months="6", eligibility="Tout le cercle.", beacon_source="Deux dés.",
        beacon_format="dice:#-#", commits_end=ends[0], reveals_end=ends[1],
    ).sends("Figer et ouvrir")  # fmt: skip
    address, keys = alix.page.url, {}
    for person in three:
        person.goes(address)
        keys[person] = person.page.locator("#my-key").input_value()
        assert re.fullmatch("[0-9a-f]{128}", keys[person])
        is_clean(person)
        person.sends("J’ai gardé ma clé : déposer mon enveloppe".replace(" :", "\u202f:"))
        person.reads("Votre enveloppe est déposée.")
    alix.goes(address).sends("Clore les dépôts")
    for person in three:
        person.goes(address).fills(secret=keys[person]).sends("Ouvrir mon enveloppe")
    alix.goes(address).sends("Clore les ouvertures")
    for person in (alix, bachir):
        person.goes(address).fills(beacon="dice:6-2").sends("Écrire ce que je lis")
    alix.goes(address).reads("L’ordre tiré")
    is_clean(alix)
    alix.page.get_by_role("link", name="Refaire ce tirage dans mon navigateur").click()
    alix.page.get_by_role("button", name="Refaire le tirage", exact=True).first.click()
    alix.reads("C’est bien la graine que le nœud annonce.")
    redone = alix.page.locator("#redo-order li").all_inner_texts()
    is_clean(alix)
    camille.goes(address)
    assert camille.page.locator("main ol.lines code").all_inner_texts() == redone
    is_clean(camille)
