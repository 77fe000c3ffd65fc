"""Actors, offers and activities at their own addresses; a browser is led to the page."""

import json

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from federation.models import Activity, Rendered
from federation.rules.negotiation import prefers_html
from federation.rules.vocabulary import PUBLIC
from federation.served import named_in, to_bytes
from federation.views.answers import CLOSED, VARY, Held, federated, for_allowed, held_response, served
from network.errors import NotFound
from network.formats.skos import as_skos
from network.models import Member, Offer, Quote, Visibility
from network.queries.events import readable_events
from network.queries.skill_pages import concept_of, skill_page

__all__ = [
    "activity", "agreement", "attestation", "collective", "decision", "event", "head", "member", "membership", "node",
    "note", "offer",
    "skill",
]  # fmt: skip

_GONE = Rendered.objects.filter(uri=OuterRef("object_uri"), gone=True)
WITHDRAWN = Q(Exists(_GONE), kind__in=("Create", "Update"))  # activities that still say what was taken back


@federated
def node(request: HttpRequest) -> HttpResponseBase:
    """The node's own actor, an Application."""
    return _two_faces(request, lambda: reverse("home"), always=True)


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
    return _two_faces(request, lambda: _page("offer", _public_offers().filter(uri=_uri(request))))


@federated
def note(request: HttpRequest, key: str) -> HttpResponseBase:
    """The companion Note of an offer."""
    uri = f"{settings.ORIGIN}/p/{key}"
    return _two_faces(request, lambda: _page("offer", _public_offers().filter(uri=uri)))


@federated
def event(request: HttpRequest, key: str, slot: str) -> HttpResponseBase:
    """One date of an event; people are led to the page of all of its dates."""
    shown = readable_events(None).filter(local=True, dates__uri=_uri(request))
    return _two_faces(request, lambda: _page("event", shown))


def _public_offers() -> QuerySet[Offer]:
    return Offer.objects.filter(local=True, visibility=Visibility.PUBLIC)


@federated
def attestation(request: HttpRequest, key: str) -> HttpResponseBase:
    """A signed attestation of a member of ours; people are led to whom it is about."""
    public = {"vouches_received__issuer__local": True, "vouches_received__public": True}
    about = Member.objects.filter(vouches_received__uri=_uri(request), **public)
    return _two_faces(request, lambda: _page("member", about))


@federated
def membership(request: HttpRequest, key: str) -> HttpResponseBase:
    """A signed membership of a collective of ours; people are led to the member."""
    return _two_faces(request, lambda: _page("member", Member.objects.filter(memberships__uri=_uri(request))))


@federated
def decision(request: HttpRequest, slug: str, seq: int) -> HttpResponseBase:
    """The signed announcement of a decision; people are led to the register."""
    return _two_faces(request, lambda: reverse("register_entry", args=[seq]))


@federated
def head(request: HttpRequest, slug: str, span: str) -> HttpResponseBase:
    """A signed head of a register; people are led to the register."""
    return _two_faces(request, lambda: reverse("register"))


@federated
def activity(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
    """An activity of ours, as it was sent, to whom it was for; no longer if what it tells of was withdrawn."""
    found = Activity.objects.filter(uri=_uri(request)).exclude(WITHDRAWN).annotate(closed=CLOSED).first()
    if found is None:
        return held_response(request, None)
    body = bytes(found.body)
    audience = [PUBLIC] if found.public else named_in(json.loads(body))
    return held_response(request, Held(body, "", audience, found.closed))  # type: ignore[attr-defined]


@federated
def agreement(request: HttpRequest, key: str) -> HttpResponseBase:
    """What was agreed with somebody elsewhere, as our Accept told it, to whom it told it."""
    agreed = Quote.objects.filter(agreement=_uri(request)).values("uri")
    told = Activity.objects.filter(kind="Accept", object_uri__in=agreed).annotate(closed=CLOSED).first()
    if told is None:
        return held_response(request, None)
    said = json.loads(bytes(told.body))
    document = {"@context": said["@context"], **said["result"]}
    return held_response(request, Held(to_bytes(document), "", named_in(said), told.closed))  # type: ignore[attr-defined]


@for_allowed
def skill(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A skill of the shared tree: a SKOS concept in JSON-LD; people are led to its page. The address of one that
    became part of another leads to that."""
    try:
        page = skill_page(slug, viewer=None)
    except NotFound:
        return HttpResponse(status=404)
    if page.moved_to is not None:
        return redirect("skill_document", page.moved_to.slug, permanent=False)
    if prefers_html(request.headers.get("Accept", "")):
        answer: HttpResponse = HttpResponseRedirect(reverse("skill", args=[slug]), status=303)
    else:
        answer = JsonResponse(as_skos(concept_of(page)), content_type="application/ld+json")
        answer["Cache-Control"] = "public, max-age=3600"
    patch_vary_headers(answer, VARY)
    return answer


def _uri(request: HttpRequest) -> str:
    return settings.ORIGIN + request.path


def _two_faces(request: HttpRequest, page, *, always: bool = False) -> HttpResponseBase:  # noqa: ANN001
    """Lead whoever prefers HTML to the page (303); serve the document to the others."""
    if prefers_html(request.headers.get("Accept", "")):
        address = page()
        if address:
            answer = HttpResponseRedirect(address, status=303)
            patch_vary_headers(answer, VARY)
            return answer
    return served(request, _uri(request), always=always)


def _page(name: str, rows) -> str:  # noqa: ANN001
    pk = rows.values_list("pk", flat=True).first()
    return reverse(name, args=[pk]) if pk else ""
