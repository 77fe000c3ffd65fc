"""Names of actors: `acct:alix@n.example:8001`, `@alix@n.example`, an address, or the bare name of a node (RFC 7033)."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from federation.rules.origins import origin_of

__all__ = ["Asked", "read", "read_account"]

_ACCOUNT = re.compile(r"(?:acct:)?@?([A-Za-z0-9_.-]{1,64})@([A-Za-z0-9.-]+(?::[0-9]{1,5})?)")
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
LOOPBACK = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True)
class Asked:
    """Whom to ask (`origin`) about what (`resource`, for WebFinger)."""

    origin: str
    resource: str


def read(written: str, *, plain_http: bool = False) -> Asked:
    """Return what `written` asks for; raise ValueError if it names nobody.

    A name without scheme means https, or http on loopback where `plain_http` allows it.

    >>> read("@alix@n.example")
    Asked(origin='https://n.example', resource='acct:alix@n.example')
    >>> read("localhost:8002", plain_http=True)
    Asked(origin='http://localhost:8002', resource='http://localhost:8002')
    >>> read("https://n.example/u/alix").resource
    'https://n.example/u/alix'
    """
    name = written.strip().rstrip("/")
    if account := _ACCOUNT.fullmatch(name):
        user, host = account.groups()
        return Asked(origin_of(_with_scheme(host, plain_http)), f"acct:{user}@{host.lower()}")
    if _HOST.fullmatch(name):
        name = _with_scheme(name, plain_http)
    return Asked(origin_of(name), origin_of(name) if not urlsplit(name).path else name)


def _with_scheme(host: str, plain_http: bool) -> str:
    name = host.rpartition(":")[0] or host
    return f"http://{host}" if plain_http and name in LOOPBACK else f"https://{host}"


def read_account(resource: str) -> tuple[str, str] | None:
    """Return user and host (with its port) of an `acct:` resource, or None if it is malformed.

    >>> read_account("acct:alix@localhost:8001"), read_account("acct:alix")
    (('alix', 'localhost:8001'), None)
    """
    account = _ACCOUNT.fullmatch(resource) if resource.startswith("acct:") else None
    return (account[1], account[2].lower()) if account else None
