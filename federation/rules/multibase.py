"""Ed25519 public keys as FEP-521a writes them: Multikey, base58btc."""

from federation.errors import Refused
from federation.rules.edwards import edwards_key

__all__ = ["base58", "from_base58", "from_multikey", "multikey"]

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = {letter: value for value, letter in enumerate(ALPHABET)}
ED25519 = b"\xed\x01"  # multicodec prefix of an Ed25519 public key
LONGEST = 128  # characters; a signature has 88


def base58(data: bytes) -> str:
    """Return `data` in base58btc.

    >>> base58(b"Hello World!"), base58(bytes(2) + bytes([0x28, 0x7F, 0xB4, 0xCD]))
    ('2NEpo7TZRRrLZSi2U', '11233QC4')
    """
    number, digits = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        digits = ALPHABET[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def from_base58(text: str) -> bytes:
    """Return the bytes that `text` writes in base58btc; raise ValueError for other letters or more than 128 of them.

    >>> from_base58("2NEpo7TZRRrLZSi2U"), from_base58("11233QC4") == bytes(2) + bytes([0x28, 0x7F, 0xB4, 0xCD])
    (b'Hello World!', True)
    """
    if len(text) > LONGEST or not DIGITS.keys() >= set(text):
        raise ValueError("not base58btc")
    number = 0
    for letter in text:
        number = number * 58 + DIGITS[letter]
    return bytes(len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(raw: bytes) -> str:
    """Return the `publicKeyMultibase` of a raw 32-byte Ed25519 public key.

    >>> multikey(bytes(31) + b"\\1")[:4]
    'z6Mk'
    """
    return "z" + base58(ED25519 + raw)


def from_multikey(text: object) -> bytes:
    """Return the 32 raw bytes of a `publicKeyMultibase`; raise Refused("proof") if it is no sound Ed25519 key.

    Sound: base58btc, prefix ed01, 32 bytes, the one encoding of a point of large order.
    """
    try:
        data = from_base58(text[1:]) if isinstance(text, str) and text.startswith("z") else b""
        if not data.startswith(ED25519):
            raise ValueError("not an Ed25519 Multikey")
        edwards_key(data[len(ED25519) :])
    except (ValueError, Refused) as error:
        raise Refused("proof", why="not a usable Multikey") from error
    return data[len(ED25519) :]
