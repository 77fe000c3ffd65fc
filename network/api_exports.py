"""The whole public directory under /api/v1/export/: the same files as the pages offer, for programs."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from network import rates
from network.api import Door
from network.api_schema import ProblemOut
from network.clock import now
from network.errors import NotFound, TooOften
from network.queries.exports import EXPORTS, directory_cards, exported

__all__ = ["ExportFile", "Exports"]

WHOLE, WHOLE_SECONDS = 30, 600  # whole directories for one address, with those of the pages


class ExportOut(serializers.Serializer[Any]):
    """A format: where its file is, and the fields of an entry that it cannot hold."""

    name = serializers.CharField()
    url = serializers.CharField()
    media_type = serializers.CharField()
    lacks = serializers.ListField(child=serializers.CharField())


class AsItIs(BaseContentNegotiation):
    """The address says the format: whatever a program accepts, it gets that file."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Exports(Door):
    """The formats."""

    @extend_schema(operation_id="list_exports", responses=ExportOut(many=True))
    def get(self, request: Request) -> Response:
        """List the formats of the public directory, and what each cannot hold."""
        return Response(
            [
                {"name": each.name, "url": f"/api/v1/export/{each.name}", "media_type": each.media_type,
                 "lacks": each.lacks}
                for each in EXPORTS.values()
            ]
        )  # fmt: skip


class ExportFile(Door):
    """One file."""

    content_negotiation_class = AsItIs

    @extend_schema(
        operation_id="read_export",
        responses={200: OpenApiResponse(OpenApiTypes.STR, description="the file, of its media type"), 404: ProblemOut},
    )
    def get(self, request: Request, name: str) -> Any:
        """Read everybody who is in the directory, with their public offers. Answers may be kept for ten minutes."""
        if name not in EXPORTS:
            raise NotFound("export_unknown")
        wait = rates.allow("export", rates.address_bucket(rates.address_of(request.META)), WHOLE, WHOLE_SECONDS)
        if wait:
            raise TooOften("too_often", retry_after=wait)
        answer = HttpResponse(exported(name, directory_cards(), at=now()), content_type=EXPORTS[name].media_type)
        answer["Cache-Control"] = "public, max-age=600"
        answer["Access-Control-Allow-Origin"] = "*"
        answer["X-Robots-Tag"] = "noindex"
        return answer
