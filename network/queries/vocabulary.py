"""Which word was meant by one that no offer has. Offers that the person who asks may not read do not count."""

from collections.abc import Iterator

from django.db.models import Count, Q

from network.models import OfferTerm
from network.queries.matches import count_of_terms
from network.queries.readers import hidden_offers
from network.queries.text import begins_with
from network.rules.terms import PRIVATE
from network.rules.words import closest

__all__ = ["corrections_of"]

MOST_CORRECTIONS = 4  # of one question: what anybody may ask for must stay cheap


def corrections_of(words: tuple[str, ...], seen: Q) -> Iterator[tuple[str, str]]:
    """Yield (word, term meant) for each word that no offer has and that is near to one that some have.

    `seen`: the condition of being readable, see `queries.readers`.
    """
    if not words:
        return
    known = _less(count_of_terms(words), Q(term__in=words), seen)
    for word in [word for word in words if word not in known][:MOST_CORRECTIONS]:
        if meant := closest(word, _vocabulary(word[0], seen)):
            yield word, meant


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
