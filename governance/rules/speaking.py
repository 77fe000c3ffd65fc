"""The floor: a queue (points of order first, then as the charter weighs it), one speaker, rounds, one timer.

How long each person has held the floor is kept for the whole meeting; who has spoken, for the item on the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from governance.errors import IllegalStep, NotEntitled
from governance.rules.quorum import reached
from governance.rules.session import Step

__all__ = ["Request", "Speech", "SpeakingRound", "Timer", "ask", "end", "give", "hush", "reached", "take_back"]

ORDER = {"point_of_order": 0, "speak": 1, "observer": 2}


@dataclass(frozen=True)
class Request:
    """A wish to speak; `why` is speak, point_of_order, or observer (somebody without a seat asks to be invited)."""

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
class SpeakingRound:
    """A round on a question: a published order, one turn each. `done`: person → spoke or passed."""

    question: str
    order: tuple[int, ...]
    minutes: int = 0  # for each turn; 0: no timer
    done: Mapping[int, str] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()  # did not answer when their turn came: asked again at the end

    def to_come(self, present: tuple[int, ...]) -> tuple[int, ...]:
        """Return who is still to have a turn and is here, in the published order."""
        here = frozenset(present)
        return tuple(each for each in self.order if each not in self.done and each in here)

    def away(self, present: tuple[int, ...]) -> tuple[int, ...]:
        """Return who is still to have a turn but has left for now: their turn comes when they are back."""
        here = frozenset(present)
        return tuple(each for each in self.order if each not in self.done and each not in here)


@dataclass(frozen=True)
class Speech:
    """The floor of one item."""

    queue: tuple[Request, ...] = ()
    speaker: int | None = None
    since: datetime | None = None  # when the speaker was given the floor
    turns: Mapping[int, int] = field(default_factory=dict)  # person → times spoken on this item
    heard: Mapping[int, int] = field(default_factory=dict)  # person → whole seconds held, in the whole meeting
    timer: Timer | None = None
    round: SpeakingRound | None = None

    def ordered(self, *, fair: bool = False) -> tuple[Request, ...]:
        """Return the queue as it will be served; `fair` lets those not yet heard on this item go first."""
        return tuple(
            sorted(self.queue, key=lambda each: (ORDER[each.why], fair and each.person in self.turns, each.at))
        )

    def reason(self, person: int, *, fair: bool = False) -> str:
        """Return why somebody has their place: order, observer, unheard, heard or arrival; empty outside the queue."""
        found = next((each for each in self.queue if each.person == person), None)
        if found is None or found.why != "speak":
            return {"point_of_order": "order", "observer": "observer"}.get(found.why, "") if found else ""
        if not fair:
            return "arrival"
        return "heard" if person in self.turns else "unheard"

    def airtime(self, at: datetime) -> dict[int, int]:
        """Return whole seconds held by each person so far, the running turn included."""
        held = dict(self.heard)
        if self.speaker is not None:
            held[self.speaker] = held.get(self.speaker, 0) + self._held(at)
        return held

    def _held(self, at: datetime) -> int:
        return max(0, int((at - self.since).total_seconds())) if self.since else 0

    def without(self, person: int, at: datetime) -> "Speech":
        """Return the floor after somebody left."""
        queue = tuple(each for each in self.queue if each.person != person)
        kept = hush(self, at) if self.speaker == person else self
        return replace(kept, queue=queue)

    def cleared(self, at: datetime) -> "Speech":
        """Return the floor of another item: nobody waits, and what each has held is remembered."""
        return Speech(heard=self.airtime(at))


class Led(Protocol):
    """What the floor needs to know of its room."""

    @property
    def present(self) -> tuple[int, ...]: ...
    @property
    def observers(self) -> tuple[int, ...]: ...

    def leading(self) -> int | None: ...


def ask(speech: Speech, room: Led, step: Step) -> Speech:
    """Join the queue, once."""
    if any(each.person == step.actor for each in speech.queue):
        raise IllegalStep("already_in_queue")
    why = str(step.payload.get("why", "speak")) if step.actor in room.present else "observer"
    return replace(speech, queue=(*speech.queue, Request(step.actor or 0, why, step.at)))


def take_back(speech: Speech, room: Led, step: Step) -> Speech:
    """Leave the queue."""
    if not any(each.person == step.actor for each in speech.queue):
        raise IllegalStep("not_in_queue")
    return replace(speech, queue=tuple(each for each in speech.queue if each.person != step.actor))


def hush(speech: Speech, at: datetime) -> Speech:
    """End the running turn, if any, and count what it took."""
    if speech.speaker is None:
        return speech
    return replace(speech, speaker=None, since=None, heard=speech.airtime(at))


def handed(speech: Speech, person: int, at: datetime) -> Speech:
    """Return the floor in the hands of somebody."""
    turns = {**speech.turns, person: speech.turns.get(person, 0) + 1}
    return replace(hush(speech, at), speaker=person, since=at, turns=turns)


def give(speech: Speech, room: Led, step: Step) -> Speech:
    """Give the floor to somebody present (an observer: invite them to speak); an earlier speaker's turn ends.

    While a round goes round, only a point of order comes in between.
    """
    person = int(step.payload["person"])  # type: ignore[call-overload]
    if person not in room.present and person not in room.observers:
        raise IllegalStep("person_absent", person=person)
    urgent = any(each.person == person and each.why == "point_of_order" for each in speech.queue)
    if speech.round is not None and not urgent:
        raise IllegalStep("round_open")
    queue = tuple(each for each in speech.queue if each.person != person)
    return replace(handed(speech, person, step.at), queue=queue)


def end(speech: Speech, room: Led, step: Step) -> Speech:
    """End a turn: one's own, or as facilitator."""
    if speech.speaker is None:
        raise IllegalStep("nobody_speaks")
    if step.actor not in {speech.speaker, room.leading()}:
        raise NotEntitled("not_facilitator")
    return hush(speech, step.at)


def set_timer(speech: Speech, room: Led, step: Step) -> Speech:
    """Start a timer of whole minutes; it replaces the one before."""
    minutes = int(step.payload["minutes"])  # type: ignore[call-overload]
    return replace(speech, timer=Timer(str(step.payload.get("label", "")), step.at, minutes * 60))


def extend_timer(speech: Speech, room: Led, step: Step) -> Speech:
    """Give the timer some more minutes; one that has run out starts again from now."""
    timer, more = _timer(speech), int(step.payload["minutes"]) * 60  # type: ignore[call-overload]
    if timer.paused_at is None and timer.left(step.at) == 0:
        return replace(speech, timer=replace(timer, started_at=step.at, seconds=more))
    return replace(speech, timer=replace(timer, seconds=timer.seconds + more))


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
