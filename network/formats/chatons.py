"""Entries as CHATONS properties (ChatonsInfos 0.1): organisations and services in files that name one another.

Written strictly: one organisation a file, with `subs.` leading to its services. Read liberally: quoted values, spaces
around keys, the first `=` alone splits, dates as dd/mm/yyyy, the older names (startDate, logo.url).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from network.rules.cards import plain
from network.rules.entries import (
    LINES_MAX,
    UNSAID,
    EntryCard,
    EntryOffer,
    Line,
    Link,
    Problem,
    Reading,
    Spot,
    degrees,
    distinct,
    read_moment,
    spot_problem,
    web_address,
)

__all__ = [
    "HOLDS", "MEDIA_TYPES", "federation", "organization", "properties", "read", "service", "with_services", "written",
]  # fmt: skip

HOLDS = frozenset(
    {"name", "kind", "summary", "website", "opening", "point", "contact", "offer.title", "offer.text", "offer.opening",
     "offer.url"}
)  # fmt: skip
MEDIA_TYPES = ("text/plain", "application/octet-stream", "text/x-java-properties", "application/x-java-properties")
PROTOCOL = "ChatonsInfos-0.1"
LINE_MAX = 4_000  # characters
DEGREES = re.compile(r"[+-]?[0-9]+[,.][0-9]{1,8}")  # as the format asks
KIND_OF = {
    "INDIVIDUAL": "person", "ASSOCIATION": "association", "COMPANY": "company", "MICROCOMPANY": "company",
    "COOPERATIVE": "company", "INFORMAL": "collective", "OTHER": "public_body",
}  # fmt: skip
TYPE_OF = {
    "person": "INDIVIDUAL", "association": "ASSOCIATION", "company": "COMPANY", "collective": "INFORMAL",
    "public_body": "OTHER",
}  # fmt: skip
OPENING_OF = {"ACTIVE": "open", "IDLE": "waiting", "AWAY": "closed"}
STATUS_OF = {opening: status for status, opening in OPENING_OF.items()}
UNDERSTOOD = ("file.", "subs.")
# What says nothing that an entry holds, and is no surprise.
EXPECTED = (
    "organization.logo", "organization.startdate", "organization.enddate", "organization.status.description",
    "organization.contact.email", "organization.legal", "organization.guide", "organization.owner",
    "organization.country", "organization.memberof", "organization.socialnetworks", "organization.chatrooms",
    "organization.funding", "organization.geolocation.address", "service.logo", "service.legal", "service.guide",
    "service.contact", "service.startdate", "service.enddate", "service.status.description", "service.install",
    "software.", "host.", "metrics.",
)  # fmt: skip
Values = dict[str, str]


# --- writing ----------------------------------------------------------------------------------------------


def written(values: Iterable[tuple[str, str]]) -> str:
    r"""Return properties as text; values are on one line, those that say nothing are left out.

    >>> written([("organization.name", "L'Étage"), ("organization.logo", ""), ("organization.description", "a\nb")])
    "organization.name = L'Étage\norganization.description = a b\n"
    """
    return "".join(f"{name} = {_one_line(value)}\n" for name, value in values if _one_line(value))


def _one_line(value: str) -> str:
    text = " ".join(plain(value).split())
    return f'"{text}"' if text[:1] in {"'", '"'} and text[-1:] == text[:1] else text


def organization(card: EntryCard, *, at: datetime, services: Mapping[str, str]) -> str:
    """Return the file of an organisation; `services` are the names and addresses of its services' files."""
    return written(
        [
            *_head("Organization", at),
            ("organization.name", card.name),
            ("organization.description", card.summary),
            ("organization.website", card.website),
            ("organization.type", TYPE_OF[card.kind]),
            ("organization.status.level", STATUS_OF[card.opening]),
            ("organization.contact.url", card.contact),
            ("organization.geolocation.latitude", _degrees(card.spot.lat)),
            ("organization.geolocation.longitude", _degrees(card.spot.lon)),
            *((f"subs.{name}", url) for name, url in services.items()),
        ]
    )


def service(offer: EntryOffer, *, at: datetime) -> str:
    """Return the file of one service."""
    return written(
        [
            *_head("Service", at),
            ("service.name", offer.title),
            ("service.description", offer.text),
            ("service.website", offer.url),
            ("service.status.level", "OK"),
            ("service.registration.load", "OPEN" if offer.opening == "open" else "FULL"),
        ]
    )


def federation(name: str, website: str, *, at: datetime, organizations: Mapping[str, str]) -> str:
    """Return the file that names the files of a node's organisations."""
    head = [("federation.name", name), ("federation.website", website)]
    links = [(f"subs.{key}", url) for key, url in organizations.items()]
    return written([*_head("Federation", at), *head, *links])


def _head(kind: str, at: datetime) -> list[tuple[str, str]]:
    return [
        ("file.class", kind),
        ("file.protocol", PROTOCOL),
        ("file.datetime", at.strftime("%Y-%m-%dT%H:%M:%S")),
        ("file.generator", "Toile"),
    ]


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.8f}".rstrip("0").ljust(len(f"{int(value)}.") + 1, "0")


# --- reading ----------------------------------------------------------------------------------------------


def properties(text: str) -> Values:
    """Return the keys, in small letters, and values of a text; a later line of the same key wins.

    >>> properties("subs.x = 'https://e.example/a?b=c'\\n# no\\n\\norganization.logo.url=l")
    {'subs.x': 'https://e.example/a?b=c', 'organization.logo.url': 'l'}
    """
    return {key: value for _number, key, value in _lines(text)}


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        key, equals, value = line[:LINE_MAX].strip().partition("=")
        if equals and key.strip() and not key.startswith(("#", "!")):
            yield number, key.strip().lower(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return plain(value[1:-1] if quoted else value)


def read(text: str, *, url: str = "") -> Reading:
    """Return what one file says: an organisation, or a service as an entry without name, and the files it names.

    `url`: where it was found, which is then the address of what it says. Several classes may stand in one file.
    """
    values = properties(text)
    links = tuple(Link(key[5:], address) for key, value in values.items() if (address := _sub(key, value)))
    if len(links) > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(links))))
    unknown = distinct(key for key in values if not _is_known(key))
    number = next((number for number, key, _ in _lines(text) if not key.startswith(UNDERSTOOD)), 1)
    lines = [_organization(values, number, url)] if "organization.name" in values else []
    lines += [_service(values, number, url)] if "service.name" in values else []
    if not lines and not links:
        return Reading(problem=Problem("file", "properties_expected"))
    return Reading(tuple(lines), unknown, links)


def with_services(organization: Line, services: Iterable[Line]) -> Line:
    """Return the line of an organisation with the offers of its services, found by following its links."""
    if organization.card is None:
        return organization
    good = [line for line in services if line.card is not None]
    offers = tuple(offer for line in good if line.card for offer in line.card.offers)
    said = organization.said.union(*(line.said for line in good)) if good else organization.said
    return replace(organization, card=replace(organization.card, offers=organization.card.offers + offers), said=said)


def _sub(key: str, value: str) -> str:
    return web_address(value) if key.startswith("subs.") and len(key) > 5 else ""


def _is_known(key: str) -> bool:
    return key.startswith((*UNDERSTOOD, *EXPECTED, "federation.")) or key in KEYS


KEYS = {
    "organization.name": "name", "organization.description": "summary", "organization.website": "website",
    "organization.type": "kind", "organization.status.level": "opening", "organization.contact.url": "contact",
    "organization.geolocation.latitude": "point", "organization.geolocation.longitude": "point",
    "service.name": "offer.title", "service.description": "offer.text", "service.website": "offer.url",
    "service.registration": "offer.price", "service.registration.load": "offer.opening",
    "service.status.level": "offer.opening",
}  # fmt: skip


def _organization(values: Values, number: int, url: str) -> Line:
    part = {
        key.removeprefix("organization."): value for key, value in values.items() if key.startswith("organization.")
    }
    lat, lon = degrees(part.get("geolocation.latitude")), degrees(part.get("geolocation.longitude"))
    name = part.get("name", "")
    problems = [] if name else [Problem("organization.name", "name_missing")]
    pointed = part.get("geolocation.latitude") or part.get("geolocation.longitude")
    if pointed and (lat is None or spot_problem(lat, lon)):
        problems.append(Problem("organization.geolocation.latitude", "point_invalid", str(pointed)))
    if problems:
        return Line(number, problems=tuple(problems), label=name)
    card = EntryCard(
        name=name, uri=url, kind=KIND_OF.get(part.get("type", "").upper(), "association"),
        summary=part.get("description", ""), website=web_address(part.get("website")),
        opening=OPENING_OF.get(part.get("status.level", "").upper(), "open"), spot=Spot(lat=lat, lon=lon),
        contact=web_address(part.get("contact.url")), renewed_at=read_moment(values.get("file.datetime")),
    )  # fmt: skip
    return Line(number, card, _said(values, "organization.", url), label=name)


def _service(values: Values, number: int, url: str) -> Line:
    name, load = values["service.name"], values.get("service.registration.load", "").upper()
    if not name:
        return Line(number, problems=(Problem("service.name", "name_missing"),))
    offer = EntryOffer(
        title=name, uri=url, text=values.get("service.description", ""), url=web_address(values.get("service.website")),
        opening="closed" if load == "FULL" else "open", remote=True, area="country", price=UNSAID,
    )  # fmt: skip
    said = _said(values, "service.", url) | {"offer.remote", "offer.area"}
    return Line(number, EntryCard(name="", offers=(offer,)), said, label=name)


def _said(values: Values, prefix: str, url: str) -> frozenset[str]:
    said = {KEYS[key] for key, value in values.items() if value and key.startswith(prefix) and key in KEYS}
    address = {"uri" if prefix == "organization." else "offer.uri"} if url else set()
    return frozenset(said) | address | ({"renewed_at"} if "file.datetime" in values else frozenset())
