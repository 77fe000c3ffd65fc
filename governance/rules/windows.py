"""How long a stage lasts: minutes in a room, a window with reminders in writing (3.5). Lengths are figures of the
charter; nothing closes before its reminders went out."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from governance.rules.charter import ConsentTerms
from governance.rules.guards import enter
from governance.rules.session import Session, Stage

__all__ = ["asleep", "next_reminder", "restarted", "timed", "until", "window_hours"]

_MINUTES: Mapping[Stage, str] = {
    Stage.DRIVER_CHECK: "round_minutes",
    Stage.CLARIFY: "round_minutes",
    Stage.REACT: "round_minutes",
    Stage.OBJECTION_CALL: "call_minutes",
    Stage.TEST: "test_minutes",
    Stage.REOPENED: "test_minutes",
    Stage.INTEGRATE: "integrate_minutes",
}
_QUIET = frozenset({Stage.PRESENTED, Stage.ADOPTED})  # nobody is waited for


def timed(
    state: Session, changes: dict[str, object], stage: Stage, at: datetime, terms: ConsentTerms
) -> dict[str, object]:
    """Return the changes that bring a session into a stage, with its time."""
    if not state.written:
        return enter(changes, stage, at, getattr(terms, _MINUTES[stage]) if stage in _MINUTES else None)
    ends_at = at + timedelta(hours=window_hours(stage, terms))
    return {**enter(changes, stage, at), **until(state, stage, at, ends_at, terms)}


def restarted(state: Session, at: datetime, terms: ConsentTerms) -> dict[str, object]:
    """Return the changes that give the present stage its whole time again."""
    return {**timed(state, {}, state.stage, at, terms), "since": state.since}


def window_hours(stage: Stage, terms: ConsentTerms) -> int:
    """Return how long the window of a stage is; a decision reopened is examined like any objection."""
    return terms.in_writing().windows["test" if stage is Stage.REOPENED else stage.value]


def until(state: Session, stage: Stage, at: datetime, ends_at: datetime, terms: ConsentTerms) -> dict[str, object]:
    """Return the changes that open a window up to an instant, its reminders spread before its end.

    They stand `consent.reminder_hours` apart, closer in a window too short for that.
    """
    written = terms.in_writing()
    reminders = 0 if stage in _QUIET else written.reminders
    length = int((ends_at - at).total_seconds())
    every = min(written.reminder_hours * 3600, length // (written.reminders + 1))
    changes: dict[str, object] = {"window": state.window + 1, "opens_at": at, "ends_at": ends_at}
    return changes | {"reminders_left": reminders, "remind_every": every, "reminders": (), "mailed": {}}


def asleep(state: Session, ends_at: datetime) -> dict[str, object]:
    """Return the changes that let a stage rest until an instant: nobody is reminded meanwhile."""
    return {"window": state.window + 1, "ends_at": ends_at, "reminders_left": 0, "reminders": (), "mailed": {}}


def next_reminder(state: Session) -> datetime | None:
    """Return when the next reminder of the window is due; None if there is none left."""
    if not state.written or not state.reminders_left or state.ends_at is None:
        return None
    return state.ends_at - timedelta(seconds=state.remind_every * state.reminders_left)
