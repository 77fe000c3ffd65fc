"""A question understood: its place, its skills, and for each of its words the terms that do for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.db.models import Q

from network.models import Skill
from network.queries.lexicon import Lexicon, lexicon
from network.queries.places import PlaceAnswer, find_place, guess_places
from network.queries.skills import find_skill
from network.queries.understanding import Line, read_line
from network.queries.vocabulary import corrections_of, readable_words
from network.queries.wanted import Group
from network.rules.search import SearchQuery
from network.rules.words import words_of

__all__ = ["Understood", "understand"]

MOST_WORDS = 12  # of one question: what anybody may ask for must stay cheap


@dataclass(frozen=True, slots=True)
class Understood:
    """A question whose place, words and skills have been looked up; `seen`: which offers whoever asks may read."""

    query: SearchQuery
    place: PlaceAnswer
    place_typed: str
    line: Line
    groups: tuple[Group, ...]
    skills: tuple[Skill, ...]
    country: str
    corrections: tuple[tuple[str, str], ...]
    seen: Q


def understand(query: SearchQuery, seen: Q) -> Understood:
    """Look up the place, the skills and the words. A skill that nobody knows is searched for as words."""
    tongue = lexicon()
    skills, unknown = _skills(query.skill)
    line = _line(query, " ".join((query.text, *unknown)), tongue, seen)
    place, typed = _place(query, line)
    groups = tongue.groups(words_of(line.text)[:MOST_WORDS])
    corrections = dict(corrections_of(groups, seen, tongue.known))
    meant = tongue.groups(dict.fromkeys(corrections.get(word, word) for word in groups)).values()
    found = place.place
    if found:
        query = replace(query, lat=found.lat, lon=found.lon)
    query = replace(query, text=line.text, skill=tuple(skill.slug for skill in skills))
    return Understood(
        query, place, typed, line, tuple(dict.fromkeys(meant)), skills, found.country if found else "FR",
        tuple(corrections.items()), seen,
    )  # fmt: skip


def _skills(names: Iterable[str]) -> tuple[tuple[Skill, ...], list[str]]:
    """Return the skills of that name, and the names that no skill has."""
    found = {name: find_skill(name) for name in names}
    known = {skill.pk: skill for skill in found.values() if skill}
    return tuple(known.values()), [name for name, skill in found.items() if skill is None]


def _line(query: SearchQuery, text: str, tongue: Lexicon, seen: Q) -> Line:
    if query.literal or not text.strip():
        return Line(text.strip())
    given = bool(query.place.strip()) or query.lat is not None

    def words_among(words: Collection[str]) -> Collection[str]:
        return tongue.known | readable_words(words, seen)

    return read_line(text.strip(), words_among=words_among, place_given=given)


def _place(query: SearchQuery, line: Line) -> tuple[PlaceAnswer, str]:
    """Return the place asked for, and what was typed for it where that was understood otherwise."""
    if query.lat is not None and query.lon is not None:
        return PlaceAnswer(reason="empty"), ""
    if line.place is not None:
        return line.place, line.place_typed
    answer = find_place(query.place)
    guess = guess_places(query.place) if answer.reason == "unknown" and not query.literal else answer
    return (guess, query.place) if guess.place and guess is not answer else (answer, "")
