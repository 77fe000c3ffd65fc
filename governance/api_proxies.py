"""Proxies over HTTP: a circle's list, giving one, ending one."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.actions.proxies import end_proxy, give_proxy
from governance.api import PLAIN, the_member
from governance.models import Proxy
from governance.queries.proxies import proxies_page


class GiveSerializer(serializers.Serializer[Any]):
    """Whom one gives one's proxy, until when. `key` is a uuid4 of the client's: repeat it to get the same proxy."""

    holder_id = serializers.IntegerField(min_value=1)
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)
    key = serializers.UUIDField()


class ProxySerializer(serializers.Serializer[Proxy]):
    """One proxy. `ended_at` once it was withdrawn or given back."""

    id = serializers.IntegerField()
    circle_id = serializers.IntegerField()
    giver_id = serializers.IntegerField()
    holder_id = serializers.IntegerField()
    given_at = serializers.DateTimeField()
    ends_on = serializers.DateField()
    ended_at = serializers.DateTimeField(allow_null=True)


class CircleProxies(APIView):
    """The proxies of a circle that run; giving one's own."""

    @extend_schema(operation_id="proxies_list", responses={200: PLAIN, 404: PLAIN})
    def get(self, request: Request, circle_id: int) -> Response:
        return Response(asdict(proxies_page(circle_id, viewer=the_member(request))))

    @extend_schema(
        operation_id="proxies_create",
        request=GiveSerializer,
        responses={201: ProxySerializer, 400: PLAIN, 403: PLAIN, 404: PLAIN, 409: PLAIN},
    )
    def post(self, request: Request, circle_id: int) -> Response:
        asked = GiveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = give_proxy(actor=the_member(request), circle_id=circle_id, **asked.validated_data)
        return Response(ProxySerializer(given).data, status=status.HTTP_201_CREATED)


class EndProxy(APIView):
    """Withdrawing the proxy that one gave, or giving back one that one holds; safe to repeat."""

    @extend_schema(operation_id="proxies_end", request=None, responses={200: ProxySerializer, 403: PLAIN, 404: PLAIN})
    def post(self, request: Request, proxy_id: int) -> Response:
        ended = end_proxy(actor=the_member(request), proxy_id=proxy_id)
        kept = [{"poll": poll.pk, "title": poll.title} for poll in ended.kept]
        return Response({**ProxySerializer(ended.proxy).data, "kept": kept})
