"""The page of a collective: picture, who holds it, who lacks paths, the table; open to all, the same for all."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from frontend.cloth_picture import cloth_picture
from network.actions.trust import vouch
from network.queries import collective_web
from tests import factories
from tests.frontend.reading import faults, page_of, plain
from tests.network.web_cast import cloth

COLLECTIVE = 350  # elements


@pytest.fixture
def cast(db, clock):
    factories.node()
    return cloth()


def read(cast, client=None, **data):
    answer = (client or Client()).get(reverse("collective", args=[cast.home.slug]), data)
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def test_the_web_in_words_and_as_a_picture(cast):
    page = read(cast)
    said = "La toile de Les Terrils : 5 membres, 3 référents, 8 attestations entre membres, dont 3 paires réciproques."
    assert said in page.words
    picture = next(e for e in page.all("svg") if "cloth" in e.attributes["class"])
    assert picture.attributes["role"] == "img"
    assert page_of_label(picture) == said
    names = [e.text for e in page.all("text")]
    assert sorted(names) == ["Alix", "Bachir", "Camille", "Fanny", "Gwen"]
    full = [e for e in page.all("circle") if "full" in e.attributes["class"]]
    assert len(full) == 3


def page_of_label(element):
    return " ".join(element.attributes["aria-label"].split())


def test_who_holds_it_and_who_lacks_paths(cast):
    page = read(cast)
    assert "Camille : Fanny, Gwen" in page.words
    assert "Hugo · candidature en cours · aucune voie · attestations reçues : 0 sur 2" in page.words
    assert "Ouvrirait une voie : une attestation de Alix, Bachir" in page.words


def test_the_table_and_the_figures_of_the_charter(cast):
    page = read(cast)
    cells = [plain(cell.text) for cell in page.all("th", "td")[3:]]
    rows = [cells[n : n + 3] for n in range(0, len(cells), 3)]
    assert rows[0] == ["Alix", "reçues : 2, données : 2", "référent"]
    assert rows[-1] == ["Gwen", "reçues : 1, données : 0", "à renouveler"]
    assert "2 attestations de membres différents (5 membres comptés)" in page.words
    assert "2 attestations reçues et 2 données" in page.words


def test_home_and_members_lead_there(cast):
    address = reverse("collective", args=[cast.home.slug])
    for page in (reverse("home"), reverse("member", args=[cast.alix.pk]), reverse("trust", args=[cast.alix.pk])):
        assert address in [a.attributes.get("href") for a in page_of(Client().get(page)).all("a")], page


def test_the_federated_document_is_linked(cast):
    answer = Client().get(reverse("collective", args=[cast.home.slug]))
    assert answer["Link"] == f'<{cast.home.uri}>; rel="alternate"; type="application/activity+json"'


def test_an_unknown_collective(cast):
    assert Client().get(reverse("collective", args=["nulle-part"])).status_code == 404


@pytest.mark.parametrize("asked", ["2", "x", "-1", "99999", "999999999", "²"])
def test_odd_pages_are_the_nearest_one(cast, asked):
    assert "Les membres" in read(cast, page=asked).words


def test_sixty_members_fit_the_budget_and_of_more_the_most_tied(cast):
    crowd = [factories.member(f"Membre {n:02}", belongs_to=cast.home) for n in range(55)]
    factories.web(cast.home, *zip(crowd, crowd[1:], strict=False), *zip(crowd[1:], crowd, strict=False))
    page = read(cast)
    assert len(page.all("text")) == 60
    assert len(page.elements) <= COLLECTIVE
    factories.member("Une de plus", belongs_to=cast.home)
    page = read(cast)
    assert len(page.all("text")) == 60
    assert len(page.elements) <= COLLECTIVE
    assert "Seuls les membres les plus reliés sont dessinés." in page.words


def test_a_collective_that_begins(db, clock):
    factories.node()
    home = factories.collective("Premier jour")
    factories.member("Alix", belongs_to=home)
    answer = Client().get(reverse("collective", args=[home.slug]))
    page = page_of(answer)
    assert faults(page) == []
    assert "La toile est encore trop petite pour le dire." in page.words
    assert not [e for e in page.all("svg") if "cloth" in e.attributes.get("class", "")]


def test_private_attestations_change_nothing_for_anybody(cast):
    member = Client()
    member.force_login(factories.account(cast.alix))
    before = [read(cast, client).words for client in (member, Client())]
    for subject in (cast.gwen, cast.hugo):
        vouch(actor=cast.alix, subject_id=subject.pk, level=3, kind="prestation", public=False)
    assert [read(cast, client).words for client in (member, Client())] == before


# --- the picture -----------------------------------------------------------------------------------------------


def test_names_and_arcs_stay_inside_the_picture():
    people = [(f"{n:02}", "Atelier coopératif de la Grande Rive") for n in range(collective_web.DRAWN)]
    arrows = [(people[0][0], people[-1][0]), (people[-1][0], people[0][0]), ("01", "02")]
    drawn = cloth_picture(people, arrows, referents={"01"})
    assert all(len(bead.name) * 8.5 <= drawn.names for bead in drawn.beads)
    assert drawn.beads[-1].y < drawn.height
    for control in re.findall(r"C(\d+) ", drawn.mutual + drawn.single):
        assert drawn.x + 0.75 * (int(control) - drawn.x) <= drawn.width


def test_referents_come_first_and_neighbours_stand_together():
    people = [(each, each) for each in "abcdef"]
    drawn = cloth_picture(people, [("f", "e"), ("e", "d"), ("a", "f")], referents={"f"})
    assert [bead.name for bead in drawn.beads][:2] == ["f", "e"]
    assert drawn.beads[0].referent


def test_nobody_to_draw():
    assert cloth_picture([], []) is None
    assert cloth_picture([("a", "Ana")], []) is None
