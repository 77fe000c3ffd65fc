"""What can go wrong in a decision: the network's kinds, by their names in this room."""

from network.errors import Busy, DomainError, Invalid, NotEntitled, NotFound, TooOften, WrongState

__all__ = [
    "Busy",
    "DomainError",
    "IllegalStep",
    "Invalid",
    "NotEntitled",
    "NotFound",
    "TermMissing",
    "TooOften",
    "WrongState",
]


class IllegalStep(WrongState):
    """The machine knows no such step from this stage, or its guard says no."""


class TermMissing(WrongState):
    """The charter does not set a figure that this process needs; the fact `term` names it."""
