"""The call for objections: sealed simultaneous positions (G3), the reveal, and what follows from it (G8)."""

from datetime import datetime

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.charter import ConsentTerms
from governance.rules.guards import enter, match, waiting
from governance.rules.quorum import reached
from governance.rules.session import Objection, Position, Revealed, Session, Stage, Step, evolve

NO_POSITION = "no_position"


def open_call(state: Session, at: datetime, terms: ConsentTerms, *, call: int) -> Session:
    """Open a call on the text: those present are called; earlier sealed positions are void (G2)."""
    recalls = 0 if call == 1 else state.recalls
    fresh = {"call": call, "recalls": recalls, "called": state.here, "sealed": {}, "current": None, "amendment": None}
    fresh["quorum_at_opening"] = len(state.here)
    return evolve(state, **enter(fresh, Stage.OBJECTION_CALL, at, terms.call_minutes))


def can_position(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Those present at the opening of the call are called; late joiners wait for the next."""
    if actor not in state.called:
        raise NotEntitled("not_called")


def position(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Seal one's position; the last before the reveal counts."""
    match(state, step.payload, "version", "call")
    sealed = _position(state, step)
    _check_form(sealed, terms)
    return evolve(state, sealed={**state.sealed, sealed.person: sealed})


def _position(state: Session, step: Step) -> Position:
    text, consequence, ground, article = (
        str(step.payload.get(name, "")) for name in ("text", "consequence", "ground", "article")
    )
    return Position(
        person=step.actor or 0,
        version=state.version.number,
        call=state.call,
        choice=str(step.payload["choice"]),
        at=step.at,
        seq=state.seq + 1,
        text=text,
        consequence=consequence,
        ground=ground,
        article=article,
    )


def _check_form(sealed: Position, terms: ConsentTerms) -> None:
    """G4: a concern says something; an objection argues, with its consequence and one ground; articles cited exist."""
    needed = {"objection": ("text", "consequence", "ground"), "concern": ("text",)}.get(sealed.choice, ())
    check_argument(sealed, needed, terms, cites=sealed.choice == "objection")


def check_argument(thing: Position | Objection, needed: tuple[str, ...], terms: ConsentTerms, *, cites: bool) -> None:
    """Raise Invalid `field_missing` or `article_unknown`. Length is never a criterion."""
    for name in needed:
        if not getattr(thing, name):
            raise Invalid("field_missing", field=name)
    if cites and terms.cites_article and not thing.article:
        raise Invalid("field_missing", field="article")
    if thing.article and thing.article not in terms.articles:
        raise Invalid("article_unknown", field="article")


def confirm_objection(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """The author says that an objection carried over from an earlier version still holds."""
    objection = state.objection(step.payload["objection"])  # type: ignore[arg-type]
    if objection is None or not objection.to_confirm or not objection.pending():
        raise WrongState("objection_settled")
    if objection.author != step.actor:
        raise NotEntitled("not_author")
    return state.with_objection(evolve(objection, to_confirm=False))


def can_reveal(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Everybody called and still present has answered, or the timer has run out."""
    waiting(state, at, frozenset(state.sealed), state.called & state.here)


def reveal(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Open all positions at once and go where they lead."""
    match(state, step.payload, "version", "call")
    shown = _shown(state, step.at)
    objections = (*state.objections, *_new_objections(state, shown))
    state = evolve(state, revealed=(*state.revealed, shown), objections=objections, sealed={}, called=frozenset())
    return outcome(state, step.at, terms)


def _shown(state: Session, at: datetime) -> Revealed:
    silent = (
        Position(person, state.version.number, state.call, NO_POSITION, at, 0)
        for person in sorted(state.called - frozenset(state.sealed))
    )
    filed = sorted(state.sealed.values(), key=lambda each: each.seq)
    return Revealed(state.version.number, state.call, at, (*filed, *silent), len(state.here))


def _new_objections(state: Session, shown: Revealed) -> tuple[Objection, ...]:
    filed = [each for each in shown.positions if each.choice == "objection"]
    first = len(state.objections) + 1
    return tuple(
        Objection(number, p.person, p.version, p.call, p.text, p.consequence, p.ground, p.article, p.at)
        for number, p in enumerate(filed, start=first)
    )


def outcome(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    """Return where a reveal leads: examine, integrate, call again, park, or adopt. The one way to ADOPTED."""
    if state.open():
        return examine(state, at, terms)
    if state.pending():
        return integrate(state, at, terms, state.pending()[0].id)
    if not reached(_expressed(state), len(state.electorate), terms.quorum):
        return _call_again_or_park(state, at, terms)
    changes = {"in_force": state.version.number, "adopted_at": at, "current": None}
    changes |= {"revising": False, "reviewed": False}
    return evolve(state, **enter(changes, Stage.ADOPTED, at))


def _expressed(state: Session) -> int:
    return sum(each.choice != NO_POSITION for each in state.revealed[-1].positions)


def _call_again_or_park(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    if state.recalls >= terms.recall_max:
        return park(state, at, "too_few_positions")
    return open_call(evolve(state, recalls=state.recalls + 1), at, terms, call=state.call + 1)


def park(state: Session, at: datetime, reason: str, until: str = "") -> Session:
    """Put the decision aside; a revision ends, and the agreement stays in force."""
    stage = Stage.CLOSED if state.revising else Stage.DEFERRED
    changes = {"reason": reason, "until": until, "current": None, "amendment": None, "revising": False}
    return evolve(state, **enter(changes, stage, at))  # type: ignore[arg-type]


def examine(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    """Examine the first open objection, in order of filing."""
    changes = {"current": state.open()[0].id, "amendment": None}
    return evolve(state, **enter(changes, Stage.TEST, at, terms.test_minutes))  # type: ignore[arg-type]


def integrate(state: Session, at: datetime, terms: ConsentTerms, objection: int) -> Session:
    """Look for what lifts a qualified objection; one at a time (G6)."""
    changes = {"current": objection, "amendment": None}
    return evolve(state, **enter(changes, Stage.INTEGRATE, at, terms.integrate_minutes))  # type: ignore[arg-type]


def after_settled(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    """Return where to go once the current objection no longer stands: the next one, another call, or back to rest."""
    unchanged = state.revising and not state.pending() and state.version.number == state.in_force
    if state.stage is Stage.REOPENED or unchanged:
        return evolve(state, **enter({"current": None, "revising": False}, Stage.CLOSED, at))
    if state.open():
        return examine(state, at, terms)
    return open_call(state, at, terms, call=state.call + 1)


def can_extend(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Only a stage with a timer."""
    if state.ends_at is None:
        raise IllegalStep("no_timer")
