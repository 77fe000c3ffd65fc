"""What is said of somebody in a decision about them: beside the journal, erased after its time, not theirs to read."""

import json
from uuid import uuid4

import pytest
from django.db import connection

from governance.actions.circles import join_circle
from governance.actions.consent import record
from governance.actions.due import due_reviews, review_due
from governance.errors import NotFound, WrongState
from governance.models import ActSignature, CandidacyText, ConsentSession, Minutes, Proposal, RoomStep, Step
from governance.queries import states
from governance.queries.consent import proposal_view
from governance.queries.proposal_room import proposal_room, writing_choices
from governance.queries.register import check_register
from governance.queries.states import session_state
from governance.queries.waiting import waiting_for
from governance.rules.discretion import ERASED, covered, marks_in, opened
from governance.rules.session import Step as Taken
from governance.tasks import close_due
from network import clock
from network.models import Member
from tests.governance.candidacy_cast import OBJECTION, Candidate, Clock

SAID = "Fanny boit trop."  # plain letters: nothing escapes them in a table


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def way(cast, time):
    return Candidate(cast, time)


def everywhere():
    """Every text of every table, as one."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
            found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def admitted(way, cast, said=SAID):
    """Camille objects, Bachir judges, words are said at every turn; the objection is withdrawn and Fanny comes in."""
    way.heard().on_the_table()
    way.answer(cast.alix, choice="concern", text=said)
    way.answer(cast.bachir)
    way.answer(
        cast.camille, **{**OBJECTION, "text": f"{said} Un.", "consequence": f"{said} Deux.", "fact": f"{said} 3."}
    )
    way.reveal()
    way.acts(cast.bachir, "judge", objection=1, agree="no", reason=f"{said} Quatre.")
    way.acts(cast.camille, "withdraw_objection", objection=1)
    way.answer(cast.alix, choice="concern", text=said)
    way.answer(cast.bachir, cast.camille)
    way.reveal()
    way.acts(cast.bachir, "close_decision")
    return ConsentSession.objects.get()


def test_words_lie_beside_the_journal_and_members_read_them(way, cast, time):
    session = admitted(way, cast)
    assert SAID not in json.dumps(list(Step.objects.values_list("payload", flat=True)), ensure_ascii=False)
    assert "Cela me va." not in json.dumps(list(Step.objects.values_list("payload", flat=True)))
    assert set(Step.objects.filter(kind="position").values_list("payload__choice", flat=True)) == {
        "concern", "consent", "objection",
    }  # fmt: skip
    consent = proposal_view(session.proposal_id, viewer=cast.bachir).consent
    assert [each.text for each in consent.calls[0].positions if each.choice == "concern"] == [SAID]
    assert (consent.objections[0].text, consent.objections[0].judgments[0].reason) == (f"{SAID} Un.", f"{SAID} Quatre.")
    assert {each.text for each in consent.turns} == {"", "Cela me va."}
    assert session_state(session).objections[0].fact == f"{SAID} 3."


def test_words_are_gone_from_every_table_after_their_time(way, cast, time):
    session = admitted(way, cast)
    way.acts(cast.bachir, "close")
    way.acts(cast.bachir, "draw_up_minutes")
    assert SAID in everywhere()
    before = session_state(session)
    time.days(400)
    close_due()
    assert SAID not in everywhere()
    after = session_state(session)
    assert [each.text for each in after.objections] == [ERASED]
    assert (after.stage, after.electorate, len(after.revealed)) == (
        before.stage,
        before.electorate,
        len(before.revealed),
    )
    states._sessions.kept.clear()
    assert session_state(session) == after
    assert Minutes.objects.exists()
    assert check_register(cast.collective).first_bad is None


def test_a_review_publishes_nothing_about_anybody(way, cast, time):
    session = admitted(way, cast)
    drafts = Proposal.objects.count()
    time.days(800)
    assert session.pk not in due_reviews()
    assert not review_due(session_id=session.pk)
    close_due()
    assert Proposal.objects.count() == drafts
    assert not [line for line in waiting_for(cast.alix, clock.now()) if line.kind == "review_due"]


def test_who_said_what_is_not_for_the_person_concerned(way, cast, time):
    session = admitted(way, cast)
    time.days(200)
    close_due()
    time.days(20)
    close_due()
    assert way.state.stage == "member"
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.fanny)
    number = session.proposal_id
    assert proposal_view(number, viewer=cast.dominique).consent is not None
    for read in (proposal_view, proposal_room, writing_choices):
        with pytest.raises(NotFound):
            read(number, viewer=cast.fanny)


def test_the_same_act_gets_its_receipt_though_its_words_are_kept_apart(way, cast):
    way.heard().on_the_table()
    key, session = uuid4(), ConsentSession.objects.get()
    said = {"version": 1, "call": 1, "choice": "concern", "text": SAID}

    def send(**more):
        payload = {**said, **more}
        return record(session_id=session.pk, actor=cast.camille, kind="position", payload=payload, key=key)

    assert send() == send()
    assert Step.objects.filter(kind="position").count() == 1
    with pytest.raises(WrongState, match="key_reused"):
        send(text="Autre chose.")


def test_what_is_written_at_the_door_is_kept_apart_too(way, cast):
    way.heard().do(cast.alix, "open_decision")
    way.time.days(8)
    way.meet("Seconde rencontre", [("", way.state.proposal)])
    way.acts(cast.bachir, "name_secretary", person=cast.bachir.pk)
    way.acts(cast.camille, "leave")
    way.acts(cast.bachir, "check_in_person", person=cast.camille.pk)
    way.acts(cast.dominique, "check_in")
    way.acts(cast.bachir, "go_to_item", item=1)
    present = [cast.alix, cast.bachir, cast.dominique]
    way.acts(cast.alix, "submit", version=1)
    for member in present:
        way.acts(member, "answer_driver", version=1, answer="clear")
    way.acts(cast.bachir, "relay", person=cast.camille.pk, said="clear")
    way.acts(cast.bachir, "accept_driver", version=1)
    way.acts(cast.bachir, "start", version=1)
    for number, kind, said in ((1, "pass_turn", "pass"), (2, "take_turn", "turn")):
        for member in present:
            way.acts(member, kind, round=number, **({"text": "Bien."} if number == 2 else {}))
        way.acts(cast.bachir, "relay", person=cast.camille.pk, said=said, **({"text": SAID} if number == 2 else {}))
        way.acts(cast.bachir, "close_round", round=number)
    way.acts(cast.alix, "keep", version=1)
    entry = {"person": cast.camille.pk, "second": cast.dominique.pk, "means": "paper", "version": 1, "call": 1}
    way.acts(cast.bachir, "enter_position", **entry, choice="concern", text=f"{SAID} Vraiment.")
    way.acts(cast.dominique, "confirm_position", entry=1)
    rows = [*RoomStep.objects.values_list("payload", flat=True), *Step.objects.values_list("payload", flat=True)]
    assert SAID not in json.dumps(rows, ensure_ascii=False)
    consent = way.session_state()
    assert SAID in {each.text for each in consent.turns}
    assert consent.sealed[cast.camille.pk].text == f"{SAID} Vraiment."
    assert set(CandidacyText.objects.filter(text__startswith=SAID).values_list("author", flat=True)) == {
        cast.camille.pk
    }


def erased(time):
    """Whether these words stand somewhere now, and nowhere once their time is over."""
    stood = SAID in everywhere()
    time.days(400)
    close_due()
    return stood and SAID not in everywhere()


def test_why_something_written_down_is_refused_is_erased_too(way, cast, time):
    way.heard().on_the_table()
    way.acts(cast.bachir, "name_secretary", person=cast.bachir.pk)
    way.acts(cast.dominique, "check_in")
    way.acts(cast.camille, "leave")
    way.acts(cast.bachir, "check_in_person", person=cast.camille.pk)
    entry = {"person": cast.camille.pk, "second": cast.dominique.pk, "means": "paper", "version": 1, "call": 1}
    way.acts(cast.bachir, "enter_position", **entry, choice="consent")
    way.acts(cast.dominique, "refuse_position", entry=1, reason=f"{SAID} Camille ne consent pas.")
    assert CandidacyText.objects.get(text__startswith=SAID).author == cast.dominique
    assert erased(time)


def test_whose_it_would_be_to_decide_on_somebody_is_erased_too(way, cast, time):
    way.heard().do(cast.alix, "open_decision")
    time.days(8)
    way.meet("Seconde rencontre", [("", way.state.proposal)])
    way.acts(cast.bachir, "go_to_item", item=1)
    way.acts(cast.alix, "submit", version=1)
    way.acts(cast.camille, "answer_driver", version=1, answer="not_ours", addressee=f"{SAID} Sa famille.")
    way.acts(cast.bachir, "refer", addressee=f"{SAID} Son médecin.", reason="Pas à nous.")
    state = session_state(ConsentSession.objects.get())
    assert (state.driver[-1].addressee, state.addressee) == (f"{SAID} Sa famille.", f"{SAID} Son médecin.")
    way.acts(cast.bachir, "close")
    way.acts(cast.bachir, "draw_up_minutes")
    assert SAID not in Minutes.objects.get().text
    assert erased(time)
    states._sessions.kept.clear()
    assert session_state(ConsentSession.objects.get()).addressee == ERASED


def test_a_signature_from_elsewhere_holds_with_the_words_and_without(way, cast, time):
    Member.objects.filter(pk=cast.alix.pk).update(local=False)
    cast.alix.refresh_from_db()
    way.heard().on_the_table()
    way.answer(cast.alix, choice="concern", text=SAID)
    way.answer(cast.bachir, cast.camille)
    way.reveal()
    way.acts(cast.bachir, "close_decision")
    row = ActSignature.objects.get(kind="position")
    assert row.entry is not None
    assert row.entry.body["signatures"][0]["opened"] is None
    assert row.salt
    assert check_register(cast.collective).first_bad is None
    time.days(400)
    close_due()
    row.refresh_from_db()
    assert row.salt == ""
    assert check_register(cast.collective).first_bad is None


def test_texts_to_decide_on_stay_open_and_nobody_can_point_at_words():
    """`sealed` is no field of any act: only what was covered here is opened."""
    kept = {}

    def keep(text, author):
        kept[f"m{len(kept)}"] = text
        return f"m{len(kept) - 1}"

    version = Taken("amend", 1, None, {"version": 1, "text": "Le texte."})
    assert covered(version, keep) == version
    left = Taken("choose_exit", 1, None, {"exit": "trial", "text": "Le texte.", "reason": SAID})
    assert covered(left, keep).payload == {"exit": "trial", "text": "Le texte.", "sealed": {"reason": "m0"}}
    carried = Taken("prepare", None, None, {"text": "T", "objections": [{"author": 3, "fact": SAID, "article": "a"}]})
    step = covered(carried, keep)
    assert step.payload["objections"] == [{"author": 3, "article": "a", "sealed": {"fact": "m1"}}]
    assert marks_in(step.payload) == {"m1"}
    assert opened(step.payload, kept) == carried.payload
    assert opened(step.payload, {})["objections"][0]["fact"] == ERASED
