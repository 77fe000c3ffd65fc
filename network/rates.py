"""One counter for gate, forms and sockets: so many times per period, by any key. Kept in the Django cache.

Without a shared cache each process counts for itself, so a limit may be passed as many times as there are processes;
the embedded node has one web process. Counters are hints that protect, never facts: losing them loses nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil
from threading import BoundedSemaphore

from django.conf import settings
from django.core.cache import cache

from network.clock import now

__all__ = ["Crowd", "address_bucket", "address_of", "allow", "is_shared"]

UNKNOWN = "unknown"


def allow(bucket: str, key: str, limit: int, period: int) -> int:
    """Count one more `key` in `bucket`; return 0 while at most `limit` came in this period, else seconds to wait.

    `period` is in seconds; periods are aligned to the clock, so two of them may touch.
    """
    instant = now().timestamp()
    window, passed = divmod(instant, period)
    name = f"rate:{bucket}:{int(window)}:{sha256(key.encode()).hexdigest()[:32]}"
    count = 1 if cache.add(name, 1, timeout=period) else _increment(name, period)
    return 0 if count <= limit else max(1, ceil(period - passed))


def address_of(meta: Mapping[str, str]) -> str:
    """Return the true address of a connection, from a request's META.

    X-Forwarded-For is read only if the connection comes from a configured proxy (settings.TRUSTED_PROXIES, addresses
    or networks), and then only as far as proxies vouch for it: the last address that is not itself one of them.
    """
    address = meta.get("REMOTE_ADDR") or UNKNOWN
    for hop in reversed(meta.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if not _is_proxy(address) or not _is_address(hop.strip()):
            break
        address = hop.strip()
    return address


def address_bucket(address: str) -> str:
    """Return what shares one limit: an IPv4 address, or a /64 of IPv6.

    >>> address_bucket("2001:db8:1:2:3::4"), address_bucket("::ffff:192.0.2.7"), address_bucket("192.0.2.7")
    ('2001:db8:1:2::/64', '192.0.2.7', '192.0.2.7')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return UNKNOWN
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found) >> 64 << 64, 64)))


def is_shared(address: str) -> bool:
    """Tell whether the operator says that many people come from `address`, such as a whole assembly from its hall."""
    return _is_within(address, settings.HALL_NETWORKS)


class Crowd:
    """At most `working` at a time in this process, and at most `waiting` more at the door."""

    def __init__(self, *, working: int, waiting: int) -> None:
        self._places = BoundedSemaphore(working)
        self._queue = BoundedSemaphore(working + waiting)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Wait for a place and hold it; yields False, at once and holding nothing, if too many wait already."""
        if not self._queue.acquire(blocking=False):
            yield False
            return
        try:
            with self._places:
                yield True
        finally:
            self._queue.release()


def _increment(name: str, period: int) -> int:
    try:
        return cache.incr(name)
    except ValueError:  # it expired in between
        cache.set(name, 1, timeout=period)
        return 1


def _is_proxy(address: str) -> bool:
    return _is_within(address, settings.TRUSTED_PROXIES)


def _is_within(address: str, networks: list[str]) -> bool:
    if not _is_address(address):
        return False
    return any(ip_address(address) in ip_network(network, strict=False) for network in networks)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
