"""Answers that depend on who asks, and at which address."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from federation.views import moved

Answer = Callable[[HttpRequest], HttpResponse]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = frozenset({403, 404, 405, 409})
security = logging.getLogger("toile.security")


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


class RefusedActs:
    """An act that a person tried and may not do, or not now, leaves a line: what and where, never who or with which
    words. Sockets and the federation's gate write their own."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match and response.status_code in REFUSED and request.method not in SAFE and request.user.is_authenticated:
            numbers = {name: value for name, value in match.kwargs.items() if isinstance(value, int)}
            security.info("act refused: %s %s %s, %s", request.method, match.route, numbers, response.status_code)
        return response
