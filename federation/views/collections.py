"""Collections: a head with number and first page, pages of at most fifty by key. Of followers the number only.

What a collection lists depends on who asks: its offers for followers are listed to followers who sign, and so on.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase

from federation.digests import papers_digest, papers_of
from federation.errors import Refused
from federation.models import Activity, Follow, FollowState
from federation.queries import may_exchange, node_actor
from federation.readers import belongs, collectives_with, follows
from federation.rules.vocabulary import AS2, PAPERS_CONTEXT
from federation.views.answers import (
    document_response,
    federated,
    for_allowed,
    for_one,
    not_found,
    problem,
    reader_of,
    refusal,
)
from federation.views.objects import WITHDRAWN
from network.models import Collective, Member, Membership, MembershipState, Offer, OfferState, Visibility
from network.queries.readers import offers_for_members_of

__all__ = ["attestations", "followers", "following", "members", "offers", "outbox"]

PAGE = 50
MAX_KEY = 2**63 - 1
DIGITS = len(str(MAX_KEY))
EMPTY: Mapping[str, Any] = MappingProxyType({})
PASSING = {429, 503}  # refusals after which the same request may succeed

Rows: TypeAlias = QuerySet[Any]


@for_allowed
def outbox(request: HttpRequest, **who: str) -> HttpResponseBase:
    """Public activities of the actor, newest first, at the node's actor those of everybody here.

    Those that tell of what was withdrawn since are left out.
    """
    return _collection(request, who, "outbox", _activities_of)


def _activities_of(actor: str) -> Rows:
    told = Activity.objects.filter(public=True).exclude(WITHDRAWN)
    return told if actor == node_actor() else told.filter(actor=actor)


@for_allowed
def offers(request: HttpRequest, **who: str) -> HttpResponseBase:
    """Ids of the actor's live offers, newest first; of every member's at the node's actor. Who signs may see more."""
    try:
        reader = reader_of(request)
    except Refused as refused:
        if refused.status in PASSING:
            return refusal(refused)
        reader = None
    answer = _collection(request, who, "offers", lambda actor: _offers_of(actor, reader))
    return for_one(answer) if reader else answer


def _offers_of(actor: str, reader: str | None) -> Rows:
    seen = Q(visibility=Visibility.PUBLIC)
    if reader and may_exchange(reader):
        seen |= offers_for_members_of(collectives_with(reader)) | _for_followers(reader)
    live = Offer.objects.filter(seen, local=True, state=OfferState.LIVE, owner__gone_at=None)
    return live if actor == node_actor() else live.filter(owner__uri=actor)


def _for_followers(reader: str) -> Q:
    """Offers for followers of an actor that `reader` follows; of every member, if that is the node."""
    followed = follows(reader)
    whose = Q() if node_actor() in followed else Q(owner__uri__in=followed)
    return Q(visibility=Visibility.FOLLOWERS) & whose


@for_allowed
def attestations(request: HttpRequest) -> HttpResponseBase:
    """Ids of what this node has proven and that stands (attestations, memberships, decisions), and their digest."""
    more = {"@context": PAPERS_CONTEXT, "digest": papers_digest(settings.ORIGIN)} if "before" not in request.GET else {}
    return _collection(request, {}, "attestations", lambda _node: papers_of(settings.ORIGIN), more=more)


@for_allowed
def followers(request: HttpRequest, **who: str) -> HttpResponseBase:
    """The number of followers; their names are theirs."""
    return _number_only(request, who, "followers", lambda actor: Follow.objects.filter(followed=actor, outgoing=False))


@for_allowed
def following(request: HttpRequest, **who: str) -> HttpResponseBase:
    """The number of actors followed."""
    return _number_only(request, who, "following", lambda actor: Follow.objects.filter(follower=actor, outgoing=True))


@federated
def members(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Ids of a collective's active members, for its own members only; for others there is no such collection."""
    uri = f"{settings.ORIGIN}/g/{slug}"
    try:
        reader = reader_of(request)
    except Refused as refused:
        return refusal(refused)
    if reader is None:
        return not_found()
    spoken_with, is_member = may_exchange(reader), belongs(reader, [uri])
    if not (spoken_with and is_member):
        return not_found()
    return for_one(_collection(request, {"slug": slug}, "members", _members_of, "member__uri"))


def _members_of(actor: str) -> Rows:
    return Membership.objects.filter(collective__uri=actor, state=MembershipState.ACTIVE, member__gone_at=None)


def _number_only(
    request: HttpRequest, who: dict[str, str], name: str, rows_of: Callable[[str], Rows]
) -> HttpResponseBase:
    actor = _actor(who)
    if actor is None:
        return not_found()
    total = rows_of(actor).filter(state=FollowState.ACCEPTED).count()
    return _answer(request, _head(f"{actor}/{name}", total))


def _collection(
    request: HttpRequest,
    who: dict[str, str],
    name: str,
    rows_of: Callable[[str], Rows],
    column: str = "uri",
    more: Mapping[str, Any] = EMPTY,
) -> HttpResponseBase:
    """Answer with the head of a collection, where `more` is said of it, or with one of its pages."""
    actor = _actor(who)
    if actor is None:
        return not_found()
    uri, rows, key = f"{actor}/{name}", rows_of(actor), request.GET.get("before")
    if key is None:
        return _answer(request, {**_head(uri, rows.count()), "first": f"{uri}?before={MAX_KEY}", **more})
    if not (key.isascii() and key.isdigit() and len(key) <= DIGITS and int(key) <= MAX_KEY):
        return problem(400, "page")
    found = list(rows.filter(pk__lt=int(key)).order_by("-pk").values_list("pk", column)[: PAGE + 1])
    return _answer(request, _page(uri, key, found))


def _answer(request: HttpRequest, content: dict[str, Any]) -> HttpResponseBase:
    return document_response(request, json.dumps(content, ensure_ascii=False).encode())


def _head(uri: str, total: int) -> dict[str, Any]:
    return {"@context": AS2, "id": uri, "type": "OrderedCollection", "totalItems": total}


def _page(uri: str, key: str, found: Iterable[tuple[int, str]]) -> dict[str, Any]:
    rows = list(found)
    page = {"@context": AS2, "id": f"{uri}?before={key}", "type": "OrderedCollectionPage", "partOf": uri}
    more = {"next": f"{uri}?before={rows[PAGE - 1][0]}"} if len(rows) > PAGE else {}
    return {**page, **more, "orderedItems": [item for _, item in rows[:PAGE]]}


def _actor(who: dict[str, str]) -> str | None:
    """Return the uri of the actor of ours that an address names, or None."""
    if "handle" in who:
        rows: QuerySet[Any] = Member.objects.filter(handle=who["handle"], local=True, gone_at=None)
    elif "slug" in who:
        rows = Collective.objects.filter(slug=who["slug"], local=True)
    else:
        return f"{settings.ORIGIN}/actor"
    return rows.values_list("uri", flat=True).first()
