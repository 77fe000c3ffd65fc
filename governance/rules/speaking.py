"""The floor: a queue where first come is first served (points of order first), one speaker, one timer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from governance.errors import IllegalStep, NotEntitled
from governance.rules.quorum import reached
from governance.rules.session import Step

__all__ = ["Request", "Speech", "Timer", "ask", "end", "give", "reached", "take_back"]


@dataclass(frozen=True)
class Request:
    """A wish to speak; `why` is speak or point_of_order."""

    person: int
    why: str
    at: datetime


@dataclass(frozen=True)
class Timer:
    """Stored as start, length and pause; whoever looks computes what is left."""

    label: str
    started_at: datetime
    seconds: int
    paused_at: datetime | None = None

    def ends_at(self) -> datetime:
        """Return the end, as if running from its start."""
        return self.started_at + timedelta(seconds=self.seconds)

    def left(self, at: datetime) -> int:
        """Return the whole seconds left at an instant, never less than zero."""
        return max(0, int((self.ends_at() - (self.paused_at or at)).total_seconds()))


@dataclass(frozen=True)
class Speech:
    """The floor of one item."""

    queue: tuple[Request, ...] = ()
    speaker: int | None = None
    turns: Mapping[int, int] = field(default_factory=dict)  # person → times spoken
    timer: Timer | None = None

    def ordered(self) -> tuple[Request, ...]:
        """Return the queue as it will be served."""
        return tuple(sorted(self.queue, key=lambda each: (each.why != "point_of_order", each.at)))

    def without(self, person: int, at: datetime) -> "Speech":
        """Return the floor after somebody left."""
        queue = tuple(each for each in self.queue if each.person != person)
        return replace(self, queue=queue, speaker=None if self.speaker == person else self.speaker)


class Led(Protocol):
    """What the floor needs to know of its room."""

    @property
    def present(self) -> tuple[int, ...]: ...

    def leading(self) -> int | None: ...


def ask(speech: Speech, room: Led, step: Step) -> Speech:
    """Join the queue, once."""
    if any(each.person == step.actor for each in speech.queue):
        raise IllegalStep("already_in_queue")
    request = Request(step.actor or 0, str(step.payload.get("why", "speak")), step.at)
    return replace(speech, queue=(*speech.queue, request))


def take_back(speech: Speech, room: Led, step: Step) -> Speech:
    """Leave the queue."""
    if not any(each.person == step.actor for each in speech.queue):
        raise IllegalStep("not_in_queue")
    return replace(speech, queue=tuple(each for each in speech.queue if each.person != step.actor))


def give(speech: Speech, room: Led, step: Step) -> Speech:
    """Give the floor to somebody present, in the queue or not; an earlier speaker's turn ends."""
    person = int(step.payload["person"])  # type: ignore[call-overload]
    if person not in room.present:
        raise IllegalStep("person_absent", person=person)
    queue = tuple(each for each in speech.queue if each.person != person)
    turns = {**speech.turns, person: speech.turns.get(person, 0) + 1}
    return replace(speech, queue=queue, speaker=person, turns=turns)


def end(speech: Speech, room: Led, step: Step) -> Speech:
    """End a turn: one's own, or as facilitator."""
    if speech.speaker is None:
        raise IllegalStep("nobody_speaks")
    if step.actor not in {speech.speaker, room.leading()}:
        raise NotEntitled("not_facilitator")
    return replace(speech, speaker=None)


def set_timer(speech: Speech, room: Led, step: Step) -> Speech:
    """Start a timer of whole minutes; it replaces the one before."""
    minutes = int(step.payload["minutes"])  # type: ignore[call-overload]
    return replace(speech, timer=Timer(str(step.payload.get("label", "")), step.at, minutes * 60))


def pause_timer(speech: Speech, room: Led, step: Step) -> Speech:
    """Freeze the timer."""
    timer = _timer(speech)
    if timer.paused_at:
        raise IllegalStep("timer_paused")
    return replace(speech, timer=replace(timer, paused_at=step.at))


def resume_timer(speech: Speech, room: Led, step: Step) -> Speech:
    """Let the timer run on: its start moves by the pause."""
    timer = _timer(speech)
    if timer.paused_at is None:
        raise IllegalStep("timer_running")
    started_at = timer.started_at + (step.at - timer.paused_at)
    return replace(speech, timer=replace(timer, started_at=started_at, paused_at=None))


def stop_timer(speech: Speech, room: Led, step: Step) -> Speech:
    """Take the timer away."""
    _timer(speech)
    return replace(speech, timer=None)


def _timer(speech: Speech) -> Timer:
    if speech.timer is None:
        raise IllegalStep("no_timer")
    return speech.timer
