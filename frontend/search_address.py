"""A search as an address: read from one, written into links, feeds and forms. Nothing in it says who asks."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from frontend import words
from network.queries.facets import Facet
from network.queries.search import SearchAnswer
from network.rules.access import ACCESS
from network.rules.search import FACETS, SearchQuery, read_page, read_radius

__all__ = ["Asked", "asked_of", "chosen", "facet_groups", "link_of", "read_query"]

Asked = Mapping[str, Any]  # a text, or for a facet a list of them
TEXTS = {"q": 200, "place": 120, "radius": 20, "accepted": 5, "literal": 5, "faded": 5}  # with their longest
OPEN_VALUES = {"skill": 120, "language": 20}  # facets whose values no enum lists
KNOWN: dict[str, Any] = {
    "purpose": words.PURPOSES,
    "kind": words.KINDS,
    "price": words.PRICES,
    "opening": words.OPENINGS,
    "access": ACCESS,
}
MOST_SHOWN = 26  # values in all: the page has a budget
MOST_OF_ONE = 6
LEAST_OF_ONE = 2  # a single value that everything has is no choice


def read_query(given: QueryDict) -> tuple[SearchQuery, bool]:
    """Read the question out of an address; also whether a figure had to be brought within bounds."""
    radius, note = read_radius(given.get("radius"))
    query = SearchQuery(
        text=_text(given, "q"),
        place=_text(given, "place"),
        radius_km=radius,
        accepted_only=bool(given.get("accepted")),
        literal=bool(given.get("literal")),
        faded=bool(given.get("faded")),
        page=read_page(given.get("page")),
        **{name: values for name in FACETS if (values := _values(given, name))},  # type: ignore[arg-type]
    )
    return query, note == "clamped"


def _text(given: QueryDict, name: str) -> str:
    return given.get(name, "").replace("\x00", "").strip()[: TEXTS[name]]


def _values(given: QueryDict, name: str) -> tuple[str, ...]:
    """Return the values of a facet; of those that only some words can name, unknown ones are left out."""
    if name in OPEN_VALUES:
        cut = (value.replace("\x00", "").strip()[: OPEN_VALUES[name]] for value in given.getlist(name))
        return tuple(value for value in cut if value)
    return tuple(value for value in given.getlist(name) if value in KNOWN[name])


def asked_of(given: QueryDict, query: SearchQuery, answer: SearchAnswer) -> Asked:
    """Return the question as links and forms repeat it: the place that was read out of the line in its own field."""
    texts = {name: _text(given, name) for name in TEXTS}
    if answer.line.place is not None:
        place = answer.place.place
        texts |= {"q": answer.line.text, "place": place.label if place else answer.place_typed}
    elif answer.place_typed and answer.place.place:
        texts["place"] = answer.place.place.label
    return texts | chosen(query)


def chosen(query: SearchQuery) -> dict[str, list[str]]:
    """Return the facets that were chosen, with their values."""
    usual = SearchQuery()
    return {name: list(values) for name in FACETS if (values := getattr(query, name)) != getattr(usual, name)}


def link_of(asked: Asked, **changes: Any) -> str:
    """Return the same question with some parts changed, as a query string; empty parts are left out."""
    said = {name: asked.getlist(name) if isinstance(asked, QueryDict) else asked[name] for name in asked}
    parts = {name: value for name, value in (said | changes).items() if value}
    for name in {"exact", "page"} - changes.keys():
        parts.pop(name, None)
    return "?" + urlencode(parts, doseq=True)


def facet_groups(answer: SearchAnswer) -> list[dict[str, Any]]:
    """Return the filters to show: for each facet with a choice its values, how many each gives, which are on."""
    groups, left = [], MOST_SHOWN
    for name, title in words.FACETS.items():
        on = chosen(answer.query).get(name, [])
        found = answer.facets.get(name) or [
            Facet(value, value, 0) for value in on
        ]  # nothing found: chosen all the same
        facets = sorted((facet for facet in found if facet.value in on or facet.count), key=lambda f: f.value not in on)
        facets = [f for f in facets if f.value in on or len(facets) >= LEAST_OF_ONE][
            : max(len(on), min(MOST_OF_ONE, left))
        ]
        left -= len(facets)
        on = on or getattr(answer.query, name)
        if facets:
            options = [_option(name, facet, facet.value in on) for facet in facets]
            groups.append({"name": name, "title": title, "options": options})
    return groups


def _option(name: str, facet: Any, on: bool) -> dict[str, Any]:
    return {"value": facet.value, "label": words.facet(name, facet), "count": facet.count, "on": on}
