"""New keys for actors of ours: made, shown in their documents, and told to those who follow them."""

import json
from datetime import datetime
from typing import Any

from django.db.models import F

from federation import actors, keys, outbox
from federation.models import Rendered
from federation.queries import followers_of, node_actor
from federation.rules.delivery import inboxes_to_reach, public_audience
from network.errors import NotFound
from network.models import Collective, Member, Membership, Vouch

__all__ = ["actors_of_ours", "rotate"]


def actors_of_ours() -> list[str]:
    """Return the uris of the node's actor, of every present member and of every collective of this node."""
    members = Member.objects.filter(local=True, gone_at=None).order_by("pk").values_list("uri", flat=True)
    collectives = Collective.objects.filter(local=True).order_by("pk").values_list("uri", flat=True)
    return [node_actor(), *members, *collectives]


def rotate(uri: str, *, stolen: bool, now: datetime) -> None:
    """Replace the keys of an actor of ours, serve them, and tell its followers, who then fetch them.

    Safe to interrupt: run again, it makes newer keys. NotFound("actor_unknown") for anybody else.
    """
    if uri not in actors_of_ours():
        raise NotFound("actor_unknown", actor=uri)
    keys.rotate_keys(uri, stolen=stolen, now=now)
    document = _rendered(uri)
    audience = public_audience(uri, node_actor())
    inboxes = inboxes_to_reach(followers_of(uri, node_actor()))
    path = f"update/{int(now.timestamp())}"  # an actor's own revisions count from 1
    outbox.queue(outbox.wrap("Update", document, path, uri, audience), uri, inboxes)
    if stolen:
        _sign_again(uri)


def _sign_again(uri: str) -> None:
    """Let the sweep sign anew what the stolen key had signed: a new version of each living paper of this actor."""
    Vouch.objects.filter(issuer__uri=uri, issuer__local=True, public=True).update(revision=F("revision") + 1)
    papers = Membership.objects.filter(collective__uri=uri, collective__local=True).exclude(uri="")
    papers.update(revision=F("revision") + 1)


def _rendered(uri: str) -> dict[str, Any]:
    if uri == node_actor():
        actors.ensure_node_actor()
    elif member := Member.objects.filter(uri=uri).first():
        actors.render_member(member)
    else:
        actors.render_collective(Collective.objects.get(uri=uri))
    document: dict[str, Any] = json.loads(bytes(Rendered.objects.get(uri=uri).body))
    return document
