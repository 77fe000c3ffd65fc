"""How others find us: WebFinger (RFC 7033), host-meta (RFC 6415), NodeInfo 2.0 and 2.1."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve, reverse

from federation.actors import NODE_NAME
from federation.queries import node_actor
from federation.rules.handles import read_account
from federation.rules.vocabulary import ACTIVITY_JSON
from federation.views.answers import federated, json_response, problem
from network.models import Collective, Member, NodeProfile, Offer, OfferState
from network.queries.readers import readable

__all__ = ["host_meta", "nodeinfo", "nodeinfo_links", "webfinger"]

JRD = "application/jrd+json"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
SERVICE = "https://www.w3.org/ns/activitystreams#Service"
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/"
VERSIONS = ("2.0", "2.1")
ROUNDED_TO = 10

Named = tuple[str, str, str]  # uri, name, path of its page


@federated
def webfinger(request: HttpRequest) -> HttpResponseBase:
    """Say which actor a handle, an actor's or page's address, or the bare origin names."""
    resource = request.GET.get("resource", "")
    account = read_account(resource)
    if not (account or _is_address(resource)):
        return _open(problem(400, "resource"))
    named = _by_account(*account) if account else _by_address(resource)
    if named is None:
        return _open(problem(404, "not-found"))
    return _open(json_response(_jrd(named, request.GET.getlist("rel")), JRD))


def _open(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _jrd(named: Named, rels: list[str]) -> dict[str, Any]:
    uri, name, page = named
    links = [
        {"rel": "self", "type": ACTIVITY_JSON, "href": uri},
        {"rel": PROFILE_PAGE, "type": "text/html", "href": settings.ORIGIN + page},
    ]
    if uri == node_actor():
        links.append({"rel": SERVICE, "type": ACTIVITY_JSON, "href": uri})
    shown = [link for link in links if not rels or link["rel"] in rels]
    return {"subject": f"acct:{name}@{_host()}", "aliases": [uri, settings.ORIGIN + page], "links": shown}


def _host() -> str:
    return urlsplit(settings.ORIGIN).netloc


def _by_account(user: str, host: str) -> Named | None:
    if host != _host():
        return None
    if user == NODE_NAME:
        return node_actor(), NODE_NAME, reverse("home")
    return _member(handle=user) or _collective(slug=user)


def _by_address(resource: str) -> Named | None:
    """The bare origin is the node's actor (FEP-d556); an actor's uri and its page name the actor."""
    if resource.rstrip("/") in {settings.ORIGIN, node_actor()}:
        return node_actor(), NODE_NAME, reverse("home")
    if not resource.startswith(f"{settings.ORIGIN}/"):
        return None
    return _member(uri=resource) or _collective(uri=resource) or _by_page(resource)


def _is_address(resource: str) -> bool:
    try:
        return bool(urlsplit(resource).netloc)
    except ValueError:
        return False


def _by_page(resource: str) -> Named | None:
    try:
        found = resolve(urlsplit(resource).path)
    except Resolver404:
        return None
    return _member(pk=next(iter(found.kwargs.values()))) if found.url_name == "member" else None


def _member(**which: object) -> Named | None:
    member = Member.objects.filter(local=True, gone_at=None, **which).first()
    return (member.uri, member.handle, reverse("member", args=[member.pk])) if member else None


def _collective(**which: object) -> Named | None:
    found = Collective.objects.filter(local=True, **which).first()
    return (found.uri, found.slug, reverse("home")) if found else None


@federated
def host_meta(request: HttpRequest) -> HttpResponseBase:
    """Name the WebFinger template, for those who still ask this way."""
    template = f"{settings.ORIGIN}/.well-known/webfinger?resource={{uri}}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="{JRD}" template="{template}"/>\n</XRD>\n'
    )
    return HttpResponse(body, content_type="application/xrd+xml")


@federated
def nodeinfo_links(request: HttpRequest) -> HttpResponseBase:
    """Link both versions of NodeInfo."""
    links = [{"rel": NODEINFO + version, "href": f"{settings.ORIGIN}/nodeinfo/{version}"} for version in VERSIONS]
    return _open(json_response({"links": links}, "application/json"))


@federated
def nodeinfo(request: HttpRequest, version: str) -> HttpResponseBase:
    """Say what runs here, and about how many use it; nothing personal."""
    if version not in VERSIONS:
        return problem(404, "not-found")
    software = {"name": settings.FEDERATION["SOFTWARE_NAME"], "version": settings.FEDERATION["SOFTWARE_VERSION"]}
    members = Member.objects.filter(local=True, gone_at=None).count()
    posts = Offer.objects.filter(readable(None), local=True, state=OfferState.LIVE).count()
    profile = NodeProfile.objects.first()
    content = {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {"total": _rounded(members)}, "localPosts": _rounded(posts)},
        "metadata": {"nodeName": profile.name} if profile else {},
    }
    return _open(json_response(content, f'application/json; profile="{NODEINFO}{version}#"'))


def _rounded(number: int) -> int:
    """Round up to tens, so that one more or less tells nothing."""
    return -(-number // ROUNDED_TO) * ROUNDED_TO
