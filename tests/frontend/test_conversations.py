"""The member's side in pages: list, thread, a price, closing, blocking, reporting; and the mails that tell of it."""

import re
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from frontend import tasks
from frontend.mails import one_line, send_due
from network.actions.contact_ends import erase_conversation
from network.actions.contact_mails import is_agreed, mail_of
from network.models import ContactMail, ContactReport
from network.queries.contact import by_token
from network.rules.contact import ContactDraft
from tests import factories
from tests.frontend.reading import faults, page_of
from tests.network.contact_cast import agreed, answers, done, proposes, says, write

pytestmark = pytest.mark.usefixtures("clock")

LIST = reverse("conversations")


def seen(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, address
    page = page_of(answer)
    assert faults(page) == []
    return page


def at(row):
    return reverse("conversation", args=[row.pk])


def press(client, row, act, **more):
    key = re.search(r'name="key" value="([^"]+)"', seen(client, at(row)).html)[1]
    return client.post(at(row), {"act": act, "key": key, **more})


@pytest.fixture
def row(town):
    return write(town.alix)[0]


# --- reading --------------------------------------------------------------------------------------------------


def test_the_account_counts_what_is_unread_and_reading_makes_it_read(town, row):
    write(town.alix, address="198.51.100.1")
    assert "2 non lus" in seen(town.client, reverse("account")).words
    listed = seen(town.client, LIST)
    assert listed.words.count("non lu") == 2
    thread = seen(town.client, at(row))
    assert "Bonjour, trois postes" in thread.words
    assert "fanny@mail.example" in thread.words
    assert "1 non lu" in seen(town.client, reverse("account")).words


def test_only_the_member_who_was_written_to_reads_it(town, row):
    bachir = Client()
    bachir.force_login(factories.account(town.bachir, operator=True))
    for address in (at(row), reverse("conversation_report", args=[row.pk])):
        assert bachir.get(address).status_code == 404
        assert bachir.post(address, {"act": "write", "text": "x"}).status_code == 404
        assert town.visitor.get(address).status_code == 302
    assert "Fanny" not in seen(bachir, LIST).words


def test_an_empty_list(town):
    assert "Personne ne vous a encore écrit" in seen(town.client, LIST).words


def test_what_the_client_erased_is_a_line_without_a_word(town):
    row, token = write(town.alix)
    erase_conversation(token=token)
    page = seen(town.client, LIST)
    assert "Conversation effacée par le client" in page.words
    assert "Fanny" not in page.words
    assert "Fanny" not in seen(town.client, at(row)).words


# --- answering ------------------------------------------------------------------------------------------------


def test_answering_refusing_and_closing(town, row):
    answer = press(town.client, row, "write", text="Quand ?")
    assert (answer.status_code, answer["Location"]) == (302, at(row))
    assert "Votre réponse est envoyée" in seen(town.client, at(row)).words
    empty = press(town.client, row, "refuse", text="")
    assert empty.status_code == 400
    assert "Écrivez quelques mots" in page_of(empty).words
    press(town.client, row, "refuse", text="Complet jusqu’en mars.")
    assert "refusée" in seen(town.client, at(row)).words
    sure = press(town.client, row, "close")
    assert faults(page_of(sure)) == []
    press(town.client, row, "close", confirmed="1")
    row.refresh_from_db()
    assert row.state == "closed"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"way": "each", "quantity": "1,5", "unit_cents": "55"}, "1,5 heure à 55 €, soit 82,50 €"),
        ({"way": "whole", "amount_cents": "1 250,50"}, "1 250,50 €"),
        ({"way": "words", "text": "Contre un repas."}, "Contre un repas."),
    ],
)
def test_proposing_a_price(town, row, fields, said):
    assert press(town.client, row, "quote", **fields).status_code == 302
    page = seen(town.client, at(row))
    assert said in page.words
    assert "prix proposé" in page.words


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"way": "each", "quantity": "", "unit_cents": "55"}, "Indiquez un nombre d’heures"),
        ({"way": "each", "quantity": "trois", "unit_cents": "55"}, "Écrivez un nombre d’heures"),
        ({"way": "whole"}, "Indiquez le montant"),
        ({"way": "words"}, "Écrivez quelques mots"),
        ({"way": "gold"}, "choix"),
    ],
)
def test_a_price_says_what_it_lacks_and_keeps_the_rest(town, row, fields, said):
    answer = press(
        town.client, row, "quote", **{"text": "Avec le trajet" if said != "Écrivez quelques mots" else ""} | fields
    )
    page = page_of(answer)
    assert faults(page) == []
    assert answer.status_code == 400
    assert said in page.words
    assert "open" in next(e for e in page.elements if e.tag == "details").attributes
    row.refresh_from_db()
    assert row.state == "open"


def test_a_price_begins_with_what_was_asked(town):
    install = factories.offer(town.alix, price="hourly", amount_cents=5500)
    row, _ = write(town.alix, ContactDraft("Fanny", "Bonjour", quantity=Decimal("1.50")), offer=install)
    page = seen(town.client, at(row))
    assert page.with_id("price_quantity").attributes["value"] == "1,5"
    assert page.with_id("price_unit_cents").attributes["value"] == "55"
    assert "1,5 heure · 82,50 €" in page.words


def test_what_comes_too_late_says_so_and_keeps_the_words(town):
    row, token = write(town.alix)
    key = re.search(r'name="key" value="([^"]+)"', seen(town.client, at(row)).html)[1]
    says(token, "withdraw")
    late = town.client.post(at(row), {"act": "write", "key": key, "text": "Ma longue réponse"})
    assert late.status_code == 409
    assert "Ma longue réponse" in page_of(late).words


def test_blocking_asks_first_and_says_whom_it_may_hit(town, row):
    sure = press(town.client, row, "block")
    assert "Plusieurs personnes partagent" in page_of(sure).words
    press(town.client, row, "block", confirmed="1")
    answer = town.visitor.get(reverse("contact", args=[town.alix.pk]))
    assert answer.status_code == 200
    row.refresh_from_db()
    assert row.state == "closed"


def test_reporting_needs_a_reason(town, row):
    address = reverse("conversation_report", args=[row.pk])
    assert address in [a.attributes.get("href") for a in seen(town.client, at(row)).all("a")]
    seen(town.client, address)
    assert town.client.post(address, {"reason": " "}).status_code == 400
    assert town.client.post(address, {"reason": "Insultes."}).status_code == 302
    assert ContactReport.objects.get().reason == "Insultes."


def test_each_state_is_a_sound_page_within_the_budget(town):
    row, _ = write(town.alix, address="1")
    proposes(town.alix, row)
    closed, _ = write(town.alix, address="2")
    answers(town.alix, closed, "close", "")
    rows = [row, closed, agreed(town.alix, address="3")[0], done(town.alix, address="4")[0]]
    for each in rows:
        assert len(seen(town.client, at(each)).elements) <= 250
    assert len(seen(town.client, LIST).elements) <= 250


def test_the_member_may_say_that_it_is_done(town):
    row, _ = agreed(town.alix)
    press(town.client, row, "finish")
    assert "service rendu" in seen(town.client, at(row)).words


def test_an_odd_act_or_key_changes_nothing(town, row):
    for fields in ({}, {"act": "accept"}, {"act": "leave"}, {"act": "write", "text": "x", "key": "1"}):
        assert town.client.post(at(row), fields).status_code == 400
    assert row.messages.count() == 1


# --- mails ----------------------------------------------------------------------------------------------------


@pytest.fixture
def post(settings, town):
    """A node that sends mail; Alix wants to be told."""
    settings.MAIL_ON = True
    settings.DEFAULT_FROM_EMAIL = "Toile <toile@node.example>"
    assert town.client.post(LIST, {"email": "alix@mail.example"}).status_code == 302


def test_where_to_be_told_is_ones_own_choice(town, settings, post):
    assert mail_of(town.alix) == "alix@mail.example"
    answer = town.client.post(LIST, {"email": "alix@mail.example\nBcc: x@y.example"})
    assert answer.status_code in {302, 400}
    assert town.client.post(LIST, {"email": "alix"}).status_code == 400
    assert "\n" not in mail_of(town.alix)
    town.client.post(LIST, {"email": ""})
    assert mail_of(town.alix) == ""
    settings.MAIL_ON = False
    assert seen(town.client, LIST).with_id("id_email") is None


def test_a_first_message_sends_the_link_to_one_and_the_news_to_the_other(town, post):
    row, token = write(town.alix)
    assert tasks.send_mails() == 2
    to_client, to_member = sorted(mail.outbox, key=lambda sent: sent.to != ["fanny@mail.example"])
    assert (to_client.to, to_member.to) == (["fanny@mail.example"], ["alix@mail.example"])
    assert to_client.subject == "Votre message à Alix"
    link = re.findall(r"http\S+", to_client.body)
    assert len(link) == 1
    mailed = link[0].rpartition("/")[2].partition("?")[0]
    assert mailed != token
    assert by_token(mailed) == row
    assert re.findall(r"http\S+", to_member.body) == [f"http://localhost:8000{at(row)}"]
    for sent in mail.outbox:
        assert sent.content_subtype == "plain"
        assert "trois postes" not in sent.body + sent.subject
        assert "Fanny" not in sent.body + sent.subject
        assert "Auto-Submitted" in sent.message()
    assert send_due() == 0


def test_the_mail_asks_and_only_its_link_can_agree(town, post):
    row, token = write(town.alix)
    send_due()
    asking = next(sent for sent in mail.outbox if sent.to == ["fanny@mail.example"])
    assert "Pour recevoir ici les réponses" in asking.body
    address = re.findall(r"http://localhost:8000(\S+)", asking.body)[0]
    plain, _, proof = address.partition("?adresse=")
    question = "Voulez-vous que nous y annoncions les réponses"
    for path in (plain, f"/echange/{token}", f"{plain}?adresse={'0' * 48}"):
        assert question not in seen(town.visitor, path).words
    page = seen(town.visitor, address)
    assert question in page.words
    assert "fanny@mail.example" in page.words
    assert not is_agreed(row.reach)  # whatever opens links has agreed to nothing
    assert town.visitor.post(plain, {"act": "agree", "proof": "0" * 48}).status_code == 403
    assert not is_agreed(row.reach)
    answer = town.visitor.post(plain, {"act": "agree", "proof": proof})
    assert "nous vous préviendrons à cette adresse" in seen(town.visitor, answer["Location"]).words
    assert question not in seen(town.visitor, address).words
    answers(town.alix, row)
    send_due()
    told = [sent for sent in mail.outbox if sent.to == ["fanny@mail.example"]]
    assert len(told) == 2
    assert "adresse=" not in told[1].body
    assert "Pour recevoir ici" not in told[1].body


def test_the_client_is_told_in_their_language(town, post):
    write(town.alix, language="en")
    send_due()
    assert any(sent.subject == "Your message to Alix" for sent in mail.outbox)


def test_nothing_is_sent_without_a_way_out(town, settings, post):
    write(town.alix)
    settings.MAIL_ON = False
    assert send_due() == 0
    assert mail.outbox == []


def test_a_name_cannot_add_a_header(town, post):
    town.alix.name = "Alix\r\nBcc: everybody@mail.example\r\n\r\nAchetez"
    town.alix.save()
    write(town.alix)
    assert send_due() == 2
    sent = next(sent for sent in mail.outbox if sent.to == ["fanny@mail.example"])
    assert sent.subject == "Votre message à Alix Bcc: everybody@mail.example Achetez"
    assert sent.recipients() == ["fanny@mail.example"]
    assert "bcc" not in {name.lower() for name in sent.message()}
    assert one_line("a\x0b\u2028b") == "a b"


def test_a_mail_that_does_not_go_is_tried_again(town, post, clock, monkeypatch):
    write(town.alix, ContactDraft("Fanny", "Bonjour"))
    monkeypatch.setattr("frontend.mails.EmailMessage.send", lambda self: (_ for _ in ()).throw(OSError("away")))
    assert send_due() == 0
    assert ContactMail.objects.get().attempts == 1
    monkeypatch.setattr("frontend.mails.EmailMessage.send", lambda self: 1)
    assert send_due() == 0
    clock.advance(minutes=1)
    assert send_due() == 1
    assert not ContactMail.objects.exists()
