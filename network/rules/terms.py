"""The terms that are no words: what a filter asks for, in the same table as words."""

__all__ = ["WIDE", "language_term", "price_term", "skill_term"]

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
