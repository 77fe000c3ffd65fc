"""Deciding in writing by the page of a proposition alone: three browsers without script, the worker, the mails."""

import re
from html import unescape

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from frontend.mails import send_due
from governance.models import Decision, ReminderMail, Step
from governance.queries.states import session_state
from governance.rules import templates
from governance.tasks import close_due
from network.models import Account
from tests import factories
from tests.frontend.room_cast import BUTTON, HIDDEN, LINK, OBJECTION
from tests.governance.conftest import Cast, make_cast
from tests.governance.test_written import complete_proposal

TEXT = "Nous nous réunissons au local chaque premier jeudi du mois."


class Desk:
    """One person before the page of the proposition."""

    def __init__(self, name: str, cast: Cast) -> None:
        self.client, self.pk, self.page, self.status = Client(), cast.proposal.pk, "", 0
        assert self.client.login(username=name, password="motdepasse-1")

    def _keep(self, answer) -> str:
        self.page, self.status = answer.content.decode(), answer.status_code
        return self.page

    def look(self) -> str:
        return self._keep(self.client.get(reverse("proposition", args=[self.pk])))

    def press(self, button: str, **typed: str) -> str:
        self.look()
        value = {name: unescape(value) for name, value in BUTTON.findall(self.page)}[button]
        key = re.search(r'id="key-act" name="key" value="([^"]+)"', self.page).group(1)
        data = {"key": key, "act": value, **typed}
        return self._keep(self.client.post(reverse("proposition_act", args=[self.pk]), data, follow=True))

    def fill(self, link: str, **typed: object) -> str:
        self.look()
        form = self._keep(self.client.get(unescape(dict(LINK.findall(self.page))[link])))
        data = {**dict(HIDDEN.findall(form)), **typed}
        return self._keep(self.client.post(reverse("proposition_act", args=[self.pk]), data, follow=True))


class Letter:
    """The cast before its browsers, a clock, and the worker."""

    def __init__(self, clock) -> None:
        self.cast, self.clock = make_cast(), clock
        factories.node()
        self.cast.proposal = complete_proposal(self.cast)
        self.alix, self.bachir, self.camille = self.three = [Desk(n, self.cast) for n in ("alix", "bachir", "camille")]

    def begin(self, desk: Desk, **data: object) -> str:
        address = reverse("proposition_written", args=[desk.pk])
        form = desk._keep(desk.client.get(address))
        return desk._keep(desk.client.post(address, {**dict(HIDDEN.findall(form)), **data}, follow=True))

    def to_call(self) -> None:
        self.alix.press("act-submit")
        for desk in self.three:
            desk.press("act-answer_driver-clear")
        close_due()
        self.bachir.press("act-start")
        for _ in range(2):
            for desk in self.three:
                desk.press("act-pass_turn")
            close_due()
        self.alix.press("act-keep")

    def wait(self, hours: int) -> None:
        for _ in range(hours // 6):
            self.clock.advance(hours=6)
            close_due()
            send_due()

    def state(self):
        return session_state(self.cast.session())


@pytest.fixture
def letter(db, clock) -> Letter:
    letter = Letter(clock)
    letter.begin(letter.bachir, facilitator=letter.cast.bachir.pk)
    return letter


def test_the_proposer_says_who_facilitates_and_what_was_chosen_stays(db, clock):
    letter = Letter(clock)
    assert "Décider par écrit" in letter.alix.look()
    page = letter.begin(letter.alix)
    assert letter.alix.status in {200, 400}
    assert "Ce champ" in page or "nécessaire" in page
    page = letter.begin(letter.alix, facilitator=letter.cast.camille.pk)
    assert "Animation\u202f: Camille." in page
    assert "par écrit" in page


def test_a_whole_decision_by_the_page_alone(letter):
    letter.to_call()
    page = letter.camille.look()
    assert "Jusqu’au" in page
    assert "Votre silence n’est jamais un consentement" in page
    letter.alix.press("act-position-consent")
    letter.bachir.press("act-position-consent")
    letter.camille.press(
        "act-position-objection",
        argument=OBJECTION["text"], consequence=OBJECTION["consequence"], ground="side_effect",
    )  # fmt: skip
    assert OBJECTION["text"] not in letter.alix.look(), "sealed until the worker comes by"
    close_due()
    assert OBJECTION["text"] in letter.alix.look()
    for desk in (letter.alix, letter.bachir):
        desk.press("act-judge-1-yes")
    close_due()
    letter.alix.fill("act-offer_amendment", text=TEXT)
    page = letter.camille.look()
    assert "<del>" in page
    assert "<ins>" in page
    assert "ajouté" in page
    letter.camille.press("act-confirm_resolved-1")
    letter.bachir.fill("act-accept_amendment-1")
    for desk in letter.three:
        desk.press("act-position-consent")
    close_due()
    assert Decision.objects.get().text == TEXT
    assert reverse("register_entry", args=[Decision.objects.get().entry.seq]) in letter.camille.look()


def test_a_refusal_keeps_what_was_typed(letter):
    letter.to_call()
    page = letter.camille.press("act-position-objection", argument=OBJECTION["text"], ground="side_effect")
    assert letter.camille.status == 400
    assert "ce qui en résulterait" in page
    assert OBJECTION["text"] in page
    assert '<option value="side_effect" selected>' in page
    letter.camille.press("act-position-consent", argument=OBJECTION["text"])
    assert letter.camille.status == 200


def test_a_refusal_on_the_form_of_an_act_keeps_what_was_typed(letter):
    letter.to_call()
    page = letter.bachir.fill("act-extend_window", days="mille")
    assert letter.bachir.status == 400
    assert "mille" in page


def test_questions_are_answered_one_by_one(letter):
    letter.alix.press("act-submit")
    for desk in letter.three:
        desk.press("act-answer_driver-clear")
    close_due()
    letter.bachir.press("act-start")
    letter.camille.press("act-take_turn", words="À quelle heure ?")
    letter.bachir.press("act-take_turn", words="Avec quelles clés ?")
    page = letter.alix.look()
    assert "Répondre à « Avec quelles clés ? »" in page
    letter.alix.press("act-answer_question-2", words="Celles du gardien.")
    page = letter.camille.look()
    assert page.index("Avec quelles clés ?") < page.index("Celles du gardien.")
    assert letter.state().replies[0].to == 2


def test_strangers_and_observers_have_no_act(letter):
    dominique = Desk("dominique", letter.cast)
    assert "par écrit" in dominique.look()
    assert not BUTTON.findall(dominique.page)
    fanny = Client()
    fanny.login(username="fanny", password="motdepasse-1")
    for name in ("proposition", "proposition_written"):
        assert fanny.get(reverse(name, args=[letter.cast.proposal.pk])).status_code == 404


# --- reminders, and what silence means ----------------------------------------------------------------------


@pytest.fixture
def mails(settings):
    settings.MAIL_ON, settings.DEFAULT_FROM_EMAIL = True, "Toile <toile@node.example>"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_two_reminders_leave_before_the_end_to_those_who_have_not_answered(letter, mails):
    Account.objects.filter(username="camille").update(email="camille@x.example")
    Account.objects.filter(username="bachir").update(email="bachir@x.example")
    letter.to_call()
    letter.bachir.press("act-position-consent")
    letter.wait(114)
    assert [each.to for each in mail.outbox] == [["camille@x.example"]] * 2
    assert "Rappel : « Se réunir au local »" in mail.outbox[0].subject
    assert reverse("proposition", args=[letter.cast.proposal.pk]) in mail.outbox[0].body
    assert "sans position" in mail.outbox[0].body
    assert letter.state().mailed == {letter.cast.camille.pk: (1, 2)}
    letter.wait(12)
    assert not ReminderMail.objects.filter(sent_at=None).exists()
    assert {each.choice for each in letter.state().revealed[0].positions} == {"consent", "no_position"}


@pytest.fixture
def silent_charter(monkeypatch):
    text, terms = templates.TEMPLATES["six_values"]
    ordinary = {**terms.classes["ordinary"], "silence": "consent", "silence_counts": True}
    changed = templates.Terms(terms.figures, {**terms.classes, "ordinary": ordinary})
    monkeypatch.setitem(templates.TEMPLATES, "six_values", (text, changed))


def test_silence_after_two_reminders_that_left_is_consent_only_where_the_charter_says_so(
    silent_charter, mails, db, clock
):
    letter = Letter(clock)
    letter.begin(letter.bachir, facilitator=letter.cast.bachir.pk)
    Account.objects.filter(username="camille").update(email="camille@x.example")
    letter.to_call()
    assert "votre silence à la fin du délai vaudra consentement" in letter.camille.look()
    letter.alix.press("act-position-consent")
    letter.wait(132)
    by = {each.person: each.choice for each in letter.state().revealed[0].positions}
    cast = letter.cast
    assert by == {cast.alix.pk: "consent", cast.bachir.pk: "no_position", cast.camille.pk: "silent_consent"}
    assert letter.state().stage == "adopted"
    body = Decision.objects.get().entry.body
    assert body["quorum"]["expressed"] == 2
    assert [p["choice"] for p in body["calls"][0]["positions"]].count("silent_consent") == 1
    assert "Consentement par silence" in letter.alix.look()


def test_a_mail_server_that_refuses_leaves_silence_without_meaning(silent_charter, mails, db, clock, monkeypatch):
    letter = Letter(clock)
    letter.begin(letter.bachir, facilitator=letter.cast.bachir.pk)
    Account.objects.filter(username="camille").update(email="camille@x.example")
    letter.to_call()
    letter.alix.press("act-position-consent")
    refuse = lambda self: (_ for _ in ()).throw(OSError("no"))  # noqa: E731
    monkeypatch.setattr("frontend.mails.EmailMessage.send", refuse)
    letter.wait(132)
    assert {each.choice for each in letter.state().revealed[0].positions} == {"consent", "no_position"}
    assert not Step.objects.filter(kind="mailed").exists()
