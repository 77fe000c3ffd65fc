"""Names in a text that must outlive them: the text holds marks (⟦1⟧), the names lie apart and can be forgotten.

The marks count from 1 in a list of people that is kept with the text.
"""

import re
from collections.abc import Callable, Sequence

__all__ = ["conceal", "mark", "reveal"]

MARK = re.compile(r"⟦([1-9]\d{0,5})⟧")


def mark(number: int) -> str:
    """Return the mark of the person of that number.

    >>> mark(3)
    '⟦3⟧'
    """
    return f"⟦{number}⟧"


def conceal(text: str, names: Sequence[str]) -> str:
    """Return the text with every name of the list, written whole, replaced by its mark; of two alike the first counts.

    >>> conceal("Anne Rey et Anne, avec Annette", ["Anne", "Anne Rey"])
    '⟦2⟧ et ⟦1⟧, avec Annette'
    """
    numbers = {name: number for number, name in reversed(list(enumerate(names, start=1))) if name}
    if not numbers:
        return text
    longest_first = sorted(numbers, key=lambda name: (-len(name), name))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    return pattern.sub(lambda found: mark(numbers[found[0]]), text)


def reveal(text: str, names: Sequence[str], forgotten: Callable[[int], str] = lambda number: "—") -> str:
    """Return the text with names for its marks; `forgotten` says what stands for a name that is empty.

    >>> reveal("⟦1⟧ et ⟦2⟧, ⟦9⟧", ["Anne", ""], lambda number: f"personne {number}")
    'Anne et personne 2, ⟦9⟧'
    """

    def name(found: re.Match[str]) -> str:
        number = int(found[1])
        return (names[number - 1] or forgotten(number)) if number <= len(names) else found[0]

    return MARK.sub(name, text)
