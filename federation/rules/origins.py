"""Origins: scheme, host and port, equal or hostile (FEP-fe34; RFC 6454).

An address that several programs could read differently is not compared at all: it is refused.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from federation.errors import OriginError

__all__ = ["host_of", "id_of", "is_plain", "is_uri", "origin_of", "parents_of", "same_origin"]

MAX_URI = 500
DEFAULT_PORTS = {"https": 443, "http": 80}

_URI = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?P<rest>[/?#].*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VISIBLE = re.compile(r"[!-~]+")


def origin_of(uri: str) -> str:
    """Return the normalised origin of an http(s) address: lower case, default port left out.

    >>> origin_of("HTTPS://N.Example:443/u/alix#main-key"), origin_of("http://localhost:8001/actor")
    ('https://n.example', 'http://localhost:8001')

    Raises OriginError for anything else: other schemes, user information, a host not in A-labels, a trailing dot,
    control or other characters outside visible ASCII, a backslash, more than 500 characters.
    """
    scheme, host, port = _split(uri)
    return f"{scheme}://{host}" if port == DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def host_of(uri: str) -> str:
    """Return the host of an http(s) address, in lower case; raise OriginError as `origin_of`.

    >>> host_of("https://P1.example:8443/u/alice")
    'p1.example'
    """
    return _split(uri)[1]


def port_of(uri: str) -> int:
    """Return the port of an http(s) address; raise OriginError as `origin_of`.

    >>> port_of("https://p1.example/")
    443
    """
    return _split(uri)[2]


def is_uri(value: object) -> bool:
    """Whether `value` is an address that `origin_of` understands.

    >>> is_uri("https://p1.example/a"), is_uri("https://p1@evil.example/"), is_uri("data:,x"), is_uri(None)
    (True, False, False, False)
    """
    try:
        return isinstance(value, str) and bool(origin_of(value))
    except OriginError:
        return False


def is_plain(uri: str) -> bool:
    """Whether an address begins with its origin as `origin_of` writes it: one spelling, so that rows can be counted.

    >>> is_plain("https://p1.example/u/a"), is_plain("https://P1.example/u/a"), is_plain("https://p1.example:443/u/a")
    (True, False, False)
    """
    try:
        origin = origin_of(uri)
    except OriginError:
        return False
    return uri == origin or uri.startswith(f"{origin}/")


def same_origin(*uris: str) -> bool:
    """Whether all these addresses share one origin; a malformed one shares none.

    >>> same_origin("https://p1.example/a", "https://p1.example:443/b")
    True
    >>> same_origin("https://p1.example/a", "http://p1.example/a"), same_origin("https://p1@e.example", "https://p1.example")
    (False, False)
    """
    try:
        return len({origin_of(uri) for uri in uris}) == 1
    except OriginError:
        return False


def id_of(value: object) -> str | None:
    """Return the id of a thing given as a string or as an object that has one, else None.

    >>> id_of("https://a.example/1"), id_of({"id": "https://a.example/2"}), id_of([]), id_of({"id": 5})
    ('https://a.example/1', 'https://a.example/2', None, None)
    """
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) else None


def parents_of(host: str) -> list[str]:
    """Return `host` and the domains above it.

    >>> parents_of("a.b.example")
    ['a.b.example', 'b.example', 'example']
    """
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


@lru_cache(maxsize=2048)  # a message is asked many times where it is from; at most MAX_URI characters are kept of each
def _split(uri: str) -> tuple[str, str, int]:
    whole = _URI.fullmatch(uri) if len(uri) <= MAX_URI and _VISIBLE.fullmatch(uri) and "\\" not in uri else None
    scheme = whole["scheme"].lower() if whole else ""
    parts = _AUTHORITY.fullmatch(whole["authority"]) if whole else None
    if scheme not in DEFAULT_PORTS or parts is None:
        raise OriginError("not an http(s) address")
    port = int(parts["port"] or DEFAULT_PORTS[scheme])
    if port > 65535:
        raise OriginError("no such port")
    return scheme, _six(parts["six"]) if parts["six"] else _name(parts["name"].lower()), port


def _six(text: str) -> str:
    try:
        return f"[{IPv6Address(text).compressed}]"
    except AddressValueError as error:
        raise OriginError("not an IPv6 address") from error


def _name(host: str) -> str:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise OriginError("not a host name")
    if labels[-1][0].isdigit():  # the only names that end so are IPv4 addresses, and only in their one usual form
        return _four(host)
    return host


def _four(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError as error:
        raise OriginError("not an IPv4 address") from error
