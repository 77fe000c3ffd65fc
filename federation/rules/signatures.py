"""HTTP signatures, whatever their form: what a claim is, when it counts, which keys are good enough.

Each form has its reader and its writer (`federation.rules.rfc9421`, `federation.rules.cavage`). A reader turns a
request into a `Claim` after checking what the signature covers and that the digest is that of the body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from federation.errors import Refused
from federation.rules.edwards import edwards_key

__all__ = [
    "ED25519",
    "RSA",
    "Claim",
    "Message",
    "PublicKey",
    "SigningKey",
    "check_window",
    "http_date",
    "public_key",
    "target_of",
    "verify",
]

RSA, ED25519 = "rsa-v1_5-sha256", "ed25519"  # as RFC 9421, 6.2.2 registers them
MIN_BITS, MAX_BITS = 2048, 8192  # above, verification costs more than a stranger may ask for
EXPONENT = 65537
MARGIN = timedelta(hours=1)  # a replay entry outlives its window by this
KEYS_HELD = 1000  # parsed keys kept at hand in one process

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

PublicKey = RSAPublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it was received or will be sent.

    Header names in lower case; `target` is path and query; `origin` scheme, host and port, normalised.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Well formed, covering enough, its digest equal to the body's; still to be timed and verified.

    It must be made between `since` and `until` to count; `base` is the text that was signed. `algorithm` is what the
    sender says it is, if anything: the key decides, and a claim of another algorithm fails.
    """

    key_id: str
    signature: bytes
    base: bytes
    since: datetime
    until: datetime
    algorithm: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the signature, hex: what a replay entry keeps."""
        return sha256(self.signature).hexdigest()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of ours and the id under which its public half is served."""

    key_id: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """The one algorithm this key signs with: RSA or ED25519."""
        return RSA if isinstance(self.private, RSAPrivateKey) else ED25519

    def sign(self, base: bytes) -> bytes:
        """Return the signature of `base`: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(base, PKCS1v15(), SHA256())
        return self.private.sign(base)


def check_window(claim: Claim, now: datetime) -> None:
    """Raise Refused("sig-stale") unless `now` lies in the claim's window, ends included."""
    if not claim.since <= now <= claim.until:
        raise Refused("sig-stale")


@lru_cache(maxsize=KEYS_HELD)
def public_key(pem: str) -> PublicKey:
    """Return the RSA or Ed25519 key in `pem`; raise Refused("key-owner") for any other, and for a weak one.

    Parsed keys are held by their text, not by their id: a key that was rotated never meets what its old text gave.
    """
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("key-owner", why="not a public key") from error
    if isinstance(key, Ed25519PublicKey):
        return edwards_key(key.public_bytes_raw())
    if not isinstance(key, RSAPublicKey) or key.public_numbers().e != EXPONENT:
        raise Refused("key-owner", why="not a usual key")
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise Refused("key-owner", why="key size")
    return key


def verify(claim: Claim, key: PublicKey) -> bool:
    """Whether `key` made the claim's signature, in the one algorithm that keys of its type have here."""
    own = RSA if isinstance(key, RSAPublicKey) else ED25519
    if claim.algorithm not in {"", own}:
        return False
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(claim.signature, claim.base, PKCS1v15(), SHA256())
        else:
            key.verify(claim.signature, claim.base)
    except InvalidSignature:
        return False
    return True


def target_of(url: str) -> str:
    """Return path and query of an address, as a request line carries them.

    >>> target_of("https://n.example"), target_of("https://n.example/u/alix?page=2#main-key")
    ('/', '/u/alix?page=2')
    """
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def http_date(instant: datetime) -> str:
    """Return an instant as the Date header writes it, in any locale.

    >>> http_date(datetime(2026, 11, 22, 9, 5, tzinfo=UTC))
    'Sun, 22 Nov 2026 09:05:00 GMT'
    """
    at = instant.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} GMT"
