"""Events under /api/v1/events: the agenda for everybody, one's own events for members with a session.

The same queries and actions as the pages; refusals are problem documents (`api_problems.py`).
"""

from dataclasses import fields, replace
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from network.actions.event_dates import add_date, cancel_date, change_date, restore_date
from network.actions.events import cancel_event, edit_event, publish_event, restore_event, withdraw_event
from network.api import PROBLEMS, Door, ReadAll, _place
from network.api_schema import FoundPlaceOut, MemberOut, PlaceOut, ProblemOut
from network.api_shapes import found_place_json, member_json, place_json
from network.models import Event, EventDate, EventKind, EventPrice, EventReaders, EventState, RhythmKind
from network.queries.event_cards import state_of
from network.queries.events import AgendaAnswer, EventPage, agenda, date_draft_of, draft_of, event_page
from network.rules.events import ACCESSIBILITY, AgendaQuery, DateDraft, EventDraft, VenueDraft
from network.rules.markdown import to_html
from network.rules.search import read_page, read_radius

__all__ = ["EventDateDetail", "EventDates", "EventDetail", "Events", "EventsGeo"]

Json = dict[str, Any]
DRAFT_FIELDS = frozenset(field.name for field in fields(EventDraft))
GEO = "application/geo+json"


# --- shapes ------------------------------------------------------------------------------------------------


class VenueIn(serializers.Serializer[Any]):
    place = serializers.CharField(help_text="commune or postcode, or a label from /places")
    venue = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="a public place there")


class EventIn(serializers.Serializer[Any]):
    """What a member writes. Several venues come in turn, date after date."""

    title = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(EventKind.choices)
    first_on = serializers.DateField()
    starts = serializers.TimeField()
    ends = serializers.TimeField(help_text="not after `starts`: on the next day")
    rhythm = serializers.ChoiceField(RhythmKind.choices, required=False)
    until_on = serializers.DateField(required=False, allow_null=True)
    listed = serializers.ListField(child=serializers.DateField(), required=False, max_length=60)
    venues = VenueIn(many=True, required=False)
    zone = serializers.CharField(required=False, allow_blank=True, max_length=60, help_text="IANA; else of the place")
    description = serializers.CharField(required=False, allow_blank=True, max_length=10_000, help_text="Markdown")
    online = serializers.CharField(required=False, allow_blank=True, max_length=500)
    price = serializers.ChoiceField(EventPrice.choices, required=False)
    amount_cents = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    currency = serializers.CharField(required=False, max_length=3)
    accessibility = serializers.ListField(child=serializers.ChoiceField(ACCESSIBILITY), required=False)
    languages = serializers.ListField(child=serializers.CharField(max_length=35), required=False, max_length=20)
    capacity = serializers.CharField(required=False, allow_blank=True, max_length=200)
    registration = serializers.CharField(required=False, allow_blank=True, max_length=200)
    registration_link = serializers.CharField(required=False, allow_blank=True, max_length=500)
    state = serializers.ChoiceField(["confirmed", "tentative", "cancelled"], required=False)
    visibility = serializers.ChoiceField(EventReaders.choices, required=False)
    partners = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=20)


class DateIn(serializers.Serializer[Any]):
    """One date set by hand; `cancelled` alone cancels it, or takes that back."""

    on = serializers.DateField(required=False)
    starts = serializers.TimeField(required=False)
    ends = serializers.TimeField(required=False)
    venue = VenueIn(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)
    cancelled = serializers.BooleanField(required=False)


class DateOut(serializers.Serializer[Any]):
    slot = serializers.DateField(help_text="its name within the event, for good")
    uri = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    place = PlaceOut(allow_null=True)
    venue = serializers.CharField()
    note = serializers.CharField()
    state = serializers.CharField(help_text=", ".join(EventState.values))


class EventOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    uri = serializers.CharField()
    url = serializers.CharField()
    kind = serializers.CharField(help_text=", ".join(EventKind.values))
    title = serializers.CharField()
    description_html = serializers.CharField()
    zone = serializers.CharField(help_text="IANA")
    online = serializers.CharField()
    price = serializers.CharField(help_text=", ".join(EventPrice.values))
    amount_cents = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    accessibility = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    capacity = serializers.CharField()
    registration = serializers.CharField()
    registration_link = serializers.CharField()
    state = serializers.CharField(help_text=", ".join(EventState.values))
    visibility = serializers.CharField(help_text=", ".join(EventReaders.values))
    organiser = MemberOut()


class EventDetailOut(EventOut):
    partners = MemberOut(many=True)
    dates = DateOut(many=True, help_text="to come, the next first")
    past = DateOut(many=True, help_text="over, the last first")


class AgendaHitOut(DateOut):
    distance_km = serializers.FloatField(allow_null=True)
    event = EventOut()


class AgendaOut(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True, help_text="nothing, empty, unknown_place, ambiguous_place")
    radius_km = serializers.IntegerField(allow_null=True, help_text="as answered; null: anywhere")
    widened_from_km = serializers.IntegerField(allow_null=True)
    place = FoundPlaceOut(allow_null=True)
    other_places = FoundPlaceOut(many=True)
    results = AgendaHitOut(many=True)


class FeaturesOut(serializers.Serializer[Any]):
    type = serializers.CharField(help_text="FeatureCollection")
    features = serializers.ListField(child=serializers.DictField(), help_text="longitude first; a date each")


def date_json(row: EventDate) -> Json:
    return {
        "slot": row.slot, "uri": row.uri, "starts_at": row.starts_at, "ends_at": row.ends_at, "place": place_json(row),
        "venue": row.venue, "note": row.note, "state": state_of(row),
    }  # fmt: skip


def event_json(event: Event) -> Json:
    """One event with its organiser; HTML is always safe to show."""
    return {
        "id": event.pk, "uri": event.uri, "url": f"{settings.ORIGIN}/evenements/{event.pk}", "kind": event.kind,
        "title": event.title,
        "description_html": to_html(event.description) if event.local else event.description,
        "zone": event.zone, "online": event.online, "price": event.price, "amount_cents": event.amount_cents,
        "currency": event.currency if event.amount_cents is not None else None, "accessibility": event.accessibility,
        "languages": event.languages, "capacity": event.capacity, "registration": event.registration,
        "registration_link": event.registration_link, "state": event.state, "visibility": event.visibility,
        "organiser": member_json(event.organiser),
    }  # fmt: skip


def page_json(page: EventPage) -> Json:
    return event_json(page.event) | {
        "partners": [member_json(member) for member in page.partners],
        "dates": [date_json(row) for row in page.coming],
        "past": [date_json(row) for row in page.past],
    }


def agenda_json(answer: AgendaAnswer) -> Json:
    place = answer.place
    return {
        "total": answer.total, "page": answer.page, "pages": answer.pages, "reason": answer.reason or None,
        "radius_km": answer.query.radius_km, "widened_from_km": answer.widened_from,
        "place": found_place_json(place.place) if place.place else None,
        "other_places": [found_place_json(other) for other in place.others],
        "results": [
            date_json(hit.date) | {
                "distance_km": None if hit.distance_km is None else round(hit.distance_km, 1),
                "event": event_json(hit.event),
            }
            for hit in answer.hits
        ],
    }  # fmt: skip


def geojson(answer: AgendaAnswer) -> Json:
    """The same page as a FeatureCollection (RFC 7946): longitude first, null for what has no point."""
    return {"type": "FeatureCollection", "features": [_feature(hit.date) for hit in answer.hits]}


def _feature(row: EventDate) -> Json:
    point = None if row.lat is None or row.lon is None else {"type": "Point", "coordinates": [row.lon, row.lat]}
    event = row.event
    told = {name: value for name, value in date_json(row).items() if name != "place"}
    told |= {"title": event.title, "kind": event.kind, "organiser": event.organiser.name, "place": row.place_name}
    told |= {"url": f"{settings.ORIGIN}/evenements/{event.pk}"}
    return {"type": "Feature", "id": row.uri, "geometry": point, "properties": told}


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

    @extend_schema(operation_id="list_events", parameters=PARAMETERS, responses=AgendaOut)
    def get(self, request: Request) -> Response:
        """List what takes place from now on, near a place if one is given, in the order of time."""
        return Response(agenda_json(agenda(read_query(request), reader=self.looker())))

    @extend_schema(operation_id="publish_event", request=EventIn, responses={201: EventDetailOut} | PROBLEMS)
    def post(self, request: Request) -> Response:
        """Publish an event of one's own with its dates."""
        actor, given = self.actor(), _given(request, partial=False)
        made = publish_event(actor=actor, draft=EventDraft(**given))
        shown = page_json(event_page(made.pk, viewer=actor))
        return Response(shown, status=201, headers={"Location": f"/api/v1/events/{made.pk}"})


class EventsGeo(Door):
    """The agenda as GeoJSON."""

    @extend_schema(operation_id="map_events", parameters=PARAMETERS, responses=FeaturesOut)
    def get(self, request: Request) -> Response:
        """List the same dates as a FeatureCollection (RFC 7946)."""
        return Response(geojson(agenda(read_query(request), reader=self.looker())), content_type=GEO)


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
