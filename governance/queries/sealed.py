"""What only its owner may read, sealed with the node's wrapping key: for a stolen copy of the database it is noise."""

import hmac
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

__all__ = ["keyed_digest", "seal", "unseal"]


def seal(text: str) -> bytes:
    """Return `text`, encrypted and authenticated."""
    return Fernet(settings.WRAPPING_KEY).encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """Return what was sealed; empty for nothing, or for what another key sealed (the key was changed or lost)."""
    try:
        return Fernet(settings.WRAPPING_KEY).decrypt(bytes(sealed)).decode() if sealed else ""
    except InvalidToken:
        return ""


def keyed_digest(text: str) -> str:
    """Return a digest of `text` in hex that nobody can compute without the key: no list of guesses opens it."""
    key = settings.WRAPPING_KEY.encode() if isinstance(settings.WRAPPING_KEY, str) else settings.WRAPPING_KEY
    return hmac.new(key, text.encode(), sha256).hexdigest()
