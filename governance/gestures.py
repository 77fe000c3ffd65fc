"""What passes in a room: raised hands and answers to a question about the mood. They fade, and no row keeps them.

They live in the cache, one value a person, so that two hundred people waving write nothing to the database, and a
client that comes back finds them. If the cache forgets, people wave again. Shared by all processes that share a cache.
A result about the mood is kept as it was told first: whoever answers after that would be read as the difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from governance.rules.moods import MoodResult

__all__ = ["Gesture", "MoodAnswer", "answer", "answers", "lower", "open_mood", "opened_mood", "raised", "wave"]

MOOD_KEPT_SECONDS = 6 * 3600  # a result may be looked at until the end of a long meeting


@dataclass(frozen=True)
class Gesture:
    """A raised hand: what it says, until when it is shown, and the key of the act."""

    person: int
    sign: str
    at: datetime
    until: datetime
    key: str


@dataclass(frozen=True)
class MoodAnswer:
    """The place of the word somebody chose, and the key of the act. Never shown with the person."""

    person: int
    word: int
    at: datetime
    key: str


def wave(assembly_id: int, person: int, sign: str, at: datetime, seconds: int, key: str) -> Gesture:
    """Raise a hand for so many seconds; it takes the place of the one raised before. The same key is one gesture."""
    known = cache.get(_hand(assembly_id, person))
    if isinstance(known, Gesture) and known.key == key:
        return known
    gesture = Gesture(person, sign, at, at + timedelta(seconds=seconds), key)
    cache.set(_hand(assembly_id, person), gesture, timeout=seconds + 1)
    cache.set(_any_hand(assembly_id), True, timeout=seconds + 1)
    return gesture


def lower(assembly_id: int, person: int) -> None:
    """Take the hand down; nothing happens if none is raised."""
    cache.delete(_hand(assembly_id, person))


def raised(assembly_id: int, people: Iterable[int], at: datetime) -> tuple[Gesture, ...]:
    """Return the hands up now, in order of raising. One look into the cache, and a second if any may be up."""
    if not cache.get(_any_hand(assembly_id)):
        return ()
    found = cache.get_many([_hand(assembly_id, person) for person in people]).values()
    return tuple(sorted((each for each in found if each.until > at), key=lambda each: each.at))


def answer(assembly_id: int, mood: int, person: int, word: int, at: datetime, key: str) -> MoodAnswer:
    """Keep somebody's answer to a question about the mood, instead of an earlier one of theirs."""
    known = cache.get(_mood(assembly_id, mood, person))
    if isinstance(known, MoodAnswer) and known.key == key:
        return known
    given = MoodAnswer(person, word, at, key)
    cache.set(_mood(assembly_id, mood, person), given, timeout=MOOD_KEPT_SECONDS)
    return given


def answers(assembly_id: int, mood: int, people: Iterable[int]) -> dict[int, int]:
    """Return the answers by person. One look into the cache; for counting only."""
    found = cache.get_many([_mood(assembly_id, mood, person) for person in people]).values()
    return {each.person: each.word for each in found}


def opened_mood(assembly_id: int, mood: int) -> MoodResult | None:
    """Return the result of a question about the mood as it was opened; None while it is not."""
    found = cache.get(_opened(assembly_id, mood))
    return found if isinstance(found, MoodResult) else None


def open_mood(assembly_id: int, mood: int, result: MoodResult) -> MoodResult:
    """Keep the result that is told first, and return it: that of another process, if that was quicker."""
    if cache.add(_opened(assembly_id, mood), result, timeout=MOOD_KEPT_SECONDS):
        return result
    return opened_mood(assembly_id, mood) or result


def _hand(assembly_id: int, person: int) -> str:
    return f"room:{assembly_id}:hand:{person}"


def _any_hand(assembly_id: int) -> str:
    """Name what says that a hand may be up: most of the time none is, and nobody's needs to be looked for."""
    return f"room:{assembly_id}:hands"


def _opened(assembly_id: int, mood: int) -> str:
    return f"room:{assembly_id}:mood:{mood}:opened"


def _mood(assembly_id: int, mood: int, person: int) -> str:
    return f"room:{assembly_id}:mood:{mood}:{person}"
