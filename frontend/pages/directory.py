"""Searching the directory: a list first, a map of the same numbers beside it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from frontend import search_sentences as sentences
from frontend import words
from frontend.doors import for_everybody, show
from frontend.freshness import freshness_line
from frontend.map import INSETS, LEAST_UNITS, MOST_UNITS, UNIT_M, Drawing, Spot, draw
from frontend.pages.anchors import spare_looker, viewpoint_of
from frontend.reasons import steps_of
from frontend.search_address import Asked, asked_of, chosen, facet_groups, link_of, read_query
from frontend.templatetags.ui import distance
from network.queries.search import SearchAnswer, find_offers
from network.queries.skills import find_skill, skill_label
from network.queries.towns import towns_within
from network.rules.places import bounding_box
from network.rules.ranking import Reach, by_provider
from network.rules.search import EVERYWHERE, SearchQuery

MOST_PINS = 15
MOST_TOWNS = 150  # to choose nine names from
RADII = (30, 50, 100, None)


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Answer a search. What a person typed never gives an error page: it gives a sentence."""
    spare_looker(request)
    query, clamped = read_query(request.GET)
    viewpoint = viewpoint_of(request)
    answer = find_offers(query, viewpoint=viewpoint)
    asked = asked_of(request.GET, query, answer)
    exact = bool(request.GET.get("exact")) and answer.widening is not None
    providers = [] if exact else _providers(answer, steps_of(viewpoint))
    skill = find_skill(answer.query.one_skill) if answer.query.one_skill else None
    context = {
        "asked": asked,
        "answer": answer,
        "providers": providers,
        "map": _map(answer, providers),
        "heading": heading(answer, skill),
        "viewpoint": viewpoint,
        "understood": sentences.understood(answer),
        "literal_link": link_of(request.GET, literal="1"),
        "widening": "" if exact else sentences.widening(answer),
        "exact_link": link_of(asked, exact="1"),
        "nothing": sentences.nothing(query, answer) if exact or answer.reason == "nothing" else "",
        "wider": _wider(asked, query, answer) if exact or 0 <= answer.total <= 2 else [],
        "others": _others(asked, answer),
        "clamped": clamped,
        "filters": facet_groups(answer),
        "radii": _radii(query),
        "filters_open": query.radius_km != RADII[0] or bool(chosen(query)) or query.accepted_only or query.faded,
        "rest": link_of(asked).removeprefix("?"),
        "feed": reverse("search_feed") + link_of(asked),
        "total": sentences.total(answer),
    }
    return for_everybody(request, show(request, "directory/results.html", context))


# --- the list -------------------------------------------------------------------------------------------------


def _providers(answer: SearchAnswer, steps: int) -> list[dict[str, Any]]:
    grouped = by_provider(answer.hits)
    return [_provider(place, owner, hits, steps) for place, (owner, hits) in enumerate(grouped, start=1)]


def _provider(place: int, owner: Any, hits: Sequence[Any], steps: int) -> dict[str, Any]:
    """Gather what one entry of the list says; the first of its hits is its best."""
    best = hits[0]
    facts = [words.place(owner), distance(best.distance_km), words.reach(best.reach), words.because(best, steps)]
    return {
        "number": place,
        "owner": owner,
        "facts": " · ".join(fact for fact in facts if fact),
        "path": words.path_words(best.trust.paths[0]) if best.trust.paths else "",
        "near": best.reach != Reach.REMOTE,
        "offers": [hit.offer for hit in hits],
        "fresh": freshness_line(best.freshness),
    }


# --- what stands above the list ---------------------------------------------------------------------------------


def heading(answer: SearchAnswer, skill: Any) -> str:
    if answer.place.place and skill:
        said = words.of_place(answer.place.place.label) | {"skill": skill_label(skill)}
        return _("%(skill)s près %(of_place)s") % said
    if answer.place.place:
        return _("Près %(of_place)s") % words.of_place(answer.place.place.label)
    return skill_label(skill) if skill else _("Annuaire")


def _wider(asked: Asked, query: SearchQuery, answer: SearchAnswer) -> list[dict[str, str]]:
    """Return links to wider circles, for whoever wants more."""
    if answer.place.place is None or query.radius_km is None:
        return []
    wider = [km for km in RADII if km is None or km > query.radius_km]
    return [
        {"url": link_of(asked, radius=str(km or EVERYWHERE)), "text": _radius_link(km)} for km in wider
    ]  # fmt: skip


def _radius_link(km: int | None) -> str:
    return _("Voir à %(km)s km") % {"km": km} if km else _("Chercher dans toute la France")


def _others(asked: Asked, answer: SearchAnswer) -> list[dict[str, str]]:
    return [{"url": link_of(asked, place=hit.label), "text": hit.label} for hit in answer.place.others]


# --- filters ----------------------------------------------------------------------------------------------------


def _radii(query: SearchQuery) -> list[dict[str, Any]]:
    """Return the radii to choose from, with the one that was asked for."""
    steps = RADII if query.radius_km in RADII else (query.radius_km, *RADII)
    return [{"value": str(km or EVERYWHERE), "label": _radius_label(km), "on": km == query.radius_km} for km in steps]


def _radius_label(km: int | None) -> str:
    return _("%(km)s km") % {"km": km} if km else _("toute la France")


# --- the map ----------------------------------------------------------------------------------------------------


def _map(answer: SearchAnswer, providers: Sequence[dict[str, Any]]) -> Drawing | None:
    results = [spot for provider in providers[:MOST_PINS] if (spot := _spot(provider))]
    place = _asked_spot(answer)
    if not results and place is None:
        return None
    return draw(place, results, _towns(place, results))


def _asked_spot(answer: SearchAnswer) -> Spot | None:
    """Return the place that was asked for; None without one, or for one of the few whose point nobody knows."""
    found = answer.place.place
    if found is None or found.lat is None or found.lon is None:
        return None
    return Spot(found.name, found.lat, found.lon, found.dept)


def _spot(provider: dict[str, Any]) -> Spot | None:
    """Return where a provider's mark goes: where the first of its offers is, else where it lives."""
    owner = provider["owner"]
    at = provider["offers"][0] if provider["offers"][0].lat is not None else owner
    if at.lat is None:
        return None
    label = ", ".join(part for part in (f"{provider['number']}. {owner.name}", at.place_name) if part)
    url = reverse("member", args=[owner.pk])
    return Spot(label, at.lat, at.lon, at.place_dept, provider["number"], url, near=provider["near"])


def _towns(place: Spot | None, results: Sequence[Spot]) -> list[Spot]:
    """Return the towns that may be named: around the place as far as the frame may go, or the large ones of France."""
    if place is None:
        box, least = bounding_box(46.6, 2.4, 560), 150_000
    else:
        reach = MOST_UNITS if len(results) > 1 else LEAST_UNITS
        box, least = bounding_box(place.lat, place.lon, reach * UNIT_M / 1000 * 0.75), 5_000
        least = least if place.dept in INSETS or reach == LEAST_UNITS else 15_000
    return [Spot(town.name, town.lat, town.lon, town.dept) for town in towns_within(box, least=least, most=MOST_TOWNS)]
