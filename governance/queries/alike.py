"""Who stands alike in a room: whoever does gets the same personal part, so it is computed once for all of them.

People are numbers in rules, and rules treat numbers alike: what they say of a person depends on where that number
occurs in the states. Two people whose numbers occur in exactly the same places, beside the same values, cannot be told
apart. Places are compared too finely rather than too coarsely: any other number that happens to be theirs (an item, a
count of seconds) only sets somebody apart for nothing. The order within a tuple or a set of plain numbers is not
looked at; a place in the speaking queue is (a request is more than a number).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import count
from typing import Any

__all__ = ["Places", "places_in"]

Places = tuple[Hashable, ...]


def places_in(*states: object) -> dict[int, Places]:
    """Return for each number where it occurs in frozen states; who occurs nowhere is left out.

    >>> found = places_in({"present": (1, 2, 3), "speaker": 3})
    >>> found[1] == found[2], found[1] == found[3]
    (True, False)
    """
    found: defaultdict[int, list[Hashable]] = defaultdict(list)
    numbers = count()
    waiting: list[object] = list(states)
    while waiting:
        waiting.extend(_inside(waiting.pop(), next(numbers), found))
    return {number: tuple(places) for number, places in found.items()}


def _inside(value: Any, place: int, found: defaultdict[int, list[Hashable]]) -> Iterable[object]:
    """Note the numbers that stand at this place; return what else stands here, each a place of its own."""
    if is_dataclass(value):
        return [getattr(value, name) for name in _names(value.__class__)]
    if isinstance(value, Mapping):
        for key, held in value.items():
            if isinstance(key, int):
                found[key].append((place, held if isinstance(held, str | int) else key))
        return value.values()
    if isinstance(value, tuple | list | frozenset | set):
        return [each for each in value if not _noted(each, place, found)]
    _noted(value, place, found)
    return ()


def _noted(value: object, place: int, found: defaultdict[int, list[Hashable]]) -> bool:
    """Note a plain number; return whether there is nothing more to see in this value."""
    if type(value) is int:
        found[value].append(place)
        return True
    return value is None or isinstance(value, str)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
