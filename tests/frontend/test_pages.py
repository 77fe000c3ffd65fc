"""Every page for people: it opens, reads in order, needs no inline script, fits its budget, keeps what is personal."""

import pytest
from django.test import Client
from django.urls import reverse

from frontend.context import SECTIONS, page_names
from tests import factories
from tests.frontend.reading import faults, page_of

FORMS, RESULTS, PROVIDER = 120, 300, 250  # elements

OPEN = ["home", "search", "skills", "accessibility", "nodes", "account_login", "anchors"]
PERSONAL = [
    "account", "my_profile", "my_web", "my_offers", "offer_new", "invite", "account_change_password", "account_logout",
]  # fmt: skip


@pytest.fixture
def full(town):
    """The town, with an offer of Alix's and one of Élise's."""
    town.own = factories.offer(town.alix, "Installation de Nextcloud", price="hourly", amount_cents=5500)
    town.offer = factories.offer(town.elise, "Formation", description="**Ensemble**", skill="formation")
    return town


def addresses(town):
    """Every page with an argument, open to all."""
    return [
        reverse("member", args=[town.elise.pk]),
        reverse("trust", args=[town.elise.pk]),
        reverse("collective", args=[town.collective.slug]),
        reverse("offer", args=[town.offer.pk]),
    ]


def personal_addresses(town):
    return [
        *map(reverse, PERSONAL),
        reverse("vouch", args=[town.elise.pk]),
        reverse("vouch_withdraw", args=[town.bachir.pk]),
        reverse("vouch_renew", args=[town.alix.vouches_given.first().pk]),
        reverse("vouch_end", args=[town.alix.vouches_given.first().pk]),
        reverse("offer_edit", args=[town.own.pk]),
        reverse("offer_withdraw", args=[town.own.pk]),
    ]


def test_open_pages(full):
    for address in [*map(reverse, OPEN), *addresses(full)]:
        answer = full.visitor.get(address)
        assert answer.status_code == 200, address
        assert faults(page_of(answer)) == [], address


def test_personal_pages_for_a_member(full):
    for address in personal_addresses(full):
        answer = full.client.get(address)
        assert answer.status_code == 200, address
        assert faults(page_of(answer)) == [], address
        assert "no-store" in answer["Cache-Control"], address
        assert "private" in answer["Cache-Control"], address


def test_personal_pages_lead_a_visitor_to_the_login(full):
    for address in personal_addresses(full):
        if address == reverse("account_logout"):
            continue
        answer = full.visitor.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith(f"{reverse('account_login')}?next="), address


def test_an_account_whose_member_has_left_is_told_so(full, clock):
    full.alix.gone_at = clock.now()
    full.alix.save()
    for name in ("my_profile", "my_offers", "offer_new", "invite"):
        answer = full.client.get(reverse(name))
        assert answer.status_code == 403
        assert "membre du collectif" in page_of(answer).words
    assert full.client.get(reverse("account")).status_code == 200


def test_headers_of_every_page(full):
    for address in [*map(reverse, OPEN), *addresses(full), "/nulle-part"]:
        answer = full.visitor.get(address)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Frame-Options"] == "DENY"


def test_looking_around_sets_no_cookie(full):
    for address in [*map(reverse, ["home", "search", "skills"]), *addresses(full)]:
        assert not full.visitor.get(address).cookies, address


def test_elements_within_the_budgets(full):
    for name in (*OPEN, "account", "my_profile", "invite", "offer_new"):
        limit = RESULTS if name in {"search", "skills"} else FORMS
        assert len(page_of(full.client.get(reverse(name))).elements) <= limit, name
    for address in addresses(full):
        assert len(page_of(full.visitor.get(address)).elements) <= PROVIDER, address


def test_a_page_says_in_which_language_it_is_and_where_one_is(full):
    page = page_of(full.visitor.get(reverse("search")))
    assert page.all("html")[0].attributes["lang"] == "fr"
    marked = [link.text for link in page.all("a") if link.attributes.get("aria-current") == "page"]
    assert marked == ["Prestataires"]
    assert page.all("a")[0].attributes["href"] == "#contenu"
    assert page.with_id("contenu").tag == "main"


def test_every_section_names_a_page():
    assert set(SECTIONS) <= page_names()


# --- the language -----------------------------------------------------------------------------------------------


def test_the_language_is_kept_in_a_cookie_only_when_chosen(full, settings):
    address, ours = reverse("language"), {"HTTP_SEC_FETCH_SITE": "same-origin"}
    answer = full.visitor.post(address, {"language": "en", "next": "/annuaire?q=x"}, **ours)
    assert (answer.status_code, answer["Location"]) == (302, "/annuaire?q=x")
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    page = page_of(full.visitor.get(reverse("home")))
    assert page.all("html")[0].attributes["lang"] == "en"
    assert faults(page) == []


@pytest.mark.parametrize(
    "headers", [{}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "https://pirate.example"}]
)
def test_a_foreign_page_cannot_choose_for_me(full, headers):
    answer = full.visitor.post(reverse("language"), {"language": "en"}, **headers)
    assert answer.status_code == 403
    assert not answer.cookies


def test_the_language_leads_nowhere_else(full):
    data = {"language": "en", "next": "https://pirate.example/"}
    answer = full.visitor.post(reverse("language"), data, HTTP_ORIGIN="http://testserver")
    assert answer["Location"] == "/"


def test_an_unknown_language_changes_nothing(full):
    answer = full.visitor.post(reverse("language"), {"language": "xx"}, HTTP_ORIGIN="http://testserver")
    assert not answer.cookies


# --- what went wrong ---------------------------------------------------------------------------------------------


def test_an_unknown_page_and_unknown_people(full):
    for address in ("/nulle-part", "/membres/999999", "/offres/999999", "/membres/999999/confiance"):
        answer = full.visitor.get(address)
        assert answer.status_code == 404
        assert faults(page_of(answer)) == []


def test_a_form_without_its_token(full):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(full.account)
    answer = strict.post(reverse("my_profile"), {"name": "Autre"})
    assert answer.status_code == 403
    assert "Rechargez la page" in page_of(answer).words


def test_every_form_refuses_a_post_without_its_token(full):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(full.account)
    for address in [*personal_addresses(full), reverse("anchors"), reverse("nodes"), reverse("account_login")]:
        assert strict.post(address, {}).status_code == 403, address


def test_the_page_for_a_surprise_needs_no_database(client, rf):
    from frontend.pages.errors import broken

    answer = broken(rf.get("/"))
    assert answer.status_code == 500
    assert "une minute" in answer.content.decode()
    assert faults(page_of(answer)) == []


def test_a_surprise_shows_that_page(full, monkeypatch):
    monkeypatch.setattr("frontend.pages.home.counts", lambda: 1 / 0)
    quiet = Client(raise_request_exception=False)
    answer = quiet.get(reverse("home"))
    assert answer.status_code == 500
    assert "Une erreur est survenue" in answer.content.decode()
