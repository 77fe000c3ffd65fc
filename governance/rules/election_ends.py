"""The answer of the person proposed, and the ends of an election: a mandate, a new date, a lot."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from governance.errors import IllegalStep, Invalid
from governance.rules.electing import Election, ElectionStage
from governance.rules.election_steps import enter, match
from governance.rules.election_terms import ElectionTerms
from governance.rules.guards import over
from governance.rules.session import Step, evolve

E = ElectionStage


def accept(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """The person proposed accepts; with a pair, both do. The one way to DONE."""
    match(state, step)
    accepted = state.accepted | {step.actor or 0}
    state = evolve(state, accepted=accepted)
    return enter(state, E.DONE, step.at) if set(state.holders) <= accepted else state


def decline(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """The person proposed, or their pair, declines; somebody else is proposed."""
    match(state, step)
    return _again(state, step, str(step.payload["reason"]))


def can_note_silence(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """The time to answer is over. Silence never accepts."""
    if not over(state, at):
        raise IllegalStep("time_left", ends_at=state.ends_at)


def note_silence(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """No answer came: propose somebody else."""
    match(state, step)
    return _again(state, step, "no_answer")


def _again(state: Election, step: Step, why: str) -> Election:
    last = evolve(state.nominations[-1], declined=why)
    fresh: dict[str, Any] = {"nominee": None, "pair": None, "changes": (), "offer": None, "accepted": frozenset()}
    return enter(state, E.PROPOSE, step.at, nominations=(*state.nominations[:-1], last), **fresh)


def set_new_date(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Try again on another day. Which day it is depends on where the node is: its door refuses today, we the past."""
    match(state, step)
    until = str(step.payload["until"])
    if date.fromisoformat(until) < step.at.astimezone(UTC).date():
        raise Invalid("date_past", field="until")
    return enter(state, E.POSTPONED, step.at, until=until)


def can_choose_lot(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Only if the charter allows it."""
    if not terms.lot_if_vacant:
        raise IllegalStep("lot_forbidden")


def choose_lot(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Let a lot decide, in a draw of its own."""
    match(state, step)
    return enter(state, E.LOT, step.at)


def can_extend(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
    """Only a stage with a timer."""
    if state.ends_at is None:
        raise IllegalStep("no_timer")


def extend(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Give the stage more time, counted from its end, or from now if that has passed."""
    start = max(step.at, state.ends_at) if state.ends_at else step.at
    return evolve(state, ends_at=start + timedelta(minutes=int(step.payload["minutes"])))  # type: ignore[call-overload]
