"""Publishing and what follows: the form keeps what was typed, each refusal is at its field, two steps to withdraw."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from network.clock import last_day
from network.models import Offer
from tests import factories
from tests.frontend.reading import faults, page_of

DRAFT = {
    "purpose": "offer",
    "title": "Installation de Nextcloud",
    "description": "Nous **installons**.\n\n<script>x()</script>",
    "skill": "Nextcloud",
    "place": "Liévin (62)",
    "area": "circle",
    "area_km": "40",
    "opening": "open",
    "availability": "sous 15 jours",
    "price": "hourly",
    "amount_cents": "55,50 €",
    "currency": "EUR",
    "tax_included": "on",
    "ends_on": "",
}


@pytest.fixture
def ready(town, gazetteer):
    factories.skill("nextcloud")
    return town


def publish(town, **change):
    return town.client.post(reverse("offer_new"), {**DRAFT, **change})


def test_publish_and_read(ready):
    answer = publish(ready)
    made = Offer.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("offer", args=[made.pk]))
    assert (made.amount_cents, made.area_km, made.skill.slug, made.place_dept) == (5550, 40, "nextcloud", "62")
    answer = ready.visitor.get(reverse("offer", args=[made.pk]))
    page = page_of(answer)
    assert faults(page) == []
    assert "55,50 € de l’heure" in page.words
    assert "se déplace jusqu’à 40 km autour de Liévin" in page.words
    assert "installons" in [e.text for e in page.all("strong")]
    assert {script.attributes["type"] for script in page.all("script")} == {"application/ld+json"}
    assert answer["Link"].startswith(f"<{made.uri}>")


def test_it_ends_with_the_day_that_was_written(ready, clock):
    publish(ready, ends_on="2027-01-15")
    made = Offer.objects.get()
    assert made.ends_at == datetime(2027, 1, 16, tzinfo=ZoneInfo("Europe/Paris"))
    for address in (reverse("offer", args=[made.pk]), reverse("my_offers")):
        assert "15 janvier 2027" in page_of(ready.client.get(address)).words
    form = page_of(ready.client.get(reverse("offer_edit", args=[made.pk])))
    assert form.with_id("id_ends_on").attributes["value"] == "2027-01-15"
    assert last_day(datetime(2027, 1, 16, tzinfo=UTC)) == date(2027, 1, 15)  # so did older versions end it
    assert last_day(datetime(2027, 1, 16, 15, tzinfo=UTC)) == date(2027, 1, 16)


def test_today_is_the_day_of_the_node(ready, clock):
    clock.instant = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # half past midnight of the 23rd
    form = page_of(ready.client.get(reverse("offer_new"))).with_id("id_ends_on").attributes
    assert (form["value"], form["max"]) == ("2027-05-23", "2028-11-23")
    assert publish(ready, ends_on="2026-11-23").status_code == 400
    publish(ready, ends_on="2028-11-23")
    assert Offer.objects.get().ends_at == datetime(2028, 11, 24, tzinfo=ZoneInfo("Europe/Paris"))


def test_programs_read_it_too_while_it_lasts(ready, clock):
    made = factories.offer(ready.elise, "Nextcloud pour tous")
    address = reverse("offer", args=[made.pk])
    (block,) = page_of(ready.visitor.get(address)).all("script")
    said = json.loads(block.text)
    assert (said["@id"], said["makesOffer"][0]["itemOffered"]["name"]) == (ready.elise.uri, "Nextcloud pour tous")
    for change in ({"visibility": "members"}, {"visibility": "public", "state": "expired"}):
        Offer.objects.update(**change)
        assert "Nextcloud pour tous" not in "".join(s.text for s in page_of(ready.client.get(address)).all("script"))


def test_it_says_when_a_peer_attested_its_owner(ready):
    made = factories.offer(ready.elise)
    assert "Attesté par un pair le" in page_of(ready.visitor.get(reverse("offer", args=[made.pk]))).words


def test_what_gives_access_to_data_says_how_many_paths_it_asks_for(ready):
    factories.skill("courriel", sensitive=True)
    mails = factories.offer(ready.elise, "Boîtes aux lettres", skill="courriel")
    course = factories.offer(ready.elise, "Formation")
    said = "Ce service donne accès à vos données : il faut 3 voies indépendantes, au lieu de 2."
    page = page_of(ready.client.get(reverse("offer", args=[mails.pk])))
    assert faults(page) == []
    assert f"{said} Ici : deux voies." in page.words
    assert said not in page_of(ready.client.get(reverse("offer", args=[course.pk]))).words
    assert said not in page_of(ready.client.get(reverse("member", args=[ready.elise.pk]))).words
    dounia = factories.member("Dounia", belongs_to=ready.collective)
    factories.web(ready.collective, (ready.alix, dounia), (dounia, ready.elise))
    page = page_of(ready.client.get(reverse("offer", args=[mails.pk])))
    assert f"{said} Ici : accepté de ce point de vue." in page.words


def test_prix_libre_has_no_amount(ready):
    publish(ready, price="prix_libre", amount_cents="")
    assert (Offer.objects.get().price, Offer.objects.get().amount_cents) == ("prix_libre", None)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"title": "Ok"}, "title", "de 3 à 120"),
        ({"amount_cents": ""}, "amount_cents", "Indiquez le montant"),
        ({"amount_cents": "beaucoup"}, "amount_cents", "en chiffres"),
        ({"amount_cents": "55,555"}, "amount_cents", "en chiffres"),
        ({"amount_cents": "1e999"}, "amount_cents", "en chiffres"),
        ({"amount_cents": "NaN"}, "amount_cents", "en chiffres"),
        ({"price": "gift"}, "amount_cents", "n’a pas de montant"),
        ({"place": ""}, "place", "Indiquez une commune"),
        ({"place": "Xyzzyville"}, "place", "Essayez le code postal"),
        ({"skill": "haruspice"}, "skill", "Nous ne connaissons pas la compétence"),
        ({"area_km": "5000"}, "area_km", "de 1 à 1 000 km"),
        ({"area_km": "x"}, "area_km", "nombre entier"),
        ({"ends_on": "2020-01-01"}, "ends_on", "est passée"),
        ({"ends_on": "demain"}, "ends_on", "Écrivez une date"),
    ],
)
def test_each_refusal_is_at_its_field_and_nothing_is_lost(ready, change, field, said):
    answer = publish(ready, **change)
    page = page_of(answer)
    assert answer.status_code == 400
    assert said in " ".join(page.with_id(f"id_{field}_error").text.split())
    assert faults(page) == []
    typed = {**DRAFT, **change}
    assert page.with_id("id_title").attributes["value"] == typed["title"]
    assert page.with_id("id_amount_cents").attributes.get("value", "") == typed["amount_cents"]
    assert page.with_id("id_place").attributes.get("value", "") == typed["place"]
    assert page.with_id("id_description").text.strip() == typed["description"]
    assert not Offer.objects.exists()


def test_several_problems_are_told_at_once(ready):
    page = page_of(publish(ready, title="Ok", amount_cents=""))
    assert page.with_id("id_title_error") is not None
    assert page.with_id("id_amount_cents_error") is not None
    assert "Il y a 2 points à corriger" in page.words


def test_edit_begins_with_what_is_published(ready):
    publish(ready)
    made = Offer.objects.get()
    page = page_of(ready.client.get(reverse("offer_edit", args=[made.pk])))
    assert page.with_id("id_amount_cents").attributes["value"] == "55,50"
    assert page.with_id("id_place").attributes["value"] == "Liévin (62)"
    assert page.with_id("id_skill").attributes["value"] == "Nextcloud"
    ends = page.with_id("id_ends_on").attributes["value"]
    answer = ready.client.post(
        reverse("offer_edit", args=[made.pk]), {**DRAFT, "title": "Autre titre", "ends_on": ends}
    )
    assert answer.status_code == 302
    made.refresh_from_db()
    assert made.title == "Autre titre"


@pytest.mark.parametrize("name", ["offer_edit", "offer_withdraw"])
def test_nobody_touches_what_is_anothers(ready, name):
    other = factories.offer(ready.elise)
    before = Offer.objects.values().get(pk=other.pk)
    for answer in (
        ready.client.get(reverse(name, args=[other.pk])),
        ready.client.post(reverse(name, args=[other.pk]), {**DRAFT, "confirmed": "1"}),
    ):
        assert answer.status_code == 403
    assert ready.client.post(reverse("offer_renew", args=[other.pk])).status_code == 403
    assert Offer.objects.values().get(pk=other.pk) == before


def test_withdrawing_takes_two_steps(ready):
    own = factories.offer(ready.alix)
    address = reverse("offer_withdraw", args=[own.pk])
    assert ready.client.post(address).status_code == 200
    own.refresh_from_db()
    assert own.state == "live"
    answer = ready.client.post(address, {"confirmed": "1"}, follow=True)
    assert "Votre annonce est retirée." in page_of(answer).words
    own.refresh_from_db()
    assert own.state == "withdrawn"
    assert ready.visitor.get(reverse("offer", args=[own.pk])).status_code == 404


def test_renewing_and_where_it_leads(ready, clock):
    own = factories.offer(ready.alix, ends_at=clock.now() + timedelta(days=2))
    address = reverse("offer_renew", args=[own.pk])
    assert ready.client.get(address).status_code == 405
    assert ready.client.post(address, {"next": "https://pirate.example/"})["Location"] == reverse("my_offers")
    here = reverse("offer", args=[own.pk])
    assert ready.client.post(address, {"next": here})["Location"] == here
    own.refresh_from_db()
    assert own.ends_at > clock.now() + timedelta(days=150)


def test_an_expired_offer_keeps_its_page(ready, clock):
    own = factories.offer(ready.alix, ends_at=clock.now() - timedelta(days=1))
    assert "Cette annonce est expirée." in page_of(ready.visitor.get(reverse("offer", args=[own.pk]))).words
    assert "Expirées" in page_of(ready.client.get(reverse("my_offers"))).words


# --- my profile -----------------------------------------------------------------------------------------------

PROFILE = {
    "name": "Alix du Bassin",
    "kind": "association",
    "place": "62300",
    "skills": "Nextcloud",
    "languages": "français, Anglais, fsl",
    "opening": "waiting",
    "website": "https://exemple.invalid",
    "summary": "**Bonjour**",
}


def test_the_profile_is_saved_whole(ready):
    answer = ready.client.post(reverse("my_profile"), PROFILE, follow=True)
    ready.alix.refresh_from_db()
    alix = ready.alix
    assert (alix.name, alix.kind, alix.place_name, alix.opening) == ("Alix du Bassin", "association", "Lens", "waiting")
    assert alix.languages == ["fr", "en", "fsl"]
    assert [skill.slug for skill in alix.skills.all()] == ["nextcloud"]
    assert "Lieu : Lens (62)" in page_of(answer).words
    page = page_of(ready.client.get(reverse("my_profile")))
    assert page.with_id("id_place").attributes["value"] == "Lens (62)"
    assert page.with_id("id_skills").text.strip() == "Nextcloud"
    assert page.with_id("id_languages").attributes["value"] == "français, anglais, langue des signes française"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"place": "Nulle part"}, "place"),
        ({"skills": "Nextcloud\nharuspice"}, "skills"),
        ({"languages": "français, <script>"}, "languages"),
        ({"website": "javascript:alert(1)"}, "website"),
    ],
)
def test_a_faulty_profile_is_not_saved_and_not_lost(ready, change, field):
    answer = ready.client.post(reverse("my_profile"), {**PROFILE, **change})
    page = page_of(answer)
    assert answer.status_code == 400
    assert page.with_id(f"id_{field}_error") is not None
    assert faults(page) == []
    assert page.with_id("id_summary").text.strip() == "**Bonjour**"
    ready.alix.refresh_from_db()
    assert ready.alix.name == "Alix"
