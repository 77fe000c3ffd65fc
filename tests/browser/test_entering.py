"""Dominique enters a collective's node with her own, decides there, and goes on while her node is away."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests import services
from tests.browser.checks import FORM, check_page, violations
from tests.browser.people import GUARD, Person
from tests.federation.test_two_nodes import rows

SIGNED, WAITING = "signé par son nœud", "en attente de la signature de son nœud"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """The collective's node at Lille, and Dominique's at Tours."""
    ports = services.free_port(), services.free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": " ".join(f"127.0.0.1:{port}" for port in ports)}
    folders = [tmp_path_factory.mktemp(name) for name in ("entering-lille", "entering-tours")]
    made = [services.new_node(folder, port=port, env=env) for folder, port in zip(folders, ports, strict=True)]
    try:
        for node in made:
            node.start()
        yield made
    finally:
        for node in made:
            node.stop()


def seed(node, call):
    code = f"from tests.federation import seed_signin as seed; seed.{call}"
    return node.tells(code)[0]


def looks_right(person):
    """axe at both widths, and no sideways scroll."""
    for width in (1280, 390):
        person.page.set_viewport_size({"width": width, "height": 900})
        assert violations(person.page) == [], person.page.url
        assert person.page.evaluate("document.documentElement.scrollWidth") <= width


def until(person, path, text):
    """Reload a page until it says so."""
    for _ in range(60):
        person.goes(path)
        if text in person.page.locator("body").inner_text():
            return
        person.page.wait_for_timeout(1000)
    pytest.fail(f"{path} never said: {text}")


def enters(person, home, handle, *, look=looks_right):
    """From the login page of the collective's node to its account page, by way of the person's own node."""
    person.goes("/compte/connexion").page.get_by_role("link", name="Entrer avec mon nœud").click()
    look(person)
    host = urlsplit(home.origin).netloc
    person.fills(home=f"@{handle}@{host}").sends("Continuer").reads(f"Continuer sur {host}")
    look(person)
    person.page.get_by_role("link", name=f"Aller sur {host}").click()
    here = urlsplit(person.origin).netloc
    person.reads(f"Entrer sur {here} ?").reads("Ce qu’il apprend de vous")
    assert person.page.url.startswith(home.origin)
    look(person)
    person.sends(f"Entrer sur {here}").reads(f"Vous êtes ici avec votre nœud, {host}")
    assert person.page.url == person.origin + "/compte"
    look(person)


def test_entering_deciding_and_home_away(nodes, browser):
    lille, tours = nodes
    alix = Person(browser, lille.origin).sets_up("Nœud de Lille", "Les Ateliers", "Alix", "alix", "Lille (59)")
    home = Person(browser, tours.origin).sets_up("Nœud de Tours", "La Ruche", "Dominique", "dominique", "Tours (37)")
    dominique = Person(browser, lille.origin, 390)
    dominique.context.add_cookies(home.context.cookies())
    enters(dominique, tours, "dominique")
    dominique.reads("membre d’aucun collectif")
    dominique.page.goto(lille.origin + "/compte/profil")
    dominique.reads("C’est chez votre nœud")
    looks_right(dominique)
    check_page(browser, lille.origin + "/entrer", FORM)

    uri = f"{tours.origin}/u/dominique"
    seed(lille, f"seat({uri!r})")
    room, proposal = seed(lille, f"call('Se réunir au local', {uri!r})")
    dominique.page.set_viewport_size({"width": 390, "height": 900})
    dominique.goes(f"/assemblees/{room}").does("Je consens").notes()
    until(dominique, f"/propositions/{proposal}", SIGNED)
    looks_right(dominique)
    home.goes("/compte/noeuds").reads("1 acte signé pour vous")
    looks_right(home)

    tours.stop()
    dominique.page.set_viewport_size({"width": 1280, "height": 900})
    dominique.goes(f"/assemblees/{room}").does("Je consens").notes()
    dominique.goes(f"/propositions/{proposal}").reads(WAITING)
    other = Person(browser, lille.origin, 390)
    other.goes("/entrer").fills(home=tours.origin).sends("Continuer").reads("ne répond pas")
    assert other.page.locator("[name=home]").input_value() == tours.origin
    looks_right(other)

    alix.goes(f"/assemblees/{room}").does("Je consens").notes()
    dominique.goes(f"/assemblees/{room}").does("Révéler les positions")
    dominique.reads("Inscrite au registre")
    seq = rows(lille, "SELECT max(seq) FROM governance_entry WHERE kind = 'decision'")[0][0]
    alix.goes(f"/registre/{seq}").reads("Signatures d’autres nœuds").reads(WAITING)
    looks_right(alix)

    tours.start()
    until(alix, f"/propositions/{proposal}", SIGNED)
    until(alix, f"/registre/{seq}", "signature d’un autre nœud")
    assert WAITING not in alix.goes(f"/propositions/{proposal}").page.locator("main").inner_text()

    home.goes("/compte/noeuds").sends(f"Retirer mon accord à {lille.origin}").reads("C’est retiré")
    for _ in range(150):
        dominique.page.goto(lille.origin + "/compte")
        if "/compte/connexion" in dominique.page.url:
            break
        dominique.page.wait_for_timeout(1000)
    expect(dominique.page.get_by_role("heading", name="Se connecter")).to_be_visible(timeout=GUARD)
