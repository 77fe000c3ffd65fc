"""The clock: what cannot be done now keeps nothing else waiting, and what has lost its object ends."""

from datetime import timedelta
from uuid import uuid4

import pytest

from governance import tasks
from governance.actions.charter_drafts import begin_draft, edit_text, publish_draft
from governance.actions.proposals import draft_proposal
from governance.actions.written import act_on_proposal, decide_in_writing, due_sessions, take_due_step
from governance.errors import WrongState
from governance.models import Charter, ConsentSession, Proposal
from governance.queries.rooms import room_view
from governance.queries.states import session_state
from governance.rules.candidacy import Stage
from governance.rules.candidacy_words import NOTHING_LEFT
from governance.rules.session import Stage as Consent
from governance.tasks import close_due
from network import clock
from tests.governance.candidacy_cast import OBJECTION, Candidate, Clock


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def way(cast, time):
    return Candidate(cast, time)


@pytest.fixture
def other(cast, time):
    """An ordinary proposal, in writing, whose time is about to run out: the clock has something to do there."""
    found = draft_proposal(
        actor=cast.alix, circle_id=cast.circle.pk, title="Se réunir au local", driver="Pour se voir.",
        text="Nous nous réunissons au local.", review_on="2029-06-01", responsible_id=cast.alix.pk, criteria="Venir.",
    )  # fmt: skip
    decide_in_writing(actor=cast.bachir, proposal_id=found.pk, key=uuid4())
    written(found.pk, cast.alix, "submit", version=1)
    for member in cast.three:
        written(found.pk, member, "answer_driver", version=1, answer="clear")
    return found.pk


def written(proposal, actor, kind, **payload):
    return act_on_proposal(proposal_id=proposal, actor=actor, kind=kind, payload=payload, key=uuid4())


def stage_of(proposal):
    return ConsentSession.objects.get(proposal_id=proposal).stage


def deferred(way, cast, days):
    """Camille's objection qualifies, and Bachir defers for some days."""
    way.heard().on_the_table()
    way.answer(cast.alix, cast.bachir)
    way.answer(cast.camille, **OBJECTION)
    way.reveal()
    for member in (cast.alix, cast.bachir):
        way.acts(member, "judge", objection=1, agree="yes")
    way.acts(cast.bachir, "close_test", objection=1)
    until = (clock.now() + timedelta(days=days)).date().isoformat()
    way.acts(cast.bachir, "choose_exit", version=1, exit="defer", reason="Publier.", until=until)


def test_a_deferred_decision_waits_for_its_candidate_and_holds_nothing_up(way, cast, time, other):
    deferred(way, cast, 3)
    proposal = way.state.proposal
    time.days(5)
    close_due()
    assert stage_of(other) == Consent.PRESENTED.value
    assert stage_of(proposal) == Consent.DEFERRED.value
    waiting = ConsentSession.objects.get(proposal_id=proposal)
    assert waiting.due_at > clock.now()
    assert waiting.pk not in due_sessions()
    time.days(2)
    assert waiting.pk in due_sessions()
    close_due()
    way.do(cast.fanny, "answer_conditions", text="Publiée.")
    assert waiting.pk in due_sessions()  # at once, without waiting for the next try
    close_due()
    assert stage_of(proposal) == Consent.DRAFT.value


def test_a_decision_ends_with_its_candidacy(way, cast, time, other):
    way.heard().do(cast.alix, "open_decision")
    time.days(8)
    proposal = way.state.proposal
    decide_in_writing(actor=cast.bachir, proposal_id=proposal, key=uuid4())
    written(proposal, cast.alix, "submit", version=1)
    way.do(cast.fanny, "withdraw")
    close_due()
    assert stage_of(other) == Consent.PRESENTED.value
    assert stage_of(proposal) == Consent.WITHDRAWN.value
    assert session_state(ConsentSession.objects.get(proposal_id=proposal)).reason == NOTHING_LEFT
    assert way.state.stage is Stage.WITHDRAWN


def test_a_decision_without_object_can_be_taken_back_by_who_carries_it(way, cast, time):
    way.heard().do(cast.alix, "open_decision")
    time.days(8)
    proposal = way.state.proposal
    decide_in_writing(actor=cast.bachir, proposal_id=proposal, key=uuid4())
    way.do(cast.fanny, "withdraw")
    written(proposal, cast.alix, "withdraw", reason="Il n’y a plus de candidature.")
    assert stage_of(proposal) == Consent.WITHDRAWN.value
    assert way.state.stage is Stage.WITHDRAWN


def test_a_paused_candidacy_holds_nothing_up_and_goes_on(way, cast, time, other):
    way.heard().do(cast.alix, "open_decision")
    time.days(8)
    proposal = way.state.proposal
    decide_in_writing(actor=cast.bachir, proposal_id=proposal, key=uuid4())
    written(proposal, cast.alix, "submit", version=1)
    for member in cast.three:
        written(proposal, member, "answer_driver", version=1, answer="clear")
    way.do(cast.alix, "step_down")
    close_due()
    assert stage_of(other) == Consent.PRESENTED.value
    assert stage_of(proposal) == Consent.DRIVER_CHECK.value
    way.do(cast.fanny, "ask_sponsor", person=cast.camille.pk)
    way.do(cast.camille, "confirm_sponsor", organisation="Le Fournil")
    close_due()
    assert stage_of(proposal) == Consent.PRESENTED.value


def test_a_charter_that_moved_holds_nothing_up(cast, time, other):
    proposals = [published(who, word, cast) for who, word in ((cast.alix, "Un"), (cast.camille, "Deux"))]
    for who, proposal in zip((cast.alix, cast.camille), proposals, strict=True):
        to_call(cast, who, proposal)
        for member in cast.three:
            written(proposal, member, "position", version=1, call=1, choice="consent")
    count = Charter.objects.count()
    close_due()
    assert Charter.objects.count() == count + 1
    assert [stage_of(each) for each in proposals] == [Consent.ADOPTED.value, Consent.OBJECTION_CALL.value]
    assert stage_of(other) != Consent.DRIVER_CHECK.value
    written(proposals[1], cast.camille, "withdraw", reason="La charte a changé.")
    assert stage_of(proposals[1]) == Consent.WITHDRAWN.value


def published(who, word, cast):
    draft = begin_draft(actor=who, collective=cast.collective)
    said = draft.document
    draft = edit_text(
        actor=who, draft_id=draft.pk, revision=draft.revision, title=said["title"],
        preamble=f"{said['preamble']} {word}", articles=said["articles"],
    )  # fmt: skip
    found = publish_draft(actor=who, draft_id=draft.pk, revision=draft.revision, title=f"Charte {word}")
    more = {"review_on": "2029-10-01", "responsible": who, "criteria": "Lue.", "driver": "Il manque un mot."}
    Proposal.objects.filter(pk=found.pk).update(**more)
    return found.pk


def to_call(cast, who, proposal):
    decide_in_writing(actor=cast.bachir, proposal_id=proposal, key=uuid4())
    session = ConsentSession.objects.get(proposal_id=proposal).pk
    written(proposal, who, "submit", version=1)
    for member in cast.three:
        written(proposal, member, "answer_driver", version=1, answer="clear")
    take_due_step(session_id=session)
    written(proposal, cast.bachir, "start", version=1)
    for kind, number, more in (("pass_turn", 1, {}), ("take_turn", 2, {"text": "Bien."})):
        for member in cast.three:
            written(proposal, member, kind, round=number, **more)
        take_due_step(session_id=session)
    written(proposal, who, "keep", version=1)


def test_one_part_that_fails_stops_no_other(way, cast, time, other, monkeypatch):
    def broken(**names):
        raise OverflowError("date value out of range")

    monkeypatch.setattr(tasks, "review_due", broken)
    monkeypatch.setattr(tasks, "due_reviews", lambda: [1, 2])
    monkeypatch.setattr(tasks, "due_lots", broken)
    monkeypatch.setattr(tasks, "tend_candidacies", broken)
    done = close_due()
    assert (done["reviews"], done["lots"], done["candidacies"]) == (0, 0, 0)
    assert done["steps"] == 1
    assert stage_of(other) == Consent.PRESENTED.value


def test_a_step_that_breaks_is_set_aside(cast, time, other, monkeypatch):
    session = ConsentSession.objects.get(proposal_id=other)

    def broken(**names):
        raise OverflowError("date value out of range")

    monkeypatch.setattr("governance.actions.written.take", broken)
    assert close_due()["steps"] == 0
    session.refresh_from_db()
    assert session.due_at > clock.now()
    assert session.pk not in due_sessions()


@pytest.mark.parametrize("ends", ["withdrawn", "paused"])
def test_a_room_goes_on_when_the_candidacy_does_not(way, cast, time, ends):
    way.heard().do(cast.alix, "open_decision")
    time.days(8)
    proposal = way.state.proposal
    way.meet("Seconde rencontre", [("", proposal), ("Divers", None)])
    way.acts(cast.bachir, "go_to_item", item=1)
    way.to_call()
    with pytest.raises(WrongState, match="call_open"):
        way.acts(cast.bachir, "go_to_item", item=2)
    if ends == "withdrawn":
        way.do(cast.fanny, "withdraw")
    else:
        way.do(cast.alix, "step_down")
    offered = {each.kind: each.allowed for each in room_view(way.room.pk, viewer=cast.bachir).mine.acts}
    assert offered["go_to_item"]
    way.acts(cast.bachir, "go_to_item", item=2)
    close_due()
    assert stage_of(proposal) == (Consent.WITHDRAWN.value if ends == "withdrawn" else Consent.SUSPENDED.value)
