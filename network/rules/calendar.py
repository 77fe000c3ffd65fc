"""The days and instants taken from people and other nodes: near enough for anything to be counted on from them.

At the ends of the calendar a zone, a delay or a term of the charter would lead out of it.
"""

from datetime import date

__all__ = ["FIRST_YEAR", "LAST_YEAR", "in_calendar"]

FIRST_YEAR, LAST_YEAR = 1900, 2200  # what people have lived through may be told


def in_calendar(day: date) -> bool:
    """Return whether a day, or an instant, is near enough.

    >>> in_calendar(date(2200, 12, 31)), in_calendar(date(9999, 1, 1)), in_calendar(date(1, 1, 1))
    (True, False, False)
    """
    return FIRST_YEAR <= day.year <= LAST_YEAR
