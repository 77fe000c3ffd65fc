"""The results page: list and map with the same numbers, sentences when nothing is near, and nobody's words run."""

import pytest
from django.urls import reverse

from network.queries.places import find_place
from tests import factories
from tests.frontend.reading import faults, page_of

SEARCH = "/annuaire"


@pytest.fixture
def found(town, gazetteer):
    """Offers around Liévin: Lens 4 km, Lille 31 km; and one at Tours."""
    for name, place in (("Bassin", "Lens"), ("Beffroi", "Lille"), ("Loire", "Tours")):
        owner = factories.member(f"{name} Démo", place=find_place(place).place)
        at = find_place(place).place
        factories.offer(owner, f"Nextcloud chez {name}", place=at, skill="nextcloud", area="on_site")
    return town


def look(town, **asked):
    answer = town.visitor.get(SEARCH, asked)
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def names(page):
    return [heading.text for heading in page.all("h2")]


def test_near_a_place(found):
    page = look(found, q="nextcloud", place="Liévin")
    assert page.all("h1")[0].text == "Près de Liévin (62)"
    assert names(page) == ["Bassin Démo"]
    assert "Lens (62) · 3,5 km" in page.words
    assert "pas de voie connue à moins de 4 pas" in page.words
    assert "Point de vue : Coopérative Démo." in page.words


def test_list_and_map_have_the_same_numbers(found):
    page = look(found, q="nextcloud", place="Liévin", radius="50")
    assert names(page) == ["Bassin Démo", "Beffroi Démo"]
    pins = {
        e.attributes["aria-label"]: e.attributes["href"] for e in page.all("a") if e.attributes.get("class") == "pin"
    }
    assert set(pins) == {"1. Bassin Démo, Lens", "2. Beffroi Démo, Lille"}
    listed = {link.attributes["href"] for link in page.all("a") if link.text in names(page)}
    assert set(pins.values()) == listed
    assert page.all("svg")[-1].attributes["role"] == "group"
    assert "Les numéros sont ceux de la liste." in page.words


def test_overseas_and_mainland_are_on_one_map(found):
    kaz = find_place("Saint-Paul (974)").place
    factories.offer(factories.member("Kaz Démo", place=kaz), "Nextcloud péi", place=kaz, skill="nextcloud")
    page = look(found, q="nextcloud")
    france, inset = (svg for svg in page.all("svg") if svg.attributes.get("class") == "map")
    assert (france.attributes["aria-label"], inset.attributes["aria-label"]) == ("Carte des résultats", "La Réunion")
    assert {pin.attributes["aria-label"][3:] for pin in page.all("a") if pin.attributes.get("class") == "pin"} == {
        "Kaz Démo, Saint-Paul", "Bassin Démo, Lens", "Beffroi Démo, Lille", "Loire Démo, Tours"
    }  # fmt: skip


def test_where_the_map_ends_the_list_says_so(found):
    athens = find_place("Athènes").place or find_place("Athens").place
    factories.offer(factories.member("Akropolis Démo", place=athens), "Nextcloud", place=athens, skill="nextcloud")
    page = look(found, q="nextcloud", place=athens.label)
    assert "Akropolis Démo" in names(page)
    assert not [svg for svg in page.all("svg") if svg.attributes.get("class") == "map"]
    assert "La carte ne va pas jusque-là : voici la liste." in page.words


def test_a_path_is_told_in_words(found):
    factories.vouch_between(found.elise, factories.Member.objects.get(name="Bassin Démo"))
    page = look(found, q="nextcloud", place="Liévin")
    assert "→ Bassin Démo" in page.words
    assert "une voie" in page.words


def test_widening_says_so_and_leads_back(found):
    page = look(found, q="nextcloud", place="Liévin", radius="1")
    assert "Rien à moins de 1 km de Liévin. Voici 1 réponse à moins de 30 km." in page.words
    link = next(a for a in page.all("a") if a.text == "Revenir à la recherche exacte")
    exact = page_of(found.visitor.get(SEARCH + link.attributes["href"]))
    assert "Personne ne propose encore cela à moins de 1 km de Liévin." in exact.words
    assert "Voir à 50 km" in exact.words
    assert names(exact) == []


def test_widening_to_the_whole_country(found):
    page = look(found, q="nextcloud", place="Le Vigan", radius="30")
    assert "Rien à moins de 30 km du Vigan. Voici 3 réponses dans toute la France." in page.words
    assert "Ou bien : Le Vigan-en-Quercy (46)" in page.words


def test_one_or_two_results_offer_more_as_links(found):
    page = look(found, q="nextcloud", place="Liévin")
    links = {a.text: a.attributes["href"] for a in page.all("a")}
    assert "radius=100" in links["Voir à 100 km"]
    assert "radius=france" in links["Chercher dans toute la France"]


def test_an_ambiguous_place_asks(found):
    page = look(found, place="saint-denis")
    assert "Plusieurs lieux s’appellent « saint-denis ». Lequel ?" in page.words
    link = next(a for a in page.all("a") if a.text == "Saint-Denis (974)")
    assert "place=Saint-Denis+%28974%29" in link.attributes["href"]


def test_an_unknown_place_says_how_to_go_on(found):
    page = look(found, place="<b>Nulle</b>")
    assert "Nous ne connaissons pas « <b>Nulle</b> ». Essayez le code postal." in page.words
    assert page.with_id("place").attributes["value"] == "<b>Nulle</b>"


def test_without_a_place_a_line_asks_for_one(found):
    page = look(found, q="nextcloud")
    assert "Indiquez une ville pour voir les distances." in page.words
    assert names(page)


def test_nothing_at_all(found):
    assert "Personne ne propose encore cela." in look(found, q="zzyzx").words


def test_an_empty_node(town, gazetteer):
    assert "Cet annuaire vient de naître." in look(town, q="x").words


@pytest.mark.parametrize("radius", ["0", "-5", "99999", "abc", "1e999"])
def test_a_bad_radius_is_brought_within_bounds_and_said(found, radius):
    assert "Le rayon va de 1 à 1 000 km" in look(found, place="Liévin", radius=radius).words


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "-1"}, {"page": "99999999999999999999"}, {"page": "x"}, {"purpose": "x"}, {"kind": "'; --"},
        {"price": "x"}, {"opening": "x"}, {"language": "x" * 500}, {"skill": "x" * 500}, {"q": "x" * 5000},
        {"place": "%00"}, {"q": "\x00"}, {"q": "' OR 1=1"},
    ],
)  # fmt: skip
def test_whatever_is_typed_is_answered(found, asked):
    look(found, **asked)


def test_filters_fold_open_when_one_is_set(found):
    assert "open" not in look(found, q="nextcloud", place="Liévin").all("details")[0].attributes
    assert "open" in look(found, q="nextcloud", price="prix_libre").all("details")[0].attributes


def test_needs_can_be_searched_too(found):
    factories.offer(found.elise, "Cherche logo", purpose="request", price="barter")
    page = look(found, purpose="request")
    assert "Cherche logo, troc" in page.words
    assert "1 demande, par voies de confiance" in page.words


def test_a_skill_heads_the_page_and_stays_in_the_form(found):
    page = look(found, skill="nextcloud", place="Liévin")
    assert page.all("h1")[0].text == "Nextcloud près de Liévin (62)"
    hidden = [e for e in page.all("input") if e.attributes.get("name") == "skill"]
    assert hidden[0].attributes["value"] == "nextcloud"


def test_a_copy_says_where_it_comes_from_and_how_old_it_is(found, clock):
    far = factories.member("Ailleurs Démo", origin="https://tours.example")
    row = factories.offer(far, "Nextcloud d’ailleurs")
    clock.advance(days=9)
    page = look(found, q="ailleurs", place="Liévin")
    assert "reçu le 21 novembre 2026 de tours.example" in page.words
    assert "copie de plus de 7 jours" in page.words
    assert not row.local


def test_what_others_write_never_runs(found):
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    far = factories.member(evil, origin="https://pirate.example")
    factories.offer(far, f"nextcloud {evil}", description=f"<p onclick='x()'>a</p>{evil}")
    page = look(found, q="nextcloud", place="Liévin")
    assert not page.all("script")
    assert [e.attributes["alt"] for e in page.all("img")] == [""]
    assert "<script>alert(1)</script>" in page.words


def test_pages_of_results(found):
    for number in range(25):
        owner = factories.member(f"Atelier {number:02}")
        factories.offer(owner, f"Hébergement numéro {number}")
    page = look(found, q="hébergement", place="Liévin")
    assert len(names(page)) == 20
    following = next(a for a in page.all("a") if a.text == "Page suivante").attributes["href"]
    assert len(names(page_of(found.visitor.get(SEARCH + following)))) == 5
    assert "page 1 sur 2" in page.words


def test_a_full_page_fits_its_budget(found):
    for number in range(25):
        owner = factories.member(f"Atelier {number:02}")
        for title in ("Hébergement", "Hébergement durable"):
            factories.offer(owner, f"{title} numéro {number}")
    for asked in ({"q": "hébergement", "place": "Liévin"}, {"q": "durable", "place": "Liévin"}):
        page = look(found, **asked)
        assert len(page.elements) <= 300
        assert len([e for e in page.elements if e.attributes.get("class") == "pin"]) <= 15


def test_the_number_of_queries_does_not_grow_with_the_results(found, django_assert_max_num_queries):
    def measure():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            look(found, q="hébergement", place="Liévin")
        return len(queries)

    factories.offer(factories.member("Seul"), "Hébergement")
    look(found, q="hébergement", place="Liévin")
    few = measure()
    for number in range(19):
        factories.offer(factories.member(f"Atelier {number}"), "Hébergement")
    look(found, q="hébergement", place="Liévin")
    assert measure() <= few + 1
    assert few <= 40


def test_no_result_carries_anchors_or_a_person_in_its_address(found):
    page = look(found, q="nextcloud", place="Liévin")
    assert not [a for a in page.all("a") if "ancre" in a.attributes["href"] or "anchor" in a.attributes["href"]]


def test_the_tree_of_skills_leads_to_searches(found):
    page = page_of(found.visitor.get(reverse("skills")))
    links = [a.attributes["href"] for a in page.all("a")]
    assert "/annuaire?skill=nextcloud" in links
    assert faults(page) == []
