"""What one visitor may ask of a node. Plain figures and address arithmetic; the front door applies them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

KIB = 1024
MIB = 1024 * KIB
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Limits:
    """Figures of the front door: sizes in bytes, spans in seconds."""

    body: int = MIB
    inbox_body: int = 256 * KIB
    bodies_at_once: int = 64 * MIB  # of all unfinished requests together
    headers: int = 16 * KIB
    frame: int = 64 * KIB
    unsent: int = MIB  # what a slow socket may leave waiting; a snapshot mends it when it comes back
    request_seconds: float = 15.0  # from the first byte to the last
    idle_seconds: float = 30.0  # between two requests of one connection
    lingering_seconds: float = 5.0  # a refused sender may read the answer meanwhile
    handshake_seconds: float = 15.0  # two hundred people may come in at the same moment
    connections: int = 4000
    connections_per_address: int = 500
    without_address_limit: tuple[Network, ...] = ()  # proxies, halls, test peers

    def body_limit(self, path: bytes) -> int:
        """Return how long a body sent to this path may be (bytes).

        >>> Limits().body_limit(b"/u/alix/inbox"), Limits().body_limit(b"/annuaire?q=inbox")
        (262144, 1048576)
        """
        return self.inbox_body if path.partition(b"?")[0].rstrip(b"/").endswith(b"/inbox") else self.body

    def counts(self, address: str) -> bool:
        """Tell whether the limit per address holds for this one."""
        return not is_within(address, self.without_address_limit)


def networks(words: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks; a single address is a network of one.

    >>> networks(["10.0.0.7", "2001:db8::/32"])
    (IPv4Network('10.0.0.7/32'), IPv6Network('2001:db8::/32'))
    """
    return tuple(ip_network(word, strict=False) for word in words)


def is_within(address: str, known: Sequence[Network]) -> bool:
    """Tell whether `address` lies in one of the networks; what is no address lies in none.

    >>> is_within("::ffff:10.0.0.7", networks(["10.0.0.0/8"])), is_within("unknown", networks(["10.0.0.0/8"]))
    (True, False)
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in known)


def bucket(address: str) -> str:
    """Return the name under which connections of an address are counted: IPv6 visitors own a whole /64.

    >>> bucket("192.0.2.7"), bucket("2001:db8:1:2:3::4")
    ('192.0.2.7', '2001:db8:1:2::/64')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)


def visitor(connection: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return the address of the true visitor: the nearest one in the chain that is not a proxy of ours.

    `forwarded` holds the X-Forwarded-For values, farthest first; they count only when our own proxy handed them over.

    >>> ours = networks(["127.0.0.1"])
    >>> visitor("127.0.0.1", ["203.0.113.9, 198.51.100.4"], ours), visitor("192.0.2.1", ["203.0.113.9"], ours)
    ('198.51.100.4', '192.0.2.1')
    """
    chain = [part.strip() for value in forwarded for part in value.split(",") if part.strip()]
    here = connection
    while chain and is_within(here, proxies):
        here = chain.pop()
    return here if here == connection or _is_address(here) else connection


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
