"""Which network addresses a node may connect to: global unicast outside every special-purpose block.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), multicast, and the IPv6 forms that
carry an IPv4 address (RFC 4291, 6052, 3056, 4380, 5214). What `ipaddress` calls private is another, shorter list.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["is_public"]

FORBIDDEN_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared address space
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, limited broadcast
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")  # all global unicast so far; loopback, mapped, NAT64, ULA, link local lie outside
FORBIDDEN_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID…
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # upper half of an interface identifier that carries an IPv4 address


def is_public(address: str) -> bool:
    """Whether a *resolved* address (never the text of a host) lies on the public Internet.

    >>> is_public("93.184.215.14"), is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    (True, True)
    >>> is_public("127.0.0.1"), is_public("::ffff:93.184.215.14"), is_public("fe80::1%eth0"), is_public("0x7f.1")
    (False, False, False, False)
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return _four(found) if isinstance(found, IPv4Address) else _six(found)


def _four(address: IPv4Address) -> bool:
    return not any(address in block for block in FORBIDDEN_V4)


def _six(address: IPv6Address) -> bool:
    carries_four = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    return address in GLOBAL_V6 and not carries_four and not any(address in block for block in FORBIDDEN_V6)
