"""Find offers: text × skill × territory, in the order of trust."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal, NamedTuple, cast

from network.clock import now
from network.models import Member, Offer
from network.queries.asking import Understood, understand
from network.queries.facets import Facet, count_facets, facet_filters
from network.queries.freshness import Freshness, freshness_of, unsteady_origins
from network.queries.latest import latest
from network.queries.matches import Around, Found, Match, Wanted, find, live
from network.queries.places import PlaceAnswer
from network.queries.readers import readable
from network.queries.skills import Service, is_sensitive, sensitive_skills
from network.queries.trust import TrustLine, Viewpoint, trust_lines, viewpoint_for
from network.queries.understanding import Line
from network.rules.ranking import PATH_CLASSES, Reach, Standing, rank_key
from network.rules.search import PAGE_SIZE, SearchQuery, Widening, next_radii, widen
from network.rules.words import readable_corrections

BATCH = 64  # the nearest matches: trust is asked for these first, and for all others only if need be


@dataclass(frozen=True, slots=True)
class OfferHit:
    """One result. `distance_km` None: no place was given, or the offer has none."""

    offer: Offer
    owner: Member
    distance_km: float | None
    reach: str
    trust: TrustLine
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A page of results and what to say about them.

    `query`: as answered, that is as widened; its text is what was left to search for. `total`: matches; `capped`:
    there are more, and only the nearest were ranked. `reason`: why there is no result. `corrections`: (typed,
    understood). `line`: what was read out of the text besides words. `place_typed`: what stands for the place, where
    it was not typed like that. `wider`: radii to offer as links.
    """

    hits: list[OfferHit]
    total: int
    page: int
    pages: int
    query: SearchQuery
    place: PlaceAnswer
    widening: Widening | None = None
    reason: Literal["", "nothing", "unknown_place", "ambiguous_place", "empty_node"] = ""
    facets: dict[str, tuple[Facet, ...]] = field(default_factory=dict)
    capped: bool = False
    corrections: tuple[tuple[str, str], ...] = ()
    line: Line = Line("")
    place_typed: str = ""

    @property
    def wider(self) -> tuple[int | None, ...]:
        return next_radii(self.query.radius_km) if self.query.lat is not None else ()


class Owner(NamedTuple):
    """What trust needs of a member: six hundred whole objects would take longer than the rest of a search."""

    pk: int
    uri: str


def find_offers(query: SearchQuery, *, viewpoint: Viewpoint, size: int = PAGE_SIZE) -> SearchAnswer:
    """Return one page of the offers (or needs) that answer `query`, as seen from `viewpoint`.

    Order: min(κ, 3), then distance (what is done remotely last in its class), then support, name, IRI. When
    nothing answers, one thing is relaxed at a time and `widening` says which. Trust removes nobody, unless
    `accepted_only` asks for it. Of more than 600 matches the nearest are ranked. What the viewpoint's member may
    not read leaves no trace: no hit, no count, no correction.
    """
    asked = understand(query, readable(viewpoint.member))
    said: dict[str, Any] = {"place": asked.place, "place_typed": asked.place_typed, "line": asked.line}
    if asked.place.reason in {"unknown", "ambiguous"}:
        return SearchAnswer([], 0, 1, 1, asked.query, **said, reason=_place_reason(asked.place))
    found, answered, widening = _found(asked)
    if not found.matches:
        said["corrections"] = readable_corrections(asked.corrections, asked.line.text, ())
        return SearchAnswer([], 0, 1, 1, asked.query, **said, reason=_why_nothing(asked))
    lines = _Lines(viewpoint)
    ranked, total, page = _page(found.matches, answered, lines, size)
    hits = _hits(ranked.shown, lines)
    return SearchAnswer(
        hits=hits,
        total=total,
        page=page,
        pages=max(1, -(-total // size)),
        query=replace(answered, page=page),
        widening=widening,
        reason="" if total else "nothing",
        facets=_facets(asked, answered, found, ranked, lines),
        capped=found.capped,
        corrections=readable_corrections(asked.corrections, asked.line.text, [hit.offer.title for hit in hits]),
        **said,
    )


class News(NamedTuple):
    """Offers, the latest change first, and what a search says above its list; that has no hits of its own."""

    offers: list[Offer]
    answer: SearchAnswer


def find_news(query: SearchQuery, *, most: int) -> News:
    """Return the `most` offers (or needs) that answer `query` and changed last, for a feed: seen by nobody in
    particular, exactly as asked. Their order is not that of trust, so that whoever nobody knows yet is news too."""
    asked = understand(query, readable(None))
    said: dict[str, Any] = {"place": asked.place, "place_typed": asked.place_typed, "line": asked.line}
    if asked.place.reason in {"unknown", "ambiguous"}:
        return News([], SearchAnswer([], 0, 1, 1, asked.query, **said, reason=_place_reason(asked.place)))
    found = _matches(asked, asked.query)
    keep = _Lines(viewpoint_for(member=None)).accepted if query.accepted_only else _all
    matches = keep(found.matches)
    answer = SearchAnswer([], len(matches), 1, 1, asked.query, **said, capped=found.capped)
    if found.capped:  # those are the nearest only
        matches = latest(_wanted(asked, asked.query), _around(asked, asked.query), keep, most=most)
    offers = Offer.objects.select_related("owner").filter(pk__in=[match.offer_id for match in matches])
    return News(list(offers.order_by("-updated_at", "-pk")[:most]), answer)


def _all(matches: list[Match]) -> list[Match]:
    return matches


def _facets(
    asked: Understood, query: SearchQuery, found: Found, ranked: "_Ranked", lines: "_Lines"
) -> dict[str, tuple[Facet, ...]]:
    keep = lines.accepted if query.accepted_only else None
    return count_facets(_wanted(asked, query), _around(asked, query), query, found, ranked.accepted, keep)


def _place_reason(place: PlaceAnswer) -> Literal["unknown_place", "ambiguous_place"]:
    return "unknown_place" if place.reason == "unknown" else "ambiguous_place"


def _why_nothing(asked: Understood) -> Literal["nothing", "empty_node"]:
    return "nothing" if Offer.objects.filter(live(now()), asked.seen).exists() else "empty_node"


# --- looking ----------------------------------------------------------------------------------------------


def _wanted(asked: Understood, query: SearchQuery) -> Wanted:
    filters = facet_filters(query)
    return Wanted(
        at=now(),
        groups=(*(() if query.any_word else asked.groups), *filters.rare.values()),
        chosen=filters.frequent,
        share=filters.share,
        any_of=tuple(dict.fromkeys(chain.from_iterable(asked.groups))) if query.any_word else (),
        purpose=query.purpose,
        opening=query.opening,
        seen=asked.seen,
        faded=query.faded,
    )


def _around(asked: Understood, query: SearchQuery) -> Around | None:
    if query.lat is None or query.lon is None:
        return None
    return Around(query.lat, query.lon, query.radius_km, asked.country)


def _found(asked: Understood) -> tuple[Found, SearchQuery, Widening | None]:
    """Return the matches, and the question that found them."""
    found = _matches(asked, asked.query)
    if found.matches:
        return found, asked.query, None
    only = asked.skills[0] if len(asked.skills) == 1 else None
    broader = only.broader.slug if only and only.broader else ""
    for wider, widening in widen(asked.query, broader=broader, words=len(asked.groups)):
        found = _matches(asked, wider)
        if found.matches:
            return found, wider, widening
    return Found([]), asked.query, None


def _matches(asked: Understood, query: SearchQuery) -> Found:
    return find(_wanted(asked, query), _around(asked, query))


# --- ranking ------------------------------------------------------------------------------------------


class _Lines:
    """The lines of trust of one search: each owner's is asked for once, and read for each match as its service asks."""

    def __init__(self, viewpoint: Viewpoint) -> None:
        self.viewpoint, self.sensitive = viewpoint, sensitive_skills()
        self.by_owner: dict[int, TrustLine] = {}

    def of(self, matches: list[Match]) -> list[tuple[Match, TrustLine]]:
        owners = {match.owner_id: Owner(match.owner_id, match.owner_uri) for match in matches}
        if new := [owner for key, owner in owners.items() if key not in self.by_owner]:
            self.by_owner |= trust_lines(self.viewpoint, cast(list[Member], new), explain=False)  # key and uri will do
        return [(match, self.read(match, self.by_owner[match.owner_id])) for match in matches]

    def accepted(self, matches: list[Match]) -> list[Match]:
        return [match for match, line in self.of(matches) if line.accepted]

    def read(self, service: Service, line: TrustLine) -> TrustLine:
        return line.asked_of(sensitive=is_sensitive(service, self.sensitive))


class _Ranked(NamedTuple):
    """What one page shows, and how many of all the matches are accepted (None: not all of them were looked at)."""

    shown: list[tuple[Match, TrustLine]]
    accepted: int | None


def _page(found: list[Match], query: SearchQuery, lines: _Lines, size: int) -> tuple[_Ranked, int, int]:
    """Return the results of one page, how many matches there are, and which page it is."""
    enough = None if query.accepted_only else query.page * size
    ranked = _ranked(found, lines, enough)
    accepted = [pair for pair in ranked if pair[1].accepted]
    count = len(accepted) if len(ranked) == len(found) else None
    ranked = accepted if query.accepted_only else ranked
    total = len(ranked) if query.accepted_only else len(found)
    page = min(query.page, max(1, -(-total // size)))
    return _Ranked(ranked[(page - 1) * size : page * size], count), total, page


def _ranked(found: list[Match], lines: _Lines, enough: int | None) -> list[tuple[Match, TrustLine]]:
    """Return the matches in order, all of them or at least the first `enough`.

    Matches come nearest first; so once `enough` of the best class, not remote, have been seen, none that follows
    can come before them.
    """
    for end in _stops(found):
        seen = lines.of(found[:end])
        best = sum(line.kappa >= PATH_CLASSES and match.reach != Reach.REMOTE for match, line in seen)
        if enough is not None and best >= enough:
            break
    return sorted(seen, key=lambda pair: rank_key(_standing(*pair)))


def _stops(found: list[Match]) -> Iterator[int]:
    """Yield where to see whether there are enough: after the nearest ones, those at an equal distance included."""
    end = BATCH
    while end < len(found) and found[end].distance_km == found[end - 1].distance_km:
        end += 1
    if end < len(found):
        yield end
    yield len(found)


def _standing(match: Match, line: TrustLine) -> Standing:
    return Standing(line.kappa, match.reach, match.distance_km, line.score, match.owner_name, match.uri)


def _hits(ranked: Iterable[tuple[Match, TrustLine]], lines: _Lines) -> list[OfferHit]:
    pairs, at = list(ranked), now()
    offers = Offer.objects.select_related("owner", "skill").in_bulk([match.offer_id for match, _ in pairs])
    explained = trust_lines(lines.viewpoint, {offer.owner_id: offer.owner for offer in offers.values()}.values())
    unsteady = unsteady_origins(at, {offer.owner.origin for offer in offers.values() if not offer.local})
    return [
        OfferHit(
            offer,
            offer.owner,
            match.distance_km,
            match.reach,
            lines.read(offer, explained[offer.owner_id]),
            freshness_of(offer, at=at, unsteady=unsteady),
        )  # fmt: skip
        for match, _ in pairs
        if (offer := offers.get(match.offer_id))  # deleted since: a page one short, not an error
    ]
