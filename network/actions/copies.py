"""Copies of what other nodes hold, dropped when a node is no longer listed; its members stay, for vouches."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from network.actions.events import forget_events_of
from network.actions.index import index_offer
from network.actions.webs import web_changed
from network.models import Event, Member, Offer, OfferState, Quote, Source

__all__ = ["forget_offer", "forget_offers_of", "forget_offers_of_member", "give_up_copies", "mute_origins"]

URI_MAX = 480  # characters, of the 500 of a column


@transaction.atomic
def forget_offer(*, uri: str, owner_uri: str) -> int:
    """Drop the copy of one offer of another node, so that it can be received anew; return how many there were."""
    return _drop(Offer.objects.filter(local=False, owner__local=False, uri=uri, owner__uri=owner_uri))


@transaction.atomic
def forget_offers_of(*, origin: str) -> int:
    """Drop every copy of an offer of the node at `origin`, so that it can be received anew; return how many.

    Copies of its events go with them.
    """
    forget_events_of(origin=origin)
    return _drop(Offer.objects.filter(local=False, owner__local=False, owner__origin=origin))


@transaction.atomic
def forget_offers_of_member(*, uri: str) -> int:
    """Drop every copy of an offer of one member of another node; return how many. Their events go with them."""
    forget_events_of(uri=uri)
    return _drop(Offer.objects.filter(local=False, owner__local=False, owner__uri=uri))


@transaction.atomic
def give_up_copies(*, uri: str, but_of: str) -> None:
    """Drop what is held under `uri` as an offer or an event of somebody else's than `but_of`'s, whose it proved to be.

    An offer that somebody asked a quote for stays for the thread's sake, expired, under an id of no other thing.
    """
    Event.objects.filter(local=False, uri=uri).exclude(organiser__uri=but_of).delete()
    copies = Offer.objects.filter(local=False, uri=uri).exclude(owner__uri=but_of)
    _drop(copies)
    for offer in copies.all():
        Offer.objects.filter(pk=offer.pk).update(uri=f"{uri[:URI_MAX]}#{offer.pk}")


def _drop(copies: QuerySet[Offer]) -> int:
    """Delete copies; one that somebody asked a quote for stays for the thread's sake, expired, until heard anew."""
    number = copies.count()
    for offer in copies.filter(Exists(Quote.objects.filter(offer=OuterRef("pk")))):
        offer.state = OfferState.EXPIRED
        offer.save(update_fields=["state"])
        index_offer(offer)
    copies.exclude(Exists(Quote.objects.filter(offer=OuterRef("pk")))).delete()
    return number


@transaction.atomic
def mute_origins(is_muted: Callable[[str], bool]) -> None:
    """Let what members of other nodes say be shown and count, or not, as `is_muted` says of their origins; at once.

    Those of nodes that have departed stay muted, whatever it says.
    """
    changed, departed = 0, set(Source.objects.exclude(departed_at=None).values_list("origin", flat=True))
    others = Member.objects.filter(local=False)
    for origin, muted in others.order_by().values_list("origin", "muted").distinct():
        if (is_muted(origin) or origin in departed) != muted:
            changed += others.filter(origin=origin).update(muted=not muted)
    if changed:
        web_changed()
