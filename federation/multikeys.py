"""The Multikeys of others (FEP-521a), with which they prove what they sign: learnt whenever their actor is fetched.

They are kept for good: a proof made before its key was retired still counts, however long ago, and with its origin
away; one by a key declared stolen counts no more, and what was kept on the strength of it is dropped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import Q

from federation.errors import Refused
from federation.models import ProofKey, SignedKind, SignedObject
from federation.rules.multibase import from_multikey
from federation.rules.origins import id_of
from network.actions.attestations import end_remote_memberships, forget_remote_vouches

__all__ = ["known_key", "learn", "owner_of", "usable"]

MOST, HELD_MAX = 16, 64  # keys that an actor lists, and ever listed


@dataclass(frozen=True)
class _Entry:
    key_id: str
    multibase: str
    retired_at: datetime | None
    revoked_at: datetime | None


def owner_of(method: str) -> str:
    """Return whose key `method` claims to be: the address without its fragment, which must be the actor's."""
    return method.partition("#")[0]


def known_key(method: str) -> ProofKey | None:
    """Return a key that we hold."""
    return ProofKey.objects.filter(key_id=method).first()


def usable(row: ProofKey, created: datetime) -> Ed25519PublicKey:
    """Return the public key for a proof made at `created`; raise Refused("proof") if it was stolen, or retired then."""
    if row.revoked_at is not None:
        raise Refused("proof", why="key revoked")
    if row.retired_at is not None and created > row.retired_at:
        raise Refused("proof", why="key retired")
    return Ed25519PublicKey.from_public_bytes(from_multikey(row.multibase))


def learn(document: Mapping[str, Any], *, now: datetime) -> None:
    """Keep the keys that an actor's document, just fetched at the actor's id, lists under `assertionMethod`.

    Malformed entries, keys that name another controller, and new ones of somebody who has had too many are passed over.
    A key that is listed no longer is retired as of now; one once declared stolen remains so.
    """
    owner = id_of(document) or ""
    entries = {entry.key_id: entry for entry in _entries(document, owner)}
    held = set(ProofKey.objects.filter(owner=owner).values_list("key_id", flat=True))
    beyond = [key_id for key_id in entries if key_id not in held][max(HELD_MAX - len(held), 0) :]
    for key_id in entries.keys() - beyond:
        _keep(owner, entries[key_id], now)
    unlisted = ProofKey.objects.filter(owner=owner).exclude(key_id__in=list(entries))
    unlisted.filter(Q(retired_at=None) | Q(retired_at__gt=now)).update(retired_at=now)


def _keep(owner: str, entry: _Entry, now: datetime) -> None:
    known = known_key(entry.key_id)
    revoked = (known.revoked_at if known else None) or entry.revoked_at
    values = {"owner": owner, "multibase": entry.multibase, "fetched_at": now, "retired_at": entry.retired_at}
    ProofKey.objects.update_or_create(key_id=entry.key_id, defaults={**values, "revoked_at": revoked})
    if revoked and not (known and known.revoked_at):
        _disown(owner, entry.key_id)


def _disown(owner: str, key_id: str) -> None:
    """Drop what counted because of a key that turned out to be stolen; tombstones stay, for they only take away."""
    signed = SignedObject.objects.filter(owner=owner, key_id=key_id).exclude(kind=SignedKind.TOMBSTONE)
    uris = signed.values_list("uri", flat=True)
    forget_remote_vouches(issuer=owner, uris=uris.filter(kind=SignedKind.ATTESTATION))
    end_remote_memberships(collective=owner, papers=uris.filter(kind=SignedKind.MEMBERSHIP))
    signed.delete()


def _entries(document: Mapping[str, Any], owner: str) -> Iterator[_Entry]:
    named = document.get("assertionMethod")
    for found in (named if isinstance(named, list) else [named])[:MOST]:
        if not isinstance(found, Mapping) or found.get("type") != "Multikey" or found.get("controller") != owner:
            continue
        key_id, multibase = found.get("id"), found.get("publicKeyMultibase")
        if not isinstance(key_id, str) or owner_of(key_id) != owner or len(key_id) > 500:
            continue
        try:
            from_multikey(multibase)
        except Refused:
            continue
        yield _Entry(key_id, str(multibase), _date(found, "expires"), _date(found, "revoked"))


def _date(found: Mapping[str, Any], name: str) -> datetime | None:
    """Return the date of an end. One that cannot be read ends the key at once: it says that it has ended."""
    if name not in found:
        return None
    try:
        written = datetime.fromisoformat(str(found[name]))
        return (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1, tzinfo=UTC)
