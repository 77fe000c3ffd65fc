"""The dates that every entry shows, the yearly question, and the one press that answers it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from network.actions.moderation import vote_on_record
from network.models import Member, Offer
from tests import factories
from tests.frontend.reading import faults, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _frozen(clock):
    """Before anybody is made, so that the whole cast is of the same day."""


@pytest.fixture
def owner(town, clock):
    client = Client()
    client.force_login(factories.account(town.bachir))
    return client


def read(client, name, *args):
    page = page_of(client.get(reverse(name, args=args)))
    assert faults(page) == []
    return page


def test_a_member_shows_three_dates(town, clock):
    clock.advance(days=3)
    far = factories.member("Loin", origin="https://tours.example", renewed_at=clock.now() - timedelta(days=40))
    factories.vouch_between(town.alix, far, issued=clock.now() - timedelta(days=2))
    page = read(town.visitor, "member", far.pk)
    assert "Confirmé le 15 octobre 2026 Vu sur tours.example le 24 novembre 2026" in page.words
    assert "Attesté par un pair le 22 novembre 2026" in page.words


def test_an_offer_shows_when_it_was_confirmed_and_heard_of(town, clock):
    offer = factories.offer(factories.member("Loin", origin="https://tours.example"))
    page = read(town.visitor, "offer", offer.pk)
    assert "Confirmé le 21 novembre 2026 Vu sur tours.example le 21 novembre 2026" in page.words
    own = read(town.visitor, "offer", factories.offer(town.bachir).pk)
    assert "Vu sur" not in own.words


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, ""), (366, "personne ne l’a confirmée depuis le"), (460, "elle ne paraît plus dans les résultats")],
)
def test_a_profile_that_nobody_confirmed_says_so(town, clock, days, said):
    clock.advance(days=days)
    page = read(town.visitor, "member", town.elise.pk)
    assert (said in page.words) if said else ("confirmée depuis" not in page.words)


def test_nothing_is_asked_while_everything_is_fresh(town, owner):
    for name in ("account", "home"):
        assert "Tout est encore vrai" not in read(owner, name).words
    assert "Tout est encore vrai" not in read(town.visitor, "home").words


def test_after_a_year_one_press_confirms_profile_and_chosen_offers(town, owner, clock):
    chosen, other = factories.offer(town.bachir, "À garder"), factories.offer(town.bachir, "À laisser")
    clock.advance(days=366)
    Offer.objects.update(ends_at=clock.now() + timedelta(days=5))
    for name in ("home", "account"):
        page = read(owner, name)
        assert "Votre fiche a un an" in page.words
        assert [box.attributes["value"] for box in page.all("input") if box.attributes.get("name") == "offer"] == [
            str(chosen.pk), str(other.pk)
        ]  # fmt: skip
        assert len(page.elements) <= 120
    answer = owner.post(reverse("confirm"), {"offer": [chosen.pk], "next": "/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/"
    assert "votre fiche et 1 annonce sont confirmées" in page_of(answer).words
    town.bachir.refresh_from_db()
    assert town.bachir.renewed_at == clock.now()
    assert Offer.objects.get(pk=chosen.pk).renewed_at == clock.now()
    assert Offer.objects.get(pk=other.pk).renewed_at < clock.now()
    assert "Votre fiche a un an" not in read(owner, "account").words


def test_one_press_shows_again_what_members_doubted(town, owner, clock):
    offer = factories.offer(town.bachir, "Nextcloud chez vous")
    clock.advance(hours=1)
    for n in range(5):
        voter = factories.member(f"Membre {n}", belongs_to=town.collective)
        vote_on_record(actor=voter, uri=offer.uri, gone=True)
    assert town.visitor.get(reverse("offer", args=[offer.pk])).status_code == 410
    page = read(owner, "account")
    assert "« Nextcloud chez vous » n’est plus montrée." in page.words
    assert "Tout est encore vrai" in page.words
    clock.advance(hours=1)
    owner.post(reverse("confirm"), {"offer": [offer.pk]})
    assert town.visitor.get(reverse("offer", args=[offer.pk])).status_code == 200
    assert "n’est plus montrée" not in read(owner, "account").words


def test_only_ones_own_offers_and_only_sound_numbers(town, owner, clock):
    clock.advance(days=366)
    offer = factories.offer(town.camille)
    before = Member.objects.get(pk=town.bachir.pk).renewed_at
    assert owner.post(reverse("confirm"), {"offer": [offer.pk]}).status_code == 403
    assert Member.objects.get(pk=town.bachir.pk).renewed_at == before
    odd = ["x", "-1", "9" * 40, "٣", ""]
    assert owner.post(reverse("confirm"), {"offer": odd}).status_code == 302
    assert owner.get(reverse("confirm")).status_code == 405
    assert town.visitor.post(reverse("confirm")).status_code == 302


def test_forgetting_a_node_asks_for_its_name_and_reports(town, clock):
    from federation.models import Node

    node = Node.objects.create(origin="https://tours.example", name="Tours")
    far = factories.member("Loin", origin="https://tours.example")
    factories.offer(far)
    address = reverse("node_forget", args=[node.pk])
    page = read(town.client, "node_forget", node.pk)
    assert "1 annonce" in page.words
    assert "1 membre" in page.words
    answer = town.client.post(address, {"name": "lille.example"})
    assert answer.status_code == 400
    assert "Rien n’est effacé" in page_of(answer).words
    assert Offer.objects.filter(owner=far).exists()
    done = town.client.post(address, {"name": " Tours.example "})
    assert "tours.example est oublié" in page_of(done).words
    assert "1 annonce" in page_of(done).words
    assert not Member.objects.filter(pk=far.pk).exists()
    assert town.client.get(address).status_code == 404
    assert town.visitor.get(address).status_code == 302
