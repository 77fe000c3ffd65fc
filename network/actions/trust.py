"""Attesting, renewing, withdrawing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from network import clock, permissions
from network.actions.webs import web_changed
from network.errors import Invalid, NotEntitled, NotFound
from network.models import Member, Tombstone, Vouch
from network.queries.collectives import collective_of
from network.queries.testimonies import was_served
from network.queries.webs import terms_of
from network.rules.facts import grave_of
from network.rules.kinds import CHARTE, PRESTATION
from network.signals import announce, vouch_given, vouch_withdrawn

KIND = re.compile(r"charte|prestation|competence:\S{1,480}")
LEVELS = frozenset({1, 2, 3})
STATEMENT_MAX = REASON_MAX = 500  # characters
KNOWN_SINCE_MAX = 80  # characters
ARTICLE = re.compile(r"[\w.-]{1,60}")  # the id of an article of a charter
ARTICLES_MAX = 60


@dataclass(frozen=True)
class Said:
    """What an attestation says besides whom it is for: the level, and what stays on this node in the issuer's words."""

    level: int
    statement: str = ""
    known_since: str = ""
    articles: tuple[str, ...] = ()


@transaction.atomic
def vouch(
    *, actor: Member, subject_id: int, level: int, statement: str = "", kind: str = CHARTE, public: bool = True,
    known_since: str = "", articles: Sequence[str] = (),
) -> Vouch:  # fmt: skip
    """`actor` vouches for a member of any node. Where one of this kind is alive already, it is renewed instead.

    Locks the issuer. Invalid for a level, kind or text out of bounds, or a private `charte`;
    NotFound("member_unknown"); NotEntitled("self_vouch", "not_a_member", or "not_the_client" for whoever is no member
    and attests a service without an agreement that is done).
    """
    said = Said(level, statement, known_since, tuple(articles))
    _check(said, kind, public)
    subject = Member.objects.filter(pk=subject_id, gone_at=None, unclaimed=False).first()
    if subject is None:
        raise NotFound("member_unknown")
    if subject.pk == actor.pk:
        raise NotEntitled("self_vouch")
    held = _lock(actor, kind)
    if kind == PRESTATION and not permissions.can_attest(held) and not was_served(actor, subject):
        raise NotEntitled("not_the_client")
    alive = _alive(Vouch.objects.filter(issuer=actor, subject=subject, kind=kind, public=public))
    return _write(alive[0] if alive else _new(actor, subject, kind, public), said)


def _check(said: Said, kind: str, public: bool) -> None:
    if said.level not in LEVELS:
        raise Invalid("level_invalid", field="level")
    if len(said.statement) > STATEMENT_MAX:
        raise Invalid("statement_too_long", field="statement")
    if len(said.known_since) > KNOWN_SINCE_MAX:
        raise Invalid("known_since_too_long", field="known_since")
    if len(said.articles) > ARTICLES_MAX or not all(map(ARTICLE.fullmatch, said.articles)):
        raise Invalid("articles_invalid", field="articles")
    if not KIND.fullmatch(kind):
        raise Invalid("vouch_kind_unknown", field="kind")
    if kind == CHARTE and not public:
        raise Invalid("charte_is_public", field="public")


def _lock(actor: Member, kind: str) -> Member:
    """Hold the issuer's row, so that two hands of one person take turns; refuse whoever is no member today, though
    clients need not be: they attest a service."""
    held = Member.objects.select_for_update().get(pk=actor.pk)
    allowed = permissions.can_attest_service if kind == PRESTATION else permissions.can_attest
    if not allowed(held):
        raise NotEntitled("not_a_member")
    return held


def _new(actor: Member, subject: Member, kind: str, public: bool) -> Vouch:
    return Vouch(
        uri=f"{settings.ORIGIN}/att/{uuid4().hex}", issuer=actor, subject=subject, kind=kind, public=public,
        entered_at=clock.now(),
    )  # fmt: skip


def _write(row: Vouch, said: Said) -> Vouch:
    """Write a version that begins now and ends when the charter's longest validity does; the first one, when it
    entered."""
    terms = terms_of(collective_of(row.issuer))
    instant = max(clock.now(), row.entered_at) if row.pk else row.entered_at
    row.level, row.statement, row.issued_at = said.level, said.statement.strip(), instant
    row.known_since, row.articles = said.known_since.strip(), list(dict.fromkeys(said.articles))
    row.expires_at = instant + terms.validity
    row.charter = _charter(row)
    row.revision += row.pk is not None
    row.save()
    web_changed([row.issuer_id])
    announce(vouch_given, vouch_id=row.pk)
    return row


def _charter(row: Vouch) -> str:
    """The charter in force in the issuer's collective, where the attestation is about it."""
    collective = collective_of(row.issuer)
    return collective.charter if collective and row.kind == CHARTE else ""


@transaction.atomic
def renew_vouch(*, actor: Member, vouch_id: int, level: int | None = None, statement: str | None = None) -> Vouch:
    """Write a new version of one's own attestation, as it was unless said otherwise, for another full validity.

    Articles seen were those of the charter of that time: where another is in force, they are said anew or not at all.
    """
    kinds = Vouch.objects.filter(pk=vouch_id, issuer=actor).values_list("kind", flat=True)
    _lock(actor, kinds.first() or CHARTE)
    row = _own(actor, vouch_id)
    level = row.level if level is None else level
    statement = row.statement if statement is None else statement
    articles = tuple(row.articles) if row.charter == _charter(row) else ()
    said = Said(level, statement, row.known_since, articles)
    _check(said, row.kind, row.public)
    return _write(row, said)


@transaction.atomic
def withdraw_vouch(*, actor: Member, vouch_id: int, reason: str = "") -> None:
    """Revoke one's own attestation, and every other living one of the same kind for the same person: were an older
    one left, it would come back to life. A private one, which never travelled, is simply forgotten. Even somebody
    who is no longer a member may withdraw. `reason` is kept for the issuer alone; Invalid("reason_too_long")."""
    if len(reason) > REASON_MAX:
        raise Invalid("reason_too_long", field="reason")
    Member.objects.select_for_update().get(pk=actor.pk)
    row = _own(actor, vouch_id)
    same = list(_alive(Vouch.objects.filter(issuer=actor, subject=row.subject_id, kind=row.kind)))
    revoke(same, at=clock.now(), reason=reason.strip())
    web_changed([actor.pk])
    for each in same:
        if each.public:
            announce(vouch_withdrawn, vouch_id=each.pk)


def revoke(rows: list[Vouch], *, at: datetime, reason: str = "") -> None:
    """Bury the public ones among `rows`, hashes only, and delete the private ones. The words of those buried are
    forgotten, `reason` alone is kept. The caller says `web_changed`."""
    graves = [grave_of(row.uri, row.issuer.uri) for row in rows if row.public]
    Tombstone.objects.bulk_create(
        [Tombstone(uri_digest=g.uri_digest, issuer_digest=g.issuer_digest, deleted_at=at) for g in graves],
        ignore_conflicts=True,
    )
    buried = Vouch.objects.filter(pk__in=[row.pk for row in rows if row.public])
    buried.update(revision=F("revision") + 1, statement="", known_since="", articles=[], reason=reason)
    Vouch.objects.filter(pk__in=[row.pk for row in rows if not row.public]).delete()


def _own(actor: Member, vouch_id: int) -> Vouch:
    """One's own living attestation; anybody else's is unknown, so that a private one is not given away."""
    rows = _alive(Vouch.objects.filter(pk=vouch_id, issuer=actor))
    if not rows:
        raise NotFound("vouch_unknown")
    return rows[0]


def _alive(rows: QuerySet[Vouch]) -> list[Vouch]:
    """The rows that no tombstone revokes, the latest first."""
    found = list(rows.select_related("issuer", "subject").order_by("-issued_at", "-uri"))
    digests = {row.pk: grave_of(row.uri, row.issuer.uri) for row in found}
    buried = set(
        Tombstone.objects.filter(uri_digest__in=[g.uri_digest for g in digests.values()]).values_list(
            "uri_digest", "issuer_digest"
        )
    )
    return [row for row in found if (digests[row.pk].uri_digest, digests[row.pk].issuer_digest) not in buried]
