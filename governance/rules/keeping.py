"""What keeps a membership alive or ends it: R9 (renewal), exclusion and suspension (R10), R8 (appeal)."""

from datetime import datetime, timedelta

from governance.errors import IllegalStep, Invalid
from governance.rules.admitting import back_to_member
from governance.rules.candidacy import Candidacy, Objection, PanelVote, Stage
from governance.rules.candidacy_guards import actor_of, article_of, instant, people, text, to, wait_until, whole
from governance.rules.cooptation_terms import CooptationTerms, add_months
from governance.rules.panel import draw_panel
from governance.rules.session import Step, evolve
from governance.rules.sponsoring import answered


def keep(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Follow a membership that began before, or otherwise: by foundation or invitation.

    Its first renewal is due a year after it began, and never before a whole warning period has been given.
    """
    since = instant(step.payload["since"])
    due = add_months(since, terms.renewal_months)
    while due < step.at + timedelta(days=terms.renewal_warning_days):
        due = add_months(due, terms.renewal_months)
    changes = {"person": whole(step, "person"), "member_since": since, "renewal_on": due}
    return to(state, Stage.MEMBER, step.at, **changes)


def renewal_due(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """The one warning: the declaration is expected."""
    if state.renewal_on is None:
        raise IllegalStep("too_early")
    wait_until(step.at, state.renewal_on - timedelta(days=terms.renewal_warning_days))
    return to(state, Stage.RENEWAL, step.at, warned_at=step.at)


def renew(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R9: the member says, value by value, how they live them."""
    answered(step, terms)
    start = max(step.at, state.renewal_on) if state.renewal_on else step.at
    due = add_months(start, terms.renewal_months)
    return to(state, Stage.MEMBER, step.at, renewal_on=due, warned_at=None)


def lapse(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """No answer after the warning and its days: the membership ends, without any fault."""
    if state.warned_at is None:
        raise IllegalStep("too_early")
    wait_until(step.at, state.renewal_on)
    wait_until(step.at, state.warned_at + timedelta(days=terms.renewal_warning_days))
    return to(state, Stage.LAPSED, step.at)


def propose_exclusion(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Cite an article and a fact; the person will be heard, then those who are members now decide by consent."""
    article, author = article_of(step, terms), actor_of(step)
    electorate = people(step.payload, "electorate") - {state.person}
    if author not in electorate:
        raise IllegalStep("not_elector")
    if len(electorate) < 2:
        raise IllegalStep("electorate_too_small", needed=2)
    named = Objection(len(state.objections) + 1, author, article, text(step, "commitment"), step.at, standing=False)
    changes = {"cause": "exclusion", "electorate": electorate, "frozen_at": step.at, "proposer": author}
    changes |= {"heard_at": None, "proposal": None, "adjournments": 0, "objectors": frozenset(), "flags": ()}
    changes |= {"appealed": False, "panel": (), "votes": (), "sponsors": (), "objections": (*state.objections, named)}
    changes |= {"vote": ""}
    return to(state, Stage.HEARING, step.at, **changes)


def drop_exclusion(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Whoever proposed the exclusion takes it back before it is decided."""
    if state.cause != "exclusion" or state.proposer != step.actor:
        raise IllegalStep("not_proposer")
    if state.proposal is not None:
        raise IllegalStep("decision_prepared")
    return back_to_member(state, step)


def suspend(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """A decision of its own suspends the membership until the exclusion is decided."""
    if state.cause != "exclusion" or state.suspended:
        raise IllegalStep("not_now", stage=state.stage.value, act="suspend")
    return evolve(state, suspended=True, suspended_at=step.at)


def left(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """The person left the collective or the network by themselves."""
    return to(state, Stage.WITHDRAWN, step.at)


def appeal(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R8: once, within the days of the charter, for a fault of procedure; people drawn by lot look at it.

    The payload holds the pool (the electorate still here) and what the draw rests on; who sponsored, objected or
    proposed is out.
    """
    if state.appealed:
        raise IllegalStep("already_appealed")
    ended = state.since or step.at
    if step.at > ended + timedelta(days=terms.appeal_days):
        raise IllegalStep("appeal_closed", days=terms.appeal_days)
    text(step, "commitment")
    outside = {each.person for each in state.sponsors} | state.objectors | {state.person, state.proposer}
    panel, draw = draw_panel(step, state.electorate - outside, terms.appeal_panel)
    changes = {"appealed": True, "remembered": state.stage, "panel": panel, "draw": draw, "votes": ()}
    return to(state, Stage.APPEAL, step.at, **changes)


def panel_vote(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Confirm, or send back for a fault of procedure, by majority; a tie confirms. The panel never admits."""
    send_back = step.payload.get("send_back")
    if not isinstance(send_back, bool):
        raise Invalid("field_missing", field="send_back")
    text(step, "commitment")
    others = tuple(each for each in state.votes if each.person != step.actor)
    return _counted(evolve(state, votes=(*others, PanelVote(actor_of(step), send_back))), step.at)


def juror_left(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Whoever was drawn and left is not waited for."""
    person = whole(step, "person")
    if person not in state.panel:
        raise IllegalStep("not_in_panel")
    panel = tuple(each for each in state.panel if each != person)
    votes = tuple(each for each in state.votes if each.person != person)
    return _counted(evolve(state, panel=panel, votes=votes), step.at)


def _counted(state: Candidacy, at: datetime) -> Candidacy:
    back = sum(each.send_back for each in state.votes)
    confirm = len(state.votes) - back
    if 2 * back > len(state.panel):
        return to(state, Stage.DECISION, at, remembered=None, vote="")
    if 2 * confirm >= len(state.panel):
        return to(state, state.remembered or Stage.DECLINED, at, remembered=None)
    return state
