"""Deciding in writing, at a distance (3.5): going there and back at the edge of a stage, reminders, facilitation.

The whole electorate counts as present. What the clock does there is in `clock.py`.
"""

from datetime import datetime, timedelta

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.calling import open_call
from governance.rules.charter import ConsentTerms
from governance.rules.guards import here, over
from governance.rules.preparing import spoken, unanswered
from governance.rules.session import LIVE, Session, Stage, Step, evolve
from governance.rules.windows import asleep, next_reminder, restarted, timed, until

TIMED = LIVE - {Stage.AMEND}


def between(state: Session) -> bool:
    """Return whether the present stage has only begun: nobody has answered, spoken or been answered in it."""
    stage, objection = state.remembered or state.stage, state.objection(state.current)
    untouched = objection is None or not (objection.judgments or objection.jury)
    begun = {
        Stage.DRIVER_CHECK: bool(state.driver),
        Stage.CLARIFY: bool(spoken(state)),
        Stage.REACT: bool(spoken(state)),
        Stage.OBJECTION_CALL: bool(state.sealed),
        Stage.TEST: not untouched,
        Stage.REOPENED: not untouched,
        Stage.INTEGRATE: state.amendment is not None or bool(objection and objection.jury),
    }
    return not begun.get(stage, False)


def _at_the_edge(state: Session) -> None:
    if not between(state):
        raise IllegalStep("inside_stage", stage=(state.remembered or state.stage).value)


def can_go_written(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """At the edge of a stage, with every figure that this takes."""
    if state.written:
        raise IllegalStep("already_written")
    terms.in_writing()
    _at_the_edge(state)


def go_written(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Go on in writing: the stage begins anew as a window, and the electorate is there."""
    present, facilitator = frozenset(step.payload["present"]), step.payload["facilitator"]  # type: ignore[call-overload]
    if facilitator == state.proposer or facilitator not in present & state.electorate:
        raise Invalid("facilitator_unfit", field="facilitator")
    changes = {"written": True, "moves": (*state.moves, (step.at, True)), "present": present, "offered": None}
    stage = state.remembered or state.stage
    state = evolve(state, **changes, stage=stage, remembered=None, facilitator=facilitator)
    return _anew(state, step.at, terms)


def _anew(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    if state.stage is Stage.OBJECTION_CALL:
        return open_call(state, at, terms, call=state.call + 1)
    return evolve(state, **timed(state, {}, state.stage, at, terms)) if state.stage in TIMED else state


def can_go_live(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """At the edge of a stage: a room takes the decision up where it stands."""
    if not state.written:
        raise IllegalStep("already_live")
    _at_the_edge(state)


def go_live(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Go on in a room: who is there, and who leads, the room says next; until then the decision rests."""
    stage = state.remembered or state.stage
    changes = {"written": False, "moves": (*state.moves, (step.at, False)), "present": frozenset(), "offered": None}
    state = evolve(state, **changes, stage=stage, remembered=None, facilitator=None, reminders_left=0)
    return evolve(state, **timed(state, {}, stage, step.at, terms)) if stage in TIMED else state


def _in_writing(state: Session) -> None:
    if not state.written:
        raise IllegalStep("only_in_writing")


def can_remind(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Each reminder in its time."""
    due = next_reminder(state)
    if due is None or at < due:
        raise IllegalStep("too_early", until=due)


def remind(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Note that a reminder is due to those who are waited for. One that comes late moves the end of the window: the
    time between it and the end is promised."""
    late = step.at - (next_reminder(state) or step.at)
    ends_at = state.ends_at
    if late > timedelta(seconds=state.remind_every // 2):
        ends_at = step.at + timedelta(seconds=state.remind_every * state.reminders_left)
    sent = (*state.reminders, step.at)
    return evolve(state, reminders=sent, reminders_left=state.reminders_left - 1, ends_at=ends_at)


def can_be_mailed(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """A reminder that leaves after the end came too late."""
    _in_writing(state)
    if state.ends_at is None or at >= state.ends_at:
        raise IllegalStep("too_late")


def mailed(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Note that a reminder of this window really left for somebody; each counts once."""
    person, number = int(step.payload["person"]), int(step.payload["number"])  # type: ignore[call-overload]
    if step.payload["window"] != state.window or not 1 <= number <= len(state.reminders):
        raise WrongState("stale_version", part="window", now=state.window)
    had = state.mailed.get(person, ())
    if person not in state.electorate or number in had:
        raise IllegalStep("already_answered")
    return evolve(state, mailed={**state.mailed, person: (*had, number)})


def can_prolong(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """A window has ended with a question left without answer, or a rest is over."""
    _in_writing(state)
    asked = state.stage is Stage.CLARIFY and unanswered(state)
    rested = state.stage is Stage.INTEGRATE and state.until
    if not over(state, at) or not (asked or rested):
        raise IllegalStep("timer_running", ends_at=state.ends_at, until=state.until)


def prolong(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Open one more window of the same stage."""
    return evolve(state, **restarted(state, step.at, terms), until="")


def can_extend_window(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """Only a window."""
    _in_writing(state)
    if state.ends_at is None:
        raise IllegalStep("no_timer")


def extend_window(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Give the window more days, counted from its end or from now if that has passed; reminders start again."""
    start = max(step.at, state.ends_at) if state.ends_at else step.at
    ends_at = start + timedelta(days=int(step.payload["days"]))  # type: ignore[call-overload]
    if state.stage is Stage.INTEGRATE and state.until:
        return evolve(state, **asleep(state, ends_at))
    return evolve(state, **until(state, state.stage, step.at, ends_at, terms))


def can_offer(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """In writing; in a room the meeting has its own hand-over."""
    _in_writing(state)


def offer(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Offer the facilitation to somebody there who does not carry the proposal."""
    person = int(step.payload["person"])  # type: ignore[call-overload]
    if person not in state.here or person in {state.proposer, state.facilitator}:
        raise Invalid("facilitator_unfit", field="person")
    return evolve(state, offered=person)


def taker(state: Session, actor: int | None) -> None:
    """Whom the facilitation is offered to; anybody but the proposer, once who facilitated has left."""
    here(state, actor)
    if actor == state.proposer:
        raise NotEntitled("own_proposal")
    if actor == state.facilitator or (actor != state.offered and state.facilitator in state.here):
        raise NotEntitled("not_offered")


def take_facilitation(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Facilitate from now on."""
    return evolve(state, facilitator=step.actor, offered=None)
