"""What is sent here is UTF-8: what names another charset is refused before anybody reads it.

Django looks a charset up among all that Python knows, and stumbles over those that are none for text (hex, idna, zlib),
or over a header in which it cannot even be read.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from deploy.middleware import SAFE, Answer
from frontend.pages.errors import refused
from network.api_problems import bare
from network.errors import Invalid

__all__ = ["OneCharset", "legible"]

ONE = frozenset({"", "utf-8", "utf8"})
ODD = b"*", b"\0"  # parameters that name charsets of their own (RFC 2231): a request breaks while it is made
UNREADABLE = b"application/octet-stream; charset=unreadable"


def legible(scope: dict[str, Any]) -> dict[str, Any]:
    """Return `scope`; a Content-Type with which no request can be made gives way to one that every door refuses."""
    if not any(_is_odd(*header) for header in scope["headers"]):
        return scope
    headers = [(name, UNREADABLE if _is_odd(name, value) else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


def _is_odd(name: bytes, value: bytes) -> bool:
    return name == b"content-type" and any(sign in value for sign in ODD)


class OneCharset:
    """400 for a body in any other charset: a page for pages, a problem document for the API."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = (request.content_params or {}).get("charset", "")
        if request.method in SAFE or named.lower() in ONE:
            return self.get_response(request)
        error = Invalid("charset_unknown")
        return bare(error) if request.path.startswith("/api/") else refused(request, error)
