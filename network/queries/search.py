"""Find offers: text × skill × territory, in the order of trust."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, cast

from django.db.models import Q

from network.clock import now
from network.models import Member, Offer, Skill
from network.queries.freshness import Freshness, freshness_of, unsteady_origins
from network.queries.matches import Around, Match, Wanted, find_matches, live
from network.queries.places import PlaceAnswer, find_place
from network.queries.readers import readable
from network.queries.skills import find_skill, skill_label
from network.queries.trust import TrustLine, Viewpoint, trust_lines
from network.queries.vocabulary import corrections_of
from network.rules.ranking import PATH_CLASSES, Reach, Standing, rank_key
from network.rules.search import PAGE_SIZE, SearchQuery, Widening, next_radii, widen
from network.rules.terms import language_term, price_term, skill_term
from network.rules.words import words_of

BATCH = 64  # the nearest matches: trust is asked for these first, and for all others only if need be
MOST_FACETS = 12
MOST_WORDS = 12  # of one question: what anybody may ask for must stay cheap


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
class Facet:
    """A value to filter by, and how many of the matches have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A page of results and what to say about them.

    `query`: as answered, that is as widened. `total`: matches; `capped`: there are more, and only the nearest were
    ranked. `reason`: why there is no result. `corrections`: (typed, understood). `wider`: radii to offer as links.
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

    @property
    def wider(self) -> tuple[int | None, ...]:
        return next_radii(self.query.radius_km) if self.query.lat is not None else ()


class Owner(NamedTuple):
    """What trust needs of a member: six hundred whole objects would take longer than the rest of a search."""

    pk: int
    uri: str


@dataclass(frozen=True, slots=True)
class _Understood:
    """A question whose words and skill have been looked up; `seen`: which offers whoever asks may read."""

    query: SearchQuery
    words: tuple[str, ...]
    skill: Skill | None
    country: str
    corrections: tuple[tuple[str, str], ...]
    seen: Q


def find_offers(query: SearchQuery, *, viewpoint: Viewpoint, size: int = PAGE_SIZE) -> SearchAnswer:
    """Return one page of the offers (or needs) that answer `query`, as seen from `viewpoint`.

    Order: min(κ, 3), then distance (what is done remotely last in its class), then support, name, IRI. When
    nothing answers, one thing is relaxed at a time and `widening` says which. Trust removes nobody, unless
    `accepted_only` asks for it. Of more than 600 matches the nearest are ranked. What the viewpoint's member may
    not read leaves no trace: no hit, no count, no correction.
    """
    place = find_place(query.place) if query.lat is None or query.lon is None else PlaceAnswer(reason="empty")
    if place.reason in {"unknown", "ambiguous"}:
        return SearchAnswer([], 0, 1, 1, query, place, reason=_place_reason(place))
    asked = _understand(query, place, readable(viewpoint.member))
    found, capped, answered, widening = _found(asked)
    if not found:
        return SearchAnswer([], 0, 1, 1, asked.query, place, reason=_why_nothing(asked), corrections=asked.corrections)
    hits, total, page = _page(found, answered, viewpoint, size)
    return SearchAnswer(
        hits=hits,
        total=total,
        page=page,
        pages=max(1, -(-total // size)),
        query=replace(answered, page=page),
        place=place,
        widening=widening,
        reason="" if total else "nothing",
        facets=_facets(found),
        capped=capped,
        corrections=asked.corrections,
    )


def _place_reason(place: PlaceAnswer) -> Literal["unknown_place", "ambiguous_place"]:
    return "unknown_place" if place.reason == "unknown" else "ambiguous_place"


def _why_nothing(asked: _Understood) -> Literal["nothing", "empty_node"]:
    return "nothing" if Offer.objects.filter(live(now()), asked.seen).exists() else "empty_node"


# --- understanding --------------------------------------------------------------------------------------


def _understand(query: SearchQuery, place: PlaceAnswer, seen: Q) -> _Understood:
    """Look up the skill and the words. A skill that nobody knows is searched for as words."""
    skill = find_skill(query.skill) if query.skill else None
    text = query.text if skill or not query.skill else f"{query.text} {query.skill}"
    typed = words_of(text)[:MOST_WORDS]
    corrections = dict(corrections_of(typed, seen))
    words = tuple(dict.fromkeys(corrections.get(word, word) for word in typed))
    if place.place:
        query = replace(query, lat=place.place.lat, lon=place.place.lon)
    if skill:
        query = replace(query, skill=skill.slug)
    country = place.place.country if place.place else "FR"
    return _Understood(query, words, skill, country, tuple(corrections.items()), seen)


def _wanted(asked: _Understood, query: SearchQuery) -> Wanted:
    filters = [skill_term(query.skill)] if asked.skill else []
    filters += [price_term(query.price)] if query.price else []
    filters += [language_term(query.language)] if query.language else []
    words = () if query.any_word else asked.words
    return Wanted(
        at=now(),
        terms=tuple(dict.fromkeys([*words, *filters])),
        any_of=asked.words if query.any_word else (),
        purpose=query.purpose,
        kind=query.kind,
        opening=query.opening,
        seen=asked.seen,
    )


def _found(asked: _Understood) -> tuple[list[Match], bool, SearchQuery, Widening | None]:
    """Return the matches, whether there are more, and the question that found them."""
    found, capped = _matches(asked, asked.query)
    if found:
        return found, capped, asked.query, None
    broader = asked.skill.broader.slug if asked.skill and asked.skill.broader else ""
    for wider, widening in widen(asked.query, broader=broader, words=len(asked.words)):
        found, capped = _matches(asked, wider)
        if found:
            return found, capped, wider, widening
    return [], False, asked.query, None


def _matches(asked: _Understood, query: SearchQuery) -> tuple[list[Match], bool]:
    around = None
    if query.lat is not None and query.lon is not None:
        around = Around(query.lat, query.lon, query.radius_km, asked.country)
    return find_matches(_wanted(asked, query), around)


# --- ranking ------------------------------------------------------------------------------------------


def _page(found: list[Match], query: SearchQuery, viewpoint: Viewpoint, size: int) -> tuple[list[OfferHit], int, int]:
    """Return the results of one page, how many matches there are, and which page it is."""
    enough = None if query.accepted_only else query.page * size
    ranked = _ranked(found, viewpoint, enough)
    if query.accepted_only:
        ranked = [(match, line) for match, line in ranked if line.accepted]
    total = len(ranked) if query.accepted_only else len(found)
    page = min(query.page, max(1, -(-total // size)))
    return _hits(ranked[(page - 1) * size : page * size]), total, page


def _ranked(found: list[Match], viewpoint: Viewpoint, enough: int | None) -> list[tuple[Match, TrustLine]]:
    """Return the matches in order, all of them or at least the first `enough`.

    Matches come nearest first; so once `enough` of the best class, not remote, have been seen, none that follows
    can come before them.
    """
    lines: dict[int, TrustLine] = {}
    for end in _stops(found):
        owners = {match.owner_id: Owner(match.owner_id, match.owner_uri) for match in found[:end]}
        new = [owner for key, owner in owners.items() if key not in lines]
        lines |= trust_lines(viewpoint, cast(list[Member], new))  # of a subject it reads the key and the uri
        seen = [(match, lines[match.owner_id]) for match in found[:end]]
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


def _hits(ranked: Iterable[tuple[Match, TrustLine]]) -> list[OfferHit]:
    pairs, at = list(ranked), now()
    offers = Offer.objects.select_related("owner", "skill").in_bulk([match.offer_id for match, _ in pairs])
    unsteady = unsteady_origins(at, {offer.owner.origin for offer in offers.values() if not offer.local})
    return [
        OfferHit(
            offer, offer.owner, match.distance_km, match.reach, line, freshness_of(offer, at=at, unsteady=unsteady)
        )
        for match, line in pairs
        if (offer := offers.get(match.offer_id))  # deleted since: a page one short, not an error
    ]


def _facets(found: list[Match]) -> dict[str, tuple[Facet, ...]]:
    """Count the price models and the skills of all the matches, for the filters beside the list."""
    skills = Skill.objects.in_bulk({match.skill_id for match in found if match.skill_id})
    named = [skills[match.skill_id] for match in found if match.skill_id in skills]
    labels = {skill.slug: skill_label(skill) for skill in named}
    return {
        "price": _counted(Counter(match.price for match in found), {}),
        "skill": _counted(Counter(skill.slug for skill in named), labels),
    }


def _counted(counts: Counter[str], labels: dict[str, str]) -> tuple[Facet, ...]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Facet(value, labels.get(value, value), count) for value, count in ordered[:MOST_FACETS])
