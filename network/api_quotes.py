"""Requests for a quote under /api/v1/quotes: one's own in both directions, for members with a session.

The same actions as the pages call; refusals are problem documents (`api_problems.py`).
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from network.actions.quotes import accept_quote, ask_quote, finish_quote, refuse_quote, withdraw_quote
from network.api import PROBLEMS, Door
from network.api_schema import MemberOut, ProblemOut
from network.api_shapes import member_json
from network.models import Member, Price, Quote, QuoteState
from network.queries.quotes import quote_page, quotes_of
from network.rules.quotes import ANSWER_MAX, MESSAGE_MAX, QuoteDraft

__all__ = ["QuoteAnswer", "QuoteDetail", "QuoteDone", "QuoteDoor", "Quotes"]

Json = dict[str, Any]


class QuoteIn(serializers.Serializer[Any]):
    """What is asked. `amount_cents` is for prix libre; elsewhere it follows from the offer and may be left out."""

    offer = serializers.IntegerField(help_text="id of the offer")
    quantity = serializers.DecimalField(max_digits=9, decimal_places=2, default=Decimal(1), help_text="hours, or one")
    amount_cents = serializers.IntegerField(required=False, allow_null=True, default=None)
    message = serializers.CharField(required=False, allow_blank=True, default="", max_length=MESSAGE_MAX)


class AnswerIn(serializers.Serializer[Any]):
    """The provider's answer; a refusal needs words."""

    accept = serializers.BooleanField()
    answer = serializers.CharField(required=False, allow_blank=True, default="", max_length=ANSWER_MAX)


class QuoteOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    uri = serializers.CharField()
    url = serializers.CharField()
    direction = serializers.CharField(help_text="sent, received")
    offer = serializers.IntegerField(help_text="id of the offer")
    offer_uri = serializers.CharField()
    title = serializers.CharField(help_text="of the offer")
    asker = MemberOut()
    provider = MemberOut()
    price = serializers.CharField(help_text=f"{', '.join(Price.values)}; as it was when asked")
    quantity = serializers.CharField(help_text="decimal")
    amount_cents = serializers.IntegerField(allow_null=True, help_text="in return; null where none is named")
    currency = serializers.CharField()
    message = serializers.CharField()
    state = serializers.CharField(help_text=", ".join(QuoteState.values))
    answer = serializers.CharField()
    agreement = serializers.CharField(help_text="uri, once agreed")
    asked_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class QuotesOut(serializers.Serializer[Any]):
    received = QuoteOut(many=True)
    sent = QuoteOut(many=True)


def quote_json(quote: Quote, viewer: Member) -> Json:
    """One request, as one of its two sides sees it."""
    return {
        "id": quote.pk,
        "uri": quote.uri,
        "url": f"{settings.ORIGIN}/compte/demandes/{quote.pk}",
        "direction": "sent" if quote.asker_id == viewer.pk else "received",
        "offer": quote.offer_id,
        "offer_uri": quote.offer.uri,
        "title": quote.offer.title,
        "asker": member_json(quote.asker),
        "provider": member_json(quote.offer.owner),
        "price": quote.price,
        "quantity": f"{quote.quantity.normalize():f}",
        "amount_cents": quote.amount_cents,
        "currency": quote.currency,
        "message": quote.message,
        "state": quote.state,
        "answer": quote.answer,
        "agreement": quote.agreement,
        "asked_at": quote.asked_at,
        "answered_at": quote.answered_at,
        "done_at": quote.done_at,
    }


class QuoteDoor(Door):
    """Only for members: requests are between two people."""

    permission_classes = [IsAuthenticated]

    def shown(self, quote_id: int) -> Json:
        """One request, read again for whoever is signed in."""
        viewer = self.actor()
        return quote_json(quote_page(quote_id, viewer=viewer).quote, viewer)


class Quotes(QuoteDoor):
    """Both directions, and asking."""

    @extend_schema(operation_id="list_quotes", responses={200: QuotesOut, 403: ProblemOut})
    def get(self, request: Request) -> Response:
        """List what I was asked and what I ask; what waits comes first."""
        viewer = self.actor()
        lists = quotes_of(viewer)
        sides = {"received": lists.received, "sent": lists.sent}
        return Response({side: [quote_json(quote, viewer) for quote in found] for side, found in sides.items()})

    @extend_schema(operation_id="ask_quote", request=QuoteIn, responses={201: QuoteOut} | PROBLEMS | {429: ProblemOut})
    def post(self, request: Request) -> Response:
        """Ask the owner of an offer, of this node or another, for a quote."""
        actor, form = self.actor(), QuoteIn(data=request.data)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        made = ask_quote(actor=actor, offer_id=given.pop("offer"), draft=QuoteDraft(**given))
        return Response(self.shown(made.pk), status=201, headers={"Location": f"/api/v1/quotes/{made.pk}"})


class QuoteDetail(QuoteDoor):
    """One request."""

    @extend_schema(operation_id="read_quote", responses={200: QuoteOut} | PROBLEMS)
    def get(self, request: Request, quote_id: int) -> Response:
        """Read one request, as one of its two sides."""
        return Response(self.shown(quote_id))

    @extend_schema(operation_id="withdraw_quote", responses={200: QuoteOut} | PROBLEMS)
    def delete(self, request: Request, quote_id: int) -> Response:
        """Take one's own request back while nobody has answered; it stays readable."""
        withdraw_quote(actor=self.actor(), quote_id=quote_id)
        return Response(self.shown(quote_id))


class QuoteAnswer(QuoteDoor):
    """The provider's answer."""

    @extend_schema(operation_id="answer_quote", request=AnswerIn, responses={200: QuoteOut} | PROBLEMS)
    def post(self, request: Request, quote_id: int) -> Response:
        """Accept, or refuse in words, what is asked of one's own offer."""
        actor, form = self.actor(), AnswerIn(data=request.data)
        form.is_valid(raise_exception=True)
        act = accept_quote if form.validated_data["accept"] else refuse_quote
        act(actor=actor, quote_id=quote_id, answer=form.validated_data["answer"])
        return Response(self.shown(quote_id))


class QuoteDone(QuoteDoor):
    """The end of an agreement."""

    @extend_schema(operation_id="finish_quote", request=None, responses={200: QuoteOut} | PROBLEMS)
    def post(self, request: Request, quote_id: int) -> Response:
        """Say, as either side, that what was agreed is done."""
        finish_quote(actor=self.actor(), quote_id=quote_id)
        return Response(self.shown(quote_id))
