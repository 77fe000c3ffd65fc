"""Quorum: how many are needed, and whether they are there. Exact; a share is *reached*, not exceeded."""

from fractions import Fraction

__all__ = ["needed", "reached"]


def needed(share: Fraction, size: int) -> int:
    """Return the least whole number that reaches `share` of `size`, and never less than one.

    >>> needed(Fraction(1, 2), 5), needed(Fraction(1, 2), 4), needed(Fraction(0), 4)
    (3, 2, 1)
    """
    return max(1, -(-share.numerator * size // share.denominator))


def reached(count: int, size: int, share: Fraction) -> bool:
    """Return whether `count` of `size` reach the share; an empty electorate never does.

    >>> reached(2, 4, Fraction(1, 2)), reached(2, 5, Fraction(1, 2)), reached(0, 0, Fraction(1, 2))
    (True, False, False)
    """
    return size > 0 and count >= needed(share, size)
