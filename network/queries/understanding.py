"""Which place and which asides are in what somebody typed as one line."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db.models import Q

from network.models import Locality
from network.queries.places import ALIAS, BARE, PlaceAnswer, choose, find_place, find_places, guess_places
from network.rules.places import normalise
from network.rules.understanding import PlaceGuess, Said, place_guesses, read_said, without
from network.rules.words import words_of

__all__ = ["Line", "read_line"]

LEAST_ALONE = 1_000  # inhabitants of a place whose name stands alone in a line
NEVER_PLACES = frozenset({"distance", "domicile", "ligne", "la maison", "main", "mesure", "moi", "nous", "vous"})


@dataclass(frozen=True, slots=True)
class Line:
    """What is left to search for, the place read out of the line, and the phrases left aside, as typed."""

    text: str
    place: PlaceAnswer | None = None
    place_typed: str = ""
    asides: tuple[str, ...] = ()


def read_line(text: str, *, words_among: Callable[[Collection[str]], Collection[str]], place_given: bool) -> Line:
    """Read one line. Words are taken for a place only when nothing else can be meant: « près de » leads to them, or
    they name a commune and no offer and no skill has them (`words_among` tells). Something to search for remains.

    `place_given`: the place was said elsewhere; the one in the line is left aside.
    """
    said = read_said(text)
    guess, place = _place_in(said, text, words_among)
    asides = [span for span in said.asides if guess is None or not (guess.start < span[1] and span[0] < guess.end)]
    spans = (*asides, (guess.start, guess.end)) if guess else tuple(asides)
    rest = without(text, spans)
    if not words_of(rest):
        if guess and not guess.led:  # a line of one name: a place, or a word? Words come first
            return Line(text)
        rest = "" if guess else text
    kept = tuple(text[start:end] for start, end in asides) if rest != text else ()
    if guess is None or place is None:
        return Line(rest, asides=kept)
    return Line(rest, None if place_given else place, text[guess.first : guess.end].strip(), kept)


def _place_in(
    said: Said, text: str, words_among: Callable[[Collection[str]], Collection[str]]
) -> tuple[PlaceGuess | None, PlaceAnswer | None]:
    guesses = [guess for guess in place_guesses(said) if guess.name not in NEVER_PLACES]
    names = _names_of_places({normalise(guess.name) for guess in guesses})
    named = [guess for guess in guesses if normalise(guess.name) in names]
    terms = words_among({word for guess in named if guess.led != "near" for word in words_of(guess.name)})
    for guess in guesses:
        if normalise(guess.name) in names or _is_postcode(guess.name):
            place = _meant(guess, text, terms)
            if place is not None:
                return guess, place
    for guess in guesses:
        if guess.led == "near" and (near := guess_places(guess.name)).place:
            return guess, near
    return None, None


def _names_of_places(names: set[str]) -> set[str]:
    """Return those of the names that some place has: one query."""
    rows = Locality.objects.filter(Q(norm__in=names) | Q(bare__in=names)).values_list("norm", "bare")
    return {name for row in rows for name in row} & names


def _is_postcode(name: str) -> bool:
    return len(name) == 5 and name.isdigit()


def _meant(guess: PlaceGuess, text: str, terms: Collection[str]) -> PlaceAnswer | None:
    """Return the place meant by a name, None when it may be something else."""
    if guess.led == "near":
        answer = find_place(guess.name)
        return None if answer.reason in {"unknown", "empty"} else answer
    written_as_name = guess.led == "at" and text[guess.first].isupper()
    if not written_as_name and any(word in terms for word in words_of(guess.name)):
        return None
    answer = choose([found for found in find_places(guess.name) if found.step <= BARE or found.step == ALIAS])
    if answer.place is None:
        return None
    large = Locality.objects.filter(pk=answer.place.id, population__gte=LEAST_ALONE).exists()
    return answer if large or written_as_name else None
