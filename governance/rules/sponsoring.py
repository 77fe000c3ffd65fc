"""From the wish to the announcement: R1 (sponsors), R2 (signature and facts), R10 (frozen electorate)."""

import unicodedata
from datetime import timedelta

from governance.errors import IllegalStep, Invalid, NotEntitled
from governance.rules.candidacy import Candidacy, Sponsor, Stage
from governance.rules.candidacy_guards import actor_of, instant, people, text, to, whole
from governance.rules.cooptation_terms import CooptationTerms, add_months
from governance.rules.session import Step, evolve


def express(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R2: sign the charter by its digest, and answer each value with a fact (commitments, by article)."""
    if text(step, "signed") != text(step, "charter"):
        raise Invalid("charter_changed", field="signed")
    answered(step, terms)
    person, organisation = actor_of(step), str(step.payload.get("organisation") or "")
    changes = {"person": person, "organisation": organisation, "signed": text(step, "signed")}
    return to(state, Stage.EXPRESSION, step.at, **changes)


def answered(step: Step, terms: CooptationTerms) -> None:
    """Each value has its answer, and nothing else has one."""
    answers = step.payload.get("answers")
    given = set(answers) if isinstance(answers, dict) else set()
    missing = [article for article in terms.articles if article not in given]
    if missing:
        raise Invalid("value_unanswered", field=f"fact-{missing[0]}", article=missing[0])
    if given - set(terms.articles):
        raise Invalid("article_unknown", field="answers")


def ask_sponsor(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Ask somebody to sponsor; they answer for themselves."""
    person = whole(step, "person")
    if person == state.person:
        raise Invalid("own_candidacy", field="person")
    if state.sponsor(person) is not None or person in state.asked:
        raise IllegalStep("already_asked")
    return evolve(state, asked=state.asked | {person})


def decline_sponsor(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Say no. Nobody owes a reason."""
    return evolve(state, asked=state.asked - {actor_of(step)})


def confirm_sponsor(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R1: carry the candidacy. The house adds what it knows: member since, candidacies carried now, the last one."""
    person, organisation = actor_of(step), text(step, "organisation")
    _check_organisation(state, organisation)
    _check_quota(step, terms)
    if len(state.sponsors) >= terms.sponsors:
        raise IllegalStep("sponsors_enough", needed=terms.sponsors)
    after = evolve(
        state,
        asked=state.asked - {person},
        sponsors=(*state.sponsors, Sponsor(person, organisation, step.at)),
    )
    if len(after.sponsors) < terms.sponsors:
        return after
    return _resumed(after, step) if state.stage is Stage.PAUSED else to(after, Stage.SPONSORED, step.at)


def _check_organisation(state: Candidacy, organisation: str) -> None:
    taken = {_same(each.organisation) for each in state.sponsors}
    if _same(organisation) in taken or _same(organisation) == _same(state.organisation):
        raise IllegalStep("sponsor_organisation")


def _same(organisation: str) -> str:
    """Return what makes two spellings of one organisation equal: letters and digits, without case or accents."""
    plain = unicodedata.normalize("NFKD", organisation.casefold())
    return "".join(sign for sign in plain if sign.isalnum())


def _check_quota(step: Step, terms: CooptationTerms) -> None:
    if not step.payload.get("since"):
        raise NotEntitled("sponsor_not_member")
    if add_months(instant(step.payload["since"]), terms.sponsor_standing_months) > step.at:
        raise IllegalStep("sponsor_standing", months=terms.sponsor_standing_months)
    if whole(step, "live") >= terms.sponsor_max_live:
        raise IllegalStep("sponsor_too_many", most=terms.sponsor_max_live)
    last = step.payload.get("last")
    if last and instant(last) + timedelta(days=terms.sponsor_interval_days) > step.at:
        raise IllegalStep("sponsor_too_soon", days=terms.sponsor_interval_days)


def _resumed(state: Candidacy, step: Step) -> Candidacy:
    """Back to where it was; a deadline moves by as long as the pause lasted."""
    back, until = state.remembered or Stage.SPONSORED, state.evaluations_until
    if until is not None and state.since is not None:
        until += step.at - state.since
    return to(state, back, step.at, remembered=None, evaluations_until=until)


def sponsor_left(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R1: a sponsor steps down, or belongs no more. The candidacy waits for another."""
    person = step.actor if step.actor is not None else whole(step, "person")
    if state.sponsor(person) is None:
        raise NotEntitled("not_sponsor")
    left = tuple(each for each in state.sponsors if each.person != person)
    after = evolve(state, sponsors=left)
    if state.stage in {Stage.EXPRESSION, Stage.PAUSED} or state.cause != "admission":
        return after
    if state.stage is Stage.SPONSORED:
        return to(after, Stage.EXPRESSION, step.at)
    return to(after, Stage.PAUSED, step.at, remembered=state.stage)


def announce(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """R10: the electorate is those who are members now; whoever comes later never counts."""
    electorate = people(step.payload, "electorate") - {state.person}
    if not {each.person for each in state.sponsors} <= electorate:
        raise IllegalStep("sponsor_not_member")
    if len(electorate) <= len(state.sponsors):
        raise IllegalStep("electorate_too_small", needed=len(state.sponsors) + 1)
    until = step.at + timedelta(days=terms.eval_days)
    return to(
        state,
        Stage.EVALUATION,
        step.at,
        electorate=electorate,
        frozen_at=step.at,
        evaluations_until=until,
        asked=frozenset(),
    )
