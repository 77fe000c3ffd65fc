"""Keys of others, believed only when key and actor name each other at the actor's own origin.

A key is kept 24 h: in its row once a message with it was admitted, before that in the cache only, so that a refused
message leaves no row. Rows are the truth, for every process: what one learns of an owner counts for all at once.
Fetches are few: ten a minute for one peer, one refetch of a key in five minutes, and a failure is remembered as long;
and few are under way at a time. Anybody may name keys of a peer, so a share is kept for the addresses from which its
own messages come: whoever invents key ids elsewhere uses up the rest at most. These budgets, and where a peer is at
home, live in the Django cache, as the counters of network/rates.py do.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache

from federation import client
from federation.errors import Refused, Unreachable
from federation.keys import node_key
from federation.models import RemoteActor, RemoteKey
from federation.rules.multibase import from_multikey
from federation.rules.origins import host_of, id_of, is_uri, origin_of, same_origin
from federation.rules.signatures import public_key
from network import clock, rates

__all__ = [
    "AT_ONCE", "FoundKey", "fetched_key", "forget_keys", "kept_keys", "learn", "note_homes", "refetched_key",
    "remember",
]  # fmt: skip

KEPT = timedelta(hours=24)
COOL_DOWN = 5 * 60  # seconds between refetches of one key, and for which a failure is remembered
BRIEFLY = 60  # seconds for which a failure is remembered that may pass by itself
FETCHES, FETCHES_PERIOD = 10, 60  # per peer, seconds
AT_ONCE, AT_ONCE_OF_ONE = 16, 4  # fetches under way in one process, and of one peer: a slow one holds up few
KEPT_FETCHES, KEPT_AT_ONCE, KEPT_AT_ONCE_OF_ONE = 4, 4, 1  # of these, for messages that come from a peer's own address
HOMES, HOME_KEPT = 8, 30 * 86_400  # addresses remembered of one peer, and for how many seconds
AGAIN = 30  # seconds after which to try when there is no place
MOST, LISTED_MAX = 8, 64  # keys of one actor that are learnt, and that are looked at
PEM_MAX = 4096  # characters: twice what the largest key takes

_under_way, _counting = Counter[str](), Lock()


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key claimed both ways, at `fetched_at`. `listed`: every key its owner's document lists."""

    key_id: str
    owner: str
    public_pem: str
    fetched_at: datetime
    listed: tuple[str, ...] = ()
    stored: bool = False


@dataclass(frozen=True, slots=True)
class _Asking:
    """For whom a key is fetched. `known`: we know where `peer` is at home; `at_home`: the message came from there."""

    peer: str
    known: bool
    at_home: bool


def kept_keys(key_ids: Iterable[str], *, now: datetime) -> dict[str, FoundKey]:
    """Return those of `key_ids` at hand and younger than 24 h; asks nobody. One query if all have their rows."""
    wanted = set(key_ids)
    rows = RemoteKey.objects.filter(key_id__in=wanted, fetched_at__gt=now - KEPT)
    found = {row.key_id: FoundKey(row.key_id, row.owner, row.public_pem, row.fetched_at, stored=True) for row in rows}
    missing = [_name("key", key_id) for key_id in wanted.difference(found)]
    for kept in cache.get_many(missing).values() if missing else ():
        if isinstance(kept, FoundKey) and not _is_outdated(kept):
            found[kept.key_id] = kept
    return found


def _is_outdated(kept: FoundKey) -> bool:
    """Whether its owner was met since, here or in another process: what was learnt then counts."""
    later = {"fetched_at__gt": kept.fetched_at}
    return (
        RemoteKey.objects.filter(owner=kept.owner, **later).exists()
        or RemoteActor.objects.filter(uri=kept.owner, **later).exists()
    )


def refetched_key(key_id: str, *, address: str) -> FoundKey | None:
    """Return the key fetched anew, after a failed verification, within five minutes for another message perhaps: then
    what was found there, which no row holds before a message came with it. None if nothing was found."""
    again = _name("key-again", key_id)
    if not cache.add(again, 1, timeout=COOL_DOWN):
        found = cache.get(_name("key", key_id))
        return found if isinstance(found, FoundKey) and not _is_outdated(found) else None
    try:
        return fetched_key(key_id, address=address)
    except Refused as refused:
        if refused.code == "rate":  # nothing was asked: whoever has a share left may
            cache.delete(again)
        raise


def note_homes(seen: Iterable[tuple[str, str]]) -> None:
    """Note that new messages, signed with these keys, came from these addresses: there are their peers at home."""
    for peer, bucket in {(_peer(key_id), rates.address_bucket(address)) for key_id, address in seen}:
        name = _name("key-home", peer)
        homes = cache.get(name, ())
        if bucket not in homes:
            cache.set(name, (bucket, *homes)[:HOMES], timeout=HOME_KEPT)


def remember(key: FoundKey) -> None:
    """Keep a key with which a message was admitted, and drop those its owner no longer lists."""
    if key.stored:
        return
    values = {"owner": key.owner, "public_pem": key.public_pem, "fetched_at": key.fetched_at}
    RemoteKey.objects.update_or_create(key_id=key.key_id, defaults=values)
    dropped = RemoteKey.objects.filter(owner=key.owner).exclude(key_id__in=[*key.listed, key.key_id])
    cache.delete_many([_name("key", old) for old in (key.key_id, *dropped.values_list("key_id", flat=True))])
    dropped.delete()


def learn(document: Mapping[str, Any], *, now: datetime) -> None:
    """Keep the keys under `publicKey` of an actor's document, just fetched at the actor's id, that name that actor.

    So whoever was met while catching up needs no fetch when their first message comes.
    """
    owner, entries = id_of(document), list(_entries(document))[:MOST]
    listed = tuple(entry["id"] for entry in entries)
    signing = {id_of(entry) for entry in _listed(document, "publicKey")}
    for entry in entries:
        if (
            entry["id"] in signing
            and entry["owner"] == owner
            and same_origin(owner or "", entry["id"])
            and _is_good(entry["pem"])
        ):
            remember(FoundKey(entry["id"], entry["owner"], entry["pem"], now, listed))


def _is_good(pem: str) -> bool:
    try:
        public_key(pem)
    except Refused:
        return False
    return True


def forget_keys(owner_uri: str) -> None:
    """Drop every key of an actor of others, who is gone."""
    rows = RemoteKey.objects.filter(owner=owner_uri)
    cache.delete_many([_name("key", key_id) for key_id in rows.values_list("key_id", flat=True)])
    rows.delete()


def fetched_key(key_id: str, *, address: str) -> FoundKey:
    """Return the key fetched where it says it lives, and proven by its owner's document, for a message from `address`.

    Raises Refused: sig-invalid (no such key to be had), key-owner (not claimed both ways, or a weak key), rate (429,
    budget of fetches exhausted; 503, too many under way).
    """
    failed = _name("key-failed", key_id)
    if cache.get(failed):
        raise Refused("sig-invalid", why="the key could not be had a moment ago")
    asking = _asking(key_id, address)
    try:
        with _place_for(asking):
            key = _proven(key_id, asking)
    except Unreachable as error:
        cache.set(failed, 1, timeout=BRIEFLY if error.passing else COOL_DOWN)
        raise Refused("sig-invalid", why=f"key: {error.code}") from error
    except Refused as refused:
        if refused.code != "rate":
            cache.set(failed, 1, timeout=COOL_DOWN)
        raise
    cache.set(_name("key", key_id), key, timeout=int(KEPT.total_seconds()))
    return key


def _asking(key_id: str, address: str) -> _Asking:
    peer = _peer(key_id)
    homes = cache.get(_name("key-home", peer), ())
    return _Asking(peer, known=bool(homes), at_home=rates.address_bucket(address) in homes)


@contextmanager
def _place_for(asking: _Asking) -> Iterator[None]:
    """Hold one of the few places for fetches; raise Refused at once if this peer, or all together, hold too many."""
    peer = asking.peer
    of_one, of_all = (0, 0) if asking.at_home else (KEPT_AT_ONCE_OF_ONE, KEPT_AT_ONCE)
    with _counting:
        if _under_way[peer] >= AT_ONCE_OF_ONE - of_one or _under_way.total() >= AT_ONCE - of_all:
            raise Refused("rate", 503, retry_after=AGAIN, why="key fetches under way")
        _under_way[peer] += 1
    try:
        yield
    finally:
        with _counting:
            _under_way[peer] -= 1
            if not _under_way[peer]:
                del _under_way[peer]


def _proven(key_id: str, asking: _Asking) -> FoundKey:
    """Fetch the key's document and, unless that is the actor's own, the actor; both must say the same."""
    url, document = _document(key_id, asking)
    claimed = _entry(document, key_id)
    owner = claimed["owner"]
    if owner is None or not same_origin(owner, key_id):
        raise Refused("key-owner", why="the key names no owner of its origin")
    if not url == id_of(document) == owner:
        url, document = _document(owner, asking)
    listed = _entry(document, key_id)
    if not url == id_of(document) == owner or listed != claimed:
        raise Refused("key-owner", why="the actor does not list the key")
    public_key(claimed["pem"])
    return FoundKey(key_id, owner, claimed["pem"], clock.now(), tuple(entry["id"] for entry in _entries(document)))


def _document(uri: str, asking: _Asking) -> tuple[str, Mapping[str, Any]]:
    wait = _wait(asking)
    if wait:
        raise Refused("rate", retry_after=wait, why="key fetches")
    fetched = client.get_document(uri.partition("#")[0], signer=node_key())
    return fetched.url.partition("#")[0], fetched.document


def _wait(asking: _Asking) -> int:
    """Count one more fetch; return 0 if it may be made, else seconds to wait. Strangers use up their part alone."""
    if asking.known and not asking.at_home:
        wait = rates.allow("key-fetch-strangers", asking.peer, FETCHES - KEPT_FETCHES, FETCHES_PERIOD)
        if wait:
            return wait
    return rates.allow("key-fetch", asking.peer, FETCHES, FETCHES_PERIOD)


def _entry(document: Mapping[str, Any], key_id: str) -> dict[str, Any]:
    """Return what the document says of this key; it may say it twice, not differently."""
    found = [entry for entry in _entries(document) if entry["id"] == key_id]
    if not found or any(other != found[0] for other in found):
        raise Refused("key-owner", why="the document does not hold the key")
    return found[0]


def _entries(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the keys in force that a document holds: its `publicKey` and `assertionMethod`, or the document itself."""
    listed = [*_listed(document, "publicKey"), *_listed(document, "assertionMethod")]
    for entry in (*islice(listed, LISTED_MAX), document):
        pem = _pem(entry) if isinstance(entry, Mapping) and not _is_over(entry) else ""
        if pem and is_uri(entry.get("id")):
            owner = id_of(entry.get("owner")) or id_of(entry.get("controller"))
            yield {"id": entry["id"], "owner": owner, "pem": pem}


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    named = document.get(name)
    return named if isinstance(named, list) else [named]


def _pem(entry: Mapping[str, Any]) -> str:
    """Return the key of an entry as PEM, empty if it is written in no way we read (FEP-521a: ignore the malformed)."""
    pem, multibase = entry.get("publicKeyPem"), entry.get("publicKeyMultibase")
    if isinstance(pem, str):
        return pem if len(pem) <= PEM_MAX else ""
    if entry.get("type") != "Multikey" or not isinstance(multibase, str):
        return ""
    try:
        key = Ed25519PublicKey.from_public_bytes(from_multikey(multibase))
    except Refused:
        return ""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _is_over(entry: Mapping[str, Any]) -> bool:
    """Whether a key says of itself that it is no longer used: it is `revoked`, or `expires` has passed."""
    expires = entry.get("expires")
    try:
        ended = expires is not None and datetime.fromisoformat(expires) <= clock.now()
    except (TypeError, ValueError):  # no instant, or one without its offset
        return True
    return ended or entry.get("revoked") is not None


def _peer(uri: str) -> str:
    """Return what shares a budget: the host; on plain http, which only test peers speak, the port counts too."""
    return host_of(uri) if uri.lower().startswith("https:") else origin_of(uri)


def _name(kind: str, key_id: str) -> str:
    return f"{kind}:{sha256(key_id.encode()).hexdigest()}"
