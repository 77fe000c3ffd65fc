"""The decision register: public, page by page and entry by entry, with the check of the chain."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend.doors import linked, show
from governance.queries.register import check_register, entry_view, register_page
from network.queries.collectives import home_collective


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show a page of the register; with `?verifier=1`, recompute the whole chain."""
    asked = request.GET.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    home = home_collective()
    whole = check_register(home) if request.GET.get("verifier") and home else None
    return show(request, "register/list.html", {"register": register_page(page=page), "whole": whole})


@require_safe
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """Show one entry: what was decided, how, and the hash that chains it."""
    found, home = entry_view(seq), home_collective()
    uris = [f"{home.uri}/decisions/{seq}"] if home and found.kind == "decision" else []
    page = show(request, "register/entry.html", {"entry": found, "uris": uris})
    return linked(page, *uris) if uris else page
