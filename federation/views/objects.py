"""Actors, offers and activities at their own addresses; a browser is led to the page."""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from federation.models import Activity
from federation.rules.negotiation import prefers_html
from federation.views.answers import document_response, federated, not_found, served
from network.models import Member, Offer

__all__ = ["activity", "collective", "member", "node", "note", "offer", "skill"]


@federated
def node(request: HttpRequest) -> HttpResponseBase:
    """The node's own actor, an Application."""
    return _two_faces(request, lambda: reverse("home"))


@federated
def member(request: HttpRequest, handle: str) -> HttpResponseBase:
    """A member: a Person or an Organization."""
    return _two_faces(request, lambda: _page("member", Member.objects.filter(uri=_uri(request), local=True)))


@federated
def collective(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A collective: a Group."""
    return _two_faces(request, lambda: reverse("home"))


@federated
def offer(request: HttpRequest, key: str) -> HttpResponseBase:
    """An offer: a Proposal."""
    return _two_faces(request, lambda: _page("offer", Offer.objects.filter(uri=_uri(request), local=True)))


@federated
def note(request: HttpRequest, key: str) -> HttpResponseBase:
    """The companion Note of an offer."""
    uri = f"{settings.ORIGIN}/p/{key}"
    return _two_faces(request, lambda: _page("offer", Offer.objects.filter(uri=uri, local=True)))


@federated
def activity(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
    """A public activity of ours, as it was sent."""
    found = Activity.objects.filter(uri=_uri(request), public=True).first()
    if found is None:
        return not_found()
    body = bytes(found.body)
    return document_response(request, body, hashlib.sha256(body).hexdigest())


@federated
def skill(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A skill of the shared tree: its address identifies; people are led to the search."""
    return redirect(f"{reverse('search')}?{urlencode({'skill': slug})}")


def _uri(request: HttpRequest) -> str:
    return settings.ORIGIN + request.path


def _two_faces(request: HttpRequest, page) -> HttpResponseBase:  # noqa: ANN001
    """Lead whoever prefers HTML to the page (303); serve the document to the others."""
    if prefers_html(request.headers.get("Accept", "")):
        address = page()
        if address:
            answer = HttpResponseRedirect(address, status=303)
            patch_vary_headers(answer, ["Accept"])
            return answer
    return served(request, _uri(request))


def _page(name: str, rows) -> str:  # noqa: ANN001
    pk = rows.values_list("pk", flat=True).first()
    return reverse(name, args=[pk]) if pk else ""
