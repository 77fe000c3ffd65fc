"""What a member is to confirm, and which reminders somebody may send them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from network.models import Member, Offer, OfferState, Reminder
from network.queries.freshness import delays
from network.rules.freshness import REMIND_DAYS

__all__ = ["ToConfirm", "profile_due_at", "reminders_to_send", "to_confirm"]

ENDED_DAYS = 90  # an offer that ended longer ago is not asked about any more; its owner still finds it in their list


@dataclass(frozen=True)
class ToConfirm:
    """What one press can confirm: the profile, if it is nearly a year old, and the offers that end soon or have ended.

    `overdue`: the year is over. `offers`: the first to end first.
    """

    profile: bool
    overdue: bool
    renewed_at: datetime
    due_at: datetime
    offers: tuple[Offer, ...]

    def __bool__(self) -> bool:
        return self.profile or bool(self.offers)


def profile_due_at(member: Member) -> datetime:
    """Return when a profile is to be confirmed again."""
    return member.renewed_at + timedelta(days=delays().confirm)


def to_confirm(member: Member, *, at: datetime, asked: Iterable[str] = ()) -> ToConfirm:
    """Return what `member`, of this node, is to confirm: asked from thirty days before on. `asked`: uris of offers that
    are to be confirmed for another reason."""
    soon = at + timedelta(days=max(REMIND_DAYS))
    due_at = profile_due_at(member)
    offers = Offer.objects.filter(owner=member, local=True).exclude(state=OfferState.WITHDRAWN)
    ending = Q(ends_at__lte=soon, ends_at__gt=at - timedelta(days=ENDED_DAYS)) | Q(uri__in=list(asked))
    found = offers.filter(ending).order_by("ends_at", "pk")
    return ToConfirm(due_at <= soon, due_at <= at, member.renewed_at, due_at, tuple(found))


def reminders_to_send() -> list[Reminder]:
    """Return the reminders that nobody has sent, the oldest first: for whoever can write to people.

    What was confirmed since has none any more. Say that one was sent by `network.actions.reminders.mark_sent`.
    """
    waiting = Reminder.objects.filter(sent_at=None, member__gone_at=None).select_related("member", "offer")
    return list(waiting.order_by("made_at", "pk"))
