"""The plain path for a message: the toolkit's own view and task, every table of linked data filled on the way."""

import json
from collections.abc import Callable
from typing import Any

from activitypub.core.models import ActorContext, CollectionContext, Domain, LinkedDataDocument, Notification, Reference
from activitypub.core.models.sec import SecV1Context
from activitypub.core.settings import AppSettings
from activitypub.core.tasks import process_incoming_notification
from activitypub.core.views.activitystreams import ActivityPubObjectDetailView
from django.conf import settings
from django.http import HttpRequest

from tests.peers import PeerActor, pem

_actors: dict[str, dict[str, Any]] = {}


class FromMemory:
    """Answers for the senders' documents without a request, which is more than the plain path has in life."""

    def can_resolve(self, uri: str) -> bool:
        return uri in _actors

    def resolve(self, uri: str) -> dict[str, Any]:
        return _actors[uri]


def prepare(senders: list[PeerActor]) -> Callable[[HttpRequest], None]:
    """Make the rows that the plain path needs; return the function that takes in and processes one message."""
    AppSettings.LinkedData.default_document_resolvers = {f"{__name__}.{FromMemory.__qualname__}"}
    domain = Domain.make(settings.ORIGIN, local=True)
    inbox = Reference.make(f"{settings.ORIGIN}/inbox")
    CollectionContext.make(inbox, name="Inbox")
    owner = Reference.make(f"{settings.ORIGIN}/actor")
    ActorContext.make(owner, inbox=inbox, preferred_username="noeud")
    assert domain.local
    for sender in senders:
        _actors[sender.uri] = sender.document()
        key = SecV1Context.make(Reference.make(sender.key_id), public_key_pem=pem(sender.private))
        key.owner.add(Reference.make(sender.uri))
    view = ActivityPubObjectDetailView.as_view(authentication_classes=[], permission_classes=[], throttle_classes=[])

    def take(request: HttpRequest) -> None:
        answer = view(request)
        assert answer.status_code == 202, getattr(answer, "data", answer)
        activity = json.loads(request.body)["id"]
        process_incoming_notification(str(Notification.objects.get(resource__uri=activity).pk))

    return take


def count(ids: list[str]) -> int:
    """Return how many of these messages were taken in."""
    return LinkedDataDocument.objects.filter(reference__uri__in=ids).count()
