"""How conversations with clients end: new link, erasure, blocking, report, leaving, time; and what is mailed."""

from datetime import timedelta

import pytest

from network import models, tasks
from network.actions.contact_ends import (
    block_sender,
    close_conversations_of,
    erase_conversation,
    expire_conversations,
    renew_link,
    report_contact,
)
from network.actions.contact_mails import (
    agree_to_mail,
    begin_mail,
    end_mail,
    is_agreed,
    link_for_mail,
    mails_come,
    proof_of,
    set_mail,
    take_due,
)
from network.actions.leaving import mark_member_gone
from network.actions.testimonies import leave_testimony
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import (
    ContactBlock,
    ContactLink,
    ContactMail,
    ContactMessage,
    ContactReport,
    Conversation,
)
from network.queries.contact import by_token, contact_reports, conversations_of, page_by_token, page_of_member
from network.rules.contact import ContactDraft, Stage
from tests.factories import account, at_once, collective, member
from tests.network.contact_cast import KEYS, agreed, answers, done, says, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


@pytest.fixture
def alix():
    return member("Alix", belongs_to=collective())


def lost(token):
    with pytest.raises(NotFound, match="contact_unknown"):
        by_token(token)


# --- the link -----------------------------------------------------------------------------------------------


def test_a_new_link_ends_every_other(alix):
    row, token = write(alix)
    mailed = link_for_mail(row)
    assert by_token(mailed) == row
    fresh = renew_link(token=token, key="renewed")
    assert by_token(fresh) == row
    lost(token)
    lost(mailed)


def test_renewing_twice_by_one_press_gives_the_same_link(alix):
    row, token = write(alix)
    assert renew_link(token=token, key="k") == renew_link(token=token, key="k")
    assert ContactLink.objects.filter(conversation=row).count() == 1


def test_an_old_link_renews_nothing(alix):
    _, token = write(alix)
    renew_link(token=token, key="k")
    with pytest.raises(NotFound):
        renew_link(token=token, key="other")


def test_links_of_mails_do_not_pile_up_and_the_first_stays(alix):
    row, token = write(alix)
    links = [link_for_mail(row) for _ in range(30)]
    assert by_token(token) == by_token(links[-1]) == row
    lost(links[0])
    assert ContactLink.objects.filter(conversation=row).count() == 21


@pytest.mark.django_db(transaction=True)
def test_two_who_renew_at_once_leave_one_link():
    row, token = write(member("Alix", belongs_to=collective()))
    results = at_once(*[lambda n=n: renew_link(token=token, key=f"k{n}") for n in range(4)])
    links = [result for result in results if isinstance(result, str)]
    assert len(links) == 1
    assert by_token(links[0]) == row


# --- erasure ------------------------------------------------------------------------------------------------


def test_erasing_leaves_no_word_for_either_side(alix):
    row, token = done(alix)
    answers(alix, row, text="Bonjour Fanny")
    leave_testimony(token=token, text="Très bien", public=True)
    erase_conversation(token=token)
    lost(token)
    kept = repr(
        [list(table.objects.values()) for table in (Conversation, ContactMessage, ContactLink, models.Testimony)]
    )
    for word in ("Fanny", "mail.example", "postes", "Très bien"):
        assert word not in kept
    page = page_of_member(row.pk, member=alix)
    assert (page.row.state, page.messages, page.steps, page.testimony) == (Stage.CLOSED, [], frozenset(), None)
    assert conversations_of(alix)[0].unread == 0
    with pytest.raises(NotFound):
        answers(alix, row)


def test_a_mail_on_its_way_brings_nothing_back(alix):
    row, token = write(alix)
    erase_conversation(token=token)
    lost(link_for_mail(row))


def test_an_erased_one_cannot_be_brought_back_by_its_form(alix):
    _, token = write(alix, key="one")
    erase_conversation(token=token)
    with pytest.raises(WrongState, match="contact_sent_already"):
        write(alix, key="one")
    lost(token)
    assert Conversation.objects.get().body_digest == "", "a digest of words lets words be guessed"


# --- blocking and reporting -----------------------------------------------------------------------------------


def test_a_blocked_sender_writes_no_more_by_connection_or_by_contact(alix):
    row, token = write(alix)
    block_sender(actor=alix, conversation_id=row.pk)
    row.refresh_from_db()
    assert row.state == Stage.CLOSED
    elsewhere = ContactDraft("Fanny", "Bonjour", "FANNY@mail.example")
    for draft, address in ((ContactDraft("Autre", "Bonjour"), "192.0.2.7"), (elsewhere, "198.51.100.4")):
        with pytest.raises(NotEntitled, match="contact_blocked"):
            write(alix, draft, address=address)
    write(alix, ContactDraft("Autre", "Bonjour"), address="198.51.100.4")
    write(member("Bachir"))
    assert page_by_token(token).row == row


def test_a_block_holds_no_address(alix):
    row, _ = write(alix)
    block_sender(actor=alix, conversation_id=row.pk)
    block_sender(actor=alix, conversation_id=row.pk)
    assert ContactBlock.objects.count() == 2
    kept = repr(list(ContactBlock.objects.values()))
    assert "192.0.2" not in kept
    assert "fanny" not in kept


def test_a_report_keeps_what_the_client_wrote_and_why(alix):
    row, token = write(alix)
    answers(alix, row, text="Non merci")
    says(token, text="Encore")
    made = report_contact(actor=alix, conversation_id=row.pk, reason=" Insistant. ")
    assert (made.reason, made.words) == ("Insistant.", "Bonjour, trois postes à installer.\n\nEncore")
    assert report_contact(actor=alix, conversation_id=row.pk, reason="Autre") == made
    erase_conversation(token=token)
    assert [report.words for report in contact_reports()] == [made.words]


def test_nobody_else_blocks_or_reports_it(alix):
    row, _ = write(alix)
    bachir = member("Bachir", belongs_to=collective("Autre"))
    for act in (
        lambda: block_sender(actor=bachir, conversation_id=row.pk),
        lambda: report_contact(actor=bachir, conversation_id=row.pk, reason="x"),
    ):
        with pytest.raises(NotFound, match="contact_unknown"):
            act()
    with pytest.raises(Invalid):
        report_contact(actor=alix, conversation_id=row.pk, reason=" ")
    assert not ContactBlock.objects.exists()
    assert not ContactReport.objects.exists()


# --- leaving ------------------------------------------------------------------------------------------------


def test_a_member_who_leaves_closes_theirs_and_the_client_reads_so(alix):
    row, token = done(alix)
    answers(alix, row, text="À bientôt")
    leave_testimony(token=token, text="Bien", public=True)
    other, _ = write(member("Bachir"))
    mark_member_gone(uri=alix.uri)
    page = page_by_token(token)
    assert (page.row.state, page.row.reach, page.row.sender, page.testimony) == (Stage.CLOSED, "", "", None)
    assert (page.messages[-1].author, page.messages[-1].step) == ("node", "leave")
    assert [message.text for message in page.messages if message.author == "provider" and message.text] == []
    assert page.messages[0].text == "Bonjour, trois postes à installer."
    assert page.steps == frozenset()
    other.refresh_from_db()
    assert other.reach == "fanny@mail.example"


def test_leaving_twice_says_so_once(alix):
    row, _ = write(alix)
    close_conversations_of(alix)
    close_conversations_of(alix)
    assert row.messages.filter(step="leave").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_first_message_racing_the_departure_is_refused_or_closed():
    for _ in range(4):
        alix = member("Alix", belongs_to=collective(f"C{next(KEYS)}"))
        uri = alix.uri
        written, _gone = at_once(
            lambda alix=alix: write(alix, address=str(next(KEYS))), lambda uri=uri: mark_member_gone(uri=uri)
        )
        assert isinstance(written, NotFound) or Conversation.objects.get(pk=written[0].pk).state == Stage.CLOSED


# --- time ---------------------------------------------------------------------------------------------------


def test_a_year_without_news_deletes_it(alix, clock):
    old, token = write(alix)
    clock.advance(days=200)
    new, fresh = write(alix)
    report_contact(actor=alix, conversation_id=old.pk, reason="x")
    clock.advance(days=166)
    assert tasks.forget() == 1
    lost(token)
    assert by_token(fresh) == new
    assert not ContactReport.objects.exists()
    assert ContactMessage.objects.count() == 1


def test_news_begin_the_year_again(alix, clock):
    _, token = write(alix)
    clock.advance(days=360)
    says(token, text="Toujours là")
    clock.advance(days=360)
    assert expire_conversations() == 0
    assert by_token(token)


def test_the_node_sets_how_long(alix, clock, settings):
    settings.CONTACT_MONTHS = 1
    write(alix)
    clock.advance(days=29)
    assert expire_conversations() == 0
    clock.advance(days=2)
    assert expire_conversations() == 1


def test_a_published_testimony_stays_with_the_link_that_removes_it(alix, clock):
    row, token = done(alix)
    leave_testimony(token=token, text="Très bien", public=True)
    clock.advance(days=366)
    assert tasks.forget() == 1
    assert tasks.forget() == 0
    row.refresh_from_db()
    assert (row.name, row.reach, row.sender, row.messages.count()) == ("", "", "", 0)
    assert page_by_token(token).testimony.text == "Très bien"
    clock.advance(days=366)
    tasks.forget()
    assert not Conversation.objects.exists()


def test_a_private_testimony_goes_with_its_conversation(alix, clock):
    _, token = done(alix)
    leave_testimony(token=token, text="Très bien")
    clock.advance(days=366)
    tasks.forget()
    assert not models.Testimony.objects.exists()


def test_blocks_do_not_last_for_ever(alix, clock):
    row, _ = write(alix)
    block_sender(actor=alix, conversation_id=row.pk)
    clock.advance(days=366)
    tasks.forget()
    assert not ContactBlock.objects.exists()
    write(alix)


def test_many_are_deleted_in_small_steps(alix, clock):
    rows = [Conversation(key_digest=f"{n:064}", body_digest="", provider=alix) for n in range(450)]
    Conversation.objects.bulk_create(rows)
    clock.advance(days=366)
    assert expire_conversations() == 200
    assert tasks.forget() == 250


# --- mails that wait ------------------------------------------------------------------------------------------


@pytest.fixture
def mail(settings, alix):
    settings.MAIL_ON = True
    account(alix)
    set_mail(actor=alix, email="alix@mail.example")


def waiting():
    return sorted((row.to, row.first) for row in ContactMail.objects.all())


def test_a_node_without_mail_writes_none_down(alix):
    write(alix)
    assert waiting() == []


def test_a_first_message_tells_both_once(alix, mail):
    row, token = write(alix)
    assert waiting() == [("client", True), ("provider", False)]
    says(token, text="Encore")
    answers(alix, row)
    assert waiting() == [("client", True), ("provider", False)]


def test_who_left_no_address_is_told_nothing(alix, mail):
    set_mail(actor=alix, email="pas une adresse")
    write(alix, ContactDraft("Fanny", "Bonjour", "06 12 34 56 78"))
    assert waiting() == []


def agreeing(row, token):
    agree_to_mail(token=token, proof=proof_of(row.reach))


def sent():
    """Let all mails that wait leave; return the sides they were for."""
    sides = sorted(ContactMail.objects.values_list("to", flat=True))
    ContactMail.objects.all().delete()
    return sides


def test_an_address_that_agreed_is_not_flooded_through_us(alix, mail):
    agreeing(*write(alix))
    sent()
    for n in range(7):
        write(alix, address=f"198.51.100.{n}")
    assert ContactMail.objects.filter(to="client").count() == 4


def test_a_stranger_is_asked_once_and_hears_no_more(alix, mail, clock):
    """Whoever types somebody else's address: answers, other members, other days and erasing bring no second mail."""
    row, token = write(alix)
    assert sent() == ["client", "provider"]
    for n in range(3):
        answers(alix, row, text=f"Réponse {n}")
    assert sent() == []
    erase_conversation(token=token)
    clock.advance(days=2)
    for number, reach in enumerate(("fanny@mail.example", "FANNY@mail.example")):
        again, _ = write(member("Autre"), ContactDraft("Fanny", "Bonjour", reach), address=f"198.51.100.{number}")
        answers(again.provider, again)
    assert sent() == []
    write(alix, ContactDraft("Gilles", "Bonjour", "gilles@mail.example"), address="198.51.100.9")
    assert sent() == ["client", "provider"]


def test_whoever_reads_the_mail_agrees_and_is_told(alix, mail):
    row, token = write(alix)
    sent()
    for forged in ("", "é", proof_of("gilles@mail.example"), token):
        with pytest.raises(NotEntitled):
            agree_to_mail(token=token, proof=forged)
    answers(alix, row)
    assert sent() == []
    agreeing(row, token)
    answers(alix, row)
    assert sent() == ["client"]
    other, _ = write(alix, address="198.51.100.9")
    assert waiting()[0] == ("client", True)
    assert is_agreed(other.reach)


def test_an_address_is_asked_anew_after_the_months_or_when_the_mail_never_left(alix, mail, clock, settings):
    row, _ = write(alix)
    for _ in range(5):
        clock.advance(hours=7)
        begin_mail(ContactMail.objects.get(to="client").pk) if ContactMail.objects.filter(to="client") else None
    sent()
    answers(alix, row)
    assert sent() == ["client"]
    clock.advance(days=31 * settings.CONTACT_MONTHS)
    expire_conversations()
    write(alix)
    assert sent() == ["client", "provider"]


def test_a_mail_is_claimed_once_and_tried_again_later_then_given_up(alix, mail, clock):
    write(alix)
    (first, second) = take_due()
    assert begin_mail(first).attempts == 1
    assert begin_mail(first) is None
    end_mail(second)
    for wait in (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)):
        assert take_due() == []
        clock.set(clock.now() + wait)
        assert begin_mail(first) is not None
    clock.advance(hours=6)
    assert begin_mail(first) is None
    assert not ContactMail.objects.exists()


def test_whoever_erased_is_told_nothing_more(alix, mail):
    _, token = write(alix)
    erase_conversation(token=token)
    assert waiting() == []


def test_an_address_to_which_no_mail_left_was_not_asked(alix, mail):
    """A typo seen at once, and whoever would silence somebody's address without a mail."""
    _, token = write(alix)
    erase_conversation(token=token)
    row, _ = write(member("Autre"))
    assert mails_come(row) == "asked"
    assert sent() == ["client"]


def test_what_a_client_can_expect_by_mail(alix, mail, clock, settings):
    row, token = write(alix)
    assert (mails_come(row), sent()) == ("asked", ["client", "provider"])
    clock.advance(days=2)
    again, _ = write(member("Autre"))
    assert mails_come(again) == "unasked"
    agree_to_mail(token=token, proof=proof_of(row.reach))
    assert (mails_come(row), mails_come(again)) == ("agreed", "agreed")
    settings.MAIL_ON = False
    assert mails_come(row) == ""


def test_an_agreement_needs_both(alix):
    row, token = write(alix)
    with pytest.raises(WrongState):
        leave_testimony(token=token, text="Trop tôt")
    assert agreed(alix)[0].state == Stage.AGREED
