"""Asking for a quote, answering, withdrawing; limits; what other nodes say; what happens when people leave."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import ProtectedError

from network.actions.copies import forget_offers_of
from network.actions.leaving import mark_member_gone
from network.actions.offers import edit_offer, expire_offers, withdraw_offer
from network.actions.quotes import (
    accept_quote,
    ask_quote,
    end_quote,
    record_remote_answer,
    record_remote_quote,
    record_remote_withdrawal_of_quote,
    refuse_quote,
    withdraw_quote,
)
from network.errors import Invalid, NotEntitled, NotFound, TooOften, WrongState
from network.models import Offer, Quote, QuoteState
from network.queries.offers import draft_of
from network.queries.quotes import may_ask, quote_page, quotes_of, unanswered_count
from network.rules.quotes import QuoteDraft
from network.signals import quote_changed
from tests.factories import at_once, candidate, collective, member, offer, withdrawn_offer

pytestmark = pytest.mark.django_db

ELSEWHERE = "https://c.example"
THREE = QuoteDraft(Decimal(3), message=" Trois postes. ")


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


@pytest.fixture
def home():
    return collective()


@pytest.fixture
def alix(home):
    return member("Alix", belongs_to=home)


@pytest.fixture
def bachir(home):
    return member("Bachir", belongs_to=home)


@pytest.fixture
def dominique():
    return member("Dominique", origin=ELSEWHERE)


@pytest.fixture
def install(alix):
    return offer(alix, price="hourly", amount_cents=5500)


@pytest.fixture
def news():
    heard = []

    def hear(sender, quote_id, **_):
        heard.append(quote_id)

    quote_changed.connect(hear)
    yield heard
    quote_changed.disconnect(hear)


def refused(error, code, call, **kwargs):
    before = list(Quote.objects.values())
    with pytest.raises(error) as refusal:
        call(**kwargs)
    assert refusal.value.code == code
    assert list(Quote.objects.values()) == before
    return refusal.value


def ask(actor, of, draft=THREE):
    return ask_quote(actor=actor, offer_id=of.pk, draft=draft)


def remote(dominique, of, uri=f"{ELSEWHERE}/a/7", draft=THREE, **more):
    return record_remote_quote(uri=uri, asker_uri=dominique.uri, offer_uri=of.uri, draft=draft, **more)


# --- asking ----------------------------------------------------------------------------------------------


def test_a_request_is_kept_exact_and_announced(bachir, install, clock, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = ask(bachir, install)
    row = Quote.objects.get()
    assert row.uri.startswith("http://localhost:8000/a/")
    assert (row.offer, row.asker, row.state, row.asked_at) == (install, bachir, QuoteState.ASKED, clock.now())
    assert (row.price, row.quantity, row.amount_cents, row.currency) == ("hourly", 3, 16500, "EUR")
    assert (row.message, row.dialect, row.revision) == ("Trois postes.", "current", 1)
    assert news == [made.pk]


@pytest.mark.parametrize(
    ("columns", "draft", "kept"),
    [
        ({"price": "fixed", "amount_cents": 9990}, QuoteDraft(), ("fixed", 1, 9990)),
        ({"price": "prix_libre"}, QuoteDraft(amount_cents=4000), ("prix_libre", 1, 4000)),
        ({"price": "prix_libre"}, QuoteDraft(), ("prix_libre", 1, None)),
        ({"price": "gift"}, QuoteDraft(), ("gift", 1, None)),
        ({"price": "barter"}, QuoteDraft(Decimal("2.5")), ("barter", Decimal("2.5"), None)),
    ],
)
def test_every_price_model(alix, bachir, columns, draft, kept):
    made = ask(bachir, offer(alix, **columns), draft)
    made.refresh_from_db()
    assert (made.price, made.quantity, made.amount_cents) == kept


def test_what_is_wrong_names_its_field_and_keeps_nothing(bachir, install):
    error = refused(
        Invalid, "quantity_bounds", ask_quote, actor=bachir, offer_id=install.pk, draft=QuoteDraft(Decimal(0))
    )
    assert error.facts["problems"] == [("quantity", "quantity_bounds")]


def test_what_cannot_be_asked(alix, bachir, dominique, home, install, clock):
    def no(error, code, actor, of):
        refused(error, code, ask_quote, actor=actor, offer_id=of.pk, draft=THREE)

    no(NotEntitled, "own_offer", alix, install)
    no(WrongState, "offer_closed", bachir, offer(alix, opening="closed"))
    no(WrongState, "offer_not_live", bachir, offer(alix, ends_at=clock.now()))
    no(WrongState, "offer_not_live", bachir, offer(alix, state="expired"))
    no(NotFound, "offer_unknown", bachir, withdrawn_offer(alix))
    no(NotFound, "offer_unknown", bachir, offer(member("Élise", belongs_to=collective("Autre")), visibility="members"))
    no(NotEntitled, "not_a_member", member("Fanny"), install)
    no(NotEntitled, "not_a_member", dominique, install)
    newcomer = member("Camille")
    candidate(home, newcomer)
    assert ask(newcomer, install).state == QuoteState.ASKED


def test_a_page_offers_what_the_action_allows(alix, bachir, install, clock):
    assert may_ask(bachir, install)
    assert may_ask(None, install)  # once logged in
    assert not may_ask(alix, install)
    assert not may_ask(bachir, offer(alix, opening="closed"))
    assert not may_ask(None, offer(alix, ends_at=clock.now()))


def test_ten_a_day_whatever_became_of_them(bachir, install, clock):
    begun = clock.now()
    for _ in range(10):
        withdraw_quote(actor=bachir, quote_id=ask(bachir, install).pk)
        clock.advance(minutes=1)
    error = refused(TooOften, "quotes_too_often", ask_quote, actor=bachir, offer_id=install.pk, draft=THREE)
    assert error.facts["retry_at"] == begun + timedelta(days=1)
    assert error.facts["retry_after"] == 24 * 3600 - 600 + 1
    clock.set(error.facts["retry_at"])
    assert ask(bachir, install).state == QuoteState.ASKED


@pytest.mark.django_db(transaction=True)
def test_two_at_once_count_as_two(bachir, install):
    for _ in range(9):
        ask(bachir, install)
    told = at_once(*[lambda: ask(bachir, install)] * 4)
    assert sorted(type(one).__name__ for one in told) == ["Quote", "TooOften", "TooOften", "TooOften"]
    assert Quote.objects.count() == 10


# --- answering -------------------------------------------------------------------------------------------


def test_accepting_makes_an_agreement(alix, bachir, install, clock, news, django_capture_on_commit_callbacks):
    asked = ask(bachir, install)
    clock.advance(hours=2)
    with django_capture_on_commit_callbacks(execute=True):
        accept_quote(actor=alix, quote_id=asked.pk, answer=" Mardi. ")
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.answered_at) == (QuoteState.AGREED, "Mardi.", clock.now())
    assert asked.agreement.startswith("http://localhost:8000/agreements/")
    assert asked.revision == 2
    assert news == [asked.pk]


def test_a_refusal_needs_a_sentence(alix, bachir, install):
    asked = ask(bachir, install)
    error = refused(Invalid, "answer_missing", refuse_quote, actor=alix, quote_id=asked.pk, answer="  ")
    assert error.facts["field"] == "answer"
    refuse_quote(actor=alix, quote_id=asked.pk, answer="Pas avant mars.")
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.agreement) == (QuoteState.REFUSED, "Pas avant mars.", "")


def test_what_is_settled_stays(alix, bachir, install):
    for settle in (
        lambda pk: accept_quote(actor=alix, quote_id=pk),
        lambda pk: refuse_quote(actor=alix, quote_id=pk, answer="Non"),
        lambda pk: withdraw_quote(actor=bachir, quote_id=pk),
    ):
        asked = ask(bachir, install)
        settle(asked.pk)
        refused(WrongState, "quote_settled", accept_quote, actor=alix, quote_id=asked.pk)
        refused(WrongState, "quote_settled", refuse_quote, actor=alix, quote_id=asked.pk, answer="Non")
        refused(WrongState, "quote_settled", withdraw_quote, actor=bachir, quote_id=asked.pk)


def test_each_side_does_its_own_and_others_see_nothing(alix, bachir, install, home):
    asked, stranger = ask(bachir, install), member("Élise", belongs_to=home)
    refused(NotEntitled, "not_the_provider", accept_quote, actor=bachir, quote_id=asked.pk)
    refused(NotEntitled, "not_the_provider", refuse_quote, actor=bachir, quote_id=asked.pk, answer="x")
    refused(NotEntitled, "not_the_asker", withdraw_quote, actor=alix, quote_id=asked.pk)
    for act in (accept_quote, withdraw_quote):
        refused(NotFound, "quote_unknown", act, actor=stranger, quote_id=asked.pk)
        refused(NotFound, "quote_unknown", act, actor=alix, quote_id=999_999)
    for nobody in (stranger, None):
        with pytest.raises(NotFound):
            quote_page(asked.pk, viewer=nobody)


@pytest.mark.django_db(transaction=True)
def test_one_of_two_answers_counts(alix, bachir, install):
    asked = ask(bachir, install)
    told = at_once(
        lambda: accept_quote(actor=alix, quote_id=asked.pk),
        lambda: refuse_quote(actor=alix, quote_id=asked.pk, answer="Non"),
        lambda: withdraw_quote(actor=bachir, quote_id=asked.pk),
    )
    assert sorted(type(one).__name__ for one in told) == ["Quote", "WrongState", "WrongState"]
    asked.refresh_from_db()
    assert asked.revision == 2


def test_pages_and_lists_of_both_sides(alix, bachir, install, clock, django_assert_num_queries):
    first = ask(bachir, install)
    accept_quote(actor=alix, quote_id=first.pk)
    clock.advance(hours=1)
    second = ask(bachir, install)
    with django_assert_num_queries(2):
        lists = quotes_of(alix)
        assert [(q.pk, q.offer.owner.name, q.asker.name) for q in lists.received] == [
            (second.pk, "Alix", "Bachir"),
            (first.pk, "Alix", "Bachir"),
        ]
    assert (lists.sent, [q.pk for q in quotes_of(bachir).sent]) == ([], [second.pk, first.pk])
    assert (unanswered_count(alix), unanswered_count(bachir), unanswered_count(None)) == (1, 0, 0)
    theirs, mine = quote_page(second.pk, viewer=alix), quote_page(second.pk, viewer=bachir)
    assert (theirs.is_asker, theirs.can_answer, theirs.can_withdraw, theirs.other) == (False, True, False, bachir)
    assert (mine.is_asker, mine.can_answer, mine.can_withdraw, mine.other) == (True, False, True, alix)
    settled = quote_page(first.pk, viewer=alix)
    assert (settled.can_answer, settled.can_withdraw) == (False, False)


# --- from other nodes ------------------------------------------------------------------------------------


def test_somebody_elsewhere_asks_of_an_offer_here(alix, dominique, install):
    made = remote(dominique, install, dialect="2023", draft=QuoteDraft(Decimal(3), 16500, "x" * 9000))
    assert (made.asker, made.state, made.amount_cents, made.dialect) == (dominique, QuoteState.ASKED, 16500, "2023")
    assert len(made.message) == 4000
    assert remote(dominique, install) == made
    assert Quote.objects.count() == 1
    accept_quote(actor=alix, quote_id=made.pk)


def test_what_they_may_not_ask(alix, dominique, install, home):
    def no(error, code, **change):
        given = {"uri": f"{ELSEWHERE}/a/8", "asker_uri": dominique.uri, "offer_uri": install.uri, "draft": THREE}
        refused(error, code, record_remote_quote, **(given | change))

    no(NotEntitled, "origin_mismatch", uri="https://other.example/a/8")
    no(NotEntitled, "origin_mismatch", uri="http://localhost:8000/a/8", asker_uri=alix.uri)
    no(NotEntitled, "origin_mismatch", uri=f"{ELSEWHERE}/{'a' * 600}")
    no(NotFound, "member_unknown", asker_uri=f"{ELSEWHERE}/u/nobody")
    no(NotFound, "offer_unknown", offer_uri=f"{install.uri}0")
    no(NotFound, "offer_unknown", offer_uri=offer(member("Élise", origin="https://d.example")).uri)
    no(WrongState, "offer_not_live", offer_uri=withdrawn_offer(alix).uri)
    no(WrongState, "offer_closed", offer_uri=offer(alix, opening="closed").uri)
    no(Invalid, "quote_amount_other", draft=QuoteDraft(Decimal(3), 15000))
    remote(dominique, install)
    neighbour = member("Mallory", origin=ELSEWHERE)
    no(NotEntitled, "not_the_asker", uri=f"{ELSEWHERE}/a/7", asker_uri=neighbour.uri)


def test_they_too_ask_ten_times_a_day(dominique, install):
    for number in range(10):
        remote(dominique, install, uri=f"{ELSEWHERE}/a/{number}")
    with pytest.raises(TooOften):
        remote(dominique, install, uri=f"{ELSEWHERE}/a/10")


@pytest.fixture
def abroad(dominique):
    return offer(dominique, price="hourly", amount_cents=5500)


def test_their_answer_to_us(bachir, dominique, abroad):
    asked = ask(bachir, abroad)
    record_remote_answer(uri=asked.uri, owner_uri=dominique.uri, agreement=f"{ELSEWHERE}/g/9", answer="D'accord\x00.")
    asked.refresh_from_db()
    assert (asked.state, asked.agreement, asked.answer) == (QuoteState.AGREED, f"{ELSEWHERE}/g/9", "D'accord.")
    refused(WrongState, "quote_settled", record_remote_answer, uri=asked.uri, owner_uri=dominique.uri)


def test_whose_answer_does_not_count(alix, bachir, dominique, abroad, install):
    asked = ask(bachir, abroad)
    given = {"uri": asked.uri, "owner_uri": dominique.uri}
    refused(NotFound, "quote_unknown", record_remote_answer, **given | {"owner_uri": f"{ELSEWHERE}/u/mallory"})
    refused(NotFound, "quote_unknown", record_remote_answer, **given | {"uri": ask(bachir, install).uri})
    refused(NotEntitled, "origin_mismatch", record_remote_answer, **given, agreement="https://other.example/g/9")
    refused(NotEntitled, "not_the_provider", accept_quote, actor=bachir, quote_id=asked.pk)


def test_their_withdrawal_counts_even_after_our_answer(alix, dominique, install):
    first, second = remote(dominique, install), remote(dominique, install, uri=f"{ELSEWHERE}/a/8")
    accept_quote(actor=alix, quote_id=first.pk)
    refuse_quote(actor=alix, quote_id=second.pk, answer="Non")
    record_remote_withdrawal_of_quote(uri=first.uri, asker_uri=dominique.uri)
    first.refresh_from_db()
    assert first.state == QuoteState.WITHDRAWN
    refused(WrongState, "quote_settled", record_remote_withdrawal_of_quote, uri=second.uri, asker_uri=dominique.uri)
    refused(NotFound, "quote_unknown", record_remote_withdrawal_of_quote, uri=first.uri, asker_uri=alix.uri)


# --- ends ------------------------------------------------------------------------------------------------


def states():
    return list(Quote.objects.order_by("pk").values_list("state", flat=True))


def test_a_withdrawn_offer_ends_what_is_asked_of_it(alix, bachir, install):
    agreed = ask(bachir, install)
    accept_quote(actor=alix, quote_id=agreed.pk)
    ask(bachir, install)
    withdraw_offer(actor=alix, offer_id=install.pk)
    assert states() == [QuoteState.AGREED, QuoteState.EXPIRED]


def test_an_offer_that_ends_does_so_too_if_it_is_ours(alix, bachir, install, abroad, clock):
    ask(bachir, install)
    ask(bachir, abroad)
    expire_offers(now=clock.advance(days=200))
    assert states() == [QuoteState.EXPIRED, QuoteState.ASKED]  # the other node may still answer


def test_an_offer_that_moves_ends_what_was_asked_under_its_old_address(alix, bachir, install):
    ask(bachir, install)
    edit_offer(actor=alix, offer_id=install.pk, draft=draft_of(Offer.objects.get(pk=install.pk)))
    assert states() == [QuoteState.ASKED]
    members_only = draft_of(Offer.objects.get(pk=install.pk))
    edit_offer(
        actor=alix, offer_id=install.pk, draft=type(members_only)(**vars(members_only) | {"visibility": "members"})
    )
    assert states() == [QuoteState.EXPIRED]


def test_a_later_price_changes_nothing_that_was_asked(alix, bachir, install):
    asked = ask(bachir, install)
    draft = draft_of(Offer.objects.get(pk=install.pk))
    edit_offer(
        actor=alix, offer_id=install.pk, draft=type(draft)(**vars(draft) | {"price": "gift", "amount_cents": None})
    )
    asked.refresh_from_db()
    assert (asked.price, asked.quantity, asked.amount_cents) == ("hourly", 3, 16500)


def test_whoever_leaves_asks_and_answers_no_more(alix, bachir, install, abroad):
    for of in (install, abroad):
        ask(bachir, of)
    mark_member_gone(uri=bachir.uri)
    assert states() == [QuoteState.WITHDRAWN] * 2
    assert set(Quote.objects.values_list("message", flat=True)) == {""}
    Quote.objects.update(state=QuoteState.ASKED)
    mark_member_gone(uri=alix.uri)
    assert states() == [QuoteState.EXPIRED, QuoteState.ASKED]


def test_an_offer_gone_at_its_own_node_ends_the_request_once(bachir, abroad):
    asked = ask(bachir, abroad)
    end_quote(quote_id=asked.pk)
    end_quote(quote_id=asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.revision) == (QuoteState.EXPIRED, 2)


def test_copies_that_somebody_asked_for_outlive_their_node(bachir, dominique, abroad):
    asked = ask(bachir, abroad)
    offer(dominique, "Une autre")
    assert forget_offers_of(origin=ELSEWHERE) == 2
    abroad.refresh_from_db()
    assert (abroad.state, abroad.terms.count(), Offer.objects.count()) == ("expired", 0, 1)
    assert quote_page(asked.pk, viewer=bachir).quote.offer == abroad


def test_deleting_rows_takes_the_askers_requests_and_spares_asked_offers(bachir, install):
    ask(bachir, install)
    with pytest.raises(ProtectedError), transaction.atomic():
        install.delete()
    bachir.memberships.all().delete()
    bachir.delete()
    assert not Quote.objects.exists()
    install.delete()
