"""Asking owners to confirm what they say, and their one press that confirms it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from network import clock
from network.actions.members import confirm_profile
from network.actions.moderation import lift_what_votes_hid
from network.actions.offers import confirm_offer
from network.models import Member, Offer, OfferState, Reminder
from network.queries.freshness import delays
from network.queries.reminders import profile_due_at
from network.rules.freshness import REMIND_DAYS, reminders_due

__all__ = ["Confirmed", "confirm", "mark_sent", "remind"]

BATCH = 500
LATE_DAYS = 7  # an offer that ended longer ago gets no reminder any more


@dataclass(frozen=True)
class Confirmed:
    """What one press confirmed."""

    offers: int
    shown_again: int


@transaction.atomic
def confirm(*, actor: Member, offer_ids: Iterable[int] = ()) -> Confirmed:
    """Confirm one's profile, and renew the chosen ones of one's offers, ended or not; what members' votes had hidden
    is shown again. Safe to repeat. NotFound, NotEntitled or WrongState for an offer that is not one's own to renew."""
    confirm_profile(actor=actor)
    chosen = sorted(set(offer_ids))
    for offer_id in chosen:
        confirm_offer(actor=actor, offer_id=offer_id)
    shown_again = lift_what_votes_hid(owner=actor)
    Reminder.objects.filter(member=actor, offer=None).delete()
    Reminder.objects.filter(offer__in=chosen).delete()
    return Confirmed(len(chosen), shown_again)


def remind(*, now: datetime) -> int:
    """Write the reminders that have come by `now`; return how many are new. Safe to repeat, and to forget for days.

    Those of what was confirmed since are dropped.
    """
    Reminder.objects.filter(offer=None, made_at__lt=F("member__renewed_at")).delete()
    Reminder.objects.filter(made_at__lt=F("offer__renewed_at")).delete()
    rows = [*_of_profiles(now), *_of_offers(now)]
    before = Reminder.objects.count()
    for start in range(0, len(rows), BATCH):
        Reminder.objects.bulk_create(rows[start : start + BATCH], ignore_conflicts=True)
    return Reminder.objects.count() - before


def _of_profiles(now: datetime) -> list[Reminder]:
    since = now - timedelta(days=delays().confirm - max(REMIND_DAYS))
    members = Member.objects.filter(local=True, gone_at=None, renewed_at__lte=since).only("pk", "renewed_at")
    return [
        Reminder(member=member, due_at=due_at, days=days, made_at=now)
        for member in members.order_by("pk")
        for due_at in (profile_due_at(member),)
        for days in reminders_due(due_at, now)
    ]


def _of_offers(now: datetime) -> list[Reminder]:
    offers = Offer.objects.filter(local=True, owner__gone_at=None).exclude(state=OfferState.WITHDRAWN)
    ending = offers.filter(
        ends_at__lte=now + timedelta(days=max(REMIND_DAYS)), ends_at__gt=now - timedelta(days=LATE_DAYS)
    )
    return [
        Reminder(member_id=offer.owner_id, offer=offer, due_at=offer.ends_at, days=days, made_at=now)
        for offer in ending.only("pk", "owner_id", "ends_at").order_by("pk")
        for days in reminders_due(offer.ends_at, now)
    ]


def mark_sent(*, reminder_id: int) -> bool:
    """Say that a reminder was sent; return whether that is new: of two who would send it, one does."""
    return bool(Reminder.objects.filter(pk=reminder_id, sent_at=None).update(sent_at=clock.now()))
