"""A skill as a SKOS concept in JSON-LD: labels by language, what says the same, what lies above and below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Concept", "as_skos"]

SKOS = "http://www.w3.org/2004/02/skos/core#"
CONTEXT = {
    "skos": SKOS,
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
    "altLabel": {"@id": "skos:altLabel", "@container": "@set"},
    "hiddenLabel": {"@id": "skos:hiddenLabel", "@container": "@set"},
    "broader": {"@id": "skos:broader", "@type": "@id"},
    "narrower": {"@id": "skos:narrower", "@type": "@id", "@container": "@set"},
    "exactMatch": {"@id": "skos:exactMatch", "@type": "@id", "@container": "@set"},
    "inScheme": {"@id": "skos:inScheme", "@type": "@id"},
}


@dataclass(frozen=True, slots=True)
class Concept:
    """A skill with its neighbours by address."""

    uri: str
    scheme: str
    label_fr: str
    label_en: str
    same: Sequence[str] = ()
    loose: Sequence[str] = ()
    broader: str = ""
    narrower: Sequence[str] = ()
    exact: Sequence[str] = ()


def as_skos(concept: Concept) -> dict[str, Any]:
    """Return the document. What is not said is left out."""
    said: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": concept.uri,
        "@type": "skos:Concept",
        "prefLabel": {"fr": concept.label_fr, "en": concept.label_en},
        "altLabel": list(concept.same),
        "hiddenLabel": list(concept.loose),
        "broader": concept.broader,
        "narrower": list(concept.narrower),
        "exactMatch": list(concept.exact),
        "inScheme": concept.scheme,
    }
    return {name: value for name, value in said.items() if value}
