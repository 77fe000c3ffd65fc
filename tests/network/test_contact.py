"""A client without an account and a member: the first message, every later step, limits, both sides at once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from network.actions.contact import open_conversation, sender_digest
from network.actions.contact_ends import mark_read
from network.errors import DomainError, Invalid, NotEntitled, NotFound, TooOften, WrongState
from network.models import ContactLink, ContactMessage, Conversation, Opening
from network.queries.contact import (
    by_token,
    conversations_of,
    may_contact,
    own_conversation,
    page_by_token,
    page_of_member,
    unread_count,
)
from network.rules.contact import LIMITS, ContactDraft, Proposal, Stage, Step, Way
from network.signals import contact_changed
from tests.factories import at_once, collective, member, offer, withdrawn_offer
from tests.network.contact_cast import HELLO, KEYS, agreed, answers, done, proposes, says, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


@pytest.fixture
def alix():
    return member("Alix", belongs_to=collective())


@pytest.fixture
def install(alix):
    return offer(alix, price="hourly", amount_cents=5500)


def refused(error, code, call, *args, **kwargs):
    before = list(Conversation.objects.values()), list(ContactMessage.objects.values())
    with pytest.raises(error) as refusal:
        call(*args, **kwargs)
    assert refusal.value.code == code
    assert (list(Conversation.objects.values()), list(ContactMessage.objects.values())) == before
    return refusal.value


# --- the first message --------------------------------------------------------------------------------------


def test_a_first_message_opens_a_conversation(alix, clock, django_capture_on_commit_callbacks):
    heard = []
    contact_changed.connect(lambda conversation_id, **_: heard.append(conversation_id), weak=False, dispatch_uid="t")
    with django_capture_on_commit_callbacks(execute=True):
        row, token = write(alix)
    contact_changed.disconnect(dispatch_uid="t")
    assert heard == [row.pk]
    row = Conversation.objects.get()
    assert (row.provider, row.offer, row.name, row.reach) == (alix, None, "Fanny", "fanny@mail.example")
    assert (row.state, row.opened_at, row.moved_at) == (Stage.OPEN, clock.now(), clock.now())
    said = row.messages.get()
    assert (said.author, said.step, said.text) == ("client", "write", "Bonjour, trois postes à installer.")
    assert by_token(token) == row


def test_of_the_link_only_a_digest_is_kept(alix):
    _, token = write(alix)
    assert len(token) == 48
    assert int(token, 16)
    kept = [*Conversation.objects.values(), *ContactLink.objects.values(), *ContactMessage.objects.values()]
    assert token not in repr(kept)
    assert "192.0.2.7" not in repr(kept)


def test_the_same_form_twice_is_one_conversation(alix):
    first, token = write(alix, key="one")
    again, same = write(alix, key="one")
    assert (again, same) == (first, token)
    assert ContactMessage.objects.count() == 1


def test_the_same_form_with_other_words_asks_for_another(alix):
    write(alix, key="one")
    refused(WrongState, "contact_sent_already", write, alix, ContactDraft("Fanny", "Autre chose"), key="one")


def test_two_forms_are_two_conversations_that_know_nothing_of_each_other(alix):
    (one, first), (two, second) = write(alix), write(alix)
    assert first != second
    assert (by_token(first), by_token(second)) == (one, two)


@pytest.mark.parametrize(
    ("columns", "draft", "kept"),
    [
        ({"price": "hourly", "amount_cents": 5500}, {"quantity": Decimal("1.5")}, ("hourly", Decimal("1.5"), 8250)),
        ({"price": "barter"}, {"quantity": Decimal(2)}, ("barter", 2, None)),
        ({"price": "prix_libre"}, {"amount_cents": 4000}, ("prix_libre", 1, 4000)),
        ({"price": "fixed", "amount_cents": 9900}, {"quantity": Decimal(1)}, ("fixed", 1, 9900)),
        ({"price": "gift"}, {}, ("", None, None)),
    ],
)
def test_what_is_asked_of_an_offer_follows_its_price(alix, columns, draft, kept):
    row, _ = write(alix, ContactDraft("Fanny", "Bonjour", **draft), offer=offer(alix, **columns))
    row.refresh_from_db()
    assert (row.price, row.quantity, row.amount_cents) == kept


@pytest.mark.parametrize(
    ("draft", "problems"),
    [
        ({"quantity": Decimal(0)}, [("quantity", "quantity_bounds")]),
        ({"quantity": Decimal("1.001")}, [("quantity", "quantity_bounds")]),
        ({"name": "F", "quantity": Decimal(1)}, [("name", "contact_name_length")]),
        ({"message": "é" * 4001}, [("message", "text_too_long")]),
        ({"message": "a\x00b"}, [("message", "text_invalid")]),
        ({"reach": "nowhere"}, [("reach", "reach_invalid")]),
    ],
)
def test_what_is_not_well_written(alix, install, draft, problems):
    given = {"name": "Fanny", "message": "Bonjour", **draft}
    refusal = refused(Invalid, problems[0][1], write, alix, ContactDraft(**given), offer=install)
    assert refusal.facts["problems"] == problems


def test_a_name_is_kept_as_it_reads(alix):
    row, _ = write(alix, ContactDraft("  Fa\u202enny\u200b ", "Bonjour"))
    assert row.name == "Fanny"


def test_who_cannot_be_written_to(alix, install, clock):
    dominique = member("Dominique", origin="https://c.example")
    refused(WrongState, "contact_elsewhere", write, dominique)
    refused(NotFound, "offer_unknown", write, dominique, offer=install)
    refused(NotFound, "offer_unknown", write, alix, offer=withdrawn_offer(alix))
    refused(NotFound, "offer_unknown", write, alix, offer=offer(alix, visibility="members"))
    refused(WrongState, "offer_closed", write, alix, offer=offer(alix, opening=Opening.CLOSED))
    refused(WrongState, "offer_not_live", write, alix, offer=offer(alix, ends_at=clock.now()))
    alix.opening = Opening.CLOSED
    alix.save()
    refused(WrongState, "contact_closed", write, alix)
    alix.gone_at = clock.now()
    alix.save()
    refused(NotFound, "member_unknown", write, alix)


def test_the_page_knows_beforehand_who_cannot_be_written_to(alix, install, clock):
    assert (may_contact(alix), may_contact(alix, install)) == ("", "")
    assert may_contact(member("Dominique", origin="https://c.example")) == "contact_elsewhere"
    assert may_contact(alix, offer(alix, opening=Opening.CLOSED)) == "offer_closed"
    assert may_contact(alix, offer(alix, ends_at=clock.now())) == "offer_not_live"
    assert may_contact(member("Élise", opening=Opening.CLOSED)) == "contact_closed"
    assert may_contact(member("Camille", gone_at=clock.now())) == "member_unknown"


# --- limits -------------------------------------------------------------------------------------------------


def test_five_an_hour_from_one_address(alix, clock):
    bachir = member("Bachir")
    for n in range(5):
        write(alix if n % 2 else bachir)
        clock.advance(minutes=1)
    refusal = refused(TooOften, "contact_too_often", write, alix)
    assert refusal.facts["retry_at"] == clock.now() + timedelta(minutes=55)
    assert refusal.facts["retry_after"] == 55 * 60 + 1
    write(alix, address="198.51.100.4")
    clock.advance(minutes=55)
    write(alix)


@pytest.mark.parametrize("name", ["provider", "everybody"])
def test_more_than_anybody_can_read_waits_for_tomorrow(alix, name, clock):
    others = [alix] if name == "provider" else [member(f"M{n}") for n in range(20)]
    rows = [
        Conversation(key_digest=f"{n:064}", body_digest="", provider=others[n % len(others)], sender=str(n))
        for n in range(LIMITS[name][0].most)
    ]
    Conversation.objects.bulk_create(rows)
    refused(TooOften, "contact_full", write, alix)
    if name == "provider":
        write(member("Bachir"))
    clock.advance(days=1)
    write(alix)


def test_what_is_kept_of_an_address_cannot_be_computed_without_our_secret(settings):
    here = sender_digest("192.0.2.7")
    settings.SECRET_KEY = "another"
    assert sender_digest("192.0.2.7") != here


# --- later steps --------------------------------------------------------------------------------------------


def test_they_talk_agree_and_finish(alix, clock):
    row, token = write(alix)
    clock.advance(hours=1)
    answers(alix, row, text=" Quand ? ")
    says(token, text="Mardi.")
    price = proposes(alix, row, Proposal(Way.EACH, Decimal(3), 5500))
    assert (price.way, price.quantity, price.unit_cents, price.amount_cents) == ("each", 3, 5500, 16500)
    says(token, Step.ACCEPT, proposal_id=price.pk)
    row.refresh_from_db()
    assert (row.state, row.moved_at) == (Stage.AGREED, clock.now())
    says(token, Step.FINISH)
    page = page_by_token(token)
    assert page.row.state == Stage.DONE
    steps = [(message.author, message.step, message.text) for message in page.messages]
    assert steps[1:] == [
        ("provider", "write", "Quand ?"), ("client", "write", "Mardi."), ("provider", "quote", ""),
        ("client", "accept", ""), ("client", "finish", ""),
    ]  # fmt: skip
    assert page.steps == {"write"}


def test_only_the_price_that_was_read_is_accepted(alix):
    row, token = write(alix)
    old = proposes(alix, row)
    new = proposes(alix, row, Proposal(Way.WHOLE, amount_cents=900_000))
    refused(WrongState, "contact_proposal_changed", says, token, Step.ACCEPT, proposal_id=old.pk)
    refused(WrongState, "contact_proposal_changed", says, token, Step.ACCEPT)
    says(token, Step.ACCEPT, proposal_id=new.pk)


def test_another_conversations_price_is_not_accepted(alix):
    other, _ = write(alix)
    elsewhere = proposes(alix, other)
    row, token = write(alix)
    proposes(alix, row)
    refused(WrongState, "contact_proposal_changed", says, token, Step.ACCEPT, proposal_id=elsewhere.pk)


def test_words_are_needed_where_they_say_everything(alix):
    row, token = write(alix)
    refused(Invalid, "text_missing", says, token, text="  ")
    refused(Invalid, "text_missing", answers, alix, row, text="")
    refused(Invalid, "text_missing", answers, alix, row, Step.REFUSE, "")
    refused(Invalid, "text_missing", proposes, alix, row, Proposal(Way.WORDS))
    refused(Invalid, "amount_missing", proposes, alix, row, Proposal(Way.WHOLE))
    refused(Invalid, "text_too_long", says, token, text="é" * 4001)


def test_a_step_that_is_not_theirs_or_not_now(alix):
    row, token = write(alix)
    refused(NotEntitled, "contact_not_yours", says, token, Step.QUOTE)
    refused(NotEntitled, "contact_not_yours", answers, alix, row, Step.ACCEPT)
    refused(NotEntitled, "contact_not_yours", answers, alix, row, Step.LEAVE)
    refused(WrongState, "contact_not_now", says, token, Step.FINISH)
    answers(alix, row, Step.CLOSE, "")
    refused(WrongState, "contact_not_now", says, token, text="Encore moi")


def test_a_step_sent_twice_is_written_once(alix):
    row, token = write(alix)
    key, price = uuid4(), proposes(alix, row)
    first = says(token, Step.ACCEPT, proposal_id=price.pk, key=key)
    assert says(token, Step.ACCEPT, proposal_id=price.pk, key=key) == first
    assert row.messages.filter(step=Step.ACCEPT).count() == 1


def test_nobody_else_opens_or_answers_it(alix):
    row, token = write(alix)
    bachir = member("Bachir", belongs_to=collective("Autre"))
    refused(NotFound, "contact_unknown", answers, bachir, row)
    with pytest.raises(NotFound):
        own_conversation(row.pk, member=bachir)
    for wrong in ("", token[:-1], token + "0", token.upper() + "é", "0" * 48, str(row.pk)):
        refused(NotFound, "contact_unknown", says, wrong, text="Bonjour")
    assert conversations_of(bachir) == []


def test_what_is_unread_comes_first_and_is_counted(alix, clock):
    old, token = write(alix)
    clock.advance(hours=1)
    new, _ = write(alix)
    assert (unread_count(alix), unread_count(None)) == (2, 0)
    mark_read(actor=alix, conversation_id=new.pk)
    assert [(row.pk, bool(row.unread)) for row in conversations_of(alix)] == [(old.pk, True), (new.pk, False)]
    clock.advance(hours=1)
    answers(alix, old)
    assert unread_count(alix) == 0
    clock.advance(hours=1)
    says(token, text="Merci")
    assert unread_count(alix) == 1


def test_another_cannot_mark_it_read(alix):
    row, _ = write(alix)
    mark_read(actor=member("Bachir"), conversation_id=row.pk)
    assert unread_count(alix) == 1


def test_each_side_sees_its_own_steps(alix):
    row, token = agreed(alix)
    assert page_by_token(token).steps == {"write", "withdraw", "finish"}
    assert page_of_member(row.pk, member=alix).steps == {"write", "finish", "close"}
    assert page_by_token(token).price.amount_cents == 9000


def test_reading_takes_a_constant_number_of_queries(alix, django_assert_num_queries):
    row, token = done(alix)
    for _ in range(5):
        says(token, text="Encore")
    with django_assert_num_queries(3):
        page_by_token(token)
    for _ in range(3):
        write(alix, address=f"198.51.100.{next(KEYS)}")
    with django_assert_num_queries(1):
        assert [row.provider.name for row in conversations_of(alix)] == ["Alix"] * 4


# --- at once ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_both_sides_at_once_take_one_step_and_refuse_the_other():
    alix = member("Alix", belongs_to=collective())
    for _ in range(5):
        row, token = write(alix, address=str(next(KEYS)))
        price = proposes(alix, row)
        results = at_once(
            lambda token=token, price=price: says(token, Step.ACCEPT, proposal_id=price.pk),
            lambda row=row: answers(alix, row, Step.REFUSE, "Finalement non."),
        )
        row.refresh_from_db()
        accepted, declined = results
        assert sum(isinstance(result, DomainError) for result in results) == 1
        assert row.state == (Stage.REFUSED if isinstance(accepted, DomainError) else Stage.AGREED)
        assert row.messages.filter(step__in=[Step.ACCEPT, Step.REFUSE]).count() == 1
        loser = accepted if isinstance(accepted, DomainError) else declined
        assert loser.code == "contact_not_now"


@pytest.mark.django_db(transaction=True)
def test_a_new_price_racing_the_acceptance_of_the_old_one():
    alix = member("Alix", belongs_to=collective())
    for _ in range(5):
        row, token = write(alix, address=str(next(KEYS)))
        price = proposes(alix, row)
        dear = Proposal(Way.WHOLE, amount_cents=900_000)
        accepted, proposed = at_once(
            lambda token=token, price=price: says(token, Step.ACCEPT, proposal_id=price.pk),
            lambda row=row, dear=dear: proposes(alix, row, dear),
        )
        row.refresh_from_db()
        if isinstance(accepted, DomainError):
            assert (accepted.code, row.state) == ("contact_proposal_changed", Stage.QUOTED)
        else:
            assert (proposed.code, row.state) == ("contact_not_now", Stage.AGREED)
            assert row.messages.filter(step=Step.QUOTE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_pressed_eight_times_at_once():
    alix = member("Alix", belongs_to=collective())
    results = at_once(*[lambda: write(alix, key="one")] * 8)
    assert len({token for _, token in results}) == 1
    assert Conversation.objects.count() == ContactMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_step_pressed_eight_times_at_once():
    row, token = write(member("Alix", belongs_to=collective()))
    key = uuid4()
    results = at_once(*[lambda: says(token, text="Allô ?", key=key)] * 8)
    assert len({made.pk for made in results}) == 1
    assert row.messages.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_all_come_at_once():
    alix = member("Alix", belongs_to=collective())
    results = at_once(*[lambda: write(alix)] * 8)
    assert sum(isinstance(result, TooOften) for result in results) == 3
    assert Conversation.objects.count() == 5


def test_the_door_hands_over_no_more_than_it_says(alix):
    with pytest.raises(TypeError):
        open_conversation(provider_id=alix.pk, draft=HELLO, key="k", address="x", state="agreed")
