"""An install fair announced, found and changed, without script, on a phone; each page of it within its budget."""

from datetime import date, timedelta

import pytest

from tests import services
from tests.browser.checks import FORM, PROVIDER, RESULTS, check_page
from tests.browser.people import Person
from tests.federation.test_two_nodes import ask, rows


@pytest.fixture(scope="module")
def lille(tmp_path_factory):
    """A node with Alix."""
    node = services.new_node(tmp_path_factory.mktemp("events"))
    try:
        ask(node, "set_up('Lille', 'alix')")
        node.start()
        yield node
    finally:
        node.stop()


def first_saturday():
    """The first Saturday of a month to come, with some days left before it."""
    day = date.today() + timedelta(days=20)  # noqa: DTZ011 - the node's own clock is this machine's
    while day.weekday() != 5 or day.day > 7:
        day += timedelta(days=1)
    return day


def test_a_fair_from_its_announcement_to_a_cancelled_date(lille, browser):
    alix = Person(browser, lille.origin, 390, script=False).goes("/compte/connexion")
    alix.fills(login="alix", password="correct horse battery").sends("Se connecter")
    alix.goes("/agenda").reads("L’agenda est vide pour l’instant.")
    alix.page.get_by_role("link", name="Proposer un rendez-vous").click()
    form, day = alix.page.url, first_saturday()
    alix.fills(
        title="Foire aux installs", description="Apportez votre **ordinateur**.", first_on=day.isoformat(),
        starts="14:00", ends="14:00", rhythm="monthly", place="Xyzzyville", venue="Salle des fêtes", price="prix_libre",
    )  # fmt: skip
    alix.page.get_by_label("lieu accessible sans marche").check()
    alix.sends("Publier").reads("Il y a un point à corriger").reads("Essayez le code postal")
    assert alix.page.locator("[name=title]").input_value() == "Foire aux installs"
    assert alix.page.locator("[name=first_on]").input_value() == day.isoformat()
    assert alix.page.get_by_label("lieu accessible sans marche").is_checked()
    alix.fills(place="Liévin", ends="18:00").sends("Publier").reads("C’est dans l’agenda")
    mine, event = alix.state(), alix.page.url
    alix.page.get_by_role("link", name="Préciser").click()
    more = alix.page.url
    alix.fills(other_place="Mons-en-Barœul", capacity="40 personnes").sends("Enregistrer").reads("Mons-en-Barœul (59)")

    slots = [slot for (slot,) in rows(lille, "SELECT slot FROM network_eventdate ORDER BY slot LIMIT 3")]
    change = f"{lille.origin}/compte/evenements/{event.rpartition('/')[2]}/dates/{slots[1]}"
    alix.goes(change).fills(why="Salle fermée").sends("Annuler cette date").reads("Salle fermée")

    fanny = Person(browser, lille.origin, 390, script=False).goes("/")
    fanny.page.get_by_role("link", name="Foire aux installs").click()
    fanny.reads("de 14 h à 18 h").reads("Lieu accessible sans marche").reads("Annulé")
    fanny.goes("/agenda").fills(place="Lens").sends("Chercher").reads("Agenda près de Lens")
    fanny.page.get_by_role("link", name="1. Foire aux installs, Liévin").press("Enter")
    fanny.reads("Salle des fêtes, Liévin (62)")
    with fanny.page.expect_download() as calendar:
        fanny.page.get_by_role("link", name="Ajouter à son agenda").click()
    assert calendar.value.suggested_filename.endswith(".ics")

    found = f"{lille.origin}/agenda?place=Lens&radius=50"
    for address, budget, state in (
        (found, RESULTS, None), (f"{lille.origin}/agenda?place=Le+Vigan", RESULTS, None), (event, PROVIDER, None),
        (event, PROVIDER, mine), (form, FORM, mine), (more, FORM, mine), (change, FORM, mine),
        (f"{lille.origin}/compte/evenements", FORM, mine),
    ):  # fmt: skip
        check_page(browser, address, budget, state=state)

    fanny.goes(event).page.emulate_media(media="print")
    assert fanny.page.get_by_role("navigation").count() == 0
    fanny.reads("de 14 h à 18 h")
