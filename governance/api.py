"""The same acts and views over HTTP: one action or query each. Errors become problem+json (`network.api`)."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from governance.actions.assemblies import act
from governance.actions.proposals import draft_proposal
from governance.errors import NotEntitled
from governance.queries.agenda import charter_in_force, propositions_for
from governance.queries.assemblies import assemblies
from governance.queries.consent import proposal_view
from governance.queries.register import entry_view, register_page
from governance.queries.register_search import SEARCHES, is_costly
from governance.queries.rooms import room_view
from governance.queries.shapes import Receipt, RegisterSearch, RoomView
from governance.rules.acts import CONSENT_ACTS, ELECTION_ACTS, PASSING_ACTS, ROOM_ACTS
from network.models import Member
from network.queries.members import member_for
from network.rules.calendar import FIRST_YEAR, LAST_YEAR
from network.search_rates import spare

PAGE = OpenApiParameter("page", int, description="from 1")
STATES = ("in_force", "to_review", "lapsed", "replaced")
SEARCH = (
    OpenApiParameter("q", str, description="words in titles, texts and reasons"),
    OpenApiParameter("kind", str, description="decision, vote, fallback, charter, concern, minutes…"),
    OpenApiParameter("year", int),
    OpenApiParameter("state", str, enum=STATES, description="of decisions, by consent or by a vote"),
)
PLAIN = OpenApiResponse(OpenApiTypes.OBJECT)


def plain_of(value: object) -> Any:
    """Return dataclasses as plain values; lazy texts are rendered by DRF's encoder."""
    return asdict(value)  # type: ignore[call-overload]


def the_member(request: Request) -> Member:
    member = member_for(request.user)
    if member is None:
        raise NotEntitled("member_needed")
    return member


PAYLOAD = (
    "the fields of the act, and the values that it was offered with under `fixed`: they tell which version, call, "
    "change offered or wording it speaks of; 409 `stale_version` once another has taken its place"
)


class ActSerializer(serializers.Serializer[Any]):
    """One act in a room. `key` is a uuid4 of the client's: repeat it to get the same receipt."""

    kind = serializers.ChoiceField(choices=sorted({*ROOM_ACTS, *PASSING_ACTS, *CONSENT_ACTS, *ELECTION_ACTS}))
    payload = serializers.DictField(required=False, help_text=PAYLOAD)
    key = serializers.UUIDField()


class ReceiptSerializer(serializers.Serializer[Receipt]):
    """What a repeated act gets again."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    code = serializers.CharField(help_text="stage reached, or `recorded`")
    kind = serializers.CharField()


class DraftSerializer(serializers.Serializer[Any]):
    """A proposal in preparation."""

    circle_id = serializers.IntegerField(min_value=1)
    title = serializers.CharField(max_length=200)
    driver = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    text = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    review_on = serializers.DateField(required=False, allow_null=True, default=None)
    responsible_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    criteria = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    decision_class = serializers.CharField(max_length=40, required=False, default="ordinary")


class Assemblies(APIView):
    """Assemblies that one may follow."""

    @extend_schema(operation_id="assemblies_list", responses=PLAIN)
    def get(self, request: Request) -> Response:
        return Response({"results": [plain_of(row) for row in assemblies(viewer=the_member(request))]})


class AssemblyDetail(APIView):
    """The room as its viewer may see it. Before a reveal it holds nobody's choice but the viewer's own."""

    @extend_schema(operation_id="assemblies_retrieve", responses=PLAIN)
    def get(self, request: Request, assembly_id: int) -> Response:
        return Response(room_document(room_view(assembly_id, viewer=the_member(request))))


def acted(request: Request, shape: type[serializers.Serializer[Any]], take: Callable[..., Receipt]) -> Response:
    """Do one act as every door of acts reads it (kind, payload, key), and return its receipt."""
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    values, member = asked.validated_data, the_member(request)
    receipt = take(actor=member, kind=values["kind"], payload=values.get("payload", {}), key=values["key"])
    return Response(ReceiptSerializer(receipt).data)


def room_document(view: RoomView) -> dict[str, Any]:
    """Return a room as plain values."""
    return {"audience": view.audience, "state": plain_of(view.state), "mine": plain_of(view.mine)}


class Acts(APIView):
    """The room's one door, as for forms and sockets."""

    throttle_classes: list[type[BaseThrottle]] = []

    @extend_schema(
        operation_id="assemblies_act",
        request=ActSerializer,
        responses={200: ReceiptSerializer, 400: PLAIN, 403: PLAIN, 404: PLAIN, 409: PLAIN},
    )
    def post(self, request: Request, assembly_id: int) -> Response:
        return acted(request, ActSerializer, partial(act, assembly_id=assembly_id))


class Proposals(APIView):
    """Proposals of one's collectives; writing a new one."""

    @extend_schema(operation_id="proposals_list", responses=PLAIN)
    def get(self, request: Request) -> Response:
        return Response({"results": [plain_of(row) for row in propositions_for(the_member(request))]})

    @extend_schema(operation_id="proposals_create", request=DraftSerializer, responses={201: PLAIN})
    def post(self, request: Request) -> Response:
        asked = DraftSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        member = the_member(request)
        proposal = draft_proposal(actor=member, **asked.validated_data)
        return Response(plain_of(proposal_view(proposal.pk, viewer=member)), status=status.HTTP_201_CREATED)


class ProposalDetail(APIView):
    """A proposal, and its decision once one is open."""

    @extend_schema(operation_id="proposals_retrieve", responses=PLAIN)
    def get(self, request: Request, proposal_id: int) -> Response:
        return Response(plain_of(proposal_view(proposal_id, viewer=the_member(request))))


class Register(APIView):
    """The decision register of this node's collective: public."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="register_list", parameters=[PAGE, *SEARCH], responses={200: PLAIN, 429: PLAIN})
    def get(self, request: Request) -> Response:
        given = request.query_params
        page = serializers.IntegerField(min_value=1, max_value=1_000_000).run_validation(given.get("page", "1"))
        year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR, allow_null=True)
        search = RegisterSearch(
            words=given.get("q", "")[:200],
            kind=given.get("kind", "")[:40],
            year=year.run_validation(given["year"]) if given.get("year") else None,
            state=serializers.ChoiceField(choices=STATES, allow_blank=True).run_validation(given.get("state", "")),
        )
        if is_costly(search) and member_for(request.user) is None:
            spare(request.META, "register-search", SEARCHES)
        return Response(plain_of(register_page(page=page, search=search)))


class RegisterEntry(APIView):
    """One entry, with what is needed to recompute its hash."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="register_retrieve", responses=PLAIN)
    def get(self, request: Request, seq: int) -> Response:
        return Response(plain_of(entry_view(seq)))


class CharterInForce(APIView):
    """The charter in force: public. Empty before there is one."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="charter_retrieve", responses=PLAIN)
    def get(self, request: Request) -> Response:
        charter = charter_in_force()
        return Response(plain_of(charter) if charter else {})
