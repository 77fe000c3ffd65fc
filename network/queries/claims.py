"""Reads about claims of unclaimed entries: what a member can show on the website, what waits, and what is settled."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from network import clock, permissions
from network.models import Claim, ClaimState, Member, RecordState, SourceRecord

__all__ = [
    "UNDO_DAYS", "SettledClaim", "SiteProof", "claimed_by", "claims_settled", "claims_waiting", "is_undoable",
    "site_proof",
]  # fmt: skip

UNDO_DAYS = 30  # as long as what was taken over is kept, so that it can be undone
SHOWN = 50  # settled claims, the latest
CODE_BYTES = 15  # 24 letters and digits


@dataclass(frozen=True)
class SiteProof:
    """The page of an entry's own website, and the code that this member, and no other, is asked to show there."""

    address: str
    code: str


@dataclass(frozen=True)
class SettledClaim:
    """A claim that was settled, and whether it can still be undone."""

    claim: Claim
    undoable: bool


def site_proof(member_id: int, *, actor: Member | None) -> SiteProof | None:
    """Return how `actor` can prove that an unclaimed entry is theirs; None where that proves nothing.

    The address is the one that the source gave, never the claimant's. Whoever lost an entry again, because operators
    undid the claim, has to convince them.
    """
    record = SourceRecord.objects.select_related("member").filter(
        member_id=member_id, state=RecordState.UNCLAIMED, member__gone_at=None
    ).first()  # fmt: skip
    if record is None or record.member is None or not _is_front_page(record.member.website):
        return None
    if actor is None or not permissions.can_publish(actor):
        return None
    if Claim.objects.filter(record=record, member=actor, state=ClaimState.UNDONE).exists():
        return None
    return SiteProof(record.member.website, _code(record, actor))


def _is_front_page(website: str) -> bool:
    """Whether an address is that of a whole site: on a page within one, visitors may often write too.

    >>> _is_front_page("https://a.example/"), _is_front_page("https://wiki.example/a"), _is_front_page("")
    (True, False, False)
    """
    parts = urlsplit(website)
    return bool(parts.netloc) and parts.path in {"", "/"} and not parts.query


def _code(record: SourceRecord, member: Member) -> str:
    """Return the code of one member for one entry: others can read it on the site, and it is of no use to them."""
    value = salted_hmac("network.claims", f"{record.digest}\n{member.uri}", algorithm="sha256").digest()
    return f"toile-{b32encode(value[:CODE_BYTES]).decode().lower()}"


def claims_waiting() -> list[Claim]:
    """Return the claims that wait to be settled, the oldest first."""
    waiting = Claim.objects.filter(state=ClaimState.ASKED).select_related("record__member", "member")
    return list(waiting.order_by("asked_at", "pk")[:200])


def claims_settled() -> list[SettledClaim]:
    """Return the claims that were settled, the latest first."""
    settled = Claim.objects.exclude(state=ClaimState.ASKED).exclude(settled_at=None)
    rows = settled.select_related("member", "settled_by", "undone_by").order_by("-settled_at", "-pk")[:SHOWN]
    return [SettledClaim(row, is_undoable(row)) for row in rows]


def is_undoable(claim: Claim) -> bool:
    """Whether an entry that was taken over can still be given back: for some weeks it is known what it was."""
    recent = claim.settled_at is not None and claim.settled_at > clock.now() - timedelta(days=UNDO_DAYS)
    return claim.state == ClaimState.ACCEPTED and bool(claim.kept) and recent


def claimed_by(path: str) -> Member | None:
    """Return who took over the entry whose address here was `path` (`/fiches/…`), or one of its offers."""
    uri = settings.ORIGIN + "/".join(path.split("/")[:3])
    claims = Claim.objects.filter(uri=uri, state=ClaimState.ACCEPTED, member__gone_at=None).select_related("member")
    found = claims.order_by("-settled_at").first()
    return found.member if found else None
