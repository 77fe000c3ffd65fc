"""The steps of the gate, one function each, in the order in which a message meets them (see federation/gate.py).

A step returns nothing and raises Refused. Steps 1 to 8 make no request to anybody and write nothing but counters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from federation import contexts, keys
from federation.errors import OriginError, Refused
from federation.models import Node
from federation.owners import known_owners
from federation.rules import cavage, strict_json
from federation.rules.media import is_activity_type
from federation.rules.origins import host_of, is_uri, origin_of, same_origin
from federation.rules.ownership import check_ownership, touched
from federation.rules.signatures import Claim, Message, check_window, public_key, verify
from federation.rules.terms import same_reading
from network import rates

__all__ = ["SIGNED_GET", "STEPS", "Knock", "Step"]

MAX_BODY = 256 * 1024  # bytes
MAX_HEADERS = 16 * 1024  # bytes
ADDRESS_LIMIT, PEER_LIMIT, PERIOD = 300, 1000, 300  # messages per seconds
TEST_FACTOR = 100  # by which an address of the test allowlist may exceed the limit


@dataclass(slots=True)
class Knock:
    """A request on its way through the steps, with what each has found out."""

    request: HttpRequest
    address: str
    now: datetime
    raw: bytes = b""
    document: dict[str, Any] = field(default_factory=dict)
    claim: Claim | None = None
    key: keys.FoundKey | None = None

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
    def found(self) -> keys.FoundKey:
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
    """6: signed, covering enough, for this host, in its window, the digest that of the body."""
    request = knock.request
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.method == "GET" or "signature" in headers:
        knock.claim = cavage.read(Message(request.method or "", _target(request), headers, knock.raw))
    else:
        raise Refused("sig-malformed" if "signature-input" in headers else "sig-missing")
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
    """7: neither key nor actor is at a blocked host."""
    try:
        hosts = {host_of(uri) for uri in (knock.key_id, *_names(knock))}
    except OriginError as error:
        raise Refused("origin", why=str(error)) from error
    if any(Node.objects.blocked_host(host) for host in hosts):
        raise Refused("blocked")


def _check_origin(knock: Knock) -> None:
    """8: id, actor and key share one origin, and it is not ours."""
    if not same_origin(knock.key_id, *_names(knock)) or same_origin(knock.key_id, settings.ORIGIN):
        raise Refused("origin")


def _verify(knock: Knock) -> None:
    """9: the key is found and made this signature; a cached key that fails is fetched once more."""
    found = keys.remote_key(knock.key_id, now=knock.now)
    if not _verifies(knock, found):
        again = None if found.fresh else keys.refetched_key(knock.key_id)
        if again is None or not _verifies(knock, again):
            raise Refused("sig-invalid")
        found = again
    knock.key = found


def _check_key_owner(knock: Knock) -> None:
    """10: the key's owner, who claims it in return, is the actor."""
    if knock.found.owner != knock.document["actor"]:
        raise Refused("key-owner")


def _check_ownership(knock: Knock) -> None:
    """11: it reads the same as JSON and as linked data, and touches only what is the actor's."""
    expanded = contexts.expand(knock.document)
    if len(expanded) != 1 or not same_reading(knock.document, expanded[0]):
        raise Refused("context", why="reads differently as linked data")
    check_ownership(knock.document, known_owners(touched(knock.document)))


def _limit_peer(knock: Knock) -> None:
    """12: not too often from one peer, now that we know it is that peer."""
    wait = rates.allow("gate-peer", origin_of(knock.document["actor"]), PEER_LIMIT, PERIOD)
    if wait:
        raise Refused("rate", retry_after=wait)


def _names(knock: Knock) -> tuple[str, ...]:
    """Return the addresses a message goes by; none for a GET, which has no document."""
    return tuple(knock.document[name] for name in ("id", "actor") if name in knock.document)


def _verifies(knock: Knock, key: keys.FoundKey) -> bool:
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
    ("owner", _check_ownership),
    ("rate", _limit_peer),
)
SIGNED_GET: tuple[tuple[str, Step], ...] = (
    ("rate", _limit_address),
    ("sig-malformed", _read_signature),
    ("blocked", _check_standing),
    ("origin", _check_origin),
    ("sig-invalid", _verify),
)
