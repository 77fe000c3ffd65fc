r"""Entries as vCard 4.0 (RFC 6350): one card each, lines of at most 75 octets that end with CRLF.

Read too, from versions 3 and 4. Offers have no place there; the note says what a person offers in words.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from network.rules.cards import plain
from network.rules.entries import (
    LINES_MAX,
    EntryCard,
    Line,
    Problem,
    Reading,
    Spot,
    degrees,
    distinct,
    read_moment,
    spot_problem,
    web_address,
)
from network.rules.files import unfolded

__all__ = ["HOLDS", "MEDIA_TYPE", "read", "written"]

HOLDS = frozenset(
    {"uri", "name", "kind", "summary", "website", "languages", "skills", "place", "point", "url", "contact",
     "renewed_at"}
)  # fmt: skip
MEDIA_TYPE = "text/vcard"
OCTETS = 75
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
KINDS = {"individual": "person", "org": "association", "group": "collective"}
KIND_OF = {"person": "individual", "collective": "group"}  # the others are `org`
EXPECTED = frozenset(
    {"BEGIN", "END", "VERSION", "PRODID", "N", "ORG", "TITLE", "ROLE", "TEL", "EMAIL", "PHOTO", "LOGO", "NICKNAME",
     "BDAY", "ANNIVERSARY", "GENDER", "IMPP", "TZ", "RELATED", "MEMBER", "SOUND", "KEY", "CLASS", "SORT-STRING"}
)  # fmt: skip
FIELDS_OF = {
    "UID": "uri", "FN": "name", "KIND": "kind", "X-TOILE-KIND": "kind", "NOTE": "summary", "URL": "website",
    "LANG": "languages", "CATEGORIES": "skills", "ADR": "place", "GEO": "point", "SOURCE": "url",
    "CONTACT-URI": "contact", "REV": "renewed_at",
}  # fmt: skip


# --- writing ----------------------------------------------------------------------------------------------


def written(cards: Iterable[EntryCard]) -> str:
    """Return the cards one after the other."""
    return "".join(_folded(line) for card in cards for line in _lines(card))


def _lines(card: EntryCard) -> Iterator[str]:
    yield from ("BEGIN:VCARD", "VERSION:4.0", f"FN:{_escaped(card.name)}")
    yield f"KIND:{KIND_OF.get(card.kind, 'org')}"
    said = (
        ("X-TOILE-KIND", card.kind),
        ("UID", card.uri),
        ("NOTE", _escaped(card.summary)),
        ("URL", card.website),
        ("ADR", _address(card.spot)),
        ("GEO", "" if card.spot.lat is None else f"geo:{card.spot.lat},{card.spot.lon}"),
        ("CATEGORIES", ",".join(map(_escaped, card.skills))),
        ("SOURCE", card.url),
        ("CONTACT-URI", card.contact),
        ("REV", f"{card.renewed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if card.renewed_at else ""),
    )
    yield from (f"{name}:{value}" for name, value in said if value)
    yield from (f"LANG:{tag}" for tag in card.languages)
    yield "END:VCARD"


def _address(spot: Spot) -> str:
    """Post box; extended; street; locality; region; code; country."""
    parts = ["", "", "", _escaped(spot.name), _escaped(spot.dept), _escaped(spot.postcode), ""]
    return ";".join(parts) if any(parts) else ""


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Cut a line after 75 octets, never within a character; what follows begins with a space."""
    parts: list[str] = []
    part, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > OCTETS:
            parts.append(part)
            part, size = " ", 1
        part, size = part + sign, size + octets
    return "\r\n".join([*parts, part]) + "\r\n"


# --- reading ----------------------------------------------------------------------------------------------


def read(text: str) -> Reading:
    """Return the entries of all cards of a text; `number` is the line of its BEGIN."""
    cards = list(_cards(text))
    if not cards:
        return Reading(problem=Problem("file", "vcard_expected"))
    if len(cards) > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(cards))))
    unknown: list[str] = []
    return Reading(tuple(_line(number, values, unknown) for number, values in cards), distinct(unknown))


Values = list[tuple[str, str]]


def _cards(text: str) -> Iterator[tuple[int, Values]]:
    begun = 0
    values: Values = []
    for number, line in unfolded(text):
        head, colon, value = line.partition(":")
        name = head.split(";")[0].rpartition(".")[2].strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            begun, values = number, []
        elif name == "END" and begun:
            yield begun, values
            begun, values = 0, []
        elif colon and begun and value.strip():
            values.append((name, value))


def _line(number: int, values: Values, unknown: list[str]) -> Line:
    unknown += [name[:60] for name, _ in values if name not in EXPECTED and name not in FIELDS_OF]
    first: dict[str, str] = {}
    for name, value in values:
        first.setdefault(name, value)
    name = _plain(first.get("FN") or first.get("ORG", "").split(";")[0])
    lat, lon = _point(first.get("GEO", ""))
    problems = [] if name else [Problem("FN", "name_missing")]
    if "GEO" in first and (lat is None or spot_problem(lat, lon)):
        problems.append(Problem("GEO", "point_invalid", first["GEO"][:60]))
    if problems:
        return Line(number, problems=tuple(problems), label=name)
    card = EntryCard(
        name=name, uri=plain(first.get("UID", "")), kind=_kind(first), summary=_plain(first.get("NOTE", "")),
        website=web_address(first.get("URL")), url=web_address(first.get("SOURCE")),
        contact=web_address(first.get("CONTACT-URI")), spot=_spot(first.get("ADR", ""), lat, lon),
        languages=distinct(plain(value) for key, value in values if key == "LANG"),
        skills=distinct(_plain(part) for part in _split(first.get("CATEGORIES", ""), ",") if _plain(part)),
        renewed_at=_moment(first.get("REV", "")),
    )  # fmt: skip
    return Line(number, card, frozenset(FIELDS_OF[name] for name, _ in values if name in FIELDS_OF), label=name)


def _kind(first: dict[str, str]) -> str:
    ours = first.get("X-TOILE-KIND", "")
    if ours in {"person", "association", "company", "collective", "public_body"}:
        return ours
    return KINDS.get(first.get("KIND", "").strip().lower(), "association" if "ORG" in first else "person")


def _spot(address: str, lat: float | None, lon: float | None) -> Spot:
    parts = [_plain(part) for part in _split(address, ";")] + [""] * 7
    return Spot(parts[3], parts[4][:8], postcode=parts[5], lat=lat, lon=lon)


def _point(value: str) -> tuple[float | None, float | None]:
    """Read `geo:50.4,2.7` of version 4, and `50.4;2.7` of version 3."""
    parts = value.strip().removeprefix("geo:").partition(";crs")[0].split(";u=")[0].replace(";", ",").split(",")
    return (degrees(parts[0]), degrees(parts[1])) if len(parts) >= 2 else (None, None)


def _moment(value: str) -> datetime | None:
    return read_moment(value.strip()) if value.strip() else None


def _split(value: str, sign: str) -> list[str]:
    r"""Split at a sign that is not escaped.

    >>> _split(r"a\,b,c", ",")
    ['a\\,b', 'c']
    """
    parts, escaped = [""], False
    for letter in value:
        if letter == sign and not escaped:
            parts.append("")
        else:
            parts[-1] += letter
        escaped = letter == "\\" and not escaped
    return parts


def _plain(value: str) -> str:
    return plain(ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value))
