"""Votes over HTTP: the list, one of them, and casting a ballot, as on the pages. Nothing here edits what is open."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.actions.polls import cast_ballot
from governance.api import PLAIN, ReceiptSerializer, the_member
from governance.queries.poll_list import polls
from governance.queries.polls import entered_at, poll_view
from governance.rules.polls import CHOICES
from governance.rules.register import LARGEST, plain


class BallotSerializer(serializers.Serializer[Any]):
    """One ballot. `key` is a uuid4 of the client's: repeat it to get the same receipt, which never tells the choice.

    `member`: whose ballot it is, if not one's own but that of somebody whose proxy one holds. `password`: of a secret
    vote, and of one on the charter, one's own again; who enters from another node has none here, and enters anew. Any
    other field is refused: nobody shall believe that a weight, a rank or a second choice was counted.
    """

    choice = serializers.ChoiceField(choices=CHOICES)
    member = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False, allow_null=True)
    key = serializers.UUIDField()
    password = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401 - whatever was sent
        """Return the fields; raises ValidationError for what is no object, or has more fields than these."""
        values = super().to_internal_value(data)
        unknown = set(data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError({str(name): ["?"] for name in sorted(unknown)}, code="unknown")
        return values


class Polls(APIView):
    """Votes of one's collectives, open ones first."""

    @extend_schema(operation_id="polls_list", responses=PLAIN)
    def get(self, request: Request) -> Response:
        return Response({"results": [asdict(row) for row in polls(viewer=the_member(request))]})


class PollDetail(APIView):
    """One vote: its text, rules, roll and end. The count shows once it is closed, for everybody at once."""

    @extend_schema(operation_id="polls_retrieve", responses={200: PLAIN, 404: PLAIN})
    def get(self, request: Request, poll_id: int) -> Response:
        return Response(plain(asdict(poll_view(poll_id, viewer=the_member(request)))))


class Ballots(APIView):
    """The ballot box. While a named vote is open one may cast again, and the last counts; a secret ballot is final."""

    @extend_schema(
        operation_id="polls_cast",
        request=BallotSerializer,
        responses={200: ReceiptSerializer, **dict.fromkeys((400, 403, 404, 409, 429), PLAIN)},
    )
    def post(self, request: Request, poll_id: int) -> Response:
        asked = BallotSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values, since = dict(asked.validated_data), entered_at(request.session)
        sure = {"key": values.pop("key"), "password": values.pop("password"), "entered_at": since}
        receipt = cast_ballot(poll_id=poll_id, actor=the_member(request), payload=values, **sure)
        return Response(ReceiptSerializer(receipt).data)
