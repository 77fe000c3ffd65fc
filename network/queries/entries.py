"""Entries by their uri, whatever they are: a member, an offer, an event."""

from dataclasses import dataclass
from datetime import UTC, datetime

from network.errors import NotFound
from network.models import Event, EventState, Member, Offer, OfferState
from network.queries.events import readable_events
from network.queries.hiding import hiding_of
from network.queries.readers import readable

__all__ = [
    "Entry", "entries_named", "entry_at", "entry_of_event", "entry_of_member", "entry_of_offer", "gone_entry",
    "known_entry", "uris_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What reports and moderators need of an entry. `page`: name of its page's address, `pk` its argument.

    `renewed_at`: last confirmed by its owner, `local`: ours, so that its owner can be asked.
    """

    uri: str
    kind: str  # member, offer, event
    title: str
    owner_id: int
    owner_name: str
    origin: str
    local: bool
    renewed_at: datetime
    page: str
    pk: int


def entry_of_member(member: Member) -> Entry:
    return Entry(
        member.uri, "member", member.name or member.uri, member.pk, member.name, member.origin, member.local,
        member.renewed_at, "member", member.pk,
    )  # fmt: skip


def entry_of_offer(offer: Offer) -> Entry:
    owner = offer.owner
    return Entry(
        offer.uri, "offer", offer.title, owner.pk, owner.name, owner.origin, offer.local, offer.renewed_at, "offer",
        offer.pk,
    )  # fmt: skip


def entry_of_event(event: Event) -> Entry:
    """An event is confirmed by whoever changes it, or confirms all that is theirs."""
    organiser, renewed_at = event.organiser, event.updated_at
    if event.local:
        renewed_at = max(renewed_at, organiser.renewed_at)
    return Entry(
        event.uri, "event", event.title, organiser.pk, organiser.name, organiser.origin, event.local, renewed_at,
        "event", event.pk,
    )  # fmt: skip


def uris_of(owner: Member) -> list[str]:
    """Return the uris of all that is somebody's: their profile, their offers and events, in whatever state."""
    offers, events = (model.values_list("uri", flat=True) for model in (owner.offers, owner.events))
    return [owner.uri, *offers, *events]


def gone_entry(uri: str) -> Entry:
    """Return what stands for an entry that is no more: nobody's, with nothing but its uri."""
    return Entry(uri, "gone", "", 0, "", "", False, datetime.min.replace(tzinfo=UTC), "", 0)


def entry_at(uri: str, *, reader: Member | None) -> Entry:
    """Return the entry `uri` if `reader` (None: a visitor) may read it; NotFound("entry_unknown").

    What is hidden is NotFound("entry_hidden") for visitors, what a blocked or departed node has sent unknown to all.
    """
    found = _readable_entry(uri, reader)
    owner = Member.objects.filter(pk=found.owner_id, muted=False).first() if found else None
    if found is None or owner is None:
        raise NotFound("entry_unknown")
    hidden = hiding_of(uri) or hiding_of(owner.uri)
    if hidden is not None and reader is None:
        raise NotFound("entry_hidden", reason=hidden.reason)
    return found


def _readable_entry(uri: str, reader: Member | None) -> Entry | None:
    offers = Offer.objects.select_related("owner").filter(readable(reader), uri=uri, owner__gone_at=None)
    offer = offers.exclude(state=OfferState.WITHDRAWN).first()
    if offer is not None:
        return entry_of_offer(offer)
    event = readable_events(reader).select_related("organiser").filter(uri=uri).first()
    return entry_of_event(event) if event is not None else _members([uri]).get(uri)


def known_entry(uri: str) -> Entry | None:
    """Return the entry `uri`, whoever may read it; None if it is gone."""
    return entries_named([uri]).get(uri)


def entries_named(uris: list[str]) -> dict[str, Entry]:
    """Return the entries with these uris, whoever may read them, those that are gone left out: a query a kind."""
    offers = Offer.objects.select_related("owner").filter(uri__in=uris, owner__gone_at=None)
    found = {offer.uri: entry_of_offer(offer) for offer in offers.exclude(state=OfferState.WITHDRAWN)}
    events = Event.objects.select_related("organiser").filter(uri__in=uris, organiser__gone_at=None)
    found |= {event.uri: entry_of_event(event) for event in events.exclude(state=EventState.WITHDRAWN)}
    return found | _members([uri for uri in uris if uri not in found])


def _members(uris: list[str]) -> dict[str, Entry]:
    return {row.uri: entry_of_member(row) for row in Member.objects.filter(uri__in=uris, gone_at=None)}
