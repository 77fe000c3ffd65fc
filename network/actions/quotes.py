"""Requests for a quote: asking, answering, withdrawing; what another node says of them; their end with the offer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from network import clock, permissions
from network.errors import Invalid, NotEntitled, NotFound, TooOften, WrongState
from network.models import Member, Offer, OfferState, Opening, Quote, QuoteState
from network.queries.offers import offer_page
from network.rules.cards import URI_MAX, origin_of, plain
from network.rules.quotes import (
    ANSWER_MAX,
    MESSAGE_MAX,
    QuoteDraft,
    Rate,
    ask_again_at,
    check_answer,
    check_quote,
    settled_amount,
)
from network.signals import announce, quote_changed

__all__ = [
    "accept_quote", "ask_quote", "close_quotes_of", "drop_quotes_of", "end_quote", "finish_quote",
    "record_remote_answer", "record_remote_end", "record_remote_quote", "record_remote_withdrawal_of_quote",
    "refuse_quote", "withdraw_quote",
]  # fmt: skip

DAY = timedelta(days=1)


# --- the asker --------------------------------------------------------------------------------------------


@transaction.atomic
def ask_quote(*, actor: Member, offer_id: int, draft: QuoteDraft) -> Quote:
    """Ask the owner of a live offer, of this node or another, for a quote.

    NotFound("offer_unknown"), NotEntitled("not_a_member", "own_offer"), WrongState("offer_not_live",
    "offer_closed"), TooOften("quotes_too_often") with `retry_at` and `retry_after`; Invalid lists `problems`.
    """
    offer = offer_page(offer_id, viewer=actor).offer
    if offer.owner_id == actor.pk:
        raise NotEntitled("own_offer")
    if not permissions.can_ask(actor, offer):
        raise NotEntitled("not_a_member")
    uri = f"{settings.ORIGIN}/a/{uuid4().hex}"
    return _record(uri, actor, _lock_offer(offer.pk), draft, "current")


def _lock_offer(pk: int) -> Offer:
    return Offer.objects.select_for_update(of=("self",)).select_related("owner").get(pk=pk)


def _record(uri: str, asker: Member, offer: Offer, draft: QuoteDraft, dialect: str) -> Quote:
    instant = clock.now()
    _check_live(offer)
    rate = Rate(offer.price, offer.amount_cents, offer.currency)
    problems = check_quote(rate, draft)
    if problems or draft.quantity is None:
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)
    _check_rate_of(asker)
    quote = Quote.objects.create(
        uri=uri, offer=offer, asker=asker, price=offer.price, quantity=draft.quantity, currency=offer.currency,
        amount_cents=draft.amount_cents if rate.amount_cents is None else settled_amount(rate, draft.quantity),
        message=draft.message.strip(), dialect=dialect, asked_at=instant,
    )  # fmt: skip
    announce(quote_changed, quote_id=quote.pk)
    return quote


def _check_live(offer: Offer) -> None:
    if offer.state != OfferState.LIVE or offer.ends_at <= clock.now() or offer.owner.gone_at is not None:
        raise WrongState("offer_not_live")
    if offer.opening == Opening.CLOSED:
        raise WrongState("offer_closed")


def _check_rate_of(asker: Member) -> None:
    """So many a day, whatever became of them; the asker's row is locked, so that two at once count as two."""
    Member.objects.select_for_update().get(pk=asker.pk)
    instant = clock.now()
    asked = Quote.objects.filter(asker=asker, asked_at__gt=instant - DAY).values_list("asked_at", flat=True)
    if again := ask_again_at(list(asked), instant):
        raise TooOften("quotes_too_often", retry_at=again, retry_after=int((again - instant).total_seconds()) + 1)


@transaction.atomic
def withdraw_quote(*, actor: Member, quote_id: int) -> Quote:
    """Take back one's own request while nobody has answered. WrongState("quote_settled") afterwards."""
    quote = _locked(Quote.objects.filter(pk=quote_id))
    if quote is None or not permissions.can_read_quote(actor, quote):
        raise NotFound("quote_unknown")
    if quote.asker_id != actor.pk:
        raise NotEntitled("not_the_asker")
    _check_asked(quote)
    return _settle(quote, QuoteState.WITHDRAWN)


# --- the provider -----------------------------------------------------------------------------------------


@transaction.atomic
def accept_quote(*, actor: Member, quote_id: int, answer: str = "") -> Quote:
    """Agree to what is asked: an agreement is made, which both sides know by its uri."""
    quote = _to_answer(actor, quote_id)
    _check_words(answer, needed=False)
    return _settle(
        quote, QuoteState.AGREED, answer=answer.strip(), agreement=f"{settings.ORIGIN}/agreements/{uuid4().hex}"
    )


@transaction.atomic
def refuse_quote(*, actor: Member, quote_id: int, answer: str) -> Quote:
    """Refuse what is asked, in words: why, or what would do instead. The other side may ask again."""
    quote = _to_answer(actor, quote_id)
    _check_words(answer, needed=True)
    return _settle(quote, QuoteState.REFUSED, answer=answer.strip())


@transaction.atomic
def finish_quote(*, actor: Member, quote_id: int) -> Quote:
    """Say, as either side, that what was agreed is done; the client may then attest it. Said again, nothing changes.

    WrongState("quote_not_agreed") where nothing was agreed.
    """
    quote = _locked(Quote.objects.filter(pk=quote_id))
    if quote is None or not permissions.can_read_quote(actor, quote):
        raise NotFound("quote_unknown")
    if not _finish(quote):
        return quote
    quote.revision += 1
    quote.save()
    announce(quote_changed, quote_id=quote.pk)
    return quote


def _finish(quote: Quote) -> bool:
    """Mark an agreement done, not yet saved; False if it was."""
    if quote.state == QuoteState.DONE:
        return False
    if quote.state != QuoteState.AGREED:
        raise WrongState("quote_not_agreed")
    quote.state, quote.done_at = QuoteState.DONE, clock.now()
    return True


def _to_answer(actor: Member, quote_id: int) -> Quote:
    quote = _locked(Quote.objects.filter(pk=quote_id))
    if quote is None or not permissions.can_read_quote(actor, quote):
        raise NotFound("quote_unknown")
    if not permissions.can_answer(actor, quote):
        raise NotEntitled("not_the_provider")
    _check_asked(quote)
    return quote


def _check_words(answer: str, *, needed: bool) -> None:
    if problems := check_answer(answer, needed=needed):
        raise Invalid(problems[0][1], field=problems[0][0], problems=problems)


def _locked(rows: QuerySet[Quote]) -> Quote | None:
    return rows.select_for_update(of=("self",)).select_related("offer__owner", "asker").first()


def _check_asked(quote: Quote) -> None:
    if quote.state != QuoteState.ASKED:
        raise WrongState("quote_settled")


def _settle(quote: Quote, state: str, **columns: Any) -> Quote:
    quote.state, quote.answered_at, quote.revision = state, clock.now(), quote.revision + 1
    for column, value in columns.items():
        setattr(quote, column, value)
    quote.save()
    announce(quote_changed, quote_id=quote.pk)
    return quote


# --- from other nodes -------------------------------------------------------------------------------------


@transaction.atomic
def record_remote_quote(
    *, uri: str, asker_uri: str, offer_uri: str, draft: QuoteDraft, dialect: str = "current"
) -> Quote:
    """Write what somebody of another node asks of an offer of ours; the same `uri` again changes nothing.

    The same refusals as `ask_quote`, and NotEntitled("origin_mismatch", "not_the_asker"), NotFound("member_unknown")
    if the asker is not recorded yet. Whether they may read the offer is for the caller to know. A message that is
    merely long is cut.
    """
    if len(uri) > URI_MAX or origin_of(uri) != origin_of(asker_uri) or origin_of(uri) == settings.ORIGIN.lower():
        raise NotEntitled("origin_mismatch")
    known = Quote.objects.filter(uri=uri).select_related("asker").first()
    if known is not None:
        if known.asker.uri != asker_uri:
            raise NotEntitled("not_the_asker")
        return known
    asker = Member.objects.filter(uri=asker_uri, local=False, gone_at=None).first()
    if asker is None:
        raise NotFound("member_unknown")
    offer = Offer.objects.filter(uri=offer_uri, local=True).first()
    if offer is None:
        raise NotFound("offer_unknown")
    draft = QuoteDraft(draft.quantity, draft.amount_cents, plain(draft.message, MESSAGE_MAX))
    return _record(uri, asker, _lock_offer(offer.pk), draft, dialect)


@transaction.atomic
def record_remote_answer(*, uri: str, owner_uri: str, agreement: str = "", answer: str = "") -> Quote:
    """Write the answer of another node's member to a request of ours: agreed if there is an `agreement`, else refused.

    NotFound("quote_unknown") unless `owner_uri` owns the offer asked of; WrongState("quote_settled") if something
    was answered, or withdrawn, before.
    """
    ours = Quote.objects.filter(uri=uri, asker__local=True, offer__local=False, offer__owner__uri=owner_uri)
    quote = _locked(ours)
    if quote is None:
        raise NotFound("quote_unknown")
    _check_asked(quote)
    if agreement and (len(agreement) > URI_MAX or origin_of(agreement) != origin_of(owner_uri)):
        raise NotEntitled("origin_mismatch")
    state = QuoteState.AGREED if agreement else QuoteState.REFUSED
    return _settle(quote, state, answer=plain(answer, ANSWER_MAX), agreement=agreement)


@transaction.atomic
def record_remote_end(*, agreement: str, actor_uri: str) -> Quote:
    """Write that the other side of an agreement, a member of another node, says it is done; again changes nothing.

    NotFound("quote_unknown") unless they are one side of it and the other is ours. They know what they said, so
    no revision is to be told.
    """
    between = Q(asker__uri=actor_uri, offer__local=True) | Q(offer__owner__uri=actor_uri, asker__local=True)
    quote = _locked(Quote.objects.filter(between, agreement=agreement)) if agreement else None
    if quote is None:
        raise NotFound("quote_unknown")
    if _finish(quote):
        quote.save()
    return quote


@transaction.atomic
def record_remote_withdrawal_of_quote(*, uri: str, asker_uri: str) -> Quote:
    """Withdraw a request on its asker's word, even one agreed to: their word and our answer may have crossed.

    NotFound("quote_unknown") for what is not theirs; WrongState("quote_settled") for what has ended otherwise.
    """
    quote = _locked(Quote.objects.filter(uri=uri, asker__local=False, asker__uri=asker_uri))
    if quote is None:
        raise NotFound("quote_unknown")
    if quote.state not in {QuoteState.ASKED, QuoteState.AGREED}:
        raise WrongState("quote_settled")
    return _settle(quote, QuoteState.WITHDRAWN)


# --- ends that nobody chose -------------------------------------------------------------------------------


def close_quotes_of(offer: Offer) -> None:
    """Let what is still asked of an offer expire: it is withdrawn, or an offer of this node has ended."""
    _settle_each(Quote.objects.filter(offer=offer), QuoteState.EXPIRED)


def drop_quotes_of(member: Member) -> None:
    """Withdraw what a member who leaves still asks of others, and forget their words; what was agreed stays."""
    _settle_each(Quote.objects.filter(asker=member), QuoteState.WITHDRAWN)
    Quote.objects.filter(asker=member).update(message="")
    Quote.objects.filter(offer__owner=member).update(answer="")


def _settle_each(rows: QuerySet[Quote], state: str) -> None:
    for quote in rows.filter(state=QuoteState.ASKED).select_for_update().order_by("pk"):
        _settle(quote, state)


@transaction.atomic
def end_quote(*, quote_id: int) -> None:
    """Let a request expire whose offer turns out to be gone at its own node; nothing if it was settled."""
    quote = _locked(Quote.objects.filter(pk=quote_id, state=QuoteState.ASKED))
    if quote is not None:
        _settle(quote, QuoteState.EXPIRED)
