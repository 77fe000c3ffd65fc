"""Actors: those of this node as documents with keys; those of others fetched at their own address and remembered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from federation import client, contexts, keys, served
from federation.cards import member_card
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import LocalKey, RemoteActor, Rendered
from federation.queries import node_actor
from federation.rules import handles
from federation.rules.origins import origin_of, same_origin
from federation.rules.signatures import SigningKey
from federation.rules.translate import actors as translate
from federation.rules.translate.reading import Node
from federation.rules.vocabulary import ACTIVITY_JSON
from network.actions.members import record_remote_member
from network.models import Collective, Kind, Member, NodeProfile
from network.rules.markdown import to_html

__all__ = ["Found", "discover", "ensure_node_actor", "expanded", "fetch", "know_member", "node_signer", "remote_actor"]

FRESH = timedelta(hours=24)
NODE_NAME = "noeud"  # the node's own user name: acct:noeud@host
HANDLE_TYPES = ("application/jrd+json", "application/json")


# --- Ours -----------------------------------------------------------------------------------------------


def node_signer() -> SigningKey:
    """Return the key with which this node signs its GETs."""
    return keys.signing_key(node_actor())


def ensure_node_actor() -> Rendered:
    """Make the keys and the document of `/actor` unless they are there and true. Safe to repeat."""
    keys.ensure_keys(node_actor())
    profile = NodeProfile.objects.first()
    name = profile.name if profile else settings.ORIGIN
    since = LocalKey.objects.filter(owner=node_actor()).earliest("created_at").created_at
    face = _face(node_actor(), "Application", NODE_NAME, name, "", reverse("home"), since)
    return served.keep(node_actor(), translate.actor(face))


def render_member(member: Member) -> dict[str, Any]:
    """Keep and return the document of a local member."""
    card = member_card(member)
    kind = "Person" if member.kind == Kind.PERSON else "Organization"
    page = reverse("member", args=[member.pk])
    face = _face(member.uri, kind, member.handle, member.name, card.html, page, member.joined_at)
    document = translate.actor(face, translate.member_extras(card))
    served.keep(member.uri, document)
    return document


def render_collective(collective: Collective) -> dict[str, Any]:
    """Keep and return the document of a local collective."""
    html = to_html(collective.summary) if collective.summary else ""
    face = _face(
        collective.uri, "Group", collective.slug, collective.name, html, reverse("home"), collective.founded_at
    )
    document = translate.actor(face)
    served.keep(collective.uri, document)
    return document


def _face(uri: str, kind: str, username: str, name: str, html: str, page: str, since: datetime) -> translate.Face:
    keys.ensure_keys(uri)
    public = keys.public_documents(uri)
    return translate.Face(
        uri=uri,
        kind=kind,
        username=username,
        name=name,
        html=html,
        page=settings.ORIGIN + page,
        node=node_actor(),
        shared_inbox=f"{settings.ORIGIN}/inbox",
        published=since,
        public_key=public.rsa,
        multikeys=public.multikeys,
    )


# --- Others' --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """An actor as its own address serves it: what we keep, and the whole expanded document."""

    actor: translate.Actor
    node: Node


def expanded(document: dict[str, Any]) -> Node:
    """Return a document as one expanded node; raise Untranslatable if it has no readable context or no one root."""
    try:
        contexts.check(document)
        nodes = contexts.expand(document)
    except Refused as error:
        raise Untranslatable("@context") from error
    if len(nodes) != 1:
        raise Untranslatable("@graph")
    return nodes[0]


def fetch(uri: str, *, now: datetime) -> Found:
    """Fetch an actor at its id and remember it; raise Unreachable, or Untranslatable if it is not the one asked for."""
    document = client.get_document(uri, signer=node_signer()).document
    if document.get("id") != uri:
        raise Untranslatable("id")
    found = expanded(document)
    actor = translate.read_actor(found)
    fields = {
        "origin": origin_of(uri),
        "kind": actor.kind,
        "username": actor.username,
        "name": actor.name,
        "inbox": actor.inbox,
        "shared_inbox": actor.shared_inbox,
        "outbox": actor.outbox,
        "followers": actor.followers,
        "fetched_at": now,
        "gone_at": None,
    }
    RemoteActor.objects.update_or_create(uri=uri, defaults=fields)
    return Found(actor, found)


def remote_actor(uri: str, *, now: datetime) -> RemoteActor:
    """Return what we know of an actor of another node, fetched again if that is older than a day."""
    known = RemoteActor.objects.filter(uri=uri, fetched_at__gt=now - FRESH, gone_at=None).first()
    if known is None:
        fetch(uri, now=now)
        known = RemoteActor.objects.get(uri=uri)
    return known


def know_member(uri: str, *, now: datetime, again: bool = False) -> None:
    """See to it that the member `uri` of another node has a row, heard within a day (or now, with `again`).

    Raises Unreachable or Untranslatable; a stale row stays if its node is away for the moment.
    """
    known = Member.objects.filter(uri=uri).first()
    if known and known.heard_at > now - FRESH and not again:
        return
    try:
        record_remote_member(card=translate.read_member(fetch(uri, now=now).node))
    except Unreachable:
        if known is None or again:
            raise


# --- Names ----------------------------------------------------------------------------------------------


def discover(written: str) -> str:
    """Return the actor uri of what a person wrote: a handle, a node's address, a host, an actor's address.

    Asks the host named there by WebFinger; a bare address leads to the node's actor (FEP-d556). Raises
    Unreachable, Untranslatable("resource"), or ValueError if this is no such name.
    """
    asked = handles.read(written, plain_http=bool(settings.FEDERATION_TEST_PEERS) or settings.ORIGIN[:5] == "http:")
    url = f"{asked.origin}/.well-known/webfinger?resource={quote(asked.resource, safe='')}"
    answer = client.get_json(url, media_types=HANDLE_TYPES).document
    for link in answer.get("links", []) if isinstance(answer.get("links"), list) else []:
        if _is_self(link) and same_origin(str(link.get("href")), asked.origin):
            return str(link["href"])
    raise Untranslatable("resource")


def _is_self(link: object) -> bool:
    if not isinstance(link, dict) or link.get("rel") not in {"self", "https://www.w3.org/ns/activitystreams#Service"}:
        return False
    return str(link.get("type", ACTIVITY_JSON)).startswith((ACTIVITY_JSON, "application/ld+json"))
