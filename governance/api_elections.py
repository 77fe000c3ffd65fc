"""Elections over HTTP: the list, one election, asking for one. Acts go through the room's one door."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.actions.elections import call_election, put_on_agenda
from governance.api import PLAIN, the_member
from governance.queries.elections import election_page, elections


class CallSerializer(serializers.Serializer[Any]):
    """What is sought; all but the role can still be agreed in the room."""

    circle_id = serializers.IntegerField(min_value=1)
    role = serializers.CharField(max_length=60)
    mission = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    criteria = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    months = serializers.IntegerField(min_value=0, max_value=1_000, required=False, default=0)


class AgendaSerializer(serializers.Serializer[Any]):
    """The convened assembly on whose agenda the election goes."""

    assembly_id = serializers.IntegerField(min_value=1)


class Elections(APIView):
    """Elections of one's collectives; asking for a new one."""

    @extend_schema(operation_id="elections_list", responses=PLAIN)
    def get(self, request: Request) -> Response:
        return Response({"results": [asdict(row) for row in elections(viewer=the_member(request))]})

    @extend_schema(operation_id="elections_create", request=CallSerializer, responses={201: PLAIN})
    def post(self, request: Request) -> Response:
        asked = CallSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        member = the_member(request)
        made = call_election(actor=member, **asked.validated_data)
        return Response(asdict(election_page(made.pk, viewer=member)), status=status.HTTP_201_CREATED)


class ElectionDetail(APIView):
    """One election. Before ballots are opened it holds no name of any."""

    @extend_schema(operation_id="elections_retrieve", responses=PLAIN)
    def get(self, request: Request, election_id: int) -> Response:
        return Response(asdict(election_page(election_id, viewer=the_member(request))))


class ElectionAgenda(APIView):
    """Putting an election on the agenda of a convened assembly."""

    @extend_schema(operation_id="elections_agenda", request=AgendaSerializer, responses={200: PLAIN})
    def post(self, request: Request, election_id: int) -> Response:
        asked = AgendaSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        member = the_member(request)
        put_on_agenda(actor=member, election_id=election_id, **asked.validated_data)
        return Response(asdict(election_page(election_id, viewer=member)))
