"""Actors: members, collectives and the node as documents, and the documents of others as cards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.errors import Untranslatable
from federation.rules.origins import is_uri, origin_of, same_origin
from federation.rules.translate.offers import SKILLS_PATH, iso
from federation.rules.translate.places import place_of, read_place
from federation.rules.translate.reading import Node, as2, node, text, texts, types
from federation.rules.vocabulary import ACTOR_CONTEXT, ACTOR_TYPES, AS2_NS, IMPLEMENTS, TOILE
from network.rules.cards import MemberCard

__all__ = ["Actor", "Face", "actor", "member_extras", "moved_actor", "read_actor", "read_member"]

LDP = "http://www.w3.org/ns/ldp#"  # boxes come under either namespace
KINDS = {"Person": "person", "Organization": "association", "Group": "collective"}
KIND_NAMES = frozenset({"person", "association", "company", "collective", "public_body"})
OPENINGS = frozenset({"open", "waiting", "closed"})
NAME_MAX, LANGUAGES_MAX, SKILLS_MAX = 120, 20, 50
ALIASES_MAX = 20
MOVED_TERM = {"movedTo": {"@id": "as:movedTo", "@type": "@id"}}


@dataclass(frozen=True)
class Face:
    """What an actor document of ours shows. `keys` holds publicKey and assertionMethod as they are written."""

    uri: str
    kind: str  # ActivityStreams type
    username: str
    name: str
    html: str
    page: str
    node: str  # uri of the node's actor
    shared_inbox: str
    published: datetime
    public_key: dict[str, Any]
    multikeys: list[dict[str, Any]]
    also_known_as: tuple[str, ...] = ()  # earlier ids of the same actor


def actor(face: Face, extras: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the actor document; `extras` (see `member_extras`) is what only members have."""
    boxes = {name: f"{face.uri}/{name}" for name in ("inbox", "outbox", "followers", "following")}
    return {
        "@context": ACTOR_CONTEXT,
        "id": face.uri,
        "type": face.kind,
        "preferredUsername": face.username,
        "name": face.name,
        "summary": face.html,
        "url": face.page,
        "published": iso(face.published),
        **boxes,
        "streams": f"{face.uri}/offers",  # one, so no list: apmodel reads no other shape
        "endpoints": {"sharedInbox": face.shared_inbox},
        "manuallyApprovesFollowers": False,
        "publicKey": face.public_key,
        "assertionMethod": face.multikeys,
        "generator": {"type": "Application", "id": face.node, "implements": IMPLEMENTS},
        **({"alsoKnownAs": list(face.also_known_as)} if face.also_known_as else {}),
        **(extras or {}),
    }


def moved_actor(document: dict[str, Any], to: str) -> dict[str, Any]:
    """Return the document of an actor that lives elsewhere now: what was served before, and `movedTo`."""
    context = [*document["@context"], MOVED_TERM] if "movedTo" not in document else document["@context"]
    return {**document, "@context": context, "movedTo": to}


def member_extras(card: MemberCard) -> dict[str, Any]:
    """Return what a member's document says beyond an ordinary actor's: kind, place, opening, languages, skills."""
    extras: dict[str, Any] = {"kind": card.kind, "opening": card.opening}
    if place := place_of(card):
        extras["location"] = place
    if card.languages:
        extras["languages"] = list(card.languages)
    if card.skill_slugs:
        extras["skills"] = [f"{card.origin}{SKILLS_PATH}{slug}" for slug in card.skill_slugs]
    if card.website:
        extras["attachment"] = [{"type": "Link", "name": "Site", "href": card.website, "rel": "me"}]
    return extras


@dataclass(frozen=True)
class Actor:
    """What we keep of another's actor document."""

    uri: str
    kind: str  # ActivityStreams type, without namespace
    username: str
    name: str
    inbox: str
    shared_inbox: str
    outbox: str
    followers: str
    offers: str  # the first of its streams, or empty
    also_known_as: tuple[str, ...] = ()  # of any origin: what they claim is believed in both directions only


def read_actor(found: Node) -> Actor:
    """Return what matters of an expanded actor; every address must share its origin, or counts as absent.

    Raises Untranslatable if it is no actor, or has no inbox.
    """
    uri = found.get("@id")
    if not is_uri(uri):
        raise Untranslatable("type")
    uri = str(uri)
    inbox = _own(uri, text(found, box("inbox")))
    if not inbox:
        raise Untranslatable("inbox")
    endpoints = node(found, as2("endpoints")) or {}
    username = (text(found, as2("preferredUsername")) or "")[:NAME_MAX]
    return Actor(
        uri=uri,
        kind=_nature_of(found),
        username=username,
        name=_name(found) or username or uri,
        inbox=inbox,
        shared_inbox=_own(uri, text(endpoints, as2("sharedInbox"))),
        outbox=_own(uri, text(found, box("outbox"))),
        followers=_own(uri, text(found, as2("followers"))),
        offers=_own(uri, text(found, as2("streams"))),
        also_known_as=tuple(alias for alias in texts(found, as2("alsoKnownAs")) if is_uri(alias))[:ALIASES_MAX],
    )


def _nature_of(found: Node) -> str:
    """Return the ActivityStreams type of an expanded actor; raise Untranslatable if it is none, or several at once."""
    kinds = {iri.removeprefix(AS2_NS) for iri in types(found)} & ACTOR_TYPES
    if len(kinds) != 1:
        raise Untranslatable("type")
    return kinds.pop()


def read_member(found: Node, *, known_as: str = "") -> MemberCard:
    """Return the card of an expanded Person, Organization or Group; raise Untranslatable for anything else.

    `known_as`: the type it had before, which it keeps whatever it says now.
    """
    who = read_actor(found)
    nature = known_as or who.kind
    if nature not in KINDS:
        raise Untranslatable("type")
    kinds = KIND_NAMES if nature == who.kind else frozenset[str]()
    place = {key: value for key, value in read_place(found).items() if value is not None}
    return MemberCard(
        uri=who.uri,
        origin=origin_of(who.uri),
        handle=who.username[:60],
        kind=_choice(found, "kind", kinds, KINDS[nature]),
        name=who.name[:NAME_MAX],
        html=text(found, as2("summary")) or "",
        languages=tuple(tag[:35] for tag in texts(found, (TOILE + "languages",)))[:LANGUAGES_MAX],
        skill_slugs=_skills(found),
        opening=_choice(found, "opening", OPENINGS, "open"),
        website=_website(found),
        **place,
    )


def box(name: str) -> tuple[str, ...]:
    """Return the IRIs under which an actor's inbox or outbox may come."""
    return (LDP + name, *as2(name))


def _own(uri: str, address: str | None) -> str:
    return address if address and same_origin(uri, address) else ""


def _name(found: Node) -> str:
    return " ".join((text(found, as2("name")) or "").split())[:NAME_MAX]


def _choice(found: Node, term: str, known: frozenset[str], otherwise: str) -> str:
    written = text(found, (TOILE + term,))
    return written if written in known else otherwise


def _skills(found: Node) -> tuple[str, ...]:
    uris = (uri for uri in texts(found, (TOILE + "skills",)) if SKILLS_PATH in uri)
    return tuple(uri.rpartition(SKILLS_PATH)[2][:60] for uri in uris)[:SKILLS_MAX]


def _website(found: Node) -> str:
    for link in (item for item in found.get(AS2_NS + "attachment", ()) if AS2_NS + "href" in item):
        href = text(link, as2("href")) or ""
        if is_uri(href) and len(href) <= 200:
            return href
    return ""
