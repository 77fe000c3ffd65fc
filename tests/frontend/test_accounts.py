"""Logging in and out, passwords, invitations: our pages around allauth's flows."""

import pytest
from django.test import Client
from django.urls import reverse

from network.models import Account, Invitation, Member
from tests import factories
from tests.frontend.reading import faults, page_of

NEW = {
    "display_name": "Fanny",
    "kind": "person",
    "username": "fanny",
    "password": "un mot bien à elle",
    "password_again": "un mot bien à elle",
}


def log_in(client, town, password=factories.PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": town.account.username, "password": password, **more})


def test_login_and_logout(town):
    page = page_of(town.visitor.get(reverse("account_login")))
    assert page.with_id("id_login").attributes["autocomplete"] == "username"
    assert page.with_id("id_password").attributes["autocomplete"] == "current-password"
    assert "placeholder" not in page.with_id("id_login").attributes
    answer = log_in(town.visitor, town)
    assert answer.status_code == 302
    page = page_of(town.visitor.get(reverse("home")))
    assert "Alix" in page.words
    assert town.visitor.get(reverse("account_logout")).status_code == 200
    assert town.visitor.post(reverse("account_logout")).status_code == 302
    assert "Se connecter" in page_of(town.visitor.get(reverse("home"))).words


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(town):
    wrong = log_in(town.visitor, town, password="pas le bon")
    unknown = town.visitor.post(reverse("account_login"), {"login": "personne", "password": "pas le bon"})
    assert wrong.status_code == unknown.status_code == 400
    for answer in (wrong, unknown):
        page = page_of(answer)
        assert "Ce nom et ce mot de passe ne vont pas ensemble" in page.words
        assert faults(page) == []


def test_guessing_is_slowed_down(town):
    for _ in range(12):
        answer = log_in(town.visitor, town, password="pas le bon")
    assert answer.status_code in {400, 429}
    right = log_in(town.visitor, town)
    assert right.status_code in {400, 429}
    said = page_of(right).words
    assert "Trop d’essais" in said or "beaucoup" in said


def test_many_logins_from_one_address_are_slowed_down(town, monkeypatch):
    monkeypatch.setattr("frontend.accounts.ATTEMPTS", 3)
    answers = [town.visitor.post(reverse("account_login"), {"login": f"x{n}", "password": "y"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert faults(page_of(answers[-1])) == []


def test_a_forged_forwarding_header_does_not_help(town, monkeypatch):
    monkeypatch.setattr("frontend.accounts.ATTEMPTS", 2)
    codes = [
        town.visitor.post(
            reverse("account_login"), {"login": "x", "password": "y"}, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}"
        ).status_code
        for n in range(3)
    ]
    assert codes == [400, 400, 429]


def test_the_login_leads_back_here_only(town):
    page = page_of(town.visitor.get(reverse("account_login"), {"next": "/compte/offres"}))
    hidden = next(e for e in page.all("input") if e.attributes.get("name") == "next" and e.path[-2] == "main")
    assert hidden.attributes["value"] == "/compte/offres"
    assert log_in(town.visitor, town, next="/compte/offres")["Location"] == "/compte/offres"
    assert log_in(Client(), town, next="https://pirate.example/")["Location"] == "/"
    assert log_in(Client(), town, next="//pirate.example/")["Location"] == "/"


def test_changing_the_password(town):
    address = reverse("account_change_password")
    data = {"oldpassword": factories.PASSWORD, "password1": "tout autre chose 9", "password2": "tout autre chose 9"}
    wrong = town.client.post(address, data | {"oldpassword": "non"})
    assert wrong.status_code == 400
    assert "Ce n’est pas votre mot de passe actuel." in page_of(wrong).words
    assert faults(page_of(wrong)) == []
    answer = town.client.post(address, data, follow=True)
    assert "Votre mot de passe est changé." in page_of(answer).words
    town.account.refresh_from_db()
    assert town.account.check_password("tout autre chose 9")


def test_nobody_signs_up_alone(town):
    for address in ("/accounts/signup/", "/compte/inscription", "/signup"):
        assert town.visitor.get(address).status_code == 404


# --- invitations ------------------------------------------------------------------------------------------------


def invite(town):
    page = page_of(town.client.post(reverse("invite")))
    assert faults(page) == []
    return page.with_id("link").attributes["value"].removeprefix("http://localhost:8000")


def test_a_link_makes_one_member(town):
    link = invite(town)
    answer = town.visitor.get(link)
    page = page_of(answer)
    assert answer["Referrer-Policy"] == "same-origin"  # the address is a secret; the form still needs its Origin
    assert "no-store" in answer["Cache-Control"]
    assert "Rejoindre Coopérative Démo" in page.words
    assert "Alix vous invite" in page.words
    assert faults(page) == []
    answer = town.visitor.post(link, NEW)
    assert (answer.status_code, answer["Location"]) == (302, reverse("account"))
    assert Member.objects.get(handle="fanny").memberships.get().collective == town.collective
    assert "Fanny" in page_of(town.visitor.get(reverse("account"))).words
    again = Client().get(link)
    assert again.status_code == 404
    assert "a déjà servi" in page_of(again).words


def test_a_refusal_leaves_the_link_usable(town):
    link = invite(town)
    answer = town.visitor.post(link, {**NEW, "username": town.alix.handle})
    page = page_of(answer)
    assert answer.status_code == 400
    assert "déjà pris" in page.with_id("id_username_error").text
    assert page.with_id("id_display_name").attributes["value"] == "Fanny"
    assert town.visitor.post(link, NEW).status_code == 302
    assert Account.objects.filter(username="fanny").exists()


def test_a_link_expires(town, clock):
    link = invite(town)
    clock.advance(days=15)
    assert town.visitor.get(link).status_code == 404


def test_the_token_is_kept_nowhere(town):
    token = invite(town).rsplit("/", 1)[1]
    assert token not in str(Invitation.objects.values().get())
    page = page_of(town.client.get(reverse("invite")))
    assert token not in page.html


def test_guessing_links_is_slowed_down(town, monkeypatch):
    monkeypatch.setattr("frontend.pages.account.TRIES", 2)
    codes = [town.visitor.get(reverse("join", args=[f"guess{n}"])).status_code for n in range(3)]
    assert codes == [404, 404, 429]


@pytest.mark.parametrize("name", ["invite", "my_offers"])
def test_what_is_mine_asks_who_i_am_first(town, name):
    answer = town.visitor.get(reverse(name))
    assert answer["Location"] == f"{reverse('account_login')}?next={reverse(name)}"
