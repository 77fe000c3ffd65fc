"""The agenda: what takes place from now on, near a place; a list by month, and a map of the same numbers."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from frontend import event_words, words
from frontend.context import me
from frontend.doors import show, spare_visitor
from frontend.event_map import map_of, spot_of
from frontend.map import Drawing
from frontend.templatetags.ui import distance, number
from network.queries.event_cards import state_of
from network.queries.events import AgendaAnswer, EventHit, agenda
from network.rules.events import ACCESSIBILITY, AgendaQuery
from network.rules.search import EVERYWHERE, PAGE_SIZE, next_radii, read_page, read_radius

MOST_PINS = 10
RADII = (30, 50, 100, None)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the agenda. What a person typed never gives an error page: it gives a sentence."""
    spare_visitor(request, "agenda")
    query, clamped = read_agenda(request.GET)
    answer = agenda(query, reader=me(request), widen="exact" not in request.GET)
    entries = [_entry(place, hit) for place, hit in enumerate(answer.hits, start=(answer.page - 1) * PAGE_SIZE + 1)]
    rest = _link(query)
    context = {
        "query": query,
        "answer": answer,
        "heading": _heading(answer),
        "months": _by_month(entries),
        "map": _map(answer, entries),
        "total": ngettext("%(count)s date", "%(count)s dates", answer.total) % {"count": number(answer.total)},
        "widened": _widened(answer),
        "exact_link": f"?{rest}&exact=1",
        "nothing": _nothing(answer, query),
        "wider": _wider(query, answer),
        "others": [{"url": f"?{_link(query, place=hit.label)}", "text": hit.label} for hit in answer.place.others],
        "clamped": clamped,
        "choices": _choices(query),
        "filters_open": bool(query.accessibility) or query.radius_km != RADII[0],
        "rest": rest,
    }
    return show(request, "agenda/agenda.html", context)


def read_agenda(given: QueryDict) -> tuple[AgendaQuery, bool]:
    """Read the question out of an address; also whether the radius had to be brought within bounds."""
    radius, note = read_radius(given.get("radius"))
    kind = given.get("kind", "")
    query = AgendaQuery(
        place=given.get("place", "").strip()[:120],
        radius_km=radius,
        kind=kind if kind in event_words.KINDS else "",
        accessibility=tuple(word for word in ACCESSIBILITY if word in given.getlist("access")),
        page=read_page(given.get("page")),
    )
    return query, note == "clamped"


def _link(query: AgendaQuery, **changes: str) -> str:
    """Return the same question as a query string, without its page; `changes` replace parts of it."""
    radius = "" if query.radius_km == RADII[0] else str(query.radius_km or EVERYWHERE)
    parts = {"place": query.place, "radius": radius, "kind": query.kind} | changes
    pairs = [(name, value) for name, value in parts.items() if value]
    return urlencode([*pairs, *(("access", word) for word in query.accessibility)])


# --- the list ------------------------------------------------------------------------------------------------


def _entry(place: int, hit: EventHit) -> dict[str, Any]:
    row, event = hit.date, hit.event
    said = [event_words.kind(event.kind), event_words.where(row), distance(hit.distance_km), event.organiser.name]
    said.append(event_words.access(event.accessibility))
    return {
        "number": place,
        "row": row,
        "event": event,
        "when": event_words.moment(row),
        "facts": " · ".join(part for part in said if part),
        "state": state_of(row),
        "url": reverse("event", args=[event.pk]),
    }


def _by_month(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Part the entries by the month in which they begin: « mars 2027 »."""

    def month(entry: dict[str, Any]) -> str:
        return event_words.month(entry["row"])

    found = []
    for name, group in groupby(entries, key=month):
        inside = list(group)
        found.append({"name": name, "entries": inside, "start": inside[0]["number"]})
    return found


def _map(answer: AgendaAnswer, entries: list[dict[str, Any]]) -> Drawing | None:
    spots = [
        spot_of(e["row"], e["number"], e["url"], f"{e['event'].title}, {e['row'].place_name}")
        for e in entries[:MOST_PINS]
    ]
    return map_of([spot for spot in spots if spot], answer.place.place) if entries else None


# --- sentences -----------------------------------------------------------------------------------------------


def _heading(answer: AgendaAnswer) -> str:
    if answer.place.place:
        return _("Agenda près %(of_place)s") % words.of_place(answer.place.place.label)
    return _("Agenda")


def _widened(answer: AgendaAnswer) -> str:
    """Say that the circle grew: « Rien à moins de 30 km de Liévin. Voici 4 dates à moins de 50 km. »"""
    if answer.widened_from is None or answer.place.place is None:
        return ""
    said: dict[str, Any] = {"from": number(answer.widened_from), "count": number(answer.total)}
    said |= words.of_place(answer.place.place.name)
    if answer.query.radius_km:
        text = ngettext(
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s date à moins de %(to)s km.",
            "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s dates à moins de %(to)s km.",
            answer.total,
        )
        return text % (said | {"to": number(answer.query.radius_km)})
    text = ngettext(
        "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s date plus loin.",
        "Rien à moins de %(from)s km %(of_place)s. Voici %(count)s dates plus loin.",
        answer.total,
    )
    return text % said


def _nothing(answer: AgendaAnswer, query: AgendaQuery) -> str:
    if answer.reason == "empty":
        return _("L’agenda est vide pour l’instant.")
    if answer.reason != "nothing":
        return ""
    if answer.place.place and query.radius_km:
        said = words.of_place(answer.place.place.name) | {"km": number(query.radius_km)}
        return _("Rien n’est prévu à moins de %(km)s km %(of_place)s.") % said
    return _("Rien de tel n’est prévu.")


def _wider(query: AgendaQuery, answer: AgendaAnswer) -> list[dict[str, str]]:
    """Return links to more, for whoever finds little: wider circles, then everything."""
    if answer.total > 2 or answer.reason in {"empty", "unknown_place", "ambiguous_place"} or answer.widened_from:
        return []
    links = []
    if answer.place.place:
        for km in next_radii(query.radius_km):
            text = _("Voir à %(km)s km") % {"km": km} if km else _("Voir partout")
            links.append({"url": f"?{_link(query, radius=str(km or EVERYWHERE))}", "text": text})
    if query.kind or query.accessibility:
        links.append({"url": reverse("agenda"), "text": _("Voir tout l’agenda")})
    return links


def _choices(query: AgendaQuery) -> dict[str, list[dict[str, Any]]]:
    steps = RADII if query.radius_km in RADII else (query.radius_km, *RADII)
    return {
        "radius": [{"value": str(km or EVERYWHERE), "label": _radius(km), "on": km == query.radius_km} for km in steps],
        "kind": [{"value": v, "label": label, "on": v == query.kind} for v, label in event_words.KINDS.items()],
        "access": [
            {"value": v, "label": label, "on": v in query.accessibility} for v, label in event_words.ACCESS.items()
        ],
    }


def _radius(km: int | None) -> str:
    return _("%(km)s km") % {"km": km} if km else _("partout")
