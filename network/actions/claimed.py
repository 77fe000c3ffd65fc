"""What becomes of an unclaimed entry whose owner takes it over, and how operators give it back to nobody.

Its offers become the owner's own, its website joins their profile if they name none, and its rows go. What it was is
kept with the claim for some weeks, as plain values.
"""

from dataclasses import replace
from typing import Any

from django.db import transaction

from network import clock
from network.actions.entries import restore_entry, restore_offer
from network.actions.offers import publish_offer, withdraw_offer
from network.errors import DomainError
from network.models import Claim, Member, Offer, OfferState, Price, RecordState, SourceRecord
from network.queries.entry_plans import member_state, offer_state
from network.queries.offers import draft_of
from network.rules.markdown import plain_text
from network.signals import announce, profile_edited

__all__ = ["give_back", "hand_over"]


def hand_over(record: SourceRecord, member: Member) -> dict[str, Any]:
    """Make an entry's offers the member's own, and return what is needed to give it back. Its rows are still there."""
    entry = record.member
    if entry is None:
        return {}
    kept = _kept(record, entry)
    kept["given"] = _publish(entry, member)
    kept["website"] = entry.website if entry.website and not member.website else ""
    if kept["website"]:
        _set_website(member, entry.website)
    return kept


def _kept(record: SourceRecord, entry: Member) -> dict[str, Any]:
    keys = {pk: key for key, pk in record.offer_ids.items()}
    offers = [
        {"uri": offer.uri, "key": keys.get(offer.pk, ""), "state": offer.state, "said": offer_state(offer)}
        for offer in entry.offers.order_by("pk")
    ]
    return {"origin": entry.origin, "url": record.url, "said": member_state(entry), "offers": offers}


def _publish(entry: Member, member: Member) -> dict[str, int]:
    """Publish the live offers of an entry as the member's own; those that a member could not publish are left to them.

    Returns the revision of each by its id: whoever edits an offer raises it.
    """
    given = {}
    for offer in Offer.objects.filter(owner=entry, state=OfferState.LIVE).select_related("skill").order_by("pk"):
        price = Price.FREE_PRICE if offer.price == Price.UNSAID else offer.price
        draft = replace(draft_of(offer), price=price, description=plain_text(offer.description), ends_on=None)
        try:
            with transaction.atomic():
                made = publish_offer(actor=member, draft=draft)
        except DomainError:
            continue
        given[str(made.pk)] = made.revision
    return given


def _set_website(member: Member, website: str) -> None:
    member.website = website
    member.revision += 1
    member.save(update_fields=["website", "revision"])
    announce(profile_edited, member_id=member.pk)


# --- and back ------------------------------------------------------------------------------------------------


def give_back(claim: Claim) -> int:
    """Write the entry of a claim as it was, under its old address, until the day on which it was to leave the results.

    What its offers became is withdrawn, save what the member has changed since, which is theirs; returns how many of
    these stay.
    """
    record, kept = claim.record, claim.kept
    instant = clock.now()
    entry = Member(uri=claim.uri, local=False, unclaimed=True, origin=kept["origin"], heard_at=record.heard_at)
    entry.renewed_at = record.heard_at
    restore_entry(entry, kept["said"])
    record.member, record.state, record.url, record.offer_ids = entry, RecordState.UNCLAIMED, kept["url"], {}
    for each in kept["offers"]:
        offer = Offer(
            uri=each["uri"], owner=entry, local=False, state=each["state"], ends_at=record.leaves_at,
            published_at=record.heard_at, updated_at=instant, renewed_at=record.heard_at, heard_at=record.heard_at,
        )  # fmt: skip
        restore_offer(offer, each["said"])
        if each["key"]:
            record.offer_ids[each["key"]] = offer.pk
    record.save()
    return _take_back(claim.member, kept)


def _take_back(member: Member | None, kept: dict[str, Any]) -> int:
    if member is None or member.gone_at is not None:
        return 0
    stay = 0
    for pk, revision in kept["given"].items():
        offer = Offer.objects.filter(pk=pk, owner=member).exclude(state=OfferState.WITHDRAWN).first()
        if offer is not None and offer.revision == revision:
            withdraw_offer(actor=member, offer_id=offer.pk)
        elif offer is not None:
            stay += 1
    if kept["website"] and member.website == kept["website"]:
        _set_website(member, "")
    return stay
