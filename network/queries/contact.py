"""Reads about conversations with clients who have no account: by the private link, or as the member written to."""

from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from network import clock
from network.errors import NotFound
from network.models import (
    ContactMessage,
    ContactReport,
    Conversation,
    Member,
    Offer,
    OfferState,
    Opening,
    Testimony,
)
from network.rules.contact import Side, Stage, Step, allowed

__all__ = [
    "ContactPage", "by_token", "contact_reports", "conversations_of", "digest_of", "may_contact", "own_conversation",
    "page_by_token", "page_of_member", "unread_count",
]  # fmt: skip

MOST_LISTED = 200
TOKEN_LENGTH = 48


@dataclass(frozen=True)
class ContactPage:
    """One conversation as one of its two sides sees it. `price`: the message with the latest proposal, if any."""

    row: Conversation
    messages: list[ContactMessage]
    price: ContactMessage | None
    steps: frozenset[Step]
    testimony: Testimony | None

    def may(self, step: str) -> bool:
        return step in self.steps


def digest_of(token: str) -> str:
    """Return what is stored of a token or a form's key."""
    return sha256(token.encode()).hexdigest()


def by_token(token: str) -> Conversation:
    """Return the conversation behind a private link; NotFound("contact_unknown") for anything else."""
    found = None
    if len(token) == TOKEN_LENGTH and token.isascii():
        found = _with_sides().filter(links__digest=digest_of(token), erased_at=None).first()
    if found is None:
        raise NotFound("contact_unknown")
    return found


def page_by_token(token: str) -> ContactPage:
    """Return the thread behind a private link, as its client sees it."""
    return _page(by_token(token), Side.CLIENT)


def own_conversation(pk: int, *, member: Member) -> Conversation:
    """Return conversation `pk` of `member`; NotFound("contact_unknown") for anybody else's, operators included."""
    found = _with_sides().filter(pk=pk, provider=member).first()
    if found is None:
        raise NotFound("contact_unknown")
    return found


def page_of_member(pk: int, *, member: Member) -> ContactPage:
    """Return one of `member`'s own threads."""
    return _page(own_conversation(pk, member=member), Side.PROVIDER)


def _page(row: Conversation, side: Side) -> ContactPage:
    messages = list(row.messages.order_by("written_at", "pk"))
    priced = [message for message in messages if message.step == Step.QUOTE]
    testimony = Testimony.objects.filter(conversation=row).first()
    steps = frozenset() if row.erased_at else allowed(Stage(row.state), side)
    return ContactPage(row, messages, priced[-1] if priced else None, steps, testimony)


def conversations_of(member: Member) -> list[Conversation]:
    """Return what `member` was written, unread first, then the latest; each knows whether it is `unread`."""
    waits = Case(When(_unread(), then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = _with_sides().filter(provider=member).annotate(unread=waits)
    return list(rows.order_by("-unread", "-moved_at", "-pk")[:MOST_LISTED])


def unread_count(member: Member | None) -> int:
    """How many conversations have something that `member` has not read; one query, none for a visitor."""
    return Conversation.objects.filter(_unread(), provider=member).count() if member else 0


def _unread() -> Q:
    return (Q(read_at=None) | Q(client_at__gt=F("read_at"))) & Q(erased_at=None)


def _with_sides() -> QuerySet[Conversation]:
    return Conversation.objects.select_related("provider", "offer")


def may_contact(member: Member, offer: Offer | None = None) -> str:
    """Return why nobody can write to `member` from here just now, as a code; "" if one can."""
    if member.gone_at is not None:
        return "member_unknown"
    if member.unclaimed:
        return "entry_unclaimed"
    if not member.local:
        return "contact_elsewhere"
    if offer is not None and (offer.state != OfferState.LIVE or offer.ends_at <= clock.now()):
        return "offer_not_live"
    if offer is not None and offer.opening == Opening.CLOSED:
        return "offer_closed"
    return "contact_closed" if member.opening == Opening.CLOSED else ""


def contact_reports() -> QuerySet[ContactReport]:
    """Return what members reported of their conversations, the latest first; for moderators."""
    return ContactReport.objects.select_related("conversation__provider").order_by("-made_at", "-pk")
