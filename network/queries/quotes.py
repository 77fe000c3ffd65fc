"""Reads about requests for a quote: one's own, those received, one thread."""

from dataclasses import dataclass

from django.db.models import Case, IntegerField, QuerySet, Value, When

from network import clock, permissions
from network.errors import NotFound
from network.models import Member, Offer, OfferState, Opening, Quote, QuoteState

__all__ = ["QuoteLists", "QuotePage", "may_ask", "quote_page", "quotes_of", "unanswered_count"]

MOST_LISTED = 200  # of each direction, the latest


@dataclass(frozen=True)
class QuotePage:
    """One thread, as one of its two sides sees it. `other`: who is on the other side."""

    quote: Quote
    other: Member
    is_asker: bool
    can_answer: bool
    can_withdraw: bool
    can_finish: bool


@dataclass(frozen=True)
class QuoteLists:
    """Both directions: what waits first, then the latest."""

    received: list[Quote]
    sent: list[Quote]


def quote_page(pk: int, *, viewer: Member | None) -> QuotePage:
    """Return thread `pk`; NotFound("quote_unknown") for anybody who is not one of its two sides."""
    quote = _with_sides().filter(pk=pk).first()
    if quote is None or not permissions.can_read_quote(viewer, quote):
        raise NotFound("quote_unknown")
    is_asker = viewer is not None and quote.asker_id == viewer.pk
    waiting = quote.state == QuoteState.ASKED
    return QuotePage(
        quote,
        quote.offer.owner if is_asker else quote.asker,
        is_asker,
        can_answer=waiting and permissions.can_answer(viewer, quote),
        can_withdraw=waiting and is_asker,
        can_finish=quote.state == QuoteState.AGREED,
    )


def quotes_of(member: Member) -> QuoteLists:
    """Return what `member` was asked and what they ask; two queries."""
    received = _in_order(_with_sides().filter(offer__owner=member))
    return QuoteLists(list(received[:MOST_LISTED]), list(_in_order(_with_sides().filter(asker=member))[:MOST_LISTED]))


def unanswered_count(member: Member | None) -> int:
    """How many requests wait for this member's answer; one query, none for a visitor."""
    if member is None:
        return 0
    return Quote.objects.filter(offer__owner=member, offer__local=True, state=QuoteState.ASKED).count()


def _with_sides() -> QuerySet[Quote]:
    return Quote.objects.select_related("offer__owner", "offer__skill", "asker")


def _in_order(rows: QuerySet[Quote]) -> QuerySet[Quote]:
    waits = Case(When(state=QuoteState.ASKED, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(waits, "-asked_at", "-pk")


def may_ask(member: Member | None, offer: Offer) -> bool:
    """Whether `member` could ask for a quote on `offer` as it stands: live, taking requests, somebody else's.

    A visitor (None) could, once logged in.
    """
    if offer.state != OfferState.LIVE or offer.ends_at <= clock.now() or offer.opening == Opening.CLOSED:
        return False
    return member is None or permissions.can_ask(member, offer)
