"""Cards: the one plain shape in which people and offers pass between rows and the outside world."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

__all__ = ["MemberCard", "OfferCard", "is_point", "line_of", "origin_of", "plain"]

URI_MAX = 500  # characters that a column of addresses holds


def origin_of(uri: str) -> str:
    """Return scheme, host and port of `uri`, lower-cased; the empty text if it has none.

    >>> origin_of("https://A.example:8443/u/alice"), origin_of("alice")
    ('https://a.example:8443', '')
    """
    scheme, found, rest = uri.partition("://")
    host = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    return f"{scheme}://{host}".lower() if found and host else ""


# The joiners U+200C and U+200D stay: some scripts are written with them.
DECEPTIVE = frozenset("\xad\u061c\u180e\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff") | frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080)))
)
CONTROLS = frozenset(map(chr, (*range(32), *range(127, 160)))) - set("\t\n\r")  # XML, and so a feed, holds none
UNSOUND = DECEPTIVE | CONTROLS | frozenset(map(chr, range(0xD800, 0xE000)))  # with lone surrogates


def plain(text: str, most: int | None = None) -> str:
    r"""Return `text` as it reads: without what no column or feed holds (controls, lone surrogates) and what deceives
    the eye (signs of no width, turned directions: UTS 39), composed (NFC), trimmed, cut to `most` characters.

    >>> plain(" a\x00b\ud800\x1bc ", 3), plain("Alix\u202egnirts\u200b"), plain("Le\u0301o") == "L\xe9o"
    ('abc', 'Alixgnirts', True)
    """
    sound = "".join(letter for letter in text if letter not in UNSOUND)
    return normalize("NFC", sound).strip()[:most].rstrip()


def line_of(said: Iterable[Any]) -> str:
    """Return what is said as one line, the same at every node: of two versions of one instant the greater line stands.

    >>> line_of(["Vélo", 3, None, ["a"]]) == line_of(("Vélo", 3.0, None, ("a",)))
    True
    """
    return json.dumps([_even(value) for value in said])


def _even(value: Any) -> Any:  # noqa: ANN401
    """As it reads, whether it comes from a row or from a message."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return float(value) if isinstance(value, int) else value


def is_point(lat: float | None, lon: float | None) -> bool:
    """Say whether this is a point of the globe, or no point at all; half a point or NaN is neither."""
    if lat is None or lon is None:
        return lat is None and lon is None
    return -90 <= lat <= 90 and -180 <= lon <= 180


@dataclass(frozen=True)
class MemberCard:
    """What the outside may know of a member. `html` is not trusted: whoever stores it cleans it."""

    uri: str
    origin: str
    handle: str
    kind: str  # a value of models.members.Kind
    name: str
    html: str = ""
    languages: tuple[str, ...] = ()  # BCP 47
    skill_slugs: tuple[str, ...] = ()
    opening: str = "open"
    access: tuple[str, ...] = ()  # codes of rules/access.py
    website: str = ""
    place_name: str = ""
    place_dept: str = ""
    place_code: str = ""
    lat: float | None = None  # degrees, WGS 84
    lon: float | None = None
    renewed_at: datetime | None = None  # as its node says; None: when heard


@dataclass(frozen=True)
class OfferCard:
    """What the outside may know of an offer or a need. `html` is not trusted: whoever stores it cleans it."""

    uri: str
    origin: str
    owner_uri: str
    purpose: str  # offer, request
    title: str
    html: str
    price: str  # hourly, fixed, prix_libre, gift, barter
    updated_at: datetime
    published_at: datetime
    ends_at: datetime | None = None
    skill_slug: str = ""  # a slug of the shared tree, or empty
    skill_uri: str = ""  # as it came
    place_name: str = ""
    place_dept: str = ""
    place_code: str = ""
    lat: float | None = None
    lon: float | None = None
    area: str = "circle"  # circle, country, on_site
    area_km: int = 30
    remote: bool = False
    opening: str = "open"
    availability: str = ""
    amount_cents: int | None = None
    currency: str = "EUR"
    tax_included: bool = True
    visibility: str = "public"  # public, followers, members
    tags: tuple[str, ...] = ()
    access: tuple[str, ...] = ()  # codes of rules/access.py
    audience: tuple[str, ...] = ()  # uris of people and collections it is addressed to, if not public
