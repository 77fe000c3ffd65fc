"""Offers of other nodes that arrive together, written together: a handful of statements whatever their number."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from network.actions.index import code_of, index_together
from network.actions.offers import columns_of_card, is_news, skills_of
from network.models import Member, Offer
from network.rules.cards import OfferCard, origin_of
from network.rules.offers import check_card

__all__ = ["record_remote_offers"]


@transaction.atomic
def record_remote_offers(*, cards: Iterable[OfferCard], now: datetime) -> set[str]:
    """Write what `record_remote_offer` would write of each card; return the uris of those it would take.

    No two cards may have one uri. What it would refuse is left out: ask it for the reason. IntegrityError, and nothing
    written, if somebody else writes the same offers at this moment.
    """
    plain = {card.uri: card for card in cards if _is_plain(card)}
    uris = {card.owner_uri for card in plain.values()}
    owners = {one.uri: one for one in Member.objects.filter(uri__in=uris, local=False, gone_at=None)}
    held = {
        offer.uri: offer for offer in Offer.objects.select_for_update().filter(uri__in=sorted(plain)).order_by("pk")
    }
    skills, taken = skills_of(plain.values()), set[str]()
    new, changed = list[Offer](), list[Offer]()
    for uri, card in sorted(plain.items()):  # two workers meet in one order
        owner, offer = owners.get(card.owner_uri), held.get(uri)
        if owner is None or (offer is not None and (offer.local or offer.owner_id != owner.pk)):
            continue
        taken.add(uri)
        columns = columns_of_card(card, now, skills)
        if offer is not None and not is_news(columns, offer):
            continue
        (new if offer is None else changed).append(offer := offer or Offer(uri=uri, owner=owner, local=False))
        offer.owner = owner
        for column, value in columns.items():
            setattr(offer, column, value)
        offer.z = code_of(offer)
    _write(new, changed)
    return taken


def _is_plain(card: OfferCard) -> bool:
    origin = card.origin.lower()
    same = origin_of(card.uri) == origin_of(card.owner_uri) == origin
    return same and origin != settings.ORIGIN.lower() and not any(True for _ in check_card(card))


def _write(new: list[Offer], changed: list[Offer]) -> None:
    Offer.objects.bulk_create(new)
    for offer in changed:
        offer.save()
    if new or changed:
        index_together([*new, *changed])
