"""Ways through co-optation: whatever the order of events, nobody is admitted against the charter."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.errors import DomainError, IllegalStep, Invalid, NotEntitled, TermMissing
from governance.rules.admitting import can_be_decided_yet
from governance.rules.candidacy import ENDED, Candidacy, Stage
from governance.rules.charter import Terms
from governance.rules.cooptation import TABLE, advance, diagram, may, replay
from governance.rules.cooptation_due import due_step, next_due
from governance.rules.cooptation_terms import add_months, cooptation_terms, evaluations_needed
from governance.rules.evaluating import check_evaluation
from governance.rules.lot import permutation, seed
from governance.rules.objections import drawn
from governance.rules.polls import Tier
from governance.rules.session import Step, evolve
from governance.rules.templates import template

TEXT, FIGURES = template("six_values")
ARTICLES = [article.id for article in TEXT.articles]
TERMS = cooptation_terms(FIGURES, ARTICLES)
PERSONS = {"quorum": "1/2", "secrecy": "open", "threshold": "1/10", "threshold_rule": "exceeded"}
VOTES = {"cooptation.vote_allowed": True, "ballot.secrecy_floor": 3}
VOTING = cooptation_terms(Terms({**FIGURES.figures, **VOTES}, {"cooptation": PERSONS}), ARTICLES)
START = datetime(2026, 1, 10, 9, tzinfo=UTC)
ELIA, ALIX, BACHIR, CAMILLE, LATE = 1, 2, 3, 4, 9
OLD = START - timedelta(days=400)
ANSWERS = dict.fromkeys(ARTICLES, "c")
COUNTS = {article: {"manifest": 0} for article in ARTICLES}


def sponsorship(organisation, since=OLD, live=0, last=None):
    return {"organisation": organisation, "since": since, "live": live, "last": last}


class Way:
    """A candidacy told step by step, on a clock of its own."""

    def __init__(self, terms=TERMS):
        self.state, self.at, self.told, self.terms = Candidacy(), START, [], terms

    def do(self, kind, actor=None, *, days=0, **payload):
        self.at += timedelta(days=days)
        step = Step(kind, actor, self.at, payload)
        self.state = advance(self.state, step, self.terms)
        self.told.append((step, self.terms))
        return self

    def expressed(self):
        return self.do("express", ELIA, signed="d", charter="d", organisation="Éclats", answers=ANSWERS)

    def sponsored(self):
        self.expressed().do("ask_sponsor", ELIA, person=ALIX).do("ask_sponsor", ELIA, person=BACHIR)
        self.do("confirm_sponsor", ALIX, **sponsorship("Atelier A"))
        return self.do("confirm_sponsor", BACHIR, **sponsorship("Atelier B"))

    def announced(self):
        return self.sponsored().do("announce", ALIX, electorate=[ALIX, BACHIR, CAMILLE])

    def evaluated(self):
        self.announced()
        for person in (ALIX, BACHIR, CAMILLE):
            self.do("evaluate", person, commitment="c")
        return self.do("close_evaluation", ALIX, counts={a: {"manifest": 3} for a in ARTICLES})

    def heard(self):
        self.evaluated().do("synthesise", BACHIR, commitment="c")
        return self.do("hear", CAMILLE, assembly=1, present=True)

    def called(self, **more):
        return self.heard().do("open_decision", ALIX, proposal=7)

    def decides(self, outcome, *, days=0, left=0, electorate=(ALIX, BACHIR, CAMILLE), proposal=7, objectors=(), **more):
        payload = {"outcome": outcome, "open": left, "electorate": list(electorate), "proposal": proposal, **more}
        return self.do("decided", days=days, objectors=list(objectors), **payload)

    def probation(self):
        return self.called().decides("adopted", days=TERMS.meeting_gap_days)

    def member(self):
        self.probation()
        self.do("notice", days=180, members=[ALIX, BACHIR, CAMILLE])
        return self.do("end_probation", days=20)

    def refused(self, error, code, kind, actor=None, **payload):
        before = self.state
        with pytest.raises(error) as caught:
            self.do(kind, actor, **payload)
        assert caught.value.code == code
        assert self.state is before
        return self


def test_from_the_wish_to_membership_and_the_same_again_by_replay():
    way = Way().member()
    assert way.state.stage is Stage.MEMBER
    assert way.state.companion == ALIX
    assert replay(way.told) == way.state


def test_every_value_is_answered_and_the_charter_signed_is_the_one_in_force():
    few = {"signed": "d", "charter": "d", "answers": dict.fromkeys(ARTICLES[1:], "c")}
    Way().refused(Invalid, "value_unanswered", "express", ELIA, **few)
    other = {"signed": "d", "charter": "e", "answers": ANSWERS}
    Way().refused(Invalid, "charter_changed", "express", ELIA, **other)


@pytest.mark.parametrize(
    ("facts", "error", "code"),
    [
        (sponsorship("A", since=None), NotEntitled, "sponsor_not_member"),
        (sponsorship("A", since=START - timedelta(days=30)), IllegalStep, "sponsor_standing"),
        (sponsorship("A", live=2), IllegalStep, "sponsor_too_many"),
        (sponsorship("A", last=START - timedelta(days=3)), IllegalStep, "sponsor_too_soon"),
        (sponsorship("éclats"), IllegalStep, "sponsor_organisation"),
        (sponsorship(" "), Invalid, "field_missing"),
    ],
)
def test_sponsors_are_in_good_standing_and_free_of_conflict(facts, error, code):
    """VOT-22: the refusal names the rule."""
    Way().expressed().do("ask_sponsor", ELIA, person=ALIX).refused(error, code, "confirm_sponsor", ALIX, **facts)


def test_two_sponsors_of_one_organisation_are_one():
    way = Way().expressed().do("ask_sponsor", ELIA, person=ALIX).do("ask_sponsor", ELIA, person=BACHIR)
    way.do("confirm_sponsor", ALIX, **sponsorship("Atelier-A"))
    way.refused(IllegalStep, "sponsor_organisation", "confirm_sponsor", BACHIR, **sponsorship("atelier a"))
    way.refused(NotEntitled, "not_asked", "confirm_sponsor", ALIX, **sponsorship("Autre"))
    way.refused(Invalid, "own_candidacy", "ask_sponsor", ELIA, person=ELIA)


@pytest.mark.parametrize("stage", ["announced", "evaluated", "heard"])
def test_a_sponsor_who_leaves_pauses_and_another_resumes(stage):
    way = getattr(Way(), stage)()
    before = way.state.stage
    way.do("sponsor_left", person=BACHIR, days=1)
    assert way.state.stage is Stage.PAUSED
    way.refused(IllegalStep, "not_now", "hear", CAMILLE, assembly=1, present=True)
    way.do("ask_sponsor", ELIA, person=CAMILLE, days=2).do("confirm_sponsor", CAMILLE, **sponsorship("Atelier C"))
    assert way.state.stage is before
    if stage == "announced":
        assert way.state.evaluations_until == START + timedelta(days=TERMS.eval_days + 2)


def test_evaluations_are_counted_only_once_enough_or_late():
    way = Way().announced()
    way.refused(IllegalStep, "evaluations_missing", "close_evaluation", ALIX, counts=COUNTS)
    way.refused(NotEntitled, "own_candidacy", "evaluate", ELIA, commitment="c")
    way.refused(NotEntitled, "not_elector", "evaluate", LATE, commitment="c")
    way.do("reveal", days=TERMS.eval_days, counts=COUNTS)
    assert way.state.stage is Stage.HEARING
    assert evaluations_needed(10, TERMS) == 4


def test_evaluations_whose_words_are_gone_count_no_more():
    way = Way().announced()
    for person in (ALIX, BACHIR, CAMILLE):
        way.do("evaluate", person, commitment="c")
    two = {a: {"manifest": 2} for a in ARTICLES}
    way.refused(Invalid, "field_malformed", "close_evaluation", ALIX, counts=two)
    way.refused(IllegalStep, "evaluations_missing", "close_evaluation", ALIX, counts=two, erased=[CAMILLE])
    way.do("reveal", days=TERMS.eval_days, counts=two, erased=[CAMILLE])
    assert way.state.evaluators == {ALIX, BACHIR}


def test_the_evaluation_closes_at_its_deadline():
    Way().announced().refused(IllegalStep, "evaluations_closed", "evaluate", ALIX, days=TERMS.eval_days, commitment="c")


def test_hearing_needs_the_synthesis_the_candidate_and_a_witness():
    way = Way().evaluated()
    way.refused(IllegalStep, "synthesis_missing", "hear", CAMILLE, assembly=1, present=True)
    way.do("synthesise", ALIX, commitment="c")
    way.refused(IllegalStep, "candidate_absent", "hear", CAMILLE, assembly=1, present=False)
    way.refused(NotEntitled, "witness_needed", "hear", ALIX, assembly=1, present=True)


def test_not_before_the_second_meeting_and_not_over_an_objection():
    way = Way().called()
    adopted = {"outcome": "adopted", "proposal": 7, "electorate": [ALIX]}
    way.refused(IllegalStep, "too_early", "decided", open=0, **adopted)
    way.refused(IllegalStep, "objection_open", "decided", days=TERMS.meeting_gap_days, open=1, **adopted)
    way.refused(IllegalStep, "electorate_changed", "decided", open=0, **(adopted | {"electorate": [ALIX, LATE]}))


def test_adjourned_as_often_as_the_charter_says_then_declined():
    way = Way().called()
    for _ in range(TERMS.adjourn_max):
        way.decides("parked", days=8)
        assert way.state.stage is Stage.ADJOURNED
        way.refused(IllegalStep, "conditions_not_answered", "decide_again", ALIX)
        way.do("answer_conditions", ELIA, commitment="c", gone=[CAMILLE])
        assert way.state.electorate == {ALIX, BACHIR}
    assert way.decides("parked", days=8).state.stage is Stage.DECLINED


def test_a_proposal_taken_back_adjourns_and_declines_nobody():
    """One person takes a proposal back; only a consent that was not reached counts."""
    way = Way().called()
    way.refused(Invalid, "field_malformed", "decision_dropped", proposal=8)
    way.refused(NotEntitled, "only_the_clock", "decision_dropped", ALIX, proposal=7)
    for proposal in (7, 8, 9, 10):
        way.do("decision_dropped", proposal=proposal, objectors=[CAMILLE])
        assert (way.state.stage, way.state.adjournments, way.state.proposal) == (Stage.DECISION, 0, None)
        way.do("open_decision", ALIX, proposal=proposal + 1)
    assert way.state.objectors == {CAMILLE}


def test_a_proposal_taken_back_neither_extends_nor_ends_a_probation():
    way = Way().probation().do("object", CAMILLE, article=ARTICLES[0], commitment="c", nature="values")
    for proposal in (8, 9, 10):
        way.do("open_decision", CAMILLE, proposal=proposal).do("decision_dropped", proposal=proposal)
        assert (way.state.stage, way.state.extended) == (Stage.DECISION, False)
    assert [each.author for each in way.state.standing()] == [CAMILLE]


def test_what_older_journals_tell_of_a_proposal_taken_back_still_holds():
    way = Way().called().decides("dropped", objectors=[CAMILLE])
    assert (way.state.stage, way.state.proposal, way.state.objectors) == (Stage.ADJOURNED, None, {CAMILLE})


def test_until_when_a_decision_can_come_to_something():
    way = Way().called()
    assert can_be_decided_yet(way.state, 7, way.at, TERMS)
    assert not can_be_decided_yet(way.state, 8, way.at, TERMS)
    for _ in range(2):
        way.decides("parked").do("answer_conditions", ELIA, commitment="c", gone=[])
    way.decides("parked")
    assert way.state.stage is Stage.DECLINED
    assert can_be_decided_yet(way.state, 7, way.at + timedelta(days=TERMS.appeal_days), TERMS)
    assert not can_be_decided_yet(way.state, 7, way.at + timedelta(days=TERMS.appeal_days + 1), TERMS)
    assert not can_be_decided_yet(Way().called().do("withdraw", ELIA).state, 7, way.at, TERMS)


def spent(way, roll=(ALIX, BACHIR, CAMILLE)):
    """No consent, again and again, until nothing may be adjourned any more."""
    way.called()
    for _ in range(TERMS.adjourn_max):
        way.decides("parked", days=8).do("answer_conditions", ELIA, commitment="c", gone=[])
    return way.decides("parked", days=8, roll=list(roll))


def test_the_figures_of_a_vote_are_always_secret_and_reached():
    vote = VOTING.vote
    assert (vote.tier, vote.threshold, vote.threshold_reached) == (Tier.SECRET, Fraction(2, 3), True)
    assert (vote.quorum, vote.floor, vote.proxies) == (Fraction(1, 2), 3, False)
    assert TERMS.vote is None


def test_once_adjournments_are_spent_the_electorate_votes():
    way = spent(Way(VOTING))
    assert (way.state.stage, way.state.proposal) == (Stage.VOTE, 7)
    way.refused(Invalid, "field_malformed", "counted", outcome="carried", proposal=8)
    way.refused(Invalid, "field_malformed", "counted", outcome="adopted", proposal=7)
    way.refused(NotEntitled, "only_the_clock", "counted", ALIX, outcome="carried", proposal=7)
    way.refused(IllegalStep, "not_now", "step_down", ALIX)
    way.do("counted", outcome="carried", proposal=7)
    assert (way.state.stage, way.state.companion, way.state.proposal) == (Stage.PROBATION, ALIX, None)
    assert replay(way.told) == way.state


@pytest.mark.parametrize("outcome", ["rejected", "void", "withheld"])
def test_a_vote_that_did_not_carry_declines_and_can_be_appealed(outcome):
    way = spent(Way(VOTING)).do("counted", outcome=outcome, proposal=7)
    assert (way.state.stage, way.state.vote) == (Stage.DECLINED, outcome)
    assert may(way.state, "appeal", ELIA) == ""


@pytest.mark.parametrize(
    ("terms", "roll", "vote"),
    [
        (VOTING, (ALIX, BACHIR), "too_few"),
        (VOTING, (ALIX, BACHIR, LATE), "too_few"),
        (VOTING, (ALIX, BACHIR, CAMILLE, ELIA), "too_few"),
        (VOTING, (), "too_few"),
        (TERMS, (ALIX, BACHIR, CAMILLE), ""),
    ],
)
def test_where_no_vote_can_open_the_end_is_what_it_was(terms, roll, vote):
    way = spent(Way(terms), roll)
    assert (way.state.stage, way.state.vote) == (Stage.DECLINED, vote)


def test_a_refused_adjournment_goes_to_the_vote_at_once():
    way = Way(VOTING).called()
    roll = {"outcome": "dropped", "proposal": 7, "open": 1, "electorate": [ALIX], "roll": [ALIX, BACHIR, CAMILLE]}
    way.refused(IllegalStep, "too_early", "decided", **roll)
    way.do("decided", days=TERMS.meeting_gap_days, **roll)
    assert (way.state.stage, way.state.adjournments) == (Stage.VOTE, 0)


def test_no_vote_excludes_anybody_or_ends_a_probation():
    way = Way(VOTING).probation().do("object", CAMILLE, article=ARTICLES[0], commitment="c")
    way.do("open_decision", ALIX, proposal=8).decides("dropped", proposal=8, roll=[ALIX, BACHIR, CAMILLE])
    assert (way.state.stage, way.state.extended) == (Stage.PROBATION, True)
    way = Way(VOTING).member()
    asked = {"article": ARTICLES[0], "commitment": "c", "electorate": [ALIX, BACHIR, CAMILLE]}
    way.do("propose_exclusion", CAMILLE, **asked).do("hear", ALIX, assembly=1, present=True)
    way.do("open_decision", CAMILLE, proposal=9)
    for _ in range(TERMS.adjourn_max):
        way.decides("parked", proposal=9, days=8, roll=[ALIX, BACHIR, CAMILLE]).do("decide_again", ALIX)
    way.decides("parked", proposal=9, roll=[ALIX, BACHIR, CAMILLE])
    assert way.state.stage is Stage.MEMBER


def test_the_candidate_may_withdraw_while_others_vote():
    way = spent(Way(VOTING)).do("withdraw", ELIA)
    assert way.state.stage is Stage.WITHDRAWN
    way.refused(IllegalStep, "not_now", "counted", outcome="carried", proposal=7)


def test_probation_ends_in_silence_only_after_the_notice():
    way = Way().probation()
    way.refused(IllegalStep, "notice_missing", "end_probation", days=400)
    way.do("notice", members=[ALIX])
    way.refused(IllegalStep, "too_early", "end_probation")
    assert way.do("end_probation", days=TERMS.probation_notice_days).state.stage is Stage.MEMBER


def test_objection_in_probation_is_decided_with_one_extension():
    way = Way().probation()
    objection = {"article": ARTICLES[0], "commitment": "c", "nature": "values"}
    way.refused(Invalid, "field_missing", "object", CAMILLE, **(objection | {"article": ""}))
    way.refused(Invalid, "article_unknown", "object", CAMILLE, **(objection | {"article": "inconnu"}))
    way.refused(Invalid, "ground_void", "object", CAMILLE, **(objection | {"nature": "commercial"}))
    way.do("object", CAMILLE, **objection).refused(IllegalStep, "not_now", "end_probation", days=365)
    way.do("open_decision", ALIX, proposal=8).decides("parked", proposal=8)
    assert (way.state.stage, way.state.extended) == (Stage.PROBATION, True)
    way.do("object", CAMILLE, **objection).do("open_decision", ALIX, proposal=9).decides("parked", proposal=9)
    assert way.state.stage is Stage.DECLINED


def test_objection_taken_back_lets_the_probation_go_on():
    way = Way().probation().do("object", CAMILLE, article=ARTICLES[0], commitment="c")
    way.refused(IllegalStep, "not_author", "withdraw_objection", ALIX, objection=1)
    assert way.do("withdraw_objection", CAMILLE, objection=1).state.stage is Stage.PROBATION


def test_appeal_once_by_lot_outside_sponsors_and_objectors():
    way = Way().announced()
    way.state = way.state.__class__(
        **{**way.state.__dict__, "stage": Stage.DECLINED, "electorate": frozenset(range(2, 12)), "since": way.at}
    )
    way.do("appeal", ELIA, commitment="c", seed="ab", pool=list(range(2, 12)))  # as journals from before hold it
    assert way.state.stage is Stage.APPEAL
    assert (way.state.panel, way.state.draw) == (drawn("ab", frozenset(range(4, 12)), 3), None)
    assert len(way.state.panel) == TERMS.appeal_panel
    assert not {ELIA, ALIX, BACHIR} & set(way.state.panel)
    first, second, third = way.state.panel
    way.refused(NotEntitled, "not_in_panel", "panel_vote", ALIX, send_back=True, commitment="c")
    way.do("panel_vote", first, send_back=True, commitment="c").do("panel_vote", second, send_back=True, commitment="c")
    assert way.state.stage is Stage.DECISION
    way.do("open_decision", ALIX, proposal=7)
    for _ in range(TERMS.adjourn_max + 1):
        way.decides("parked")
        if way.state.stage is Stage.ADJOURNED:
            way.do("answer_conditions", ELIA, commitment="c")
    way.refused(IllegalStep, "already_appealed", "appeal", ELIA, commitment="c", seed="ab", pool=[5])


def test_panel_of_an_appeal_can_be_drawn_again_by_anyone():
    way, electorate = Way().announced(), range(2, 12)
    way.state = evolve(way.state, stage=Stage.DECLINED, electorate=frozenset(electorate), since=way.at)
    pool = {f"membre-{number}": number for number in electorate}
    asked = {"commitment": "c", "pool": pool, "identifier": "http://a.example/recours/1", "beacon": "00" * 32}
    for wrong in ("", "ab", "zz" * 32):
        code = "secret_malformed" if wrong else "field_missing"
        way.refused(Invalid, code, "appeal", ELIA, secret=wrong, **asked)
    way.do("appeal", ELIA, secret="5a" * 32, **asked)
    draw, names = way.state.draw, sorted(set(pool) - {"membre-2", "membre-3"})
    order = permutation(seed(draw.identifier, [bytes.fromhex(draw.secret)], draw.beacon), names)
    assert sorted(draw.pool) == names, "sponsors are out"
    assert list(draw.order) == order
    assert way.state.panel == tuple(pool[name] for name in order[: TERMS.appeal_panel])


def test_appeal_comes_too_late():
    way = Way().called()
    for _ in range(TERMS.adjourn_max):
        way.decides("parked").do("answer_conditions", ELIA, commitment="c")
    way.decides("parked", objectors=[CAMILLE])
    asked = {"commitment": "c", "seed": "ab", "pool": [ALIX, BACHIR, CAMILLE]}
    way.refused(IllegalStep, "panel_impossible", "appeal", ELIA, **asked)
    way.refused(IllegalStep, "appeal_closed", "appeal", ELIA, days=TERMS.appeal_days + 1, **asked)


def test_renewal_by_declaration_one_warning_then_lapsed():
    way = Way().member()
    way.refused(IllegalStep, "too_early", "renewal_due")
    way.do("renewal_due", days=340).refused(IllegalStep, "too_early", "lapse", days=10)
    way.refused(Invalid, "value_unanswered", "renew", ELIA, answers={})
    way.do("renew", ELIA, answers=ANSWERS)
    assert way.state.renewal_on > way.at + timedelta(days=365)
    way.at = way.state.renewal_on
    assert way.do("renewal_due").do("lapse", days=TERMS.renewal_warning_days).state.stage is Stage.LAPSED


def test_exclusion_hears_the_person_and_freezes_the_electorate_anew():
    way = Way().member()
    asked = {"article": ARTICLES[0], "commitment": "c", "electorate": [ELIA, ALIX, BACHIR, CAMILLE]}
    way.refused(NotEntitled, "own_candidacy", "propose_exclusion", ELIA, **asked)
    way.refused(IllegalStep, "not_elector", "propose_exclusion", LATE, **asked)
    way.do("propose_exclusion", CAMILLE, **asked)
    assert (way.state.stage, ELIA in way.state.electorate) == (Stage.HEARING, False)
    way.refused(IllegalStep, "not_now", "withdraw", ELIA)
    way.refused(NotEntitled, "witness_needed", "hear", CAMILLE, assembly=1, present=False)
    way.do("hear", ALIX, assembly=1, present=False).do("suspend").do("open_decision", CAMILLE, proposal=7)
    kept = Way()
    kept.state, kept.at = way.state, way.at
    assert way.decides("adopted", days=7).state.stage is Stage.EXCLUDED
    for _ in range(TERMS.adjourn_max):
        kept.decides("parked").do("decide_again", ALIX)
    kept.decides("parked")
    assert (kept.state.stage, kept.state.suspended) == (Stage.MEMBER, False)


def test_flags_of_other_nodes_count_once_taken_up():
    way = Way().evaluated().do("flag", 77, article=ARTICLES[2], commitment="f")
    way.refused(IllegalStep, "already_flagged", "flag", 77, article=ARTICLES[2], commitment="f")
    assert way.state.standing() == ()
    way.do("take_up_flag", CAMILLE, flag=1)
    assert [each.commitment for each in way.state.standing()] == ["f"]
    way.refused(
        IllegalStep, "flags_closed", "flag", 78, days=TERMS.foreign_flag_days + 1, article=ARTICLES[0], commitment="f"
    )


def test_flags_come_in_also_while_the_decision_is_adjourned_or_a_sponsor_is_missing():
    """Evaluations may close in three days, and the decision be adjourned on the eleventh: the days of flags go on."""
    said = {"article": ARTICLES[2], "commitment": "f"}
    way = Way().called().decides("parked", days=TERMS.meeting_gap_days + 4)
    assert way.state.stage is Stage.ADJOURNED
    way.do("flag", 77, days=1, **said)
    assert way.at == way.state.frozen_at + timedelta(days=12)
    way.refused(IllegalStep, "decision_prepared", "take_up_flag", CAMILLE, flag=1)
    paused = Way()
    paused.state, paused.at = way.state, way.at
    paused.do("step_down", BACHIR).do("flag", 78, **said)
    assert (paused.state.stage, len(paused.state.flags)) == (Stage.PAUSED, 2)
    way.do("decision_dropped", proposal=7, objectors=[]).do("take_up_flag", CAMILLE, flag=1)
    assert (way.state.stage, [each.author for each in way.state.standing()]) == (Stage.ADJOURNED, [CAMILLE])
    days = TERMS.foreign_flag_days
    way.refused(IllegalStep, "flags_closed", "flag", 79, days=days, **said)


def test_figures_missing_or_malformed_are_named():
    figures = dict(FIGURES.figures)
    del figures["cooptation.eval_days"]
    with pytest.raises(TermMissing, match="cooptation.eval_days"):
        cooptation_terms(Terms(figures, {}), ARTICLES)
    for wrong, place, error in [
        ({"cooptation.vote_allowed": "yes"}, "cooptation.vote_allowed", Invalid),
        ({"cooptation.vote_allowed": None}, "cooptation.vote_allowed", TermMissing),
        ({**VOTES, "cooptation.vote_threshold": None}, "cooptation.vote_threshold", TermMissing),
        ({**VOTES, "cooptation.vote_threshold": "3/2"}, "cooptation.vote_threshold", Invalid),
        ({**VOTES, "poll.hours": None}, "poll.hours", TermMissing),
        ({**VOTES, "ballot.secrecy_floor": 2}, "ballot.secrecy_floor", Invalid),
    ]:
        with pytest.raises(error, match=place):
            cooptation_terms(Terms({**FIGURES.figures, **wrong}, {"cooptation": PERSONS}), ARTICLES)
    with pytest.raises(TermMissing, match="classes.cooptation.quorum"):
        cooptation_terms(Terms({**FIGURES.figures, **VOTES}, {}), ARTICLES)
    with pytest.raises(TermMissing, match="articles"):
        cooptation_terms(FIGURES, [])
    assert TERMS.eval_floor_share == Fraction(1, 3)


def test_evaluations_need_a_dated_fact_unless_not_seen():
    seen = {"mark": "manifest", "fact": "Un atelier.", "on": "2026-01-02"}
    today = START.date()
    assert check_evaluation({"a": seen, "b": {"mark": "not_seen"}}, ["a", "b"], today)["b"] == {"mark": "not_seen"}
    for wrong, field in [
        ({"mark": "contrary", "on": "2026-01-02"}, "fact-a"),
        ({"mark": "contrary", "fact": "x"}, "on-a"),
        ({"mark": "good"}, "mark-a"),
        ({**seen, "on": "2027-01-01"}, "on-a"),
        ({}, "mark-a"),
    ]:
        with pytest.raises(Invalid) as caught:
            check_evaluation({"a": wrong}, ["a"], today)
        assert caught.value.facts["field"] == field


# --- any order -------------------------------------------------------------------------------------------

PEOPLE = st.sampled_from([None, ELIA, ALIX, BACHIR, CAMILLE, LATE])
KINDS = sorted({kind for _, kind in TABLE})
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS), PEOPLE, st.integers(0, 60), st.booleans(), st.sampled_from([ALIX, BACHIR, CAMILLE])
    ),
    max_size=60,
)
USUAL = ["called", "member", "announced", "probation", "evaluated", "sponsored"]
KNOWN = [ALIX, BACHIR, CAMILLE, LATE]


def payload_for(state, kind, flag, person):
    """A well-formed payload for any kind; `flag` chooses the kinder of two."""
    outcome = "adopted" if flag else "dropped" if person == BACHIR else "parked"
    if kind == "counted":
        outcome = "carried" if flag else "void"
    return {
        "signed": "d", "charter": "d", "answers": ANSWERS, "person": person, "commitment": "c", "assembly": 1,
        "organisation": f"Atelier {person}", "since": OLD.isoformat(), "live": 0, "last": None, "present": flag,
        "electorate": KNOWN[: 3 + (kind == "decided" and person == CAMILLE)],
        "roll": KNOWN[: 3 + (person == CAMILLE)],
        "proposal": state.proposal or 5, "pool": [ALIX, BACHIR, CAMILLE],
        "counts": {a: {"manifest": len(state.evaluators)} for a in ARTICLES}, "outcome": outcome,
        "open": 0 if flag else 1,
        "article": ARTICLES[0], "objection": 1, "flag": 1, "members": [ALIX], "gone": [],
        "seed": "ab", "send_back": flag,
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([TERMS, VOTING]), st.sampled_from(USUAL), STEPS)
def test_any_order_of_events_admits_only_by_the_charter(terms, begin, steps):
    way = getattr(Way(terms), begin)()
    for kind, actor, days, flag, person in steps:
        if kind in {"keep", "left"}:
            continue
        before, payload = way.state, payload_for(way.state, kind, flag, person)
        try:
            way.do(kind, actor, days=days, **payload)
        except DomainError:
            assert way.state is before
            continue
        check_step(before, way.state, kind, payload, way.at)
        check_vote(before, way.state, kind, payload, terms)
    assert replay(way.told) == way.state
    for stage in ENDED:
        assert {to for (start, _), rule in TABLE.items() for to in rule.to if start is stage} <= {Stage.APPEAL}
    assert next_due(way.state, TERMS) is None or due_step(way.state, way.state.since - timedelta(days=900), TERMS) == ""


def check_step(before, after, kind, payload, at):
    if after.stage is Stage.PROBATION and before.stage is Stage.DECISION and kind == "decided" and not after.extended:
        assert len(after.sponsors) == TERMS.sponsors
        assert len({each.organisation for each in after.sponsors}) == TERMS.sponsors
        assert after.heard_at is not None
        assert after.synthesis
        assert at >= after.heard_at + timedelta(days=TERMS.meeting_gap_days)
        assert payload["open"] == 0
        assert LATE not in payload["electorate"]
        assert before.person not in before.electorate
    if after.stage is Stage.MEMBER and before.stage is Stage.PROBATION:
        assert at >= before.notice_at + timedelta(days=TERMS.probation_notice_days)
        assert at >= before.probation_until
        assert not before.standing()
    if after.stage is Stage.MEMBER:
        assert kind in {"end_probation", "decided", "renew", "drop_exclusion"}
    assert LATE not in after.electorate
    assert after.seq == before.seq + 1


def check_vote(before, after, kind, payload, terms):
    if after.stage is Stage.VOTE and before.stage is not Stage.VOTE:
        assert (before.stage, kind, after.cause) == (Stage.DECISION, "decided", "admission")
        assert terms.vote is not None
        assert before.adjournments >= terms.adjourn_max or payload["outcome"] == "dropped"
        assert set(payload["roll"]) <= before.electorate - {before.person}
        assert len(payload["roll"]) >= terms.vote.floor
        assert after.heard_at is not None
    if before.stage is Stage.VOTE and after.stage in {Stage.PROBATION, Stage.MEMBER}:
        assert (after.stage, kind, payload["outcome"]) == (Stage.PROBATION, "counted", "carried")
        assert len(after.sponsors) == terms.sponsors
        assert not after.standing()
    if before.stage is Stage.VOTE and after.stage is not Stage.VOTE:
        assert kind in {"counted", "withdraw"}


def test_the_table_is_drawn_and_explained_to_nobody_in_particular():
    assert "decision --> probation: decided" in diagram()
    assert "vote --> probation: counted" in diagram()
    assert may(Candidacy(), "evaluate", ALIX) == "not_now"
    assert may(Way().announced().state, "evaluate", ELIA) == "own_candidacy"
    assert add_months(datetime(2026, 12, 31, tzinfo=UTC), 2).date().isoformat() == "2027-02-28"
