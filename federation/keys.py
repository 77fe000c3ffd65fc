"""Keys of ours: sealed at rest, two for each actor (RSA for the signatures that others read, Ed25519 for proofs).

A key that was replaced stays in its row, and its Multikey in the actor's document: retired with the date until which it
counts (`expires`), or declared stolen (`revoked`). Keys of others are in federation/remote_keys.py.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from federation.models import LocalKey
from federation.rules.multibase import multikey
from federation.rules.signatures import EXPONENT, SigningKey
from federation.rules.translate.offers import iso

__all__ = ["PublicKeys", "ensure_keys", "node_key", "public_documents", "rotate_keys", "signing_key"]

FRAGMENTS = {"rsa": "main-key", "ed25519": "ed25519-key"}
BITS = 2048


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What an actor's document says of its keys: `publicKey` (RSA, for others) and `assertionMethod` (Multikeys)."""

    rsa: dict[str, str]
    multikeys: list[dict[str, str]]


def ensure_keys(owner_uri: str) -> None:
    """Make the two keys of an actor of ours if it has none. Safe to repeat, and from several processes."""
    for algorithm in FRAGMENTS:
        if not _live(owner_uri, algorithm).exists():
            key_id = _key_id(owner_uri, algorithm, _made(owner_uri, algorithm) + 1)
            LocalKey.objects.get_or_create(key_id=key_id, defaults=_new_key(owner_uri, algorithm))


def rotate_keys(owner_uri: str, *, stolen: bool = False, now: datetime) -> None:
    """Give an actor of ours two new keys under new fragments (#main-key-2…); the old ones end at `now`.

    What the old keys signed before `now` still counts, unless they are `stolen`: then nothing they signed does. The
    actor's document must be rendered and announced anew afterwards.
    """
    fresh = {algorithm: _new_key(owner_uri, algorithm) for algorithm in FRAGMENTS}  # slow: before the lock
    ended = {"retired_at": now, **({"revoked_at": now} if stolen else {})}
    with transaction.atomic():
        list(LocalKey.objects.select_for_update().filter(owner=owner_uri).order_by("pk"))
        for algorithm, values in fresh.items():
            _live(owner_uri, algorithm).update(**ended)
            number = _made(owner_uri, algorithm) + 1
            LocalKey.objects.create(key_id=_key_id(owner_uri, algorithm, number), created_at=now, **values)


def signing_key(owner_uri: str, algorithm: str = "rsa") -> SigningKey:
    """Return the newest live key ("rsa" or "ed25519") of `owner_uri`, an actor of ours; made if there is none yet."""
    ensure_keys(owner_uri)
    return _signing(_live(owner_uri, algorithm).latest("pk"))


def node_key() -> SigningKey | None:
    """Return the node's own RSA key if it has one already: GETs before that are unsigned."""
    row = _live(f"{settings.ORIGIN}/actor", "rsa").order_by("pk").last()
    return _signing(row) if row else None


def public_documents(owner_uri: str) -> PublicKeys:
    """Return the public halves of an actor's keys, as its document carries them: live ones first, then ended Multikeys.

    `expires` and `revoked` are terms of Controlled Identifiers (W3C), in UTC.
    """
    ensure_keys(owner_uri)
    rows = list(LocalKey.objects.filter(owner=owner_uri).order_by("-pk"))
    rsa = next(row for row in rows if row.algorithm == "rsa" and row.retired_at is None)
    edwards = sorted((row for row in rows if row.algorithm == "ed25519"), key=lambda row: row.retired_at is not None)
    return PublicKeys(
        rsa={"id": rsa.key_id, "owner": owner_uri, "publicKeyPem": rsa.public_pem},
        multikeys=[_multikey(row) for row in edwards],
    )


def _multikey(row: LocalKey) -> dict[str, str]:
    document = {
        "id": row.key_id,
        "type": "Multikey",
        "controller": row.owner,
        "publicKeyMultibase": _multibase(row.public_pem),
    }
    if row.revoked_at:
        document["revoked"] = iso(row.revoked_at)
    elif row.retired_at:
        document["expires"] = iso(row.retired_at)
    return document


def _live(owner_uri: str, algorithm: str) -> QuerySet[LocalKey]:
    return LocalKey.objects.filter(owner=owner_uri, algorithm=algorithm, retired_at=None)


def _made(owner_uri: str, algorithm: str) -> int:
    return LocalKey.objects.filter(owner=owner_uri, algorithm=algorithm).count()


def _key_id(owner_uri: str, algorithm: str, number: int) -> str:
    return f"{owner_uri}#{FRAGMENTS[algorithm]}" + (f"-{number}" if number > 1 else "")


def _new_key(owner_uri: str, algorithm: str) -> dict[str, Any]:
    private = generate_private_key(EXPONENT, BITS) if algorithm == "rsa" else Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "owner": owner_uri,
        "algorithm": algorithm,
        "public_pem": public.decode(),
        "private_sealed": Fernet(settings.WRAPPING_KEY).encrypt(pem),
    }


def _signing(row: LocalKey) -> SigningKey:
    return SigningKey(row.key_id, _opened(bytes(row.private_sealed), settings.WRAPPING_KEY))


@lru_cache(maxsize=64)
def _opened(sealed: bytes, wrapping_key: str) -> Any:  # noqa: ANN401 - RSA or Ed25519
    pem = Fernet(wrapping_key).decrypt(sealed)  # authenticated: what we sealed, so its numbers need no new proof
    return load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)


def _multibase(pem: str) -> str:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("not an Ed25519 key")
    return multikey(key.public_bytes_raw())
