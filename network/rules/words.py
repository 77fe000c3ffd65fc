"""Turn a text into the terms under which it is found, the same way whatever the database.

Lower case, no accents or ligatures, elisions cut (« l'hébergement »), empty words left out, and a light French
stemmer of our own: it brings together the forms of one trade (héberger, hébergeur, hébergements) and no more.
"""

import re
from collections.abc import Iterable

from network.rules.places import fold

__all__ = ["closest", "edit_distance", "readable_corrections", "stem", "tokens_of", "words_of"]

LONGEST = 40  # characters of a term; longer ones are cut

# « e-mail » and « wi-fi » are one word; « site-internet » and « saint-pol » stay two.
JOINED = re.compile(r"\b(?!st-)([a-z]{1,2})-(?=[a-z]{2})")
DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1+")
ELISION = re.compile(r"\b(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu|quelqu)['’ʼ]")
FRENCH_EMPTY = """a ai as au aux avec avoir besoin c ce ces cet cette chez d dans de des du elle en entre est et etre
    faire fait ils il j je l la le les leur leurs lui m ma mais me mes moi mon n ne ni nos notre nous on ont ou par pas
    plus pour pres qu que qui quoi s sa sans se ses si son sont sous sur t ta te tes toi ton tout toute tous toutes
    tres tu un une vers vos votre vous y"""
ENGLISH_EMPTY = "an and are at by for from i in is it my near need of or our the this to we with you your"
STOP_WORDS = frozenset(f"{FRENCH_EMPTY} {ENGLISH_EMPTY}".split())

# Endings of trades and actions, in the singular; the longest that leaves SHORTEST_STEM letters goes.
ENDINGS = """ation atrice ateur issement ement age eur euse rice ee er ion if ive able ant ante aire isme iste ite ique
    erie ance ence"""
SUFFIXES = tuple(sorted(ENDINGS.split(), key=lambda suffix: (-len(suffix), suffix)))
SHORTEST_STEM = 4


def words_of(text: str) -> tuple[str, ...]:
    """Return the distinct terms of a text, in the order in which they first appear.

    >>> words_of("L'hébergement de vos œuvres, chez nous : 2 sites-web")
    ('heberg', 'oeuvr', '2', 'sit', 'web')
    >>> words_of("hébergeurs") == words_of("Héberger") == words_of("HÉBERGÉES")
    True
    """
    return tuple(dict.fromkeys(stem(word)[:LONGEST] for word in tokens_of(text) if _says_something(word)))


def tokens_of(text: str) -> list[str]:
    """Return the folded words of a text as they stand, empty ones included.

    >>> tokens_of("Un e-mail pour l'asso")
    ['un', 'email', 'pour', 'asso']
    """
    plain = ELISION.sub(" ", fold(text).replace("’", "'"))
    return re.findall(r"[a-z0-9]+", JOINED.sub(r"\1", plain))


def _says_something(word: str) -> bool:
    return word not in STOP_WORDS and (len(word) > 1 or word.isdigit())


def stem(word: str) -> str:
    """Return the stem of a folded word: plural off, doubled consonants single, one suffix off, then a final e.

    >>> [stem(w) for w in ("reseaux", "journaux", "formations", "formatrice", "installer", "depannage", "depanneuse")]
    ['reseau', 'journal', 'form', 'form', 'instal', 'depan', 'depan']
    """
    if len(word) <= 3 or not word.isalpha():
        return word
    return _trimmed(_without_suffix(DOUBLED.sub(r"\1", _singular(word))))


def _singular(word: str) -> str:
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux") and len(word) > 4:
        return word[:-3] + "al"
    if word[-1] in "sx" and word[-2:] not in {"ss", "us", "is"} and len(word) > 3:
        return word[:-1]
    return word


def _without_suffix(word: str) -> str:
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            return word.removesuffix(suffix)
    return word


def _trimmed(word: str) -> str:
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


# --- typing errors ----------------------------------------------------------------------------------------


def edit_distance(one: str, two: str, most: int) -> int:
    """Return how many letters to add, drop, change or swap with the next to go from `one` to `two`.

    The optimal string alignment distance (Damerau 1964), by rows; any value above `most` may be `most + 1`.

    >>> edit_distance("nextcluod", "nextcloud", 2), edit_distance("mail", "courriel", 2)
    (1, 3)
    """
    if abs(len(one) - len(two)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        after = [i]
        for j, b in enumerate(two, 1):
            best = min(row[j] + 1, after[-1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            after.append(best)
        if min(after) > most:
            return most + 1
        before, row = row, after
    return min(row[-1], most + 1)


def closest(word: str, known: Iterable[tuple[str, int]]) -> str:
    """Return the known term that was probably meant by `word`, or "" when none is near enough.

    `known` are (term, number of offers). A term that `word` begins comes first (four letters at least), then
    one error in words of four to six letters, two in longer ones; then the most frequent, then alphabetically. A
    wrong ending hides the stem (« formasion »): a term followed by two letters or less counts as one error.

    >>> closest("nextclod", [("nextcloud", 3), ("network", 9)]), closest("next", [("nextcloud", 3)]), closest("abc", [])
    ('nextcloud', 'nextcloud', '')
    """
    if len(word) < SHORTEST_STEM:
        return ""
    most = 1 if len(word) <= 6 else 2
    ranked = [(_errors(word, term, most), -count, term) for term, count in known if not term.isdigit()]
    near = [item for item in ranked if item[0] <= most]
    return min(near)[2] if near else ""


def _errors(word: str, term: str, most: int) -> int:
    if term.startswith(word):
        return 0
    if len(term) >= SHORTEST_STEM and word.startswith(term) and len(word) - len(term) <= 2:
        return 1
    return edit_distance(word, term, most)


def readable_corrections(
    pairs: Iterable[tuple[str, str]], typed: str, texts: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Return (typed, understood) as people read them: the word as typed, and a word of `texts` that has the stem.

    >>> readable_corrections([("hebergem", "heberg")], "un hébergemant", ["Hébergement de site"])
    (('hebergemant', 'hébergement'),)
    """
    listed = list(pairs)
    if not listed:
        return ()
    said = {stem(word)[:LONGEST]: word for word in reversed(tokens_of(typed))}
    shown = [word.strip("'’.,;:!?()«»\"").lower() for text in texts for word in text.replace("-", " ").split()]
    known = {term: word for word in reversed(shown) for term in words_of(word)[:1]}
    return tuple((said.get(word, word), known.get(meant, meant)) for word, meant in listed)
