"""WEB-18: a person takes all that is theirs, and nobody else's; once they left, their name is nowhere."""

import io
import json
import zipfile
from datetime import date, time
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from federation import actors, dispatch, tasks
from federation.bundles import bundle
from federation.models import Node
from federation.own_data import LEFT_OUT as OF_NODES
from federation.own_data import own_data
from federation.queries import node_actor
from frontend.own_data_words import LABELS, TITLES
from governance.actions.leaving import leave
from governance.models import DigestChoice, Entry, SealedName
from governance.queries.assemblies import minutes_view
from governance.queries.own_data import LEFT_OUT as OF_DECISIONS
from governance.queries.register import check_register
from governance.queries.sealed import keyed_digest, seal
from governance.rules.register import commitment
from network import clock as house
from network.actions.events import publish_event
from network.actions.moderation import report
from network.actions.quotes import ask_quote
from network.actions.trust import vouch
from network.models import Account, ActWords, Hidden, Member, ModerationAct, Report, Verb
from network.queries.own_data import LEFT_OUT as OF_THE_DIRECTORY
from network.rules.contact import ContactDraft
from network.rules.events import EventDraft, VenueDraft
from network.rules.quotes import QuoteDraft
from tests import factories
from tests.federation.conftest import make_follower
from tests.governance.registers import verifier
from tests.network.contact_cast import answers, write

NAME, MAIL = "Zéphyrine Quatrefages", "zephyrine@maison.example"
MARKS = ("Quatrefages", "maison.example")  # nothing else here says them, however it is written down
PSEUDONYM = "camille"
SECRET = "Le code de ma porte est 4711"


@pytest.fixture
def known(cast, p1, clock):
    """Camille of the register, renamed, with something in every room; a node that follows ours."""
    factories.node()
    actors.ensure_node_actor()
    Node.objects.create(origin=p1.origin, software="toile")
    make_follower(p1.actor("node", "Application"), node_actor())
    person = cast.camille
    Member.objects.filter(pk=person.pk).update(
        name=NAME, summary=f"Je suis {NAME}.", website="https://maison.example/", **Member.columns_of(factories.LIEVIN)
    )
    person.refresh_from_db()
    Account.objects.filter(member=person).update(email=MAIL)
    cast.to_adopted()
    cast.do(person, "file_concern", text="Le chauffage est cher.")
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    mark = minutes_view(cast.assembly.pk, viewer=cast.alix).digest
    for member in (cast.alix, cast.bachir):
        cast.do(member, "approve_minutes", digest=mark)
    made = SimpleNamespace(cast=cast, person=person, peer=p1)
    _in_the_directory(made)
    _between_people(made)
    tasks.sweep()
    dispatch.deliver_due()
    return made


def _in_the_directory(made):
    person = made.person
    made.offer = factories.offer(
        person, f"Chez {NAME}", description=f"Demandez {NAME}.", availability=f"Écrire à {MAIL}"
    )
    made.asked = factories.offer(person, "Réparer un vélo", description=f"Par {NAME}.")
    made.event = publish_event(
        actor=person,
        draft=EventDraft(
            title=f"Fête chez {NAME}", kind="workshop", first_on=date(2026, 12, 5), starts=time(14), ends=time(18),
            description=f"{NAME} vous reçoit.", venues=(VenueDraft(factories.LIEVIN, f"Chez {NAME}"),),
            online="https://maison.example/direct", registration=f"Écrire à {MAIL}",
        ),
    )  # fmt: skip
    DigestChoice.objects.create(member=person, rhythm="daily", email=MAIL, next_at=house.now())
    apps.get_model("governance", "WaitingSource").objects.create(
        member=person, mark=keyed_digest("x"), address=seal("https://maison.example/flux"), next_at=house.now()
    )


def _between_people(made):
    alix, person = made.cast.alix, made.person
    vouch(actor=person, subject_id=alix.pk, level=2, statement=f"{NAME} vous le dit.", known_since="2020")
    vouch(actor=alix, subject_id=person.pk, level=3, statement=f"{NAME} est patiente.", known_since=f"par {NAME}")
    factories.vouch_between(
        made.cast.bachir, person, kind="prestation", public=False, statement=SECRET, known_since=SECRET
    )
    theirs = factories.offer(alix, "Jardiner")
    ask_quote(actor=person, offer_id=theirs.pk, draft=QuoteDraft(Decimal(1), message=f"Bien à vous, {NAME}"))
    ask_quote(actor=alix, offer_id=made.asked.pk, draft=QuoteDraft(Decimal(1), message=SECRET))
    row, _token = write(person, ContactDraft(SECRET, SECRET, "secret@ailleurs.example"), offer=made.offer)
    answers(person, row, text=f"Bonjour, {NAME} à l’appareil.")
    report(reporter=alix, uri=person.uri, kind="error", words=f"{NAME} a déménagé.")
    Hidden.objects.create(uri=made.offer.uri, reason=f"{NAME} ne répond plus.", lifted_at=house.now(), answer=NAME)
    act = ModerationAct.objects.create(uri=made.offer.uri, verb=Verb.HIDE, actor=alix)
    ActWords.objects.create(act=act, title=made.offer.title, text=f"{NAME} ne répond plus.")
    Report.objects.create(uri=theirs.uri, kind="error", words="Le prix a changé.", reporter=person)


def browser_of(member):
    client = Client()
    client.force_login(Account.objects.get(member=member))
    return client


def taken(member):
    """Return the archive's data and page."""
    answer = browser_of(member).get(reverse("own_data_archive"))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        page, data = sorted(folder.namelist())
        return json.loads(folder.read(data)), folder.read(page).decode()


# --- taking it along ---------------------------------------------------------------------------------------


def test_web_18_the_archive_is_whole(known):
    said, page = taken(known.person)
    data = said["data"]
    assert data["profile"][0]["name"] == NAME
    assert data["account"][0]["email"] == MAIL
    assert {row["title"] for row in data["offers"]} == {f"Chez {NAME}", "Réparer un vélo"}
    assert data["events"][0]["title"] == f"Fête chez {NAME}"
    assert data["attestations_given"][0]["statement"] == f"{NAME} vous le dit."
    assert [row["statement"] for row in data["attestations_received"]] == [f"{NAME} est patiente."]
    assert data["requests_sent"][0]["message"] == f"Bien à vous, {NAME}"
    assert data["messages_written"][0]["text"] == f"Bonjour, {NAME} à l’appareil."
    assert len(data["messages_received"]) == 1
    assert data["reports"][0]["words"] == "Le prix a changé."
    assert data["memberships"][0]["collective_name"] == known.cast.collective.name
    assert data["circle_seats"][0]["circle_name"] == known.cast.circle.name
    assert {"check_in"} <= {row["kind"] for row in data["acts_assemblies"]}
    assert {"position", "take_turn", "file_concern"} <= {row["kind"] for row in data["acts_decisions"]}
    assert data["feeds_elsewhere"][0]["address"] == "https://maison.example/flux"
    for words in (
        NAME,
        "Demandez",
        "est patiente",
        "vous reçoit",
        "à l’appareil",
        "Le chauffage est cher.",
        "Ma fiche",
    ):
        assert words in page


def test_web_18_every_part_and_field_has_a_name_that_people_read(known):
    parts = own_data(known.person)
    assert parts.keys() == TITLES.keys()
    assert {name for rows in parts.values() for row in rows for name in row} - LABELS.keys() == set()


def test_web_18_the_archive_proves_what_the_register_says_of_oneself(known):
    data = taken(known.person)[0]["data"]
    names = {row["commitment"]: row for row in data["register_names"]}
    assert names
    assert all(commitment(row["salt"], row["name"]) == mark for mark, row in names.items())
    entries = {row["seq"]: row for row in data["register_entries"]}
    assert entries
    for seq, row in entries.items():
        entry = Entry.objects.get(collective=known.cast.collective, seq=seq)
        assert (row["digest"], row["head"]) == (entry.digest, entry.head)
        assert all(mark in json.dumps(entry.body) and mark in names for mark in row["commitments"])


def test_web_18_the_archive_holds_nobody_elses_private_words(known):
    said, page = taken(known.person)
    for text in (json.dumps(said, ensure_ascii=False), page):
        assert SECRET not in text
        assert "ailleurs.example" not in text
    ours = taken(known.cast.bachir)[0]["data"]
    assert SECRET in json.dumps(ours["attestations_given"])  # who wrote it takes it along
    assert MAIL not in json.dumps(ours)


def test_web_18_every_column_that_leads_to_a_person_is_read(known):
    """A table that is added later is either in the archive, or it is said why not."""
    with CaptureQueriesContext(connection) as asked:
        own_data(known.person)
    sql = " ".join(query["sql"] for query in asked.captured_queries)
    left_out = {**OF_THE_DIRECTORY, **OF_DECISIONS, **OF_NODES}
    missing, ours = [], {"network", "governance", "federation"}
    for model in apps.get_models():
        if model._meta.app_label not in ours:
            continue
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            name = f"{model.__name__}.{field.name}"
            if field.related_model in (Member, Account) and name not in left_out and not _is_asked(field, sql):
                missing.append(name)
    assert missing == []


def _is_asked(field, sql):
    """Whether a condition of some query is on this column, or on the account whose member is asked for."""
    if field.many_to_many:
        column = f'"{field.m2m_db_table()}"."{field.m2m_reverse_name()}"'
    else:
        column = f'"{field.model._meta.db_table}"."{field.column}"'
    joined = f'{column} = ("network_account"."id")'
    return f"{column} = " in sql or joined in sql


def test_web_18_the_archive_is_ones_own_alone(known):
    for name in ("own_data", "own_data_archive"):
        assert Client().get(reverse(name)).status_code == 302
    for _ in range(6):
        taken(known.person)
    assert browser_of(known.person).get(reverse("own_data_archive")).status_code == 429
    assert browser_of(known.cast.alix).get(reverse("own_data_archive")).status_code == 200


# --- leaving -----------------------------------------------------------------------------------------------


def where_found():
    """Return every table and column of the database that holds one of the marks."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own tables
            columns = [column[0] for column in cursor.description]
            found += [
                f"{table}.{column}: {_text(value)[:80]}"
                for row in cursor.fetchall()
                for column, value in zip(columns, row, strict=True)
                if any(mark in _text(value) for mark in MARKS)
            ]
    return found


def _text(value):
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


PAGES = (
    "/", "/annuaire", "/annuaire?q=quatrefages", "/annuaire?q=velo", "/annuaire.atom", "/annuaire.html", "/agenda",
    "/agenda.ics", "/agenda.atom", "/elements.json", "/registre", "/registre/decisions.atom", "/registre/dossier.json",
    "/registre/registre.json", "/registre/registre.csv", "/cercles", "/api/v1/offers", "/api/v1/events",
    "/moderation/masquees", "/collectifs/{slug}", "/membres/{person}", "/membres/{person}/confiance", "/membres/{alix}",
    "/membres/{alix}/confiance", "/offres/{offer}", "/offres/{asked}", "/evenements/{event}",
    "/assemblees/{assembly}", "/assemblees/{assembly}/compte-rendu", "/propositions/{proposal}", "/u/" + PSEUDONYM,
    "/u/" + PSEUDONYM + "/outbox", "/compte/toile", "/compte/messages", "/compte/demandes", "/moderation/journal",
)  # fmt: skip


def addresses(known):
    cast = known.cast
    ids = {
        "slug": cast.collective.slug, "person": known.person.pk, "alix": cast.alix.pk, "offer": known.offer.pk,
        "asked": known.asked.pk, "event": known.event.pk, "assembly": cast.assembly.pk, "proposal": cast.proposal.pk,
    }  # fmt: skip
    entries = [f"/registre/{seq}" for seq in Entry.objects.values_list("seq", flat=True)]
    return [*(path.format(**ids) for path in PAGES), *entries]


def pages_that_tell(known):
    """Return the pages that say the name, to a visitor or to a member."""
    told = []
    for browser in (Client(), browser_of(known.cast.alix)):
        for address in addresses(known):
            answer = browser.get(address)
            assert answer.status_code < 500, address
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if any(mark in body.decode("utf-8", "replace") for mark in MARKS):
                told.append(address)
    return told


def test_web_18_once_somebody_has_left_their_name_is_nowhere(known):
    assert len(where_found()) > 20
    assert len(pages_that_tell(known)) > 10
    heads = list(Entry.objects.values_list("digest", "head"))
    before = len(known.peer.seen)
    leave(actor=Account.objects.get(member=known.person), member_id=known.person.pk, password="motdepasse-1")
    tasks.sweep()
    dispatch.deliver_due()
    assert where_found() == []
    assert pages_that_tell(known) == []

    person = Member.objects.get(pk=known.person.pk)
    assert (person.handle, person.name) == (PSEUDONYM, "")  # the pseudonym stays, so that nobody takes it again
    assert not SealedName.objects.filter(member=person).exists()
    assert list(Entry.objects.values_list("digest", "head")) == heads
    assert check_register(known.cast.collective).first_bad is None
    verifier().check(bundle(known.cast.collective).decode())

    sent = [json.loads(seen.body) for seen in known.peer.seen[before:] if seen.method == "POST"]
    gone = {message["object"]["id"] for message in sent if message["type"] == "Delete"}
    assert {person.uri, known.offer.uri, known.asked.uri} <= gone
    assert any(uri.startswith(known.event.uri) for uri in gone)
    assert not any(mark in json.dumps(message, ensure_ascii=False) for message in sent for mark in MARKS)


def test_web_18_what_was_agreed_and_decided_stays(known):
    leave(actor=Account.objects.get(member=known.person), member_id=known.person.pk, password="motdepasse-1")
    known.asked.refresh_from_db()
    assert known.asked.title == "Réparer un vélo"  # Alix asked for it: her own request still says for what
    page = browser_of(known.cast.alix).get("/compte/demandes").content.decode()
    assert "Réparer un vélo" in page
    assert "Se réunir au local" in Client().get("/registre").content.decode()
    assert taken(known.cast.alix)[0]["data"]["attestations_given"][0]["statement"] == ""
