"""The machine of consent, stage by stage: each guard once held and once broken; the table whole."""

import random
from dataclasses import replace as changed
from datetime import timedelta
from fractions import Fraction

import pytest

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.consent import TABLE, Session, Stage, Step, advance, diagram, legal_steps
from governance.rules.objections import drawn
from governance.rules.session import FINAL, LIVE, ObjectionState, evolve
from tests.governance.rules.chance import ARGUMENT, ELECTORATE, FACILITATOR, FOLLOW_UP, OUTSIDER, PROPOSER, Order, terms


@pytest.fixture
def order():
    return Order(random.Random(1), terms()).begin()


@pytest.fixture
def call(order):
    return order.to_call()


@pytest.fixture
def tested(call):
    return call.object(3)


@pytest.fixture
def integrating(tested):
    return tested.qualify()


def refused(order, kind, actor, **payload):
    """The code with which the machine refuses, and nothing changed."""
    before = order.state
    with pytest.raises((WrongState, NotEntitled, Invalid)) as refusal:
        order.take(kind, actor, **payload)
    assert order.state is before
    return refusal.value.code


# --- the table -----------------------------------------------------------------------------------------


def test_one_start_all_reachable_no_way_out_of_ends():
    ways = {}
    for (stage, _), rule in TABLE.items():
        ways.setdefault(stage, set()).update(rule.to)
    reached, edge = {Stage.NEW}, [Stage.NEW]
    while edge:
        for to in ways.get(edge.pop(), set()) - reached:
            reached.add(to)
            edge.append(to)
    assert reached | {Stage.SUSPENDED} == set(Stage)  # SUSPENDED: from every live stage, by the watch on the quorum
    assert not [stage for stage, _ in TABLE if stage in FINAL]
    assert Stage.NEW not in {to for rule in TABLE.values() for to in rule.to}


def test_only_a_reveal_leads_to_adoption():
    assert {key for key, rule in TABLE.items() if Stage.ADOPTED in rule.to} == {(Stage.OBJECTION_CALL, "reveal")}


def test_diagram_names_every_stage():
    assert all(f"{stage}" in diagram() for stage in Stage)
    assert diagram() == diagram()


def test_final_is_final(order):
    order.take("withdraw", PROPOSER, reason="Autre chose.")
    for kind in {kind for _, kind in TABLE}:
        assert refused(order, kind, FACILITATOR) == "not_now"


def test_evolve_knows_its_fields():
    with pytest.raises(TypeError):
        evolve(Session(), stages=1)
    assert evolve(Session(), call=2) == changed(Session(), call=2)


# --- before the call -----------------------------------------------------------------------------------


def test_submit_needs_driver_and_quorum(order):
    order.take("edit_draft", PROPOSER, driver="")
    assert refused(order, "submit", PROPOSER, version=2) == "draft_incomplete"
    order.take("edit_draft", PROPOSER, driver="On se voit trop peu.")
    order.take("presence", None, present=[1, 2], facilitator=2)
    assert refused(order, "submit", PROPOSER, version=3) == "quorum_missing"


def test_driver_is_answered_by_each_and_doubts_stand(order):
    order.take("submit", PROPOSER, version=1).all("answer_driver", (1, 2, 3, 4), version=1, answer="clear")
    assert refused(order, "accept_driver", FACILITATOR, version=1) == "waiting_for_answers"
    assert refused(order, "answer_driver", 5, version=1, answer="unclear") == "field_missing"
    order.take("answer_driver", 5, version=1, answer="unclear", reason="Qui est « on » ?")
    assert refused(order, "accept_driver", FACILITATOR, version=1) == "driver_doubted"
    assert refused(order, "refer", FACILITATOR, addressee="la ville", reason="x") == "nobody_says_so"
    assert order.take("send_back", FACILITATOR, reason="À préciser.").state.stage is Stage.DRAFT


def test_not_ours_is_referred(order):
    order.take("submit", PROPOSER, version=1).take(
        "answer_driver", 3, version=1, answer="not_ours", addressee="la ville"
    )
    order.take("refer", FACILITATOR, addressee="la ville", reason="C’est sa salle.")
    assert (order.state.stage, order.state.addressee) == (Stage.REFERRED, "la ville")


def test_one_turn_each_and_clarifying_goes_on_until_all_pass(order):
    order.take("submit", PROPOSER, version=1).all("answer_driver", version=1, answer="clear")
    order.take("accept_driver", FACILITATOR, version=1).take("start", FACILITATOR, version=1)
    order.take("take_turn", 3, round=1, text="À quelle heure ?")
    assert refused(order, "pass_turn", 3, round=1) == "already_spoke"
    assert refused(order, "close_round", FACILITATOR, round=1) == "waiting_for_answers"
    order.take("answer_question", PROPOSER, text="À 18 h.").all("pass_turn", (1, 2, 4, 5), round=1)
    assert order.take("close_round", FACILITATOR, round=1).state.stage is Stage.CLARIFY
    assert refused(order, "pass_turn", 3, round=1) == "stale_version"
    order.all("pass_turn", round=2)
    assert order.take("close_round", FACILITATOR, round=2).state.stage is Stage.REACT


def test_late_joiner_joins_the_open_round_but_not_the_open_call(order):
    order.take("presence", None, present=[1, 2, 3, 4], facilitator=2)
    order.take("submit", PROPOSER, version=1).all("answer_driver", (1, 2, 3, 4), version=1, answer="clear")
    order.take("presence", None, present=list(ELECTORATE), facilitator=2)
    assert refused(order, "accept_driver", FACILITATOR, version=1) == "waiting_for_answers"
    order.take("answer_driver", 5, version=1, answer="clear").take("accept_driver", FACILITATOR, version=1)
    order.take("presence", None, present=[1, 2, 3, 4], facilitator=2).take("start", FACILITATOR, version=1)
    order.all("pass_turn", (1, 2, 3, 4), round=1).take("close_round", FACILITATOR, round=1)
    order.all("take_turn", (1, 2, 3, 4), round=2, text="Bien.").take("close_round", FACILITATOR, round=2)
    order.take("keep", PROPOSER, version=1).take("presence", None, present=list(ELECTORATE), facilitator=2)
    assert refused(order, "position", 5, version=1, call=1, choice="consent") == "not_called"


def test_follow_up_is_part_of_the_text_called(order):
    order.state = evolve(order.state, stage=Stage.AMEND)
    assert refused(order, "amend", PROPOSER, version=1, text="x", criteria="") == "follow_up_missing"
    order.state = evolve(order.state, versions=(evolve(order.state.version, review_on=""),))
    assert refused(order, "keep", PROPOSER, version=1) == "follow_up_missing"


def test_own_proposal_is_not_facilitated(order):
    order.take("presence", None, present=list(ELECTORATE), facilitator=PROPOSER).take("submit", PROPOSER, version=1)
    order.all("answer_driver", version=1, answer="clear")
    assert refused(order, "accept_driver", PROPOSER, version=1) == "own_proposal"


# --- the call ------------------------------------------------------------------------------------------


def test_everybody_consents(call):
    assert call.object().state.stage is Stage.ADOPTED


def test_strangers_and_the_absent_take_no_position(call):
    assert refused(call, "position", OUTSIDER, version=1, call=1, choice="consent") == "not_elector"
    call.take("presence", None, present=[1, 2, 3, 4], facilitator=2)
    assert refused(call, "position", 5, version=1, call=1, choice="consent") == "not_present"


def test_objection_has_a_form_and_length_is_no_criterion(call):
    for gap in ARGUMENT:
        words = {**ARGUMENT, gap: ""}
        assert refused(call, "position", 3, version=1, call=1, choice="objection", **words) == "field_missing"
    assert refused(call, "position", 3, version=1, call=1, choice="concern") == "field_missing"
    call.take("position", 3, version=1, call=1, choice="objection", text="n", consequence="n", ground="effectiveness")


def test_charter_matters_cite_an_article(order):
    order.rules = terms(cites_article=True)
    order.to_call()
    words = {"version": 1, "call": 1, "choice": "objection", **ARGUMENT}
    assert refused(order, "position", 3, **words) == "field_missing"
    assert refused(order, "position", 3, **words, article="inconnu") == "article_unknown"
    order.take("position", 3, **words, article="partage")


def test_reveal_waits_for_all_or_the_timer_and_silence_is_no_consent(call):
    call.all("position", (1, 2, 3), version=1, call=1, choice="consent")
    assert refused(call, "reveal", FACILITATOR, version=1, call=1) == "waiting_for_answers"
    call.at += timedelta(minutes=call.rules.call_minutes)
    call.take("reveal", FACILITATOR, version=1, call=1)
    assert call.state.stage is Stage.ADOPTED
    assert [p.choice for p in call.state.revealed[0].positions].count("no_position") == 2


def test_too_few_positions_call_again_then_defer(call):
    for number in range(1, call.rules.recall_max + 2):
        assert call.state.call == number
        call.all("position", (1, 2), version=1, call=number, choice="consent")
        call.at += timedelta(minutes=call.rules.call_minutes)
        call.take("reveal", FACILITATOR, version=1, call=number)
    assert call.state.stage is Stage.DEFERRED


@pytest.mark.parametrize(
    ("quorum", "stage"), [(Fraction(3, 5), Stage.ADOPTED), (Fraction(61, 100), Stage.OBJECTION_CALL)]
)
def test_quorum_is_reached_exactly(call, quorum, stage):
    call.rules = terms(quorum=quorum)
    call.all("position", (1, 2, 3), version=1, call=1, choice="consent")
    call.at += timedelta(minutes=call.rules.call_minutes)
    assert call.take("reveal", FACILITATOR, version=1, call=1).state.stage is stage


def test_reveal_of_another_call_is_stale(call):
    call.all("position", version=1, call=1, choice="consent")
    assert refused(call, "reveal", FACILITATOR, version=1, call=2) == "stale_version"
    assert refused(call, "reveal", 3, version=1, call=1) == "not_facilitator"


# --- examination ---------------------------------------------------------------------------------------


def test_objections_are_examined_in_order_of_filing(call):
    for person in (4, 3, 1, 2, 5):
        words = {"choice": "objection", **ARGUMENT} if person in (3, 4) else {"choice": "consent"}
        call.take("position", person, version=1, call=1, **words)
    call.take("reveal", FACILITATOR, version=1, call=1)
    assert [objection.author for objection in call.state.objections] == [4, 3]
    assert call.state.current == 1


def test_nobody_disagrees_so_it_qualifies(tested):
    assert refused(tested, "judge", 3, objection=1, agree=True) == "own_objection"
    assert refused(tested, "judge", 4, objection=1, agree=False) == "field_missing"
    assert refused(tested, "close_test", FACILITATOR, objection=1) == "waiting_for_answers"
    assert tested.qualify().state.stage is Stage.INTEGRATE
    assert tested.state.objection(1).state is ObjectionState.QUALIFIED


def test_facilitator_cannot_discard_an_objection(tested):
    tested.all("judge", (1, 2, 4, 5), objection=1, agree=False, reason="Il y a des clés.")
    assert refused(tested, "close_test", FACILITATOR, objection=1) == "disagreement_remains"
    assert refused(tested, "draw_jury", FACILITATOR, objection=1, seed="a") == "test_running"
    tested.at += timedelta(days=1)
    assert refused(tested, "close_test", FACILITATOR, objection=1) == "disagreement_remains"
    assert refused(tested, "withdraw_objection", FACILITATOR, objection=1) == "not_author"


def deadlock(tested):
    tested.take("judge", 4, objection=1, agree=False, reason="Il y a des clés.")
    tested.at += timedelta(minutes=tested.rules.test_minutes)
    return tested.take("draw_jury", FACILITATOR, objection=1, seed="a")


def test_jury_of_three_without_author_and_proposer_decides(tested):
    jury = deadlock(tested).state.objection(1).jury
    assert sorted(jury) == [2, 4, 5] == sorted(drawn("a", frozenset({2, 4, 5}), 3))
    assert refused(tested, "jury_vote", 3, objection=1, agree=True, reason="x") == "not_juror"
    for juror in jury[:2]:
        tested.take("jury_vote", juror, objection=1, agree=False, reason="On a les clés.")
    assert tested.state.objection(1).state is ObjectionState.CONCERN
    assert (tested.state.stage, tested.state.call) == (Stage.OBJECTION_CALL, 2)


def test_jury_may_uphold(tested):
    for juror in deadlock(tested).state.objection(1).jury[:2]:
        tested.take("jury_vote", juror, objection=1, agree=True, reason="Elle a raison.")
    assert tested.state.stage is Stage.INTEGRATE


def test_without_enough_jurors_the_objection_stands(tested):
    tested.take("presence", None, present=[1, 2, 3], facilitator=2)
    assert deadlock_of(tested, 2).state.stage is Stage.INTEGRATE


def deadlock_of(tested, judge):
    tested.take("judge", judge, objection=1, agree=False, reason="Il y a des clés.")
    tested.at += timedelta(minutes=tested.rules.test_minutes)
    return tested.take("draw_jury", FACILITATOR, objection=1, seed="a")


def test_refined_objection_is_judged_anew_once(tested):
    tested.take("judge", 4, objection=1, agree=False, reason="Trop large.")
    tested.take("refine", 3, objection=1, text="Le mardi seulement.", consequence="On part.")
    assert tested.state.objection(1).judgments == ()
    assert refused(tested, "judge", 4, objection=1, wording=0, agree=True) == "stale_version", "said of the old words"
    tested.take("judge", 4, objection=1, wording=1, agree=True)
    assert refused(tested, "refine", 3, objection=1, text="x", consequence="y") == "already_refined"
    tested.qualify()
    assert tested.state.objection(1).state is ObjectionState.REFINED


def test_withdrawn_objection_leads_to_the_next_then_to_another_call(call):
    call.object(3, 4)
    call.take("withdraw_objection", 3, objection=1)
    assert (call.state.stage, call.state.current) == (Stage.TEST, 2)
    call.take("withdraw_objection", 4, objection=2, as_concern=True)
    assert (call.state.stage, call.state.call, call.state.version.number) == (Stage.OBJECTION_CALL, 2, 1)
    assert call.object(call=2).state.stage is Stage.ADOPTED


# --- integration ---------------------------------------------------------------------------------------


def test_amendment_needs_the_objector_and_no_opposition(integrating):
    assert refused(integrating, "accept_amendment", FACILITATOR, version=1, objection=1) == "amendment_missing"
    integrating.take("offer_amendment", PROPOSER, version=1, text="À 18 h.")
    assert refused(integrating, "accept_amendment", FACILITATOR, version=1, objection=1) == "author_not_confirmed"
    assert refused(integrating, "confirm_resolved", 4, objection=1) == "not_author"
    integrating.take("confirm_resolved", 3, objection=1).take("oppose_amendment", 5, version=1, reason="Trop tôt.")
    assert refused(integrating, "accept_amendment", FACILITATOR, version=1, objection=1) == "amendment_opposed"
    integrating.take("offer_amendment", 5, version=1, text="À 19 h.").take("confirm_resolved", 3, objection=1)
    integrating.take("accept_amendment", FACILITATOR, version=1, objection=1)
    assert (integrating.state.stage, integrating.state.version.number, integrating.state.call) == (
        Stage.OBJECTION_CALL,
        2,
        1,
    )
    assert integrating.state.objection(1).amended_to == 2
    assert integrating.object(version=2).state.stage is Stage.ADOPTED


def replaced(integrating):
    """One change is offered, and another takes its place."""
    integrating.take("offer_amendment", PROPOSER, version=1, text="À 18 h.")
    return integrating.take("offer_amendment", 4, version=1, text="Rien ne change.")


def test_word_given_on_one_offer_does_not_count_for_another(integrating):
    replaced(integrating)
    said = {"version": 1, "objection": 1}
    assert refused(integrating, "confirm_resolved", 3, **said, offer=1) == "stale_version"
    assert refused(integrating, "oppose_amendment", 5, version=1, offer=1, reason="Trop tôt.") == "stale_version"
    integrating.take("confirm_resolved", 3, **said, offer=2)
    assert refused(integrating, "accept_amendment", FACILITATOR, **said, offer=1) == "stale_version"
    integrating.take("accept_amendment", FACILITATOR, **said, offer=2)
    assert integrating.state.version.text == "Rien ne change."


def test_word_given_on_an_offer_does_not_count_for_a_text_brought_otherwise(integrating):
    integrating.take("offer_amendment", PROPOSER, version=1, text="À 18 h.")
    integrating.take("choose_exit", FACILITATOR, version=1, exit="alternative", reason="Autre idée.", text="En ligne.")
    assert refused(integrating, "confirm_resolved", 3, version=1, objection=1, offer=1) == "stale_version"
    assert refused(integrating, "confirm_resolved", 3, version=2, objection=1, offer=1) == "stale_version"
    assert refused(integrating, "confirm_resolved", 3, version=1, objection=1, offer=0) == "stale_version"
    integrating.take("confirm_resolved", 3, version=2, objection=1, offer=0)
    assert integrating.state.objection(1).amended_to == 2


def test_another_objection_is_lifted_by_the_text_and_not_by_the_offer(call):
    call.object(3).qualify()
    call.take("choose_exit", FACILITATOR, version=1, exit="alternative", reason="Autre idée.", text="En ligne.")
    call.object(4, version=2).qualify().take("offer_amendment", PROPOSER, version=2, text="À 18 h.")
    assert refused(call, "confirm_resolved", 3, version=2, objection=1, offer=1) == "stale_version"
    call.take("confirm_resolved", 3, version=2, objection=1, offer=0)
    assert (call.state.objection(1).amended_to, call.state.amendment.confirmed_by) == (2, "")


def test_offers_are_numbered_through_the_whole_decision(integrating):
    replaced(integrating).take("choose_exit", FACILITATOR, version=1, exit="alternative", reason="x", text="En ligne.")
    integrating.object(version=2).take("offer_amendment", PROPOSER, version=2, text="À 19 h.")
    assert integrating.state.amendment.number == 3


def test_jury_in_the_authors_place_speaks_of_the_offer_before_it(integrating):
    integrating.take("offer_amendment", PROPOSER, version=1, text="À 18 h.")
    integrating.take("presence", None, present=[1, 2, 4, 5], facilitator=2)
    integrating.take("draw_jury", FACILITATOR, objection=1, seed="a")
    integrating.take("offer_amendment", PROPOSER, version=1, text="Rien ne change.")
    integrating.take("draw_jury", FACILITATOR, objection=1, seed="a")
    juror, vote = integrating.state.objection(1).jury[0], {"objection": 1, "agree": True, "reason": "Cela répond."}
    assert refused(integrating, "jury_vote", juror, **vote, offer=1) == "stale_version"
    integrating.take("jury_vote", juror, **vote, offer=2)


def test_journals_that_named_no_offer_and_no_wording_are_read_as_before(tested):
    tested.take("refine", 3, objection=1, text="Le mardi seulement.", consequence="On part.").qualify()
    replaced(tested).take("oppose_amendment", 5, version=1, reason="Trop tôt.")
    tested.take("offer_amendment", PROPOSER, version=1, text="À 19 h.").take("confirm_resolved", 3, objection=1)
    tested.take("accept_amendment", FACILITATOR, version=1, objection=1)
    assert (tested.state.stage, tested.state.version.text) == (Stage.OBJECTION_CALL, "À 19 h.")


def test_untested_objection_follows_to_be_confirmed_and_counts_as_open(call):
    call.object(3, 4).qualify()
    call.take("offer_amendment", PROPOSER, version=1, text="À 18 h.").take("confirm_resolved", 3, objection=1)
    call.take("accept_amendment", FACILITATOR, version=1, objection=1)
    assert call.state.objection(2).to_confirm
    assert call.object(version=2).state.stage is Stage.TEST, "all consent, yet the other objection still stands"
    assert call.state.current == 2


def test_other_text_without_the_objectors_word_does_not_lift(integrating):
    integrating.take("choose_exit", FACILITATOR, version=1, exit="alternative", reason="Autre idée.", text="En ligne.")
    integrating.object(version=2)
    assert integrating.state.stage is Stage.INTEGRATE, "G8c: a qualified objection is not resolved"
    integrating.take("choose_exit", FACILITATOR, version=2, exit="alternative", reason="Encore.", text="Au parc.")
    integrating.take("confirm_resolved", 3, objection=1)
    assert integrating.object(version=3).state.stage is Stage.ADOPTED


@pytest.mark.parametrize(
    ("payload", "stage"),
    [
        ({"exit": "trial", "text": "Essai.", "ends_on": "2027-01-01"}, Stage.OBJECTION_CALL),
        ({"exit": "sleep", "until": "2026-12-01"}, Stage.INTEGRATE),
        ({"exit": "defer", "until": "2026-12-01"}, Stage.DEFERRED),
        ({"exit": "delegate", "until": "2026-12-01", "persons": [3, 4]}, Stage.DELEGATED),
        ({"exit": "refer", "addressee": "le cercle large"}, Stage.REFERRED),
    ],
)
def test_exits(integrating, payload, stage):
    integrating.take("choose_exit", FACILITATOR, version=1, reason="Ainsi.", **payload)
    assert integrating.state.stage is stage


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"exit": "trial", "text": "Essai."}, "field_missing"),
        ({"exit": "sleep"}, "field_missing"),
        ({"exit": "defer", "until": "2020-01-01"}, "date_past"),
        ({"exit": "delegate", "until": "2026-12-01", "persons": [OUTSIDER]}, "person_unknown"),
        ({"exit": "fallback"}, "fallback_not_allowed"),
    ],
)
def test_exits_refused(integrating, payload, code):
    assert refused(integrating, "choose_exit", FACILITATOR, version=1, reason="Ainsi.", **payload) == code


def test_fallback_only_after_its_loops(integrating):
    integrating.rules = terms(fallback=True, fallback_min_loops=1)
    assert refused(integrating, "choose_exit", FACILITATOR, version=1, exit="fallback", reason="x") == "loops_missing"
    integrating.take("choose_exit", FACILITATOR, version=1, exit="alternative", reason="x", text="Autre.")
    integrating.object(version=2).take("choose_exit", FACILITATOR, version=2, exit="fallback", reason="x")
    assert (integrating.state.stage, integrating.state.in_force) == (Stage.FALLBACK, None)


def test_time_out_defers_and_resuming_brings_objections_back(integrating):
    assert refused(integrating, "expire", FACILITATOR, version=1) == "timer_running"
    integrating.at += timedelta(minutes=integrating.rules.integrate_minutes)
    integrating.take("expire", None, version=1).take("resume", PROPOSER, version=1)
    attached = integrating.state.objection(1)
    assert (integrating.state.stage, attached.state, attached.to_confirm) == (Stage.DRAFT, ObjectionState.OPEN, True)


def test_subgroup_brings_back(integrating):
    integrating.take(
        "choose_exit", FACILITATOR, version=1, exit="delegate", reason="x", until="2026-12-01", persons=[3, 4]
    )
    assert refused(integrating, "bring_back", 5, version=1, text="Neuf.") == "not_in_subgroup"
    integrating.take("bring_back", 4, version=1, text="Neuf.")
    assert (integrating.state.stage, integrating.state.version.number) == (Stage.OBJECTION_CALL, 2)


def test_jury_stands_in_for_an_author_who_left(integrating):
    integrating.take("offer_amendment", PROPOSER, version=1, text="À 18 h.")
    assert refused(integrating, "draw_jury", FACILITATOR, objection=1, seed="a") == "author_present"
    integrating.take("presence", None, present=[1, 2, 4, 5], facilitator=2)
    integrating.take("draw_jury", FACILITATOR, objection=1, seed="a")
    for juror in integrating.state.objection(1).jury[:2]:
        integrating.take("jury_vote", juror, objection=1, agree=True, reason="Cela répond.")
    integrating.take("accept_amendment", FACILITATOR, version=1, objection=1)
    assert integrating.state.objection(1).resolved_by == "jury"


# --- presence, and after -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", sorted(LIVE))
def test_every_live_stage_suspends_without_quorum_and_wakes_with_it(order, stage):
    order.state = evolve(order.state, stage=stage, call=1, round=1)
    order.take("presence", None, present=[1, 2], facilitator=2)
    assert (order.state.stage, order.state.remembered) == (Stage.SUSPENDED, stage)
    order.take("presence", None, present=list(ELECTORATE), facilitator=2)
    assert order.state.stage is stage


def test_suspended_call_starts_again_and_forgets_what_was_sealed(call):
    call.all("position", version=1, call=1, choice="consent").take("presence", None, present=[2], facilitator=2)
    assert call.state.sealed == {}
    call.take("presence", None, present=list(ELECTORATE), facilitator=2)
    assert (call.state.stage, call.state.call) == (Stage.OBJECTION_CALL, 2)
    assert refused(call, "reveal", FACILITATOR, version=1, call=2) == "waiting_for_answers"


def test_new_fact_reopens_and_the_agreement_stays_in_force(call):
    call.object().take("close_decision", FACILITATOR)
    assert refused(call, "reopen", OUTSIDER, fact="x", **ARGUMENT) == "not_elector"
    assert refused(call, "reopen", 4, fact="", **ARGUMENT) == "field_missing"
    call.take("reopen", 4, fact="La salle est vendue.", **ARGUMENT)
    assert (call.state.stage, call.state.in_force) == (Stage.REOPENED, 1)
    call.qualify().take("withdraw", PROPOSER, reason="On verra.")
    assert (call.state.stage, call.state.in_force) == (Stage.CLOSED, 1)


def test_review_is_due_on_its_day_once(call):
    call.object().take("close_decision", None)
    assert refused(call, "review", None) == "too_early"
    call.at += timedelta(days=365)
    call.take("review", None)
    assert refused(call, "review", None) == "already_reviewed"


def test_legal_steps_say_why_not(call):
    steps = {each.kind: each for each in legal_steps(call.state, 3, call.at, call.rules)}
    assert steps["position"].allowed
    assert (steps["reveal"].allowed, steps["reveal"].code) == (False, "not_facilitator")
    mine = {each.kind: each for each in legal_steps(call.state, FACILITATOR, call.at, call.rules)}
    assert (mine["reveal"].code, mine["reveal"].facts["missing"]) == ("waiting_for_answers", 5)
    assert all(not each.allowed for each in legal_steps(call.state, None, call.at, call.rules))


def test_electorate_may_not_be_empty():
    payload = {"electorate": [], "proposer": 1, "decision_class": "ordinary", "title": "", "text": "", "driver": ""}
    step = Step("prepare", None, Order(random.Random(1), terms()).at, {**payload, **FOLLOW_UP})
    with pytest.raises(Invalid):
        advance(Session(), step, terms())


def test_unknown_step_is_refused(order):
    with pytest.raises(IllegalStep):
        order.take("adopt", FACILITATOR)
