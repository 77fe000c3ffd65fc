"""Where an Event of other software takes place: a Place or a list of them, with an address in parts or in one line."""

from collections.abc import Iterator
from typing import Any

from federation.rules.translate.places import read_point
from federation.rules.translate.reading import BARE, Node, as2, items, text, texts, types
from federation.rules.vocabulary import TOILE

__all__ = ["SC_HOMES", "first", "read_venue", "sc", "words"]

TITLE_MAX, LINE_MAX = 120, 200
SC_HOMES = ("http://schema.org#", "http://schema.org/", "https://schema.org/", "https://schema.org#", BARE)


def first(found: Node, homes: tuple[str, ...], name: str) -> str:
    return text(found, tuple(home + name for home in homes)) or ""


def read_venue(found: Node) -> dict[str, Any]:
    """Town, point and what is within it: of the first location that is a place on earth."""
    place = next(_places(found), None)
    if place is None:
        return {}
    name, point = words(text(place, as2("name"))), read_point(place) or (None, None)
    address = next(_addresses(place), None)
    if address is None:
        line = words(next((t for t in texts(place, sc("address"))), ""))
        town, postcode = _town_in(line)
        return {
            "place_name": town or name, "postcode": postcode, "venue": _joined(name if town else "", line),
            "lat": point[0], "lon": point[1],
        }  # fmt: skip
    town, street = (
        words(first(address, SC_HOMES, "addressLocality")),
        words(first(address, SC_HOMES, "streetAddress")),
    )
    code = _code(place)
    return {
        "place_name": (town or name)[:TITLE_MAX], "postcode": words(first(address, SC_HOMES, "postalCode"))[:5],
        "venue": _joined(name if name != town else "", street), "lat": point[0], "lon": point[1],
        "place_code": code, "place_dept": (code[:3] if code.startswith("97") else code[:2]) if code else "",
    }  # fmt: skip


def _places(found: Node) -> Iterator[Node]:
    for place in items(found, as2("location")):
        if set(place) - {"@id", "@value", "@type"} and not any(k.endswith("VirtualLocation") for k in types(place)):
            yield place


def sc(name: str) -> tuple[str, ...]:
    return (*(home + name for home in SC_HOMES), *as2(name))


def _addresses(place: Node) -> Iterator[Node]:
    for address in items(place, sc("address")):
        if set(address) - {"@id", "@value", "@type", "@language"}:
            yield address


def _town_in(line: str) -> tuple[str, str]:
    """Return town and postcode of an address in one line: « 1 rue des Lilas, 62800 Liévin ».

    >>> _town_in("1 rue des Lilas, 62800 Liévin, France"), _town_in("Au fond du parc")
    (('Liévin', '62800'), ('', ''))
    """
    for part in line.split(","):
        words = part.split()
        for place, word in enumerate(words):
            if len(word) == 5 and word.isascii() and word.isdigit() and words[place + 1 :]:
                return " ".join(words[place + 1 :]), word
    return "", ""


def _code(place: Node) -> str:
    code = (text(place, (TOILE + "communeCode",)) or "").upper()
    return code if len(code) == 5 and code.isascii() and code.isalnum() else ""


def words(value: str | None) -> str:
    return " ".join((value or "").split())[:LINE_MAX]


def _joined(name: str, street: str) -> str:
    """Return name and street of a place in one line, each once."""
    return (street if name in street else f"{name}, {street}" if street else name)[:LINE_MAX]
