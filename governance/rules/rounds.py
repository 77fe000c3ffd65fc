"""Rounds on a question (« tour de parole »): a published order, one turn each, pass allowed, nobody forgotten.

Who is away when their turn comes keeps it, and has it once they are back; who does not answer is asked again at the
end. Late joiners come last.
"""

from dataclasses import replace
from datetime import datetime

from governance.errors import IllegalStep, NotEntitled
from governance.rules.session import Step
from governance.rules.speaking import Led, SpeakingRound, Speech, Timer, end, handed, hush

__all__ = ["end_turn", "finish", "go_on", "join", "pass_turn", "skip", "start"]


def start(speech: Speech, room: Led, step: Step) -> Speech:
    """Open a round: those present, in order of arrival or the least heard first; the first one speaks."""
    if speech.round is not None:
        raise IllegalStep("round_open")
    held, order = speech.airtime(step.at), list(room.present)
    if step.payload.get("order") == "least_heard":
        order.sort(key=lambda person: held.get(person, 0))
    minutes = int(step.payload.get("minutes", 0))  # type: ignore[call-overload]
    opened = SpeakingRound(str(step.payload["question"]), tuple(order), minutes)
    return _next(replace(hush(speech, step.at), round=opened), room.present, step.at)


def join(speech: Speech, person: int) -> Speech:
    """Put somebody who has just come in at the end of an open round."""
    if speech.round is None or person in speech.round.order:
        return speech
    return replace(speech, round=replace(speech.round, order=(*speech.round.order, person)))


def go_on(speech: Speech, present: tuple[int, ...], at: datetime) -> Speech:
    """Let the next one speak if the round has lost its speaker."""
    return _next(speech, present, at) if speech.round is not None and speech.speaker is None else speech


def end_turn(speech: Speech, room: Led, step: Step) -> Speech:
    """End a turn; in a round that was this person's, and the next one speaks."""
    speaker, ended = speech.speaker, end(speech, room, step)
    if ended.round is None or speaker is None:
        return ended
    return _next(_done(ended, speaker, "spoke"), room.present, step.at)


def pass_turn(speech: Speech, room: Led, step: Step) -> Speech:
    """Pass one's turn, when it comes or before."""
    opened, person = _open(speech), step.actor or 0
    if person not in opened.order:
        raise NotEntitled("not_in_round")
    if person in opened.done:
        raise IllegalStep("already_spoke")
    passed = _done(speech, person, "passed")
    return _next(hush(passed, step.at), room.present, step.at) if speech.speaker == person else passed


def skip(speech: Speech, room: Led, step: Step) -> Speech:
    """Go past somebody who does not answer: they are asked again at the end."""
    opened, person = _open(speech), int(step.payload["person"])  # type: ignore[call-overload]
    if person not in opened.order or person in opened.done:
        raise IllegalStep("already_spoke")
    order = (*(each for each in opened.order if each != person), person)
    later = replace(speech, round=replace(opened, order=order, skipped=opened.skipped | {person}))
    if speech.speaker != person:
        return later
    rest = opened.skipped | {person}
    nobody_else = all(each in rest for each in later.round.to_come(room.present))  # type: ignore[union-attr]
    quiet = hush(later, step.at)
    return quiet if nobody_else else _next(quiet, room.present, step.at)


def finish(speech: Speech, room: Led, step: Step) -> Speech:
    """Close the round: everybody here had their turn, or passed, or did not answer when asked."""
    opened = _open(speech)
    missing = [each for each in opened.to_come(room.present) if each not in opened.skipped]
    if missing:
        raise IllegalStep("waiting_for_turns", missing=len(missing))
    return replace(hush(speech, step.at), round=None)


def call(speech: Speech, room: Led, step: Step) -> Speech:
    """Give the floor to the next one of the round, after an interruption."""
    _open(speech)
    if speech.round is not None and not speech.round.to_come(room.present):
        raise IllegalStep("nobody_left")
    return _next(hush(speech, step.at), room.present, step.at)


def _open(speech: Speech) -> SpeakingRound:
    if speech.round is None:
        raise IllegalStep("no_round")
    return speech.round


def _done(speech: Speech, person: int, how: str) -> Speech:
    opened = speech.round
    if opened is None or person not in opened.order or person in opened.done:
        return speech  # a point of order, or somebody heard already: it was not their turn of the round
    return replace(speech, round=replace(opened, done={**opened.done, person: how}))


def _next(speech: Speech, present: tuple[int, ...], at: datetime) -> Speech:
    opened = _open(speech)
    coming = opened.to_come(present)
    if not coming:
        return replace(speech, timer=None) if opened.minutes else speech
    timer = Timer("", at, opened.minutes * 60) if opened.minutes else speech.timer
    return replace(handed(speech, coming[0], at), timer=timer)
