"""Leaving the node from one's account: two steps, the password, plain words; and what is left afterwards."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from governance.actions.register import enter, sealed
from governance.models import CircleMember, Entry, Mandate, SealedName
from governance.queries.register import check_register
from network.clock import now
from network.models import Account, Member, MembershipState, Offer, OfferState, Vouch
from network.queries.webs import load
from network.rules.facts import DEFAULT_TERMS
from tests import factories
from tests.frontend.reading import faults, page_of

PAGE = "/compte/quitter"
SURE = {"sure": "on", "password": factories.PASSWORD}


@pytest.fixture
def leaver(town):
    """Bachir, with a login, an offer, an attestation given, a seat, a mandate, and a name in the register."""
    town.bachir.summary = "Je répare des vélos."
    town.bachir.save()
    town.account = factories.account(town.bachir)
    town.offer = factories.offer(town.bachir)
    town.vouch = factories.vouch_between(town.bachir, town.camille)
    town.circle = town.collective.circles.first() or town.collective.circles.create(name="Cercle")
    CircleMember.objects.get_or_create(circle=town.circle, member=town.bachir, until=None)
    Mandate.objects.create(circle=town.circle, member=town.bachir, role="facilitator", starts_on=now().date())
    body = {"proposer": sealed(town.collective, town.bachir.pk), "title": "Acheter un vélo"}
    enter(collective=town.collective, kind="decision", body=body, terms="sha256:x", at=now())
    town.mine = Client()
    town.mine.force_login(town.account)
    return town


def test_the_page_says_what_goes_and_what_stays(leaver):
    page = page_of(leaver.mine.get(PAGE))
    for words in ("Ce qui est effacé", "Ce qui reste", "C’est définitif", "le registre ne change pas"):
        assert words in page.words
    assert faults(page) == []
    assert PAGE in leaver.mine.get("/compte").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": factories.PASSWORD}, "Ce champ est nécessaire"),
        ({"sure": "on"}, "Ce champ est nécessaire"),
        ({"sure": "on", "password": "wrong password"}, "Ce n’est pas votre mot de passe"),
    ],
)
def test_nothing_happens_without_both(leaver, given, said):
    answer = leaver.mine.post(PAGE, given)
    page = page_of(answer)
    assert answer.status_code == 400
    assert said in page.words
    assert faults(page) == []
    leaver.bachir.refresh_from_db()
    assert leaver.bachir.gone_at is None


def test_leaving_erases_and_ends_everything(leaver):
    counting = {fact.issuer for fact in load().facts.counting(now(), DEFAULT_TERMS, seen_by="")}
    assert leaver.bachir.uri in counting
    said = page_of(leaver.mine.post(PAGE, SURE, follow=True))
    assert "Vous avez quitté ce nœud" in said.words
    row = Member.objects.get(pk=leaver.bachir.pk)
    assert (row.name, row.summary, row.place_name) == ("", "", "")
    assert row.gone_at is not None
    assert Offer.objects.get(pk=leaver.offer.pk).state == OfferState.WITHDRAWN
    counting = {fact.issuer for fact in load().facts.counting(now(), DEFAULT_TERMS, seen_by="")}
    assert leaver.bachir.uri not in counting
    assert Vouch.objects.filter(pk=leaver.vouch.pk).exists()  # history is kept; it counts no more
    assert {m.state for m in row.memberships.all()} == {MembershipState.ENDED}
    assert not CircleMember.objects.filter(member=row, until=None).exists()
    assert not Mandate.objects.filter(member=row, ended_at=None).exists()


def test_the_login_ends_here_and_everywhere(leaver):
    elsewhere = Client()
    elsewhere.force_login(leaver.account)
    leaver.mine.post(PAGE, SURE)
    for client in (leaver.mine, elsewhere):
        assert client.get("/compte").status_code == 302
    account = Account.objects.get(pk=leaver.account.pk)
    assert (account.is_active, account.has_usable_password(), account.first_name) == (False, False, "")
    tried = {"login": account.username, "password": factories.PASSWORD}
    assert leaver.visitor.post("/compte/connexion", tried).status_code != 302


def test_the_register_holds_without_the_name(leaver):
    before = Entry.objects.values("digest", "head", "body").get()
    leaver.mine.post(PAGE, SURE)
    assert Entry.objects.values("digest", "head", "body").get() == before
    assert check_register(leaver.collective).first_bad is None
    assert not SealedName.objects.filter(member=leaver.bachir).exists()
    assert "Bachir" not in json.dumps(list(SealedName.objects.values("name")))
    assert "Bachir" not in page_of(leaver.visitor.get(reverse("register_entry", args=[1]))).words
    assert leaver.visitor.get(reverse("member", args=[leaver.bachir.pk])).status_code == 404
    assert "Bachir" not in leaver.visitor.get(f"{reverse('search')}?q=v%C3%A9lo").content.decode()


def test_the_last_operator_stays(town):
    assert Account.objects.filter(operator=True).count() == 1
    answer = town.client.post(PAGE, SURE)
    assert "la dernière personne qui exploite ce nœud" in page_of(answer).words
    town.alix.refresh_from_db()
    assert town.alix.gone_at is None
    factories.account(town.bachir, operator=True)
    assert town.client.post(PAGE, SURE).status_code == 302


def test_the_last_member_stays(town):
    alone = factories.collective("Les Seuls")
    member = factories.member("Fanny", belongs_to=alone)
    client = Client()
    client.force_login(factories.account(member))
    answer = client.post(PAGE, SURE)
    assert "le dernier du collectif « Les Seuls »" in page_of(answer).words
    member.refresh_from_db()
    assert member.gone_at is None


def test_an_operator_does_it_for_somebody_who_asks(leaver):
    page = reverse("member_leave", args=[leaver.bachir.pk])
    assert page in leaver.client.get(reverse("member", args=[leaver.bachir.pk])).content.decode()
    shown = page_of(leaver.client.get(page))
    assert "Seulement si cette personne le demande" in shown.words
    assert faults(shown) == []
    wrong = leaver.client.post(page, {"sure": "on", "password": "bachir's own"})
    assert wrong.status_code == 400
    done = leaver.client.post(page, SURE, follow=True)
    assert "Ce membre a quitté ce nœud" in page_of(done).words
    assert Member.objects.get(pk=leaver.bachir.pk).gone_at is not None
    assert leaver.client.get(page).status_code == 404


def test_nobody_else_erases_anybody(leaver):
    page = reverse("member_leave", args=[leaver.camille.pk])
    for client, status in ((leaver.visitor, 302), (leaver.mine, 403)):
        for answer in (client.get(page), client.post(page, SURE)):
            assert answer.status_code == status
    leaver.camille.refresh_from_db()
    assert leaver.camille.gone_at is None


def test_guessing_the_password_is_slowed_down(leaver):
    for _ in range(10):
        leaver.mine.post(PAGE, {"sure": "on", "password": "wrong"})
    assert leaver.mine.post(PAGE, {"sure": "on", "password": "wrong"}).status_code == 429
