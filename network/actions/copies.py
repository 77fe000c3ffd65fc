"""Copies of what other nodes hold, dropped when a node is no longer listed; its members stay, for vouches."""

from django.db import transaction

from network.models import Offer

__all__ = ["forget_offers_of"]


@transaction.atomic
def forget_offers_of(*, origin: str) -> int:
    """Drop every copy of an offer of the node at `origin`, so that it can be received anew; return how many."""
    copies = Offer.objects.filter(local=False, owner__local=False, owner__origin=origin)
    number = copies.count()
    copies.delete()
    return number
