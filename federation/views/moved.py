"""What this node answers at an address where it lived before: its old actors, marked as moved; the way for the rest."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from federation.models import Rendered
from federation.rules.negotiation import prefers_html
from federation.views.answers import served

__all__ = ["answer"]


class _Gone(HttpResponseRedirect):
    """A lasting redirect: 301 for what is read, 308 for what is sent, so that it is sent again as it is."""

    def __init__(self, address: str, *, reads: bool) -> None:
        self.status_code = 301 if reads else 308
        super().__init__(address)


def answer(request: HttpRequest) -> HttpResponseBase | None:
    """Return the answer for a request to an earlier address of this node, None for the present one.

    An actor's document is served as it was, with `movedTo` (its keys verify what it signed there), tombstones stay
    tombstones, decisions as they were signed; everything else leads to the same path at the present address.
    """
    old = _old_origin(request.get_host()) if settings.OLD_ORIGINS else None
    if old is None:
        return None
    reads = request.method in {"GET", "HEAD"}
    uri = old + request.path
    if reads and not prefers_html(request.headers.get("Accept", "")) and Rendered.objects.filter(uri=uri).exists():
        return served(request, uri)
    return _Gone(settings.ORIGIN + request.path + _query(request, old), reads=reads)


def _old_origin(host: str) -> str | None:
    return next((origin for origin in settings.OLD_ORIGINS if urlsplit(origin).netloc == host.lower()), None)


def _query(request: HttpRequest, old: str) -> str:
    """Return the query; what WebFinger is asked about is asked about at the present address."""
    asked = request.GET.copy()
    here, there = urlsplit(settings.ORIGIN).netloc, urlsplit(old).netloc
    if "resource" in asked:
        name = asked["resource"].replace(old, settings.ORIGIN)
        asked["resource"] = name.removesuffix(f"@{there}") + f"@{here}" if name.endswith(f"@{there}") else name
        return f"?{asked.urlencode()}"
    query = request.META.get("QUERY_STRING", "")
    return f"?{query}" if query else ""
