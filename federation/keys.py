"""Keys: ours, sealed at rest; others', believed only when key and actor name each other at the actor's own origin.

A key of others is kept 24 h: in its row once a message with it was admitted, before that in the cache only, so that a
refused message leaves no row. Fetches are few: ten a minute for one peer, one refetch of a key in five minutes, and a
failure is remembered as long. These budgets live in the Django cache, as the counters of network/rates.py do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
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
from django.core.cache import cache

from federation import client
from federation.errors import Refused, Unreachable
from federation.models import LocalKey, RemoteKey
from federation.rules.multibase import multikey
from federation.rules.origins import host_of, id_of, origin_of, same_origin
from federation.rules.signatures import EXPONENT, SigningKey, public_key
from network import rates

__all__ = [
    "FoundKey",
    "PublicKeys",
    "ensure_keys",
    "forget_keys",
    "public_documents",
    "refetched_key",
    "remember",
    "remote_key",
    "signing_key",
]

KEPT = timedelta(hours=24)
COOL_DOWN = 5 * 60  # seconds between refetches of one key, and for which a failure is remembered
BRIEFLY = 60  # seconds for which a failure is remembered that may pass by itself
FETCHES, FETCHES_PERIOD = 10, 60  # per peer, seconds
FRAGMENTS = {"rsa": "main-key", "ed25519": "ed25519-key"}


# --- Ours ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What an actor's document says of its keys: `publicKey` (RSA, for others) and `assertionMethod` (Multikeys)."""

    rsa: dict[str, str]
    multikeys: list[dict[str, str]]


def ensure_keys(owner_uri: str) -> None:
    """Make the two keys of an actor of ours if it has none. Safe to repeat, and from several processes."""
    for algorithm in FRAGMENTS:
        key_id = _key_id(owner_uri, algorithm)
        if not LocalKey.objects.filter(key_id=key_id).exists():
            LocalKey.objects.get_or_create(key_id=key_id, defaults=_new_key(owner_uri, algorithm))


def signing_key(owner_uri: str, algorithm: str = "rsa") -> SigningKey:
    """Return the private key with which `owner_uri`, an actor of ours, signs; made if there is none yet."""
    ensure_keys(owner_uri)
    row = LocalKey.objects.get(key_id=_key_id(owner_uri, algorithm))
    return SigningKey(row.key_id, _opened(bytes(row.private_sealed), settings.WRAPPING_KEY))


def public_documents(owner_uri: str) -> PublicKeys:
    """Return the public halves of an actor's keys, as its document carries them."""
    ensure_keys(owner_uri)
    rows = {row.algorithm: row for row in LocalKey.objects.filter(owner=owner_uri, retired_at=None)}
    rsa, edwards = rows["rsa"], rows["ed25519"]
    return PublicKeys(
        rsa={"id": rsa.key_id, "owner": owner_uri, "publicKeyPem": rsa.public_pem},
        multikeys=[
            {
                "id": edwards.key_id,
                "type": "Multikey",
                "controller": owner_uri,
                "publicKeyMultibase": _multibase(edwards.public_pem),
            }
        ],
    )


def _key_id(owner_uri: str, algorithm: str) -> str:
    return f"{owner_uri}#{FRAGMENTS[algorithm]}"


def _new_key(owner_uri: str, algorithm: str) -> dict[str, Any]:
    private = generate_private_key(EXPONENT, 2048) if algorithm == "rsa" else Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "owner": owner_uri,
        "algorithm": algorithm,
        "public_pem": public.decode(),
        "private_sealed": Fernet(settings.WRAPPING_KEY).encrypt(pem),
    }


@lru_cache(maxsize=64)
def _opened(sealed: bytes, wrapping_key: str) -> Any:  # noqa: ANN401 - RSA or Ed25519
    return load_pem_private_key(Fernet(wrapping_key).decrypt(sealed), password=None)


def _multibase(pem: str) -> str:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("not an Ed25519 key")
    return multikey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _node_key() -> SigningKey | None:
    """Return the node's own key, with which keys are fetched; None before the node has one: then unsigned."""
    row = LocalKey.objects.filter(key_id=_key_id(f"{settings.ORIGIN}/actor", "rsa")).first()
    return row and SigningKey(row.key_id, _opened(bytes(row.private_sealed), settings.WRAPPING_KEY))


# --- Others' -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key claimed both ways. `listed`: every key its owner's document lists; `fresh`: fetched just now."""

    key_id: str
    owner: str
    public_pem: str
    listed: tuple[str, ...] = ()
    fresh: bool = False
    stored: bool = False


def remote_key(key_id: str, *, now: datetime) -> FoundKey:
    """Return the key `key_id` from cache or row if younger than 24 h, else fetched.

    Raises Refused: sig-invalid (no such key to be had), key-owner (not claimed both ways, or a weak key), rate (429,
    budget of fetches exhausted).
    """
    kept = cache.get(_name("key", key_id))
    if isinstance(kept, FoundKey):
        return kept
    row = RemoteKey.objects.filter(key_id=key_id, fetched_at__gt=now - KEPT).first()
    return FoundKey(row.key_id, row.owner, row.public_pem, stored=True) if row else _fetched(key_id)


def refetched_key(key_id: str) -> FoundKey | None:
    """Return the key fetched anew, after a failed verification; None if it was refetched in the last five minutes."""
    return _fetched(key_id) if cache.add(_name("key-again", key_id), 1, timeout=COOL_DOWN) else None


def remember(key: FoundKey, *, now: datetime) -> None:
    """Keep a key with which a message was admitted, and drop those its owner no longer lists."""
    if key.stored:
        return
    values = {"owner": key.owner, "public_pem": key.public_pem, "fetched_at": now}
    RemoteKey.objects.update_or_create(key_id=key.key_id, defaults=values)
    dropped = RemoteKey.objects.filter(owner=key.owner).exclude(key_id__in=[*key.listed, key.key_id])
    cache.delete_many([_name("key", old) for old in (key.key_id, *dropped.values_list("key_id", flat=True))])
    dropped.delete()


def forget_keys(owner_uri: str) -> None:
    """Drop every key of an actor of others, who is gone."""
    rows = RemoteKey.objects.filter(owner=owner_uri)
    cache.delete_many([_name("key", key_id) for key_id in rows.values_list("key_id", flat=True)])
    rows.delete()


def _fetched(key_id: str) -> FoundKey:
    failed = _name("key-failed", key_id)
    if cache.get(failed):
        raise Refused("sig-invalid", why="the key could not be had a moment ago")
    try:
        key = _proven(key_id)
    except Unreachable as error:
        cache.set(failed, 1, timeout=BRIEFLY if error.passing else COOL_DOWN)
        raise Refused("sig-invalid", why=f"key: {error.code}") from error
    except Refused as refused:
        if refused.code != "rate":
            cache.set(failed, 1, timeout=COOL_DOWN)
        raise
    cache.set(_name("key", key_id), replace(key, fresh=False), timeout=int(KEPT.total_seconds()))
    return key


def _proven(key_id: str) -> FoundKey:
    """Fetch the key's document and, unless that is the actor's own, the actor; both must say the same."""
    url, document = _document(key_id)
    claimed = _entry(document, key_id)
    owner = id_of(claimed.get("owner")) or id_of(claimed.get("controller"))
    if owner is None or not same_origin(owner, key_id):
        raise Refused("key-owner", why="the key names no owner of its origin")
    if not url == id_of(document) == owner:
        url, document = _document(owner)
    listed = _entry(document, key_id)
    if not url == id_of(document) == owner or listed != claimed:
        raise Refused("key-owner", why="the actor does not list the key")
    pem = str(claimed.get("publicKeyPem"))
    public_key(pem)
    return FoundKey(key_id, owner, pem, tuple(str(entry.get("id")) for entry in _entries(document)), fresh=True)


def _document(uri: str) -> tuple[str, Mapping[str, Any]]:
    wait = rates.allow("key-fetch", _peer(uri), FETCHES, FETCHES_PERIOD)
    if wait:
        raise Refused("rate", retry_after=wait, why="key fetches")
    fetched = client.get_document(uri.partition("#")[0], signer=_node_key())
    return fetched.url.partition("#")[0], fetched.document


def _entries(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the keys a document holds: an actor's `publicKey`, one or several, or the document itself."""
    named = document.get("publicKey")
    for entry in [*(named if isinstance(named, list) else [named]), document]:
        if isinstance(entry, Mapping) and "publicKeyPem" in entry:
            yield {name: entry.get(name) for name in ("id", "owner", "controller", "publicKeyPem")}


def _entry(document: Mapping[str, Any], key_id: str) -> Mapping[str, Any]:
    found = [entry for entry in _entries(document) if entry.get("id") == key_id]
    if len(found) != 1:
        raise Refused("key-owner", why="the document does not hold the key")
    return found[0]


def _peer(uri: str) -> str:
    """Return what shares a budget: the host; on plain http, which only test peers speak, the port counts too."""
    return host_of(uri) if uri.lower().startswith("https:") else origin_of(uri)


def _name(kind: str, key_id: str) -> str:
    return f"{kind}:{sha256(key_id.encode()).hexdigest()}"
