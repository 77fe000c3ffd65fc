"""Which Ed25519 public keys are good enough: the one encoding of a point, and not a point of small order.

A point of small order verifies signatures that nobody made; a second encoding makes one key look like two. The curve's
arithmetic here only judges public bytes (RFC 8032, 5.1): signatures are made and verified by `cryptography`.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from federation.errors import Refused

__all__ = ["edwards_key"]

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
SIGN = 1 << 255


def edwards_key(raw: bytes) -> Ed25519PublicKey:
    """Return the key of these 32 bytes; raise Refused("key-owner") for any that is weak or not canonical.

    >>> base_point = (4 * pow(5, -1, P) % P).to_bytes(32, "little")
    >>> edwards_key(base_point).public_bytes_raw() == base_point
    True
    """
    if len(raw) != 32 or not _is_good(int.from_bytes(raw, "little") & ~SIGN):
        raise Refused("key-owner", why="not a canonical Ed25519 key of large order")
    return Ed25519PublicKey.from_public_bytes(raw)


def _is_good(y: int) -> bool:
    """Whether `y` is reduced, belongs to a point, and three doublings do not lead to the neutral element (y = 1)."""
    if y >= P or pow(_x_squared(y), (P - 1) // 2, P) == P - 1:
        return False
    for _doubling in range(3):
        y = (y * y + _x_squared(y)) * pow(1 - D * y * y * _x_squared(y), -1, P) % P
    return y != 1


def _x_squared(y: int) -> int:
    return (y * y - 1) * pow(D * y * y + 1, -1, P) % P
