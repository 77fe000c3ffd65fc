"""Publishing an event and what follows: forms keep what was typed, dates change one by one, pages say what is so."""

import json
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from network.actions import event_dates, events
from network.models import Event, EventDate, EventState, Member
from tests import factories
from tests.frontend.reading import faults, page_of, plain
from tests.network.events_cast import at, draft, fair, published

FORMS, PROVIDER = 120, 250  # elements
TYPED = {
    "kind": "install_fair",
    "title": "Fête d’installation",
    "description": "Apportez votre **ordinateur**.\n\n<script>x()</script>",
    "first_on": "05/12/2026",
    "starts": "14h",
    "ends": "18:00",
    "rhythm": "monthly",
    "until_on": "2027-06-30",
    "listed": "",
    "place": "Liévin (62)",
    "venue": "Salle des fêtes",
    "online": "",
    "price": "prix_libre",
    "amount_cents": "",
    "accessibility": ["step_free", "sign_language"],
    "visibility": "public",
}
MORE = {
    "other_place": "Lille (59)",
    "other_venue": "Maison de quartier",
    "languages": "français",
    "capacity": "40 personnes",
    "registration": "sans inscription",
    "registration_link": "",
    "state": "confirmed",
}


@pytest.fixture
def ready(clock, town, gazetteer):
    return town


def publish(town, **change):
    return town.client.post(reverse("event_new"), {**TYPED, **change})


def say_more(town, **change):
    return town.client.post(reverse("event_more", args=[Event.objects.get().pk]), {**MORE, **change})


def sound(answer):
    """Return the page, which runs no script."""
    page = page_of(answer)
    assert faults(page) == []
    assert page.programs == []
    return page


# --- publishing --------------------------------------------------------------------------------------------


def test_publish_and_read(ready):
    answer = publish(ready)
    made = Event.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("event", args=[made.pk]))
    assert say_more(ready).status_code == 302
    assert made.dates.count() == 7
    assert at(made, "2027-01-02").place_name == "Lille"
    answer = ready.visitor.get(reverse("event", args=[made.pk]))
    page = sound(answer)
    assert len(page.elements) <= PROVIDER
    for words in (
        "Fête d’installation", "samedi 5 décembre 2026, de 14 h à 18 h", "Salle des fêtes, Liévin (62)",
        "Maison de quartier, Lille (59)", "prix libre", "Lieu accessible sans marche, langue des signes", "français",
        "40 personnes", "sans inscription", "Alix",
    ):  # fmt: skip
        assert words in page.words, words
    assert "ordinateur" in [e.text for e in page.all("strong")]
    assert "Modifier" not in page.words
    assert answer["Link"].startswith(f"<{at(made, '2026-12-05').uri}>")


def test_the_page_tells_programs_too_and_nothing_can_end_the_element(ready):
    publish(ready, title="</script><script>alert(1)</script>")
    answer = ready.visitor.get(reverse("event", args=[Event.objects.get().pk]))
    page = sound(answer)
    (data,) = page.all("script")
    found = json.loads(data.text)
    assert [each["startDate"] for each in found] == [
        "2026-12-05T14:00:00+01:00", "2027-01-02T14:00:00+01:00", "2027-02-06T14:00:00+01:00",
    ]  # fmt: skip
    assert found[0]["name"] == "</script><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"title": "Ok"}, "title", "de 3 à 120"),
        ({"first_on": "demain"}, "first_on", "Écrivez une date"),
        ({"first_on": ""}, "first_on", "nécessaire"),
        ({"first_on": "2026-11-01"}, "first_on", "est passée"),
        ({"first_on": "2031-01-01"}, "first_on", "plus de dix-huit mois"),
        ({"starts": "25 h"}, "starts", "Écrivez une heure"),
        ({"ends": "14 h"}, "ends", "même heure"),
        ({"rhythm": "monthly_last"}, "first_on", "n’est pas le dernier"),
        ({"rhythm": "listed"}, "listed", "Écrivez les autres dates"),
        ({"rhythm": "listed", "listed": "13/02/2027\nle 30"}, "listed", "« le 30 » n’est pas une date"),
        ({"until_on": "2026-12-01"}, "until_on", "avant la première"),
        ({"place": ""}, "place", "Indiquez une commune"),
        ({"place": "Xyzzyville"}, "place", "Essayez le code postal"),
        ({"online": "visio"}, "online", "commence par http"),
        ({"price": "fixed"}, "amount_cents", "Indiquez le montant"),
        ({"amount_cents": "5"}, "amount_cents", "n’a pas de montant"),
        ({"amount_cents": "beaucoup"}, "amount_cents", "en chiffres"),
    ],
)
def test_each_refusal_is_at_its_field_and_nothing_is_lost(ready, change, field, said):
    answer = publish(ready, **change)
    page = sound(answer)
    assert answer.status_code == 400
    assert said in plain(page.with_id(f"id_{field}_error").text)
    typed = {**TYPED, **change}
    for name in ("title", "first_on", "starts", "ends", "place", "venue", "amount_cents", "online"):
        assert page.with_id(f"id_{name}").attributes.get("value", "") == typed[name]
    assert page.with_id("id_description").text.strip() == typed["description"]
    assert page.with_id("id_listed").text.strip() == typed["listed"]
    assert not Event.objects.exists()


def test_what_is_said_more_keeps_what_was_typed_too(ready):
    publish(ready)
    answer = say_more(ready, languages="<b>", registration_link="là", capacity="x" * 200)
    page = sound(answer)
    assert answer.status_code == 400
    assert "Il y a 2 points à corriger" in page.words
    assert page.with_id("id_other_place").attributes["value"] == "Lille (59)"
    assert Event.objects.get().capacity == ""
    assert len(page_of(ready.client.get(reverse("event_more", args=[Event.objects.get().pk]))).elements) <= FORMS


def test_several_problems_are_told_at_once(ready):
    page = page_of(publish(ready, title="Ok", ends="14 h", until_on="2026-12-01"))
    assert "Il y a 3 points à corriger" in page.words


def test_the_form_is_small_and_begins_with_my_town(ready):
    page = sound(ready.client.get(reverse("event_new")))
    assert page.with_id("id_place").attributes["value"] == "Liévin (62)"
    assert (page.with_id("id_first_on").attributes["type"], page.with_id("id_starts").attributes["type"]) == (
        "date",
        "time",
    )
    assert len(page.elements) <= FORMS, len(page.elements)


# --- changing ----------------------------------------------------------------------------------------------


def test_edit_begins_with_what_is_published(ready):
    publish(ready)
    say_more(ready)
    made = Event.objects.get()
    page = sound(ready.client.get(reverse("event_edit", args=[made.pk])))
    begins = {
        "title": "Fête d’installation", "first_on": "2026-12-05", "starts": "14:00", "ends": "18:00",
        "until_on": "2027-06-30", "place": "Liévin (62)",
    }  # fmt: skip
    for name, value in begins.items():
        assert page.with_id(f"id_{name}").attributes["value"] == value, name
    checked = [e.attributes["value"] for e in page.all("input") if "checked" in e.attributes]
    assert checked == ["step_free", "sign_language"]
    answer = ready.client.post(reverse("event_edit", args=[made.pk]), {**TYPED, "starts": "15:00"})
    assert answer.status_code == 302
    row = at(made, "2027-01-02")
    assert (row.starts_at, row.place_name) == (datetime(2027, 1, 2, 14, tzinfo=UTC), "Lille")
    made.refresh_from_db()
    assert (made.capacity, made.languages) == ("40 personnes", ["fr"])
    more = page_of(ready.client.get(reverse("event_more", args=[made.pk])))
    assert more.with_id("id_languages").attributes["value"] == "français"
    ready.client.post(reverse("event_more", args=[made.pk]), {**MORE, "other_place": ""})
    assert at(made, "2027-01-02").place_name == "Liévin"


def test_change_cancel_and_restore_one_date(ready):
    made = published(ready.alix, fair())
    address = reverse("event_date", args=[made.pk, "2027-01-02"])
    page = sound(ready.client.get(address))
    assert (page.with_id("id_on").attributes["value"], page.with_id("id_starts").attributes["value"]) == (
        "2027-01-02",
        "14:00",
    )
    assert len(page.elements) <= FORMS
    typed = {
        "on": "2027-01-09",
        "starts": "10:00",
        "ends": "12:00",
        "place": "Lens",
        "venue": "Gare",
        "note": "Une semaine plus tard",
    }
    assert ready.client.post(address, typed).status_code == 302
    row = at(made, "2027-01-02")
    assert (row.starts_at, row.place_name, row.note) == (
        datetime(2027, 1, 9, 9, tzinfo=UTC),
        "Lens",
        "Une semaine plus tard",
    )
    assert ready.client.post(address, {"act": "cancel", "why": "Salle fermée"}).status_code == 302
    shown = sound(ready.visitor.get(reverse("event", args=[made.pk])))
    assert "Annulé : samedi 9 janvier 2027, de 10 h à 12 h" in shown.words
    assert "Salle fermée" in shown.words
    assert ready.client.post(address, {"act": "restore"}).status_code == 302
    assert at(made, "2027-01-02").state == EventState.CONFIRMED


def test_a_date_keeps_what_was_typed(ready):
    made = published(ready.alix)
    address = reverse("event_date", args=[made.pk, "2026-12-05"])
    answer = ready.client.post(
        address, {"on": "2020-01-01", "starts": "10 h", "ends": "x", "place": "Lens", "note": "Ici"}
    )
    page = sound(answer)
    assert answer.status_code == 400
    assert "Écrivez une heure" in page.words
    assert page.with_id("id_note").attributes["value"] == "Ici"
    answer = ready.client.post(
        address, {"on": "2020-01-01", "starts": "10 h", "ends": "12 h", "place": "Lens", "note": "Ici"}
    )
    assert "Cette date est passée" in page_of(answer).words
    assert at(made, "2026-12-05").note == ""


def test_add_a_date(ready):
    made = published(ready.alix)
    address = reverse("event_date_new", args=[made.pk])
    page = sound(ready.client.get(address))
    assert (page.with_id("id_starts").attributes["value"], page.with_id("id_place").attributes["value"]) == (
        "14:00",
        "Liévin (62)",
    )
    typed = {"on": "16/01/2027", "starts": "14:00", "ends": "18:00", "place": "Liévin (62)", "venue": "", "note": ""}
    assert ready.client.post(address, typed).status_code == 302
    answer = ready.client.post(address, typed)
    assert (answer.status_code, made.dates.count()) == (400, 2)
    assert "Il y a déjà une date ce jour-là" in page_of(answer).words


def test_cancel_all_in_two_steps_and_restore(ready):
    made = published(ready.alix, fair())
    address = reverse("event_cancel", args=[made.pk])
    assert "Toutes les dates à venir" in sound(ready.client.get(address)).words
    assert ready.client.post(address).status_code == 200
    made.refresh_from_db()
    assert made.state == EventState.CONFIRMED
    ready.client.post(address, {"confirmed": "1"})
    page = sound(ready.visitor.get(f"{reverse('event', args=[made.pk])}?toutes"))
    assert "Ce rendez-vous est annulé" in page.words
    assert page.words.count("Annulé :") == 7
    ready.client.post(address, {"confirmed": "1"})
    made.refresh_from_db()
    assert made.state == EventState.CONFIRMED


def test_withdraw_in_two_steps(ready):
    made = published(ready.alix)
    address = reverse("event_withdraw", args=[made.pk])
    ready.client.post(address)
    assert ready.visitor.get(reverse("event", args=[made.pk])).status_code == 200
    ready.client.post(address, {"confirmed": "1"})
    assert ready.visitor.get(reverse("event", args=[made.pk])).status_code == 404


def test_do_it_again_next_time(ready, clock):
    made = published(ready.alix, draft(description="Avec du café."))
    clock.set(datetime(2026, 12, 10, tzinfo=UTC))
    address = f"{reverse('event_new')}?copie={made.pk}"
    page = sound(ready.client.get(address))
    assert page.with_id("id_first_on").attributes["value"] == "2027-01-02"
    assert page.with_id("id_description").text.strip() == "Avec du café."
    ready.client.post(address, {**TYPED, "first_on": "2027-01-02", "rhythm": "once", "until_on": ""})
    assert EventDate.objects.filter(slot=date(2027, 1, 2)).count() == 1
    assert Event.objects.count() == 2
    for odd in ("x", "999999", "9" * 30):
        assert ready.client.get(f"{reverse('event_new')}?copie={odd}").status_code in {200, 404}


@pytest.mark.parametrize("name", ["event_edit", "event_more", "event_cancel", "event_withdraw", "event_date_new"])
def test_nobody_touches_what_is_anothers(ready, name):
    other = published(ready.elise)
    for answer in (
        ready.client.get(reverse(name, args=[other.pk])),
        ready.client.post(reverse(name, args=[other.pk]), {"confirmed": "1"}),
    ):
        assert answer.status_code == 403
    assert ready.client.post(reverse("event_date", args=[other.pk, "2026-12-05"]), {"act": "cancel"}).status_code == 403
    assert at(other, "2026-12-05").state == EventState.CONFIRMED
    assert ready.visitor.get(reverse(name, args=[other.pk])).status_code == 302


def test_personal_pages_are_kept_by_no_cache(ready):
    made = published(ready.alix)
    args = [made.pk]
    for address in (
        reverse("my_events"), reverse("event_new"), reverse("event_edit", args=args),
        reverse("event_cancel", args=args),
        reverse("event_more", args=args),
        reverse("event_withdraw", args=args), reverse("event_date_new", args=args),
        reverse("event_date", args=[made.pk, "2026-12-05"]),
    ):  # fmt: skip
        answer = ready.client.get(address)
        assert answer.status_code == 200, address
        assert "no-store" in answer["Cache-Control"], address
        sound(answer)


def test_my_events(ready):
    published(ready.alix)
    page = sound(ready.client.get(reverse("my_events")))
    assert "prochaine date : samedi 5 décembre 2026" in page.words
    assert "Mes rendez-vous" in page_of(ready.client.get(reverse("account"))).words


# --- with others -------------------------------------------------------------------------------------------


def partners_of(event):
    return set(event.partners.values_list("name", flat=True))


def test_others_organise_it_too(ready):
    """Named by name, whatever its case and accents; by login name; by the address of a page or an actor."""
    bachir, camille = ready.bachir, ready.camille
    publish(ready)
    made = Event.objects.get()
    named = f"bachir\n@{camille.handle}\nhttp://localhost:8000/membres/{ready.elise.pk}\n{bachir.uri}\n\nALIX"
    assert say_more(ready, partners=named).status_code == 302
    assert partners_of(made) == {"Bachir", "Camille", "Élise"}
    shown = sound(ready.visitor.get(reverse("event", args=[made.pk])))
    assert "Alix, Bachir, Camille, Élise" in shown.words
    page = sound(ready.client.get(reverse("event_more", args=[made.pk])))
    assert page.with_id("id_partners").text.strip().split("\n") == ["Bachir", "Camille", "Élise"]
    assert len(page.elements) <= FORMS
    partner = Client()
    partner.force_login(factories.account(camille))
    answer = partner.post(reverse("event_more", args=[made.pk]), {**MORE, "partners": "elise\nCamille"})
    assert answer.status_code == 302
    assert partners_of(made) == {"Camille", "Élise"}
    ready.client.post(reverse("event_edit", args=[made.pk]), TYPED)
    assert partners_of(made) == {"Camille", "Élise"}  # what the other form does not show stays


def test_a_name_that_is_another_members_login_is_told_apart(ready):
    """Nobody gets the right to edit an event by taking somebody's name as their login."""
    anne = factories.member("Anne", belongs_to=ready.collective)
    Member.objects.filter(pk=anne.pk).update(handle="anne.martin")
    Member.objects.filter(name="Camille").update(handle="anne")
    publish(ready)
    answer = say_more(ready, partners="Anne")
    assert answer.status_code == 400
    assert "Plusieurs membres s’appellent « Anne »" in plain(sound(answer).with_id("id_partners_error").text)
    assert say_more(ready, partners="@anne.martin").status_code == 302
    assert partners_of(Event.objects.get()) == {"Anne"}


def test_members_of_one_name_are_told_apart(ready):
    other = factories.member("Bachir", belongs_to=ready.collective)
    typed = "Bachir\nCamille"
    publish(ready)
    answer = say_more(ready, partners=typed, capacity="40")
    page = sound(answer)
    assert answer.status_code == 400
    assert "Plusieurs membres s’appellent « Bachir »" in plain(page.with_id("id_partners_error").text)
    assert page.with_id("id_partners").text.strip() == typed
    assert page.with_id("id_capacity").attributes["value"] == "40"
    assert say_more(ready, partners=f"@{other.handle}").status_code == 302
    page = page_of(ready.client.get(reverse("event_more", args=[Event.objects.get().pk])))
    assert page.with_id("id_partners").text.strip() == f"@{other.handle}"


@pytest.mark.parametrize(
    "typed", ["Personne", "https://ailleurs.example/u/paul", "http://localhost:8000/membres/99999999"]
)
def test_somebody_whom_this_node_does_not_know(ready, typed):
    factories.member("Paul", origin="https://ailleurs.example", handle="paul")
    publish(ready)
    answer = say_more(ready, partners=typed)
    page = sound(answer)
    assert answer.status_code == 400
    assert "Nous ne connaissons pas de membre" in plain(page.with_id("id_partners_error").text)
    assert page.with_id("id_partners").text.strip() == typed
    assert partners_of(Event.objects.get()) == set()


# --- where else it shows -----------------------------------------------------------------------------------


def test_home_and_the_organisers_page_lead_to_it(ready):
    made = published(ready.alix)
    address = reverse("event", args=[made.pk])
    home, member = (page_of(ready.visitor.get(path)) for path in ("/", reverse("member", args=[ready.alix.pk])))
    for page in (home, member):
        assert address in [link.attributes["href"] for link in page.all("a")]
    assert "samedi 5 décembre 2026, de 14 h à 18 h" in home.words
    events.cancel_event(actor=ready.alix, event_id=made.pk)
    home = page_of(ready.visitor.get("/"))
    assert address not in [link.attributes["href"] for link in home.all("a")]


def test_past_it_keeps_its_page(ready, clock):
    made = published(ready.alix)
    clock.set(datetime(2026, 12, 6, tzinfo=UTC))
    page = sound(ready.visitor.get(reverse("event", args=[made.pk])))
    assert "Ce rendez-vous est passé" in page.words
    assert "samedi 5 décembre 2026" in page.words
    assert "Fête" not in page_of(ready.visitor.get(reverse("agenda"))).words


def test_the_map_bears_the_numbers_of_the_list(ready):
    made = published(ready.alix, fair())
    page = sound(ready.visitor.get(reverse("event", args=[made.pk])))
    pins = {
        e.attributes["aria-label"]: e.attributes["href"] for e in page.all("a") if e.attributes.get("class") == "pin"
    }
    assert pins == {
        "1. Salle des fêtes, Liévin (62)": "#d2026-12-05",
        "2. Maison de quartier, Lille (59)": "#d2027-01-02",
    }
    lists = [e for e in page.all("ol") if "numbered" in e.attributes.get("class", "")]
    assert len(lists) == 1


def test_many_dates_are_folded(ready):
    made = published(ready.alix, fair(rhythm="weekly", until_on=None))
    address = reverse("event", args=[made.pk])
    page = sound(ready.visitor.get(address))
    assert "Voir 71 autres dates" in page.words
    assert len(page.elements) <= PROVIDER
    assert len(page_of(ready.visitor.get(f"{address}?toutes")).all("time")) == 77


def test_for_members_it_is_there_for_them_alone(ready):
    made = published(ready.alix, draft(visibility="members"))
    address = reverse("event", args=[made.pk])
    page = sound(ready.client.get(address))
    assert "Visible des membres seulement" in page.words
    assert not page.all("script")
    for path in (address, reverse("event_ics", args=[made.pk])):
        assert ready.visitor.get(path).status_code == 404
    assert "no-store" in ready.client.get(reverse("event_ics", args=[made.pk]))["Cache-Control"]


def test_its_calendar(ready):
    made = published(ready.alix, fair(capacity="40 personnes"))
    event_dates.cancel_date(actor=ready.alix, event_id=made.pk, slot="2027-01-02")
    answer = ready.visitor.get(reverse("event_ics", args=[made.pk]))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    dates = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [str(each["status"]) for each in dates] == ["CONFIRMED", "CANCELLED", *["CONFIRMED"] * 5]
    assert [str(each["uid"]) for each in dates] == list(made.dates.order_by("slot").values_list("uri", flat=True))
    assert "Places : 40 personnes" in plain(str(dates[0]["description"]))
    assert (int(dates[0]["sequence"]), int(dates[1]["sequence"])) == (0, 1)


def test_an_event_elsewhere_on_earth_says_that_its_hours_are_of_there(ready):
    island = factories.SimpleNamespace(name="Saint-Denis", dept="974", code="97411", lat=-20.8789, lon=55.4481)
    made = published(ready.alix, draft(venues=(type(draft().venues[0])(island),)))
    assert "de 14 h à 18 h (heure du lieu)" in sound(ready.visitor.get(reverse("event", args=[made.pk]))).words


def test_in_english(ready):
    made = published(ready.alix)
    reader = Client(headers={"accept-language": "en"})
    words = page_of(reader.get(reverse("event", args=[made.pk]))).words
    assert "Saturday 5 December 2026" in words
    assert "14:00" in words
