"""Events under /api/v1/events: the agenda for everybody, one's own events for members with a session.

The same queries and actions as the pages; refusals are problem documents (`api_problems.py`).
"""

from dataclasses import fields, replace

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from network.actions.event_dates import add_date, cancel_date, change_date, restore_date
from network.actions.events import cancel_event, edit_event, publish_event, restore_event, withdraw_event
from network.api import PROBLEMS, Door, ReadAll, _place
from network.api_events_shapes import (
    AgendaOut,
    DateIn,
    DateOut,
    EventDetailOut,
    EventIn,
    FeaturesOut,
    Json,
    agenda_json,
    date_json,
    geojson,
    page_json,
)
from network.api_schema import ProblemOut
from network.models import EventKind, EventState
from network.queries.events import agenda, date_draft_of, draft_of, event_page
from network.rules.events import ACCESSIBILITY, AgendaQuery, DateDraft, EventDraft, VenueDraft
from network.rules.search import read_page, read_radius

__all__ = ["EventDateDetail", "EventDates", "EventDetail", "Events", "EventsGeo"]

DRAFT_FIELDS = frozenset(field.name for field in fields(EventDraft))
GEO = "application/geo+json"


# --- doors -------------------------------------------------------------------------------------------------

PARAMETERS = [
    OpenApiParameter("place", str, description="commune or postcode, or a label from /places"),
    OpenApiParameter("radius", str, description="km, 30 by default, 1 to 1000; or `france`: anywhere"),
    OpenApiParameter("kind", str, enum=EventKind.values),
    OpenApiParameter("access", str, enum=list(ACCESSIBILITY), many=True),
    OpenApiParameter("page", int),
]


class Events(Door):
    """The agenda, and publishing."""

    permission_classes = [ReadAll]

    @extend_schema(operation_id="list_events", parameters=PARAMETERS, responses={200: AgendaOut, 429: ProblemOut})
    def get(self, request: Request) -> Response:
        """List what takes place from now on, near a place if one is given, in the order of time."""
        return Response(agenda_json(agenda(read_query(request), reader=self.spared("agenda"))))

    @extend_schema(operation_id="publish_event", request=EventIn, responses={201: EventDetailOut} | PROBLEMS)
    def post(self, request: Request) -> Response:
        """Publish an event of one's own with its dates."""
        actor, given = self.actor(), _given(request, partial=False)
        made = publish_event(actor=actor, draft=EventDraft(**given))
        shown = page_json(event_page(made.pk, viewer=actor))
        return Response(shown, status=201, headers={"Location": f"/api/v1/events/{made.pk}"})


class EventsGeo(Door):
    """The agenda as GeoJSON."""

    @extend_schema(operation_id="map_events", parameters=PARAMETERS, responses={200: FeaturesOut, 429: ProblemOut})
    def get(self, request: Request) -> Response:
        """List the same dates as a FeatureCollection (RFC 7946)."""
        return Response(geojson(agenda(read_query(request), reader=self.spared("agenda"))), content_type=GEO)


class EventDetail(Door):
    """One event."""

    permission_classes = [ReadAll]

    @extend_schema(operation_id="read_event", responses={200: EventDetailOut, 404: ProblemOut})
    def get(self, request: Request, event_id: int) -> Response:
        """Read one event with its dates."""
        return Response(page_json(event_page(event_id, viewer=self.looker())))

    @extend_schema(operation_id="edit_event", request=EventIn, responses={200: EventDetailOut} | PROBLEMS)
    def patch(self, request: Request, event_id: int) -> Response:
        """Change one's own event; what is not given stays. `state` cancels all dates to come, or takes that back."""
        actor, given = self.actor(), _given(request, partial=True)
        state = given.pop("state", None)
        event = event_page(event_id, viewer=actor).event
        if given or state in {"tentative"}:
            more = {"state": state} if state and state != EventState.CANCELLED else {}
            edit_event(actor=actor, event_id=event_id, draft=replace(draft_of(event), **given, **more))
        if state == EventState.CANCELLED:
            cancel_event(actor=actor, event_id=event_id)
        elif state == EventState.CONFIRMED:
            restore_event(actor=actor, event_id=event_id)
        return Response(page_json(event_page(event_id, viewer=actor)))

    @extend_schema(operation_id="withdraw_event", responses={204: None} | PROBLEMS)
    def delete(self, request: Request, event_id: int) -> Response:
        """Take one's own event back with all its dates, for good."""
        withdraw_event(actor=self.actor(), event_id=event_id)
        return Response(status=204)


class EventDates(Door):
    """The dates of one's own event."""

    permission_classes = [ReadAll]

    @extend_schema(operation_id="add_event_date", request=DateIn, responses={201: DateOut} | PROBLEMS)
    def post(self, request: Request, event_id: int) -> Response:
        """Add a date outside the rhythm."""
        row = add_date(
            actor=self.actor(), event_id=event_id, draft=DateDraft(**_date_given(request, DateDraft(None, None, None)))
        )
        return Response(date_json(row), status=201)


class EventDateDetail(Door):
    """One date."""

    permission_classes = [ReadAll]

    @extend_schema(operation_id="change_event_date", request=DateIn, responses={200: DateOut} | PROBLEMS)
    def patch(self, request: Request, event_id: int, slot: str) -> Response:
        """Give one date other hours, another place, a word; or cancel it; what is not given stays."""
        actor, form = self.actor(), DateIn(data=request.data)
        form.is_valid(raise_exception=True)
        cancelled = form.validated_data.get("cancelled")
        if cancelled is True:
            note = form.validated_data.get("note", "")
            return Response(date_json(cancel_date(actor=actor, event_id=event_id, slot=slot, note=note)))
        if cancelled is False:
            restore_date(actor=actor, event_id=event_id, slot=slot)
        page = event_page(event_id, viewer=actor)
        held = next((row for row in page.coming if row.slot.isoformat() == slot), None)
        draft = date_draft_of(held) if held else DateDraft(None, None, None)
        changed = change_date(actor=actor, event_id=event_id, slot=slot, draft=DateDraft(**_date_given(request, draft)))
        return Response(date_json(changed))


# --- reading what was asked --------------------------------------------------------------------------------


def read_query(request: Request) -> AgendaQuery:
    """Return the question; never an error."""
    given = request.query_params
    kind = given.get("kind", "")
    return AgendaQuery(
        place=given.get("place", "").strip()[:120],
        radius_km=read_radius(given.get("radius"))[0],
        kind=kind if kind in EventKind.values else "",
        accessibility=tuple(word for word in ACCESSIBILITY if word in given.getlist("access")),
        page=read_page(given.get("page")),
    )


def _given(request: Request, *, partial: bool) -> Json:
    """Return what was given, as fields of a draft; places by name are looked up. Invalid for what is malformed."""
    form = EventIn(data=request.data, partial=partial)
    form.is_valid(raise_exception=True)
    given = {name: value for name, value in form.validated_data.items() if name in DRAFT_FIELDS}
    for name in ("listed", "accessibility", "languages", "partners"):
        if name in given:
            given[name] = tuple(given[name])
    if "venues" in given:
        given["venues"] = tuple(_venue(each) for each in given["venues"])
    return given


def _venue(given: Json) -> VenueDraft:
    return VenueDraft(_place(given["place"]), given.get("venue", ""))


def _date_given(request: Request, before: DateDraft) -> Json:
    form = DateIn(data=request.data)
    form.is_valid(raise_exception=True)
    given = dict(form.validated_data)
    venue = before.venue if "venue" not in given else _venue(given["venue"]) if given["venue"] else None
    kept = {name: given.get(name, getattr(before, name)) for name in ("on", "starts", "ends", "note")}
    return {**kept, "venue": venue}
