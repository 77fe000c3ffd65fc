"""The steps of the gate, one function each, in the order in which a message meets them (see federation/gate.py).

A step returns nothing and raises Refused. Steps 1 to 8 make no request to anybody and write nothing but counters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from federation import contexts, remote_keys
from federation.errors import OriginError, Refused
from federation.owners import known_owners
from federation.queries import exchange_rule
from federation.rules import cavage, rfc9421, strict_json
from federation.rules.media import is_activity_type
from federation.rules.origins import is_uri, origin_of, same_origin
from federation.rules.ownership import check_ownership, touched
from federation.rules.signatures import Claim, Message, check_window, public_key, verify
from federation.rules.terms import reads_plainly, same_reading
from network import rates
from network.clock import now

__all__ = ["FROM_KEY", "SIGNED_GET", "STEPS", "Batch", "FetchFirst", "Knock", "Step", "vet"]

MAX_BODY = 256 * 1024  # bytes
MAX_HEADERS = 16 * 1024  # bytes
ADDRESS_LIMIT, PEER_LIMIT, PERIOD = 300, 1000, 300  # messages per seconds
TEST_FACTOR = 100  # by which an address of the test allowlist may exceed the limit


class FetchFirst(Exception):  # noqa: N818 - no error: an order of work
    """The key is not at hand, and others wait behind this message."""


@dataclass
class Batch:
    """What messages judged together share: each is read from the database once for all of them."""

    key_ids: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    @cached_property
    def keys(self) -> dict[str, remote_keys.FoundKey]:
        """The keys at hand of those that the messages name; asked for once all have been read."""
        return remote_keys.kept_keys(self.key_ids, now=now())

    @cached_property
    def may_exchange(self) -> Callable[[str], bool]:
        return exchange_rule()

    @cached_property
    def owners(self) -> dict[str, str]:
        """The known owners of everything that the messages touch; asked for once all have been read."""
        return known_owners(self.touched)


@dataclass(slots=True)
class Knock:
    """A request on its way through the steps, with what each has found out. `hurried`: it may not wait for a fetch."""

    request: HttpRequest
    address: str
    now: datetime
    batch: Batch = field(default_factory=Batch)
    hurried: bool = False
    raw: bytes = b""
    document: dict[str, Any] = field(default_factory=dict)
    claim: Claim | None = None
    key: remote_keys.FoundKey | None = None

    @property
    def key_id(self) -> str:
        """The key that the signature names, as soon as there is a signature."""
        return self.claim.key_id if self.claim else ""

    @property
    def signed(self) -> Claim:
        """The claim of the signature, once read."""
        if self.claim is None:
            raise Refused("sig-missing")
        return self.claim

    @property
    def found(self) -> remote_keys.FoundKey:
        """The key that made the signature, once verified."""
        if self.key is None:
            raise Refused("sig-invalid")
        return self.key


Step = Callable[[Knock], None]


def _measure(knock: Knock) -> None:
    """1: body and headers within their size, counted while reading."""
    if sum(len(name) + len(value) for name, value in knock.request.headers.items()) > MAX_HEADERS:
        raise Refused("size", 431)
    if int(knock.request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        raise Refused("size")
    try:
        knock.raw = knock.request.read(MAX_BODY + 1)
    except OSError as error:
        raise Refused("size", 408) from error
    if len(knock.raw) > MAX_BODY:
        raise Refused("size")


def _limit_address(knock: Knock) -> None:
    """2: not too often from one address; a test peer's address may come more often."""
    tests = {pair.rpartition(":")[0].strip("[]") for pair in settings.FEDERATION_TEST_PEERS}
    limit = ADDRESS_LIMIT * (TEST_FACTOR if knock.address in tests else 1)
    wait = rates.allow("gate-address", rates.address_bucket(knock.address), limit, PERIOD)
    if wait:
        raise Refused("rate", retry_after=wait)


def _check_media_type(knock: Knock) -> None:
    """3: it says that it is ActivityPub."""
    if not is_activity_type(knock.request.META.get("CONTENT_TYPE", "")):
        raise Refused("media-type")


def _parse(knock: Knock) -> None:
    """4: one strict parse, used by everything after."""
    knock.document = strict_json.parse_activity(knock.raw)


def _check_contexts(knock: Knock) -> None:
    """5: its JSON-LD contexts add terms at most; none is fetched."""
    contexts.check(knock.document)


def _read_signature(knock: Knock) -> None:
    """6: signed in either form, covering enough, for this host, in its window, the digest that of the body."""
    request = knock.request
    headers = {name.lower(): value for name, value in request.headers.items()}
    message = Message(request.method or "", _target(request), headers, knock.raw, origin_of(settings.ORIGIN))
    knock.claim = rfc9421.read(message) if "signature-input" in headers else cavage.read(message)
    if not is_uri(knock.claim.key_id):
        raise Refused("sig-malformed", why="keyId")
    if not same_origin(f"{settings.ORIGIN.partition('://')[0]}://{headers.get('host', '')}", settings.ORIGIN):
        raise Refused("sig-invalid", why="signed for another host")
    check_window(knock.claim, knock.now)


def _accept_post_only(knock: Knock) -> None:
    """Part of 6: what is signed for another method is no message."""
    if knock.request.method != "POST":
        raise Refused("sig-coverage", why="not a POST")


def _check_standing(knock: Knock) -> None:
    """7: neither key nor actor is at a blocked host nor, if this node is closed, at one that is not on its list."""
    try:
        origins = {origin_of(uri) for uri in (knock.key_id, *_names(knock))}
    except OriginError as error:
        raise Refused("origin", why=str(error)) from error
    if not all(map(knock.batch.may_exchange, origins)):
        raise Refused("blocked")


def _check_origin(knock: Knock) -> None:
    """8: id, actor and key share one origin, and it is not ours."""
    if not same_origin(knock.key_id, *_names(knock)) or same_origin(knock.key_id, settings.ORIGIN):
        raise Refused("origin")
    knock.batch.key_ids.add(knock.key_id)


def _verify(knock: Knock) -> None:
    """9: the key is found and made this signature; a cached key that fails is fetched once more."""
    kept = knock.batch.keys.get(knock.key_id)
    if kept and _verifies(knock, kept):
        knock.key = kept
        return
    if knock.hurried:
        raise FetchFirst
    ask = remote_keys.refetched_key if kept else remote_keys.fetched_key
    found = ask(knock.key_id, address=knock.address)
    if found is None or not _verifies(knock, found):
        raise Refused("sig-invalid")
    knock.key = found


def _check_key_owner(knock: Knock) -> None:
    """10: the key's owner, who claims it in return, is the actor."""
    if knock.found.owner != knock.document["actor"]:
        raise Refused("key-owner")


def _check_reading(knock: Knock) -> None:
    """Part of 11: it reads the same as JSON and as linked data."""
    _read_alike(knock.document)
    knock.batch.touched.update(touched(knock.document))


def _read_alike(document: dict[str, Any]) -> None:
    if not reads_plainly(document):
        expanded = contexts.expand(document)
        if len(expanded) != 1 or not same_reading(document, expanded[0]):
            raise Refused("context", why="reads differently as linked data")


def _check_ownership(knock: Knock) -> None:
    """11: it touches only what is the actor's."""
    check_ownership(knock.document, knock.batch.owners)


def _limit_peer(knock: Knock) -> None:
    """12: not too often from one peer, now that we know it is that peer."""
    wait = rates.allow("gate-peer", origin_of(knock.document["actor"]), PEER_LIMIT, PERIOD)
    if wait:
        raise Refused("rate", retry_after=wait)


def vet(document: dict[str, Any]) -> None:
    """Ask of a message that came by another way than an inbox what the gate asks of every content: steps 5 and 11."""
    contexts.check(document)
    _read_alike(document)
    check_ownership(document, known_owners(touched(document)))


def _names(knock: Knock) -> tuple[str, ...]:
    """Return the addresses a message goes by; none for a GET, which has no document."""
    return tuple(knock.document[name] for name in ("id", "actor") if name in knock.document)


def _verifies(knock: Knock, key: remote_keys.FoundKey) -> bool:
    return verify(knock.signed, public_key(key.public_pem))


def _target(request: HttpRequest) -> str:
    """Return path and query exactly as they were sent, which is how they were signed."""
    scope = getattr(request, "scope", {})
    if not scope.get("raw_path"):
        return str(request.get_full_path())
    query = scope.get("query_string", b"")
    return str((scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1"))


STEPS: tuple[tuple[str, Step], ...] = (
    ("size", _measure),
    ("rate", _limit_address),
    ("media-type", _check_media_type),
    ("json", _parse),
    ("context", _check_contexts),
    ("sig-malformed", _read_signature),
    ("sig-coverage", _accept_post_only),
    ("blocked", _check_standing),
    ("origin", _check_origin),
    ("sig-invalid", _verify),
    ("key-owner", _check_key_owner),
    ("context", _check_reading),
    ("owner", _check_ownership),
    ("rate", _limit_peer),
)
FROM_KEY = STEPS[[step for _, step in STEPS].index(_verify) :]
SIGNED_GET: tuple[tuple[str, Step], ...] = (
    ("rate", _limit_address),
    ("sig-malformed", _read_signature),
    ("blocked", _check_standing),
    ("origin", _check_origin),
    ("sig-invalid", _verify),
)
