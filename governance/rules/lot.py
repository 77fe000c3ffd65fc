"""Drawing lots so that anyone can draw again: commitments, a seed nobody could choose, a permutation without bias.

Two methods, byte for byte: commit and reveal with a beacon (ours, recommended), and RFC 3797 (for compatibility).
Nothing here knows people, a database, a clock or chance: the same inputs give the same order for ever.
"""

import hashlib
from collections.abc import Iterable, Sequence

from governance.errors import Invalid

__all__ = ["SIZE", "commitment", "permutation", "rfc3797", "rfc3797_digest", "rfc3797_key", "seed"]

SIZE = 32  # bytes of a salt, a secret and a seed
SPAN = 2**256


def commitment(salt: bytes, secret: bytes) -> str:
    """Return what a member publishes before the draw: SHA-256("commit\\0" ‖ salt ‖ secret), hex.

    Salt and secret are 32 bytes each; raises Invalid `secret_malformed`.
    """
    if len(salt) != SIZE or len(secret) != SIZE:
        raise Invalid("secret_malformed", field="secret")
    return hashlib.sha256(b"commit\0" + salt + secret).hexdigest()


def seed(identifier: str, secrets: Iterable[bytes], beacon: str) -> bytes:
    """Return SHA-256("seed\\0" ‖ identifier ‖ "\\0" ‖ secrets, sorted by lowercase hex ‖ beacon); texts are UTF-8.

    Raises Invalid `identifier_malformed` (empty, or a NUL in it), `secret_malformed`.

    >>> seed("exemple-1", [b"\\xaa" * 32, b"\\x0b" * 32], "dice:6-2-5-1").hex()[:16]
    '4fb62de875aafb07'
    """
    if not identifier or "\0" in identifier:
        raise Invalid("identifier_malformed", field="identifier")
    ordered = sorted(secrets, key=bytes.hex)
    if any(len(each) != SIZE for each in ordered):
        raise Invalid("secret_malformed", field="secret")
    return hashlib.sha256(b"seed\0" + identifier.encode() + b"\0" + b"".join(ordered) + beacon.encode()).digest()


def permutation(seed: bytes, pool: Sequence[str]) -> list[str]:
    """Return the whole pool in the order drawn: the first are chosen, whoever comes next replaces a refusal.

    The pool is sorted by UTF-8 bytes. x = SHA-256(seed ‖ uint64be(counter)), the counter rising at every try; x at or
    above the largest multiple of what remains is tried again, so that every order is exactly as likely.
    Raises Invalid `seed_malformed` unless the seed is 32 bytes, `pool_doubled` if a name stands twice.

    >>> permutation(seed("exemple-1", [b"\\xaa" * 32, b"\\x0b" * 32], "dice:6-2-5-1"), ["p1", "p2", "p3"])
    ['p3', 'p1', 'p2']
    """
    if len(seed) != SIZE:
        raise Invalid("seed_malformed", field="seed")
    if len(set(pool)) != len(pool):
        raise Invalid("pool_doubled", field="pool")
    left, drawn, counter = sorted(pool, key=str.encode), [], 0
    while left:
        x = int.from_bytes(hashlib.sha256(seed + counter.to_bytes(8, "big")).digest(), "big")
        counter += 1
        if x < SPAN - SPAN % len(left):
            drawn.append(left.pop(x % len(left)))
    return drawn


def rfc3797_key(sources: Iterable[Iterable[int]]) -> str:
    """Return the key of RFC 3797 section 4: each source's numbers in ascending order, `.` after each, `/` at its end.

    >>> rfc3797_key([[9319], [2, 5, 12, 8, 10]])
    '9319./2.5.8.10.12./'
    """
    return "".join("".join(f"{number}." for number in sorted(source)) + "/" for source in sources)


def rfc3797_digest(key: str, turn: int) -> bytes:
    """Return MD5(uint16be(turn) ‖ key ‖ uint16be(turn)): what RFC 3797 draws a turn with. Not a secret, no security."""
    around = turn.to_bytes(2, "big")
    return hashlib.md5(around + key.encode() + around, usedforsecurity=False).digest()


def rfc3797(key: str, size: int, count: int | None = None) -> list[int]:
    """Return `count` numbers of 1 to `size` in the order that RFC 3797 draws them; all of them by default.

    >>> rfc3797("9319./2.5.8.10.12./9.18.26.34.41.45./", 25, 5)
    [17, 7, 2, 16, 25]
    """
    left, drawn = list(range(1, size + 1)), []
    for turn in range(size if count is None else min(count, size)):
        drawn.append(left.pop(int.from_bytes(rfc3797_digest(key, turn), "big") % len(left)))
    return drawn
