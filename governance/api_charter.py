"""Versions of the charter over HTTP: public, and whole, so that anybody recomputes a digest."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.queries.charters import FigureDiff, VersionRow, version_diff, version_view, versions

PLAIN = OpenApiResponse(OpenApiTypes.OBJECT)


def _row(row: VersionRow) -> dict[str, Any]:
    return asdict(row)


class CharterVersions(APIView):
    """The versions of the charter, newest first, with their digests and register entries."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="charter_versions_list", responses=PLAIN)
    def get(self, request: Request) -> Response:
        return Response({"results": [_row(each) for each in versions()]})


class CharterVersion(APIView):
    """One version: `digest` is `sha256:` and the SHA-256 of `document` in canonical form (RFC 8785)."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="charter_versions_retrieve", responses={200: PLAIN, 404: PLAIN})
    def get(self, request: Request, version: int) -> Response:
        found = version_view(version)
        return Response({**_row(found.row), "document": found.document})


class CharterDiffDetail(APIView):
    """What lies between two versions: articles as runs of words, figures from old to new."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="charter_diff_retrieve",
        parameters=[OpenApiParameter(name, int, required=True) for name in ("from", "to")],
        responses={200: PLAIN, 400: PLAIN, 404: PLAIN},
    )
    def get(self, request: Request) -> Response:
        number = serializers.IntegerField(min_value=1, max_value=1_000_000)
        old, new = (number.run_validation(request.query_params.get(name)) for name in ("from", "to"))
        found = version_diff(old, new)
        plain = asdict(found)
        plain["figures"] = [_figure(each) for each in found.figures]
        return Response({"from": old, "to": new, **plain})


def _figure(each: FigureDiff) -> dict[str, object]:
    return {"place": each.place, "old": each.old, "new": each.new}
