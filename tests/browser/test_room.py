"""A whole room: three people with a phone or a desk, one without a device, the screen of the hall; and an exercise."""

import re
import time

import pytest
from playwright.sync_api import Error, Locator, Route, expect

from tests import services
from tests.browser import checks
from tests.browser.people import GUARD, Person
from tests.browser.test_story import sized, welcome

TITLE = "Partager une imprimante"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    found = services.new_node(tmp_path_factory.mktemp("room"), port=services.free_port())
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def people(browser, node):
    """Alix convenes and facilitates, Bachir carries the text, Camille keeps the record, Dominique has no device."""
    alix = Person(browser, node.origin).sets_up("Nœud du Bassin", "Fil de Trame", "Alix", "alix", "Lens")
    found = [alix]
    for name, width in (("Bachir", 1280), ("Camille", 390), ("Dominique", 1280)):
        found.append(Person(browser, node.origin, width).joins(alix.invites(), name, name.lower()))
        welcome(alix, name)
    return found


def convened(alix: Person, bachir: Person, title: str = TITLE) -> str:
    bachir.goes("/propositions/nouvelle").fills(
        title=title, driver="Chacun imprime loin.", text="Nous partageons une imprimante.", review_on="2027-06-01",
        criteria="Combien de feuilles ?",
    )  # fmt: skip
    bachir.page.locator("[name=responsible]").select_option(label="Bachir")
    bachir.sends("Enregistrer")
    alix.goes("/assemblees/nouvelle").fills(title="Assemblée", starts_at="2026-12-01T18:00")
    alix.page.get_by_label(title).check()
    alix.sends("Convoquer")
    return re.search(r"/assemblees/(\d+)", alix.page.url)[1]


def opens(person: Person, summary: str) -> Person:
    """Open what is folded, if it is."""
    details = person.page.locator("main details, aside details").filter(has_text=summary).first
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    return person


def chooses(who: Person, act: str, /, **fields: str) -> Person:
    """Take an act that asks: choose by the words shown, write the rest, and confirm."""
    who.page.locator("main a.button").get_by_text(act, exact=True).click()
    dialog = who.page.get_by_role("dialog")
    for name, value in fields.items():
        field = dialog.locator(f"[name={name}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    dialog.get_by_role("button", name=act, exact=True).click()
    expect(dialog).to_be_hidden(timeout=GUARD)
    return who


def on_a_slow_line(person: Person) -> Person:
    """Let what opens the socket come a second after everything else; the page's clock can be moved on."""
    person.page.clock.install()
    person.page.route("**/vendor/hx-ws-*", lambda route: (time.sleep(1), route.continue_()))
    return person


def test_a_room_with_a_hall_somebody_without_device_and_a_lost_line(browser, people, tmp_path):
    alix, bachir, camille, _ = people
    three = [alix, bachir, camille]
    number = convened(alix, bachir)
    hall = on_a_slow_line(sized(bachir, browser, 1280))
    with hall.page.expect_websocket():
        hall.goes(f"/assemblees/{number}/ecran?salle=sombre")
    for person in three:
        person.goes(f"/assemblees/{number}").does("J’entre dans l’assemblée").notes()
    chooses(opens(alix, "Autres actes"), "Désigner le secrétariat", person="Camille")
    alix.reads("Annuler : Désigner le secrétariat").reads("(")
    chooses(camille, "Faire entrer une personne sans appareil", person="Dominique")
    alix.does("Ouvrir l’assemblée").notes().does(f"Passer au point « {TITLE} »").notes()
    hall.reads(TITLE)
    opens(camille, "Faire un geste").does("Moins vite")
    for other in (alix, hall):
        other.reads("Moins vite")
    expect(hall.page.locator("#passing")).not_to_contain_text("Camille")
    chooses(opens(alix, "Autres actes"), "Prendre la température", question="Prêts à décider ?")
    for person, word in ((alix, "Grand soleil"), (bachir, "Nuages"), (camille, "Nuages")):
        person.does(word)
    expect(hall.page.locator("#passing")).to_contain_text("Nuages : 2", timeout=GUARD)
    chooses(opens(alix, "Autres actes"), "Ouvrir un tour de parole", question="Qu’attendez-vous ?")
    hall.reads("Qu’attendez-vous ?")
    alix.does("Finir la prise de parole").notes()
    hall.reads("Bachir")
    for person in (bachir, camille):
        person.does("Passer mon tour de parole").notes()
    alix.does("Revenir plus tard à Dominique").notes().does("Finir le tour de parole").notes()
    decide(alix, bachir, camille, hall, tmp_path)


def decide(alix: Person, bachir: Person, camille: Person, hall: Person, folder) -> None:
    three = [alix, bachir, camille]
    bachir.does("Soumettre").notes()
    for person in three:
        person.does("Clair, et c’est à nous d’agir").notes()
    chooses(camille, "Relayer ce qu’une personne dit", person="Dominique", said="Clair, et c’est à nous d’agir")
    alix.does("Le motif est clair et c’est le nôtre").notes().does("Commencer les clarifications").notes()
    expect(camille.page.get_by_role("button", name="Passer mon tour", exact=True)).to_be_visible(timeout=GUARD)
    camille.page.locator("#words").fill("Un demi-motif que")
    camille.page.locator("#words").focus()
    bachir.does("Passer mon tour").notes()
    camille.reads("1 personne sur 4 a répondu")
    assert camille.page.locator("#words").input_value() == "Un demi-motif que"
    assert camille.page.evaluate("document.activeElement.id") == "words"
    camille.context.set_offline(True)
    alix.does("Passer mon tour").notes()
    camille.page.wait_for_timeout(1500)
    camille.context.set_offline(False)
    camille.reads("2 personnes sur 4 ont répondu")
    assert camille.page.locator("#words").input_value() == "Un demi-motif que"
    camille.page.locator("#words").fill("")
    camille.does("Passer mon tour").notes()
    chooses(camille, "Relayer ce qu’une personne dit", person="Dominique", said="Passe son tour")
    alix.does("Clore le tour").notes()
    for person in three:
        person.page.locator("#words").fill("Bien.")
        person.does("Prendre mon tour").notes()
    chooses(camille, "Relayer ce qu’une personne dit", person="Dominique", said="Prend son tour", text="Bien.")
    alix.does("Clore le tour").notes()
    bachir.does("Garder le texte").notes()
    for person in three:
        person.does("Je consens").notes()
    chooses(
        camille, "Saisir une position par écrit ou à voix haute", person="Dominique", second="Alix", means="Par écrit",
        choice="J’ai une réserve", text="Le bruit de la machine.",
    )  # fmt: skip
    alix.reads("Le bruit de la machine.")
    assert "bruit de la machine" not in bachir.page.content()
    for name, person in (("1280", alix), ("390", camille), ("ecran", hall)):
        assert checks.violations(person.page) == [], name
        person.page.screenshot(path=folder / f"{name}.png", full_page=True)
    print(f"\nScreenshots: {folder}")
    alix.does("Je confirme cette position").notes()
    hall.reads("4 personnes sur 4 ont répondu")
    alix.does("Révéler les positions")
    bachir.reads("Le bruit de la machine.").reads("par écrit").reads("Inscrite au registre")
    expect(hall.page.locator("#stale")).to_be_hidden()
    hall.context.set_offline(True)
    hall.page.clock.fast_forward(11_000)
    expect(hall.page.locator("#stale")).to_be_visible()
    hall.context.set_offline(False)  # closed while cut off, it would keep Chromium's network process busy for good


def test_whoever_has_no_socket_at_all_still_follows(people):
    """Some proxies let no socket through: the page asks by itself, and acts count."""
    alix, bachir, camille, _ = people
    number = convened(alix, bachir, "Partager une presse")
    camille.page.route_web_socket(re.compile(".*"), lambda line: line.close())
    camille.goes(f"/assemblees/{number}").does("J’entre dans l’assemblée").notes()
    alix.goes(f"/assemblees/{number}").does("J’entre dans l’assemblée").notes()
    expect(camille.page.locator("#lost")).to_be_visible()
    alix.does("Ouvrir l’assemblée").notes().does("Passer au point « Partager une presse »").notes()
    camille.does("Demander la parole").notes()


def test_presses_before_an_answer_are_each_taken_once(people):
    """On a slow line people press on; and some press everything twice."""
    alix, bachir, _, _ = people
    number = convened(alix, bachir, "Partager une scie")
    alix.goes(f"/assemblees/{number}").does("J’entre dans l’assemblée").notes()
    bachir.goes(f"/assemblees/{number}").does("J’entre dans l’assemblée").notes()
    alix.does("Ouvrir l’assemblée").notes()
    opens(alix, "Autres actes")
    held: list[Route] = []
    alix.page.route("**/acte", lambda route: held.append(route), times=1)
    for label in ("Demander la parole", "Minuteur 5 min"):
        alix.page.locator("main").get_by_role("button", name=label, exact=True).dblclick()
    held[0].continue_()
    alix.reads("Retirer ma demande").reads("Minuteur : 5 min de plus")
    expect(alix.page.locator("#message .error")).to_have_count(0)


NEXT = (
    "J’entre dans l’assemblée", "Clair, et c’est à nous d’agir", "Passer mon tour", "Je consens",
    "Oui, elle est recevable", "Approuver le compte rendu",
)  # fmt: skip


# The answer first: pressed again before it, a button counts as pressed once. A refusal changes no state.
ANSWERED = """seq => {
  const message = document.getElementById("message");
  return message.textContent && (message.querySelector(".error") || +document.getElementById("top").dataset.seq > +seq);
}"""
OVER = "rien n’a été écrit au registre. Vous pouvez lire le compte rendu."


@pytest.mark.parametrize("width", [1280, 390])
def test_one_person_practises_from_start_to_end(browser, people, width, tmp_path):
    alix = sized(people[0], browser, width)
    alix.goes("/assemblees").page.get_by_role("link", name="S’exercer").click()
    alix.sends("Commencer l’exercice").reads("Rien de ce qui se passe ici n’est inscrit au registre")
    assert checks.violations(alix.page) == []
    labels = []
    for _ in range(120):
        if alix.page.locator(".tag, header, .lead").filter(has_text=OVER).count():
            break
        state = alix.page.locator("#top").get_attribute("data-seq")
        alix.page.evaluate("document.getElementById('message').textContent = ''")
        label = next_press(alix)
        if not label:
            continue
        labels.append(label)
        alix.page.wait_for_function(ANSWERED, arg=state, timeout=GUARD)
    alix.reads(OVER)
    assert "Je consens" in labels
    alix.page.screenshot(path=tmp_path / f"exercice_{width}.png", full_page=True)
    print(f"\nScreenshots: {tmp_path}")
    assert alix.page.evaluate("document.documentElement.scrollWidth") <= width
    alix.goes("/registre")
    expect(alix.page.locator("main")).not_to_contain_text("vélo-cargo")


def pressed(button: Locator) -> bool:
    try:
        button.click(timeout=2_000)
    except Error:
        return False
    return True


def next_press(person: Person) -> str:
    """Press what the page offers next, as a newcomer would: an answer of one's own first, then going on. Nothing is
    pressed while the others' acts are being drawn."""
    answered = person.page.locator("#mine").get_by_text("Votre réponse est enregistrée.").count()
    goes_on = person.page.locator("#act-continue_exercise")
    if goes_on.count():
        return "Continuer" if pressed(goes_on) else ""
    for label in NEXT:
        button = person.page.locator("main").get_by_text(label, exact=True).and_(person.page.locator("button"))
        if button.count() and button.first.is_visible() and not (answered and label == "Je consens"):
            return label if pressed(button.first) else ""
    person.page.wait_for_timeout(500)
    return ""
