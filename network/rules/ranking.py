"""The order of results: path class, then distance, then support. Never one blended number."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from network.rules.places import fold

__all__ = ["PATH_CLASSES", "Reach", "Standing", "because", "by_provider", "rank_key", "reach_of"]

PATH_CLASSES = 3  # κ counts up to here
SCORE_DECIMALS = 9

_folded = lru_cache(maxsize=4096)(fold)  # the same few hundred names are compared in every search


class Reach:
    """How an offer reaches the searcher: near, its owner comes, at a distance, or (without a place) not known."""

    NEAR = "near"
    COMES = "comes"
    REMOTE = "remote"
    UNKNOWN = ""


class Standing(NamedTuple):
    """What decides the place of one result. `distance_km` None: unknown, after all known ones."""

    kappa: int
    reach: str
    distance_km: float | None
    score: float
    name: str
    uri: str


def reach_of(
    *,
    distance_km: float | None,
    radius_km: int | None,
    area: str,
    area_km: int,
    same_country: bool,
    remote: bool,
) -> str | None:
    """Say how an offer reaches a searcher at a place, None when it does not.

    `area`: circle, country or on_site; `radius_km` None: anywhere. An offer without a point is near nobody.

    >>> common = {"area": "circle", "same_country": True, "remote": False}
    >>> reach_of(distance_km=12, radius_km=30, area_km=5, **common)
    'near'
    >>> reach_of(distance_km=45, radius_km=30, area_km=50, **common)
    'comes'
    >>> reach_of(distance_km=90, radius_km=30, area_km=50, **common) is None
    True
    """
    if distance_km is not None and (radius_km is None or distance_km <= radius_km):
        return Reach.NEAR
    if area == "circle" and distance_km is not None and distance_km <= area_km:
        return Reach.COMES
    if area == "country" and same_country:
        return Reach.COMES
    if remote:
        return Reach.REMOTE
    return Reach.NEAR if radius_km is None else None


def rank_key(standing: Standing) -> tuple[int, bool, float, float, str, str]:
    """Return the sorting key: κ (at most 3) descending; remote ones last in their class; distance ascending;
    support rounded to 9 decimals, descending; name; IRI.

    >>> near = Standing(2, "near", 12.0, 0.1, "B", "b")
    >>> far = Standing(3, "near", 40.0, 0.0, "A", "a")
    >>> remote = Standing(3, "remote", 1.0, 0.0, "A", "c")
    >>> [s.uri for s in sorted([near, far, remote], key=rank_key)]
    ['a', 'c', 'b']
    """
    distance = float("inf") if standing.distance_km is None else standing.distance_km
    return (
        -min(standing.kappa, PATH_CLASSES),
        standing.reach == Reach.REMOTE,
        distance,
        -round(standing.score, SCORE_DECIMALS),
        _folded(standing.name),
        standing.uri,
    )


class Hit(Protocol):
    """What `because` and `by_provider` read of a result (see queries/search.py: OfferHit)."""

    @property
    def owner(self) -> Any: ...

    @property
    def distance_km(self) -> float | None: ...

    @property
    def reach(self) -> str: ...

    @property
    def trust(self) -> Any: ...

    @property
    def freshness(self) -> Any: ...


def because(hit: Hit) -> tuple[tuple[str, object], ...]:
    """Return why a result stands where it does, as (code, fact) in the order that decides.

    Codes: trust (label), paths (κ), reach, distance_km, renewed_at, copy_of (origin, remote copies only).
    """
    parts: list[tuple[str, object]] = [("trust", hit.trust.label), ("paths", hit.trust.kappa)]
    if hit.reach:
        parts.append(("reach", hit.reach))
    if hit.distance_km is not None:
        parts.append(("distance_km", round(hit.distance_km, 1)))
    parts.append(("renewed_at", hit.freshness.renewed_at))
    if hit.freshness.source_origin:
        parts.append(("copy_of", hit.freshness.source_origin))
    return tuple(parts)


def by_provider(hits: Iterable[Hit]) -> list[tuple[Any, list[Hit]]]:
    """Return [(owner, that owner's results)], owners in the order of their first result."""
    groups: dict[object, tuple[Any, list[Hit]]] = {}
    for hit in hits:
        groups.setdefault(hit.owner.pk, (hit.owner, []))[1].append(hit)
    return list(groups.values())
