"""What the pages have in common: who may open them, how they are shown, where one goes back to."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from frontend.context import me
from network.errors import Busy, NotEntitled
from network.search_rates import spare

View = Callable[..., HttpResponseBase]


def for_accounts(view: View) -> View:
    """Let only people who are logged in through; what they get is kept by no cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        return private(response)

    return login_required(guarded)


def for_members(view: View) -> View:
    """Let only people through who are logged in as somebody: an account whose member has left sees why not."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if me(request) is None:
            raise NotEntitled("not_a_member")
        return view(request, *args, **kwargs)

    return for_accounts(guarded)


def spare_visitor(request: HttpRequest, what: str = "search") -> None:
    """Bound how often an address without an account has something dear drawn; TooOften. Others read as they like."""
    if me(request) is None:
        spare(request.META, what)


def private(response: HttpResponseBase) -> HttpResponseBase:
    """Mark an answer as personal: no cache keeps it, not even the reader's own."""
    patch_cache_control(response, private=True, no_store=True)
    return response


def for_everybody(request: HttpRequest, response: HttpResponse, *, seconds: int = 60) -> HttpResponse:
    """Let caches keep an answer to somebody who sent no cookie, for so long; anybody else's is theirs alone.

    The tag is a digest of what was drawn: whoever has it already is told so (304), and nothing is sent again.
    """
    patch_vary_headers(response, ("Cookie", "Accept-Language"))
    if request.COOKIES or response.cookies or request.user.is_authenticated:
        return private(response)
    patch_cache_control(response, public=True, max_age=seconds)
    tag = f'"{sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = tag
    return get_conditional_response(request, etag=tag, response=response) or response


def show(request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """Draw a page. A form that was refused answers 400, unless said otherwise."""
    context = context or {}
    form = context.get("form")
    if status == 200 and form is not None and form.is_bound and form.errors and request.method == "POST":
        status = 400
    refusal = getattr(form, "refusal", None)
    if not isinstance(refusal, Busy):
        return render(request, template, context, status=status)
    response = render(request, template, context, status=503)
    response["Retry-After"] = str(refusal.facts.get("retry_after", ""))
    return response


def linked(response: HttpResponse, *uris: str) -> HttpResponse:
    """Say in a header where programs find the same thing: the id of the federated document, or of several."""
    response["Link"] = ", ".join(f'<{uri}>; rel="alternate"; type="application/activity+json"' for uri in uris)
    return response


def local(request: HttpRequest, address: str | None) -> str:
    """Return `address` if it lies on this node, else ""."""
    hosts = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(address, hosts, require_https=settings.HTTPS)
    return address or "" if safe else ""


def back(request: HttpRequest, default: str, *args: Any) -> HttpResponse:
    """Go where the form's `next` says, if that is here, else to the page named `default`."""
    wanted = local(request, request.POST.get("next"))
    return redirect(wanted) if wanted else redirect(default, *args)
