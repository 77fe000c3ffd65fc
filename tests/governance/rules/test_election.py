"""Elections without candidate, step by step: who may, what is refused, where it leads."""

import random
from datetime import timedelta

import pytest

from governance.errors import DomainError, TermMissing
from governance.rules.charter import Terms
from governance.rules.electing import ENDED
from governance.rules.election import TABLE, ElectionStage, legal_steps
from governance.rules.election_terms import election_terms
from governance.rules.templates import template
from tests.governance.rules.chance import ARGUMENT
from tests.governance.rules.election_chance import DEPUTY, FACILITATOR, PEOPLE, ROLE, Order, terms

E = ElectionStage


def order(**changed) -> Order:
    return Order(random.Random(1), terms(**changed)).begin()


def refused(code: str, one: Order, kind: str, actor: int | None, **payload) -> None:
    with pytest.raises(DomainError, match=code):
        one.take(kind, actor, **{"round": one.state.round, **payload})


def test_from_the_role_to_the_mandate():
    one = order().to_propose().propose().answer()
    assert one.state.stage is E.ACCEPT
    one.take("accept_mandate", 4, round=one.state.round)
    assert (one.state.stage, one.state.holders, one.state.length) == (E.DONE, (4,), 12)


def test_the_role_is_agreed_before_any_ballot():
    one = order()
    refused("waiting_for_answers", one, "open_ballot", FACILITATOR, version=1)
    one.take("agree_role", 5, version=1, agree=False, reason="Un an, c’est long.")
    for person in (1, 2, 3, 4):
        one.take("agree_role", person, version=1, agree=True)
    refused("role_contested", one, "open_ballot", FACILITATOR, version=1)
    one.take("edit_role", FACILITATOR, version=1, role="trésorerie", mission="M", criteria="C", months=6)
    assert one.state.agreements == ()
    refused("stale_version", one, "agree_role", 5, version=1, agree=True)
    refused("months_out_of_bounds", one, "edit_role", FACILITATOR, version=2, months=37)
    assert one.to_ballot().state.stage is E.BALLOT


def test_a_ballot_holds_exactly_one_name_of_the_seated():
    one = order().to_ballot()
    refused("person_unknown", one, "cast_ballot", 1, person=9)
    refused("pass_forbidden", one, "pass_ballot", 1)
    refused("not_elector", one, "cast_ballot", 9, person=4)
    one.take("cast_ballot", 1, round=one.state.round, person=4)
    refused("waiting_for_answers", one, "open_names", FACILITATOR)
    one.take("cast_ballot", 1, round=one.state.round, person=1)
    assert (one.state.sealed[1].named, one.state.ballots) == (1, ())
    other = order(allow_pass=True).to_ballot()
    other.take("pass_ballot", 1, round=other.state.round)
    assert other.state.sealed[1].named is None


def test_late_joiners_are_not_called_to_a_ballot_already_open():
    one = Order(random.Random(1), terms()).begin(present=(1, 2, 3, 4))
    for person in (1, 2, 3, 4):
        one.take("agree_role", person, version=1, agree=True)
    one.take("open_ballot", FACILITATOR, version=1)
    one.take("presence", None, present=list(PEOPLE), facilitator=FACILITATOR, deputy=DEPUTY)
    refused("not_called", one, "cast_ballot", 5, person=4)


def test_voices_move_only_to_somebody_named():
    one = order().to_ballot()
    for person, named in zip(PEOPLE, (4, 4, 5, 5, 4), strict=True):
        one.take("cast_ballot", person, round=one.state.round, person=named)
    one.take("open_names", FACILITATOR, round=one.state.round)
    refused("waiting_for_answers", one, "close_names", FACILITATOR)
    one.all("say_reasons", text="Parce que.")
    refused("already_spoke", one, "say_reasons", 1, text="Encore.")
    one.take("close_names", FACILITATOR, round=one.state.round)
    refused("not_named", one, "change_voice", 1, person=3, reason="Hm.")
    refused("same_voice", one, "change_voice", 1, person=4, reason="Hm.")
    one.take("change_voice", 1, round=one.state.round, person=5, reason="Convaincu.")
    assert (one.state.voices()[1], one.state.said[-1].before) == (5, 4)


def test_a_proposal_rests_on_grounds_and_never_on_the_count():
    one = order().to_propose((4, 4, 4, 4, 5))
    refused("not_named", one, "propose", FACILITATOR, person=1, grounds="x")
    refused("not_facilitator", one, "propose", 1, person=5, grounds="x")
    one.propose(5)  # named once only
    assert (one.state.stage, one.state.nominee) == (E.OBJECTIONS, 5)


def test_the_deputy_takes_over_when_the_facilitator_is_named():
    one = order().to_propose((2, 2, 4, 4, 2))
    refused("not_facilitator", one, "propose", FACILITATOR, person=4, grounds="x")
    one.propose(2, by=DEPUTY)
    refused("not_facilitator", one, "extend", FACILITATOR, minutes=5)
    assert one.answer(leader=DEPUTY).state.stage is E.ACCEPT
    without = Order(random.Random(1), terms()).begin(deputy=None).to_propose((2, 2, 4, 4, 2))
    refused("deputy_needed", without, "propose", FACILITATOR, person=4, grounds="x")
    both = order().to_propose((2, 3, 2, 3, 3))
    refused("own_nomination", both, "propose", DEPUTY, person=3, grounds="x")
    assert both.propose(3, by=FACILITATOR).state.leader() == FACILITATOR


def test_the_person_proposed_answers_when_the_charter_says():
    said = {"version": 1, "call": 1, "choice": "consent"}
    last = order().to_propose().propose()
    refused("nominee_last", last, "position", 4, **said)
    for person in (1, 2, 3, 5):
        last.take("position", person, **said)
    last.take("position", 4, **said)
    first = order(nominee_order="first").to_propose().propose()
    refused("nominee_first", first, "position", 1, **said)
    first.take("position", 4, **said).take("position", 1, **said)
    order(nominee_order="together").to_propose().propose().take("position", 4, **said)
    late = order().to_propose().propose()
    late.at += timedelta(minutes=11)
    late.take("position", 4, **said)


def test_an_objection_upheld_leads_to_a_shorter_mandate():
    one = order().to_propose().propose().answer(3).qualify()
    assert one.state.stage is E.INTEGRATE
    refused("mandate_not_shorter", one, "offer_change", 1, version=1, change="shorter", text="x", months=12)
    one.take("offer_change", 1, version=1, change="shorter", text="Six mois pour essayer.", months=6)
    refused("author_not_confirmed", one, "accept_amendment", FACILITATOR, version=1, objection=1)
    one.take("confirm_resolved", 3, objection=1)
    one.take("accept_amendment", FACILITATOR, version=1, objection=1)
    assert (one.state.stage, one.state.length) == (E.OBJECTIONS, 6)
    assert one.answer().state.stage is E.ACCEPT


def test_a_pair_accepts_too_and_does_not_judge():
    one = order().to_propose().propose().answer(3).qualify()
    refused("pair_unknown", one, "offer_change", 1, version=1, change="pair", text="x", person=4)
    one.take("offer_change", 1, version=1, change="pair", text="À deux.", person=5)
    one.take("confirm_resolved", 3, objection=1)
    one.take("accept_amendment", FACILITATOR, version=1, objection=1)
    one.answer().take("accept_mandate", 4, round=one.state.round)
    assert one.state.stage is E.ACCEPT
    one.take("accept_mandate", 5, round=one.state.round)
    assert (one.state.stage, one.state.holders) == (E.DONE, (4, 5))


def test_objections_to_a_person_still_stand_when_they_are_proposed_again():
    one = order().to_propose().propose(4).answer(3).qualify()
    one.propose(5)
    assert one.state.objections == ()
    one.take("presence", None, present=list(PEOPLE), facilitator=FACILITATOR, deputy=DEPUTY)
    one.answer(1).qualify()
    one.propose(4)
    assert [each.pending() for each in one.state.objections] == [True]
    assert one.answer().state.stage is E.INTEGRATE


def test_what_was_said_of_one_person_does_not_count_for_the_next():
    one = order().to_propose().propose(4).answer(3).qualify()
    one.take("offer_change", 1, version=1, change="support", text="À deux.")
    one.propose(5)
    refused("stale_version", one, "position", 1, version=1, call=1, choice="consent")
    one.answer(3)
    about = {"objection": 2, "wording": 0}
    assert one.state.call.current == 2
    refused("stale_version", one, "judge", 1, **{**about, "objection": 1}, agree=True)
    one.qualify().take("offer_change", 1, version=1, change="support", text="Avec un tutorat.")
    refused("stale_version", one, "confirm_resolved", 3, version=1, objection=2, offer=1)
    one.take("confirm_resolved", 3, version=1, objection=2, offer=2)
    one.take("accept_amendment", FACILITATOR, version=1, objection=2, offer=2)
    assert (one.state.call.version.number, one.state.call.call) == (2, 2)


def test_journals_that_counted_anew_for_each_person_are_read_as_before():
    one = Order(random.Random(1), terms())
    one.take("prepare", None, electorate=list(PEOPLE), opener=1, **ROLE)
    one.take("presence", None, present=list(PEOPLE), facilitator=FACILITATOR, deputy=DEPUTY)
    one.to_propose().propose(4).answer(3).qualify().propose(5)
    assert one.state.call.call == 1
    assert one.answer(3).qualify().state.call.current == 1


def test_who_declines_is_not_proposed_again_and_the_role_may_stay_vacant():
    one = order().to_propose((4, 4, 4, 4, 4)).propose().answer()
    refused("not_nominee", one, "accept_mandate", 1)
    one.take("decline_mandate", 4, round=one.state.round, reason="Pas le temps.")
    refused("has_declined", one, "propose", FACILITATOR, person=4, grounds="x")
    one.take("declare_vacant", FACILITATOR, round=one.state.round, reason="Personne.")
    day = (one.at + timedelta(days=30)).date().isoformat()
    refused("date_past", one, "set_new_date", FACILITATOR, until="2020-01-01")
    one.take("set_new_date", FACILITATOR, round=one.state.round, until=day)
    assert (one.state.stage, one.state.until) == (E.POSTPONED, day)


def test_the_lot_only_if_the_charter_allows_it():
    for allowed in (True, False):
        one = order(lot_if_vacant=allowed).to_propose().propose().answer(3).qualify()
        refused("time_left", one, "expire", FACILITATOR, version=1)
        one.at += timedelta(minutes=31)
        one.take("expire", FACILITATOR, version=1)
        assert (one.state.stage, one.state.reason) == (E.VACANT, "time_out")
        if allowed:
            assert one.take("choose_lot", FACILITATOR, round=one.state.round).state.stage is E.LOT
        else:
            refused("lot_forbidden", one, "choose_lot", FACILITATOR)


def test_names_left_forbid_a_vacancy_and_silence_never_accepts():
    one = order().to_propose()
    refused("names_left", one, "declare_vacant", FACILITATOR, reason="x")
    one.propose().answer()
    refused("time_left", one, "note_silence", FACILITATOR)
    one.at += timedelta(minutes=11)
    one.take("note_silence", FACILITATOR, round=one.state.round)
    assert (one.state.stage, one.state.refused) == (E.PROPOSE, {4})


def test_a_call_without_its_quorum_sleeps_and_starts_again():
    one = order().to_propose().propose()
    one.take("position", 1, version=1, call=1, choice="objection", **ARGUMENT)
    one.take("presence", None, present=[1, 2], facilitator=FACILITATOR, deputy=DEPUTY)
    assert one.state.stage is E.SUSPENDED
    one.take("presence", None, present=list(PEOPLE), facilitator=FACILITATOR, deputy=DEPUTY)
    assert (one.state.stage, one.state.call.call, one.state.call.sealed) == (E.OBJECTIONS, 2, {})


def test_every_stage_but_ends_has_a_step_and_ends_have_none():
    for stage in E:
        assert bool([kind for at, kind in TABLE if at is stage]) == (stage not in ENDED)


def test_legal_steps_say_what_each_would_meet():
    one = order().to_propose().propose()
    seen = {step.kind: step.code for step in legal_steps(one.state, 4, one.at, one.rules)}
    assert seen["position"] == "nominee_last"
    assert {step.kind: step.code for step in legal_steps(one.state, 1, one.at, one.rules)}["position"] == ""


def test_a_missing_figure_blocks_and_is_named():
    text, figures = template("six_values")
    without = Terms({k: v for k, v in figures.figures.items() if k != "election.allow_pass"}, figures.classes)
    with pytest.raises(TermMissing) as missing:
        election_terms(without, frozenset())
    assert missing.value.facts["term"] == "election.allow_pass"


def test_nobody_names_who_must_rest_from_the_role():
    one = order().all("agree_role", version=1, agree=True)
    refused("all_rest", one, "open_ballot", FACILITATOR, version=1, resting=list(PEOPLE))
    one.take("open_ballot", FACILITATOR, version=1, resting=[4])
    refused("must_rest", one, "cast_ballot", 1, person=4)
    for person, named in zip(PEOPLE, (5, 5, 1, 5, 1), strict=True):
        one.take("cast_ballot", person, round=one.state.round, person=named)
    one.take("open_names", FACILITATOR, round=one.state.round).all("say_reasons", text="Parce que.")
    one.take("close_names", FACILITATOR, round=one.state.round).all("keep_voice")
    one.take("close_voices", FACILITATOR, round=one.state.round).propose(5)
    one.take("position", 1, version=1, call=1, choice="objection", **ARGUMENT)
    for person in (2, 3, 4, 5):
        one.take("position", person, version=1, call=1, choice="consent")
    one.take("reveal", FACILITATOR, version=1, call=1)
    one.all("judge", people=(2, 3, 4, 5), objection=1, agree=True)
    one.take("close_test", FACILITATOR, objection=1)
    assert one.state.stage is E.INTEGRATE
    refused("must_rest", one, "offer_change", 1, version=1, change="pair", person=4, text="À deux.")
    one.take("offer_change", 1, version=1, change="pair", person=3, text="À deux.")
