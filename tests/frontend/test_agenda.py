"""The agenda as people and programs read it: by month, near a place, on a map; iCal and Atom with the same filters."""

from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from icalendar import Calendar

from network.actions import event_dates
from tests import factories
from tests.frontend.reading import faults, page_of, plain
from tests.network.events_cast import LENS, LILLE, draft, fair, published

RESULTS = 300  # elements
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def ready(clock, town, gazetteer):
    return town


def read(town, **asked):
    answer = town.visitor.get(reverse("agenda"), asked)
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def titles(page):
    return [e.text for e in page.all("h3")]


def test_by_month_with_the_same_numbers_on_the_map(ready):
    published(ready.alix, fair())
    page = read(ready, place="Liévin", radius="50")
    assert [e.text for e in page.all("h2")][:2] == ["Décembre 2026", "Janvier 2027"]
    assert [e.attributes["start"] for e in page.all("ol")][:2] == ["1", "2"]
    assert "samedi 5 décembre 2026, de 14 h à 18 h" in page.words
    assert "à 31 km" in page.words or "31 km" in page.words
    pins = [e.attributes["aria-label"] for e in page.all("a") if e.attributes.get("class") == "pin"]
    assert sorted(pins)[0] == "1. Fête d’installation, Liévin"
    assert len(pins) == 7


def test_a_full_page_is_within_its_budget(ready):
    published(ready.alix, fair(rhythm="weekly", until_on=None, accessibility=("step_free", "phone")))
    page = read(ready, place="Liévin", radius="50", access="step_free")
    assert len(titles(page)) == 20
    assert len(page.elements) <= RESULTS, len(page.elements)
    second = read(ready, place="Liévin", radius="50", page="2")
    assert [e.attributes["start"] for e in second.all("ol")][0] == "21"
    assert any(
        "page=3" in e.attributes.get("href", "") and "radius=50" in e.attributes["href"] for e in second.all("a")
    )


def test_filters_stay_typed(ready):
    published(ready.alix, draft("Débat", kind="debate", accessibility=("sign_language",)))
    published(ready.alix, draft("Fête"))
    page = read(ready, kind="debate", access="sign_language", place="Lens", radius="100")
    assert titles(page) == ["Débat"]
    assert page.with_id("place").attributes["value"] == "Lens"
    chosen = [e.attributes["value"] for e in page.all("option", "input") if {"selected", "checked"} & set(e.attributes)]
    assert chosen == ["debate", "100", "sign_language"]


def test_an_empty_agenda_says_so_and_who_may_begin(ready):
    assert "L’agenda est vide pour l’instant." in read(ready).words
    assert "Proposer un rendez-vous" in page_of(ready.client.get(reverse("agenda"))).words


def test_the_circle_grows_with_its_sentence_and_the_way_back(ready):
    published(ready.alix, draft("À Lille", venues=(type(draft().venues[0])(LILLE),)))
    page = read(ready, place="Liévin", radius="10")
    assert "Rien à moins de 10 km de Liévin. Voici 1 date à moins de 50 km." in page.words
    back = next(e for e in page.all("a") if e.text == "Revenir à la recherche exacte")
    exact = page_of(ready.visitor.get(reverse("agenda") + back.attributes["href"]))
    assert "Rien n’est prévu à moins de 50 km" not in exact.words
    assert "Rien n’est prévu à moins de 10 km de Liévin." in exact.words
    assert "Voir à 30 km" in exact.words


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"place": "Xyzzyville"}, "Nous ne connaissons pas « Xyzzyville »"),
        ({"place": "Saint-Denis"}, "Plusieurs lieux s’appellent « Saint-Denis »"),
        ({"place": "Le Vigan"}, "Ou bien :"),
        ({"radius": "5000"}, "Le rayon va de 1 à 1 000 km"),
        ({"kind": "training"}, "Rien de tel n’est prévu."),
        ({"kind": "<b>", "access": "wings", "page": "-3", "radius": "x"}, "Agenda"),
        ({"place": "x\x00y" * 90}, "Agenda"),
    ],
)
def test_whatever_is_typed_gives_a_sentence(ready, asked, said):
    published(ready.alix)
    assert said in read(ready, **asked).words


def test_cancelled_and_tentative_are_said(ready):
    made = published(ready.alix, fair())
    event_dates.cancel_date(actor=ready.alix, event_id=made.pk, slot="2027-01-02", note="Salle fermée")
    published(ready.alix, draft("Débat", state="tentative"))
    words = read(ready).words
    assert "Annulé : samedi 2 janvier 2027, de 14 h à 18 h" in words
    assert "Salle fermée" in words
    assert "(à confirmer)" in words


def test_visitors_do_not_see_what_is_for_members_and_members_do(ready):
    published(ready.alix, draft("Entre nous", visibility="members"))
    assert titles(read(ready)) == []
    assert titles(page_of(ready.client.get(reverse("agenda")))) == ["Entre nous"]
    for name in ("agenda_ics", "agenda_atom"):
        assert b"Entre nous" not in ready.client.get(reverse(name)).content


def test_looking_sets_no_cookie(ready):
    for name in ("agenda", "agenda_ics", "agenda_atom"):
        assert not ready.visitor.get(reverse(name), {"place": "Lens"}).cookies


def test_ical_with_the_same_filters(ready):
    published(ready.alix, fair())
    published(ready.alix, draft("Débat", kind="debate"))
    answer = ready.visitor.get(reverse("agenda_ics"), {"place": "Lille", "radius": "10"})
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "max-age=600" in answer["Cache-Control"]
    found = Calendar.from_ical(answer.content)
    assert {str(each["location"]) for each in found.walk("VEVENT")} == {"Maison de quartier, Lille"}
    assert str(found["x-wr-calname"]) == "Agenda de Nœud Démo · Lille"
    nowhere = ready.visitor.get(reverse("agenda_ics"), {"place": "Le Vigan", "radius": "10"})
    assert Calendar.from_ical(nowhere.content).walk("VEVENT") == []


def test_a_long_feed_takes_few_questions(ready, django_assert_max_num_queries):
    published(ready.alix, fair(rhythm="weekly", until_on=None))
    for name in ("agenda_ics", "agenda_atom"):
        with django_assert_max_num_queries(8):
            assert ready.visitor.get(reverse(name)).status_code == 200


def test_atom_with_points_and_changes_first(ready, clock):
    made = published(ready.alix, fair())
    clock.advance(days=1)
    event_dates.cancel_date(actor=ready.alix, event_id=made.pk, slot="2027-02-06")
    answer = ready.visitor.get(reverse("agenda_atom"), {"kind": "install_fair"})
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 7
    first = entries[0]
    assert plain(first.find(f"{ATOM}title").text) == "Annulé : Fête d’installation"
    assert first.find(f"{ATOM}id").text == f"{made.uri}/2027-02-06"
    assert first.find(f"{ATOM}updated").text.startswith("2026-11-22T09:00")
    assert first.find("{http://www.georss.org/georss}point").text == "50.4216 2.7848"
    assert first.find(f"{ATOM}link").attrib["href"].endswith(f"/evenements/{made.pk}#d2027-02-06")
    page = read(ready, kind="install_fair")
    assert f"{reverse('agenda_atom')}?kind=install_fair" in [e.attributes.get("href") for e in page.all("link")]


def test_words_in_a_feed_are_words_and_not_markup(ready):
    made = published(ready.alix, draft(description="Avec **vous** <script>x()</script>"))
    event_dates.cancel_date(actor=ready.alix, event_id=made.pk, slot="2026-12-05", note="<img src=x onerror=y>")
    answer = ready.visitor.get(reverse("agenda_atom"))
    (entry,) = ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314 - our own
    summary = entry.find(f"{ATOM}summary").text
    assert "&lt;img src=x onerror=y&gt;" in summary
    assert "<strong>vous</strong>" in summary
    assert "<script" not in summary
    assert ready.visitor.head(reverse("agenda_ics")).status_code == 200


def test_in_lens_tonight(ready, clock):
    """What has begun is still there, until it ends."""
    published(ready.alix, draft("Ce soir", venues=(type(draft().venues[0])(LENS),), first_on=date(2026, 11, 21)))
    clock.set(datetime(2026, 11, 21, 16, 59, tzinfo=UTC))
    assert titles(read(ready, place="Lens")) == ["Ce soir"]
    clock.set(datetime(2026, 11, 21, 17, 1, tzinfo=UTC))
    assert titles(read(ready, place="Lens")) == []


def test_someone_elses_node_is_named_nowhere_in_a_query(ready):
    factories.member("Dominique", origin="https://tours.example")
    assert "tours.example" not in read(ready, place="Tours").html
