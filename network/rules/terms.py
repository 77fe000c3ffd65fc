"""The terms that are no words: what a filter asks for, and who may read, in the same table as words."""

from hashlib import sha256

__all__ = [
    "PRIVATE", "WIDE", "access_term", "kind_term", "language_of", "language_term", "price_term", "reader_term",
    "skill_term",
]  # fmt: skip

PRIVATE = "read:some"  # not for everybody
WIDE = "reach:wide"  # answers from afar too: a wide circle, the whole country, or at a distance


def skill_term(slug: str) -> str:
    """Return the term of a skill; an offer has those of its skill and of every broader one."""
    return f"skill:{slug}"


def kind_term(kind: str) -> str:
    """Return the term of what the owner is."""
    return f"kind:{kind}"


def price_term(price: str) -> str:
    """Return the term of a price model."""
    return f"price:{price}"


def language_term(tag: str) -> str:
    """Return the term of a language, by its primary subtag.

    >>> language_term("fr-BE"), language_term("FSL")
    ('lang:fr', 'lang:fsl')
    """
    return f"lang:{language_of(tag)}"


def language_of(tag: str) -> str:
    """Return the primary subtag of a BCP 47 tag."""
    return tag.split("-")[0].lower()[:8]


def access_term(code: str) -> str:
    """Return the term of a way to reach somebody, see `rules/access.py`."""
    return f"access:{code}"


def reader_term(uri: str) -> str:
    """Return the term of those to whom an offer of another node is addressed: a person, or a collection of people.

    >>> reader_term("https://b.example/u/1")
    'read:6ace82d95ba585051ec1e7c9f6684db78c9ca3c6'
    """
    return f"read:{sha256(uri.encode()).hexdigest()[:40]}"
