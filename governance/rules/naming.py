"""Names in a text that must outlive them: the text holds marks (⟦1⟧), the names lie apart and can be forgotten.

The marks count from 1 in a list of people that is kept with the text. Each has a name, and a tag that nobody else in
the list has: it tells apart people of one name, and stands for a name that was forgotten. Where somebody wrote a name
that several bear, nobody knows whom they meant: the mark then says all of them (⟦1,4⟧), and reads as the bare name.
"""

import re
from collections import Counter
from collections.abc import Sequence

__all__ = ["conceal", "mark", "reveal"]

MARK = re.compile(r"⟦([1-9][0-9]{0,5}(?:,[1-9][0-9]{0,5})*)⟧")


def mark(*numbers: int) -> str:
    """Return the mark of the person of that number, or of whichever of several.

    >>> mark(3), mark(1, 4)
    ('⟦3⟧', '⟦1,4⟧')
    """
    return f"⟦{','.join(map(str, numbers))}⟧"


def conceal(text: str, names: Sequence[str], tags: Sequence[str]) -> str:
    """Return the text with every name of the list, written whole, replaced by its mark; marks in it stay as they are.

    >>> conceal("Anne Rey et Anne, avec Annette", ["Anne", "Anne Rey"], ["n° 1", "n° 2"])
    '⟦2⟧ et ⟦1⟧, avec Annette'
    >>> conceal("⟦2⟧, Anne (n° 7) et Anne", ["Anne", "2", "Anne"], ["n° 3", "n° 5", "n° 7"])
    '⟦2⟧, ⟦3⟧ et ⟦1,3⟧'
    """
    marks = _marks(names, tags)
    if not marks:
        return text
    longest_first = sorted(marks, key=lambda name: (-len(name), name))
    written = "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest_first)
    return re.sub(f"{MARK.pattern}|{written}", lambda found: marks.get(found[0], found[0]), text)


def reveal(text: str, names: Sequence[str], tags: Sequence[str]) -> str:
    """Return the text with names for its marks, people of one name told apart by their tags; a tag for an empty name.

    >>> reveal("⟦1⟧ et ⟦2⟧, ⟦9⟧", ["Anne", ""], ["n° 3", "n° 5"])
    'Anne et n° 5, ⟦9⟧'
    >>> reveal("⟦1⟧ et ⟦2⟧ : merci ⟦1,2⟧", ["Anne", "Anne"], ["n° 3", "n° 5"])
    'Anne (n° 3) et Anne (n° 5) : merci Anne'
    """
    shown = _labels(names, tags)

    def told(found: re.Match[str]) -> str:
        numbers = [int(number) for number in found[1].split(",")]
        if max(numbers) > len(names):
            return found[0]
        if len(numbers) == 1:
            return shown[numbers[0] - 1]
        known = [names[number - 1] for number in numbers if names[number - 1]]
        return known[0] if known else " ou ".join(tags[number - 1] for number in numbers)

    return MARK.sub(told, text)


def _marks(names: Sequence[str], tags: Sequence[str]) -> dict[str, str]:
    """Return the mark of everything that may be written for somebody: their name, and how `reveal` shows them."""
    bearers: dict[str, list[int]] = {}
    for number, name in enumerate(names, start=1):
        if name:
            bearers.setdefault(name, []).append(number)
    marks = {name: mark(*numbers) for name, numbers in bearers.items()}
    shown = enumerate(_labels(names, tags), start=1)
    return marks | {label: mark(number) for number, label in shown if names[number - 1]}


def _labels(names: Sequence[str], tags: Sequence[str]) -> list[str]:
    """Return what each is called: a name alone where nobody else could be meant, else with its tag."""
    bearers, endings = Counter(names), tuple(f"({tag})" for tag in tags)

    def label(name: str, tag: str) -> str:
        alone = bearers[name] == 1 and not name.endswith(endings)  # a name may look like the label of another
        return name if alone else f"{name} ({tag})"

    return [label(name, tag) if name else tag for name, tag in zip(names, tags, strict=True)]
