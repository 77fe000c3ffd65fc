"""Private links and forms for everybody: tokens twice, by others, elsewhere; floods; guessing; headers."""

import json
import logging
import re
from urllib.parse import quote

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from deploy.logs import NoTokens
from network.actions.contact_ends import erase_conversation, renew_link
from network.actions.members import create_invitation
from network.actions.testimonies import leave_testimony
from network.models import ContactMessage, Conversation
from tests import factories
from tests.network.contact_cast import agreed, done, proposes, says, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECRETS = ("Fanny", "fanny@mail.example", "trois postes")
FORM = {"name": "Fanny", "reach": "", "message": "Bonjour, trois postes."}


@pytest.fixture
def home():
    factories.node()
    return factories.collective()


@pytest.fixture
def alix(home):
    return factories.member("Alix", belongs_to=home)


@pytest.fixture
def bachir(home):
    made = Client()
    made.force_login(factories.account(factories.member("Bachir", belongs_to=home), operator=True))
    return made


def at(token):
    return reverse("private_thread", args=[token])


def state():
    return list(Conversation.objects.values()), list(ContactMessage.objects.values())


def form_of(page):
    """The hidden fields of a page of ours."""
    return dict(re.findall(r'name="(stamp|key|csrfmiddlewaretoken)"[^>]* value="([^"]+)"', page.content.decode()))


# --- WEB-05: one purpose, one conversation, until it is renewed or erased -------------------------------------


def test_web_05_a_token_opens_one_thing_only(alix, client):
    row, token = write(alix)
    for address in (f"/rejoindre/{token}", f"/compte/messages/{token}", f"/compte/demandes/{token}", f"/{token}"):
        assert client.get(address).status_code in {302, 404}, address
        assert client.post(address).status_code in {302, 404}, address
    assert client.get(f"/api/v1/conversations/{token}").status_code == 404
    assert client.get(f"/api/v1/conversations/{row.pk}?token={token}").status_code == 403
    assert client.get(f"{at(token)}/").status_code == 404


def test_web_05_tokens_of_other_things_open_no_conversation(alix, client):
    _, invitation = create_invitation(actor=alix)
    row, token = write(alix)
    page = client.get(reverse("contact", args=[alix.pk]))
    stamp = form_of(page)["stamp"]
    wrong = [
        invitation,
        row.key_digest,
        row.key_digest[:48],
        stamp,
        str(row.pk),
        token.upper(),
        f"{token} ",
        token[:47],
    ]
    for other in wrong:
        assert client.get(at(quote(other, safe=""))).status_code == 404, other


def test_web_05_an_old_link_is_worth_nothing_after_it_was_renewed_or_erased(alix, client):
    _, token = write(alix)
    fresh = renew_link(token=token, key="k")
    before = state()
    assert client.get(at(token)).status_code == 404
    for act in ("write", "withdraw", "erase", "renew", "testify"):
        fields = {"act": act, "text": "x", "confirmed": "1", "key": "0b" * 16, "stamp": "x"}
        assert client.post(at(token), fields).status_code in {400, 404}
    assert state() == before
    erase_conversation(token=fresh)
    assert client.get(at(fresh)).status_code == 404


def words(client, token):
    """What one reads on the page behind a link: addresses hold numbers too."""
    return re.sub(r"<[^>]*>|\s", " ", client.get(at(token)).content.decode())


def test_web_05_somebody_else_with_the_link_of_their_own_reaches_nothing_of_this_one(alix, client):
    one, first = write(alix)
    _, second = write(alix)
    price = proposes(alix, one)
    assert "90 €" in words(client, first)
    assert "90 €" not in words(client, second)
    fields = {"act": "accept", "proposal": price.pk, "key": form_of(client.get(at(second)))["key"]}
    assert client.post(at(second), fields).status_code == 409
    one.refresh_from_db()
    assert one.state == "quoted"
    assert client.get(at(first)).status_code == 200


def test_web_05_the_members_own_session_opens_no_other_members_conversation(alix, bachir):
    row, _ = write(alix)
    before = state()
    for address in (f"/compte/messages/{row.pk}", f"/compte/messages/{row.pk}/signaler"):
        for act in ({}, {"act": "block", "confirmed": "1"}, {"act": "close", "confirmed": "1"}, {"reason": "x"}):
            assert bachir.post(address, act).status_code == 404
        assert bachir.get(address).status_code == 404
    assert state() == before


# --- what answers say around it ---------------------------------------------------------------------------------


def test_private_pages_are_kept_found_and_named_nowhere(alix, client):
    _, token = write(alix)
    key = form_of(client.get(at(token)))["key"]
    answers = [
        client.get(at(token)),
        client.get(at("0" * 48)),
        client.post(at(token), {"act": "write", "text": "x", "key": key}),
        client.post(at(token), {"act": "write", "text": "", "key": key}),
        client.post(at(token), {"act": "erase"}),
    ]
    for answer in answers:
        assert answer["Cache-Control"] == "private, no-store", answer.status_code
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert token not in str(answer.headers.get("Link", ""))
    assert not any(address in client.get(at(token)).content.decode() for address in ("http://www", "https://"))


def test_the_client_gets_no_session(alix, client, settings):
    _, token = write(alix)
    client.get(at(token))
    assert settings.SESSION_COOKIE_NAME not in client.cookies


# --- WEB-03 -------------------------------------------------------------------------------------------------------


def test_web_03_a_foreign_page_sends_no_form_of_ours(alix):
    _, token = write(alix)
    strict = Client(enforce_csrf_checks=True)
    before = state()
    fields = {"act": "withdraw", "confirmed": "1", "key": "0b" * 16}
    for headers in ({}, {"origin": "null"}, {"origin": "https://pirate.example"}):
        assert strict.post(at(token), fields, headers=headers).status_code == 403
        assert strict.post(reverse("contact", args=[alix.pk]), FORM, headers=headers).status_code == 403
    ours = {**fields, **form_of(strict.get(at(token)))}
    assert strict.post(at(token), ours, headers={"origin": "https://pirate.example"}).status_code == 403
    assert state() == before


@pytest.mark.parametrize("secure", [False, True])
def test_web_03_our_own_form_passes_although_the_browser_names_no_origin(alix, secure):
    row, token = write(alix)
    strict = Client(enforce_csrf_checks=True)
    ours = {"act": "write", "text": "Bonjour", **form_of(strict.get(at(token), secure=secure))}
    assert strict.post(at(token), ours, headers={"origin": "null"}, secure=secure).status_code == 302
    assert row.messages.count() == 2


def test_web_03_reading_changes_nothing(alix, client):
    _, token = agreed(alix)
    before = state()
    for act in ("write", "finish", "withdraw", "erase", "renew", "testify"):
        client.get(at(token), {"act": act, "confirmed": "1", "text": "x", "fait": "<script>"})
    assert state() == before
    assert "<script>" not in client.get(f"{at(token)}?fait=<script>").content.decode()


# --- floods and guessing ------------------------------------------------------------------------------------------


def test_guessing_is_stopped_before_it_begins_to_matter(alix, client):
    _, token = write(alix)
    answers = [client.get(at(f"{n:048x}")).status_code for n in range(40)]
    assert answers[:30] == [404] * 30
    assert set(answers[30:]) == {429}
    assert client.get(at(token)).status_code == 200, "whoever has the link is not locked out"
    assert client.get(at("1" * 48), REMOTE_ADDR="198.51.100.9").status_code == 404


def test_a_wrong_link_and_an_erased_one_are_answered_alike(alix, client):
    _, token = write(alix)
    erase_conversation(token=token)
    gone, never = client.get(at(token)), client.get(at("a" * 48))

    def plain(answer):
        return re.sub(r'value="[^"]*"', "", answer.content.decode())

    assert (gone.status_code, plain(gone)) == (never.status_code, plain(never))


def test_a_flood_of_first_messages_ends(alix, client, clock):
    address = reverse("contact", args=[alix.pk])
    codes = []
    for n in range(35):
        stamp = form_of(client.get(address))["stamp"]
        clock.advance(seconds=4)
        forwarded = {"X-Forwarded-For": f"203.0.113.{n}"}  # a claim that nobody believes
        codes.append(
            client.post(address, {**FORM, "message": f"Bonjour {n}", "stamp": stamp}, headers=forwarded).status_code
        )
    assert codes[:5] == [302] * 5
    assert set(codes[5:]) == {429}
    assert Conversation.objects.count() == 5


def test_a_flood_in_one_thread_ends(alix, client):
    row, token = write(alix)
    key = form_of(client.get(at(token)))["key"]
    codes = {client.post(at(token), {"act": "write", "text": "x" * 10, "key": key}).status_code for _ in range(70)}
    assert codes == {302, 429}
    assert row.messages.count() == 2


@pytest.mark.parametrize("size", [5000, 200_000])
def test_too_long_is_refused_and_kept_nowhere(alix, client, clock, size):
    address = reverse("contact", args=[alix.pk])
    stamp = form_of(client.get(address))["stamp"]
    clock.advance(seconds=10)
    answer = client.post(address, {**FORM, "message": "x" * size, "stamp": stamp})
    assert answer.status_code == 400
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("field", ["name", "reach"])
@pytest.mark.parametrize("evil", ["\r\nBcc: everybody@mail.example", "\nSubject: x", "\x00", "\x0bX", "\u2028X"])
def test_nothing_typed_becomes_a_header(alix, client, clock, mailoutbox, settings, field, evil):
    from frontend.mails import send_due

    settings.MAIL_ON = True
    address = reverse("contact", args=[alix.pk])
    stamp = form_of(client.get(address))["stamp"]
    clock.advance(seconds=10)
    value = f"fanny@mail.example{evil}" if field == "reach" else f"Fanny{evil}"
    answer = client.post(address, {**FORM, "reach": "fanny@mail.example", field: value, "stamp": stamp})
    send_due()
    for sent in mailoutbox:
        assert sent.recipients() == ["fanny@mail.example"]
        assert "everybody" not in sent.message().as_string()
    assert answer.status_code in {302, 400}
    if field == "reach":
        assert (answer.status_code, mailoutbox) == (400, [])


# --- for that member's eyes alone -----------------------------------------------------------------------------------


def test_what_a_client_left_is_on_no_page_api_or_export_of_anybody_else(alix, bachir, client):
    install = factories.offer(alix, price="hourly", amount_cents=5500)
    _, token = done(alix, offer=install)
    leave_testimony(token=token, text="Travail soigné.", public=True)
    says(token, text="Rappelez-moi")
    addresses = [
        "/", "/annuaire", f"/membres/{alix.pk}", f"/membres/{alix.pk}/confiance", f"/offres/{install.pk}",
        f"/membres/{alix.pk}/contacter", f"/offres/{install.pk}/contacter", "/api/v1/offers", "/api/v1/quotes",
        f"/api/v1/members/{alix.pk}", f"/api/v1/offers/{install.pk}", "/api/v1/conversations", "/compte/messages",
        f"/u/{alix.handle}", f"/u/{alix.handle}/outbox",
    ]  # fmt: skip
    for who in (client, bachir):
        for address in addresses:
            text = who.get(address, headers={"accept": "*/*"}).content.decode(errors="replace")
            for secret in (*SECRETS, "Rappelez-moi", token):
                assert secret not in text, (address, secret)


def test_no_log_holds_a_token_a_name_or_a_word(alix, client, clock, caplog):
    address = reverse("contact", args=[alix.pk])
    with caplog.at_level(logging.DEBUG):
        stamp = form_of(client.get(address))["stamp"]
        clock.advance(seconds=10)
        token = client.post(address, {**FORM, "reach": "fanny@mail.example", "stamp": stamp})["Location"].rpartition(
            "/"
        )[2]
        client.get(at(token))
        client.get(at("b" * 48))
        client.post(at(token), {"act": "erase", "confirmed": "1"})
    sieve = NoTokens()
    records = [record for record in caplog.records if not record.name.startswith("django.db")]
    for record in records:
        sieve.filter(record)
    lines = "\n".join(record.getMessage() for record in records)
    for secret in (*SECRETS, token, "b" * 48):
        assert secret not in lines


def test_the_sieve_of_the_log_takes_tokens_out_and_nothing_else():
    def line(message, *args):
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, message, args, None)
        assert NoTokens().filter(record)
        return record.getMessage()

    assert line("Internal Server Error: %s", "/echange/" + "0a" * 24) == "Internal Server Error: /echange/…"
    assert line("GET /rejoindre/abc-_1?x=1 500") == "GET /rejoindre/…?x=1 500"
    assert line("offers: %d of %s", 3, "/annuaire") == "offers: 3 of /annuaire"


def test_the_console_of_a_node_has_that_sieve(settings):
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["no_tokens"]
    assert settings.LOGGING["filters"]["no_tokens"]["()"] == "deploy.logs.NoTokens"


def test_no_table_of_ours_holds_a_token(alix):
    _, token = done(alix)
    leave_testimony(token=token, text="Bien", public=True)
    for model in apps.get_app_config("network").get_models():
        assert token not in json.dumps(list(model.objects.values()), default=str), model
