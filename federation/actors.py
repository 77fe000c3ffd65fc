"""Actors: those of this node as documents with keys; those of others fetched at their own address and remembered."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from federation import client, contexts, keys, multikeys, remote_keys, served, silences
from federation.cards import member_card
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import (
    Follow,
    LocalKey,
    MovedId,
    Node,
    RemoteActor,
    Rendered,
    SignedObject,
    Standing,
    TombstoneSeen,
)
from federation.queries import digest_of, is_ours, may_exchange, node_actor, was_deleted
from federation.rules import handles
from federation.rules.origins import is_plain, origin_of, same_origin
from federation.rules.signatures import SigningKey
from federation.rules.translate import actors as translate
from federation.rules.translate import reading
from federation.rules.vocabulary import ACTIVITY_JSON
from governance.actions.remote import forget_signatures_of
from network.actions.attestations import end_remote_memberships
from network.actions.copies import forget_offers_of
from network.actions.leaving import mark_member_gone
from network.actions.members import record_remote_member
from network.models import Collective, Departure, Kind, Member, NodeProfile
from network.rules.cards import MemberCard
from network.rules.markdown import to_html

__all__ = [
    "Found",
    "bury",
    "discover",
    "ensure_node_actor",
    "expanded",
    "fetch",
    "know_member",
    "node_signer",
    "remote_actor",
    "render_missing",
]

FRESH = timedelta(hours=24)
NODE_NAME = "noeud"  # the node's own user name: acct:noeud@host
HANDLE_TYPES = ("application/jrd+json", "application/json")
HTTP_GONE = 410


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
    return served.keep(node_actor(), translate.actor(face, {"attestations": f"{node_actor()}/attestations"}))


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
        also_known_as=tuple(MovedId.objects.filter(new_uri=uri).order_by("pk").values_list("old_uri", flat=True)),
    )


def render_missing() -> None:
    """Render every local member and collective that has no document yet: after a move, all of them."""
    there = Rendered.objects.filter(uri=OuterRef("uri"))
    for member in Member.objects.filter(~Exists(there), local=True, gone_at=None):
        render_member(member)
    for collective in Collective.objects.filter(~Exists(there), local=True):
        render_collective(collective)


# --- Others' --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """An actor as its own address serves it: what we keep, and the whole expanded document."""

    actor: translate.Actor
    node: reading.Node


def expanded(document: dict[str, Any]) -> reading.Node:
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
    """Fetch an actor at its id and remember it; raise Unreachable, or Untranslatable if it is not the one asked for.

    Untranslatable("not-spoken-with"): its node is blocked, or not on the list of a closed one. Untranslatable("gone"):
    it left, and whatever its address serves later, it does not come back. Untranslatable("id"): it is ours, or written
    in another than the usual spelling. What it is by nature (its type) stays as first seen; it gets no user name that
    another actor of its origin already bears.
    """
    if is_ours(uri) or not is_plain(uri):
        raise Untranslatable("id")
    if was_deleted(uri, uri):
        raise Untranslatable("gone")
    if not may_exchange(uri):
        raise Untranslatable("not-spoken-with")
    try:
        document = client.get_document(uri, signer=node_signer()).document
    except Unreachable as error:
        if error.status == HTTP_GONE and RemoteActor.objects.filter(uri=uri).exists():
            bury(uri, now=now)
        raise
    if document.get("id") != uri:
        raise Untranslatable("id")
    found = expanded(document)
    actor = _remember(translate.read_actor(found), now)
    multikeys.learn(document, now=now)
    remote_keys.learn(document, now=now)
    return Found(actor, found)


def _remember(actor: translate.Actor, moment: datetime) -> translate.Actor:
    origin = origin_of(actor.uri)
    known = RemoteActor.objects.filter(uri=actor.uri).first()
    others = RemoteActor.objects.filter(origin=origin, username=actor.username).exclude(uri=actor.uri)
    actor = replace(
        actor,
        kind=known.kind if known else actor.kind,
        username=(known.username if known else "") if others.exists() else actor.username,
    )
    fields = {
        "origin": origin,
        "kind": actor.kind,
        "username": actor.username,
        "name": actor.name,
        "inbox": actor.inbox,
        "shared_inbox": actor.shared_inbox,
        "outbox": actor.outbox,
        "followers": actor.followers,
        "also_known_as": list(actor.also_known_as),
        "fetched_at": moment,
    }
    RemoteActor.objects.update_or_create(uri=actor.uri, defaults=fields)
    return actor


def bury(uri: str, *, now: datetime) -> bool:
    """Let all that an actor of another node had here end, for good; return whether it had anything.

    Follows in both directions, offers, attestations, memberships, keys; a node's own actor takes its peering along.
    """
    with transaction.atomic():
        TombstoneSeen.objects.get_or_create(uri_digest=digest_of(uri), owner=uri, defaults={"deleted_at": now})
        ended, _ = Follow.objects.filter(Q(follower=uri) | Q(followed=uri)).delete()
        known = RemoteActor.objects.filter(uri=uri).update(gone_at=now)
        if Node.objects.filter(actor=uri, standing=Standing.PEER).update(standing=Standing.UNKNOWN):
            forget_offers_of(origin=origin_of(uri))
        if Node.objects.filter(actor=uri).update(actor=""):
            silences.departed(origin_of(uri), Departure.DELETED, now=now)
        forget_signatures_of(uri)
        member = mark_member_gone(uri=uri) if Member.objects.filter(uri=uri, local=False).exists() else None
        ended += end_remote_memberships(collective=uri)
        SignedObject.objects.filter(Q(owner=uri) | Q(about=uri)).delete()
        remote_keys.forget_keys(uri)
    return bool(ended or known or member)


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
        record_remote_member(card=_card(fetch(uri, now=now)))
    except Unreachable:
        if known is None or again:
            raise


def _card(found: Found) -> MemberCard:
    """Return the card of a member, whose type and user name are those that we keep (see `fetch`)."""
    card = translate.read_member(found.node, known_as=found.actor.kind)
    return replace(card, handle=found.actor.username[:60])


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
