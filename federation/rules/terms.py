"""What a sender's own JSON-LD terms may say: they may add to the bundled contexts, never change or rename them.

A document must read the same as plain JSON and as linked data, or two programs would act on two messages (FEP-fe34).
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from federation.errors import Refused
from federation.rules.strict_json import walk

__all__ = ["check", "reads_plainly", "same_reading"]

AS = "https://www.w3.org/ns/activitystreams#"
AS2_CONTEXT = "https://www.w3.org/ns/activitystreams"
MAX_CONTEXTS = 16
REMEMBERED_MAX = 8192  # characters of an inline context: what strangers send must not fill our memory
HARMLESS = {"@language", "@direction", "@version", "@vocab", "@protected"}  # keywords an inline context may hold
KEYWORDS = {"@context", "@id", "@type", "@value", "@language", "@direction", "@list", "@set", "@index"}
KNOWN_KEYWORDS = KEYWORDS | HARMLESS | {"@container", "@prefix", "@none"}
READ_ALIKE = ("actor", "object", "target", "attributedTo")
PLAIN_DEFINITION = {"@id", "@type", "@container"}
DATA_INTEGRITY = ("https://w3id.org/security/data-integrity/v1", "https://w3id.org/security/data-integrity/v2")
PLAIN_CONTEXTS = {  # none of them gives `id`, `type` or what is in READ_ALIKE another meaning (a test expands each)
    AS2_CONTEXT,
    "https://w3id.org/security/v1",
    *DATA_INTEGRITY,
    "https://w3id.org/security/multikey/v1",
    "https://www.w3.org/ns/did/v1",
}

Terms = Mapping[str, Any]
Definitions = Callable[[str], Terms | None]


def check(document: Mapping[str, Any], definitions: Definitions) -> None:
    """Judge every `@context` in `document`. `definitions` gives the terms of a bundled context, None for others.

    Raises Refused("context"): neither string nor object, more than 16, a keyword misused, a bundled term redefined,
    or an ActivityStreams term under another name.
    """
    objects = [item for item in walk(document) if isinstance(item, dict)]
    contexts = [entry for item in objects if "@context" in item for entry in _entries(item["@context"])]
    if len(contexts) > MAX_CONTEXTS * 4 or any(_misused(key) for item in objects for key in item):
        raise Refused("context", why="keywords or number")
    inline = [entry for entry in contexts if isinstance(entry, dict)]
    if not inline:
        return
    names = frozenset(entry for entry in contexts if isinstance(entry, str) and definitions(entry) is not None)
    for entry in inline:
        written = json.dumps(entry)
        judge = _check_inline if len(written) <= REMEMBERED_MAX else _check_inline.__wrapped__
        judge(written, names | {AS2_CONTEXT}, definitions)


def reads_plainly(document: Mapping[str, Any]) -> bool:
    """Whether `document`, which `check` let pass, surely reads the same as JSON and as linked data.

    Cheap, and on the safe side: False says only that it must be expanded to know. Known contexts, no prefix in any
    key, absolute addresses.

    >>> reads_plainly({"@context": AS2_CONTEXT, "id": "https://a.example/1", "type": "Like"})
    True
    >>> reads_plainly({"@context": AS2_CONTEXT, "id": "as:1", "type": "Like"})
    False
    """
    objects = _objects(document)
    named = [item["@context"] for item in objects if "@context" in item]
    contexts = [entry for value in named for entry in (value if isinstance(value, list) else [value])]
    if AS2_CONTEXT not in _list(document.get("@context")) or not all(map(_is_plain_context, contexts)):
        return False
    if all(version in contexts for version in DATA_INTEGRITY):  # each protects its terms from the other
        return False
    keys = {key for item in objects for key in item} - {"@context"}
    return not any(key.startswith("@") or ":" in key for key in keys) and _is_plain(document, 2)


def same_reading(raw: object, expanded: Mapping[str, Any]) -> bool:
    """Whether an object reads the same as JSON and expanded: id, type and, two levels down, who and what.

    >>> same_reading({"id": "urn:a", "type": "Like"}, {"@id": "urn:a", "@type": [AS + "Like"]})
    True
    >>> same_reading({"id": "urn:a", "type": "Like"}, {"@id": "urn:a", "@type": [AS + "Delete"]})
    False
    """
    return _alike(raw, expanded, 2)


def _entries(named: object) -> list[object]:
    entries = named if isinstance(named, list) else [named]
    if len(entries) > MAX_CONTEXTS or not all(isinstance(entry, str | dict) for entry in entries):
        raise Refused("context", why="neither address nor terms")
    return entries


def _misused(key: str) -> bool:
    return key.startswith("@") and key not in KNOWN_KEYWORDS


@lru_cache(maxsize=256)  # senders repeat themselves; a refusal is not kept
def _check_inline(written: str, names: frozenset[str], definitions: Definitions) -> None:
    inline = json.loads(written)
    bundled: dict[str, Any] = {}
    for name in sorted(names):
        bundled |= definitions(name) or {}
    prefixes = {**inline, **bundled}
    core = {_iri(term, definition, prefixes) for term, definition in bundled.items() if not term.startswith("@")}
    core = {iri for iri in core if iri and iri.startswith(AS) and iri != AS}
    for term, definition in inline.items():
        if term.startswith("@"):
            if term not in HARMLESS:
                raise Refused("context", why=f"{term} in an inline context")
        elif term in bundled:
            _check_same(term, definition, bundled[term], prefixes)
        elif (iri := _iri(term, definition, prefixes)) is None or iri.startswith("@") or iri in core:
            raise Refused("context", why="another name for a bundled term")


def _check_same(term: str, given: object, ours: object, prefixes: Terms) -> None:
    if _is_prefix(given) and _is_prefix(ours):
        return
    if _iri(term, given, prefixes) != _iri(term, ours, prefixes) or _kind(given, prefixes) != _kind(ours, prefixes):
        raise Refused("context", why="a bundled term is redefined")


def _is_prefix(definition: object) -> bool:
    return isinstance(definition, str) and definition.endswith(("#", "/"))


def _iri(term: str, definition: object, prefixes: Terms) -> str | None:
    """Return the IRI that a definition means; None if it has none, or hides it."""
    if isinstance(definition, Mapping) and "@reverse" in definition:
        return None
    found = definition.get("@id", term) if isinstance(definition, Mapping) else definition
    return _full(found, prefixes) if isinstance(found, str) else None


def _kind(definition: object, prefixes: Terms) -> str | None:
    found = definition.get("@type") if isinstance(definition, Mapping) else None
    return _full(found, prefixes) if isinstance(found, str) else None


def _full(name: str, prefixes: Terms) -> str:
    for _step in range(4):  # prefixes of prefixes; more is a game
        head, colon, tail = name.partition(":")
        base = prefixes.get(head) if colon and not tail.startswith("//") else None
        if isinstance(base, Mapping):
            base = base.get("@id")
        if not isinstance(base, str):
            return name
        name = base + tail
    return name


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return every object in `value`, without those in contexts."""
    found, waiting = [], [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            found.append(item)
            waiting.extend(part for key, part in item.items() if key != "@context")
        elif isinstance(item, list):
            waiting.extend(item)
    return found


def _is_plain_context(entry: object) -> bool:
    if not isinstance(entry, Mapping):
        return isinstance(entry, str) and entry in PLAIN_CONTEXTS
    return all(not term.startswith("@") and _is_plain_term(term, definition) for term, definition in entry.items())


def _is_plain_term(term: str, definition: object) -> bool:
    """A term of one's own with one IRI in full or under a prefix, and nothing of ActivityStreams under another name."""
    if isinstance(definition, Mapping) and not definition.keys() <= PLAIN_DEFINITION:
        return False
    iri = definition.get("@id") if isinstance(definition, Mapping) else definition
    if not isinstance(iri, str) or not iri or AS.startswith(iri) or term in {"id", "type", *READ_ALIKE}:
        return False
    return not iri.startswith((AS, "as:", "@", "_:")) or iri in {AS + term, "as:" + term}


def _is_plain(thing: object, depth: int) -> bool:
    if not isinstance(thing, Mapping):
        return isinstance(thing, str) and thing.startswith(("https://", "http://"))
    kinds, name = _list(thing.get("type")), thing.get("id")
    if not all(isinstance(kind, str) and kind[:1].isupper() and kind.isalnum() for kind in kinds):
        return False
    if "id" in thing and not (isinstance(name, str) and _is_plain(name, 0)):
        return False
    parts = (part for field in READ_ALIKE for part in _list(thing.get(field)))
    return all(_is_plain(part, depth - 1) for part in parts) if depth else True


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _alike(raw: object, expanded: Mapping[str, Any], depth: int) -> bool:
    if not isinstance(raw, Mapping):
        return bool(raw == expanded.get("@id", expanded.get("@value")))
    if raw.get("id") != expanded.get("@id") or not _same_types(raw.get("type"), expanded.get("@type", [])):
        return False
    if depth == 0:
        return True
    return all(_same_links(raw.get(name), expanded.get(AS + name, []), depth - 1) for name in READ_ALIKE)


def _same_links(raw: object, expanded: list[Mapping[str, Any]], depth: int) -> bool:
    values = _list(raw)
    return len(values) == len(expanded) and all(map(_alike, values, expanded, [depth] * len(values)))


def _same_types(raw: object, expanded: list[str]) -> bool:
    values = _list(raw)
    if len(values) != len(expanded):
        return False
    pairs = zip(values, expanded, strict=True)
    return all(isinstance(value, str) and (iri == AS + value or not iri.startswith(AS)) for value, iri in pairs)
