"""The call on the person proposed: a decision by consent on them, with the rules of consent (sealed positions, G3 to
G6), their objections examined in the same way. Nothing here rules on an objection itself.
"""

from datetime import datetime

from governance.errors import IllegalStep, Invalid
from governance.rules import calling, consent, objections
from governance.rules.electing import Change, Election, ElectionStage, Nomination
from governance.rules.election_steps import enter, nominated, vacant
from governance.rules.election_terms import ElectionTerms
from governance.rules.guards import over
from governance.rules.mandates import add_months
from governance.rules.session import ObjectionState, Session, Stage, Step, Version, evolve

E = ElectionStage
STAGES = {
    Stage.OBJECTION_CALL: E.OBJECTIONS,
    Stage.TEST: E.TEST,
    Stage.INTEGRATE: E.INTEGRATE,
    Stage.SUSPENDED: E.SUSPENDED,
}


def the_call(state: Election) -> Session:
    """Return the call on the person proposed; raises IllegalStep if nobody is."""
    if state.call is None:
        raise IllegalStep("nobody_proposed")
    return state.call


def propose(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Propose one person on the strength of reasons, written down; call objections to them.

    Objections that stood against the same person when they were proposed before still stand (G8c).
    """
    nomination = nominated(state, step)
    fresh: dict[str, object] = {
        "nominee": nomination.person,
        "pair": None,
        "changes": (),
        "offer": None,
        "accepted": frozenset(),
    }
    state = evolve(state, nominations=(*state.nominations, nomination), **fresh)
    return _open_call(state, nomination, step.at, terms)


def _open_call(state: Election, nomination: Nomination, at: datetime, terms: ElectionTerms) -> Election:
    before = state.calls.get(nomination.person)
    number = len(before.versions) + 1 if before else 1
    version = Version(
        number=number,
        title=state.role,
        text=state.mission,
        driver=nomination.grounds,
        review_on=add_months(at.date(), state.months).isoformat(),
        responsible=nomination.person,
        criteria=state.criteria,
        at=at,
        author=nomination.by,
    )
    carried = tuple(
        evolve(each, to_confirm=True) if each.state is ObjectionState.OPEN else each
        for each in (before.objections if before else ())
    )
    start = before or Session(proposer=nomination.person, electorate=state.electorate)
    opened = evolve(
        start,
        versions=(*start.versions, version),
        objections=carried,
        present=state.present,
        facilitator=state.leader(),
        remembered=None,
        **_counted(state, nomination.person),
    )
    inner = calling.open_call(opened, at, terms.consent, call=opened.call + 1)
    return follow(_with(state, inner), at, terms, fresh=True)


def _counted(state: Election, person: int) -> dict[str, object]:
    """Return where a call begins to count, so that no act said of one person can be taken for another's."""
    others = [each for other, each in state.calls.items() if other != person]
    found: dict[str, object] = {"offers": max((each.offers for each in state.calls.values()), default=0)}
    if not state.numbered:
        return found
    ever = [number for each in state.calls.values() for number in (each.call, *(call.call for call in each.revealed))]
    last = max(ever, default=0)
    return {**found, "call": last, "elsewhere": (last, sum(len(each.objections) for each in others))}


def _with(state: Election, inner: Session) -> Election:
    return evolve(state, calls={**state.calls, state.nominee or 0: inner})


def delegate(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Take a step of the call with the rules of consent, and go where it leads."""
    before = the_call(state)
    after = consent.advance(before, step, terms.consent)
    return follow(_with(state, after), step.at, terms)


def follow(state: Election, at: datetime, terms: ElectionTerms, *, fresh: bool = False) -> Election:
    """Return the election where its call has come to: nothing open and enough positions lead to the answer."""
    inner = the_call(state)
    if inner.stage is Stage.ADOPTED:
        return enter(state, E.ACCEPT, at, terms.accept_minutes, offer=None)
    if inner.stage is Stage.DEFERRED:
        return vacant(state, at, inner.reason)
    stage = STAGES[inner.stage]
    offer = state.offer if inner.amendment is not None else None
    moved = evolve(state, stage=stage, ends_at=inner.ends_at, since=inner.since, offer=offer)
    return evolve(moved, round=state.round + 1) if fresh else moved


def can_position(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Who is called; the person proposed at their place in the order that the charter sets, or once time is over."""
    inner = the_call(state)
    calling.can_position(inner, actor, at, terms.consent)
    others = (inner.called & inner.here) - {state.nominee}
    if over(inner, at) or terms.nominee_order == "together":
        return
    if terms.nominee_order == "last" and actor == state.nominee and not others <= frozenset(inner.sealed):
        raise IllegalStep("nominee_last", missing=len(others - frozenset(inner.sealed)))
    waits = terms.nominee_order == "first" and actor != state.nominee and state.nominee in inner.called & inner.here
    if waits and state.nominee not in inner.sealed:
        raise IllegalStep("nominee_first")


def offer_change(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Offer what would lift the objection: a shorter mandate, a pair, support. It replaces an earlier offer."""
    offer = _change(state, step)
    version = the_call(state).version
    text = f"{version.text}\n\n{offer.text}"
    values = {"version": step.payload["version"], "text": text}
    if offer.months:
        values["review_on"] = add_months(step.at.date(), offer.months).isoformat()
    inner = Step("offer_amendment", step.actor, step.at, values, step.seq)
    return evolve(delegate(state, inner, terms), offer=offer)


def _change(state: Election, step: Step) -> Change:
    kind, months, person = str(step.payload["change"]), step.payload.get("months"), step.payload.get("person")
    if kind == "shorter" and (not isinstance(months, int) or not 1 <= months < state.length):
        raise Invalid("mandate_not_shorter", field="months", months=state.length)
    if kind == "pair" and (person not in state.electorate or person in {state.nominee, state.leader()}):
        raise Invalid("pair_unknown", field="person")
    if kind == "pair" and person in state.resting:
        raise Invalid("must_rest", field="person")
    return Change(
        kind,
        str(step.payload["text"]),
        months if kind == "shorter" else None,  # type: ignore[arg-type]
        person if kind == "pair" else None,  # type: ignore[arg-type]
    )


def accept_amendment(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """What was offered becomes part of the mandate; everybody is called again."""
    offer = state.offer
    after = delegate(state, step, terms)
    if offer is None:
        raise IllegalStep("amendment_missing")
    return evolve(after, changes=(*state.changes, offer), offer=None, pair=offer.person or state.pair)


def _without_pair(state: Election) -> Session:
    """Return the call as if whoever would hold the mandate with the person proposed were not there."""
    inner = the_call(state)
    return evolve(inner, present=inner.present - {state.pair, state.offer.person if state.offer else None})


def can_draw_jury(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """As in consent; neither the person proposed nor their pair may sit in it."""
    objections.can_draw_jury(_without_pair(state), actor, at, terms.consent)


def draw_jury(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Draw a jury among all others who are present."""
    drawn = objections.draw_jury(_without_pair(state), step, terms.consent)
    inner = the_call(state)
    return follow(_with(state, evolve(drawn, present=inner.present, seq=inner.seq + 1)), step.at, terms)


def can_expire(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """The time to look for what lifts the objection is over."""
    if not over(the_call(state), at):
        raise IllegalStep("time_left", ends_at=state.ends_at)


def expire(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Nothing lifts the objection, and nobody else is proposed: the role stays vacant."""
    return delegate(state, step, terms)


def presence(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Take note of who is present, who facilitates and who deputises; a call without its quorum sleeps."""
    p = step.payload
    state = evolve(
        state,
        present=frozenset(p["present"]),  # type: ignore[call-overload]
        facilitator=p.get("facilitator"),
        deputy=p.get("deputy"),
    )
    if state.stage not in {*STAGES.values()}:
        return state
    told = Step("presence", None, step.at, {"present": p["present"], "facilitator": state.leader()}, step.seq)
    return delegate(state, told, terms)
