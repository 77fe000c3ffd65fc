"""From a request to a membership, without script, on one node with three members; and a candidacy adjourned."""

import pytest

from tests import services
from tests.browser.checks import REGISTER, check_page
from tests.browser.people import Person
from tests.federation.test_admission import said
from tests.federation.test_two_nodes import ask, rows, wait_for

ARTICLES = ("liberte", "horizontalite", "partage", "entraide", "logiciel-libre", "proximite")
DAY = 86_400


@pytest.fixture
def node(tmp_path):
    """A node with Alix, Bachir and Camille, whose clock is a file."""
    clock, port = tmp_path / "clock", services.free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": f"127.0.0.1:{port}", "TOILE_CLOCK_OFFSET_FILE": str(clock)}
    made = services.new_node(tmp_path / "node", port=port, env=env)
    made.clock = clock
    try:
        ask(made, "set_up('Lille', 'alix')", "join('alix', 'bachir')", "join('alix', 'camille')")
        said(made, "found()")
        made.start()
        yield made
    finally:
        made.stop()


def logged_in(browser, node, name: str, width: int) -> Person:
    person = Person(browser, node.origin, width, script=False).goes("/compte/connexion")
    return person.fills(login=name, password="correct horse battery").sends("Se connecter")


def until_heard(browser, node, width, keep):
    """Everything from the invitation to the synthesis; return the people, and the candidacy's address."""
    alix, bachir, camille = (logged_in(browser, node, name, width) for name in ("alix", "bachir", "camille"))
    alix.goes("/compte/invitations").sends("Créer un lien de candidature")
    link = alix.page.get_by_label("Le lien, montré cette fois seulement").input_value()
    fanny = Person(browser, node.origin, width, script=False).joins(link, "Fanny", "fanny")
    fanny.goes("/candidatures/nouvelle")
    fanny.fills(**{f"fact-{article}": "Le 2 mars, un atelier ouvert." for article in ARTICLES})
    keep(fanny, "request")
    fanny.fills(organisation="Éclats").page.locator("[name=agrees]").check()
    fanny.sends("Signer et demander").reads("Demandez à des membres de vous parrainer.")
    page = fanny.page.url
    for sponsor, name in ((alix, "Alix"), (bachir, "Bachir")):
        fanny.goes(f"{page}/actes/ask_sponsor").page.locator("[name=person]").select_option(label=name)
        fanny.sends("Demander un parrainage")
        sponsor.goes(page).reads("On vous demande de parrainer cette personne.")
        sponsor.goes(f"{page}/actes/confirm_sponsor").fills(organisation=f"Atelier {name}").sends("Parrainer")
    alix.goes(page).sends("Annoncer la candidature").reads("Votre évaluation est attendue.")
    for member in (alix, bachir, camille):
        member.goes(f"{page}/appreciation")
        for article in ARTICLES:
            member.fills(**{f"mark-{article}": "manifest", f"fact-{article}": "Vu.", f"on-{article}": "2026-01-02"})
        if member is camille:
            keep(camille, "evaluation")
        member.sends("Sceller mon évaluation").reads("sous scellé")
    alix.goes(page).sends("Ouvrir les évaluations").reads("manifeste : 3")
    alix.goes(f"{page}/actes/synthesise").fills(text="Les valeurs sont vécues.").sends("Écrire la synthèse")
    fanny.goes(page).reads("Les valeurs sont vécues.")
    keep(fanny, "hearing")
    keep(alix.goes(page), "hearing-member")
    return alix, fanny, page


def keeper(tmp_path, width):
    def keep(person: Person, name: str) -> None:
        person.page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)

    return keep


def moved(node, days: float) -> None:
    node.clock.write_text(str(days * DAY))


def test_from_request_to_member(node, browser, tmp_path):
    keep = keeper(tmp_path, 1280)
    alix, fanny, page = until_heard(browser, node, 1280, keep)
    told = said(node, "meet('fanny', adjourn=False)")
    assert told["stage"] == "probation"
    for days in (told["days"] + 1, told["days"] + 172, told["days"] + 190):
        moved(node, days)
        if days > told["days"] + 10:
            sql = "SELECT count(*) FROM governance_candidacystep WHERE kind = ?"
            kind = "notice" if days < told["days"] + 180 else "end_probation"
            wait_for(lambda sql=sql, kind=kind: rows(node, sql, kind)[0][0], kind)
    fanny = logged_in_again(browser, node, 1280)
    fanny.goes(page).reads("Membre")
    keep(fanny, "member")
    check_page(browser, page, REGISTER, state=fanny.state())


def logged_in_again(browser, node, width) -> Person:
    person = Person(browser, node.origin, width, script=False).goes("/compte/connexion")
    return person.fills(login="fanny", password="un long mot de passe").sends("Se connecter")


def test_adjourned_and_answered(node, browser, tmp_path):
    keep = keeper(tmp_path, 390)
    _alix, _fanny, page = until_heard(browser, node, 390, keep)
    told = said(node, "meet('fanny', adjourn=True)")
    assert told["stage"] == "adjourned"
    moved(node, told["days"])
    fanny = logged_in_again(browser, node, 390)
    fanny.goes(page).reads("Publier la documentation promise.")
    keep(fanny, "adjourned")
    fanny.goes(f"{page}/actes/answer_conditions").fills(text="Publiée le 5 mars.").sends("Répondre aux conditions")
    fanny.reads("Publiée le 5 mars.").reads("Décision")
