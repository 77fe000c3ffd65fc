"""Reports, what moderators do about them, what owners may answer, what votes settle, what the log keeps."""

from datetime import timedelta

import pytest

from network.actions.events import withdraw_event
from network.actions.leaving import mark_member_gone
from network.actions.moderation import (
    OPEN_OF_ALL,
    OPEN_OF_ONE,
    answer_hiding,
    ask_owner,
    dismiss,
    forget_moderation_of,
    hide,
    report,
    unhide,
    vote_on_record,
)
from network.actions.offers import record_remote_offer, withdraw_offer
from network.actions.quotes import ask_quote
from network.actions.reminders import confirm
from network.errors import DomainError, Invalid, NotEntitled, NotFound, TooOften, WrongState
from network.models import ActWords, Event, Hidden, Member, ModerationAct, Offer, OfferTerm, Report
from network.queries.events import agenda, event_page
from network.queries.matches import count_of_terms
from network.queries.members import counts, member_page
from network.queries.moderation import case_at, hidden_list, log_page, open_cases, told_owner, waiting_for_owners
from network.queries.offers import local_live_offers, offer_page
from network.queries.reminders import to_confirm
from network.rules.cards import OfferCard
from network.rules.events import AgendaQuery
from tests import factories
from tests.network.events_cast import published
from tests.network.moderation_cast import FAR, titles, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(clock):
    return town()


def refused(error: type[DomainError], code: str, call, /, **given) -> DomainError:
    with pytest.raises(error) as refusal:
        call(**given)
    assert refusal.value.code == code
    return refusal.value


def reported(uri: str, kind: str = "abuse", words: str = "C’est faux.") -> int:
    return report(uri=uri, kind=kind, words=words).pk


# --- reporting -------------------------------------------------------------------------------------------


def test_anybody_reports_what_they_can_read(here):
    report(uri=here.offer.uri, kind="gone")
    report(uri=here.copy.uri, kind="error", words=" Le prix a\u202e changé. ", reporter=here.alix)
    report(uri=here.dominique.uri, kind="abuse", words="Usurpation.")
    assert [(row.kind, row.words, row.reporter) for row in Report.objects.order_by("pk")] == [
        ("gone", "", None),
        ("error", "Le prix a changé.", here.alix),
        ("abuse", "Usurpation.", None),
    ]


def test_reports_that_say_nothing_are_refused(here):
    refused(Invalid, "complaint_unknown", report, uri=here.offer.uri, kind="ugly", words="x")
    for kind in ("error", "abuse"):
        refused(Invalid, "words_missing", report, uri=here.offer.uri, kind=kind, words=" \u200b ")
    refused(Invalid, "words_too_long", report, uri=here.offer.uri, kind="gone", words="x" * 2001)
    refused(NotFound, "entry_unknown", report, uri="https://nowhere.example/p/1", kind="gone")
    assert not Report.objects.exists()


def test_what_somebody_may_not_read_they_cannot_report(here):
    private = factories.offer(here.bachir, "Entre nous", visibility="members")
    refused(NotFound, "entry_unknown", report, uri=private.uri, kind="gone")
    report(uri=private.uri, kind="gone", reporter=here.alix)
    withdrawn = factories.withdrawn_offer(here.bachir)
    refused(NotFound, "entry_unknown", report, uri=withdrawn.uri, kind="gone", reporter=here.alix)


def test_a_flood_of_reports_ends_at_a_bound(here):
    Report.objects.bulk_create(Report(uri=here.offer.uri, kind="gone") for _n in range(OPEN_OF_ONE))
    refused(TooOften, "reports_enough", report, uri=here.offer.uri, kind="gone")
    report(uri=here.copy.uri, kind="gone")
    Report.objects.bulk_create(Report(uri=f"https://x.example/{n}", kind="gone") for n in range(OPEN_OF_ALL))
    refused(TooOften, "reports_enough", report, uri=here.dominique.uri, kind="gone")


# --- who may -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["bachir", "dominique", "candidate", "gone"])
def test_nobody_else_moderates(here, who):
    person = getattr(here, who, None) or factories.member(who)
    if who == "candidate":
        factories.candidate(here.collective, person)
    if who == "gone":
        mark_member_gone(uri=person.uri)
        person.refresh_from_db()
    seen = reported(here.offer.uri)
    for act in (dismiss, ask_owner):
        refused(NotEntitled, "not_moderator", act, actor=person, uri=here.offer.uri, seen=seen, words="x")
    refused(NotEntitled, "not_moderator", hide, actor=person, uri=here.offer.uri, seen=seen, reason="x")
    refused(NotEntitled, "not_moderator", unhide, actor=person, uri=here.offer.uri, words="x")
    assert not ModerationAct.objects.exists()
    assert Report.objects.get().settled_at is None


def test_nobody_decides_about_their_own_entry(here):
    own = factories.offer(here.alix)
    for uri in (own.uri, here.alix.uri):
        seen = reported(uri)
        refused(NotEntitled, "own_entry", dismiss, actor=here.alix, uri=uri, seen=seen, words="x")
        refused(NotEntitled, "own_entry", hide, actor=here.alix, uri=uri, reason="x")
        refused(NotEntitled, "own_entry", vote_on_record, actor=here.alix, uri=uri, gone=False)


# --- deciding ----------------------------------------------------------------------------------------------


def test_dismissing_settles_what_was_seen_and_says_why(here, clock):
    first = reported(here.offer.uri)
    seen = reported(here.offer.uri, "gone")
    later = reported(here.offer.uri)
    refused(Invalid, "words_missing", dismiss, actor=here.alix, uri=here.offer.uri, seen=seen, words="")
    act = dismiss(actor=here.alix, uri=here.offer.uri, seen=seen, words="Vérifié par téléphone.")
    assert (act.reports, act.words.text, act.words.title) == (2, "Vérifié par téléphone.", "Nextcloud chez vous")
    assert list(Report.objects.filter(settled_at=None).values_list("pk", flat=True)) == [later]
    assert Report.objects.get(pk=first).settled_at == clock.now()
    refused(WrongState, "reports_settled", dismiss, actor=here.alix, uri=here.offer.uri, seen=seen, words="Encore.")
    assert titles() == {"Nextcloud chez vous", "Nextcloud de Tours"}


def test_the_owner_is_asked_until_they_confirm(here, clock):
    clock.advance(hours=1)
    seen, ends_at = reported(here.offer.uri), here.offer.ends_at
    ask_owner(actor=here.alix, uri=here.offer.uri, seen=seen, words="Le prix est-il le bon ?")
    (entry, line), *others = told_owner(here.bachir).asked
    assert (entry.uri, line.words, others) == (here.offer.uri, "Le prix est-il le bon ?", [])
    assert [entry.uri for entry, _line in waiting_for_owners()] == [here.offer.uri]
    clock.advance(hours=1)
    assert [offer.pk for offer in to_confirm(here.bachir, at=clock.now(), asked=[entry.uri]).offers] == [here.offer.pk]
    Offer.objects.filter(pk=here.offer.pk).update(ends_at=ends_at + timedelta(days=400))
    confirm(actor=here.bachir, offer_ids=[here.offer.pk])
    here.offer.refresh_from_db()
    assert here.offer.ends_at == ends_at + timedelta(days=400)  # confirming never takes time away
    assert (told_owner(here.bachir).asked, waiting_for_owners()) == ((), [])
    assert open_cases()[0] == []


def test_an_owner_elsewhere_is_not_ours_to_ask(here):
    seen = reported(here.copy.uri)
    refused(WrongState, "not_ours_to_ask", ask_owner, actor=here.alix, uri=here.copy.uri, seen=seen)
    assert Report.objects.get().settled_at is None


def test_a_hidden_offer_leaves_everything_but_its_page(here, clock):
    seen = reported(here.offer.uri)
    hidden = hide(actor=here.alix, uri=here.offer.uri, seen=seen, reason=" Annonce trompeuse. ")
    assert (hidden.reason, hidden.by, hidden.at) == ("Annonce trompeuse.", here.alix, clock.now())
    assert Report.objects.get().settled_at
    assert titles("nextcloud") == titles() == {"Nextcloud de Tours"}
    assert (counts().offers, count_of_terms(["chez"])) == (1, {})
    assert not local_live_offers().exists()
    assert member_page(here.bachir.pk, viewer=None).offers == []
    asking = {"actor": here.dominique, "offer_id": here.offer.pk, "draft": None}
    refused(NotFound, "entry_hidden", ask_quote, **asking)
    refused(NotFound, "entry_hidden", report, uri=here.offer.uri, kind="gone")
    for viewer in (None, here.dominique):
        refused(NotFound, "entry_hidden", offer_page, pk=here.offer.pk, viewer=viewer)
    for viewer, concealed in (
        (None, True),
        (factories.member("Fanny"), True),
        (here.bachir, False),
        (here.alix, False),
    ):
        page = offer_page(here.offer.pk, viewer=viewer, concealed_too=True)
        assert (page.concealed is not None, page.hidden) == (concealed, hidden)
    refused(WrongState, "already_hidden", hide, actor=here.alix, uri=here.offer.uri, reason="Encore.")


def test_showing_again_restores_everything(here, clock):
    before = set(OfferTerm.objects.filter(offer=here.offer).values_list("term", flat=True))
    hide(actor=here.alix, uri=here.offer.uri, reason="Trompeuse.")
    refused(Invalid, "words_missing", unhide, actor=here.alix, uri=here.offer.uri, words="")
    clock.advance(days=1)
    unhide(actor=here.alix, uri=here.offer.uri, words="Corrigée.")
    assert set(OfferTerm.objects.filter(offer=here.offer).values_list("term", flat=True)) == before
    assert "Nextcloud chez vous" in titles("nextcloud")
    refused(WrongState, "not_hidden", unhide, actor=here.alix, uri=here.offer.uri, words="Encore.")
    hide(actor=here.alix, uri=here.offer.uri, reason="De nouveau.")
    assert [row.lifted_at is None for row in Hidden.objects.order_by("pk")] == [False, True]


def test_a_hidden_member_takes_their_offers_along(here):
    hide(actor=here.alix, uri=here.dominique.uri, reason="Usurpation.")
    assert titles() == {"Nextcloud chez vous"}
    assert count_of_terms(["tours"]) == {}
    page = offer_page(here.copy.pk, viewer=here.bachir, concealed_too=True)
    assert page.concealed.reason == "Usurpation."
    assert counts().members == 2


def test_a_hidden_copy_stays_hidden_when_it_is_received_again(here, clock):
    hide(actor=here.alix, uri=here.copy.uri, reason="Arnaque.")
    Offer.objects.filter(pk=here.copy.pk).delete()
    card = OfferCard(
        uri=here.copy.uri, origin=FAR, owner_uri=here.dominique.uri, purpose="offer", title="Nextcloud de Tours",
        html="", price="gift", updated_at=clock.now(), published_at=clock.now(),
    )  # fmt: skip
    record_remote_offer(card=card, now=clock.now())
    assert titles("tours") == set()
    assert titles() == {"Nextcloud chez vous"}
    assert count_of_terms(["tours"]) == {}


def test_a_public_reason_is_needed_and_short(here):
    refused(Invalid, "reason_missing", hide, actor=here.alix, uri=here.offer.uri, reason="  ")
    refused(Invalid, "reason_too_long", hide, actor=here.alix, uri=here.offer.uri, reason="x" * 501)
    assert not Hidden.objects.exists()


def test_the_owner_answers_once_beside_the_reason(here):
    hidden = hide(actor=here.alix, uri=here.offer.uri, reason="Trompeuse.")
    (line,) = told_owner(here.bachir).hidden
    assert (line.hidden, line.entry.uri) == (hidden, here.offer.uri)
    for stranger in (here.alix, here.dominique):
        refused(NotFound, "entry_unknown", answer_hiding, actor=stranger, hidden_id=hidden.pk, words="Non.")
    answer_hiding(actor=here.bachir, hidden_id=hidden.pk, words="Le prix était celui de l’an dernier.")
    refused(WrongState, "already_answered", answer_hiding, actor=here.bachir, hidden_id=hidden.pk, words="Et puis…")
    assert hidden_list()[0][0].hidden.answer == "Le prix était celui de l’an dernier."
    assert offer_page(here.offer.pk, viewer=None, concealed_too=True).concealed.answer.startswith("Le prix")
    unhide(actor=here.alix, uri=here.offer.uri, words="Corrigée.")
    refused(WrongState, "not_hidden", answer_hiding, actor=here.bachir, hidden_id=hidden.pk, words="Merci.")


# --- the log -----------------------------------------------------------------------------------------------


def test_the_log_says_who_did_what_when_and_why(here, clock):
    dismiss(actor=here.alix, uri=here.copy.uri, seen=reported(here.copy.uri), words="Rien de faux.")
    clock.advance(days=1)
    hide(actor=here.alix, uri=here.copy.uri, reason="Arnaque.")
    lines, pages = log_page()
    assert [(line.verb, line.who, line.title, line.words, line.reports) for line in lines] == [
        ("hide", "Alix", "Nextcloud de Tours", "Arnaque.", 0),
        ("dismiss", "Alix", "Nextcloud de Tours", "Rien de faux.", 1),
    ]
    assert (pages, lines[0].at) == (1, clock.now())
    assert [line.verb for line in case_at(here.copy.uri).acts] == ["dismiss", "hide"]


def test_the_log_is_never_changed(here):
    hide(actor=here.alix, uri=here.offer.uri, reason="Trompeuse.")
    act = ModerationAct.objects.get()
    for forbidden in (act.save, act.delete, ModerationAct.objects.all().delete):
        with pytest.raises(TypeError):
            forbidden()
    with pytest.raises(TypeError):
        ModerationAct.objects.update(verb="dismiss")


def test_words_about_somebody_go_with_them_and_the_acts_stay(here):
    reported(here.offer.uri)
    report(uri=here.copy.uri, kind="error", words="Vu.", reporter=here.bachir)
    hide(actor=here.alix, uri=here.offer.uri, reason="Bachir trompe ses clients.")
    hide(actor=here.alix, uri=here.copy.uri, reason="Arnaque.")
    mark_member_gone(uri=here.bachir.uri)
    assert list(Report.objects.values_list("uri", "reporter")) == [(here.copy.uri, None)]
    assert list(Hidden.objects.values_list("uri", flat=True)) == [here.copy.uri]
    assert list(ActWords.objects.values_list("text", flat=True)) == ["Arnaque."]
    assert [(line.verb, line.words) for line in log_page()[0]] == [("hide", "Arnaque."), ("hide", "")]


# --- what moderators see ---------------------------------------------------------------------------------


def test_cases_are_shown_by_entry_the_longest_waiting_first(here, clock):
    reported(here.copy.uri, "gone", "")
    clock.advance(hours=1)
    for n in range(7):
        reported(here.offer.uri, words=f"Fois {n}")
    reported(here.copy.uri)
    (first, second), pages = open_cases()
    assert (first.uri, first.count, second.uri, second.count, pages) == (here.copy.uri, 2, here.offer.uri, 7, 1)
    assert [each.words for each in second.reports] == [f"Fois {n}" for n in range(5)]
    assert second.seen == max(Report.objects.filter(uri=here.offer.uri).values_list("pk", flat=True))


def test_reports_about_what_is_no_more_can_be_settled(here):
    seen = reported(here.offer.uri)
    withdraw_offer(actor=here.bachir, offer_id=here.offer.pk)
    (case,), _pages = open_cases()
    assert case.entry is None
    refused(NotFound, "entry_unknown", hide, actor=here.alix, uri=here.offer.uri, seen=seen, reason="x")
    dismiss(actor=here.alix, uri=here.offer.uri, seen=seen, words="Retirée.")
    assert open_cases() == ([], 1)


# --- events ------------------------------------------------------------------------------------------------


def shown(reader=None) -> list[str]:
    return [hit.event.title for hit in agenda(AgendaQuery(), reader=reader).hits]


@pytest.fixture
def fair(here):
    return published(here.bachir, title="Fête du libre")


def test_an_event_is_reported_hidden_and_shown_again(here, fair):
    seen = reported(fair.uri)
    (case,), _pages = open_cases()
    assert (case.entry.kind, case.entry.page, case.entry.pk) == ("event", "event", fair.pk)
    hide(actor=here.alix, uri=fair.uri, seen=seen, reason="Salle inventée.")
    assert (shown(), shown(here.bachir)) == ([], ["Fête du libre"])
    for viewer, concealed in ((None, True), (here.dominique, True), (here.bachir, False), (here.alix, False)):
        page = event_page(fair.pk, viewer=viewer, concealed_too=True)
        assert ((page.concealed is not None), page.hidden.reason) == (concealed, "Salle inventée.")
    refused(NotFound, "entry_hidden", event_page, pk=fair.pk, viewer=None)
    refused(NotFound, "entry_hidden", report, uri=fair.uri, kind="gone")
    (line,) = told_owner(here.bachir).hidden
    assert line.entry.title == "Fête du libre"
    unhide(actor=here.alix, uri=fair.uri, words="La salle existe.")
    assert shown() == ["Fête du libre"]


def test_events_go_with_a_hidden_organiser_and_with_a_departed_node(here, fair):
    hide(actor=here.alix, uri=here.bachir.uri, reason="Usurpation.")
    assert shown() == []
    refused(NotFound, "entry_hidden", event_page, pk=fair.pk, viewer=None)
    unhide(actor=here.alix, uri=here.bachir.uri, words="Erreur.")
    assert shown() == ["Fête du libre"]
    Event.objects.filter(pk=fair.pk).update(organiser=here.dominique, local=False)
    Member.objects.filter(pk=here.dominique.pk).update(muted=True)
    assert shown() == []
    assert event_page(fair.pk, viewer=here.alix, concealed_too=True).concealed.by_node


def test_events_for_members_and_withdrawn_ones_are_not_there_to_report(here):
    inside = published(here.bachir, title="Entre nous", visibility="members")
    refused(NotFound, "entry_unknown", report, uri=inside.uri, kind="gone")
    report(uri=inside.uri, kind="gone", reporter=here.alix)
    withdraw_event(actor=here.bachir, event_id=inside.pk)
    refused(NotFound, "entry_unknown", report, uri=inside.uri, kind="gone", reporter=here.alix)


def test_what_votes_hid_of_an_event_comes_back_when_its_organiser_confirms(here, fair, clock):
    clock.advance(days=1)
    for voter in voters(here, 5):
        vote_on_record(actor=voter, uri=fair.uri, gone=True)
    assert shown() == []
    clock.advance(days=1)
    assert confirm(actor=here.bachir).shown_again == 1
    assert shown() == ["Fête du libre"]


def test_who_leaves_takes_what_was_said_of_their_events_along(here, fair):
    reported(fair.uri)
    hide(actor=here.alix, uri=fair.uri, reason="Salle inventée.")
    forget_moderation_of(here.bachir)
    assert (Report.objects.count(), Hidden.objects.count(), ActWords.objects.count()) == (0, 0, 0)


# --- votes -------------------------------------------------------------------------------------------------


def voters(here, number: int) -> list:
    return [factories.member(f"Membre {n}", belongs_to=here.collective) for n in range(number)]


def test_five_members_say_that_an_entry_is_no_more(here, clock):
    clock.advance(hours=1)
    reported(here.copy.uri, "gone", "")
    reported(here.copy.uri, "error")
    said = [vote_on_record(actor=person, uri=here.copy.uri, gone=True) for person in voters(here, 5)]
    assert said == ["", "", "", "", "gone"]
    hidden = Hidden.objects.get()
    assert (hidden.uri, hidden.by, hidden.reason) == (here.copy.uri, None, "")
    assert titles() == {"Nextcloud chez vous"}
    assert list(Report.objects.filter(settled_at=None).values_list("kind", flat=True)) == ["error"]
    assert log_page()[0][0].who == ""


def test_one_against_asks_for_ten_and_a_vote_can_be_changed(here, clock):
    clock.advance(hours=1)
    doubter, *others = voters(here, 12)
    assert vote_on_record(actor=doubter, uri=here.offer.uri, gone=False) == ""
    said = [vote_on_record(actor=person, uri=here.offer.uri, gone=True) for person in others[:10]]
    assert said == [""] * 9 + ["gone"]
    for person in others[:10]:
        vote_on_record(actor=person, uri=here.offer.uri, gone=False)
    assert Hidden.objects.get().lifted_at
    assert "Nextcloud chez vous" in titles("nextcloud")


def test_the_owner_has_the_last_word_about_their_own_entry(here, clock):
    clock.advance(hours=1)
    people = voters(here, 6)
    for person in people[:5]:
        vote_on_record(actor=person, uri=here.offer.uri, gone=True)
    assert "Nextcloud chez vous" not in titles()
    clock.advance(hours=1)
    assert confirm(actor=here.bachir, offer_ids=[here.offer.pk]).shown_again == 1
    assert "Nextcloud chez vous" in titles()
    clock.advance(hours=1)
    assert vote_on_record(actor=people[5], uri=here.offer.uri, gone=True) == ""


def test_votes_never_show_what_a_moderator_has_hidden(here, clock):
    clock.advance(hours=1)
    hide(actor=here.alix, uri=here.copy.uri, reason="Arnaque.")
    said = [vote_on_record(actor=person, uri=here.copy.uri, gone=False) for person in voters(here, 5)]
    assert said[-1] == "still"
    assert Hidden.objects.get().lifted_at is None


def test_only_members_vote(here):
    aspirant = factories.member("Candidate")
    factories.candidate(here.collective, aspirant)
    for person in (aspirant, here.dominique):
        refused(NotEntitled, "not_a_member", vote_on_record, actor=person, uri=here.copy.uri, gone=True)
