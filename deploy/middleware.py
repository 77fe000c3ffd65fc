"""Answers that depend on who asks, and at which address."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from federation.views import moved

Answer = Callable[[HttpRequest], HttpResponse]


class EarlierAddresses:
    """Requests to an address where this node lived before are answered for that address, whatever they ask."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return moved.answer(request) or self.get_response(request)


class PersonalPages:
    """Answers for a person who is logged in are never kept by a cache, unless the page itself decided otherwise."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        personal = request.session.accessed and request.session.get("_auth_user_id")
        if personal and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response
