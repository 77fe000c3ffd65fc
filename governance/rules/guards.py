"""Who may take a step, and when: small questions that the stages of consent share. Each raises, or says nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from governance.errors import IllegalStep, Invalid, NotEntitled, WrongState
from governance.rules.charter import ConsentTerms
from governance.rules.session import Session, Stage, Version

__all__ = [
    "elector",
    "enter",
    "facilitator",
    "facilitator_or_clock",
    "facilitator_or_system",
    "free",
    "here",
    "match",
    "match_told",
    "member_of_subgroup",
    "next_version",
    "over",
    "proposer",
    "proposer_here",
    "proposer_or_system",
    "resumer",
    "subjects",
    "system",
    "waiting",
]


def system(state: Session, actor: int | None) -> None:
    """Only the machine itself, never a person."""
    if actor is not None:
        raise NotEntitled("only_the_clock")


def elector(state: Session, actor: int | None) -> None:
    """One of the electorate, present or not."""
    if actor not in state.electorate:
        raise NotEntitled("not_elector")


def here(state: Session, actor: int | None) -> None:
    """One of the electorate who is present."""
    elector(state, actor)
    if actor not in state.present:
        raise NotEntitled("not_present")


def proposer(state: Session, actor: int | None) -> None:
    """Whoever carries the proposal."""
    if actor is None or actor != state.proposer:
        raise NotEntitled("not_proposer")


def proposer_or_system(state: Session, actor: int | None) -> None:
    """Whoever carries the proposal, or the house where nothing is left to decide."""
    if actor is not None:
        proposer(state, actor)


def proposer_here(state: Session, actor: int | None) -> None:
    """Whoever carries the proposal, present."""
    proposer(state, actor)
    here(state, actor)


def facilitator(state: Session, actor: int | None) -> None:
    """Whoever facilitates, present, and not on a proposal of their own."""
    if actor is None or actor != state.facilitator:
        raise NotEntitled("not_facilitator")
    if actor == state.proposer:
        raise NotEntitled("own_proposal")
    if actor not in state.present:
        raise NotEntitled("not_present")


def facilitator_or_system(state: Session, actor: int | None) -> None:
    """Whoever facilitates, or the clock."""
    if actor is not None:
        facilitator(state, actor)


def facilitator_or_clock(state: Session, actor: int | None) -> None:
    """Whoever facilitates; in writing the clock too, for nobody need be there when a window closes."""
    if actor is not None or not state.written:
        facilitator(state, actor)


def resumer(state: Session, actor: int | None) -> None:
    """Whoever facilitates, whoever carries the proposal, or the clock."""
    if actor is not None and actor not in {state.facilitator, state.proposer}:
        raise NotEntitled("not_facilitator")


def member_of_subgroup(state: Session, actor: int | None) -> None:
    """One of those to whom the text was entrusted, present."""
    here(state, actor)
    if actor not in state.subgroup:
        raise NotEntitled("not_in_subgroup")


def free(state: Session, actor: int | None, at: datetime, terms: ConsentTerms) -> None:
    """No further condition."""


class Timed(Protocol):
    """A process whose stage may end at an instant."""

    @property
    def ends_at(self) -> datetime | None: ...

    @property
    def reminders_left(self) -> int: ...


def over(state: Timed, at: datetime) -> bool:
    """Return whether the timer of the stage has run out; a window, never before its reminders went out."""
    return state.ends_at is not None and at >= state.ends_at and not state.reminders_left


def waiting(state: Timed, at: datetime, answered: frozenset[int], expected: frozenset[int]) -> None:
    """Everybody expected has answered, or the timer has run out."""
    missing = expected - answered
    if missing and not over(state, at):
        raise IllegalStep("waiting_for_answers", missing=len(missing), ends_at=state.ends_at)


def subjects(state: Session) -> dict[str, object]:
    """Return what acts speak of now. `offer` 0: no change is offered; `wording` 0: the objection as it was filed."""
    objection = state.objection(state.current)
    return {
        "version": state.version.number,
        "call": state.call,
        "round": state.round,
        "objection": state.current,
        "offer": state.amendment.number if state.amendment else 0,
        "wording": int(objection is not None and objection.narrowed),
    }


def match(state: Session, payload: Mapping[str, object], *names: str) -> None:
    """The act speaks of the version, call, round, objection or offer that is on the table now, not of an older one."""
    now = subjects(state)
    for name in names:
        if payload.get(name) != now[name]:
            raise WrongState("stale_version", part=name, now=now[name])


def match_told(state: Session, payload: Mapping[str, object], *names: str) -> None:
    """As `match`, for what older journals did not write down: the doors demand it of every new act."""
    match(state, payload, *(name for name in names if name in payload))


def enter(changes: dict[str, object], stage: Stage, at: datetime, minutes: int | None = None) -> dict[str, object]:
    """Return the changes that bring a session into a stage, its timer set."""
    ends_at = None if minutes is None else at + timedelta(minutes=minutes)
    return {**changes, "stage": stage, "since": at, "ends_at": ends_at, "reminders_left": 0}


FIELDS = ("title", "text", "driver", "review_on", "responsible", "criteria", "ends_on")


def next_version(state: Session, payload: Mapping[str, object], author: int, at: datetime) -> Version:
    """Return the text with what the payload changes, under the next number.

    Raises Invalid `responsible_unknown` unless the responsible person belongs to the electorate.
    """
    last = state.version
    values = {name: payload.get(name, getattr(last, name)) for name in FIELDS}
    if values["responsible"] is not None and values["responsible"] not in state.electorate:
        raise Invalid("responsible_unknown", field="responsible")
    return Version(number=last.number + 1, at=at, author=author, **values)  # type: ignore[arg-type]
