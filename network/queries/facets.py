"""Values to filter by, and how many matches each would give: with all the other filters, without its own."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import NamedTuple

from django.db.models import Max

from network.models import Offer, Skill
from network.queries.matches import Found, count_of_terms, find
from network.queries.skills import skill_label
from network.queries.wanted import Around, Group, Match, Wanted
from network.rules.search import SearchQuery
from network.rules.terms import access_term, kind_term, language_of, language_term, price_term, skill_term

__all__ = ["Facet", "count_facets", "facet_filters"]

MOST_FACETS = 12
Keep = Callable[[list[Match]], list[Match]]
FREQUENT = 0.1  # the share of offers from which a value is frequent


@dataclass(frozen=True, slots=True)
class Facet:
    """A value to filter by, and how many of the matches have it."""

    value: str
    label: str
    count: int


TERMS: dict[str, Callable[[str], str]] = {
    "kind": kind_term,
    "price": price_term,
    "language": language_term,
    "access": access_term,
    "skill": skill_term,
}
COUNTED: dict[str, Callable[[Match], Iterable[str]]] = {
    "purpose": lambda match: (match.purpose,),
    "opening": lambda match: (match.opening,),
    "kind": lambda match: (match.kind,),
    "price": lambda match: (match.price,),
    "language": lambda match: match.language,
    "access": lambda match: match.access,
}


class Filters(NamedTuple):
    """How the chosen facets are looked for: rare values by their terms in the index, of which one is enough; frequent
    ones in each match as it is read, which counts the other values on the way. `share`: of the offers that have the
    frequent ones, about."""

    rare: dict[str, Group]
    frequent: tuple[tuple[str, tuple[str, ...]], ...] = ()
    share: float = 1.0


def facet_filters(query: SearchQuery) -> Filters:
    """Choose, for each facet of a question, how it is looked for."""
    chosen = {name: getattr(query, name) for name in TERMS if getattr(query, name)}
    groups = {name: tuple(TERMS[name](value) for value in values) for name, values in chosen.items()}
    if not groups:
        return Filters({})
    counts = count_of_terms({term for group in groups.values() for term in group})
    offers = Offer.objects.aggregate(last=Max("id"))["last"] or 1
    shares = {name: min(1.0, sum(counts.get(term, 0) for term in group) / offers) for name, group in groups.items()}
    frequent = [name for name, share in shares.items() if name in COUNTED and share >= FREQUENT]
    rare = {name: group for name, group in groups.items() if name not in frequent}
    looked_at = tuple((name, _folded(name, chosen[name])) for name in frequent)
    return Filters(rare, looked_at, prod(shares[name] for name in frequent))


def _folded(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(language_of(value) for value in values) if name == "language" else values


def count_facets(
    wanted: Wanted,
    around: Around | None,
    query: SearchQuery,
    found: Found,
    accepted: int | None,
    keep: Keep | None = None,
) -> dict[str, tuple[Facet, ...]]:
    """Count the values of every facet among the matches, and among what would match without that facet's own filter.

    Under the cap the nearest matches are counted, as the list shows them. `accepted`: how many the viewpoint accepts,
    None when nobody knows. `keep`: which of the matches are shown at all, where trust is a filter too.
    """
    facets = {}
    found = _kept(found, keep) if keep else found
    for name, values in COUNTED.items():
        matches = _without(name, wanted, around, found, query, keep)
        facets[name] = _counted(Counter(value for match in matches for value in values(match)), getattr(query, name))
    matches = _without("skill", wanted, around, found, query, keep)
    facets["skill"] = _skills(Counter(match.skill_id for match in matches if match.skill_id), query.skill)
    facets["accepted"] = () if accepted is None else (Facet("1", "1", accepted),)
    return facets


def _kept(found: Found, keep: Keep) -> Found:
    beside = {match.offer_id for match in keep([match for _, match in found.beside])}
    return Found(keep(found.matches), found.capped, tuple(p for p in found.beside if p[1].offer_id in beside))


def _without(
    name: str, wanted: Wanted, around: Around | None, found: Found, query: SearchQuery, keep: Keep | None
) -> list[Match]:
    """Return what matches when one facet's own filter is left out."""
    own = tuple(TERMS[name](value) for value in getattr(query, name)) if name in TERMS else ()
    if own and own in wanted.groups:
        groups = tuple(group for group in wanted.groups if group != own)
        matches = find(replace(wanted, groups=groups), around).matches
        return keep(matches) if keep else matches
    return [*found.matches, *(match for facet, match in found.beside if facet == name)]


def _counted(counts: Counter[str], chosen: Iterable[str]) -> tuple[Facet, ...]:
    """Return the most frequent values, and those chosen even if nothing has them any more."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_FACETS]
    missing = [(value, counts[value]) for value in chosen if value not in dict(ordered)]
    return tuple(Facet(value, value, count) for value, count in [*ordered, *missing])


def _skills(counts: Counter[int], chosen: Iterable[str]) -> tuple[Facet, ...]:
    """Count each skill with everything under it, as choosing it would."""
    if not counts and not chosen:
        return ()
    rows = {skill.pk: skill for skill in Skill.objects.filter(merged_into=None)}
    sums: Counter[str] = Counter()
    for key, count in counts.items():
        for skill in _upwards(rows, key):
            sums[skill.slug] += count
    labels = {skill.slug: skill_label(skill) for skill in rows.values()}
    return tuple(replace(facet, label=labels.get(facet.value, facet.value)) for facet in _counted(sums, chosen))


def _upwards(rows: dict[int, Skill], key: int | None) -> list[Skill]:
    found: list[Skill] = []
    while key is not None and key in rows and rows[key] not in found:
        found.append(rows[key])
        key = rows[key].broader_id
    return found
