"""Reads about events: the agenda, one event with its dates, one's own; who may read which."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from network import clock, permissions
from network.errors import NotFound
from network.models import (
    Event,
    EventDate,
    EventReaders,
    EventState,
    Hidden,
    Member,
    Membership,
    MembershipState,
    Postcode,
)
from network.queries.hiding import event_hiding, not_hidden
from network.queries.moderators import Concealment, concealment
from network.queries.places import PlaceAnswer, PlaceHit, find_place
from network.queries.readers import BELONGING
from network.rules.events import AgendaQuery, DateDraft, EventDraft, VenueDraft
from network.rules.places import bounding_box, distance_km
from network.rules.search import PAGE_SIZE, next_radii

__all__ = [
    "AgendaAnswer", "EventHit", "EventPage", "agenda", "date_draft_of", "draft_of", "event_by_uri", "event_page",
    "may_edit", "next_dates_of", "next_near", "own_events", "postcode_of", "readable_dates", "readable_events",
    "shown_events", "venue_of",
]  # fmt: skip

MOST = 5_000  # dates looked through; beyond that the later ones are left out


# --- who may read what -------------------------------------------------------------------------------------


def readable_events(reader: Member | None) -> "QuerySet[Event]":
    """Events that `reader`, a local member who is logged in, or a visitor may read; withdrawn ones are nobody's."""
    seen = Q(visibility=EventReaders.PUBLIC)
    if reader is not None and reader.local and reader.gone_at is None:
        seen |= Q(organiser=reader) | Q(visibility=EventReaders.MEMBERS, local=True, organiser__in=_fellows(reader))
    return Event.objects.filter(seen, organiser__gone_at=None).exclude(state=EventState.WITHDRAWN)


def _fellows(reader: Member) -> "QuerySet[Any]":
    """Those whose events for members are for `reader`: who belongs to a collective of which `reader` is a member."""
    mine = Membership.objects.filter(member=reader, state=MembershipState.ACTIVE).values("collective")
    return Membership.objects.filter(state__in=BELONGING, collective__in=mine).values("member")


def shown_events(reader: Member | None) -> "QuerySet[Event]":
    """Those of them that lists show: neither hidden, but to their organiser, nor of a node blocked or departed."""
    shown = not_hidden("uri", "organiser__uri")
    if reader is not None:
        shown |= Q(organiser=reader)
    return readable_events(reader).filter(shown, organiser__muted=False)


def readable_dates(reader: Member | None) -> "QuerySet[EventDate]":
    """Dates of the events that lists show, with event and organiser at hand."""
    dates = EventDate.objects.filter(event__in=shown_events(reader)).exclude(state=EventState.WITHDRAWN)
    return dates.select_related("event__organiser")


def may_edit(member: Member | None, event: Event) -> bool:
    """Whether `member` organises this event of this node, alone or with others."""
    if not permissions.can_edit_profile(member) or member is None or not event.local:
        return False
    return event.organiser_id == member.pk or event.partners.filter(pk=member.pk).exists()


# --- one event ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EventPage:
    """One event with its dates: those to come, the next first, and those that are over, the last first.

    `concealed`: what hides its words from this viewer, if anything; `hidden`: the row that hides it, for those who see
    it nevertheless too."""

    event: Event
    coming: list[EventDate]
    past: list[EventDate]
    partners: list[Member]
    can_edit: bool
    concealed: Concealment | None = None
    hidden: Hidden | None = None


def event_page(pk: int, *, viewer: Member | None, concealed_too: bool = False) -> EventPage:
    """Return the page of event `pk`, if `viewer` may read it; NotFound("event_unknown") otherwise.

    A hidden one is NotFound("entry_hidden"), unless the caller shows no more of it than `concealed` says.
    """
    event = readable_events(viewer).filter(pk=pk).select_related("organiser").first()
    if event is None:
        raise NotFound("event_unknown")
    hidden, can_edit = event_hiding(event), may_edit(viewer, event)
    concealed = None if can_edit else concealment(event.organiser, hidden, viewer=viewer)
    if concealed and not concealed_too:
        raise NotFound("entry_hidden", reason=concealed.reason)
    now, standing = clock.now(), event.dates.exclude(state=EventState.WITHDRAWN)
    dates = list(standing.order_by("starts_at", "pk"))
    for each in dates:
        each.event = event
    partners = list(event.partners.filter(not_hidden("uri"), gone_at=None).order_by("name", "pk"))
    coming, past = [d for d in dates if d.ends_at > now], [d for d in reversed(dates) if d.ends_at <= now]
    return EventPage(event, coming, past, partners, can_edit, concealed, hidden)


def event_by_uri(uri: str) -> Event | None:
    """The event of any node known by `uri`, in whatever state."""
    return Event.objects.filter(uri=uri).select_related("organiser").first()


def own_events(member: Member) -> list[Event]:
    """Everything `member` organises and has not withdrawn, with its dates to come at hand as `coming`."""
    coming = EventDate.objects.filter(ends_at__gt=clock.now()).exclude(state=EventState.WITHDRAWN).order_by("starts_at")
    mine = Event.objects.filter(Q(organiser=member) | Q(partners=member), local=True).distinct()
    mine = mine.exclude(state=EventState.WITHDRAWN).prefetch_related(Prefetch("dates", coming, to_attr="coming"))
    return sorted(mine, key=lambda event: (not event.coming, event.coming[0].starts_at if event.coming else event.pk))  # type: ignore[attr-defined]


def next_dates_of(member: Member, *, reader: Member | None, most: int = 3) -> list[EventDate]:
    """The next dates that `member` organises and that take place, at most one an event."""
    mine = Q(event__organiser=member) | Q(event__partners=member)
    dates = _taking_place(readable_dates(reader)).filter(mine).distinct().order_by("starts_at", "pk")
    first: dict[int, EventDate] = {}
    for each in dates[:100]:
        first.setdefault(each.event_id, each)
    return list(first.values())[:most]


def next_near(at: Any = None, *, reader: Member | None) -> EventDate | None:  # noqa: ANN401
    """The next date that takes place: the nearest in time within 50 km of `at` (with lat, lon), else anywhere."""
    dates = _taking_place(readable_dates(reader)).order_by("starts_at", "pk")
    if at is not None and at.lat is not None:
        near = next(_within(dates[:200], at.lat, at.lon, 50), None)
        if near is not None:
            return near[0]
    return dates.first()


def _taking_place(dates: "QuerySet[EventDate]") -> "QuerySet[EventDate]":
    dates = dates.filter(ends_at__gt=clock.now()).exclude(state=EventState.CANCELLED)
    return dates.exclude(event__state=EventState.CANCELLED)


# --- the agenda --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventHit:
    """One date in the agenda. `distance_km` is None without a place asked for."""

    date: EventDate
    distance_km: float | None = None

    @property
    def event(self) -> Event:
        return self.date.event


@dataclass(frozen=True)
class AgendaAnswer:
    """A page of the agenda, in the order of time. `widened_from`: the radius asked for, when it gave nothing.

    `reason`: "" with hits; "unknown_place", "ambiguous_place", "nothing", or "empty" when nothing is planned at all.
    """

    query: AgendaQuery
    place: PlaceAnswer
    hits: list[EventHit] = field(default_factory=list)
    total: int = 0
    page: int = 1
    pages: int = 1
    widened_from: int | None = None
    reason: str = ""


def agenda(query: AgendaQuery, *, reader: Member | None, widen: bool = True, size: int = PAGE_SIZE) -> AgendaAnswer:
    """Return what takes place from now on, near the place asked for if one is, in the order of time.

    When nothing does, the radius grows step by step, and the answer says so. Cancelled dates are listed, marked.
    """
    place = find_place(query.place) if query.place else PlaceAnswer()
    if place.reason in {"unknown", "ambiguous"}:
        return AgendaAnswer(query, place, reason=f"{place.reason}_place")
    at = place.place
    found = list(_matching(query, at, reader))
    asked = query.radius_km if at else None
    if not found and widen:
        for km in next_radii(asked):
            query = replace(query, radius_km=km)
            found = list(_matching(query, at, reader))
            if found:
                break
    if not found:
        reason = "nothing" if _taking_place(readable_dates(reader)).exists() else "empty"
        return AgendaAnswer(replace(query, radius_km=asked), place, reason=reason)
    pages = -(-len(found) // size)
    page = min(max(query.page, 1), pages)
    hits = found[(page - 1) * size : page * size]
    return AgendaAnswer(query, place, hits, len(found), page, pages, asked if query.radius_km != asked and at else None)


def _matching(query: AgendaQuery, at: PlaceHit | None, reader: Member | None) -> Iterator[EventHit]:
    dates = readable_dates(reader).filter(ends_at__gt=clock.now()).order_by("starts_at", "pk")
    if query.kind:
        dates = dates.filter(event__kind=query.kind)
    if at is None or at.lat is None or at.lon is None:
        pairs: Iterator[tuple[EventDate, float | None]] = ((each, None) for each in dates[:MOST])
    elif query.radius_km is None:
        pairs = ((each, _distance(each, at.lat, at.lon)) for each in dates[:MOST])
    else:
        box = bounding_box(at.lat, at.lon, query.radius_km)
        inside = Q(lat__range=(box.south, box.north))
        if box.west <= box.east:
            inside &= Q(lon__range=(box.west, box.east))
        afar = Q(lat=None) if "remote" in query.accessibility else Q(pk=None)
        pairs = _within(dates.filter(inside | afar)[:MOST], at.lat, at.lon, query.radius_km)
    return (EventHit(each, km) for each, km in pairs if _serves(each.event, query.accessibility))


def _within(dates: Any, lat: float, lon: float, km: float) -> Iterator[tuple[EventDate, float | None]]:  # noqa: ANN401
    for each in dates:
        far = _distance(each, lat, lon)
        if far is None or far <= km:
            yield each, far


def _distance(each: EventDate, lat: float, lon: float) -> float | None:
    return None if each.lat is None or each.lon is None else distance_km(lat, lon, each.lat, each.lon)


def _serves(event: Event, wanted: tuple[str, ...]) -> bool:
    has = {*event.accessibility, *(["remote"] if event.online else [])}
    return set(wanted) <= has


# --- what forms begin with -----------------------------------------------------------------------------------


def venue_of(name: str, dept: str, code: str, lat: float | None, lon: float | None, venue: str) -> VenueDraft:
    """Return a place as an event keeps it, as a draft holds it."""
    label = f"{name} ({dept})" if dept else name
    return VenueDraft(SimpleNamespace(name=name, dept=dept, code=code, lat=lat, lon=lon, label=label), venue)


def draft_of(event: Event) -> EventDraft:
    """Return the draft that would publish a local event again, to fill the form."""
    return EventDraft(
        title=event.title, kind=event.kind, first_on=event.first_on, starts=event.starts, ends=event.ends,
        rhythm=event.rhythm, until_on=event.until_on, listed=tuple(date.fromisoformat(day) for day in event.listed),
        venues=tuple(venue_of(**place) for place in event.places), zone=event.zone, description=event.description,
        online=event.online, price=event.price, amount_cents=event.amount_cents, currency=event.currency,
        accessibility=tuple(event.accessibility), languages=tuple(event.languages), capacity=event.capacity,
        registration=event.registration, registration_link=event.registration_link,
        state=event.state if event.state != EventState.CANCELLED else EventState.CONFIRMED,
        visibility=event.visibility, partners=tuple(event.partners.values_list("pk", flat=True)),
    )  # fmt: skip


def date_draft_of(row: EventDate) -> DateDraft:
    """Return the draft of one date, in the hours of its place."""
    there = ZoneInfo(row.event.zone)
    begin, end = _local(row.starts_at, there), _local(row.ends_at, there)
    venue = None
    if row.place_name:
        venue = venue_of(row.place_name, row.place_dept, row.place_code, row.lat, row.lon, row.venue)
    return DateDraft(begin.date(), begin.time(), end.time(), venue, row.note)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone)


def postcode_of(code: str) -> str:
    """Return the postcode of a commune (INSEE code) if it has but one, else ""."""
    rows = Postcode.objects.filter(locality__code=code or "-", locality__country="FR")
    found = list(rows.values_list("postcode", flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else ""
