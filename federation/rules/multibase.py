"""Ed25519 public keys as FEP-521a writes them: Multikey, base58btc."""

__all__ = ["base58", "multikey"]

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519 = b"\xed\x01"  # multicodec prefix of an Ed25519 public key


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


def multikey(raw: bytes) -> str:
    """Return the `publicKeyMultibase` of a raw 32-byte Ed25519 public key.

    >>> multikey(bytes(31) + b"\\1")[:4]
    'z6Mk'
    """
    return "z" + base58(ED25519 + raw)
