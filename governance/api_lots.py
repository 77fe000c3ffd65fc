"""Lots over HTTP: the list, freezing one, one lot with all that redoes it, and its acts, as on the pages."""

from dataclasses import asdict
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.actions.lots import ROLE_LENGTH, Frozen, act_in_lot, open_lot
from governance.api import PLAIN, ReceiptSerializer, acted, the_member
from governance.queries.lots import lot_view, lots
from governance.rules.acts import LOT_ACTS

MOST_PEOPLE = 10_000  # in one pool


class FreezeSerializer(serializers.Serializer[Any]):
    """Everything that the result will depend on; nothing of it changes once it is entered in the register.

    Each `#` of `beacon_format` stands for a whole number. `beacon_at` is left out for dice, thrown after the reveals.
    `key` is a uuid4 of the client's: repeat it to get the same lot.
    """

    circle_id = serializers.IntegerField(min_value=1)
    role = serializers.CharField(max_length=ROLE_LENGTH)
    seats = serializers.IntegerField(min_value=1, max_value=1_000)
    months = serializers.IntegerField(min_value=1, max_value=1_200)
    pool = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=MOST_PEOPLE)
    eligibility = serializers.CharField(max_length=2_000)
    beacon_source = serializers.CharField(max_length=200)
    beacon_format = serializers.CharField(max_length=120)
    commits_end = serializers.DateTimeField()
    reveals_end = serializers.DateTimeField()
    beacon_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    election_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    key = serializers.UUIDField(required=False, allow_null=True, default=None)


class LotActSerializer(serializers.Serializer[Any]):
    """One act in a lot. `key` is a uuid4 of the client's: repeat it to get the same receipt.

    A key to commit with is made by the client and sent only to reveal: salt and secret, 32 bytes each, in hex.
    """

    kind = serializers.ChoiceField(choices=sorted(LOT_ACTS))
    payload = serializers.DictField(required=False)
    key = serializers.UUIDField()


class Lots(APIView):
    """Lots of one's collectives, the last changed first; freezing a new one."""

    @extend_schema(operation_id="lots_list", responses=PLAIN)
    def get(self, request: Request) -> Response:
        return Response({"results": [asdict(row) for row in lots(viewer=the_member(request))]})

    @extend_schema(
        operation_id="lots_create",
        request=FreezeSerializer,
        responses={201: PLAIN, 400: PLAIN, 403: PLAIN, 404: PLAIN, 409: PLAIN},
    )
    def post(self, request: Request) -> Response:
        asked = FreezeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values, member = dict(asked.validated_data), the_member(request)
        circle_id, pool, key = values.pop("circle_id"), tuple(values.pop("pool")), values.pop("key")
        made = open_lot(actor=member, circle_id=circle_id, frozen=Frozen(**values, pool=pool), key=key)
        return Response(asdict(lot_view(made.pk, viewer=member)), status=status.HTTP_201_CREATED)


class LotDetail(APIView):
    """One lot, with everything needed to redo it once it is drawn. Secrets show once reveals are closed."""

    @extend_schema(operation_id="lots_retrieve", responses={200: PLAIN, 404: PLAIN})
    def get(self, request: Request, lot_id: int) -> Response:
        return Response(asdict(lot_view(lot_id, viewer=the_member(request))))


class LotActs(APIView):
    """The one door of a lot: committing, revealing, reading the beacon, accepting or refusing, closing early."""

    @extend_schema(
        operation_id="lots_act",
        request=LotActSerializer,
        responses={200: ReceiptSerializer, 400: PLAIN, 403: PLAIN, 404: PLAIN, 409: PLAIN},
    )
    def post(self, request: Request, lot_id: int) -> Response:
        return acted(request, LotActSerializer, partial(act_in_lot, lot_id=lot_id))
