"""More of what is read of a room: hands and moods, rounds, airtime, roles, the door. Plain frozen values."""

from dataclasses import dataclass
from datetime import datetime

from governance.queries.consent_shapes import Person

__all__ = [
    "AirtimeView",
    "EntryForMe",
    "ExerciseView",
    "MoodView",
    "PassingView",
    "RoleLine",
    "RoundView",
    "SignalView",
]


@dataclass(frozen=True)
class SignalView:
    """A hand signal and who gives it now; on the screen of the hall nobody is named."""

    sign: str
    count: int
    people: tuple[Person, ...]


@dataclass(frozen=True)
class MoodView:
    """A look at the mood. `counts` stays None until it is open, and if too few answered to tell them apart."""

    number: int
    moment: str  # check, opening or closing
    question: str
    words: tuple[str, ...]
    answered: int
    asked: int
    open: bool
    ends_at: datetime
    counts: tuple[tuple[str, int], ...] | None


@dataclass(frozen=True)
class PassingView:
    """What passes. `number` rises with time, so that an older drawing never covers a newer one; `until`: when it
    changes by itself."""

    number: int
    signals: tuple[SignalView, ...]
    mood: MoodView | None
    until: datetime | None


NOTHING_PASSES = PassingView(0, (), None, None)


@dataclass(frozen=True)
class RoundView:
    """A round on a question, in its published order."""

    question: str
    to_come: tuple[Person, ...]
    done: tuple[tuple[Person, str], ...]  # spoke or passed
    away: tuple[Person, ...]


@dataclass(frozen=True)
class AirtimeView:
    """How long somebody has held the floor in this meeting, and their part of all that was said."""

    person: Person
    seconds: int
    percent: int  # rounded, of all that was held


@dataclass(frozen=True)
class RoleLine:
    """A role that passed on; `role` is facilitator, deputy, secretary, timekeeper or teller."""

    at: datetime
    role: str
    giver: Person | None
    receiver: Person


@dataclass(frozen=True)
class EntryForMe:
    """A position written for somebody without a device, for the eyes of the two who enter and confirm it."""

    id: int
    person: Person
    means: str
    choice: str
    text: str
    consequence: str
    to_confirm: bool  # by this viewer; else they wrote it and wait
    ground: str = ""  # of an objection, with the article that it cites
    article: str = ""
    fact: str = ""  # of an objection to somebody, with what it is about
    nature: str = ""


@dataclass(frozen=True)
class ExerciseView:
    """That a room is an exercise, until when it is kept, and what goes on when somebody presses on (an act, or "")."""

    until: datetime
    next_act: str
    next_by: str
