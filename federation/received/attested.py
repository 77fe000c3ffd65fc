"""What others have proven: attestations, memberships, decisions and the tombstones that revoke them.

The proof was checked on the bytes as they came (federation/attested.py). What counts follows from the set of what is
known: two nodes that have received the same, in any order, by any way, hold the same.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial

from federation import actors, attested
from federation.attested import Signed
from federation.errors import Untranslatable
from federation.models import Node, RemoteActor, SignedKind, SignedObject, Standing, TombstoneSeen
from federation.queries import digest_of, is_listed, is_ours, standing_of, was_deleted
from federation.received import events
from federation.received.messages import Done, Effect, Ignored, Message
from federation.rules.origins import id_of, origin_of
from federation.rules.terms import same_reading
from federation.rules.translate.attestations import (
    Paper,
    Stone,
    is_public,
    read_attestation,
    read_membership,
    read_tombstone,
    relationship_of,
)
from federation.rules.translate.decisions import read_decision
from federation.rules.translate.reading import Node as Found
from federation.rules.translate.reading import types
from federation.rules.vocabulary import AS2_NS, HAS_MEMBER, VOUCHES_FOR
from network.actions.attestations import (
    PER_HOST,
    PER_ISSUER,
    Belonging,
    is_buried,
    record_remote_membership,
    record_remote_tombstone,
    record_remote_vouch,
)
from network.clock import now
from network.models import Member, Vouch
from network.rules.facts import VouchFact

__all__ = ["deleted", "end_for", "is_for_us", "taken", "undone"]

PEOPLE = frozenset({"Person", "Organization"})
GROUP = "Group"


def is_for_us(kind: str, signed: Signed | None) -> bool:
    """Whether a message of this kind is about its proven object; a Delete is only by a tombstone of a Relationship."""
    if signed is None or not attested.is_proven_kind(signed.document):
        return False
    return kind in {"Create", "Update", "Announce"} or (kind == "Delete" and _former(signed) == "Relationship")


def _former(signed: Signed) -> str:
    former = signed.document.get("formerType", "Relationship")
    is_stone = str(signed.document.get("type")).removeprefix(AS2_NS) == "Tombstone"
    return str(former).removeprefix(AS2_NS) if is_stone else ""


def taken(signed: Signed, source: str, moment: datetime) -> Effect:
    """Return what a proven object does here; `source` is the actor that handed it over.

    Raises Ignored for what is not public, not ours to keep, or not of this kind; Unreachable while somebody it names
    cannot be fetched; Untranslatable.
    """
    found = actors.expanded(signed.document)
    if not same_reading(signed.document, found):
        raise Untranslatable("@context")
    if not is_public(found):
        raise Ignored("not-public")
    return _reader(found)(found, signed, source, moment)


def _reader(found: Found) -> Callable[[Found, Signed, str, datetime], Effect]:
    kind = {VOUCHES_FOR: _attestation, HAS_MEMBER: _membership}.get(relationship_of(found))
    if kind is None and AS2_NS + "Tombstone" in types(found):
        kind = _tombstone
    if kind is None and AS2_NS + "Note" in types(found):
        kind = _decision
    if kind is None:
        raise Ignored("object-type")
    return kind


# --- attestations ----------------------------------------------------------------------------------------


def _attestation(found: Found, signed: Signed, source: str, moment: datetime) -> Effect:
    fact = read_attestation(found)
    _check_owner(fact.issuer, signed, PEOPLE)
    if fact.issuer == fact.subject:
        raise Ignored("self_vouch")
    if not (_matters(fact.issuer) or _matters(fact.subject)):
        raise Ignored("strangers")
    for person in (fact.issuer, fact.subject):
        _know(person, source, moment)
    return partial(_attested, fact, signed, source)


def _attested(fact: VouchFact, signed: Signed, source: str) -> Done:
    _check_key(signed)
    if was_deleted(fact.id, fact.issuer):
        record_remote_tombstone(uri=fact.id, issuer=fact.issuer, at=now())
    if not record_remote_vouch(fact):
        if is_buried(fact.id, fact.issuer):  # maybe by this very message: nobody is handed the version held before it
            SignedObject.objects.filter(uri=fact.id, owner=fact.issuer, kind=SignedKind.ATTESTATION).delete()
        return Done(detail="known or revoked")
    attested.store(signed, SignedKind.ATTESTATION, about=fact.subject, via=source)
    return Done()


def _check_owner(owner: str, signed: Signed, kinds: frozenset[str]) -> None:
    """The key's owner says it, and is by nature one who may: people attest, a Group has members and decides."""
    kind = RemoteActor.objects.filter(uri=owner).values_list("kind", flat=True).first()
    if owner != signed.owner or kind not in kinds:
        raise Ignored("owner")


def _check_key(signed: Signed) -> None:
    if not attested.still_counts(signed):
        raise Ignored("key-revoked")


def _matters(person: str) -> bool:
    """Whether we have to do with this person: ours, known here, followed, or of a node that we know and hear."""
    if is_ours(person):
        return True
    standing = standing_of(person)
    if standing in {Standing.BLOCKED, Standing.LIMITED}:
        return False
    known = Member.objects.filter(uri=person, gone_at=None).exists() or is_listed(person)
    return known or Node.objects.filter(origin=origin_of(person)).exists()


def _know(person: str, source: str, moment: datetime) -> None:
    """See to it that a person named has a row; whoever is fetched for it counts on the source's budget."""
    if is_ours(person):
        if not Member.objects.filter(uri=person, local=True, gone_at=None).exists():
            raise Ignored("no-such-member")
        return
    fresh = moment - actors.FRESH
    if not Member.objects.filter(uri=person, heard_at__gt=fresh).exists():
        attested.spend(source)
    actors.know_member(person, now=moment)


# --- memberships -----------------------------------------------------------------------------------------


def _membership(found: Found, signed: Signed, source: str, moment: datetime) -> Effect:
    paper = read_membership(found)
    _check_owner(paper.collective, signed, frozenset({GROUP}))
    if is_ours(paper.member) and not is_listed(paper.collective):
        raise Ignored("not-followed")  # strangers do not put our members on their lists
    if not (_matters(paper.collective) or _matters(paper.member)):
        raise Ignored("strangers")
    _know(paper.member, source, moment)
    return partial(_belongs, paper, signed, source)


def _belongs(paper: Paper, signed: Signed, source: str) -> Done:
    _check_key(signed)
    if _is_over(paper.uri, paper.collective):
        return Done(detail="revoked")
    held = SignedObject.objects.filter(uri=paper.uri, owner=paper.collective, kind=SignedKind.MEMBERSHIP).first()
    if held is None:
        _check_quota(paper.collective, SignedKind.MEMBERSHIP)
    elif _paper(held).rank >= paper.rank:
        return Done(detail="known")
    attested.store(signed, SignedKind.MEMBERSHIP, about=paper.member, via=source)
    for member in {paper.member, held.about if held else paper.member}:
        _settle(paper.collective, member)
    return Done()


def _is_over(uri: str, owner: str) -> bool:
    stone = SignedObject.objects.filter(uri=uri, owner=owner, kind=SignedKind.TOMBSTONE)
    return stone.exists() or was_deleted(uri, owner)


def _settle(collective: str, member: str, ended: datetime | None = None) -> None:
    """Write what the papers of `collective` about `member` say together: the last one, by date, then by id."""
    held = SignedObject.objects.filter(owner=collective, about=member, kind=SignedKind.MEMBERSHIP)
    last = max((_paper(row) for row in held), key=lambda paper: (paper.issued, paper.uri), default=None)
    who = RemoteActor.objects.get(uri=collective)
    over = min(ended or now(), now())
    record_remote_membership(
        Belonging(
            collective=collective,
            origin=who.origin,
            slug=who.username,
            name=who.name,
            member=member,
            uri=last.uri if last else "",
            since=last.issued if last else over,
            until=last.expires if last else over,
        )
    )


def _paper(row: SignedObject) -> Paper:
    return read_membership(actors.expanded(json.loads(bytes(row.body))))


# --- decisions -------------------------------------------------------------------------------------------


def _decision(found: Found, signed: Signed, source: str, moment: datetime) -> Effect:
    card = read_decision(found)
    if card is None:
        raise Ignored("note")
    _check_owner(card.collective, signed, frozenset({GROUP}))
    if not is_listed(card.collective):
        raise Ignored("not-followed")
    return partial(_decided, signed, source)


def _decided(signed: Signed, source: str) -> Done:
    _check_key(signed)
    if _is_over(signed.uri, signed.owner):
        return Done(detail="revoked")
    held = SignedObject.objects.filter(uri=signed.uri, owner=signed.owner, kind=SignedKind.DECISION).first()
    if held is None:
        _check_quota(signed.owner, SignedKind.DECISION)
    elif (held.made_at, bytes(held.body)) >= (signed.made_at, signed.body):
        return Done(detail="known")
    attested.store(signed, SignedKind.DECISION, via=source)
    return Done()


# --- ends ------------------------------------------------------------------------------------------------


def _tombstone(found: Found, signed: Signed, source: str, moment: datetime) -> Effect:
    stone = read_tombstone(found)
    if stone.owner != signed.owner:
        raise Untranslatable("attributedTo")
    if stone.former not in {"", "Relationship"}:
        raise Ignored("object-type")
    return partial(_ended, stone, signed, source)


def _ended(stone: Stone, signed: Signed, source: str) -> Done:
    """Remember the end in any case: what it revokes may arrive later, by another way."""
    held = SignedObject.objects.filter(uri=stone.uri, owner=stone.owner)
    if held.filter(kind=SignedKind.TOMBSTONE).exists():
        return Done(detail="known")
    if not held.exists() and not Vouch.objects.filter(uri=stone.uri, issuer__uri=stone.owner).exists():
        _check_quota(stone.owner, SignedKind.TOMBSTONE)
    concerned = _end(stone.uri, stone.owner, stone.at)
    attested.store(signed, SignedKind.TOMBSTONE, about=concerned, via=source)
    return Done()


def _end(uri: str, owner: str, at: datetime) -> str:
    """End an attestation, or a membership if the owner is a Group; return whom it was about, if that is known."""
    held = SignedObject.objects.filter(uri=uri, owner=owner).exclude(kind=SignedKind.TOMBSTONE)
    about = list(held.filter(kind=SignedKind.MEMBERSHIP).values_list("about", flat=True))
    held.delete()
    for member in about:
        _settle(owner, member, at)
    if not RemoteActor.objects.filter(uri=owner, kind=GROUP).exists():
        record_remote_tombstone(uri=uri, issuer=owner, at=at)
    return about[0] if about else ""


def _check_quota(owner: str, kind: str) -> None:
    kept = SignedObject.objects.filter(kind=kind)
    if kept.filter(owner=owner).count() >= PER_ISSUER:
        raise Ignored("quota")
    if kept.filter(owner__startswith=f"{origin_of(owner)}/").count() >= PER_HOST:
        raise Ignored("quota")


def deleted(message: Message, moment: datetime) -> Effect:
    """Delete without a proof: believed of its sender, who ends what is theirs; it cannot be handed on."""
    return partial(_deleted, message.object_id, message.actor, moment, events.deleted(message, moment))


def _deleted(uri: str, actor: str, moment: datetime, otherwise: Effect) -> Done:
    if not SignedObject.objects.filter(uri=uri, owner=actor).exclude(kind=SignedKind.TOMBSTONE).exists():
        return otherwise()
    end_for(uri, actor, moment)
    return Done()


def end_for(uri: str, owner: str, moment: datetime) -> None:
    """End, for good, what the owner or its own origin says is no more."""
    TombstoneSeen.objects.get_or_create(uri_digest=digest_of(uri), owner=owner, defaults={"deleted_at": moment})
    _end(uri, owner, moment)


def undone(message: Message, moment: datetime) -> Effect | None:
    """Undo of an attestation or a membership, or of the Create around it; None if it is about something else."""
    raw = message.document.get("object")
    inner = id_of(raw.get("object")) if isinstance(raw, dict) else None
    held = SignedObject.objects.filter(owner=message.actor, uri__in=[message.object_id, inner or ""])
    uri = held.exclude(kind=SignedKind.TOMBSTONE).values_list("uri", flat=True).first()
    return partial(_deleted, uri, message.actor, moment, Done) if uri else None
