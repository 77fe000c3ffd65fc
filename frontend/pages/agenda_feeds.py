"""The agenda for programs: iCalendar and Atom with the filters of the page, one event's calendar, its JSON-LD.

Feeds hold what is for everybody, whoever asks: a calendar program has no session. Nobody who asks is noted.
"""

import json
from html import escape, unescape
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from frontend import event_words, words
from frontend.context import me
from frontend.doors import private
from frontend.pages.agenda import read_agenda
from network.formats.ical import MEDIA_TYPE, CalendarEntry, written
from network.formats.schema_event import event_document
from network.queries.event_cards import card_of
from network.queries.events import AgendaAnswer, agenda, event_page, postcode_of
from network.queries.members import this_node
from network.rules.markdown import plain_text
from network.search_rates import spare

FEED_MOST = 200  # dates in a feed
FRESH_SECONDS = 600


def entry_of(row: Any) -> CalendarEntry:
    """Return one date with what is said of it in words, for a calendar."""
    card = card_of(row)
    event = row.event
    lines = [
        row.note,
        unescape(plain_text(card.html)),
        _line(_("Prix"), event_words.price(event)),
        _line(_("Accès"), event_words.access(event.accessibility)),
        _line(_("Places"), event.capacity),
        _line(_("Inscription"), " ".join(part for part in (event.registration, event.registration_link) if part)),
        _line(_("En ligne"), event.online),
        card.page,
    ]
    return CalendarEntry(card, "\n\n".join(line for line in lines if line), event_words.kind(event.kind))


def _line(name: str, text: str) -> str:
    return f"{name}\u202f: {text}" if text else ""


def _calendar(rows: list[Any], *, name: str, file: str) -> HttpResponse:
    answer = HttpResponse(written(map(entry_of, rows), name=name), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _open(answer: HttpResponse) -> HttpResponse:
    patch_cache_control(answer, public=True, max_age=FRESH_SECONDS)
    return answer


def _asked(request: HttpRequest) -> AgendaAnswer:
    spare(request.META, "agenda")
    query, _clamped = read_agenda(request.GET)
    return agenda(query, reader=None, widen=False, size=FEED_MOST)


@require_safe
def agenda_ics(request: HttpRequest) -> HttpResponse:
    """The agenda as a calendar to subscribe to: what takes place from now on, with the same filters."""
    rows = [hit.date for hit in _asked(request).hits]
    return _open(_calendar(rows, name=_title(request), file="agenda.ics"))


def _title(request: HttpRequest) -> str:
    node, place = this_node(), request.GET.get("place", "").strip()[:120]
    title = _("Agenda de %(node)s") % {"node": node.name if node else "Toile"}
    return f"{title} · {place}" if place else title


@require_safe
def event_ics(request: HttpRequest, pk: int) -> HttpResponse:
    """All dates of one event as a calendar, those of a past month included."""
    found = event_page(pk, viewer=me(request))
    rows = [*reversed(found.past[:31]), *found.coming]
    answer = _calendar(rows, name=found.event.title, file=f"rendez-vous-{pk}.ics")
    return _open(answer) if found.event.visibility == "public" else private(answer)  # type: ignore[return-value]


# --- Atom ----------------------------------------------------------------------------------------------------


class PlacedFeed(Atom1Feed):
    """Atom with the point of each entry (GeoRSS) and the hour at which it begins, in its words."""

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:georss": "http://www.georss.org/georss"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item.get("point"):
            handler.addQuickElement("georss:point", item["point"])


@require_safe
def agenda_atom(request: HttpRequest) -> HttpResponse:
    """The agenda as a feed: one entry a date, updated when the date changes."""
    rows = [hit.date for hit in _asked(request).hits]
    feed = PlacedFeed(
        title=_title(request), link=settings.ORIGIN + reverse("agenda"), description="",
        feed_url=settings.ORIGIN + request.get_full_path(), language=get_language() or "fr",
        feed_guid=settings.ORIGIN + request.get_full_path(),
    )  # fmt: skip
    for row in sorted(rows, key=lambda row: (row.updated_at, row.pk), reverse=True):
        feed.add_item(**_item(row))
    answer = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    return _open(answer)


def _item(row: Any) -> dict[str, Any]:
    card, event = card_of(row), row.event
    said = [event_words.moment(row), event_words.where(row), event_words.price(event), row.note]
    text = words.safe_text(event.description, local=event.local)
    cancelled = _("Annulé : %(title)s") % {"title": event.title}
    return {
        "title": cancelled if card.state == "cancelled" else event.title,
        "link": f"{card.page}#d{row.slot}",
        "description": f"<p>{escape(' · '.join(part for part in said if part))}</p>{text}",
        "unique_id": row.uri,
        "author_name": event.organiser.name,
        "pubdate": event.published_at,
        "updateddate": card.updated_at,
        "categories": [event_words.kind(event.kind)],
        "point": f"{row.lat} {row.lon}" if row.lat is not None else "",
    }


# --- JSON-LD -------------------------------------------------------------------------------------------------


def data_of(rows: list[Any]) -> SafeString:
    """Return dates as schema.org data for a page: JSON in which nothing can end the element around it."""
    documents = [event_document(card_of(row, postcode=postcode_of(row.place_code))) for row in rows]
    text = json.dumps(documents[0] if len(documents) == 1 else documents, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(text)  # noqa: S308 - escaped above
