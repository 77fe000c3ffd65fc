"""Pages behind a private link: the link alone opens them, so it must not leak, be kept, be found or be guessed."""

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_exempt

from frontend.doors import View, private
from frontend.pages.errors import refused
from network import rates
from network.errors import DomainError, NotFound, TooOften

__all__ = ["by_private_link"]

WRONG, WRONG_SECONDS = 30, 600  # links that lead nowhere, opened from one address


class _Unreferred(CsrfViewMiddleware):
    """The check of every form, but for pages that send no referrer: there browsers name no origin either. The form's
    token, which belongs to a cookie of this browser, is asked for all the same."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        return request.META.get("HTTP_ORIGIN") == "null" or super()._origin_verified(request)  # type: ignore[misc]


def by_private_link(view: View) -> View:
    """Let whoever holds the link through; what they get is kept by no cache and no search engine, and named to no
    other page. Wrong links are counted: 192 bits are not guessed, and nobody shall try."""

    @wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        bucket = rates.address_bucket(rates.address_of(request.META))
        try:
            response = view(request, token, **kwargs)
        except DomainError as error:
            response = refused(request, _unknown(bucket) if isinstance(error, NotFound) else error)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return private(response)

    return csrf_exempt(decorator_from_middleware(_Unreferred)(opened))


def _unknown(bucket: str) -> DomainError:
    wait = rates.allow("wrong-link", bucket, WRONG, WRONG_SECONDS)
    return TooOften("too_often", retry_after=wait) if wait else NotFound("contact_unknown")
