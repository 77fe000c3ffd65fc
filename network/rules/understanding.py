"""What a person says in one line, « Nextcloud près de Liévin, pour une association »: what is sought, where, for whom.

Only phrases are found here. Whether a name is a place, the gazetteer tells (`queries/understanding.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from network.rules.places import fold

__all__ = ["PlaceGuess", "Said", "place_guesses", "read_said", "without"]

MOST_NAME_WORDS = 6  # « saint remy en bouzemont saint genest »
# Ways of saying "near"; the weak ones also mean other things (« à distance », « en ligne »).
STRONG = """a proximite d|aux alentours d|alentours d|aux environs d|environs d|autour d|pres d|proche d|a cote d|
    non loin d|du cote d|dans le coin d|dans la region d|dans le secteur d|secteur|around|near|close to"""
WEAK = "a|au|aux|en|sur|vers|dans|chez|in|at"
LINK = r"(?:e|u|es|e la|e l|')?\s*"  # what follows the d of « près d… »
_phrases = "|".join(rf"{phrase.strip()}{LINK if phrase.strip().endswith(' d') else ''}" for phrase in STRONG.split("|"))
NEAR = re.compile(rf"\b(?:{_phrases})\s*\b")
BESIDE = re.compile(rf"\b(?:{WEAK})\s+(?:l |la |le |les )?")
POSTCODE = re.compile(r"(?<![0-9])[0-9]{5}(?![0-9])")
OUR_PLACE = re.compile(r"\b(?:pres d|proche d|autour d|a cote d)e? ?(?:chez )?(?:moi|nous|mon domicile)\b")

CLIENT = """associations?|assos?|assoc|collectifs?|cooperatives?|scic|scop|entreprises?|tpe|pme|societes?|artisan|
    commerces?|mairies?|communes?|collectivites?|ecoles?|college|lycee|particuliers?|famille|foyer|club|syndicat|
    compagnie|structure|organisation|etablissement|bibliotheque|mediatheque|association loi 1901"""
KINDS = "|".join(kind.strip() for kind in CLIENT.split("|"))
SIZE = r"(?:petite?s? |grande?s? |jeunes? |toute petite )?"
FOR_WHOM = re.compile(
    rf"\b(?:pour|for) (?:(?:une?|des|les|la|le|l|ma|mon|mes|notre|nos|an?|my|our) )?{SIZE}(?:{KINDS})\b"
    r"|\b(?:pour|for) (?:moi|nous|me|us)\b"
)
# Words of asking; dropped only while something else remains.
ASKING = re.compile(
    r"\b(?:bonjour|bonsoir|merci|svp|s il vous plait|please|hello|je|j|on|nous)\b"
    r"|\b(?:cherche|cherchons|recherche|recherchons|voudrais|voudrions|aimerais|veux|voulons|ai besoin|avons besoin"
    r"|besoin|looking for|need|trouver|qui peut|qui sait|qui pourrait|quelqu un|quelqu une|une personne|someone)\b"
    r"|\bprestataires?\b|\bpas (?:trop )?loin\b|\bproximite\b"
)


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """A name that may be a place: the phrase that leads to it begins at `start`, the name itself at `first`.

    `led`: "near" (« près de », or a postcode), "at" (« à »), or "" when the name stands alone.
    """

    name: str
    start: int
    first: int
    end: int
    led: Literal["near", "at", ""]


@dataclass(frozen=True, slots=True)
class Said:
    """A line, folded letter by letter so that positions hold, and the phrases in it that say for whom, (start, end)."""

    line: str
    asides: tuple[tuple[int, int], ...]


def read_said(text: str) -> Said:
    """Return the line with its asides: for whom, words of asking, « près de chez moi ».

    >>> said = read_said("Nextcloud près de Liévin, pour une association")
    >>> [said.line[a:b] for a, b in said.asides]
    ['pour une association']
    """
    line = "".join(_letter(letter) for letter in text)
    found = [match.span() for pattern in (FOR_WHOM, ASKING, OUR_PLACE) for match in pattern.finditer(line)]
    return Said(line, tuple(sorted(found)))


def _letter(letter: str) -> str:
    """Fold one letter to one letter (œ stays: two would shift the rest); signs become spaces."""
    plain = fold(letter)
    return plain if len(plain) == 1 and (plain.isalnum() and plain.isascii()) else letter if letter in "œŒæÆ" else " "


def place_guesses(said: Said) -> Iterator[PlaceGuess]:
    """Yield what may be a place, the surest first: a postcode, a name after « près de », one after « à », and
    words at the end or the beginning of the line; of each the longest first.

    >>> [guess.name for guess in place_guesses(read_said("site autour de Mons en Baroeul 59"))][:2]
    ['mons en baroeul 59', 'mons en baroeul']
    """
    line = _blanked(said.line, said.asides)
    for match in POSTCODE.finditer(line):
        yield PlaceGuess(match[0], _phrase_start(line, match.start()), match.start(), match.end(), "near")
    for match in NEAR.finditer(line):
        yield from _names_from(line, match.start(), match.end(), "near")
    for match in reversed(list(BESIDE.finditer(line))):
        yield from _names_from(line, match.start(), match.end(), "at")
    words = list(re.finditer(r"\S+", line))
    for size in range(min(MOST_NAME_WORDS, len(words)), 0, -1):
        yield _guess(line, words[-size].start(), words[-size].start(), words[-1].end())
        if size < len(words):
            yield _guess(line, 0, words[0].start(), words[size - 1].end())


def _guess(line: str, start: int, first: int, end: int, led: Literal["near", "at", ""] = "") -> PlaceGuess:
    return PlaceGuess(" ".join(line[first:end].split()), start, first, end, led)


def _names_from(line: str, start: int, first: int, led: Literal["near", "at"]) -> Iterator[PlaceGuess]:
    words = list(re.finditer(r"\S+", line[first:]))[:MOST_NAME_WORDS]
    for word in reversed(words):
        yield _guess(line, start, first + words[0].start(), first + word.end(), led)


def _phrase_start(line: str, at: int) -> int:
    """Return where « près de » begins if it leads to the position, else the position."""
    before = [match.start() for match in (*NEAR.finditer(line), *BESIDE.finditer(line)) if match.end() == at]
    return min(before, default=at)


def _blanked(line: str, spans: tuple[tuple[int, int], ...]) -> str:
    for start, end in spans:
        line = line[:start] + " " * (end - start) + line[end:]
    return line


def without(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    """Return a text without some parts of it, tidied.

    >>> without("Nextcloud près de Liévin, pour nous", ((10, 24), (26, 35)))
    'Nextcloud'
    """
    kept = _blanked(text, spans)
    return " ".join(kept.replace(" ,", " ").split()).strip(" ,;.:!?-")
