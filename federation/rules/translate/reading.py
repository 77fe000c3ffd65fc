"""Read expanded JSON-LD leniently: a link or a literal alike, a number or its text, in any dialect.

A node is one expanded object: full IRIs as keys, lists of values.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from federation.rules.vocabulary import AS2_NS, OM2, VF_DIALECTS
from network.rules.calendar import in_calendar

__all__ = ["Node", "boolean", "instant", "node", "number", "om", "text", "texts", "types", "vf"]

Node = dict[str, Any]
BARE = "_:"  # where ActivityStreams puts the terms that no context defined


def vf(name: str) -> tuple[str, ...]:
    """Return the IRIs under which `name` of Valueflows may come, the current one first."""
    return (*(dialect + name for dialect in VF_DIALECTS), BARE + name)


def om(name: str) -> tuple[str, ...]:
    """Return the IRIs of a property of quantities: its home is OM-2, some write it under Valueflows."""
    return (OM2 + name, *vf(name))


def as2(name: str) -> tuple[str, ...]:
    """Return the IRI of an ActivityStreams property."""
    return (AS2_NS + name,)


def items(found: Node, iris: tuple[str, ...]) -> Iterator[Node]:
    """Yield the values under any of these IRIs, lists opened."""
    for item in (item for iri in iris for item in found.get(iri, ())):
        if isinstance(item, dict):
            yield from item.get("@list", [item])


def text(found: Node, iris: tuple[str, ...]) -> str | None:
    """Return the first link or literal under any of these IRIs as a string, or None.

    >>> text({AS2_NS + "name": [{"@value": 5}]}, as2("name")), text({}, as2("name"))
    ('5', None)
    """
    return next(texts(found, iris), None)


def texts(found: Node, iris: tuple[str, ...]) -> Iterator[str]:
    """Yield every link or literal under these IRIs as a string."""
    for item in items(found, iris):
        if "@id" in item or "@value" in item:
            yield str(item.get("@id", item.get("@value")))


def node(found: Node, iris: tuple[str, ...]) -> Node | None:
    """Return the first value that is an object with something in it, or None: a bare link is none."""
    return next((item for item in items(found, iris) if set(item) - {"@id", "@value", "@index"}), None)


def types(found: Node) -> frozenset[str]:
    """Return the types of a node as IRIs."""
    return frozenset(str(kind) for kind in found.get("@type", ()))


def number(found: Node, iris: tuple[str, ...]) -> Decimal | None:
    """Return a finite number written as number or text, or None if there is none or it is not one.

    >>> number({OM2 + "hasNumericalValue": [{"@value": "55.50"}]}, om("hasNumericalValue"))
    Decimal('55.50')
    """
    written = text(found, iris)
    try:
        value = Decimal(written) if written is not None and len(written) <= 40 else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def boolean(found: Node, iris: tuple[str, ...]) -> bool | None:
    """Return true or false written as such or as text, or None.

    >>> boolean({"_:unitBased": [{"@value": "true"}]}, vf("unitBased")), boolean({}, vf("unitBased"))
    (True, None)
    """
    return {"true": True, "1": True, "false": False, "0": False}.get((text(found, iris) or "").lower())


def degrees(found: Node, iris: tuple[str, ...], limit: int) -> float | None:
    """Return a coordinate within ± `limit` degrees, or None."""
    value = number(found, iris)
    as_float = float(value) if value is not None else math.inf
    return as_float if abs(as_float) <= limit else None


def instant(found: Node, iris: tuple[str, ...]) -> datetime | None:
    """Return an instant with its offset (UTC if it has none), or None; also for the ends of the calendar.

    What is counted on from an instant, or told in another zone, would leave the calendar there.

    >>> instant({AS2_NS + "published": [{"@value": "2026-11-22T00:00:00Z"}]}, as2("published"))
    datetime.datetime(2026, 11, 22, 0, 0, tzinfo=datetime.timezone.utc)
    >>> instant({AS2_NS + "published": [{"@value": "9999-06-01T00:00:00Z"}]}, as2("published"))
    """
    try:
        value = datetime.fromisoformat(text(found, iris) or "")
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return value if in_calendar(value) else None
