"""Forgetting what another node has given, for good. What members of ours have said and done stays."""

from dataclasses import dataclass, fields

from django.db import transaction

from network import clock
from network.actions.copies import forget_offers_of
from network.actions.trust import revoke
from network.actions.webs import web_changed
from network.models import Collective, Member, Membership, Offer, Vouch

__all__ = ["Forgotten", "forget_origin", "held_of"]


@dataclass(frozen=True)
class Forgotten:
    """What was erased. `kept_members`: of whom nothing but the address is left, because ours vouch for them, admitted
    them or deal with them; `kept_offers`: emptied, because somebody asked a quote for them."""

    offers: int = 0
    kept_offers: int = 0
    members: int = 0
    kept_members: int = 0
    attestations: int = 0
    memberships: int = 0
    collectives: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


def held_of(origin: str) -> Forgotten:
    """Count what `forget_origin` would erase or empty; members and offers that would stay, emptied, are not told
    apart."""
    return Forgotten(
        offers=_offers(origin).count(),
        members=_members(origin).count(),
        attestations=Vouch.objects.filter(issuer__in=_members(origin)).count(),
        memberships=_memberships(origin).count(),
        collectives=_collectives(origin).count(),
    )


@transaction.atomic
def forget_origin(*, origin: str) -> Forgotten:
    """Erase the copies of everything that the node at `origin` has given; return what was erased. Safe to repeat.

    Offers go; so do the attestations that its members gave, of which hashes stay, so that nobody relays them back. A
    member stays as a bare address as long as something of somebody else leads there.
    """
    offers = forget_offers_of(origin=origin)
    kept_offers = _empty_offers(origin)
    attestations = _forget_attestations(origin)
    memberships, _ = _memberships(origin).delete()
    empty = _collectives(origin).filter(memberships__isnull=True)
    collectives = len([collective.delete() for collective in empty])
    members, kept = _forget_members(origin)
    web_changed()
    return Forgotten(offers - kept_offers, kept_offers, members, kept, attestations, memberships, collectives)


def _members(origin: str):
    return Member.objects.filter(local=False, origin=origin)


def _offers(origin: str):
    return Offer.objects.filter(local=False, owner__local=False, owner__origin=origin)


def _collectives(origin: str):
    return Collective.objects.filter(local=False, origin=origin)


def _memberships(origin: str):
    """Memberships of their members in their collectives; not those of ours, nor in ours."""
    return Membership.objects.filter(collective__in=_collectives(origin), member__in=_members(origin))


def _empty_offers(origin: str) -> int:
    """Leave of an offer that a quote is about no more than its title and price, which the thread names."""
    nowhere = Offer.columns_of(None) | {"description": "", "availability": "", "z": None, "audience": []}
    return _offers(origin).update(**nowhere)


def _forget_attestations(origin: str) -> int:
    given = list(Vouch.objects.filter(issuer__in=_members(origin)).select_related("issuer"))
    revoke(given, at=clock.now())
    Vouch.objects.filter(pk__in=[row.pk for row in given]).delete()
    return len(given)


def _forget_members(origin: str) -> tuple[int, int]:
    gone = kept = 0
    for member in _members(origin).select_for_update():
        member.skills.clear()
        if _is_needed(member):
            _empty_member(member)
            kept += 1
        else:
            member.delete()
            gone += 1
    return gone, kept


def _is_needed(member: Member) -> bool:
    """Whether any row of any room still leads to this member."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: member}).exists()
        for relation in member._meta.related_objects
        if not relation.many_to_many
    )


def _empty_member(member: Member) -> None:
    for column, value in Member.columns_of(None).items():
        setattr(member, column, value)
    member.name = member.summary = member.website = member.handle = ""
    member.languages = []
    member.save()
