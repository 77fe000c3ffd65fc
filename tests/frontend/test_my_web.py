"""My web: what I gave and received, renewing in one press, withdrawing in two steps, when I may attest somebody new."""

import pytest
from django.test import Client
from django.urls import reverse

from network.actions.trust import vouch
from network.models import Tombstone, Vouch
from network.queries.tending import own_vouch
from tests import factories
from tests.frontend.reading import faults, page_of
from tests.network.web_cast import cloth


@pytest.fixture
def cast(db, clock):
    factories.node()
    made = cloth()
    for name in ("alix", "camille", "gwen", "fanny"):
        client = Client()
        client.force_login(factories.account(getattr(made, name)))
        setattr(made, f"as_{name}", client)
    return made


def read(client, name="my_web", *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def headings(page):
    return [heading.text for heading in page.all("h2")]


def test_whom_i_vouch_for_and_who_vouches_for_me(cast):
    page = read(cast.as_camille)
    assert headings(page)[:2] == ["Je me porte garant", "On se porte garant de moi"]
    assert "Fanny · ont travaillé ensemble" in page.words
    given, received = page.all("ul")[1:3]
    assert "Fanny" in given.text
    assert "Fanny" not in received.text
    assert "Alix" in received.text
    assert "Renouveler" not in received.text


def test_what_ends_soon_comes_first(cast, clock):
    clock.advance(days=400)
    page = read(cast.as_camille)
    assert headings(page)[0] == "À renouveler avant deux mois"
    assert "Fanny" in next(e for e in page.all("section") if e.attributes.get("class") == "edge").text


def test_somebody_new_is_told_what_to_do_next(cast):
    newcomer = factories.member("Nouveau", belongs_to=cast.home)
    client = Client()
    client.force_login(factories.account(newcomer))
    page = read(client)
    assert "Vous n’avez encore attesté pour personne." in page.words
    assert "Personne ne s’est encore porté garant de vous." in page.words
    assert reverse("collective", args=[cast.home.slug]) in [a.attributes["href"] for a in page.all("a")]


def test_whoever_belongs_to_no_collective_learns_why_not(cast):
    client = Client()
    client.force_login(factories.account(factories.member("Seule")))
    assert "Il faut être membre actif" in read(client).words


def test_when_somebody_new_would_count(cast, clock):
    assert "Possible dès maintenant" in read(cast.as_gwen).words
    vouch(actor=cast.gwen, subject_id=cast.hugo.pk, level=1)
    page = read(cast.as_gwen)
    assert "elle comptera à partir du 21 décembre 2026" in page.words
    assert "une nouvelle personne tous les 30 jours, et 12 au plus" in page.words
    clock.advance(minutes=1)
    vouch(actor=cast.gwen, subject_id=cast.alix.pk, level=1)
    assert "Comptera pour l’adhésion à partir du 21 décembre 2026" in read(cast.as_gwen).words


def test_a_private_one_is_marked_and_mine_alone(cast):
    vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=2, kind="prestation", public=False)
    assert "Gwen · ont travaillé ensemble · prestation · visible de vous seul" in read(cast.as_alix).words
    assert "prestation" not in read(cast.as_gwen).words


# --- renewing -------------------------------------------------------------------------------------------------


def test_renewing_takes_one_page_and_one_press(cast, clock):
    row = own_vouch(cast.camille, cast.fanny)
    clock.advance(days=200)
    page = read(cast.as_camille, "vouch_renew", row.pk)
    assert "Renouveler mon attestation pour Fanny ?" in page.words
    assert Vouch.objects.get(pk=row.pk).issued_at == row.issued_at
    answer = cast.as_camille.post(reverse("vouch_renew", args=[row.pk]), follow=True)
    assert "Votre attestation pour Fanny est renouvelée jusqu’au" in page_of(answer).words
    assert Vouch.objects.get(pk=row.pk).issued_at == clock.now()


def test_renewing_says_when_the_charter_is_another_one(cast):
    row = own_vouch(cast.camille, cast.fanny)
    Vouch.objects.filter(pk=row.pk).update(charter="sha256:old")
    assert "La charte a changé depuis." in read(cast.as_camille, "vouch_renew", row.pk).words
    Vouch.objects.filter(pk=row.pk).update(charter="sha256:c0")
    assert "La charte a changé" not in read(cast.as_camille, "vouch_renew", row.pk).words


# --- withdrawing ----------------------------------------------------------------------------------------------


def test_withdrawing_takes_a_page_with_a_reason_then_the_act(cast):
    row = own_vouch(cast.camille, cast.fanny)
    address = reverse("vouch_end", args=[row.pk])
    page = read(cast.as_camille, "vouch_end", row.pk)
    assert "Pourquoi ? Pour vous seul" in page.words
    assert cast.as_camille.post(address).status_code == 200
    assert not Tombstone.objects.exists()
    answer = cast.as_camille.post(address, {"confirmed": "1", "reason": "Plus de nouvelles."}, follow=True)
    page = page_of(answer)
    assert "Votre attestation est retirée." in page.words
    assert "1 attestation retirée" in page.words
    assert "votre motif, pour vous seul : Plus de nouvelles." in page.words
    assert Tombstone.objects.count() == 1


def test_nobody_else_reads_the_reason(cast):
    row = own_vouch(cast.camille, cast.fanny)
    cast.as_camille.post(reverse("vouch_end", args=[row.pk]), {"confirmed": "1", "reason": "Motif-secret"})
    visitor = Client()
    for client in (cast.as_fanny, cast.as_alix, visitor):
        for address in (
            reverse("trust", args=[cast.fanny.pk]), reverse("member", args=[cast.fanny.pk]),
            reverse("collective", args=[cast.home.slug]), f"/api/v1/members/{cast.fanny.pk}/trust",
        ):  # fmt: skip
            assert "Motif-secret" not in client.get(address).content.decode(), address
    assert "Motif-secret" not in read(cast.as_fanny).words


def test_a_reason_too_long_keeps_what_was_typed(cast):
    row = own_vouch(cast.camille, cast.fanny)
    typed = "x" * 501
    answer = cast.as_camille.post(reverse("vouch_end", args=[row.pk]), {"confirmed": "1", "reason": typed})
    page = page_of(answer)
    assert answer.status_code == 400
    assert faults(page) == []
    assert page.with_id("id_reason").text.strip() == typed
    assert not Tombstone.objects.exists()


def test_a_private_one_is_forgotten_and_asks_for_no_reason(cast):
    row = vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=2, kind="prestation", public=False)
    page = read(cast.as_alix, "vouch_end", row.pk)
    assert "elle sera oubliée, sans trace" in page.words
    assert page.with_id("id_reason") is None
    cast.as_alix.post(reverse("vouch_end", args=[row.pk]), {"confirmed": "1"})
    assert not Vouch.objects.filter(pk=row.pk).exists()


def test_another_ones_attestation_is_not_found(cast):
    row = vouch(actor=cast.alix, subject_id=cast.gwen.pk, level=2, kind="prestation", public=False)
    for name in ("vouch_renew", "vouch_end"):
        theirs = cast.as_camille.get(reverse(name, args=[row.pk]))
        none = cast.as_camille.get(reverse(name, args=[10**9]))
        assert theirs.status_code == none.status_code == 404
        assert page_of(theirs).words == page_of(none).words
        assert cast.as_camille.post(reverse(name, args=[row.pk]), {"confirmed": "1"}).status_code == 404
    assert Vouch.objects.filter(pk=row.pk).exists()


def test_only_for_members_and_kept_by_no_cache(cast):
    row = own_vouch(cast.camille, cast.fanny)
    for name, args in (("my_web", []), ("vouch_renew", [row.pk]), ("vouch_end", [row.pk])):
        answer = cast.as_camille.get(reverse(name, args=args))
        assert {"private", "no-store"} <= {part.strip() for part in answer["Cache-Control"].split(",")}
        assert Client().get(reverse(name, args=args)).status_code == 302
