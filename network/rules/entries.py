"""Entries: the shape in which people, organisations and what they offer pass through files of the outside.

Texts are plain words in lines, without markup. What a format cannot hold stays at the value that says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from math import isfinite

from network.rules.cards import is_point, plain
from network.rules.places import fold

__all__ = [
    "CARD_FIELDS",
    "FIELDS",
    "LINES_MAX",
    "OFFER_FIELDS",
    "UNSAID",
    "EntryCard",
    "EntryOffer",
    "Line",
    "Link",
    "Problem",
    "Reading",
    "Spot",
    "degrees",
    "distinct",
    "key_of",
    "lacks",
    "merged",
    "offer_key",
    "read_day",
    "read_moment",
    "spot_problem",
    "web_address",
]

LINES_MAX = 2_000  # entries read of one file
UNSAID = "unsaid"  # a price that the source does not tell
ADDRESS_MAX = 500  # characters


@dataclass(frozen=True)
class Spot:
    """Where something is. `dept`: département, or country abroad; `code`: INSEE; degrees, WGS 84."""

    name: str = ""
    dept: str = ""
    code: str = ""
    postcode: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class EntryOffer:
    """What somebody offers, or needs, as files say it. `price` may be UNSAID."""

    title: str
    uri: str = ""
    text: str = ""
    purpose: str = "offer"
    skill: str = ""  # slug
    tags: tuple[str, ...] = ()
    spot: Spot = Spot()
    area: str = "circle"
    area_km: int = 30
    remote: bool = False
    access: tuple[str, ...] = ()  # codes of rules/access.py
    opening: str = "open"
    availability: str = ""
    price: str = UNSAID
    amount_cents: int | None = None
    currency: str = "EUR"
    tax_included: bool = True
    ends_on: date | None = None
    url: str = ""


@dataclass(frozen=True)
class EntryCard:
    """Who somebody is, and what they offer. `url`: the page about them; `contact`: where to write to them."""

    name: str
    uri: str = ""
    kind: str = "association"
    summary: str = ""
    website: str = ""
    languages: tuple[str, ...] = ()  # BCP 47
    skills: tuple[str, ...] = ()  # slugs
    opening: str = "open"
    access: tuple[str, ...] = ()  # codes of rules/access.py
    spot: Spot = Spot()
    url: str = ""
    contact: str = ""
    source: str = ""  # who says so: an origin
    renewed_at: datetime | None = None  # last confirmed by its owner
    offers: tuple[EntryOffer, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What keeps a line from being taken: the column or field, a code, and what stood there."""

    field: str
    code: str
    value: str = ""


@dataclass(frozen=True)
class Line:
    """One entry as read. `number`: the line of the file where it begins, or its rank in a list; `said`: the fields that
    the file speaks of, those of an offer as `offer.<field>`."""

    number: int
    card: EntryCard | None = None
    said: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    label: str = ""
    where: str = ""  # address of the file, when there are several


@dataclass(frozen=True)
class Link:
    """An address that a file names as the place of further entries."""

    name: str
    url: str


@dataclass(frozen=True)
class Reading:
    """What a file says. `unknown`: names of fields that nothing here understands; `problem`: why none of it is read."""

    lines: tuple[Line, ...] = ()
    unknown: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = field(default=())
    problem: Problem | None = None


def key_of(card: EntryCard) -> str:
    """Return what tells an entry from the others of its source: its address, else its name and place.

    >>> key_of(EntryCard("L'Étage", spot=Spot("Lens"))), key_of(EntryCard("L'Étage", uri="https://a.example/1"))
    ("l'etage|lens", 'https://a.example/1')
    """
    return card.uri or f"{fold(plain(card.name))}|{fold(card.spot.name)}"


def offer_key(offer: EntryOffer) -> str:
    """Return what tells an offer from the others of its owner: its address, else its purpose and title."""
    return offer.uri or f"{offer.purpose}|{fold(plain(offer.title))}"


def degrees(value: object) -> float | None:
    """Return a coordinate written with a point or a comma, None if it is no finite number.

    >>> degrees("50,4216"), degrees("+2.7848"), degrees("NaN"), degrees(None), degrees(True)
    (50.4216, 2.7848, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def spot_problem(lat: float | None, lon: float | None) -> bool:
    """Say whether these are no point of the globe."""
    return not is_point(lat, lon)


def read_day(value: object) -> date | None:
    """Return the day of an ISO date or instant, or of dd/mm/yyyy; None if it is none.

    >>> read_day("05/03/2021") == read_day("2021-03-05T10:00:00Z") == date(2021, 3, 5), read_day("31/02/2021")
    (True, None)
    """
    text = str(value or "").strip()
    if len(text) == 10 and text[2] == text[5] == "/":
        text = f"{text[6:]}-{text[3:5]}-{text[:2]}"
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def read_moment(value: object) -> datetime | None:
    """Return an ISO instant with its zone (UTC if it names none), or the first of a day; None if it is none.

    >>> read_moment("2020-07-06T14:23:20").isoformat(), read_moment("06/07/2020").isoformat(), read_moment("x")
    ('2020-07-06T14:23:20+00:00', '2020-07-06T00:00:00+00:00', None)
    """
    text = str(value or "").strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        day = read_day(text)
        if day is None:
            return None
        found = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - given its zone below
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError:
        return None


def web_address(value: object) -> str:
    """Return an http(s) address of reasonable length without spaces, else the empty text.

    >>> web_address(" https://a.example/x "), web_address("javascript:alert(1)"), web_address("a b")
    ('https://a.example/x', '', '')
    """
    text = plain(value) if isinstance(value, str) else ""
    usable = text.lower().startswith(("https://", "http://")) and len(text) <= ADDRESS_MAX
    return text if usable and not any(sign.isspace() or sign in "<>\"'" for sign in text) else ""


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names without repeats, in their order."""
    return tuple(dict.fromkeys(names))


CARD_FIELDS = (
    "uri", "name", "kind", "summary", "website", "languages", "skills", "opening", "access", "place", "point", "url",
    "contact", "source", "renewed_at",
)  # fmt: skip
OFFER_FIELDS = (
    "uri", "title", "text", "purpose", "skill", "tags", "place", "point", "area", "remote", "access", "opening",
    "availability", "price", "amount", "ends_on", "url",
)  # fmt: skip
FIELDS = frozenset(CARD_FIELDS) | {f"offer.{name}" for name in OFFER_FIELDS}


def lacks(holds: frozenset[str]) -> tuple[str, ...]:
    """Return what a format that holds these fields cannot hold, in the order of the fields; `offer` for all of offers.

    >>> lacks(FIELDS - {"opening", "offer.price"})
    ('opening', 'offer.price')
    """
    without_offers = not any(name.startswith("offer.") for name in holds)
    offers = ("offer",) if without_offers else tuple(f"offer.{name}" for name in OFFER_FIELDS)
    return tuple(name for name in (*CARD_FIELDS, *offers) if name not in holds)


def merged(lines: Iterable[Line]) -> list[EntryCard]:
    """Return the cards of the good lines; lines about the same entry become one card with all of their offers.

    >>> a, b = EntryOffer("Mail"), EntryOffer("Wiki")
    >>> lines = [Line(n, EntryCard("A", offers=(offer,))) for n, offer in enumerate((a, b), 2)]
    >>> [[offer.title for offer in card.offers] for card in merged(lines)]
    [['Mail', 'Wiki']]
    """
    found: dict[str, EntryCard] = {}
    for line in lines:
        if line.card is not None and not line.problems:
            first = found.setdefault(key_of(line.card), replace(line.card, offers=()))
            found[key_of(line.card)] = replace(first, offers=first.offers + line.card.offers)
    return list(found.values())
