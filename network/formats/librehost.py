"""An organisation as librehost.json 0.0.1, and its directory of others: name → address of their file.

It holds neither place nor services.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from network.rules.cards import plain
from network.rules.entries import (
    LINES_MAX,
    EntryCard,
    Line,
    Link,
    Problem,
    Reading,
    distinct,
    read_moment,
    web_address,
)
from network.rules.files import parsed

__all__ = ["HOLDS", "read", "written"]

HOLDS = frozenset({"name", "summary", "website", "languages", "contact", "kind", "renewed_at"})
VERSION = "0.0.1"
KEYS = {
    "@context": "", "version": "", "@type": "", "organizationType": "kind", "name": "name", "tagLine": "summary",
    "description": "summary", "homeUrl": "website", "logo": "", "communicationLanguages": "languages",
    "contactUrl": "contact", "privacyPolicyUrl": "", "termsOfServiceUrl": "", "isServiceProvider": "",
    "foundingDate": "", "dateCreated": "", "dateModified": "renewed_at", "directory": "",
}  # fmt: skip
TYPES = {
    "person": "Person", "association": "Association", "company": "Company", "collective": "Collective",
    "public_body": "Public body",
}  # fmt: skip


def written(card: EntryCard, *, directory: Mapping[str, str], at: datetime) -> str:
    """Return the file of an organisation; `directory` names others and where their files are."""
    said: dict[str, Any] = {
        "@context": "http://schema.org", "version": VERSION, "@type": "Organization",
        "organizationType": TYPES[card.kind], "name": card.name, "description": card.summary, "homeUrl": card.website,
        "communicationLanguages": list(card.languages), "contactUrl": card.contact, "isServiceProvider": True,
        "dateModified": (card.renewed_at or at).isoformat(), "directory": dict(directory),
    }  # fmt: skip
    return json.dumps({name: value for name, value in said.items() if value not in ("", [], {})}, ensure_ascii=False)


def read(text: str, *, url: str = "") -> Reading:
    """Return the organisation of a file, and the files its directory names. `url`: where it was found."""
    document = parsed(text)
    if not isinstance(document, dict):
        return Reading(problem=Problem("file", "librehost_expected"))
    name = _string(document.get("name"))
    links = _links(document.get("directory"))
    if len(links) > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(links))))
    unknown = distinct(str(key)[:60] for key in document if key not in KEYS)
    if not name and links:
        return Reading(unknown=unknown, links=links)
    if not name:
        return Reading((Line(1, problems=(Problem("name", "name_missing"),)),), unknown)
    card = EntryCard(
        name=name, uri=url, kind=_kind(document.get("organizationType")),
        summary=_string(document.get("description")) or _string(document.get("tagLine")),
        website=web_address(document.get("homeUrl")), languages=_languages(document.get("communicationLanguages")),
        contact=web_address(document.get("contactUrl")), renewed_at=read_moment(document.get("dateModified")),
    )  # fmt: skip
    said = {KEYS.get(key, "") for key, value in document.items() if value} - {""}
    return Reading((Line(1, card, frozenset(said | ({"uri"} if url else set())), label=name),), unknown, links)


def _links(directory: object) -> tuple[Link, ...]:
    named = directory.items() if isinstance(directory, dict) else ()
    return tuple(Link(_string(name), address) for name, value in named if (address := web_address(value)))


def _kind(value: object) -> str:
    word = _string(value).lower()
    return next((kind for kind, said in TYPES.items() if said.lower() == word), "association")


def _languages(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return distinct(text for text in (_string(each) for each in listed) if text)


def _string(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""
