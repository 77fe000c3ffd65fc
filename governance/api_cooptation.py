"""Candidacies over HTTP: the same views and the same door as the pages. Errors become problem+json (`network.api`)."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.actions.candidacies import act_on, express
from governance.api import PLAIN, ReceiptSerializer, acted, plain_of, the_member
from governance.queries.candidacies import candidacies
from governance.queries.candidacy_view import candidacy_view
from governance.rules.candidacy_acts import CANDIDACY_ACTS


class ExpressionSerializer(serializers.Serializer[Any]):
    """The wish to join: `signed` is the digest of the charter read, `answers` one fact for each of its articles."""

    collective_id = serializers.IntegerField(min_value=1)
    signed = serializers.CharField(max_length=80)
    organisation = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    answers = serializers.DictField(help_text='{"article": {"fact": "…"}}')
    key = serializers.UUIDField(help_text="a uuid4 of the client's")


class CandidacyActSerializer(serializers.Serializer[Any]):
    """One act in a candidacy. `evaluate` takes `marks`, `renew` takes `answers`, by article."""

    kind = serializers.ChoiceField(choices=sorted(CANDIDACY_ACTS))
    payload = serializers.DictField(required=False)
    key = serializers.UUIDField()


class Candidacies(APIView):
    """Candidacies that one may know of; asking to join."""

    @extend_schema(operation_id="candidacies_list", responses=PLAIN)
    def get(self, request: Request) -> Response:
        return Response({"results": [plain_of(row) for row in candidacies(the_member(request))]})

    @extend_schema(operation_id="candidacies_create", request=ExpressionSerializer, responses={201: PLAIN})
    def post(self, request: Request) -> Response:
        asked = ExpressionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        member = the_member(request)
        row = express(actor=member, **asked.validated_data)
        return Response(plain_of(candidacy_view(row.pk, viewer=member)), status=status.HTTP_201_CREATED)


class CandidacyDetail(APIView):
    """One candidacy as its reader may know it. Before the reveal it holds nobody's marks but the reader's own."""

    @extend_schema(operation_id="candidacies_retrieve", responses=PLAIN)
    def get(self, request: Request, candidacy_id: int) -> Response:
        return Response(plain_of(candidacy_view(candidacy_id, viewer=the_member(request))))


class CandidacyActs(APIView):
    """The one door of a candidacy."""

    @extend_schema(
        operation_id="candidacies_act",
        request=CandidacyActSerializer,
        responses={200: ReceiptSerializer, 400: PLAIN, 403: PLAIN, 404: PLAIN, 409: PLAIN},
    )
    def post(self, request: Request, candidacy_id: int) -> Response:
        return acted(request, CandidacyActSerializer, partial(act_on, candidacy_id=candidacy_id))
