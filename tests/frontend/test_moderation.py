"""The pages of moderation: reporting without account, deciding, the log, the public list, the owner's answer."""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from network.actions.contact_ends import report_contact
from network.actions.moderation import hide, report
from network.models import Hidden, ModerationAct, RecordVote, Report
from tests import factories
from tests.frontend.reading import faults, page_of
from tests.network.contact_cast import write
from tests.network.events_cast import published

pytestmark = pytest.mark.django_db


def of(uri: str, name: str = "report") -> str:
    return f"{reverse(name)}?de={quote(uri)}"


@pytest.fixture
def found(town, clock):
    town.offer = factories.offer(town.bachir, "Nextcloud chez vous", description="Longs mots secrets")
    town.owner = Client()
    town.owner.force_login(factories.account(town.bachir))
    town.member = Client()
    town.member.force_login(factories.account(town.camille))
    return town


def read(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    page = page_of(answer)
    assert faults(page) == []
    return page


# --- conversations that members show ------------------------------------------------------------------------


def test_moderators_read_the_conversations_that_members_show(found):
    row, _token = write(found.bachir)
    assert "Conversations signalées" not in read(found.client, reverse("moderation")).words
    report_contact(actor=found.bachir, conversation_id=row.pk, reason="Insistant.")
    words = read(found.client, reverse("moderation")).words
    assert "Bachir, 21 novembre 2026 : Insistant." in words
    assert "Bonjour, trois postes à installer." in words
    assert found.member.get(reverse("moderation")).status_code == 403


# --- reporting -------------------------------------------------------------------------------------------


def test_a_visitor_reports_from_the_page_of_an_offer(found):
    page = read(found.visitor, reverse("offer", args=[found.offer.pk]))
    link = next(a for a in page.all("a") if a.text == "Signaler une erreur ou un abus")
    form = read(found.visitor, link.attributes["href"])
    assert "Signaler « Nextcloud chez vous »" in form.words
    assert "les personnes qui exploitent ce nœud s’en chargent" in form.words
    assert "Alix" in form.words
    answer = found.visitor.post(link.attributes["href"], {"kind": "error", "words": "Le prix a changé."}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("offer", args=[found.offer.pk])
    assert "Votre signalement est transmis" in page_of(answer).words
    assert Report.objects.values_list("uri", "kind", "words").get() == (found.offer.uri, "error", "Le prix a changé.")


def test_a_refused_report_keeps_what_was_typed(found):
    answer = found.visitor.post(of(found.offer.uri), {"kind": "abuse", "words": ""})
    assert answer.status_code == 400
    assert "Écrivez une phrase" in page_of(answer).words
    answer = found.visitor.post(of(found.offer.uri), {"words": "Un long texte <b>gras</b>"})
    assert answer.status_code == 400
    page = page_of(answer)
    assert "Ce champ est nécessaire." in page.words
    assert page.all("textarea")[0].text.strip() == "Un long texte <b>gras</b>"
    assert not Report.objects.exists()


def test_a_program_that_fills_the_hidden_field_is_thanked_and_ignored(found):
    answer = found.visitor.post(of(found.offer.uri), {"kind": "gone", "site": "https://spam.example"}, follow=True)
    assert "Votre signalement est transmis" in page_of(answer).words
    assert not Report.objects.exists()


def test_one_address_reports_five_times_an_hour_and_loses_no_text(found, clock):
    for n in range(5):
        assert found.visitor.post(of(found.offer.uri), {"kind": "error", "words": f"Fois {n}"}).status_code == 302
    answer = Client().post(of(found.offer.uri), {"kind": "error", "words": "La sixième"})
    assert answer.status_code == 429
    assert page_of(answer).all("textarea")[0].text.strip() == "La sixième"
    assert Report.objects.count() == 5
    assert found.member.post(of(found.offer.uri), {"kind": "gone"}).status_code == 302
    clock.advance(hours=1)
    assert found.visitor.post(of(found.offer.uri), {"kind": "gone"}).status_code == 302


def test_nobody_learns_of_what_they_may_not_read(found):
    private = factories.offer(found.bachir, "Entre nous", visibility="members")
    assert found.visitor.get(of(private.uri)).status_code == 404
    assert found.member.get(of(private.uri)).status_code == 200
    for nothing in ("", "https://nowhere.example", "x" * 3000):
        assert found.visitor.get(of(nothing)).status_code == 404


def test_a_members_opinion_counts_and_a_visitor_has_none(found, clock):
    clock.advance(hours=1)
    assert found.visitor.post(of(found.offer.uri), {"vote": "gone"}).status_code == 403
    assert "Votre avis de membre" not in read(found.visitor, of(found.offer.uri)).words
    assert "Votre avis de membre" in read(found.member, of(found.offer.uri)).words
    answer = found.member.post(of(found.offer.uri), {"vote": "gone"}, follow=True)
    assert "Votre avis est noté." in page_of(answer).words
    assert RecordVote.objects.get().gone
    assert found.owner.post(of(found.offer.uri), {"vote": "still"}).status_code == 403


# --- deciding ----------------------------------------------------------------------------------------------


def test_a_moderator_reads_and_decides(found):
    for n in range(7):
        report(uri=found.offer.uri, kind="abuse", words=f"Signalement {n}")
    page = read(found.client, reverse("moderation"))
    assert "7 signalements (abus), depuis le 21 novembre 2026 · Bachir" in page.words
    case = read(found.client, of(found.offer.uri, "moderation_case"))
    assert "Signalement 0" in case.words
    assert "… et 2 autres." in case.words
    seen = next(e for e in case.all("input") if e.attributes.get("name") == "seen").attributes["value"]
    answer = found.client.post(
        of(found.offer.uri, "moderation_case"),
        {"act": "hide", "words": "Annonce trompeuse.", "seen": seen},
        follow=True,
    )
    assert "C’est masqué ici." in page_of(answer).words
    assert "Rien à traiter." in page_of(answer).words
    assert Hidden.objects.get().reason == "Annonce trompeuse."


def test_a_decision_without_words_keeps_the_page(found):
    seen = report(uri=found.offer.uri, kind="gone").pk
    for act, text in (("dismiss", "Écrivez une phrase"), ("hide", "Écrivez le motif")):
        answer = found.client.post(of(found.offer.uri, "moderation_case"), {"act": act, "words": " ", "seen": seen})
        assert answer.status_code == 400
        assert text in page_of(answer).words
        assert faults(page_of(answer)) == []
    assert not ModerationAct.objects.exists()


def test_the_second_of_two_moderators_is_told_and_keeps_their_words(found):
    seen = report(uri=found.offer.uri, kind="gone").pk
    data = {"act": "dismiss", "words": "Vérifié.", "seen": seen}
    assert found.client.post(of(found.offer.uri, "moderation_case"), data).status_code == 302
    answer = found.client.post(of(found.offer.uri, "moderation_case"), data)
    assert answer.status_code == 409
    assert "Quelqu’un s’en est déjà occupé" in page_of(answer).words
    assert page_of(answer).all("textarea")[0].text.strip() == "Vérifié."


def test_a_report_that_came_while_one_decided_still_waits(found):
    seen = report(uri=found.offer.uri, kind="gone").pk
    report(uri=found.offer.uri, kind="abuse", words="Bien pire.")
    found.client.post(of(found.offer.uri, "moderation_case"), {"act": "dismiss", "words": "Vérifié.", "seen": seen})
    assert "1 signalement (abus)" in read(found.client, reverse("moderation")).words


def test_the_owner_sees_that_they_are_asked_and_confirms(found, clock):
    clock.advance(hours=1)
    seen = report(uri=found.offer.uri, kind="error", words="Prix ?").pk
    found.client.post(of(found.offer.uri, "moderation_case"), {"act": "ask", "words": "Et le prix ?", "seen": seen})
    assert "Nextcloud chez vous" in read(found.client, reverse("moderation")).words
    page = read(found.owner, reverse("account"))
    assert "La modération vous demande de confirmer « Nextcloud chez vous ». Et le prix ?" in page.words
    assert "Prix ?" not in page.words
    clock.advance(hours=1)
    found.owner.post(reverse("confirm"), {"offer": found.offer.pk})
    assert "vous demande de confirmer" not in read(found.owner, reverse("account")).words


# --- what is hidden ------------------------------------------------------------------------------------------


def test_a_hidden_event_shows_others_the_reason_and_nothing_else(found):
    event = published(found.bachir, title="Fête du libre", description="Longs mots secrets")
    address = reverse("event", args=[event.pk])
    assert any(a.text == "Signaler une erreur ou un abus" for a in read(found.visitor, address).all("a"))
    hide(actor=found.alix, uri=event.uri, reason="Salle inventée.")
    page = read(found.visitor, address, 410)
    assert "Motif : Salle inventée." in page.words
    assert "Longs mots secrets" not in page.html
    assert "les autres ne voient que ce motif" in read(found.owner, address).words
    assert found.visitor.get(reverse("event_ics", args=[event.pk])).status_code == 404
    assert "Fête du libre" not in read(found.visitor, reverse("agenda")).words


@pytest.mark.parametrize("what", ["offer", "member"])
def test_a_hidden_entry_shows_others_the_reason_and_nothing_else(found, what):
    entry = found.offer if what == "offer" else found.bachir
    hide(actor=found.alix, uri=entry.uri, reason="Annonce <script>alert(1)</script> trompeuse.")
    for client in (found.visitor, found.member):
        page = read(client, reverse(what, args=[entry.pk]), 410)
        assert "Masquée ici le 21 novembre 2026. Motif : Annonce <script>alert(1)</script> trompeuse." in page.words
        assert "Longs mots secrets" not in page.html
        assert "Nextcloud chez vous" not in page.html
        assert not page.all("script")
    assert "no-store" in found.visitor.get(reverse(what, args=[entry.pk]))["Cache-Control"]
    for client in (found.owner, found.client):
        page = read(client, reverse(what, args=[entry.pk]))
        assert "les autres ne voient que ce motif" in page.words
    assert "Nextcloud chez vous" not in read(found.visitor, reverse("search") + "?q=nextcloud").words


def test_the_public_list_gives_reasons_and_no_titles(found):
    assert "Rien n’est masqué." in read(found.visitor, reverse("hidden_entries")).words
    hide(actor=found.alix, uri=found.offer.uri, reason="Annonce trompeuse.")
    page = read(found.visitor, reverse("hidden_entries"))
    assert f"Annonce n° {found.offer.pk}" in page.words
    assert "Motif : Annonce trompeuse." in page.words
    assert "Nextcloud" not in page.words


def test_the_owner_is_told_and_answers_once(found):
    hidden = hide(actor=found.alix, uri=found.offer.uri, reason="Annonce trompeuse.")
    page = read(found.owner, reverse("account"))
    assert "« Nextcloud chez vous » n’est plus montrée." in page.words
    address = reverse("hiding_answer", args=[hidden.pk])
    read(found.owner, address)
    assert found.owner.post(address, {"words": ""}).status_code == 400
    found.owner.post(address, {"words": "Je corrige."})
    assert "Vous avez déjà répondu" in read(found.owner, address).words
    assert found.owner.post(address, {"words": "Encore."}).status_code == 409
    assert "Je corrige." in read(found.visitor, reverse("hidden_entries")).words
    assert "Je corrige." in read(found.visitor, reverse("offer", args=[found.offer.pk]), 410).words


def test_every_member_reads_the_log_and_a_visitor_does_not(found):
    hide(actor=found.alix, uri=found.offer.uri, reason="Annonce trompeuse.")
    page = read(found.member, reverse("moderation_log"))
    assert "21 novembre 2026 · masquée · Nextcloud chez vous · Alix" in page.words
    assert "Annonce trompeuse." in page.words
    assert found.visitor.get(reverse("moderation_log")).status_code == 302


def test_a_mandate_is_given_in_the_pages(found):
    from governance.actions.charter import adopt_template
    from governance.actions.circles import open_circle

    adopt_template(collective=found.collective)

    circle = open_circle(
        actor=found.alix, collective=found.collective, name="Premier", members=[found.alix, found.camille]
    )
    data = {"member": found.camille.pk, "role": "moderation"}
    assert found.client.post(reverse("circle_mandate", args=[circle.pk]), data).status_code == 302
    assert read(found.member, reverse("moderation"))
    assert found.client.get(reverse("moderation")).status_code == 403


def test_pages_keep_their_budget(found):
    for n in range(40):
        offer = factories.offer(found.bachir, f"Annonce {n}")
        report(uri=offer.uri, kind="gone")
        hide(actor=found.alix, uri=offer.uri, seen=Report.objects.latest("pk").pk, reason=f"Motif {n}")
        report(uri=factories.offer(found.bachir, f"Autre {n}").uri, kind="abuse", words="Non.")
    for client, name, most in (
        (found.client, "moderation", 300), (found.visitor, "hidden_entries", 350), (found.member, "moderation_log", 350)
    ):  # fmt: skip
        assert len(read(client, reverse(name)).elements) <= most
        assert len(read(client, reverse(name) + "?page=2").elements) <= most
    assert len(read(found.visitor, of(found.bachir.uri)).elements) <= 120
