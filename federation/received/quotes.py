"""Offer(Agreement) and what is said about it: Accept, Reject, Undo. Every Offer gets an answer, if only that it
cannot be: nobody waits in vain for us."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from federation import actors, quotes
from federation.errors import Unreachable, Untranslatable
from federation.queries import may_exchange
from federation.readers import may_read_offer
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules.delivery import Recipient
from federation.rules.origins import origin_of, same_origin
from federation.rules.translate import agreements
from federation.rules.translate.agreements import Asked, Mismatch
from federation.rules.translate.wording import reason
from network import rates
from network.actions.quotes import (
    record_remote_answer,
    record_remote_end,
    record_remote_quote,
    record_remote_withdrawal_of_quote,
)
from network.errors import DomainError
from network.models import Member, Offer, Quote
from network.rules.quotes import QuoteDraft

__all__ = ["accept", "done", "is_done", "is_quote", "offered", "reject", "undo"]

QUOTES_OF_A_NODE, DAY_S = 200, 86_400  # requests a day: people there are invented at will


def is_quote(uri: str) -> bool:
    """Whether `uri` is the id of an Offer that we sent or received."""
    return Quote.objects.filter(uri=uri).exists()


# --- of our offers ----------------------------------------------------------------------------------------


def offered(message: Message, moment: datetime) -> Effect:
    """Somebody asks for a quote. What does not fit its proposal is answered by a Reject with the reason."""
    found = actors.expanded(message.document)
    if not agreements.is_asked(found):
        raise Ignored("object-type")
    if not may_exchange(message.actor):
        raise Ignored("not-spoken-with")
    to = agreements.read_addressed(found)
    asked = _read(found)
    offer = Offer.objects.filter(uri=asked.proposal, local=True).select_related("owner").first() if asked else None
    if offer and not may_read_offer(message.actor, offer):
        offer = None  # the same answer as if there were none
    owner = offer.owner if offer else Member.objects.filter(uri__in=to, local=True, gone_at=None).first()
    if owner is None:
        raise Ignored("not-ours")
    who = actors.remote_actor(message.actor, now=moment)
    answer_to = Recipient(who.uri, who.inbox)
    try:
        taken, draft = _taken(message.actor, asked, offer, to)
        actors.know_member(message.actor, now=moment)
    except Unreachable:
        raise
    except DomainError as why:
        return partial(_refused, message.id, owner, answer_to, why.code)
    return partial(_asked, message, taken, draft, owner, answer_to)


def _read(found: dict[str, Any]) -> Asked | None:
    try:
        return agreements.read_asked(found)
    except Untranslatable:
        return None


def _taken(asker: str, asked: Asked | None, offer: Offer | None, to: frozenset[str]) -> tuple[Asked, QuoteDraft]:
    if asked is None:
        raise Mismatch("unreadable")
    if offer is None:
        raise Mismatch("intent_unknown")
    if offer.owner.uri not in to:
        raise Mismatch("recipient")
    if rates.allow("quotes", origin_of(asker), QUOTES_OF_A_NODE, DAY_S):
        raise Mismatch("quotes_too_often")
    return asked, agreements.draft_of(asked, offer_uri=offer.uri, price=offer.price)


def _asked(message: Message, asked: Asked, draft: QuoteDraft, owner: Member, answer_to: Recipient) -> Done:
    try:
        record_remote_quote(
            uri=message.id, asker_uri=message.actor, offer_uri=asked.proposal, draft=draft, dialect=asked.dialect
        )
    except DomainError as why:
        return _refused(message.id, owner, answer_to, why.code)
    return Done(detail="asked")


def _refused(offer_uri: str, owner: Member, answer_to: Recipient, code: str) -> Done:
    with transaction.atomic():
        quotes.reject(offer_uri, owner, answer_to, reason(code))
    return Done(detail=f"rejected: {code}")


def undo(message: Message, moment: datetime) -> Effect:
    """The asker takes their request back."""
    return partial(_undone, message.object_id, message.actor)


def _undone(uri: str, actor: str) -> Done:
    record_remote_withdrawal_of_quote(uri=uri, asker_uri=actor)
    return Done()


# --- of our requests --------------------------------------------------------------------------------------


def accept(message: Message, moment: datetime) -> Effect:
    """The provider agrees: believed if the agreement is theirs and holds exactly what we asked."""
    quote = Quote.objects.filter(uri=message.object_id, asker__local=True).select_related("offer__owner").first()
    if quote is None or quote.offer.owner.uri != message.actor:
        raise Ignored("no-such-offer")
    found = actors.expanded(message.document)
    uri, result = agreements.read_result(found)
    if not same_origin(uri, message.actor) or not agreements.keeps(result, quotes.sent_bargain(quote)):
        raise Ignored("result")
    return partial(_answered, message, uri, agreements.read_answer(found))


def reject(message: Message, moment: datetime) -> Effect:
    """The provider refuses, in words or without."""
    found = actors.expanded(message.document)
    return partial(_answered, message, "", agreements.read_answer(found))


def is_done(message: Message) -> bool:
    """Whether a Create holds a Document of its sender about an agreement: what it led to is done."""
    return message.object is not None and message.object.get("type") == "Document" and "context" in message.object


def done(message: Message, moment: datetime) -> Effect:
    """The other side of an agreement says that it is done: believed of either side, about their own agreement."""
    agreement = agreements.read_context(actors.expanded(message.object or {}))
    if agreement is None or not Quote.objects.filter(agreement=agreement).exists():
        raise Ignored("no-such-agreement")
    return partial(_ended, agreement, message.actor)


def _ended(agreement: str, actor: str) -> Done:
    record_remote_end(agreement=agreement, actor_uri=actor)
    return Done(detail="done")


def _answered(message: Message, agreement: str, words: str) -> Done:
    record_remote_answer(uri=message.object_id, owner_uri=message.actor, agreement=agreement, answer=words)
    return Done()
