"""A quick look at the mood of the room (« météo »): a question, a few words to choose from, a distribution.

The answers are no facts of the meeting: they are kept beside it, for a while, and never with a name to readers.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime

__all__ = ["MOMENTS", "Mood", "MoodResult", "mood_result"]

MOMENTS = ("check", "opening", "closing")


@dataclass(frozen=True)
class Mood:
    """A question put to those present; `ends_at` opens the answers even if some are missing."""

    number: int
    moment: str
    question: str
    words: tuple[str, ...]
    asked_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class MoodResult:
    """How many have answered of those asked; once it is open, how many chose each word (None: too few to show)."""

    answered: int
    asked: int
    open: bool
    counts: tuple[tuple[str, int], ...] | None


def mood_result(mood: Mood, answers: Mapping[int, int], present: Set[int], at: datetime, floor: int) -> MoodResult:
    """Return what everybody may see: nothing by word before all have answered or the time is over (no names, ever).

    `answers`: person → place of the word. Fewer answers than `floor` are never told by word.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> mood = Mood(1, "check", "Prêts ?", ("Oui", "Non"), now, now)
    >>> mood_result(mood, {1: 0, 2: 0, 3: 1}, {1, 2, 3}, now, 3).counts
    (('Oui', 2), ('Non', 1))
    """
    known = {person: word for person, word in answers.items() if 0 <= word < len(mood.words)}
    everybody = bool(present) and present <= known.keys()
    over = everybody or at >= mood.ends_at
    shown = over and len(known) >= floor
    counts = tuple((word, sum(each == n for each in known.values())) for n, word in enumerate(mood.words))
    return MoodResult(len(known), len(present | known.keys()), over, counts if shown else None)
