"""Lifting an objection: amendments (G6), and the other ways out (G7). Then what follows an adoption."""

from datetime import UTC, date, datetime, time, timedelta

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.calling import open_call, park
from governance.rules.charter import ConsentTerms
from governance.rules.guards import enter, match, match_told, next_version, over
from governance.rules.objections import current
from governance.rules.preparing import complete
from governance.rules.session import (
    Amendment,
    Answer,
    Objection,
    ObjectionState,
    Position,
    Session,
    Stage,
    Step,
    Version,
    end_of,
    evolve,
)
from governance.rules.windows import asleep


def offer_amendment(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Offer a change meant to lift the objection; it replaces an earlier offer."""
    match(state, step.payload, "version")
    version = next_version(state, step.payload, step.actor or 0, step.at)
    complete(version)
    without_jury = evolve(current(state), jury=(), jury_votes=())
    number = state.offers + 1
    return evolve(state.with_objection(without_jury), amendment=Amendment(version, number), offers=number)


def can_answer_amendment(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """There is one on the table."""
    if state.amendment is None:
        raise IllegalStep("amendment_missing")


def oppose_amendment(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Object to the amendment itself, with a reason; another offer is then needed."""
    match(state, step.payload, "version")
    match_told(state, step.payload, "offer")
    amendment = _amendment(state)
    others = tuple(each for each in amendment.opposed if each.person != step.actor)
    opposed = (*others, Answer(step.actor or 0, False, str(step.payload["reason"]), step.at))
    return evolve(state, amendment=evolve(amendment, opposed=opposed))


def _amendment(state: Session) -> Amendment:
    if state.amendment is None:
        raise IllegalStep("amendment_missing")
    return state.amendment


def confirm_resolved(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The author says that this amendment, or the text as changed since (offer 0), lifts the objection."""
    objection = state.objection(step.payload["objection"])  # type: ignore[arg-type]
    if objection is None or not objection.upheld():
        raise WrongState("objection_settled")
    if objection.author != step.actor:
        raise NotEntitled("not_author")
    offered = state.stage is Stage.INTEGRATE and objection.id == state.current
    match_told(state if offered else evolve(state, amendment=None), step.payload, "version", "offer")
    if offered:
        return evolve(state, amendment=evolve(_amendment(state), confirmed_by="author"))
    if state.version.number <= objection.version:
        raise IllegalStep("text_unchanged")
    return state.with_objection(resolved(objection, state.version.number, "author"))


def resolved(objection: Objection, version: int, by: str) -> Objection:
    """Return the objection lifted by a version of the text, as its author or a jury confirmed."""
    lifted = {"state": ObjectionState.RESOLVED, "amended_to": version, "resolved_by": by}
    return evolve(objection, **lifted, to_confirm=False, jury=())


def can_accept(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """The objector (or the jury in their place) confirms, and nobody opposes."""
    amendment = _amendment(state)
    if amendment.opposed:
        raise IllegalStep("amendment_opposed", count=len(amendment.opposed))
    if not amendment.confirmed_by:
        raise IllegalStep("author_not_confirmed")


def accept_amendment(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The amendment becomes the next version; everybody is called again on it."""
    match(state, step.payload, "version", "objection")
    match_told(state, step.payload, "offer")
    amendment = _amendment(state)
    lifted = resolved(current(state), amendment.version.number, amendment.confirmed_by)
    return call_on(state.with_objection(lifted), amendment.version, step.at, terms)


def call_on(state: Session, version: Version, at: datetime, terms: ConsentTerms) -> Session:
    """Call everybody on a new version; objections not yet examined follow it, to be confirmed (G2)."""
    carried = tuple(evolve(o, to_confirm=True) if o.state is ObjectionState.OPEN else o for o in state.objections)
    state = evolve(state, versions=(*state.versions, version), objections=carried, loops=state.loops + 1)
    return open_call(state, at, terms, call=state.elsewhere[0] + 1)


def choose_exit(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Leave the integration by another way than an amendment; each way has its own condition (3.4)."""
    match(state, step.payload, "version")
    chosen = str(step.payload["exit"])
    if terms.exits is not None and chosen not in terms.exits:
        raise IllegalStep("exit_not_allowed", exit=chosen, decision_class=state.decision_class)
    state = evolve(state, exits=(*state.exits, chosen))
    return _EXITS[chosen](state, step, terms)


def _alternative(state: Session, step: Step, terms: ConsentTerms) -> Session:
    _needs(step, "text")
    version = next_version(state, step.payload, step.actor or 0, step.at)
    complete(version)
    return call_on(state, version, step.at, terms)


def _trial(state: Session, step: Step, terms: ConsentTerms) -> Session:
    _needs(step, "ends_on")
    return _alternative(state, step, terms)


def _needs(step: Step, *names: str) -> None:
    for name in names:
        if not step.payload.get(name):
            raise Invalid("field_missing", field=name)


def _sleep(state: Session, step: Step, terms: ConsentTerms) -> Session:
    until = _until(step)
    if state.written:  # work goes on that day, with a window of its own
        return evolve(state, until=until, **asleep(state, datetime.combine(date.fromisoformat(until), time(), UTC)))
    return evolve(state, until=until, ends_at=end_of(until))


def _until(step: Step) -> str:
    _needs(step, "until")
    until = str(step.payload["until"])
    if date.fromisoformat(until) <= step.at.astimezone(UTC).date():
        raise Invalid("date_past", field="until")
    return until


def _defer(state: Session, step: Step, terms: ConsentTerms) -> Session:
    return park(state, step.at, str(step.payload["reason"]), _until(step))


def _delegate(state: Session, step: Step, terms: ConsentTerms) -> Session:
    _needs(step, "persons")
    persons = frozenset(step.payload["persons"])  # type: ignore[call-overload]
    if not persons <= state.electorate:
        raise Invalid("person_unknown", field="persons")
    changes = {"subgroup": persons, "until": _until(step), "reason": step.payload["reason"]}
    return evolve(state, **enter(changes, Stage.DELEGATED, step.at))


def _refer(state: Session, step: Step, terms: ConsentTerms) -> Session:
    _needs(step, "addressee")
    if state.revising:
        return park(state, step.at, str(step.payload["reason"]))
    changes = {"addressee": step.payload["addressee"], "reason": step.payload["reason"]}
    return evolve(state, **enter(changes, Stage.REFERRED, step.at))


def _fallback(state: Session, step: Step, terms: ConsentTerms) -> Session:
    if not terms.fallback or state.revising:
        raise IllegalStep("fallback_not_allowed", decision_class=state.decision_class)
    if state.loops < terms.fallback_min_loops:
        raise IllegalStep("loops_missing", loops=state.loops, needed=terms.fallback_min_loops)
    return evolve(state, **enter({"reason": step.payload["reason"]}, Stage.FALLBACK, step.at))


_EXITS = {
    "alternative": _alternative,
    "trial": _trial,
    "sleep": _sleep,
    "defer": _defer,
    "delegate": _delegate,
    "refer": _refer,
    "fallback": _fallback,
}


def can_expire(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """The time of the integration, or of the sub-group, has run out."""
    late = at >= end_of(state.until) if state.stage is Stage.DELEGATED else over(state, at)
    if not late:
        raise IllegalStep("timer_running", ends_at=state.ends_at, until=state.until)


def expire(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Time ran out without a choice: defer."""
    match(state, step.payload, "version")
    return park(state, step.at, "time_out")


def bring_back(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The sub-group returns its text; everybody is called on it."""
    match(state, step.payload, "version")
    version = next_version(state, step.payload, step.actor or 0, step.at)
    complete(version)
    return call_on(evolve(state, subgroup=frozenset(), until=""), version, step.at, terms)


def can_resume(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """On the date set, not before."""
    if state.until and at.astimezone(UTC).date() < date.fromisoformat(state.until):
        raise IllegalStep("too_early", until=state.until)


def resume(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Back to the draft; every objection that stands is attached, to be confirmed and examined."""
    match(state, step.payload, "version")
    attached = tuple(_attached(objection) if objection.pending() else objection for objection in state.objections)
    changes = {"objections": attached, "until": "", "driver": (), "reason": ""}
    return evolve(state, **enter(changes, Stage.DRAFT, step.at))  # type: ignore[arg-type]


def drop_electors(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Those who left no longer count when an adjourned decision about somebody comes back."""
    left = state.electorate - frozenset(step.payload["gone"])  # type: ignore[call-overload]
    if not left:
        raise Invalid("electorate_empty")
    return evolve(state, electorate=left)


def to_vote(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """A decision about somebody that may be adjourned no more gives way to the vote that its charter allows."""
    return evolve(state, **enter({"until": ""}, Stage.FALLBACK, step.at))


def _attached(objection: Objection) -> Objection:
    return evolve(objection, state=ObjectionState.OPEN, to_confirm=True, judgments=(), jury=(), jury_votes=())


def withdraw(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Whoever carries the proposal takes it back; of a revision, only the revision ends."""
    reason = str(step.payload["reason"])
    if state.revising:
        return park(evolve(state, remembered=None), step.at, reason)
    return evolve(state, **enter({"reason": reason, "remembered": None}, Stage.WITHDRAWN, step.at))


def can_withdraw_suspended(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """A new objection to an agreement is examined before anything ends."""
    if state.remembered is Stage.REOPENED:
        raise IllegalStep("not_now", stage=Stage.REOPENED.value, act="withdraw")


def close_decision(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Concerns have been heard: the decision rests until its review."""
    if state.written and step.actor is None and not over(state, step.at):
        raise IllegalStep("timer_running", ends_at=state.ends_at, until="")
    return evolve(state, **enter({}, Stage.CLOSED, step.at))


def file_concern(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """A concern after the adoption; it never undoes it."""
    text = str(step.payload["text"])
    number = (state.agreed or state.version).number
    filed = Position(step.actor or 0, number, state.call, "concern", step.at, state.seq + 1, text)
    return evolve(state, concerns=(*state.concerns, filed))


def can_review(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Once, when the review date has come."""
    if state.reviewed:
        raise IllegalStep("already_reviewed")
    agreed = state.agreed or state.version
    if at.astimezone(UTC).date() < date.fromisoformat(agreed.review_on):
        raise IllegalStep("too_early", until=agreed.review_on)


def review(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The review date has come; a new draft, outside this session, carries on."""
    return evolve(state, reviewed=True)


def can_lapse(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """The agreed text says when it ends, that instant has come, and it has not lapsed yet."""
    if state.agreed is None or not state.agreed.ends_on or state.lapsed_at:
        raise IllegalStep("nothing_lapses")
    if at < end_of(state.agreed.ends_on):
        raise IllegalStep("too_early", until=state.agreed.ends_on)


def lapse(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The agreed text ends at the instant that it set itself, however late somebody notices."""
    return evolve(state, lapsed_at=end_of((state.agreed or state.version).ends_on))


def extend(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Give the stage more time, counted from its end or from now if that has passed."""
    start = max(step.at, state.ends_at) if state.ends_at else step.at
    return evolve(state, ends_at=start + timedelta(minutes=int(step.payload["minutes"])))  # type: ignore[call-overload]
