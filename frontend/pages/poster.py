"""An A4 poster for a town: the nearest providers, and a QR code that leads to the same search."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from frontend import words
from frontend.doors import show, spare_visitor
from frontend.qr import qr_code
from frontend.search_address import asked_of, link_of, read_query
from frontend.templatetags.ui import distance
from network.clock import now
from network.queries.search import SearchAnswer, find_offers
from network.queries.skills import find_skill, skill_label
from network.queries.trust import viewpoint_for
from network.rules.ranking import by_provider

NEAREST, OFFERS = 5, 2
DOT = 4  # pixels a module of the code: a millimetre on paper


@require_safe
def poster(request: HttpRequest) -> HttpResponse:
    """Show the poster of a search, as a visitor sees it; without a place, ask for one."""
    spare_visitor(request)
    query, _clamped = read_query(request.GET)
    answer = find_offers(query, viewpoint=viewpoint_for(member=None))
    asked = asked_of(request.GET, query, answer)
    skill = find_skill(query.skill[0]) if query.skill else None
    address = f"{settings.ORIGIN}{reverse('search')}{link_of(asked)}"
    place = answer.place.place
    context = {
        "asked": asked, "place": place, "others": answer.place.others, "providers": nearest(answer),
        "heading": _heading(place, skill_label(skill) if skill else asked["q"]) if place else "",
        "at": now(), "address": address,
        "code": qr_code(address, DOT) if place else "",
        "query": link_of(asked).removeprefix("?"),
    }  # fmt: skip
    return show(request, "exports/poster.html", context)


def _heading(place: Any, what: str) -> str:
    said = words.of_place(place.name) | {"skill": what}
    return _("%(skill)s près %(of_place)s") % said if what else _("Près %(of_place)s") % said


def nearest(answer: SearchAnswer) -> list[dict[str, Any]]:
    """Return the nearest providers of an answer, by distance alone; those whose distance nobody knows come last.

    Unclaimed entries are left out: nobody here answers for them.
    """
    grouped: list[tuple[Any, list[Any]]] = by_provider(answer.hits)  # type: ignore[assignment]
    known = [pair for pair in grouped if not pair[0].unclaimed]
    ordered = sorted(known, key=lambda pair: min(map(_distance, pair[1])))
    return [
        {
            "owner": owner,
            "place": words.place(owner),
            "distance": distance(hits[0].distance_km),
            "offers": [hit.offer for hit in hits[:OFFERS]],
        }
        for owner, hits in ordered[:NEAREST]
    ]


def _distance(hit: Any) -> float:
    return float("inf") if hit.distance_km is None else float(hit.distance_km)
