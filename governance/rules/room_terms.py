"""The figures of the charter that a live room obeys: notice, signals, moods, who speaks first, exercises."""

from datetime import timedelta

from governance.errors import Invalid, TermMissing
from governance.rules.charter import Terms

__all__ = ["MAX_WORDS", "fair", "notice_of", "signals_of", "words_of"]

MAX_WORDS = 12  # of a list in the charter: more could not be told apart on a screen


def words_of(terms: Terms, name: str) -> tuple[str, ...]:
    """Return the words of a list that the charter writes with commas; raises TermMissing or Invalid.

    >>> words_of(Terms({"room.mood_words": "Soleil, Pluie"}, {}), "room.mood_words")
    ('Soleil', 'Pluie')
    """
    value = terms.figures.get(name)
    if value is None:
        raise TermMissing("term_missing", term=name)
    words = tuple(word.strip() for word in value.split(",")) if isinstance(value, str) else ()
    if not 1 <= len(words) <= MAX_WORDS or not all(words) or len(set(words)) != len(words):
        raise Invalid("term_malformed", term=name)
    return words


def signals_of(terms: Terms) -> tuple[str, ...]:
    """Return the hand signals of this collective; none if its charter names none."""
    return words_of(terms, "room.signals") if terms.figures.get("room.signals") is not None else ()


def fair(terms: Terms) -> bool:
    """Return whether those who have not spoken go first: a weighting that a charter may choose, first come first
    served otherwise."""
    return terms.figures.get("room.fairness") is True


def notice_of(terms: Terms) -> timedelta:
    """Return how long before it is decided a thing must have been announced to those invited; none if the charter asks
    for none."""
    given = terms.figures.get("assembly.notice_days") is not None
    return timedelta(days=terms.whole("assembly.notice_days") if given else 0)
