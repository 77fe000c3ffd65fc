"""What people who entered with another node may open here. The rest is their own node's to do for them.

Pages of decisions are open to them as to others: their membership says what they see. Of the directory they read what
visitors read. Whatever is added later is closed to them until it is named here.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern

from federation.signin.granted import home_of
from frontend.context import me, page_names
from frontend.doors import private, show
from network.api_problems import bare
from network.errors import NotEntitled

__all__ = ["AtHome", "OPEN", "READ_ONLY", "decision_names", "is_closed"]

OPEN = frozenset({
    "home", "first_run", "language", "accessibility", "account", "account_login", "account_logout", "enter",
    "enter_return", "report", "private_thread", "contact", "offer_contact",
})  # fmt: skip
READ_ONLY = frozenset({
    "search", "search_feed", "skills", "skill", "member", "trust", "collective", "offer", "agenda", "agenda_ics",
    "agenda_atom", "event", "event_ics", "nodes", "node", "entry", "export", "export_file", "poster", "annuaire",
    "elements", "librehost", "chatons", "member_file", "member_librehost", "offer_file",
    "api_offers", "api_offer", "api_events", "api_events_geojson", "api_event", "api_places", "api_skills",
    "api_member", "api_member_trust", "api_exports", "api_export", "api_node", "api_schema",
})  # fmt: skip
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_names: dict[str, frozenset[str]] = {}


def decision_names() -> frozenset[str]:
    """Return the names of all addresses, of pages and API, where collectives decide."""
    if "decisions" not in _names:
        from frontend.urls_governance import urlpatterns as pages  # tables of addresses import pages, which import this
        from governance.api_urls import urlpatterns as api

        named = [entry.name for entry in (*pages, *api) if isinstance(entry, URLPattern)]
        _names["decisions"] = frozenset(name for name in named if name)
    return _names["decisions"]


def _api_names() -> frozenset[str]:
    if "api" not in _names:
        from network.api_urls import urlpatterns as api

        _names["api"] = frozenset(entry.name for entry in api if isinstance(entry, URLPattern) and entry.name)
    return _names["api"]


def is_closed(name: str | None, method: str) -> bool:
    """Whether this address is not for people whose home is another node."""
    if name in OPEN or name in decision_names():
        return False
    if name in READ_ONLY:
        return method not in SAFE
    return name is None or name in page_names() or name in _api_names()


class AtHome:
    """Answer for the addresses that are closed to people of other nodes: where their own node does it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.url_name if match else None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:  # a visitor: leave the session alone
            return None
        if match is None or not _is_ours(match.route) or not is_closed(name, str(request.method)):
            return None
        member = me(request)
        if member is None or member.local:
            return None
        if match.route.startswith("api/"):
            return bare(NotEntitled("not_at_home"))
        found = home_of(request.user, request.session.session_key)  # type: ignore[arg-type]
        page = show(request, "account/at_home.html", {"found": found, "member": member}, status=403)
        return private(page)


def _is_ours(route: str) -> bool:
    """Whether an address is one of pages or of the API, rather than a document between nodes or a file."""
    from federation.urls import urlpatterns as between

    return route not in {str(entry.pattern) for entry in between}
