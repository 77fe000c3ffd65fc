"""Collections: a head with number and first page, pages of at most fifty by key. Of followers the number only."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase

from federation.models import Activity, Follow, FollowState
from federation.queries import node_actor
from federation.rules.vocabulary import AS2
from federation.views.answers import federated, json_response, not_found, problem
from network.models import Collective, Member, Offer, OfferState

__all__ = ["followers", "following", "offers", "outbox"]

PAGE = 50
MAX_KEY = 2**63 - 1


@federated
def outbox(request: HttpRequest, **who: str) -> HttpResponseBase:
    """Public activities of the actor, newest first."""
    return _collection(request, who, "outbox", lambda actor: Activity.objects.filter(actor=actor, public=True))


@federated
def offers(request: HttpRequest, **who: str) -> HttpResponseBase:
    """Ids of the actor's live offers, newest first; of every member's at the node's actor."""
    return _collection(request, who, "offers", _offers_of)


def _offers_of(actor: str) -> QuerySet[Any]:
    live = Offer.objects.filter(local=True, state=OfferState.LIVE, owner__gone_at=None)
    return live if actor == node_actor() else live.filter(owner__uri=actor)


@federated
def followers(request: HttpRequest, **who: str) -> HttpResponseBase:
    """The number of followers; their names are theirs."""
    return _number_only(who, "followers", lambda actor: Follow.objects.filter(followed=actor, outgoing=False))


@federated
def following(request: HttpRequest, **who: str) -> HttpResponseBase:
    """The number of actors followed."""
    return _number_only(who, "following", lambda actor: Follow.objects.filter(follower=actor, outgoing=True))


def _number_only(who: dict[str, str], name: str, rows_of: Callable[[str], QuerySet[Any]]) -> HttpResponseBase:
    actor = _actor(who)
    if actor is None:
        return not_found()
    total = rows_of(actor).filter(state=FollowState.ACCEPTED).count()
    return json_response(_head(f"{actor}/{name}", total))


def _collection(
    request: HttpRequest, who: dict[str, str], name: str, rows_of: Callable[[str], QuerySet[Any]]
) -> HttpResponseBase:
    actor = _actor(who)
    if actor is None:
        return not_found()
    uri, rows, key = f"{actor}/{name}", rows_of(actor), request.GET.get("before")
    if key is None:
        return json_response({**_head(uri, rows.count()), "first": f"{uri}?before={MAX_KEY}"})
    if not (key.isascii() and key.isdigit() and int(key) <= MAX_KEY):
        return problem(400, "page")
    found = list(rows.filter(pk__lt=int(key)).order_by("-pk").values_list("pk", "uri")[: PAGE + 1])
    return json_response(_page(uri, key, found))


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
