"""Whose is it? What we hold of other nodes' things, for the gate's ownership step."""

from collections.abc import Iterable

from django.db.models import Value

from federation.models import RemoteActor
from network.models.members import Member
from network.models.offers import Offer

__all__ = ["known_owners"]

AT_ONCE = 500  # addresses in one query


def known_owners(uris: Iterable[str]) -> dict[str, str]:
    """Return the owner of each of `uris` that we hold: actors own themselves, offers are their member's.

    One query for every 500 of them. Where rows differ, the later of offers, members, actors counts.
    """
    wanted = sorted(set(uris))
    found: dict[str, str] = {}
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        offers = Offer.objects.filter(uri__in=some).order_by().values_list("uri", "owner__uri", Value(0))
        members = Member.objects.filter(uri__in=some).order_by().values_list("uri", "uri", Value(1))
        actors = RemoteActor.objects.filter(uri__in=some).order_by().values_list("uri", "uri", Value(2))
        rows = sorted(offers.union(members, actors, all=True), key=lambda row: row[2])
        found |= {uri: owner for uri, owner, _ in rows}
    return found
