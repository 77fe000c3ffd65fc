"""Searching the directory: a list first, a map of the same numbers beside it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from frontend import words
from frontend.doors import show
from frontend.map import INSETS, LEAST_UNITS, MOST_UNITS, UNIT_M, Drawing, Spot, draw
from frontend.pages.anchors import viewpoint_of
from frontend.templatetags.ui import day, distance, number
from network.queries.search import SearchAnswer, find_offers
from network.queries.skills import find_skill, skill_label, skill_tree
from network.queries.towns import towns_within
from network.rules.places import bounding_box
from network.rules.ranking import Reach, by_provider
from network.rules.search import EVERYWHERE, SearchQuery, read_page, read_radius

MOST_PINS = 15
PARAMETERS = ("q", "skill", "place", "radius", "purpose", "kind", "price", "language", "opening", "accepted", "exact")
RADII = (30, 50, 100, None)
FOLDED = ("purpose", "price", "opening", "accepted")  # filters that open the fold when one is set


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Answer a search. What a person typed never gives an error page: it gives a sentence."""
    asked = {name: request.GET.get(name, "").strip()[:200] for name in PARAMETERS}
    query, clamped = read_query(request.GET)
    viewpoint = viewpoint_of(request)
    answer = find_offers(query, viewpoint=viewpoint)
    exact = bool(asked["exact"]) and answer.widening is not None
    providers = [] if exact else _providers(answer)
    skill = find_skill(asked["skill"]) if asked["skill"] else None
    context = {
        "asked": asked,
        "answer": answer,
        "providers": providers,
        "map": _map(answer, providers),
        "heading": _heading(answer, skill),
        "skill": skill_label(skill) if skill else "",
        "skill_asked": asked["skill"],
        "viewpoint": viewpoint,
        "widening": "" if exact else _widening(answer, query),
        "exact_link": _link(asked, exact="1"),
        "nothing": _nothing(query, answer) if exact or answer.reason == "nothing" else "",
        "wider": _wider(asked, query, answer) if exact or 0 <= answer.total <= 2 else [],
        "others": _others(asked, answer),
        "clamped": clamped,
        "filters": True,
        "filters_open": query.radius_km != RADII[0] or any(asked[name] for name in FOLDED),
        "choices": _choices(asked, query, answer),
        "skill_links": _skill_links(asked, answer),
        "rest": _link(asked).removeprefix("?"),
        "total": _total(answer),
    }
    return show(request, "directory/results.html", context)


def read_query(given: QueryDict) -> tuple[SearchQuery, bool]:
    """Read the question out of an address; also whether a figure had to be brought within bounds."""
    radius, note = read_radius(given.get("radius"))
    query = SearchQuery(
        text=given.get("q", "").strip()[:200],
        skill=given.get("skill", "").strip()[:120],
        place=given.get("place", "").strip()[:120],
        radius_km=radius,
        purpose="request" if given.get("purpose") == "request" else "offer",
        kind=_known(given.get("kind"), words.KINDS),
        price=_known(given.get("price"), words.PRICES),
        language=given.get("language", "")[:20],
        opening=_known(given.get("opening"), words.OPENINGS),
        accepted_only=bool(given.get("accepted")),
        page=read_page(given.get("page")),
    )
    return query, note == "clamped"


def _known(value: str | None, among: Any) -> str:
    return value if value in among else ""  # type: ignore[return-value]


def _link(asked: dict[str, str], **changes: str) -> str:
    """Return the same question with some parts changed, as a query string; empty parts are left out."""
    parts = {name: value for name, value in (asked | changes).items() if value}
    if "exact" not in changes:
        parts.pop("exact", None)
    return "?" + urlencode(parts)


# --- the list -------------------------------------------------------------------------------------------------


def _providers(answer: SearchAnswer) -> list[dict[str, Any]]:
    grouped = by_provider(answer.hits)
    return [_provider(place, owner, hits) for place, (owner, hits) in enumerate(grouped, start=1)]


def _provider(place: int, owner: Any, hits: Sequence[Any]) -> dict[str, Any]:
    """Gather what one entry of the list says; the first of its hits is its best."""
    best = hits[0]
    facts = [words.place(owner), distance(best.distance_km), words.reach(best.reach), words.because(best)]
    return {
        "number": place,
        "owner": owner,
        "facts": " · ".join(fact for fact in facts if fact),
        "path": words.path_words(best.trust.paths[0]) if best.trust.paths else "",
        "near": best.reach != Reach.REMOTE,
        "offers": [hit.offer for hit in hits],
        "fresh": _freshness(best),
    }


def _freshness(hit: Any) -> str:
    parts = [] if hit.owner.unclaimed else [_("confirmé le %(day)s") % {"day": day(hit.freshness.renewed_at)}]
    if hit.freshness.source_origin:
        said = {"day": day(hit.freshness.heard_at), "node": words.host(hit.freshness.source_origin)}
        parts.append(_("reçu le %(day)s de %(node)s") % said)
    parts.append(words.freshness(hit.freshness))
    return " · ".join(part for part in parts if part)


# --- sentences ------------------------------------------------------------------------------------------------


def _heading(answer: SearchAnswer, skill: Any) -> str:
    if answer.place.place and skill:
        said = words.of_place(answer.place.place.label) | {"skill": skill_label(skill)}
        return _("%(skill)s près %(of_place)s") % said
    if answer.place.place:
        return _("Près %(of_place)s") % words.of_place(answer.place.place.label)
    return skill_label(skill) if skill else _("Annuaire")


def _total(answer: SearchAnswer) -> str:
    found = {"count": number(answer.total)}
    if answer.query.purpose == "request":
        return ngettext("%(count)s demande", "%(count)s demandes", answer.total) % found
    return ngettext("%(count)s offre", "%(count)s offres", answer.total) % found


def _widening(answer: SearchAnswer, asked: SearchQuery) -> str:
    """Say what was relaxed: « Rien à moins de 30 km de Liévin. Voici 4 réponses à moins de 50 km. »"""
    wider = answer.widening
    if wider is None:
        return ""
    said = {"from": number(wider.from_km), "to": number(wider.to_km), "count": number(answer.total)}
    said |= words.of_place(answer.place.place.name if answer.place.place else "")
    if wider.relaxed == "radius":
        return _radius_sentence(answer, wider, said)
    where = _("à moins de %(to)s km") % said if wider.to_km else _("dans toute la France")
    broader = find_skill(wider.skill) if wider.skill else None
    said |= {"where": where, "skill": skill_label(broader) if broader else ""}
    if wider.relaxed == "skill":
        text = ngettext(
            "Rien d’exactement cela. Voici %(count)s réponse pour « %(skill)s » %(where)s.",
            "Rien d’exactement cela. Voici %(count)s réponses pour « %(skill)s » %(where)s.",
            answer.total,
        )
    else:
        text = ngettext(
            "Rien avec tous ces mots. Voici %(count)s réponse avec l’un d’eux.",
            "Rien avec tous ces mots. Voici %(count)s réponses avec l’un d’eux.",
            answer.total,
        )
    return text % said


def _radius_sentence(answer: SearchAnswer, wider: Any, said: dict[str, Any]) -> str:
    if wider.to_km:
        text = ngettext(
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponse à moins de %(to)s km.",
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponses à moins de %(to)s km.",
            answer.total,
        )
    else:
        text = ngettext(
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponse dans toute la France.",
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s réponses dans toute la France.",
            answer.total,
        )
    return text % said


def _nothing(query: SearchQuery, answer: SearchAnswer) -> str:
    if answer.place.place and query.radius_km:
        said = words.of_place(answer.place.place.name) | {"km": number(query.radius_km)}
        return _("Personne ne propose encore cela à moins de %(km)s km %(of_place)s.") % said
    return _("Personne ne propose encore cela.")


def _wider(asked: dict[str, str], query: SearchQuery, answer: SearchAnswer) -> list[dict[str, str]]:
    """Return links to wider circles, for whoever wants more."""
    if answer.place.place is None or query.radius_km is None:
        return []
    wider = [km for km in RADII if km is None or km > query.radius_km]
    return [
        {"url": _link(asked, radius=str(km or EVERYWHERE)), "text": _radius_link(km)} for km in wider
    ]  # fmt: skip


def _radius_link(km: int | None) -> str:
    return _("Voir à %(km)s km") % {"km": km} if km else _("Chercher dans toute la France")


def _others(asked: dict[str, str], answer: SearchAnswer) -> list[dict[str, str]]:
    return [{"url": _link(asked, place=hit.label), "text": hit.label} for hit in answer.place.others]


# --- filters ----------------------------------------------------------------------------------------------------


def _choices(asked: dict[str, str], query: SearchQuery, answer: SearchAnswer) -> dict[str, list[dict[str, Any]]]:
    """Return what the folded filters offer; prices with the number of results."""
    counts = {facet.value: facet.count for facet in answer.facets.get("price", ())}
    steps = RADII if query.radius_km in RADII else (query.radius_km, *RADII)
    radii = [{"value": str(km or EVERYWHERE), "label": _radius_label(km), "on": km == query.radius_km} for km in steps]
    prices = [
        {
            "value": value,
            "label": f"{label} ({counts[value]})" if value in counts else label,
            "on": value == query.price,
        }
        for value, label in words.PRICES.items()
        if value in counts or value == query.price
    ]
    return {"radius": radii, "price": prices}


def _radius_label(km: int | None) -> str:
    return _("%(km)s km") % {"km": km} if km else _("toute la France")


def _skill_links(asked: dict[str, str], answer: SearchAnswer) -> list[dict[str, str]]:
    facets = [facet for facet in answer.facets.get("skill", ()) if facet.value != asked["skill"]]
    return [{"url": _link(asked, skill=f.value), "text": f"{f.label} ({f.count})"} for f in facets[:4]]


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
    return [Spot(town.name, town.lat, town.lon, town.dept) for town in towns_within(box, least=least, most=400)]


@require_GET
def skills(request: HttpRequest) -> HttpResponse:
    """Show the tree of skills: each leads to whoever offers it."""
    return show(request, "directory/skills.html", {"tree": skill_tree()})
