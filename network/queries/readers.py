"""Who may read which offers: the one condition under which every list, count and page shows them.

Public ones are for everybody. Others are for people who are logged in here, and of these only for whom they concern.
Which collections of followers somebody belongs to, only the room that knows follows can tell: it adds a source.
"""

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet

from network.models import Member, Membership, MembershipState, Offer, OfferTerm, Visibility
from network.rules.terms import PRIVATE, reader_term

__all__ = ["BELONGING", "add_source", "hidden_offers", "may_read", "offers_for_members_of", "readable"]

Source = Callable[[Member], Iterable[str]]

BELONGING = (
    MembershipState.ACTIVE,
    MembershipState.PROBATION,
    MembershipState.CANDIDATE,
)  # whose offers for members reach the members

_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Ask `source` too for collections (uris) of which a local member is one. Adding it again changes nothing."""
    if source not in _sources:
        _sources.append(source)


def readable(reader: Member | None) -> Q:
    """Return the condition on offers of being readable for `reader`, a local member who is logged in, or for visitors.

    Without an offer that is not public there is one query; else three, and those of the sources.
    """
    public = Q(visibility=Visibility.PUBLIC)
    if reader is None or not reader.local or reader.gone_at is not None:
        return public
    mine = public | Q(owner=reader)
    return mine | _addressed_to(reader) if OfferTerm.objects.filter(term=PRIVATE).exists() else mine


def may_read(reader: Member | None, offer: Offer) -> bool:
    """Whether `reader` may read this one offer."""
    return Offer.objects.filter(readable(reader), pk=offer.pk).exists()


def hidden_offers(seen: Q) -> QuerySet[Offer]:
    """Return the offers that the condition `seen`, of `readable`, leaves out."""
    return Offer.objects.filter(id__in=OfferTerm.objects.filter(term=PRIVATE).values("offer_id")).exclude(seen)


def offers_for_members_of(collectives: Iterable[int]) -> Q:
    """Return the condition of being a local offer for the members of one of these collectives."""
    belonging = Membership.objects.filter(state__in=BELONGING, collective__in=list(collectives))
    return Q(local=True, visibility=Visibility.MEMBERS, owner__in=belonging.values("member_id"))


def _addressed_to(reader: Member) -> Q:
    active = Membership.objects.filter(member=reader, state=MembershipState.ACTIVE)
    collectives = dict(active.values_list("collective_id", "collective__uri"))
    names = {reader.uri, *(f"{uri}/members" for uri in collectives.values())}
    names.update(uri for source in _sources for uri in source(reader))
    addressed = OfferTerm.objects.filter(term__in=[reader_term(uri) for uri in sorted(names)])
    return (
        Q(local=True, visibility=Visibility.FOLLOWERS)
        | offers_for_members_of(collectives)
        | Q(local=False, id__in=addressed.values("offer_id"))
    )
