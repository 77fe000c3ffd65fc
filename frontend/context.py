"""What every page knows: the node's name, the collective, who reads; and the way to the first-run page before that."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.functional import SimpleLazyObject

from frontend.pages.errors import refused
from network.busy import busy_as_refusal
from network.errors import DomainError
from network.queries.collectives import home_collective
from network.queries.members import member_for, this_node

NOT_YET_NEEDED = {"first_run", "language", "accessibility"}  # pages that work before the first run
SECTIONS = {
    "search": "directory",
    "member": "directory",
    "trust": "directory",
    "offer": "directory",
    "skills": "directory",
    "skill": "directory",
    "skill_new": "directory",
    "skill_merge": "directory",
    "anchors": "directory",
    "vouch": "directory",
    "vouch_withdraw": "directory",
    "collective": "directory",
    "agenda": "agenda",
    "event": "agenda",
    "my_events": "account",
    "event_new": "account",
    "event_edit": "account",
    "event_more": "account",
    "event_cancel": "account",
    "event_withdraw": "account",
    "event_date": "account",
    "event_date_new": "account",
    "propositions": "propositions",
    "proposition": "propositions",
    "proposition_new": "propositions",
    "polls": "propositions",
    "poll": "propositions",
    "poll_ballot": "propositions",
    "circles": "propositions",
    "circle": "propositions",
    "circle_new": "propositions",
    "circle_member": "propositions",
    "circle_mandate": "propositions",
    "circle_leave": "propositions",
    "circle_close": "propositions",
    "mandate_end": "propositions",
    "assemblies": "assemblies",
    "assembly": "assemblies",
    "assembly_new": "assemblies",
    "assembly_practise": "assemblies",
    "minutes": "assemblies",
    "assembly_people": "assemblies",
    "assembly_act_page": "assemblies",
    "register": "register",
    "register_entry": "register",
    "charter": "register",
    "charter_versions": "register",
    "charter_version": "register",
    "charter_figures": "register",
    "charter_compare": "register",
    "charter_change": "register",
    "charter_draft": "register",
    "charter_draft_text": "register",
    "charter_draft_figures": "register",
    "waiting": "account",
    "waiting_settings": "account",
    "account": "account",
    "enter": "account",
    "enter_return": "account",
    "signin_agree": "account",
    "my_nodes": "account",
    "account_login": "account",
    "account_change_password": "account",
    "my_profile": "account",
    "my_web": "account",
    "vouch_renew": "account",
    "vouch_end": "account",
    "my_offers": "account",
    "my_quotes": "account",
    "quote": "account",
    "quote_withdraw": "account",
    "quote_ask": "directory",
    "quote_testify": "account",
    "contact": "directory",
    "offer_contact": "directory",
    "conversations": "account",
    "conversation": "account",
    "conversation_report": "account",
    "offer_new": "account",
    "offer_edit": "account",
    "offer_details": "account",
    "offer_withdraw": "account",
    "offer_renew": "account",
    "invite": "account",
    "leave_node": "account",
    "own_data": "account",
    "moderation": "account",
    "moderation_case": "account",
    "moderation_log": "account",
    "hiding_answer": "account",
    "imports": "account",
    "import": "account",
    "import_undo": "account",
    "claims": "account",
    "claim": "directory",
    "export": "directory",
    "poster": "directory",
}


def me(request: HttpRequest):
    """Return the member who reads (an instance of the network's Member), None for a visitor. Read once a request."""
    if not hasattr(request, "_toile_me"):
        request._toile_me = member_for(getattr(request, "user", None))  # type: ignore[attr-defined]
    return request._toile_me  # type: ignore[attr-defined]


def _node(request: HttpRequest):
    if not hasattr(request, "_toile_node"):
        request._toile_node = this_node()  # type: ignore[attr-defined]
    return request._toile_node  # type: ignore[attr-defined]


def page(request: HttpRequest) -> dict[str, object]:
    """Context processor: `node_name`, `set_up`, `collective`, `me`, `section`. What a page does not use is not read."""
    node = _node(request)
    match = request.resolver_match
    return {
        "node_name": node.name if node else "Toile",
        "set_up": node is not None,
        "collective": SimpleLazyObject(home_collective),
        "me": SimpleLazyObject(lambda: me(request)),
        "section": SECTIONS.get(match.url_name or "", "") if match else "",
    }


class FirstRun:
    """Until the node is named, every page for people leads to the first-run page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in NOT_YET_NEEDED or name not in page_names() or _node(request) is not None:
            return None
        return redirect("first_run")


_names: set[str] = set()


def page_names() -> set[str]:
    """Return the names of all addresses of `frontend.urls`: the pages for people."""
    if not _names:
        from frontend.urls import urlpatterns  # the table of pages imports pages, and those import this module

        _names.update(_walk(urlpatterns))
    return _names


def _walk(patterns: list) -> set[str]:
    found: set[str] = set()
    for entry in patterns:
        if isinstance(entry, URLResolver):
            found |= _walk(entry.url_patterns)
        elif isinstance(entry, URLPattern) and entry.name:
            found.add(entry.name)
    return found


class Refusals:
    """Turn a refusal of the domain that a page did not catch into a page that says why, with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with busy_as_refusal():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if not isinstance(error, DomainError) or name not in page_names():
            return None
        return refused(request, error)
