"""The call for objections: sealed simultaneous positions (G3), the reveal, and what follows from it (G8)."""

from datetime import datetime

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.charter import ConsentTerms
from governance.rules.guards import enter, match, waiting
from governance.rules.quorum import reached
from governance.rules.session import Objection, Position, Revealed, Session, Stage, Step, evolve
from governance.rules.windows import timed

NO_POSITION = "no_position"
SILENT_CONSENT = "silent_consent"


def open_call(state: Session, at: datetime, terms: ConsentTerms, *, call: int) -> Session:
    """Open a call on the text: those present are called; earlier sealed positions are void (G2)."""
    recalls = 0 if call == 1 else state.recalls
    fresh = {"call": call, "recalls": recalls, "called": state.here, "sealed": {}, "current": None, "amendment": None}
    fresh["quorum_at_opening"] = len(state.here)
    return evolve(state, **timed(state, fresh, Stage.OBJECTION_CALL, at, terms))


def can_position(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Those present at the opening of the call are called; late joiners wait for the next."""
    if actor not in state.called:
        raise NotEntitled("not_called")


def position(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Seal one's position; the last before the reveal counts."""
    match(state, step.payload, "version", "call")
    sealed = _position(state, step)
    _check_form(sealed, terms)
    if terms.person and sealed.choice == "objection":
        _check_personal(step, terms)
    return evolve(state, sealed={**state.sealed, sealed.person: sealed})


def _position(state: Session, step: Step) -> Position:
    text, consequence, ground, article, fact = (
        str(step.payload.get(name, "")) for name in ("text", "consequence", "ground", "article", "fact")
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
        fact=fact,
        means=str(step.payload.get("means", "")),
        entered_by=step.payload.get("entered_by"),  # type: ignore[arg-type]
        confirmed_by=step.payload.get("confirmed_by"),  # type: ignore[arg-type]
    )


def _check_personal(step: Step, terms: ConsentTerms) -> None:
    """R4: an objection to a person says a fact; commercial grounds, taste, price and territory are void."""
    for name in ("fact", "nature"):
        if not step.payload.get(name):
            raise Invalid("field_missing", field=name)
    if step.payload["nature"] in terms.void_grounds:
        raise Invalid("ground_void", field="nature", ground=step.payload["nature"])


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
    shown = _shown(state, step.at, terms)
    objections = (*state.objections, *_new_objections(state, shown))
    state = evolve(state, revealed=(*state.revealed, shown), objections=objections, sealed={}, called=frozenset())
    return outcome(state, step.at, terms)


def _shown(state: Session, at: datetime, terms: ConsentTerms) -> Revealed:
    silent = (
        Position(person, state.version.number, state.call, _silence(state, person, terms), at, 0)
        for person in sorted(state.called - frozenset(state.sealed))
    )
    filed = sorted(state.sealed.values(), key=lambda each: each.seq)
    window = (state.opens_at, state.ends_at) if state.written else (None, None)
    return Revealed(
        state.version.number, state.call, at, (*filed, *silent), len(state.here), *window, state.quorum_at_opening
    )


def concerns_heard(state: Session) -> tuple[Position, ...]:
    """Return the concerns recorded with a decision: those of its calls, then those filed after its adoption."""
    return (*(p for call in state.revealed for p in call.positions if p.choice == "concern"), *state.concerns)


def heard_against(state: Session) -> tuple[str, ...]:
    """Return what a review starts from: the objections that a vote left standing, each once, then the concerns."""
    standing = state.pending() if state.stage is Stage.FALLBACK else ()
    objections = dict.fromkeys(f"Objection : {each.text} {each.consequence}".rstrip() for each in standing)
    return (*objections, *(each.text for each in concerns_heard(state)))


def _silence(state: Session, person: int, terms: ConsentTerms) -> str:
    """3.6: silence is no position. In writing the charter may read it as consent, of whoever still belongs to the
    electorate and to whom all the reminders of this window really left."""
    if not state.written or terms.in_writing().silence != "consent" or person not in state.here:
        return NO_POSITION
    reminded = len(state.mailed.get(person, ())) >= terms.in_writing().reminders
    return SILENT_CONSENT if reminded else NO_POSITION


def _new_objections(state: Session, shown: Revealed) -> tuple[Objection, ...]:
    filed = [each for each in shown.positions if each.choice == "objection"]
    first = state.elsewhere[1] + len(state.objections) + 1
    return tuple(
        Objection(number, p.person, p.version, p.call, p.text, p.consequence, p.ground, p.article, p.at, fact=p.fact)
        for number, p in enumerate(filed, start=first)
    )


def outcome(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    """Return where a reveal leads: examine, integrate, call again, park, or adopt. The one way to ADOPTED."""
    if state.open():
        return examine(state, at, terms)
    if state.pending():
        return integrate(state, at, terms, state.pending()[0].id)
    if not reached(_expressed(state, terms), len(state.electorate), terms.quorum):
        return _call_again_or_park(state, at, terms)
    changes = {"in_force": state.version.number, "adopted_at": at, "current": None}
    changes |= {"revising": False, "reviewed": False, "lapsed_at": None}
    return evolve(state, **timed(state, changes, Stage.ADOPTED, at, terms))


def _expressed(state: Session, terms: ConsentTerms) -> int:
    """G8b: consents, concerns and objections; consents by silence only if the charter counts them."""
    return expressed(state.revealed[-1], counted=state.written and terms.in_writing().silence_counts)


def expressed(call: Revealed, *, counted: bool) -> int:
    """Return how many positions of a call count towards the quorum."""
    silent = {NO_POSITION} if counted else {NO_POSITION, SILENT_CONSENT}
    return sum(each.choice not in silent for each in call.positions)


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
    return evolve(state, **timed(state, changes, Stage.TEST, at, terms))  # type: ignore[arg-type]


def integrate(state: Session, at: datetime, terms: ConsentTerms, objection: int) -> Session:
    """Look for what lifts a qualified objection; one at a time (G6)."""
    changes = {"current": objection, "amendment": None}
    return evolve(state, **timed(state, changes, Stage.INTEGRATE, at, terms))  # type: ignore[arg-type]


def after_settled(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    """Return where to go once the current objection no longer stands: the next one, another call, or back to rest."""
    unchanged = state.revising and not state.pending() and state.version.number == state.in_force
    if state.stage is Stage.REOPENED or unchanged:
        return evolve(state, **enter({"current": None, "revising": False}, Stage.CLOSED, at))
    if state.open():
        return examine(state, at, terms)
    return open_call(state, at, terms, call=state.call + 1)


def can_extend(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Only a stage with a timer, in a room: a window is extended by days."""
    if state.written:
        raise IllegalStep("only_in_room")
    if state.ends_at is None:
        raise IllegalStep("no_timer")
