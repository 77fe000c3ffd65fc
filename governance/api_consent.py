"""Decisions outside a room, over HTTP: the acts of a proposition's page, and letting it be decided in writing."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from governance.actions.written import act_on_proposal, decide_in_writing
from governance.api import PAYLOAD, PLAIN, ReceiptSerializer, acted, plain_of, the_member
from governance.queries.proposal_room import proposal_room
from governance.rules.acts import CONSENT_ACTS


class ProposalActSerializer(serializers.Serializer[Any]):
    """One act in a decision. `key` is a uuid4 of the client's: repeat it to get the same receipt."""

    kind = serializers.ChoiceField(choices=sorted(CONSENT_ACTS))
    payload = serializers.DictField(required=False, help_text=PAYLOAD)
    key = serializers.UUIDField()


class InWritingSerializer(serializers.Serializer[Any]):
    """Who facilitates, if the circle mandated nobody; without, whoever asks."""

    facilitator_id = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    key = serializers.UUIDField()


REFUSALS = {400: PLAIN, 403: PLAIN, 404: PLAIN, 409: PLAIN}


class ProposalActs(APIView):
    """The decision outside any room: what one may do, and doing it. Same acts and receipts as in a room."""

    throttle_classes: list[type[BaseThrottle]] = []

    @extend_schema(operation_id="proposals_acts", responses=PLAIN)
    def get(self, request: Request, proposal_id: int) -> Response:
        view = proposal_room(proposal_id, viewer=the_member(request))
        return Response({"acts": [plain_of(each) for each in view.mine.acts] if view else []})

    @extend_schema(
        operation_id="proposals_act", request=ProposalActSerializer, responses={200: ReceiptSerializer, **REFUSALS}
    )
    def post(self, request: Request, proposal_id: int) -> Response:
        return acted(request, ProposalActSerializer, partial(act_on_proposal, proposal_id=proposal_id))


class InWriting(APIView):
    """Let a proposal be decided in writing, or go on in writing."""

    @extend_schema(
        operation_id="proposals_written", request=InWritingSerializer, responses={200: ReceiptSerializer, **REFUSALS}
    )
    def post(self, request: Request, proposal_id: int) -> Response:
        asked = InWritingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        receipt = decide_in_writing(actor=the_member(request), proposal_id=proposal_id, **asked.validated_data)
        return Response(ReceiptSerializer(receipt).data)
