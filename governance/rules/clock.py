"""What falls due in a decision without anybody's act, and when. The clock too takes only steps of the table."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time

from governance.rules.awaiting import awaited, expected_and_answered
from governance.rules.charter import ConsentTerms
from governance.rules.guards import over
from governance.rules.preparing import unanswered
from governance.rules.session import FINAL, Session, Stage, Step, end_of
from governance.rules.windows import next_reminder

__all__ = ["due_step", "next_due"]


def due_step(state: Session, at: datetime, terms: ConsentTerms) -> Step | None:
    """Return the step that the clock takes at this instant; None if nothing is due. `draw_jury` still lacks a seed."""
    found = _due(state, at)
    return Step(found[0], None, at, found[1], state.seq + 1) if found else None


Due = tuple[str, dict[str, object]]


def _due(state: Session, at: datetime) -> Due | None:
    if state.stage in FINAL or state.stage is Stage.NEW:
        return None
    if _lapses_at(state) and at >= (_lapses_at(state) or at):
        return "clause_ends", {}
    version: dict[str, object] = {"version": state.version.number if state.versions else 0}
    if state.stage is Stage.DEFERRED:
        return ("resume", version) if state.until and at >= _start_of(state.until) else None
    if state.stage is Stage.DELEGATED:
        return ("expire", version) if at >= end_of(state.until) else None
    return _of_window(state, at) if state.written else None


def _lapses_at(state: Session) -> datetime | None:
    agreed = state.agreed
    return end_of(agreed.ends_on) if agreed and agreed.ends_on and not state.lapsed_at else None


def _start_of(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def _of_window(state: Session, at: datetime) -> Due | None:
    if state.stage not in _CLOSINGS:
        return None
    closing = _CLOSINGS[state.stage](state, at)
    if closing:
        return closing
    due = next_reminder(state)
    return ("remind", {"persons": sorted(awaited(state))}) if due and at >= due else None


def _all_answered(state: Session) -> bool:
    expected, answered = expected_and_answered(state)
    return expected <= answered


def _presented(state: Session, at: datetime) -> Due | None:
    return ("start", {"version": state.version.number}) if over(state, at) else None


def _driver(state: Session, at: datetime) -> Due | None:
    """With a doubt, whoever facilitates says what follows from it."""
    doubted = any(each.answer != "clear" for each in state.driver)
    ready = _all_answered(state) or over(state, at)
    return ("accept_driver", {"version": state.version.number}) if ready and not doubted else None


def _round(state: Session, at: datetime) -> Due | None:
    asked = state.stage is Stage.CLARIFY and unanswered(state)
    if asked:
        return ("prolong", {}) if over(state, at) else None
    return ("close_round", {"round": state.round}) if _all_answered(state) or over(state, at) else None


def _call(state: Session, at: datetime) -> Due | None:
    ready = _all_answered(state) or over(state, at)
    return ("reveal", {"version": state.version.number, "call": state.call}) if ready else None


def _examination(state: Session, at: datetime) -> Due | None:
    """Nobody disagrees: it qualifies. A deadlock, or a jury that stays silent: by lot, once the time is over."""
    objection = state.objection(state.current)
    about: dict[str, object] = {"objection": state.current}
    if objection is None:
        return None
    if objection.jury or any(not each.agree for each in objection.judgments):
        return ("draw_jury", about) if over(state, at) else None
    return ("close_test", about) if _all_answered(state) or over(state, at) else None


def _integration(state: Session, at: datetime) -> Due | None:
    """A text that lifts the objection and that nobody opposed is accepted; else time without a choice defers."""
    if not over(state, at):
        return None
    if state.until:
        return "prolong", {}
    version, offer = state.version.number, state.amendment
    if offer is not None and offer.confirmed_by and not offer.opposed:
        return "accept_amendment", {"version": version, "objection": state.current, "offer": offer.number}
    return "expire", {"version": version}


def _adopted(state: Session, at: datetime) -> Due | None:
    return ("close_decision", {}) if over(state, at) else None


_CLOSINGS: Mapping[Stage, Callable[[Session, datetime], Due | None]] = {
    Stage.DRIVER_CHECK: _driver,
    Stage.PRESENTED: _presented,
    Stage.CLARIFY: _round,
    Stage.REACT: _round,
    Stage.OBJECTION_CALL: _call,
    Stage.TEST: _examination,
    Stage.REOPENED: _examination,
    Stage.INTEGRATE: _integration,
    Stage.ADOPTED: _adopted,
}


def next_due(state: Session, terms: ConsentTerms) -> datetime | None:
    """Return the first instant at which the clock has a step to take here; it may have passed. None: never."""
    instants = {state.since, state.ends_at, next_reminder(state), _lapses_at(state), *_of_until(state)}
    known = sorted(each for each in instants if each is not None)
    return next((each for each in known if due_step(state, each, terms)), None)


def _of_until(state: Session) -> set[datetime | None]:
    return {_start_of(state.until), end_of(state.until)} if state.until else set()
