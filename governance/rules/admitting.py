"""R6 second half and R7: the decision by consent, adjournments, the vote, probation.

The consent itself is `rules.consent`; the count of a vote, `rules.polls`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from governance.errors import IllegalStep, Invalid
from governance.rules.candidacy import Candidacy, Flag, Objection, Stage
from governance.rules.candidacy_guards import actor_of, article_of, people, text, to, wait_until, whole
from governance.rules.cooptation_terms import CooptationTerms, add_months
from governance.rules.polls import Outcome
from governance.rules.session import Step, evolve

OUTCOMES = ("adopted", "parked", "dropped")


def decision_from(state: Candidacy, terms: CooptationTerms) -> datetime | None:
    """Return from when the decision may be taken: the gap after the hearing; at once for an objection in probation."""
    if state.cause == "probation":
        return state.since
    return state.heard_at + timedelta(days=terms.meeting_gap_days) if state.heard_at else None


def open_decision(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Write the proposal that the consent will be about; one at a time."""
    if state.proposal is not None:
        raise IllegalStep("decision_prepared")
    return evolve(state, proposal=whole(step, "proposal"))


def decided(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """What the consent came to. Adopted: only after the gap, by the frozen electorate, with nothing left open.

    `dropped`: the circle refused to adjourn and asked for a vote; in older journals, the proposal was taken back as
    well. `roll`: who could cast a vote on it, those of the consent's electorate who are still here.
    """
    outcome = step.payload.get("outcome")
    if outcome not in OUTCOMES or step.payload.get("proposal") != state.proposal:
        raise Invalid("field_malformed", field="outcome")
    state = evolve(state, objectors=state.objectors | people(step.payload, "objectors"))
    if outcome == "adopted":
        return _adopted(state, step, terms)
    kept = None if outcome == "dropped" else state.proposal
    return _not_adopted(evolve(state, proposal=kept), step, terms)


def decision_dropped(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """The proposal was taken back, or sent elsewhere, by one person: no consent was refused, so nothing is adjourned.
    What was said against the person stands, and somebody may prepare the decision again."""
    if step.payload.get("proposal") != state.proposal:
        raise Invalid("field_malformed", field="proposal")
    return evolve(state, proposal=None, objectors=state.objectors | people(step.payload, "objectors"))


def can_be_decided_yet(state: Candidacy, proposal: int, at: datetime, terms: CooptationTerms) -> bool:
    """Return whether anything can still come of that proposal: now, after a pause or an adjournment, or because an
    appeal may send it back."""
    if state.proposal != proposal:
        return False
    if state.stage is Stage.DECLINED:
        return not state.appealed and at <= (state.since or at) + timedelta(days=terms.appeal_days)
    return state.stage in {Stage.DECISION, Stage.ADJOURNED, Stage.VOTE, Stage.PAUSED, Stage.APPEAL}


def _adopted(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    wait_until(step.at, decision_from(state, terms))
    if step.payload.get("open") != 0:
        raise IllegalStep("objection_open")
    strangers = people(step.payload, "electorate") - state.electorate
    if strangers or not people(step.payload, "electorate"):
        raise IllegalStep("electorate_changed", strangers=len(strangers))
    lifted = tuple(evolve(each, standing=False) for each in state.objections)
    state = evolve(state, objections=lifted, proposal=None)
    if state.cause == "exclusion":
        return to(state, Stage.EXCLUDED, step.at, remembered=None)
    return begin(state, step, terms) if state.cause == "probation" else _on_probation(state, step, terms)


def _on_probation(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    companion = state.companion or state.sponsors[0].person
    until = add_months(step.at, terms.probation_months)
    return to(state, Stage.PROBATION, step.at, companion=companion, probation_until=until, notice_at=None)


def begin(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Begin the membership."""
    changes = {"member_since": step.at, "renewal_on": add_months(step.at, terms.renewal_months), "warned_at": None}
    return to(state, Stage.MEMBER, step.at, cause="admission", **changes)


def _not_adopted(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Adjourn as often as the charter allows; then vote if it allows that, else it is over. An objection in probation:
    one extension. No vote ever excludes anybody, nor ends a probation."""
    if state.cause == "probation":
        return _extended(state, step, terms)
    spent, refused = state.adjournments >= terms.adjourn_max, step.payload.get("outcome") == "dropped"
    if (spent or refused) and can_be_voted(state, people(step.payload, "roll"), terms):
        wait_until(step.at, decision_from(state, terms))
        return to(state, Stage.VOTE, step.at, vote="", proposal=whole(step, "proposal"))
    if not spent:
        return to(state, Stage.ADJOURNED, step.at, adjournments=state.adjournments + 1)
    if state.cause == "exclusion":
        return back_to_member(state, step)
    return to(state, Stage.DECLINED, step.at, vote="too_few" if terms.vote else "")


def can_be_voted(state: Candidacy, roll: frozenset[int], terms: CooptationTerms) -> bool:
    """Return whether a vote may take the place of consent: on an admission, if the charter allows it, by people of the
    frozen electorate, never the candidate, and by so many that their votes stay secret."""
    allowed = terms.vote is not None and len(roll) >= max(1, terms.vote.floor)
    return allowed and state.cause == "admission" and roll <= state.electorate - {state.person}


def counted(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """What the vote came to. Carried: the probation begins, and what was objected has been voted over.

    Anything else declines: a vote in which too few took part, or that was withheld because so few ballots would have
    told who voted what, adopts nothing, and nobody is left waiting without end. The appeal stays open.
    """
    outcome = step.payload.get("outcome")
    if outcome not in set(Outcome) or step.payload.get("proposal") != state.proposal:
        raise Invalid("field_malformed", field="outcome")
    state = evolve(state, proposal=None, vote=str(outcome))
    if outcome != Outcome.CARRIED:
        return to(state, Stage.DECLINED, step.at)
    lifted = tuple(evolve(each, standing=False) for each in state.objections)
    return _on_probation(evolve(state, objections=lifted), step, terms)


def _extended(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    if state.extended:
        return to(state, Stage.DECLINED, step.at)
    lifted = tuple(evolve(each, standing=False) for each in state.objections)
    until = add_months(step.at, terms.probation_months)
    changes = {"objections": lifted, "extended": True, "probation_until": until, "notice_at": None, "proposal": None}
    return to(state, Stage.PROBATION, step.at, **changes)


def back_to_member(state: Candidacy, step: Step) -> Candidacy:
    """The exclusion was not decided: the membership goes on as before, a suspension ends with it."""
    changes = {
        "cause": "admission",
        "proposal": None,
        "suspended": False,
        "suspended_at": None,
        "remembered": None,
        "proposer": None,
    }
    return to(state, Stage.MEMBER, step.at, **changes)


def answer_conditions(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """The candidate says how the conditions are met. The same electorate decides, without those who left."""
    text(step, "commitment")
    return _decide_again(state, step)


def decide_again(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """An adjourned exclusion comes back without waiting for the person concerned."""
    if state.cause != "exclusion":
        raise IllegalStep("conditions_not_answered")
    return _decide_again(state, step)


def _decide_again(state: Candidacy, step: Step) -> Candidacy:
    left = state.electorate - people(step.payload, "gone")
    if not left:
        raise IllegalStep("electorate_too_small", needed=1)
    return to(state, Stage.DECISION, step.at, electorate=left)


def name_companion(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R7: somebody of the electorate accompanies the person on probation."""
    person = whole(step, "person")
    if person not in state.electorate:
        raise Invalid("person_unknown", field="person")
    return evolve(state, companion=person)


def notice(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R7: tell every member, one by one, that the probation is about to end in silence."""
    if state.probation_until is None or state.notice_at is not None:
        raise IllegalStep("notice_given")
    wait_until(step.at, state.probation_until - timedelta(days=terms.probation_notice_days))
    if not people(step.payload, "members"):
        raise Invalid("field_missing", field="members")
    return evolve(state, notice_at=step.at)


def end_probation(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R7: silence confirms, but only after the notice and its days, and over no objection."""
    if state.notice_at is None:
        raise IllegalStep("notice_missing")
    wait_until(step.at, state.probation_until)
    wait_until(step.at, state.notice_at + timedelta(days=terms.probation_notice_days))
    if state.standing():
        raise IllegalStep("objection_open")
    return begin(state, step, terms)


def object_to(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R4: an objection during probation leads back to the circle, which decides by consent."""
    state = _filed(state, step, article_of(step, terms))
    return to(state, Stage.DECISION, step.at, cause="probation", proposal=None)


def _filed(state: Candidacy, step: Step, article: str) -> Candidacy:
    author = actor_of(step)
    filed = Objection(len(state.objections) + 1, author, article, text(step, "commitment"), step.at)
    return evolve(state, objections=(*state.objections, filed), objectors=state.objectors | {author})


def withdraw_objection(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Only its author takes an objection back, and only before the circle has it on its table."""
    number = whole(step, "objection")
    found = next((each for each in state.objections if each.id == number and each.standing), None)
    if found is None:
        raise IllegalStep("objection_settled")
    if found.author != step.actor:
        raise IllegalStep("not_author")
    if state.proposal is not None:
        raise IllegalStep("decision_prepared")
    objections = tuple(evolve(each, standing=False) if each.id == number else each for each in state.objections)
    after = evolve(state, objections=objections)
    if after.cause == "probation" and not after.standing():
        return to(after, Stage.PROBATION, step.at, cause="admission")
    return after


def flag(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R11: a member of another node points at an article and a fact, within the days of the charter."""
    if state.frozen_at is None:
        raise IllegalStep("not_announced")
    if step.at > state.frozen_at + timedelta(days=terms.foreign_flag_days):
        raise IllegalStep("flags_closed", days=terms.foreign_flag_days)
    if any(each.author == step.actor for each in state.flags):
        raise IllegalStep("already_flagged")
    raised = Flag(len(state.flags) + 1, actor_of(step), article_of(step, terms), text(step, "commitment"), step.at)
    return evolve(state, flags=(*state.flags, raised))


def take_up_flag(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R11: somebody of the electorate makes the flag their objection; the circle then examines it like any other.

    Once the decision is prepared, it is in the room that they object: a consent takes objections in as it opens.
    """
    number = whole(step, "flag")
    found = next((each for each in state.flags if each.id == number and each.taken_up_by is None), None)
    if found is None:
        raise IllegalStep("flag_settled")
    if state.proposal is not None:
        raise IllegalStep("decision_prepared")
    taken = tuple(evolve(each, taken_up_by=step.actor) if each.id == number else each for each in state.flags)
    filed: Mapping[str, object] = {**step.payload, "commitment": found.commitment}
    after = _filed(evolve(state, flags=taken), evolve(step, payload=filed), found.article)
    if state.stage is Stage.PROBATION:
        return to(after, Stage.DECISION, step.at, cause="probation", proposal=None)
    return after


def withdraw(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """The person takes the candidacy back, whatever it has come to."""
    return to(state, Stage.WITHDRAWN, step.at)
