"""Which word was meant by one that no offer has. Offers that the person who asks may not read do not count."""

from collections.abc import Collection, Iterator

from django.db.models import Count, Q

from network.models import OfferTerm
from network.queries.matches import count_of_terms
from network.queries.readers import hidden_offers
from network.queries.text import begins_with
from network.rules.terms import PRIVATE
from network.rules.words import closest

__all__ = ["corrections_of", "readable_words"]

MOST_CORRECTIONS = 4  # of one question: what anybody may ask for must stay cheap


def corrections_of(
    groups: dict[str, tuple[str, ...]], seen: Q, more: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield (word, term meant) for each word that no offer has and that is near to one that some have.

    `groups`: for each word, the terms that do for it; one that some offer has is enough. `more`: terms that are
    right, though perhaps no offer has them yet. `seen`: the condition of being readable, see `queries.readers`.
    """
    if not groups:
        return
    terms = {term for group in groups.values() for term in group}
    known = _less(count_of_terms(terms), Q(term__in=terms), seen)
    lost = [word for word, group in groups.items() if word not in more and not known.keys() & set(group)]
    for word in lost[:MOST_CORRECTIONS]:
        if meant := next(filter(None, (_closest(word, letter, seen, more) for letter in _initials(word))), ""):
            yield word, meant


def readable_words(words: Collection[str], seen: Q) -> frozenset[str]:
    """Return those of the words that some readable offer has."""
    return frozenset(_less(count_of_terms(words), Q(term__in=words), seen)) if words else frozenset()


def _initials(word: str) -> list[str]:
    """Return the letters with which the word meant may begin: the first one may be wrong, missing or too much."""
    return list(dict.fromkeys((word[0], word[1:2] or word[0], "h")))


def _closest(word: str, letter: str, seen: Q, more: Collection[str]) -> str:
    known = dict.fromkeys((term for term in more if term.startswith(letter)), 0) | dict(_vocabulary(letter, seen))
    return closest(word, known.items())


def _vocabulary(first: str, seen: Q) -> list[tuple[str, int]]:
    """Return the words that begin with a letter, and how many offers have each."""
    begins = begins_with("term", first)
    rows = OfferTerm.objects.filter(begins).exclude(term__contains=":").values_list("term")
    return list(_less(dict(rows.annotate(n=Count("id")).order_by()), begins, seen).items())


def _less(counts: dict[str, int], which: Q, seen: Q) -> dict[str, int]:
    """Take the offers that may not be read out of `counts`, which are of the terms `which`."""
    if not OfferTerm.objects.filter(term=PRIVATE).exists():
        return counts
    rows = OfferTerm.objects.filter(which, offer__in=hidden_offers(seen)).values_list("term")
    hidden = dict(rows.annotate(n=Count("id")).order_by())
    return {term: left for term, n in counts.items() if (left := n - hidden.get(term, 0))}
