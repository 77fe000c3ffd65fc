"""Conversations with clients without an account, under /api/v1/conversations: the member's side, with a session.

Clients have their private link and no API. Refusals are problem documents (`api_problems.py`).
"""

from typing import Any
from uuid import uuid4

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from network.actions.contact import provider_step
from network.actions.contact_ends import mark_read
from network.api import PROBLEMS
from network.api_quotes import QuoteDoor
from network.api_schema import ProblemOut
from network.models import ContactMessage, Conversation
from network.queries.contact import conversations_of, own_conversation, page_of_member
from network.rules.contact import TEXT_MAX, Proposal, Side, Stage, Step, Way, allowed

__all__ = ["ConversationAnswer", "ConversationDetail", "Conversations"]

Json = dict[str, Any]
STEPS = sorted(step.value for step in Step if any(step in allowed(stage, Side.PROVIDER) for stage in Stage))


class ProposalIn(serializers.Serializer[Any]):
    """A price: `quantity` and `unit_cents` for each, `amount_cents` for whole."""

    way = serializers.ChoiceField(choices=[way.value for way in Way])
    quantity = serializers.DecimalField(max_digits=9, decimal_places=2, required=False, allow_null=True, default=None)
    unit_cents = serializers.IntegerField(required=False, allow_null=True, default=None)
    amount_cents = serializers.IntegerField(required=False, allow_null=True, default=None)


class StepIn(serializers.Serializer[Any]):
    """What the member does; the same `key` again changes nothing."""

    step = serializers.ChoiceField(choices=STEPS)
    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=TEXT_MAX)
    proposal = ProposalIn(required=False, allow_null=True, default=None)
    key = serializers.UUIDField(required=False, default=uuid4)


class ContactMessageOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    author = serializers.CharField(help_text="client, provider, node")
    step = serializers.CharField(help_text=", ".join(Step))
    text = serializers.CharField()
    way = serializers.CharField(help_text="each, whole, words; empty unless a price is proposed")
    quantity = serializers.CharField(allow_null=True)
    unit_cents = serializers.IntegerField(allow_null=True)
    amount_cents = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    written_at = serializers.DateTimeField()


class ConversationOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    url = serializers.CharField()
    name = serializers.CharField(help_text="as the client gave it; empty once erased")
    reach = serializers.CharField(help_text="mail or telephone, if the client left one")
    offer = serializers.IntegerField(allow_null=True, help_text="id of the offer, if it is about one")
    state = serializers.CharField(help_text=", ".join(Stage))
    unread = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    moved_at = serializers.DateTimeField()


class ConversationWhole(ConversationOut):
    messages = ContactMessageOut(many=True)
    steps = serializers.ListField(child=serializers.CharField(), help_text="what the member may do now")


class ConversationsOut(serializers.Serializer[Any]):
    conversations = ConversationOut(many=True)


def conversation_json(row: Conversation) -> Json:
    """One conversation, as the member it was written to sees it."""
    unread = row.erased_at is None and (row.read_at is None or row.client_at > row.read_at)
    return {
        "id": row.pk,
        "url": f"{settings.ORIGIN}/compte/messages/{row.pk}",
        "name": row.name,
        "reach": row.reach,
        "offer": row.offer_id,
        "state": row.state,
        "unread": unread,
        "opened_at": row.opened_at,
        "moved_at": row.moved_at,
    }


def message_json(message: ContactMessage) -> Json:
    """One step."""
    return {
        "id": message.pk,
        "author": message.author,
        "step": message.step,
        "text": message.text,
        "way": message.way,
        "quantity": None if message.quantity is None else f"{message.quantity.normalize():f}",
        "unit_cents": message.unit_cents,
        "amount_cents": message.amount_cents,
        "currency": message.currency,
        "written_at": message.written_at,
    }


class ContactDoor(QuoteDoor):
    """Only for the member who was written to; no cache keeps it."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response["Cache-Control"] = "private, no-store"
        return super().finalize_response(request, response, *args, **kwargs)

    def whole(self, conversation_id: int) -> Json:
        """One conversation with its steps, read again."""
        page = page_of_member(conversation_id, member=self.actor())
        return {
            **conversation_json(page.row),
            "messages": [message_json(message) for message in page.messages],
            "steps": sorted(page.steps),
        }


class Conversations(ContactDoor):
    """All of them."""

    @extend_schema(operation_id="list_conversations", responses={200: ConversationsOut, 403: ProblemOut})
    def get(self, request: Request) -> Response:
        """List what clients wrote to me, unread first."""
        return Response({"conversations": [conversation_json(row) for row in conversations_of(self.actor())]})


class ConversationDetail(ContactDoor):
    """One of them."""

    @extend_schema(operation_id="read_conversation", responses={200: ConversationWhole} | PROBLEMS)
    def get(self, request: Request, conversation_id: int) -> Response:
        """Read one; it stays unread until it is answered, or marked so."""
        return Response(self.whole(conversation_id))

    @extend_schema(operation_id="mark_conversation_read", request=None, responses={200: ConversationWhole} | PROBLEMS)
    def post(self, request: Request, conversation_id: int) -> Response:
        """Mark one as read."""
        own_conversation(conversation_id, member=self.actor())
        mark_read(actor=self.actor(), conversation_id=conversation_id)
        return Response(self.whole(conversation_id))


class ConversationAnswer(ContactDoor):
    """What the member does in one of them."""

    @extend_schema(operation_id="answer_conversation", request=StepIn, responses={200: ConversationWhole} | PROBLEMS)
    def post(self, request: Request, conversation_id: int) -> Response:
        """Write, propose a price, refuse in words, say that it is done, close."""
        actor, form = self.actor(), StepIn(data=request.data)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        step, price = Step(given.pop("step")), given.pop("proposal")
        currency = own_conversation(conversation_id, member=actor).currency
        proposal = Proposal(**price, currency=currency) if price else None
        provider_step(actor=actor, conversation_id=conversation_id, step=step, proposal=proposal, **given)
        return Response(self.whole(conversation_id))
