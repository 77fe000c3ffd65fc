"""What we prove ourselves: public attestations of our members, memberships and decisions of our collectives.

Each is signed once per version, served at its address, and told to followers; those that know nothing of attestations
get none. What is private stays unsigned, here.
"""

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from federation import actors, served
from federation.attested import Signed, signed_here, store
from federation.models import Activity, Rendered, SignedKind, SignedObject
from federation.outbox import heard_of, mark_told, queue, revision_told, wrap
from federation.queries import RENEWED_BEFORE, followers_of, node_actor, reads_attestations
from federation.rules.delivery import Recipient, inboxes_to_reach, public_audience
from federation.rules.origins import origin_of
from federation.rules.translate.attestations import Paper, Stone, attestation, membership, tombstone
from federation.rules.translate.decisions import ADOPTED, CARRIED, DecisionCard, decision, decision_uri
from governance.models import Decision
from network.actions.collectives import renew_membership
from network.clock import now
from network.models import Collective, Member, Membership, MembershipState, Tombstone, Vouch
from network.queries.webs import terms_of
from network.rules.facts import VouchFact, grave_of

__all__ = ["announce_decision", "announce_membership", "announce_vouch"]


def announce_vouch(vouch_id: int) -> list[Activity]:
    """Sign, serve and tell the latest version of a local member's public attestation, or its end."""
    with transaction.atomic():
        row = Vouch.objects.select_for_update(of=("self",)).select_related("issuer", "subject").get(pk=vouch_id)
        told = revision_told(row.uri)
        if not row.issuer.local or not row.public or (told or 0) >= row.revision:
            return []
        mark_told(row.uri, row.revision)
        if (buried_at := _buried_at(row)) is not None:
            return _tell_end(Stone(row.uri, row.issuer.uri, buried_at, "Relationship")) if told else []
        _render_missing(row.issuer)
        return [_tell(attestation(_fact(row)), SignedKind.ATTESTATION, row.subject.uri, told, row.revision)]


def _fact(row: Vouch) -> VouchFact:
    people = (row.issuer.uri, row.subject.uri)
    return VouchFact(row.uri, *people, row.kind, row.level, row.issued_at, row.expires_at, row.charter)


def _buried_at(row: Vouch) -> datetime | None:
    grave = grave_of(row.uri, row.issuer.uri)
    found = Tombstone.objects.filter(uri_digest=grave.uri_digest, issuer_digest=grave.issuer_digest)
    return found.values_list("deleted_at", flat=True).first()


def announce_membership(membership_id: int) -> list[Activity]:
    """Sign, serve and tell that somebody belongs to a local collective, or does so no longer.

    The paper lasts the year that the charter sets; while the member is active it is written anew before it ends.
    Whoever was suspended or left comes back under a new id: a tombstone is for good.
    """
    with transaction.atomic():
        row = _locked_membership(membership_id)
        if row is None:
            return []
        if row.state == MembershipState.ACTIVE and (_is_over(row) or _ends(row) <= now() + RENEWED_BEFORE):
            row = renew_membership(membership_id=row.pk, anew=_is_over(row))
        told = revision_told(row.uri) if row.uri else None
        if not row.uri or (told or 0) >= row.revision:
            return []
        mark_told(row.uri, row.revision)
        if row.state != MembershipState.ACTIVE:
            return _tell_end(Stone(row.uri, row.collective.uri, row.until or now(), "Relationship")) if told else []
        _render_missing(row.collective)
        return [_tell(membership(_paper(row)), SignedKind.MEMBERSHIP, row.member.uri, told, row.revision)]


def _locked_membership(membership_id: int) -> Membership | None:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("collective", "member")
    return rows.filter(pk=membership_id, collective__local=True).first()


def _is_over(row: Membership) -> bool:
    """Whether the row has no paper, or one that a tombstone has ended."""
    return not row.uri or SignedObject.objects.filter(uri=row.uri, kind=SignedKind.TOMBSTONE).exists()


def _ends(row: Membership) -> datetime:
    return row.renewed_at + terms_of(row.collective).renewal


def _paper(row: Membership) -> Paper:
    collective = row.collective
    return Paper(row.uri, collective.uri, row.member.uri, row.renewed_at, _ends(row), collective.charter)


def announce_decision(decision_id: int) -> list[Activity]:
    """Sign, serve and tell a decision that entered the register: its figures, nothing of what or who it is about.

    After this node has moved, one that was told is signed and served at its new address too, and not said again.
    """
    with transaction.atomic():
        row = Decision.objects.select_related("entry__collective").get(pk=decision_id)
        collective = row.entry.collective
        uri = decision_uri(collective.uri, row.entry.seq)
        told = revision_told(uri)
        if not collective.local or (told and Rendered.objects.filter(uri=uri).exists()):
            return []
        _render_missing(collective)
        document = decision(_decision_card(row), audience=public_audience(collective.uri, node_actor()))
        if told:
            _serve(document, SignedKind.DECISION, "")
            return []
        mark_told(uri, 1)
        return [_tell(document, SignedKind.DECISION, "", None, 1)]


def _decision_card(row: Decision) -> DecisionCard:
    entry = row.entry
    return DecisionCard(
        collective=entry.collective.uri,
        collective_name=entry.collective.name,
        seq=entry.seq,
        entry_digest=entry.digest,
        head=entry.head,
        terms=entry.terms,
        published=entry.at,
        in_force=row.adopted_at,
        review=datetime.combine(row.review_on, time(), UTC),
        page=settings.ORIGIN + reverse("register_entry", args=[entry.seq]),
        outcome=CARRIED if entry.kind == "vote" else ADOPTED,
    )


# --- telling ---------------------------------------------------------------------------------------------


def _tell(document: dict[str, Any], kind: str, about: str, told: int | None, revision: int) -> Activity:
    """Sign a document, keep it, and queue the Create or Update around it, in which it keeps its own @context."""
    signed, owner = _serve(document, kind, about), document["attributedTo"]
    word, path = ("Create", "create") if told is None else ("Update", f"update/{revision}")
    return _queue(word, path, signed, _inboxes(owner, everybody=kind == SignedKind.DECISION))


def _serve(document: dict[str, Any], kind: str, about: str) -> Signed:
    """Sign a document and keep it, to be served at its address."""
    signed = signed_here(document, document["attributedTo"], now=now())
    served.keep(signed.uri, signed.document)
    store(signed, kind, about=about)
    return signed


def _tell_end(stone: Stone) -> list[Activity]:
    """Leave a signed Tombstone for good; followers, and whoever received what it ends, are told."""
    signed = signed_here(tombstone(stone), stone.owner, now=now())
    served.keep(signed.uri, signed.document, gone=True)
    store(signed, SignedKind.TOMBSTONE)
    inboxes = {*_inboxes(stone.owner), *heard_of(stone.uri)}
    return [_queue("Delete", "delete", signed, inboxes)]


def _queue(word: str, path: str, signed: Signed, inboxes: set[str]) -> Activity:
    audience = public_audience(signed.owner, node_actor())
    around = {**wrap(word, signed.document, path, signed.owner, audience), "object": signed.document}
    return queue(around, signed.uri, inboxes)


def _inboxes(owner: str, *, everybody: bool = False) -> set[str]:
    followers = followers_of(owner, node_actor())
    return set(inboxes_to_reach(followers if everybody else _readers(followers)))


def _readers(followers: list[Recipient]) -> list[Recipient]:
    reads = {origin: reads_attestations(origin) for origin in {origin_of(one.inbox) for one in followers}}
    return [one for one in followers if reads[origin_of(one.inbox)]]


def _render_missing(who: Member | Collective) -> None:
    """Whoever hears of it asks for its author at once, to have the key."""
    if not Rendered.objects.filter(uri=who.uri).exists():
        actors.render_member(who) if isinstance(who, Member) else actors.render_collective(who)
