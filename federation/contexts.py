"""JSON-LD contexts: those that ship with us, and no others. Nothing is ever fetched or read from a sender's file.

A document from elsewhere is judged (`check`), then reduced to contexts we know (`clean`), then read (`expand`).
"""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib import request  # noqa: TID251 - only the opener of the process

from activitypub.core.exceptions import DocumentResolutionError
from activitypub.core.settings import app_settings
from pyld import jsonld
from rdflib import Graph
from rdflib.plugins.shared.jsonld import context as rdf_context

from federation.errors import Refused
from federation.rules import terms

AS2 = "https://www.w3.org/ns/activitystreams"
FOLDER = Path(__file__).parent / "jsonld"
OURS = {
    "https://w3id.org/security/data-integrity/v2": "data-integrity-v2",
    "https://www.w3.org/ns/cid/v1": "cid-v1",
    "https://gotosocial.org/ns": "gotosocial",
}
LITEPUB = "litepub"  # each server of that family serves the same terms under its own address
LITEPUB_PATHS = ("/schemas/litepub-0.1.jsonld", "/schemas/litepub-0.1.json")
ALIASES = {  # how senders write it: how the preset is named
    "https://www.w3.org/ns/did/v1": "www.w3.org/ns/did/v1",
    "https://w3id.org/identity/v1": "http://w3id.org/identity/v1",
    "http://www.w3.org/ns/activitystreams": AS2,
    "https://www.w3.org/ns/activitystreams#": AS2,
    "https://www.w3.org/ns/activitystreams.jsonld": AS2,
}


class ContextRefused(jsonld.JsonLdError):  # type: ignore[misc]
    """A context outside the bundle was asked for."""


class RefusingResolver:
    """Stands in for the toolkit's resolvers: it answers for every address, and never opens one."""

    def can_resolve(self, uri: str) -> bool:
        return True

    def resolve(self, uri: str) -> None:
        raise DocumentResolutionError(f"Toile authenticates federation itself; not opened: {uri!r}")


@lru_cache(maxsize=512)  # senders name whatever they like: bounded
def document_of(url: str) -> dict[str, Any] | None:
    """Return the bundled context document named by `url`, None if none is. Do not change it."""
    if url in OURS:
        return _file(OURS[url])
    if url.startswith("https://") and url.endswith(LITEPUB_PATHS):
        return _file(LITEPUB)
    name = ALIASES.get(url, url)
    return next((preset.document for preset in app_settings.PRESET_CONTEXTS if preset.url == name), None)


def bundled(url: object, options: object = None) -> dict[str, Any]:
    """Answer pyld's question for a context; raise ContextRefused for one that does not ship with us."""
    document = _known(url)
    if document is None:
        raise ContextRefused(f"context not bundled: {url!r}", "jsonld.LoadDocumentError")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": deepcopy(document),
        "tag": "static",  # pyld keeps what it made of it
    }


def lock() -> None:
    """From now on pyld and rdflib know the bundled contexts only, and no opener of the process fetches for them."""
    jsonld.set_document_loader(bundled)
    rdf_context.source_to_json = lambda source, *args, **kwargs: (bundled(source)["document"], None)
    request.install_opener(None)  # type: ignore[arg-type]


def is_locked() -> bool:
    """Whether documents that name a context outside the bundle are refused by both libraries (tried, not assumed)."""
    probes = [
        {"@context": address, "@id": "urn:toile:probe", "urn:toile:term": "x"}
        for address in ("https://context.invalid/", "file:///etc/hostname")
    ]
    return all(_refuses(read, probe) for probe in probes for read in (jsonld.expand, _read_by_rdflib))


def check(document: dict[str, Any]) -> None:
    """Raise Refused("context") if a context, at any depth, is malformed, or redefines or renames a bundled term."""
    terms.check(document, _definitions)


def clean(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of `document` without the context addresses we do not know; ActivityStreams is there in any case.

    Terms defined only in what is dropped are lost, as are foreign definitions: call `check` first.
    """
    copy = _without_unknown(document)
    named = copy.get("@context", [])
    named = named if isinstance(named, list) else [named]
    return copy if AS2 in named else {**copy, "@context": [AS2, *named]}


def expand(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the expanded form of `clean(document)`; raise Refused("context") if it has none."""
    try:
        return jsonld.expand(clean(document), {"documentLoader": bundled})
    except (jsonld.JsonLdError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refused("context", why="does not expand") from error


def _read_by_rdflib(document: dict[str, Any]) -> None:
    Graph().parse(data=json.dumps(document), format="json-ld")


def _refuses(read: Callable[[dict[str, Any]], object], probe: dict[str, Any]) -> bool:
    """Whether reading `probe` fails because our loader said no; a failed fetch would be another error."""
    try:
        read(probe)
    except (jsonld.JsonLdError, OSError, ValueError) as error:
        return isinstance(error, ContextRefused) or isinstance(error.__cause__, ContextRefused)
    return False


def _known(url: object) -> dict[str, Any] | None:
    return document_of(url) if isinstance(url, str) and len(url) <= 500 else None


def _definitions(url: str) -> dict[str, Any] | None:
    document = _known(url)
    return None if document is None else document["@context"]


def _file(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.jsonld").read_text("utf-8"))


def _without_unknown(value: Any) -> Any:  # noqa: ANN401 - depth is bounded by the strict parser
    if isinstance(value, list):
        return [_without_unknown(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _kept(part) if key == "@context" else _without_unknown(part) for key, part in value.items()}


def _kept(named: object) -> list[object]:
    entries = named if isinstance(named, list) else [named]
    return [_without_unknown(entry) for entry in entries if isinstance(entry, dict) or _known(entry) is not None]
