"""Registers witnessed by other nodes: our heads told and countersigned, theirs recomputed and countersigned.

Told to each Toile node that follows the collective or this node: a head signed by the Group, with the digests since the
last head that the node is known to hold. It answers Accept with its countersignature, or Reject with what it holds,
and, if two signatures of the Group contradict each other, with the one we should not have forgotten.
"""

import logging
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from federation import actors, attested, outbox, served
from federation.errors import Refused
from federation.models import Activity, HeadConflict, LocalKey, Node, Notice, Rendered, SignedHead, Watcher
from federation.queries import followers_of, node_actor
from federation.rules import heads, proofs
from federation.rules.delivery import Recipient
from federation.rules.heads import CHUNK, Claim
from federation.rules.origins import origin_of
from governance.models import Entry, RegisterHead
from governance.rules.register import START, instant_text
from network.clock import now
from network.models import Collective

__all__ = [
    "PING", "contradiction", "keep_heard", "made_by_us", "note_conflict", "registers_behind", "signed_head",
    "tell_heads", "tell_of_entry",
]  # fmt: skip

log = logging.getLogger("toile.federation")

PING = timedelta(hours=6)  # a watcher hears at least so often where the register stands: it may know more
KEPT = 500  # signed heads of one collective, older ones make room


def registers_behind() -> QuerySet[Collective]:
    """Return the local collectives that have a register; `tell_heads` finds what is due, which is often nothing."""
    return Collective.objects.filter(local=True, register_head__n__gt=0).order_by("id")


def tell_heads(collective_id: int) -> list[Activity]:
    """Tell each watching node what it lacks of this register; nothing if all were told. Safe to repeat."""
    with transaction.atomic():
        collective = Collective.objects.get(pk=collective_id)
        last = RegisterHead.objects.select_for_update().filter(collective=collective).first()
        if not collective.local or last is None or last.n == 0:
            return []
        if not Rendered.objects.filter(uri=collective.uri).exists():
            actors.render_collective(collective)  # whoever hears of it asks for its key at once
        return [told for who in _watching(collective) if (told := _tell(collective, last.n, who)) is not None]


def tell_of_entry(entry_id: int) -> list[Activity]:
    """Tell of the register that this entry is in."""
    return tell_heads(Entry.objects.values_list("collective_id", flat=True).get(pk=entry_id))


def _watching(collective: Collective) -> list[Recipient]:
    """Return one recipient per Toile node that follows the collective or this node: its Application."""
    toile = dict(Node.objects.filter(software="toile").values_list("origin", "actor"))
    found: dict[str, Recipient] = {}
    for one in followers_of(collective.uri, node_actor()):
        origin = origin_of(one.inbox)
        if origin in toile:
            found.setdefault(origin, Recipient(toile[origin] or one.actor, one.shared_inbox or one.inbox))
    return list(found.values())


def _tell(collective: Collective, n: int, who: Recipient) -> Activity | None:
    row, _ = Watcher.objects.get_or_create(collective=collective.uri, origin=origin_of(who.inbox))
    since = min(row.held, n)
    goal = min(n, since + CHUNK)
    fresh = row.told_at is not None and row.told_at > now() - PING
    if fresh and goal == row.told:
        return None
    head = signed_head(collective, since, goal)
    row.told, row.told_at = goal, now()
    row.save(update_fields=["told", "told_at"])
    return outbox.send_to(who, "Create", collective.uri, head, f"{collective.uri}/heads")


def signed_head(collective: Collective, since: int, n: int) -> dict[str, Any]:
    """Return the head of a register of ours after `n` entries with the digests after `since`, signed by its Group."""
    claim = _claim(collective, since, n)
    same = SignedHead.objects.filter(collective=collective.uri, local=True, n=n, since=since, head=claim.head).last()
    if same is not None and made_by_us(_document(same.body), collective.uri):
        return _document(same.body)
    signed = attested.signed_here(heads.document(claim), collective.uri, now=now())
    served.keep(signed.uri, signed.document)
    _keep(claim, signed.body, local=True)
    return signed.document


def _claim(collective: Collective, since: int, n: int) -> Claim:
    rows = Entry.objects.filter(collective=collective, seq__gt=since, seq__lte=n).order_by("seq")
    last = Entry.objects.get(collective=collective, seq=n)
    before = Entry.objects.filter(collective=collective, seq=since).values_list("head", flat=True).first()
    return Claim(
        collective=collective.uri,
        node=settings.ORIGIN,
        n=n,
        head=last.head,
        at=instant_text(last.at),
        since=since,
        since_head=before or START.hex(),
        digests=tuple(rows.values_list("digest", flat=True)),
    )


def _keep(claim: Claim, body: bytes, *, local: bool) -> None:
    fields = {"collective": claim.collective, "local": local, "n": claim.n, "since": claim.since, "head": claim.head}
    SignedHead.objects.update_or_create(**fields, defaults={"body": body})
    ours = SignedHead.objects.filter(collective=claim.collective, local=local)
    old = list(ours.order_by("-n", "-pk").values_list("pk", flat=True)[KEPT:])
    if old:
        SignedHead.objects.filter(pk__in=old).delete()


def keep_heard(claim: Claim, body: bytes) -> None:
    """Keep a head of another node's register that we verified."""
    _keep(claim, body, local=False)


def made_by_us(document: dict[str, Any], collective: str) -> bool:
    """Whether a key of this collective of ours made the proof of `document`, and was not stolen."""
    try:
        proof = proofs.read(document, now=now())
    except Refused:
        return False
    row = LocalKey.objects.filter(key_id=proof.method, owner=collective, revoked_at=None).first()
    public = load_pem_public_key(row.public_pem.encode()) if row else None
    if row is None or not isinstance(public, Ed25519PublicKey) or document.get("attributedTo") != collective:
        return False
    return not (row.retired_at and proof.created > row.retired_at) and proofs.verifies(proof, public)


def contradiction(collective: Collective, claim: Claim) -> tuple[str, int] | None:
    """Return how our rows contradict a head that our own key signed: ("rollback" or "fork", number); None if not."""
    rows = Entry.objects.filter(collective=collective, seq__gte=claim.since, seq__lte=claim.n)
    ours = dict(rows.values_list("seq", "head"))
    for n, head in enumerate(claim.chain(), start=claim.since):
        if n and ours.get(n) != head:
            return ("fork" if n in ours else "rollback"), n
    return None


def note_conflict(kind: str, claim: Claim, n: int, first: bytes, second: bytes, *, local: bool, by: str = "") -> bool:
    """Keep two signatures that contradict each other, once, and tell the operator; return whether it was new."""
    fields = {"collective": claim.collective, "local": local, "kind": kind, "n": n}
    given = {"first": first, "second": second, "told_by": by}
    _row, new = HeadConflict.objects.get_or_create(**fields, defaults=given)
    if new:
        log.error("register of %s: %s at %d", claim.collective, kind, n)
        code = "register_rolled_back" if kind == "rollback" else "register_forked"
        Notice.objects.create(code=code, about=claim.collective, facts={"n": n})
    return new


def _document(body: bytes | memoryview) -> dict[str, Any]:
    return served.read(bytes(body))
