"""The terms that are no words: what a filter asks for, and who may read, in the same table as words."""

from hashlib import sha256

__all__ = ["PRIVATE", "WIDE", "language_term", "price_term", "reader_term", "skill_term"]

PRIVATE = "read:some"  # not for everybody
WIDE = "reach:wide"  # answers from afar too: a wide circle, the whole country, or at a distance


def skill_term(slug: str) -> str:
    """Return the term of a skill; an offer has those of its skill and of every broader one."""
    return f"skill:{slug}"


def price_term(price: str) -> str:
    """Return the term of a price model."""
    return f"price:{price}"


def language_term(tag: str) -> str:
    """Return the term of a language, by its primary subtag.

    >>> language_term("fr-BE"), language_term("FSL")
    ('lang:fr', 'lang:fsl')
    """
    return f"lang:{tag.split('-')[0].lower()[:8]}"


def reader_term(uri: str) -> str:
    """Return the term of those to whom an offer of another node is addressed: a person, or a collection of people.

    >>> reader_term("https://b.example/u/1")
    'read:6ace82d95ba585051ec1e7c9f6684db78c9ca3c6'
    """
    return f"read:{sha256(uri.encode()).hexdigest()[:40]}"
