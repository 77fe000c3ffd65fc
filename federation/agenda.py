"""What we tell others of events: each date an AS2 Event of its own, told when it comes near.

Recurrence is nobody's word on the wire, and a weekly workshop would be eighty messages at once: so of a rhythm, the
dates of the next months are told, and the sweep tells the others as they come. What is for members only stays here.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from federation import actors, served
from federation.models import Activity, Announced, Rendered
from federation.outbox import heard_of, mark_told, queue, revision_told, wrap
from federation.queries import followers_of, node_actor
from federation.rules.delivery import inboxes_to_reach, public_audience
from federation.rules.translate.events import event as event_document
from federation.rules.vocabulary import AS2
from network.clock import now
from network.models import Event, EventDate, EventReaders, EventState, RhythmKind
from network.queries.event_cards import card_of
from network.queries.events import postcode_of

__all__ = ["TOLD_AHEAD", "announce_event", "events_behind"]

TOLD_AHEAD = timedelta(days=120)


def events_behind() -> QuerySet[Event]:
    """Return local events of which some date is not told in its latest revision."""
    return Event.objects.filter(pk__in=dates_behind().values("event")).order_by("id")


def dates_behind() -> QuerySet[EventDate]:
    """Return the dates of this node that others should hear of, or hear the end of, and have not.

    Of a rhythm, those within four months; set by hand or single, all of them. What was over before it was told, and
    what was withdrawn before, is nobody's news.
    """
    told = Announced.objects.filter(uri=OuterRef("uri"))
    late = ~Exists(told.filter(revision__gte=OuterRef("revision")))
    near = Q(starts_at__lte=now() + TOLD_AHEAD) | Q(by_hand=True) | Q(event__rhythm=RhythmKind.ONCE)
    new = near & Q(ends_at__gt=now(), event__visibility=EventReaders.PUBLIC) & ~Q(state=EventState.WITHDRAWN)
    changed = Exists(told) & (Q(event__visibility=EventReaders.PUBLIC) | Q(state=EventState.WITHDRAWN))
    return EventDate.objects.filter(late, new | changed, event__local=True).order_by("starts_at", "id")


def announce_event(event_id: int) -> list[Activity]:
    """Serve the documents of an event's dates and tell followers of the latest revision of each; safe to repeat."""
    due = list(dates_behind().filter(event_id=event_id).values_list("pk", flat=True))
    return [activity for pk in due if (activity := _announce_date(pk))]


@transaction.atomic
def _announce_date(pk: int) -> Activity | None:
    row = EventDate.objects.select_for_update(of=("self",)).select_related("event__organiser").get(pk=pk)
    told = revision_told(row.uri)
    if told and told >= row.revision:
        return None
    withdrawn = EventState.WITHDRAWN in {row.state, row.event.state}
    activity = _tell_end(row) if withdrawn else _tell(row, first=told is None)
    mark_told(row.uri, row.revision)
    return activity


def _tell(row: EventDate, *, first: bool) -> Activity:
    organiser = row.event.organiser
    if not Rendered.objects.filter(uri=organiser.uri).exists():
        actors.render_member(organiser)  # whoever hears of it asks for its organiser at once
    audience = public_audience(organiser.uri, node_actor())
    card = card_of(row, postcode=postcode_of(row.place_code))
    document = event_document(card, audience=audience)
    served.keep(row.uri, document)
    kind, path = ("Create", "create") if first else ("Update", f"update/{row.revision}")
    inboxes = inboxes_to_reach(followers_of(organiser.uri, node_actor()))
    return queue(wrap(kind, document, path, organiser.uri, audience), row.uri, inboxes)


def _tell_end(row: EventDate) -> Activity:
    """Leave a tombstone; tell followers, and whoever heard of it."""
    owner = row.event.organiser.uri
    audience = public_audience(owner, node_actor())
    stone = {name: value for name, value in served.keep_tombstone(row.uri, "Event").items() if name != "@context"}
    inboxes = {*inboxes_to_reach(followers_of(owner, node_actor())), *heard_of(row.uri)}
    return queue(wrap("Delete", {"@context": AS2, **stone}, "delete", owner, audience), row.uri, inboxes)
