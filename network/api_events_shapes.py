"""The shapes of events in the API: what may be written, what answers look like, as serializers and as plain values."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from network.api_schema import FoundPlaceOut, MemberOut, PlaceOut
from network.api_shapes import found_place_json, member_json, place_json
from network.models import Event, EventDate, EventKind, EventPrice, EventReaders, EventState, RhythmKind
from network.queries.event_cards import state_of
from network.queries.events import AgendaAnswer, EventPage
from network.rules.events import ACCESSIBILITY
from network.rules.markdown import to_html

Json = dict[str, Any]


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
