"""The table of stages, row by row: from this stage, this event leads there, in a room and in writing alike."""

import random
from datetime import timedelta

import pytest

from governance.rules.consent import Stage
from governance.rules.session import ObjectionState
from tests.governance.rules.chance import ARGUMENT, ELECTORATE, FACILITATOR, PROPOSER, Order, terms

S = Stage
LED = FACILITATOR


def draft(order):
    return order


def driver_check(order):
    return order.take("submit", PROPOSER, version=1)


def answered(order):
    return driver_check(order).all("answer_driver", version=1, answer="clear")


def presented(order):
    return answered(order).take("accept_driver", LED, version=1)


def clarify(order):
    return presented(order).take("start", LED, version=1)


def asked(order):
    clarify(order).take("take_turn", 3, round=1, text="Quand ?").all("pass_turn", (1, 2, 4, 5), round=1)
    return order.take("answer_question", PROPOSER, text="Le mardi.")


def passed(order):
    return clarify(order).all("pass_turn", round=1)


def react(order):
    return passed(order).take("close_round", LED, round=1)


def reacted(order):
    return react(order).all("take_turn", round=2, text="Bien.")


def amend(order):
    return reacted(order).take("close_round", LED, round=2)


def call(order):
    return amend(order).take("keep", PROPOSER, version=1)


def consented(order):
    return call(order).all("position", version=1, call=1, choice="consent")


def too_few(order):
    call(order).take("position", 3, version=1, call=1, choice="consent")
    return over(order)


def over(order):
    """The time of the stage has run out; in writing after its reminders."""
    if not order.state.written:
        order.at += timedelta(minutes=60)
        return order
    while order.state.reminders_left:
        order.at = order.state.ends_at - timedelta(seconds=order.state.remind_every * order.state.reminders_left)
        order.take("remind", None, persons=[])
    order.at = order.state.ends_at
    return order


def recalled_to_the_end(order):
    too_few(order)
    for number in range(1, order.rules.recall_max + 1):
        over(order.take("reveal", LED, version=1, call=number))
    return order


def objected(order):
    call(order)
    for person in ELECTORATE:
        words = {"choice": "objection", **ARGUMENT} if person in (3, 4) else {"choice": "consent"}
        order.take("position", person, version=1, call=1, **words)
    return order


def examined(order):
    return objected(order).take("reveal", LED, version=1, call=1)


def last_examined(order):
    return examined(order).take("withdraw_objection", 3, objection=1)


def judged(order):
    return examined(order).all("judge", (1, 2, 4, 5), objection=1, agree=True)


def integrating(order):
    return judged(order).take("close_test", LED, objection=1)


def lifted(order):
    integrating(order).take("offer_amendment", PROPOSER, version=1, text="À 18 h.")
    return order.take("confirm_resolved", 3, objection=1)


def alternative_called(order):
    integrating(order).take("withdraw_objection", 4, objection=2)
    order.take("choose_exit", LED, version=1, exit="alternative", reason="Autre.", text="En ligne.")
    return order.all("position", version=2, call=1, choice="consent")


def adopted(order):
    return consented(order).take("reveal", LED, version=1, call=1)


def closed(order):
    return adopted(order).take("close_decision", LED)


def reopened(order):
    return closed(order).take("reopen", 4, fact="La salle est vendue.", **ARGUMENT)


def reopened_judged(order):
    return reopened(order).all("judge", (1, 2, 3, 5), objection=1, agree=True)


ROWS = [
    ("DRAFT submit", draft, "submit", PROPOSER, {"version": 1}, S.DRIVER_CHECK),
    ("DRIVER_CHECK accept", answered, "accept_driver", LED, {"version": 1}, S.PRESENTED),
    ("PRESENTED start", presented, "start", LED, {"version": 1}, S.CLARIFY),
    ("CLARIFY close, something said", asked, "close_round", LED, {"round": 1}, S.CLARIFY),
    ("CLARIFY close, all passed", passed, "close_round", LED, {"round": 1}, S.REACT),
    ("REACT close", reacted, "close_round", LED, {"round": 2}, S.AMEND),
    ("AMEND keep", amend, "keep", PROPOSER, {"version": 1}, S.OBJECTION_CALL),
    ("AMEND amend", amend, "amend", PROPOSER, {"version": 1, "text": "À 18 h."}, S.OBJECTION_CALL),
    ("OBJECTION_CALL reveal, nothing open", consented, "reveal", LED, {"version": 1, "call": 1}, S.ADOPTED),
    ("OBJECTION_CALL reveal, too few", too_few, "reveal", LED, {"version": 1, "call": 1}, S.OBJECTION_CALL),
    ("OBJECTION_CALL reveal, too few again", recalled_to_the_end, "reveal", LED, {"version": 1, "call": 3}, S.DEFERRED),
    ("OBJECTION_CALL reveal, open objections", objected, "reveal", LED, {"version": 1, "call": 1}, S.TEST),
    (
        "OBJECTION_CALL reveal, one not resolved",
        alternative_called,
        "reveal",
        LED,
        {"version": 2, "call": 1},
        S.INTEGRATE,
    ),
    ("TEST withdrawn, others left", examined, "withdraw_objection", 3, {"objection": 1}, S.TEST),
    ("TEST withdrawn, none left", last_examined, "withdraw_objection", 4, {"objection": 2}, S.OBJECTION_CALL),
    ("TEST qualified", judged, "close_test", LED, {"objection": 1}, S.INTEGRATE),
    (
        "INTEGRATE amendment accepted",
        lifted,
        "accept_amendment",
        LED,
        {"version": 1, "objection": 1},
        S.OBJECTION_CALL,
    ),
    ("INTEGRATE withdrawn, others left", integrating, "withdraw_objection", 3, {"objection": 1}, S.TEST),
    ("ADOPTED concerns heard", adopted, "close_decision", LED, {}, S.CLOSED),
    ("CLOSED new fact", closed, "reopen", 4, {"fact": "La salle est vendue.", **ARGUMENT}, S.REOPENED),
    ("REOPENED not upheld", reopened, "withdraw_objection", 4, {"objection": 1}, S.CLOSED),
    ("REOPENED qualified", reopened_judged, "close_test", LED, {"objection": 1}, S.INTEGRATE),
]
WITHDRAWN = [draft, driver_check, presented, clarify, react, amend, call, examined, integrating]


@pytest.fixture(params=["room", "writing"])
def order(request):
    begun = Order(random.Random(1), terms()).begin()
    return begun.in_writing() if request.param == "writing" else begun


@pytest.mark.parametrize(("place", "kind", "actor", "payload", "to"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_row(order, place, kind, actor, payload, to):
    assert place(order).take(kind, actor, **payload).state.stage is to


@pytest.mark.parametrize("place", WITHDRAWN, ids=[each.__name__ for each in WITHDRAWN])
def test_the_proposer_withdraws_from_any_stage_before_adoption(order, place):
    assert place(order).take("withdraw", PROPOSER, reason="Autre chose.").state.stage is S.WITHDRAWN


def test_driver_unclear_goes_back_and_not_ours_is_referred(order):
    driver_check(order).take("answer_driver", 3, version=1, answer="unclear", reason="Qui ?")
    assert order.take("send_back", LED, reason="Préciser.").state.stage is S.DRAFT
    order.take("submit", PROPOSER, version=1)
    order.take("answer_driver", 3, version=1, answer="not_ours", addressee="la ville")
    order.take("refer", LED, addressee="la ville", reason="Sa salle.")
    assert (order.state.stage, order.state.addressee) == (S.REFERRED, "la ville")


def test_an_amended_text_keeps_untested_objections_to_be_confirmed(order):
    lifted(order).take("accept_amendment", LED, version=1, objection=1)
    assert (order.state.version.number, order.state.call) == (2, 1)
    assert (order.state.objection(2).state, order.state.objection(2).to_confirm) == (ObjectionState.OPEN, True)


def test_a_revision_that_is_withdrawn_leaves_the_agreement_in_force(order):
    reopened_judged(order).take("close_test", LED, objection=1).take("withdraw", PROPOSER, reason="On verra.")
    assert (order.state.stage, order.state.in_force) == (S.CLOSED, 1)


def test_a_trial_lapses_in_whatever_stage_it_is_then(order):
    integrating(order).take("withdraw_objection", 4, objection=2)
    trial = {"exit": "trial", "reason": "Essai.", "text": "Deux mois.", "ends_on": "2026-12-31"}
    order.take("choose_exit", LED, version=1, **trial).take("confirm_resolved", 3, objection=1)
    order.all("position", version=2, call=1, choice="consent").take("reveal", LED, version=2, call=1)
    order.take("close_decision", LED).take("reopen", 4, fact="Un fait.", **ARGUMENT)
    order.at += timedelta(days=60)
    order.take("clause_ends", None)
    assert order.state.stage is S.REOPENED
    assert order.state.lapsed_at.isoformat() == "2027-01-01T00:00:00+00:00"
