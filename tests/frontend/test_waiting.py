"""« Ce qui m'attend » as people and programs read it: the page, secret addresses, mails, the words of each kind."""

import json
from datetime import timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from frontend import inbox_mails
from frontend.glossary import GLOSSARY, word_of
from frontend.guide import STEPS
from frontend.sentences.waiting import GENERAL, KINDS, waiting_words
from frontend.teaching import PROCESSES, stage_help
from governance.actions import inbox
from governance.actions.assemblies import convene
from governance.actions.charter import adopt_template
from governance.actions.circles import open_circle
from governance.actions.inbox_mails import look
from governance.actions.proposals import draft_proposal
from governance.models import Charter, DigestChoice, WaitingFeed, WaitingMail, WaitingSource
from governance.queries import waiting
from governance.queries.inbox import sources_of
from governance.queries.sealed import seal
from governance.queries.waiting import Waiting
from governance.queries.written import ASKED
from governance.rules.inbox import FeedItem, family_of, feed_document, line_key, read_feed
from network.clock import now
from tests import factories
from tests.frontend.reading import faults, page_of

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = timedelta(days=1)
EXPECTED = [
    "sponsor", "candidacy_answer", "evaluate", "synthesis", "hearing", "candidacy_decision", "conditions",
    "probation_notice", "appeal_panel", "renew", "exclusion_answer", "driver_answer", "turn", "position",
    "judge", "jury_vote", "confirm_resolved", "facilitate", "bring_back", "minutes_approve", "assembly_now",
    "assembly_soon", "ballot", "election_reasons", "accept_election", "lot_commit", "lot_reveal",
    "mandate_ending", "mandate_to_follow", "charter_incomplete", "review_due", "paper_confirm", "countersign",
]  # fmt: skip


@pytest.fixture
def hall(clock, town):
    """Alix and Bachir sit in a circle; an assembly in three days, a draft of Alix."""
    adopt_template(collective=town.collective, template="six_values")
    three = [town.alix, town.bachir, town.camille]
    circle = open_circle(actor=town.alix, collective=town.collective, name="Cercle général", members=three)
    assembly = convene(
        actor=town.bachir, circle_id=circle.pk, title="Assemblée d’hiver", starts_at=now() + 3 * DAY, place="",
        agenda=[("Nouvelles", None)],
    )  # fmt: skip
    draft = draft_proposal(actor=town.alix, circle_id=circle.pk, title="Une idée à garder pour nous")
    return SimpleNamespace(**vars(town), circle=circle, assembly=assembly, draft=draft)


def lines_of(page):
    return [each.text for each in page.all("h3")]


def feed(hall, collective_id=None):
    return inbox.open_feed(actor=hall.alix, collective_id=collective_id)


# --- the page ------------------------------------------------------------------------------------------------


def test_what_a_charter_leaves_open_is_said_in_words(hall):
    old = Charter.objects.get(collective=hall.collective)
    figures = {name: value for name, value in old.document["figures"].items() if name != "inbox.review_days"}
    Charter.objects.create(
        collective=hall.collective, version=2, digest="sha256:2", document={**old.document, "figures": figures},
        adopted_at=now(),
    )  # fmt: skip
    page = page_of(hall.client.get(reverse("waiting")))
    assert faults(page) == []
    assert "Avance avec laquelle une décision à revoir est rappelée" in page.words
    assert "inbox.review_days" not in page.words


def test_the_list_by_date_with_what_is_expected_and_what_happens_otherwise(hall):
    page = page_of(hall.client.get(reverse("waiting")))
    assert faults(page) == []
    assert [each.text for each in page.all("h2")] == ["Dans les sept jours", "Sans échéance"]
    assert lines_of(page) == ["Assemblée d’hiver", "Une idée à garder pour nous"]
    assert "Lisez l’ordre du jour et venez." in page.words
    assert "L’assemblée se tient sans vous" in page.words
    assert "le 24 novembre 2026, 10 h 00" in page.words.replace("\u00a0", " ")
    assert "2 choses à faire" in page.words
    assert any(each.attributes["href"] == f"/assemblees/{hall.assembly.pk}" for each in page.all("a"))


def test_nothing_waits(clock, town):
    page = page_of(town.client.get(reverse("waiting")))
    assert "Rien ne vous attend pour le moment." in page.words
    assert "à faire" not in page.all("nav")[0].text
    assert faults(page) == []


def test_the_list_is_for_members_and_kept_by_no_cache(hall):
    answer = hall.client.get(reverse("waiting"))
    assert "no-store" in answer["Cache-Control"]
    assert hall.visitor.get(reverse("waiting")).status_code == 302


def test_a_line_is_put_aside_and_taken_back(hall):
    page = page_of(hall.client.get(reverse("waiting")))
    key = next(each.attributes["value"] for each in page.all("input") if each.attributes.get("name") == "line")
    for wish in ("3", "seen"):
        after = page_of(hall.client.post(reverse("waiting_aside"), {"line": key, "wish": wish}, follow=True))
        assert lines_of(after) == ["Une idée à garder pour nous"]
        assert "Une ligne mise de côté" in after.words
    assert "vue" in after.words
    back = page_of(hall.client.post(reverse("waiting_aside"), {"line": key, "wish": "back"}, follow=True))
    assert len(lines_of(back)) == 2
    assert hall.client.post(reverse("waiting_aside"), {"line": "x", "wish": "seen"}).status_code == 400


def test_a_kind_that_nobody_knows_has_a_way_on(hall, monkeypatch):
    odd = Waiting("knit", hall.collective.pk, "Un pull", "no_such_page", (), now())
    monkeypatch.setitem(waiting._sources, "odd", lambda member, at: [odd])
    page = page_of(hall.client.get(reverse("waiting")))
    assert "Un pull" in page.words
    assert "elle dit ce qui est attendu de vous." in page.words


def test_other_pages_ask_the_database_nothing_more_for_the_count(hall):
    address = reverse("charter")
    hall.client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert "2 choses à faire" in page_of(hall.client.get(address)).words
    assert not any("governance_assembly" in each["sql"] for each in queries)
    visitor = Client()
    with CaptureQueriesContext(connection) as queries:
        visitor.get(address)
    assert not any("governance_aside" in each["sql"] for each in queries)


def test_the_words_of_every_kind():
    assert set(EXPECTED) <= set(KINDS)
    for words in (*KINDS.values(), GENERAL):
        assert str(words.expected).endswith(".")
        assert str(words.otherwise).endswith(".")
    assert waiting_words("knit") is GENERAL


# --- lists of other nodes ------------------------------------------------------------------------------------


def test_the_last_list_of_a_dead_node_is_shown_with_its_age(hall, clock):
    address = "https://tours.example/flux/attente/abcdefghijklmnopqrstuvwxyz.json"
    source = inbox.add_source(actor=hall.alix, address=address)
    there = FeedItem(
        line_key("x"), "position", "Acheter <b>un four</b>", "La Fournée", now(), now() + DAY,
        "https://tours.example/propositions/3", (7, 1),
    )  # fmt: skip
    inbox.write_reading(source.pk, feed_document("https://tours.example", "", (there,)), next_at=now())
    clock.advance(days=2)
    inbox.write_failure(source.pk, "connect", next_at=now())
    answer = hall.client.get(reverse("waiting"))
    page = page_of(answer)
    assert "Acheter <b>un four</b>" in lines_of(page)[0]
    assert "La Fournée · sur tours.example" in page.words
    assert "liste du 21 novembre 2026" in page.words.replace("\u00a0", " ")
    assert "n’a pas répondu" in page.words
    link = next(each for each in page.all("a") if each.attributes["href"].startswith("https://tours.example"))
    assert link.attributes["rel"] == "noreferrer"
    assert "tours.example" in page_of(hall.client.get(reverse("waiting_settings"))).words
    assert "abcdefghijkl" not in hall.client.get(reverse("waiting_settings")).content.decode(), (
        "the secret stays sealed"
    )
    assert sources_of(hall.bachir) == []
    told = json.loads(hall.visitor.get(reverse("waiting_json", args=[feed(hall)])).content)
    assert "tours" not in json.dumps(told), "a node is never told of another"


def test_a_broken_seal_shows_nothing_and_breaks_nothing(hall):
    address = "https://tours.example/flux/attente/abcdefghijklmnopqrstuvwxyz.json"
    source = inbox.add_source(actor=hall.alix, address=address)
    WaitingSource.objects.filter(pk=source.pk).update(said=seal("{"), address=b"nothing")
    assert hall.client.get(reverse("waiting")).status_code == 200


def test_a_wrong_address_stays_typed(hall):
    answer = hall.client.post(reverse("waiting_source_new"), {"address": "tours.example/flux"})
    assert answer.status_code == 400
    page = page_of(answer)
    assert faults(page) == []
    assert page.with_id("id_address").attributes["value"] == "tours.example/flux"


# --- secret addresses ----------------------------------------------------------------------------------------


def addresses(token):
    return [reverse(name, args=[token]) for name in ("waiting_json", "waiting_atom", "waiting_ics")]


def test_an_address_is_made_shown_once_and_closed(hall):
    page = page_of(hall.client.post(reverse("waiting_feed_new"), {"collective": ""}))
    assert faults(page) == []
    shown = [e.attributes["value"] for e in page.all("input") if "readonly" in e.attributes]
    assert [each.rpartition(".")[2] for each in shown] == ["ics", "atom", "json"]
    path = shown[0].removeprefix("http://localhost:8000").removeprefix("http://testserver")
    path = path[path.index("/flux") :]
    assert hall.visitor.get(path).status_code == 200
    again = page_of(hall.client.get(reverse("waiting_settings")))
    assert path not in str([e.attributes for e in again.elements])
    assert "lue pour la dernière fois le" in again.words
    pk = WaitingFeed.objects.get().pk
    stranger = Client()
    stranger.force_login(factories.account(hall.bachir))
    assert stranger.post(reverse("waiting_feed_end", args=[pk])).status_code == 404
    hall.client.post(reverse("waiting_feed_end", args=[pk]))
    assert hall.visitor.get(path).status_code == 410


def test_whoever_has_no_right_address_gets_nothing(hall):
    token = feed(hall)
    for path in addresses("x" * 43) + addresses(token[:-1]) + addresses(token + "x"):
        assert hall.visitor.get(path).status_code == 404
    for path in addresses(token):
        assert hall.visitor.post(path).status_code == 405


def test_an_answer_is_private_names_nothing_and_sets_no_cookie(hall):
    for path in addresses(feed(hall)):
        answer = hall.visitor.get(path)
        assert answer.status_code == 200
        assert "private" in answer["Cache-Control"]
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert not answer.cookies
        assert path.rpartition(".")[0].encode() not in answer.content, "a feed does not repeat its secret"


def test_wrong_addresses_are_counted(hall):
    answers = [hall.visitor.get(f"/flux/attente/{'y' * 30}{n:02}.json").status_code for n in range(31)]
    assert answers[:30] == [404] * 30
    assert answers[30] == 429


def test_the_calendar_has_things_to_do_and_meetings(hall):
    calendar = Calendar.from_ical(hall.visitor.get(reverse("waiting_ics", args=[feed(hall)])).content)
    todos, events = calendar.walk("VTODO"), calendar.walk("VEVENT")
    assert [str(each["summary"]) for each in todos] == ["Un brouillon à compléter · Une idée à garder pour nous"]
    assert [str(each["summary"]) for each in events] == ["Une assemblée à laquelle venir · Assemblée d’hiver"]
    assert events[0].decoded("dtstart") == hall.assembly.starts_at
    assert str(events[0]["class"]) == "PRIVATE"
    first = hall.visitor.get(reverse("waiting_ics", args=[feed(hall)])).content
    assert first == hall.visitor.get(reverse("waiting_ics", args=[feed(hall)])).content


def test_atom_says_what_is_expected(hall):
    tree = ElementTree.fromstring(hall.visitor.get(reverse("waiting_atom", args=[feed(hall)])).content)  # noqa: S314
    titles = [entry.findtext(f"{ATOM}title") for entry in tree.iter(f"{ATOM}entry")]
    assert len(titles) == 2
    assert "Si je ne fais rien" in tree.find(f"{ATOM}entry").findtext(f"{ATOM}summary")


def test_an_address_for_one_collective_tells_of_no_other(hall):
    other = factories.collective("La Remise")
    factories.member("Zoé", belongs_to=other)
    from network.actions.collectives import admit_member

    admit_member(collective=other, member=hall.alix)
    told = json.loads(hall.visitor.get(reverse("waiting_json", args=[feed(hall, other.pk)])).content)
    assert told["items"] == []
    assert "Démo" not in json.dumps(told["items"])
    told = json.loads(hall.visitor.get(reverse("waiting_json", args=[feed(hall, hall.collective.pk)])).content)
    assert [each["kind"] for each in told["items"]] == ["assembly_soon", "draft"]
    assert told["items"][0]["remind_days"] == [7, 1]


# --- mails ---------------------------------------------------------------------------------------------------


@pytest.fixture
def post(hall, settings):
    settings.MAIL_ON, settings.DEFAULT_FROM_EMAIL = True, "toile@node.example"
    fields = {"rhythm": "weekly", "email": "alix@mail.example"}
    hall.client.post(reverse("waiting_mails"), fields)
    return hall


def test_a_digest_comes_once_a_week_and_holds_no_title(post, clock):
    look()
    assert inbox_mails.send_due() == 1, "the assembly is less than seven days away: a reminder"
    assert mail.outbox[0].subject == "Une échéance approche, sur Nœud Démo"
    look()
    assert inbox_mails.send_due() == 0, "not twice"
    clock.advance(days=2, hours=1)
    look()
    assert inbox_mails.send_due() == 1, "and once more the day before"
    clock.advance(days=4, hours=23)
    look()
    assert inbox_mails.send_due() == 1
    digest = mail.outbox[-1]
    assert digest.subject == "2 choses vous attendent, sur Nœud Démo"
    assert digest.to == ["alix@mail.example"]
    for letter in mail.outbox:
        assert "idée" not in letter.body
        assert "hiver" not in letter.body
        assert reverse("waiting") in letter.body
    assert "- Un brouillon à compléter (Coopérative Démo)" in digest.body
    look()
    assert inbox_mails.send_due() == 0


def test_one_press_ends_the_mails_without_a_login(post):
    look()
    inbox_mails.send_due()
    letter = mail.outbox[0]
    link = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = link[link.index("/desabonnement") :]
    strict = Client(enforce_csrf_checks=True)
    page = page_of(strict.get(path))
    assert faults(page) == []
    assert DigestChoice.objects.exists(), "opening a link changes nothing: programs open links too"
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not DigestChoice.objects.exists()
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert strict.get("/desabonnement/" + path.rpartition("/")[2][:-2] + "xx").status_code == 404


def test_no_mail_unless_asked_and_none_after_never(post):
    WaitingMail.objects.create(member=post.bachir, sort="digest")
    look()
    post.client.post(reverse("waiting_mails"), {"rhythm": "never", "email": ""})
    assert inbox_mails.send_due() == 0
    assert mail.outbox == []
    assert not WaitingMail.objects.exists()


def test_mails_leave_out_what_was_ticked_and_lists_stay_whole(post, settings):
    """The hall's one line is an assembly: a mail without assemblies has nothing to say, one without people has."""
    pk = post.assembly.circle.collective_id
    fields = {"rhythm": "weekly", "email": "alix@mail.example"}
    post.client.post(reverse("waiting_mails"), {**fields, f"about_{pk}": ["assemblies", "people"]})
    page = post.client.get(reverse("waiting_settings")).content.decode()
    assert page.count(" checked") == 3, "the rhythm, and two families"
    look()
    assert inbox_mails.send_due() == 0
    assert post.assembly.title in post.client.get(reverse("waiting")).content.decode()
    post.client.post(reverse("waiting_mails"), {**fields, f"about_{pk}": ["people"]})
    DigestChoice.objects.update(looked_at=None)
    look()
    assert inbox_mails.send_due() == 1
    wrong = {**fields, f"about_{pk}": ["gossip"]}
    assert post.client.post(reverse("waiting_mails"), wrong).status_code == 400


def test_a_mail_server_that_fails_is_asked_again_later(post, clock, settings):
    settings.EMAIL_BACKEND = "tests.frontend.test_waiting.Broken"
    look()
    assert inbox_mails.send_due() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert inbox_mails.send_due() == 0
    clock.advance(minutes=2)
    assert inbox_mails.send_due() == 1


class Broken:
    """A mail server that is away."""

    def __init__(self, *_args, **_kwargs):
        pass

    def send_messages(self, _messages):
        raise OSError("away")


@pytest.mark.parametrize("wrong", [{"rhythm": "weekly", "email": "x"}, {"rhythm": "hourly", "email": "a@b.example"}])
def test_a_wrong_choice_stays_typed(hall, wrong):
    answer = hall.client.post(reverse("waiting_mails"), wrong)
    assert answer.status_code == 400
    assert faults(page_of(answer)) == []
    assert not DigestChoice.objects.exists()


# --- pages that teach ----------------------------------------------------------------------------------------


def test_the_glossary_explains_some_forty_words_in_both_languages(town):
    anchors = [each.anchor for each in GLOSSARY]
    assert len(anchors) == len(set(anchors)) >= 40
    page = page_of(town.visitor.get(reverse("glossary")))
    assert faults(page) == []
    assert all(page.with_id(anchor) for anchor in anchors)
    english = town.visitor.get(reverse("glossary"), headers={"accept-language": "en"})
    assert "Consent" in page_of(english).words


def test_every_stage_leads_to_a_word_that_is_explained():
    for process, stages in PROCESSES.items():
        for stage in stages:
            assert word_of(stage_help(f"{process}.{stage}").term), (process, stage)
    assert all(word_of(step.term) for step in STEPS)


def test_the_guide_goes_step_by_step_with_links_to_the_words(town):
    page = page_of(town.visitor.get(reverse("guide_assembly")))
    assert faults(page) == []
    marks = [each for each in page.all("a") if each.attributes.get("class") == "ask"]
    assert len(marks) == len(STEPS)
    assert marks[0].attributes["aria-label"].startswith("Que veut dire «")
    assert marks[0].attributes["href"] == "/glossaire#ordre-du-jour"


def test_the_room_links_its_stage_to_a_word(hall):
    page = page_of(hall.client.get(reverse("assembly", args=[hall.assembly.pk])))
    assert any(each.attributes.get("href") == "/glossaire#quorum" for each in page.all("a"))


def test_a_refusal_names_its_code_and_the_rule_of_the_charter(hall):
    from frontend.pages.errors import refused
    from network.errors import WrongState

    request = hall.client.get(reverse("waiting")).wsgi_request
    page = page_of(refused(request, WrongState("term_malformed", term="consent.call_minutes")))
    assert "Règle de la charte appliquée" in page.words
    assert [each.text for each in page.all("code")] == ["consent.call_minutes", "term_malformed"]
    (charter,) = [each for each in page.all("a") if each.text == "Voir la charte en vigueur"]  # not that of the process
    assert charter.attributes["href"] == reverse("charter")


def test_kinds_that_processes_name_have_words_and_travel():
    """A kind that another node's reader refuses, or that nobody words, would hide what waits."""
    kinds = {f"consent_{act}" for act in {*ASKED.values(), "jury_vote"} - {"submit", "amend", "integrate"}}
    acts = ("confirm_sponsor", "evaluate", "synthesise", "hear", "answer_conditions", "object", "renew", "panel_vote")
    kinds |= {f"candidacy_{act}" for act in acts} | {"election_ballot", "election_reasons", "election_accept"}
    for kind in kinds | {"lot_commit", "lot_reveal"}:
        assert waiting_words(kind) is not waiting_words("gossip"), kind
        document = feed_document("http://a.example", "", (FeedItem(
            line_key("x"), kind, "t", "c", now(), None, "http://a.example/x",
        ),))  # fmt: skip
        assert [each.kind for each in read_feed(document, "http://a.example")] == [kind]
    assert family_of("candidacy_renew") == "people"
    assert family_of("consent_position") == "decisions"
