"""What other nodes have proven: attestations, their tombstones, and who belongs to collectives elsewhere.

The caller has checked the proof. What counts follows from the set of what is known, never from the order of arrival:
of the versions of one id the greatest by (date, canonical line) stands, a tombstone beats them all, and an id under
which two things were attested is buried.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from network import clock
from network.actions.trust import KIND, LEVELS
from network.actions.webs import web_changed
from network.errors import NotEntitled, NotFound, NotTaken, WrongState
from network.models import Collective, Member, Membership, MembershipState, Tombstone, Vouch
from network.rules.facts import VouchFact, grave_of

__all__ = [
    "PER_HOST", "PER_ISSUER", "Belonging", "end_lapsed_memberships", "end_remote_memberships", "forget_remote_vouches",
    "is_buried", "record_remote_membership", "record_remote_tombstone", "record_remote_vouch",
]  # fmt: skip

PER_ISSUER, PER_HOST = 1_000, 20_000  # attestations of others that we keep
PER_ISSUER_EVER = 4_000  # with those that were revoked, which we keep too: a fifth of what the host has
CHARTER_MAX = 80  # characters


@transaction.atomic
def record_remote_vouch(fact: VouchFact) -> bool:
    """Keep a version of an attestation given at another node; return whether it now stands.

    Whoever attests somebody else, or another kind, under an address already used has spent it: none of its versions
    counts any more, whichever came first. Both people must be known (NotFound). NotTaken("attestation_malformed") for a
    level, kind or charter out of bounds, NotTaken("attestation_quota"); NotEntitled("self_vouch", "origin_mismatch" for
    an issuer of this node); WrongState("member_gone").
    """
    if fact.level not in LEVELS or not KIND.fullmatch(fact.kind) or len(fact.charter) > CHARTER_MAX:
        raise NotTaken("attestation_malformed")
    issuer, subject = _people(fact)
    if is_buried(fact.id, fact.issuer):
        return False
    if issuer.gone_at is not None:  # whoever has left has revoked everything, what was under way too
        record_remote_tombstone(uri=fact.id, issuer=fact.issuer, at=clock.now())
        return False
    row = Vouch.objects.filter(uri=fact.id, issuer=issuer).first()
    if row is not None and (row.subject_id, row.kind) != (subject.pk, fact.kind):
        record_remote_tombstone(uri=fact.id, issuer=fact.issuer, at=clock.now())
        return False
    if subject.gone_at is not None:
        raise WrongState("member_gone")
    if row is None:
        _check_quota(issuer)
    return _write(row or Vouch(uri=fact.id, issuer=issuer, subject=subject, entered_at=clock.now()), fact)


def _people(fact: VouchFact) -> tuple[Member, Member]:
    """The issuer, locked, so that two messages about one id take turns, and the subject."""
    if fact.issuer == fact.subject:
        raise NotEntitled("self_vouch")
    issuer = Member.objects.select_for_update().filter(uri=fact.issuer).first()
    subject = Member.objects.filter(uri=fact.subject, unclaimed=False).first()
    if issuer is None or subject is None:
        raise NotFound("member_unknown")
    if issuer.local:
        raise NotEntitled("origin_mismatch")
    return issuer, subject


def _check_quota(issuer: Member) -> None:
    kept = Vouch.objects.filter(issuer__local=False)
    uris = list(kept.filter(issuer=issuer).values_list("uri", flat=True))
    if len(uris) >= PER_ISSUER and (len(uris) >= PER_ISSUER_EVER or _standing(uris, issuer) >= PER_ISSUER):
        raise NotTaken("attestation_quota")
    if kept.filter(issuer__origin=issuer.origin).count() >= PER_HOST:
        raise NotTaken("attestation_quota")


def _standing(uris: list[str], issuer: Member) -> int:
    """How many of these attestations of one issuer were not revoked."""
    graves = [grave_of(uri, issuer.uri) for uri in uris]
    buried = Tombstone.objects.filter(
        uri_digest__in=[grave.uri_digest for grave in graves], issuer_digest=graves[0].issuer_digest
    )
    return len(uris) - buried.count()


def _write(row: Vouch, fact: VouchFact) -> bool:
    """Keep `fact` if it is the later version. Two dates under one address are a renewal, whichever came first."""
    later = row.pk is None or _is_later(fact, row)
    renewed = row.pk is not None and row.revision == 1 and fact.issued != row.issued_at
    if not (later or renewed):
        return False
    row.revision += renewed
    if later:
        row.kind, row.level, row.charter, row.public = fact.kind, fact.level, fact.charter, True
        row.issued_at, row.expires_at = fact.issued, fact.expires
    row.save()
    web_changed([row.issuer_id])
    return later


def _is_later(fact: VouchFact, row: Vouch) -> bool:
    held = VouchFact(
        row.uri, fact.issuer, fact.subject, row.kind, row.level, row.issued_at, row.expires_at, row.charter
    )
    return (fact.issued, fact.line) > (held.issued, held.line)


def is_buried(uri: str, issuer: str) -> bool:
    """Whether the attestation `uri` of `issuer` was revoked, or spent."""
    grave = grave_of(uri, issuer)
    return Tombstone.objects.filter(uri_digest=grave.uri_digest, issuer_digest=grave.issuer_digest).exists()


@transaction.atomic
def record_remote_tombstone(*, uri: str, issuer: str, at: datetime) -> bool:
    """Revoke the attestation `uri` of `issuer` for good, whether it has arrived or not; return whether that is new."""
    grave = grave_of(uri, issuer)
    _row, new = Tombstone.objects.get_or_create(
        uri_digest=grave.uri_digest, issuer_digest=grave.issuer_digest, defaults={"deleted_at": at}
    )
    if new:
        web_changed(Member.objects.filter(uri=issuer).values_list("pk", flat=True))
    return new


@transaction.atomic
def forget_remote_vouches(*, issuer: str, uris: Iterable[str]) -> int:
    """Drop attestations whose proof counts no more (a stolen key); signed anew they may come back."""
    number, _ = Vouch.objects.filter(issuer__uri=issuer, issuer__local=False, uri__in=list(uris)).delete()
    if number:
        web_changed(Member.objects.filter(uri=issuer).values_list("pk", flat=True))
    return number


# --- who belongs elsewhere -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Belonging:
    """What the papers of a collective of another node say, all together, of one person: from when until when.

    `uri` is the paper that stands; empty if none does: then the person's membership ended, by `until`.
    """

    collective: str
    origin: str
    slug: str
    name: str
    member: str
    uri: str
    since: datetime
    until: datetime


@transaction.atomic
def record_remote_membership(said: Belonging) -> bool:
    """Write what a collective elsewhere says of a member; return whether anything changed.

    NotFound("member_unknown"); NotEntitled("origin_mismatch") for a collective of this node.
    """
    member = Member.objects.select_for_update().filter(uri=said.member, unclaimed=False).first()
    if member is None:
        raise NotFound("member_unknown")
    collective = _collective(said)
    row = Membership.objects.filter(collective=collective, member=member).first()
    if row is None and not said.uri:
        return False
    state = MembershipState.ACTIVE if said.uri else MembershipState.ENDED
    row = row or Membership(collective=collective, member=member, number=None)
    before = (row.pk, row.uri, row.state, row.since, row.until)
    row.uri, row.state, row.until = said.uri, state, said.until
    row.since = row.renewed_at = said.since if said.uri else min(row.since, said.until)
    if before == (row.pk, row.uri, row.state, row.since, row.until):
        return False
    row.save()
    web_changed([member.pk])
    return True


def _collective(said: Belonging) -> Collective:
    columns = {"origin": said.origin, "slug": said.slug[:60], "name": said.name[:120] or said.collective[:120]}
    collective, new = Collective.objects.get_or_create(uri=said.collective, defaults={**columns, "local": False})
    if collective.local:
        raise NotEntitled("origin_mismatch")
    if not new and (collective.name, collective.slug) != (columns["name"], columns["slug"]):
        Collective.objects.filter(pk=collective.pk).update(**columns)
    return collective


@transaction.atomic
def end_remote_memberships(*, collective: str, papers: Iterable[str] | None = None) -> int:
    """End the memberships of a collective of another node, all or those of these papers; return how many."""
    standing = Membership.objects.filter(
        collective__uri=collective, collective__local=False, state=MembershipState.ACTIVE
    )
    if papers is not None:
        standing = standing.filter(uri__in=list(papers))
    whose = list(standing.values_list("member_id", flat=True))
    number = standing.update(state=MembershipState.ENDED, until=clock.now())
    if number:
        web_changed(whose)
    return number


@transaction.atomic
def end_lapsed_memberships() -> int:
    """End memberships of other nodes whose paper was not renewed; they counted for nothing already."""
    lapsed = Membership.objects.filter(collective__local=False, state=MembershipState.ACTIVE, until__lte=clock.now())
    return lapsed.update(state=MembershipState.ENDED)
