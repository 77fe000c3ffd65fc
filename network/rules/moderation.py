"""When votes of members settle whether an entry is still true. About the record, never the person."""

__all__ = ["CHANGE", "FORCE", "REASON_MAX", "WORDS_MAX", "verdict"]

CHANGE, FORCE = 5, 10  # votes: so many without any against, or so many and more than those against
WORDS_MAX = 2_000  # characters of a report, an answer, a word of explanation
REASON_MAX = 500  # characters of a public reason


def verdict(gone: int, still: int) -> str:
    """Return "gone" or "still" once the votes settle it, "" before.

    >>> [verdict(4, 0), verdict(5, 0), verdict(5, 1), verdict(10, 1), verdict(10, 10), verdict(0, 5)]
    ['', 'gone', '', 'gone', '', 'still']
    """
    for word, votes, against in (("gone", gone, still), ("still", still, gone)):
        if (votes >= CHANGE and against == 0) or (votes >= FORCE and votes > against):
            return word
    return ""
