"""Entries by their uri, whatever they are: a member, an offer, and what other rooms add."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from network.errors import NotFound
from network.models import Member, Offer, OfferState
from network.queries.hiding import hiding_of
from network.queries.readers import readable

__all__ = [
    "Entry", "add_source", "entries_named", "entry_at", "entry_of_member", "entry_of_offer", "gone_entry",
    "known_entry",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What reports and moderators need of an entry. `page`: name of its page's address, `pk` its argument.

    `renewed_at`: last confirmed by its owner, `local`: ours, so that its owner can be asked.
    """

    uri: str
    kind: str  # member, offer, event…
    title: str
    owner_id: int
    owner_name: str
    origin: str
    local: bool
    renewed_at: datetime
    page: str
    pk: int


Source = Callable[[list[str]], dict[str, Entry]]

_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Ask `source` too for entries by uri: it returns those it knows. Adding it again changes nothing."""
    if source not in _sources:
        _sources.append(source)


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


def gone_entry(uri: str) -> Entry:
    """Return what stands for an entry that is no more: nobody's, with nothing but its uri."""
    return Entry(uri, "gone", "", 0, "", "", False, datetime.min.replace(tzinfo=UTC), "", 0)


def entry_at(uri: str, *, reader: Member | None) -> Entry:
    """Return the entry `uri` if `reader` (None: a visitor) may read it; NotFound("entry_unknown").

    What is hidden is NotFound("entry_hidden") for visitors, what a blocked or departed node has sent unknown to all.
    """
    offer = Offer.objects.select_related("owner").filter(readable(reader), uri=uri, owner__gone_at=None).first()
    shown = offer is not None and offer.state != OfferState.WITHDRAWN
    found = entry_of_offer(offer) if offer is not None and shown else _others([uri]).get(uri)
    owner = Member.objects.filter(pk=found.owner_id, muted=False).first() if found else None
    if found is None or owner is None:
        raise NotFound("entry_unknown")
    hidden = hiding_of(uri) or hiding_of(owner.uri)
    if hidden is not None and reader is None:
        raise NotFound("entry_hidden", reason=hidden.reason)
    return found


def known_entry(uri: str) -> Entry | None:
    """Return the entry `uri`, whoever may read it; None if it is gone."""
    return entries_named([uri]).get(uri)


def entries_named(uris: list[str]) -> dict[str, Entry]:
    """Return the entries with these uris, whoever may read them, those that are gone left out: a query a kind."""
    offers = Offer.objects.select_related("owner").filter(uri__in=uris, owner__gone_at=None)
    found = {offer.uri: entry_of_offer(offer) for offer in offers.exclude(state=OfferState.WITHDRAWN)}
    return found | _others([uri for uri in uris if uri not in found])


def _others(uris: list[str]) -> dict[str, Entry]:
    found = {row.uri: entry_of_member(row) for row in Member.objects.filter(uri__in=uris, gone_at=None)}
    for source in _sources:
        found |= source([uri for uri in uris if uri not in found])
    return found
