"""What a line is understood to say, the filters beside the results, and how caches may keep the page."""

import pytest

from network.actions.skills import load_skills
from network.queries.places import find_place
from tests import factories
from tests.frontend.reading import faults, page_of

SEARCH = "/annuaire"


@pytest.fixture
def found(town, gazetteer):
    load_skills()
    at = find_place("Liévin").place
    for n, (name, kind, price) in enumerate(
        [("Octets", "company", "hourly"), ("Terril", "association", "gift"), ("Beffroi", "association", "barter")]
    ):
        owner = factories.member(name, kind=kind, place=at, access=["step_free"] if n else [])
        cents = 5500 if price == "hourly" else None
        factories.offer(owner, f"Nextcloud {name}", skill="nextcloud", price=price, amount_cents=cents, tags=["pad"])
    return town


def look(town, query, browser=None):
    answer = (browser or town.visitor).get(SEARCH + query)
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def boxes(page):
    """The boxes by name and value, with their label and whether they are ticked."""
    labels = [
        e.text.strip() for e in page.all("label") if "(" in e.text or "acceptés" in e.text or "anciennes" in e.text
    ]
    found = [e.attributes for e in page.all("input") if e.attributes.get("type") == "checkbox"]
    return {(e["name"], e["value"]): (text, "checked" in e) for e, text in zip(found, labels, strict=True)}


def names(page):
    return [heading.text for heading in page.all("h2")]


def test_a_whole_line_is_understood_and_said(found):
    page = look(found, "?q=Nextcloud+pr%C3%A8s+de+Li%C3%A9vin%2C+pour+une+association")
    assert page.all("h1")[0].text == "Près de Liévin (62)"
    assert (
        "Nous avons compris : « Nextcloud », près de Liévin (62) ; « pour une association » n’écarte personne."
        in page.words
    )
    assert names(page) == ["Beffroi", "Octets", "Terril"]
    assert page.with_id("q").attributes["value"] == "Nextcloud"
    assert page.with_id("place").attributes["value"] == "Liévin (62)"
    literal = next(a for a in page.all("a") if a.text == "Chercher ces mots tels quels")
    again = look(found, literal.attributes["href"])
    assert "Nous avons compris" not in again.words
    assert page_of(found.visitor.get(SEARCH + literal.attributes["href"])).with_id("place").attributes["value"] == ""


def test_a_misspelt_town_is_understood_and_said(found):
    page = look(found, "?q=nextcloud&place=Li%C3%A9vn")
    assert "Nous avons compris : près de Liévin (62)." in page.words
    assert names(page) == ["Beffroi", "Octets", "Terril"]


def test_a_misspelt_word_is_said_as_it_is_written(found):
    assert "Nous avons compris « nextcloud » pour « nextclod »." in look(found, "?q=nextclod&place=Lens").words


def test_an_ambiguous_town_in_the_line_is_asked_about(found):
    page = look(found, "?q=nextcloud+pr%C3%A8s+de+Saint-Denis")
    assert "Plusieurs lieux s’appellent « Saint-Denis ». Lequel ?" in page.words
    link = next(a for a in page.all("a") if a.text == "Saint-Denis (974)").attributes["href"]
    assert "q=nextcloud&" in link
    assert "Saint-Denis+%28974%29" in link


def test_filters_with_their_counts(found):
    page = look(found, "?q=nextcloud&place=Li%C3%A9vin")
    shown = boxes(page)
    assert shown[("kind", "association")] == ("association (2)", False)
    assert shown[("kind", "company")] == ("entreprise (1)", False)
    assert shown[("price", "gift")] == ("don (1)", False)
    assert shown[("accepted", "1")] == ("seulement les acceptés de votre point de vue (0)", False)
    assert shown[("faded", "1")] == ("aussi les fiches anciennes", False)
    assert ("access", "step_free") not in shown  # one value alone is no choice
    assert {e.path[-1] for e in page.all("legend")} == {"fieldset"}


def test_several_boxes_of_one_filter(found):
    page = look(found, "?q=nextcloud&place=Li%C3%A9vin&price=gift&price=barter")
    assert names(page) == ["Beffroi", "Terril"]
    assert boxes(page)[("price", "gift")] == ("don (1)", True)
    assert boxes(page)[("price", "hourly")] == ("à l’heure (1)", False)
    assert "open" in page.all("details")[0].attributes


def test_what_is_chosen_stays_in_every_link(found):
    page = look(found, "?q=nextcloud&place=Li%C3%A9vin&price=gift&price=barter&access=step_free")
    wider = next(a for a in page.all("a") if a.text == "Voir à 50 km").attributes["href"]
    for part in ("price=gift", "price=barter", "access=step_free", "radius=50"):
        assert part in wider


def test_a_page_with_every_filter_fits_its_budget(found):
    kinds, prices = ["person", "company", "association", "collective"], ["gift", "barter", "prix_libre"]
    for n in range(30):
        place = find_place(["Lens", "Arras", "Béthune", "Douai", "Carvin"][n % 5]).place
        owner = factories.member(
            f"Atelier {n:02}", kind=kinds[n % 4], languages=["fr", ["en", "nl", "de"][n % 3]], place=place,
            access=[["phone", "home_visit", "easy_read"][n % 3]],
        )  # fmt: skip
        for title in ("Nextcloud", "Nextcloud durable"):
            factories.offer(
                owner, f"{title} {n}", place=place, price=prices[n % 3], opening=["open", "waiting", "closed"][n % 3],
                skill=["nextcloud", "courriel", "formation", "wifi", "graphisme", "cms"][n % 6],
                purpose="request" if n % 9 == 0 else "offer",
            )  # fmt: skip
    answer = found.visitor.get(SEARCH, {"q": "nextcloud", "place": "Liévin", "radius": "50"})
    page = page_of(answer)
    assert faults(page) == []
    assert len(names(page)) >= 10
    assert len(boxes(page)) > 20
    assert len(page.elements) <= 300
    assert len(answer.content) < 60_000


def test_what_is_chosen_stays_in_the_form_when_nothing_is_found(found):
    page = look(found, "?q=zzyzx&price=gift&price=barter&skill=nextcloud&access=phone&radius=100")
    ticked = [e.attributes for e in page.all("input") if "checked" in e.attributes]
    assert {(e["name"], e["value"]) for e in ticked} == {
        ("price", "gift"), ("price", "barter"), ("skill", "nextcloud"), ("access", "phone"),
    }  # fmt: skip
    assert [o.attributes["value"] for o in page.all("option") if "selected" in o.attributes] == ["100"]


# --- the forms ---------------------------------------------------------------------------------------------


def test_access_and_free_words_are_edited_and_shown(found):
    form = page_of(found.client.get("/compte/profil"))
    assert faults(form) == []
    fields = {"name": "Alix", "kind": "person", "opening": "open", "access": ["phone", "sign_language"]}
    assert found.client.post("/compte/profil", fields).status_code == 302
    member = page_of(found.visitor.get(f"/membres/{found.alix.pk}"))
    assert "par téléphone, en langue des signes" in member.words
    said = {"purpose": "offer", "title": "Atelier radio", "area": "country", "opening": "open", "price": "gift",
            "currency": "EUR"}  # fmt: skip
    made = found.client.post("/compte/offres/nouvelle", said)["Location"]
    details = made.replace("/offres/", "/compte/offres/") + "/acces"
    assert faults(page_of(found.client.get(details))) == []
    found.client.post(details, {"tags": "#Webradio, son ; webradio", "access": ["home_visit"]})
    found.client.post(made.replace("/offres/", "/compte/offres/"), said | {"title": "Atelier de radio"})
    offer = page_of(found.visitor.get(made))
    assert offer.all("h1")[0].text == "Atelier de radio"
    assert "visite à domicile, par téléphone, en langue des signes" in offer.words
    links = {a.text: a.attributes["href"] for a in offer.all("a")}
    assert links["Webradio"] == "/annuaire?q=Webradio"
    assert page_of(found.client.get(details)).with_id("id_tags").attributes["value"] == "Webradio, son"


def test_too_many_free_words_are_refused_and_stay_typed(found):
    words = ", ".join(f"mot{n}" for n in range(11))
    own = factories.offer(found.alix, "Atelier")
    answer = found.client.post(f"/compte/offres/{own.pk}/acces", {"tags": words})
    assert answer.status_code == 400
    assert "Dix mots libres au plus." in page_of(answer).words
    assert page_of(answer).with_id("id_tags").attributes["value"] == words


def test_nobody_says_it_for_another(found):
    theirs = factories.offer(found.bachir, "Autre")
    assert found.client.post(f"/compte/offres/{theirs.pk}/acces", {"tags": "x"}).status_code == 403
    assert found.visitor.get(f"/compte/offres/{theirs.pk}/acces").status_code == 302


# --- caches ------------------------------------------------------------------------------------------------


def test_a_page_for_everybody_may_be_kept_and_is_not_sent_twice(found):
    first = found.visitor.get(SEARCH + "?q=nextcloud&place=Lens")
    assert first["Cache-Control"] == "public, max-age=60"
    assert {"Cookie", "Accept-Language"} <= set(first["Vary"].split(", "))
    assert "csrfmiddlewaretoken" not in first.content.decode()
    assert not first.cookies
    again = found.visitor.get(SEARCH + "?q=nextcloud&place=Lens", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    factories.offer(factories.member("Neuf"), "Nextcloud neuf")
    changed = found.visitor.get(SEARCH + "?q=nextcloud&place=Lens", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_a_vouch_changes_the_tag_of_a_kept_page(found):
    first = found.visitor.get(SEARCH + "?q=nextcloud&place=Lens")
    factories.vouch_between(found.elise, factories.Member.objects.get(name="Terril"))
    assert found.visitor.get(SEARCH + "?q=nextcloud&place=Lens")["ETag"] != first["ETag"]
