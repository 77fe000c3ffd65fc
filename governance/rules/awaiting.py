"""Whose answer a stage awaits, who has given it, and whom a reminder concerns."""

from governance.rules.preparing import spoken, unanswered
from governance.rules.session import Objection, Session, Stage

__all__ = ["awaited", "expected_and_answered"]


def expected_and_answered(state: Session) -> tuple[frozenset[int], frozenset[int]]:
    """Return whose answer the stage awaits, and who has given it."""
    objection = state.objection(state.current)
    if state.stage is Stage.DRIVER_CHECK:
        return state.here, frozenset(each.person for each in state.driver)
    if state.stage in {Stage.CLARIFY, Stage.REACT}:
        return state.here, spoken(state)
    if state.stage is Stage.OBJECTION_CALL:
        return state.called & (state.here | frozenset(state.sealed)), frozenset(state.sealed)
    if state.stage in {Stage.TEST, Stage.REOPENED} and objection is not None:
        return _examiners(state, objection)
    return frozenset(), frozenset()


def _examiners(state: Session, objection: Objection) -> tuple[frozenset[int], frozenset[int]]:
    if objection.jury:
        return frozenset(objection.jury), frozenset(each.person for each in objection.jury_votes)
    return state.here - {objection.author}, frozenset(each.person for each in objection.judgments)


def awaited(state: Session) -> frozenset[int]:
    """Return the people on whom the decision waits now: those of a round, or the one whose move is next."""
    expected, answered = expected_and_answered(state)
    missing = expected - answered
    if state.stage in {Stage.DRAFT, Stage.AMEND}:
        return _just(state.proposer)
    if state.stage is Stage.CLARIFY and unanswered(state):
        return missing | _just(state.proposer)
    if state.stage is Stage.DRIVER_CHECK and not missing and any(each.answer != "clear" for each in state.driver):
        return _just(state.facilitator)
    if state.stage is Stage.INTEGRATE:
        return _integrating(state)
    return state.subgroup if state.stage is Stage.DELEGATED else missing


def _just(person: int | None) -> frozenset[int]:
    return frozenset({person} if person else ())


def _integrating(state: Session) -> frozenset[int]:
    """The proposer looks for a text, then the objector says whether it lifts the objection, then it is accepted."""
    objection = state.objection(state.current)
    if objection is not None and objection.jury:
        return frozenset(objection.jury) - {each.person for each in objection.jury_votes}
    if state.amendment is None or state.amendment.opposed:
        return _just(state.proposer)
    if state.amendment.confirmed_by:
        return _just(state.facilitator)
    return _just(objection.author if objection else None)
