"""Examining an objection (G5): it qualifies when nobody disagrees that it does; a jury drawn by lot ends a deadlock.

Nobody rules alone, and only its author takes an objection back.
"""

import hashlib
from datetime import datetime

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.calling import after_settled, check_argument, integrate
from governance.rules.charter import ConsentTerms
from governance.rules.guards import match, match_told, over, waiting
from governance.rules.session import Answer, Objection, ObjectionState, Session, Stage, Step, evolve
from governance.rules.windows import restarted, timed

TESTED = frozenset({Stage.TEST, Stage.REOPENED})


def current(state: Session) -> Objection:
    """Return the objection on the table; raises WrongState `objection_settled`."""
    found = state.objection(state.current)
    if found is None:
        raise WrongState("objection_settled")
    return found


def can_judge(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Everybody present but its author says whether it qualifies, until a jury is drawn."""
    if actor == current(state).author:
        raise NotEntitled("own_objection")
    if current(state).jury:
        raise IllegalStep("jury_sits")


def judge(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Agree that the objection qualifies, or disagree with an argument; the last answer counts."""
    match(state, step.payload, "objection")
    match_told(state, step.payload, "wording")
    agree, reason = bool(step.payload["agree"]), str(step.payload.get("reason", ""))
    if not agree and not reason:
        raise Invalid("field_missing", field="reason")
    objection = current(state)
    others = tuple(each for each in objection.judgments if each.person != step.actor)
    return state.with_objection(evolve(objection, judgments=(*others, Answer(step.actor or 0, agree, reason, step.at))))


def can_refine(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Its author, once, before a jury."""
    objection = current(state)
    if actor != objection.author:
        raise NotEntitled("not_author")
    if objection.narrowed or objection.jury:
        raise IllegalStep("already_refined" if objection.narrowed else "jury_sits")


def refine(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Keep what remains of the objection; it is judged anew, and the timer starts again."""
    match(state, step.payload, "objection")
    texts = {"text": str(step.payload["text"]), "consequence": str(step.payload["consequence"])}
    narrower = evolve(current(state), **texts, narrowed=True, judgments=())
    check_argument(narrower, ("text", "consequence"), terms, cites=False)
    return evolve(state.with_objection(narrower), **restarted(state, step.at, terms))


def can_close_test(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """All have answered, or the timer ran out; and nobody disagrees. Nobody can discard an objection here."""
    objection = current(state)
    if objection.jury:
        raise IllegalStep("jury_sits")
    waiting(state, at, frozenset(each.person for each in objection.judgments), state.here - {objection.author})
    if any(not each.agree for each in objection.judgments):
        raise IllegalStep("disagreement_remains", ends_at=state.ends_at)


def close_test(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Nobody disagrees: it qualifies."""
    match(state, step.payload, "objection")
    return qualify(state, step.at, terms)


def qualify(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    """The objection stands: look for what lifts it."""
    objection = current(state)
    found = ObjectionState.REFINED if objection.narrowed else ObjectionState.QUALIFIED
    changed = evolve(objection, state=found, to_confirm=False, jury=())
    return integrate(state.with_objection(changed), at, terms, objection.id)


def can_draw_jury(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """In a deadlock after `consent.test_minutes`; or in place of an author who has left, to say if it is lifted."""
    objection = current(state)
    if objection.jury and not objection.jury_missing(state.here) and not _let_pass(state, at):
        raise IllegalStep("jury_sits")
    if state.stage is Stage.INTEGRATE:
        _author_gone(state, objection)
    elif not any(not each.agree for each in objection.judgments):
        raise IllegalStep("no_deadlock")
    elif not over(state, at) and not objection.jury:
        raise IllegalStep("test_running", ends_at=state.ends_at)


def _let_pass(state: Session, at: datetime) -> bool:
    """In writing nobody is seen to leave: jurors who let their window pass make room for others."""
    return state.written and over(state, at)


def _author_gone(state: Session, objection: Objection) -> None:
    if objection.author in state.here:
        raise IllegalStep("author_present")
    if state.amendment is None:
        raise IllegalStep("amendment_missing")
    if state.amendment.confirmed_by:
        raise IllegalStep("already_confirmed")
    if len(_eligible(state, objection)) < 1:
        raise IllegalStep("jury_impossible")


def _eligible(state: Session, objection: Objection) -> frozenset[int]:
    return state.here - {objection.author, state.proposer} - objection.excused


def drawn(seed: str, eligible: frozenset[int], size: int) -> tuple[int, ...]:
    """Return `size` people in the order of SHA-256(seed, person): anyone can draw again from the published seed.

    >>> drawn("a", frozenset({1, 2, 3, 4}), 2) == drawn("a", frozenset({4, 3, 2, 1}), 2)
    True
    """
    order = sorted(eligible, key=lambda person: hashlib.sha256(f"{seed}|{person}".encode()).hexdigest())
    return tuple(order[:size])


def draw_jury(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Draw the jury with the seed of the step; with too few to draw from, the objection stands."""
    match(state, step.payload, "objection")
    seed, objection = str(step.payload.get("seed", "")), current(state)
    if not seed:
        raise Invalid("field_missing", field="seed")
    objection = _excused(state, objection, step.at)
    eligible = _eligible(state, objection)
    if len(eligible) < terms.jury_size:
        return _without_jury(state, step.at, terms)
    kept = (*objection.juries, objection.jury_votes) if objection.jury_votes else objection.juries
    jury = drawn(seed, eligible, terms.jury_size)
    changed = evolve(objection, jury=jury, jury_votes=(), juries=kept)
    state = state.with_objection(changed)
    return evolve(state, **restarted(state, step.at, terms)) if state.stage in TESTED else state


def _excused(state: Session, objection: Objection, at: datetime) -> Objection:
    """Return the objection with the jurors who let their window pass left out of the next draw."""
    if not objection.jury or not _let_pass(state, at):
        return objection
    silent = frozenset(objection.jury) - {each.person for each in objection.jury_votes}
    return evolve(objection, excused=objection.excused | silent)


def _without_jury(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    if state.stage is Stage.INTEGRATE:
        raise IllegalStep("jury_impossible")
    return qualify(state, at, terms)


def can_vote_in_jury(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Each juror, once."""
    objection = current(state)
    if actor not in objection.jury:
        raise NotEntitled("not_juror")
    if any(each.person == actor for each in objection.jury_votes):
        raise IllegalStep("already_answered")


def jury_vote(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Say, with reasons, whether the objection qualifies (or, while integrating, whether it is lifted)."""
    match(state, step.payload, "objection")
    match_told(state, step.payload, "offer")
    vote = Answer(step.actor or 0, bool(step.payload["agree"]), str(step.payload["reason"]), step.at)
    objection = current(state)
    objection = evolve(objection, jury_votes=(*objection.jury_votes, vote))
    state = state.with_objection(objection)
    for side in (True, False):
        if sum(each.agree is side for each in objection.jury_votes) * 2 > len(objection.jury):
            return _verdict(state, step.at, terms, side)
    return state


def _verdict(state: Session, at: datetime, terms: ConsentTerms, yes: bool) -> Session:
    objection = current(state)
    if state.stage is Stage.INTEGRATE:
        amendment = state.amendment and evolve(state.amendment, confirmed_by="jury" if yes else "")
        kept = evolve(objection, jury=(), juries=(*objection.juries, objection.jury_votes), jury_votes=())
        return evolve(state.with_objection(kept), amendment=amendment if yes else None)
    if yes:
        return qualify(state, at, terms)
    return settle(state, objection, ObjectionState.CONCERN, at, terms)


def settle(state: Session, objection: Objection, to: ObjectionState, at: datetime, terms: ConsentTerms) -> Session:
    """The objection no longer stands in the way; go on if it was the one on the table."""
    state = state.with_objection(evolve(objection, state=to, to_confirm=False, jury=()))
    on_table = objection.id == state.current and state.stage in {*TESTED, Stage.INTEGRATE}
    return after_settled(state, at, terms) if on_table else state


def own(state: Session, actor: int | None) -> None:
    """Somebody of the electorate who has an objection that still stands."""
    if actor not in state.electorate:
        raise NotEntitled("not_elector")
    if not any(each.author == actor and each.pending() for each in state.objections):
        raise NotEntitled("not_author")


def withdraw_objection(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The author takes an objection back, or keeps it as a concern; at any time, present or not."""
    objection = state.objection(step.payload["objection"])  # type: ignore[arg-type]
    if objection is None or not objection.pending():
        raise WrongState("objection_settled")
    if objection.author != step.actor:
        raise NotEntitled("not_author")
    found = ObjectionState.CONCERN if step.payload.get("as_concern") else ObjectionState.WITHDRAWN
    return settle(_awake(state), objection, found, step.at, terms)


def _awake(state: Session) -> Session:
    """Return the session as if it were not suspended: the quorum's watch puts it back to sleep."""
    return evolve(state, stage=state.remembered, remembered=None) if state.remembered else state


def reopen(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """An objection on a new fact: examine it; the agreement stays in force."""
    if state.lapsed_at:
        raise IllegalStep("already_lapsed", at=state.lapsed_at)
    number = len(state.objections) + 1
    text, consequence, ground, article, fact = (
        str(step.payload.get(name, "")) for name in ("text", "consequence", "ground", "article", "fact")
    )
    filed = Objection(
        id=number,
        author=step.actor or 0,
        version=state.in_force or 0,
        call=state.call,
        text=text,
        consequence=consequence,
        ground=ground,
        article=article,
        at=step.at,
        fact=fact,
    )
    check_argument(filed, ("text", "consequence", "ground", "fact"), terms, cites=True)
    changes = {"objections": (*state.objections, filed), "current": number, "revising": True, "amendment": None}
    return evolve(state, **timed(state, changes, Stage.REOPENED, step.at, terms))
