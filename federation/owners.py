"""Whose is it? What we hold of other nodes' things, for the gate's ownership step."""

from collections.abc import Iterable

from federation.models import RemoteActor
from network.models.members import Member
from network.models.offers import Offer

__all__ = ["known_owners"]


def known_owners(uris: Iterable[str]) -> dict[str, str]:
    """Return the owner of each of `uris` that we hold: actors own themselves, offers are their member's.

    Three queries whatever the number.
    """
    uris = list(uris)[:256]
    if not uris:
        return {}
    actors = RemoteActor.objects.filter(uri__in=uris).values_list("uri", "uri")
    members = Member.objects.filter(uri__in=uris).values_list("uri", "uri")
    offers = Offer.objects.filter(uri__in=uris).values_list("uri", "owner__uri")
    return {**dict(offers), **dict(members), **dict(actors)}
