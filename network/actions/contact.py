"""A client without an account and a member talk: the first message, then each step of either side."""

import hmac
from dataclasses import astuple
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from network import clock, permissions
from network.actions.contact_mails import news_to, sender_digest
from network.errors import Invalid, NotEntitled, NotFound, TooOften, WrongState
from network.models import (
    ContactBlock,
    ContactLink,
    ContactMessage,
    Conversation,
    Member,
    Offer,
    OfferState,
    Opening,
)
from network.queries.contact import by_token, digest_of, own_conversation
from network.queries.offers import offer_page
from network.rules.cards import plain
from network.rules.contact import (
    LIMITS,
    NAME_MAX,
    ContactDraft,
    Proposal,
    Side,
    Stage,
    Step,
    Way,
    advance,
    check_contact,
    check_proposal,
    check_said,
    total_of,
    wait_until,
)
from network.rules.quotes import ONE, QuoteDraft, Rate, check_quote, settled_amount
from network.signals import announce, contact_changed

__all__ = ["client_step", "open_conversation", "provider_step", "sender_digest", "take_step", "token_of"]

WORDS_NEEDED = frozenset({Step.WRITE, Step.REFUSE})


def token_of(key: str) -> str:
    """Return the private link's token for a form's key, which this node made: 192 bits that only we can compute.

    The same form sent twice therefore leads to the same conversation, although no token is stored.
    """
    return hmac.new(settings.SECRET_KEY.encode(), f"contact:{key}".encode(), sha256).hexdigest()[:48]


# --- the first message ------------------------------------------------------------------------------------


@transaction.atomic
def open_conversation(
    *, provider_id: int, draft: ContactDraft, key: str, address: str, offer_id: int | None = None, language: str = "fr"
) -> tuple[Conversation, str]:
    """Write a first message to a member of this node, about an offer of theirs or not; return it with its token.

    `address`: from where, as limits count it; "" where many share it. The same `key` again, with the same words,
    changes nothing. Locks the member's row. NotFound("member_unknown",
    "offer_unknown"), WrongState("contact_elsewhere", "contact_closed", "offer_closed", "contact_sent_already"),
    NotEntitled("contact_blocked"), TooOften("contact_too_often", "contact_full"); Invalid lists `problems`.
    """
    provider = Member.objects.select_for_update().filter(pk=provider_id, gone_at=None).first()
    if provider is None:
        raise NotFound("member_unknown")
    draft = _sound(draft)
    body = sha256(repr((provider_id, offer_id, astuple(draft))).encode()).hexdigest()
    if known := Conversation.objects.filter(key_digest=digest_of(f"key:{key}")).first():
        if known.body_digest != body:
            raise WrongState("contact_sent_already")
        return known, token_of(key)
    offer = _offer_of(provider, offer_id)
    asked = _asked(offer, draft)
    _check_open(provider, offer)
    sender = sender_digest(address) if address else ""
    _check_welcome(provider, sender, draft.reach)
    row = Conversation.objects.create(
        key_digest=digest_of(f"key:{key}"), body_digest=body, provider=provider, offer=offer, name=draft.name,
        reach=draft.reach, language=language, sender=sender, **asked, **_now("opened_at", "moved_at", "client_at"),
    )  # fmt: skip
    ContactLink.objects.create(conversation=row, digest=digest_of(token_of(key)), made_at=row.opened_at)
    _write(row, Side.CLIENT, Step.WRITE, draft.message)
    news_to(row, Side.CLIENT, first=True)
    return row, token_of(key)


def _sound(draft: ContactDraft) -> ContactDraft:
    name, reach = plain(draft.name, NAME_MAX + 1), draft.reach.strip()
    return ContactDraft(name, draft.message.strip(), reach, draft.quantity, draft.amount_cents)


def _offer_of(provider: Member, offer_id: int | None) -> Offer | None:
    if offer_id is None:
        return None
    offer = offer_page(offer_id, viewer=None).offer
    if offer.owner_id != provider.pk:
        raise NotFound("offer_unknown")
    return offer


def _asked(offer: Offer | None, draft: ContactDraft) -> dict[str, Any]:
    """Return the columns of what is asked of the offer, checked as in a request between members."""
    problems = check_contact(draft)
    if offer is None or (draft.quantity is None and draft.amount_cents is None):
        _refuse(problems)
        return {"currency": offer.currency} if offer else {}
    rate = Rate(offer.price, offer.amount_cents, offer.currency)
    quantity = ONE if draft.quantity is None else draft.quantity
    _refuse([*problems, *check_quote(rate, QuoteDraft(quantity, draft.amount_cents))])
    amount = draft.amount_cents if rate.amount_cents is None else settled_amount(rate, quantity)
    return {"price": offer.price, "quantity": quantity, "amount_cents": amount, "currency": offer.currency}


def _refuse(problems: list[tuple[str, str]]) -> None:
    if problems:
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)


def _check_open(provider: Member, offer: Offer | None) -> None:
    if provider.unclaimed:
        raise WrongState("entry_unclaimed")
    if not provider.local:
        raise WrongState("contact_elsewhere")
    if offer is not None and (offer.state != OfferState.LIVE or offer.ends_at <= clock.now()):
        raise WrongState("offer_not_live")
    if offer is not None and offer.opening == Opening.CLOSED:
        raise WrongState("offer_closed")
    if provider.opening == Opening.CLOSED:
        raise WrongState("contact_closed")


def _check_welcome(provider: Member, sender: str, reach: str) -> None:
    """Refuse whom the member blocked, and more than anybody can read. Counted in rows: exact in every process."""
    marks = [sender, sender_digest("reach", reach.lower()) if reach else ""]
    if ContactBlock.objects.filter(provider=provider, sender__in=filter(None, marks)).exists():
        raise NotEntitled("contact_blocked")
    instant, rows = clock.now(), Conversation.objects.all()
    if sender:
        _check_limit("sender", rows.filter(sender=sender), instant, "contact_too_often")
    _check_limit("provider", rows.filter(provider=provider), instant, "contact_full")
    _check_limit("everybody", rows, instant, "contact_full")


def _check_limit(name: str, rows: QuerySet[Conversation], instant: datetime, code: str) -> None:
    limits = LIMITS[name]
    since = instant - max(limit.span for limit in limits)
    latest = rows.filter(opened_at__gt=since).order_by("-opened_at")[: max(limit.most for limit in limits)]
    if again := wait_until(latest.values_list("opened_at", flat=True), limits, instant):
        raise TooOften(code, retry_at=again, retry_after=int((again - instant).total_seconds()) + 1)


def _now(*columns: str) -> dict[str, datetime]:
    return dict.fromkeys(columns, clock.now())


# --- every later step -------------------------------------------------------------------------------------


@transaction.atomic
def client_step(*, token: str, step: Step, key: UUID, text: str = "", proposal_id: int | None = None) -> ContactMessage:
    """Take a step as whoever holds the private link. Accepting names the proposal that was read.

    NotFound("contact_unknown"); NotEntitled("contact_not_yours"), WrongState("contact_not_now",
    "contact_proposal_changed"); Invalid lists `problems`. The same `key` again gives the same row.
    """
    row = _locked(by_token(token).pk)
    return take_step(row, Side.CLIENT, step, key=key, text=text, proposal_id=proposal_id)


@transaction.atomic
def provider_step(
    *, actor: Member, conversation_id: int, step: Step, key: UUID, text: str = "", proposal: Proposal | None = None
) -> ContactMessage:
    """Take a step as the member who was written to; refusing needs words, a price its figures.

    NotFound("contact_unknown") for anybody else's conversation; otherwise as `client_step`.
    """
    if not permissions.can_edit_profile(actor):
        raise NotEntitled("not_a_member")
    row = _locked(own_conversation(conversation_id, member=actor).pk)
    return take_step(row, Side.PROVIDER, step, key=key, text=text, proposal=proposal)


def _locked(pk: int) -> Conversation:
    row = Conversation.objects.select_for_update(of=("self",)).select_related("provider", "offer").get(pk=pk)
    if row.erased_at is not None:
        raise NotFound("contact_unknown")
    return row


def take_step(
    row: Conversation, side: Side, step: Step, *, key: UUID, text: str = "", proposal: Proposal | None = None,
    proposal_id: int | None = None,
) -> ContactMessage:  # fmt: skip
    """Decide and write one step of a conversation whose row is locked."""
    if known := ContactMessage.objects.filter(conversation=row, key=key).first():
        return known
    state = advance(Stage(row.state), step, side)
    text = text.strip()
    if step == Step.QUOTE:
        proposal = proposal or Proposal()
        _refuse(check_proposal(proposal, text))
    else:
        _refuse(check_said(text, needed=step in WORDS_NEEDED))
    if step == Step.ACCEPT:
        _check_read(row, proposal_id)
    row.state = state
    return _write(row, side, step, text, key=key, **(_figures(proposal) if proposal else {}))


def _check_read(row: Conversation, proposal_id: int | None) -> None:
    """Only what the client read is agreed to: a newer price makes them read again."""
    latest = row.messages.filter(step=Step.QUOTE).order_by("-pk").values_list("pk", flat=True).first()
    if latest != proposal_id:
        raise WrongState("contact_proposal_changed")


def _figures(proposal: Proposal) -> dict[str, Any]:
    each = proposal.way == Way.EACH
    return {
        "way": proposal.way,
        "quantity": proposal.quantity if each else None,
        "unit_cents": proposal.unit_cents if each else None,
        "amount_cents": total_of(proposal),
        "currency": proposal.currency,
    }


def _write(row: Conversation, side: Side, step: Step, text: str, **columns: Any) -> ContactMessage:
    """Append the step, move the conversation on, and let the other side know."""
    instant = clock.now()
    made = ContactMessage.objects.create(
        conversation=row, author=side, step=step, text=text, written_at=instant, **columns
    )
    row.moved_at = instant
    if side == Side.CLIENT:
        row.client_at = instant
    elif side == Side.PROVIDER:
        row.read_at = instant  # who answers has read
    row.save(update_fields=["state", "moved_at", "client_at", "read_at"])
    news_to(row, Side.PROVIDER if side == Side.CLIENT else Side.CLIENT)
    announce(contact_changed, conversation_id=row.pk)
    return made
