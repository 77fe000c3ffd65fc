"""HTTP signatures, whatever their form: what a claim is, when it counts, which keys are good enough.

Each form has its reader (`federation.rules.cavage.read`), which turns a request into a `Claim` after checking what the
signature covers and that the digest is that of the body; a second form gets its own reader beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from federation.errors import Refused

__all__ = ["Claim", "Message", "SigningKey", "check_window", "public_key", "verify"]

MIN_BITS, MAX_BITS = 2048, 8192  # above, verification costs more than a stranger may ask for
EXPONENT = 65537
MARGIN = timedelta(hours=1)  # a replay entry outlives its window by this


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it was received or will be sent. Header names in lower case; `target` is path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """Well formed, covering enough, its digest equal to the body's; still to be timed and verified.

    It must be made between `since` and `until` to count; `base` is the text that was signed.
    """

    key_id: str
    signature: bytes
    base: bytes
    since: datetime
    until: datetime

    @property
    def digest(self) -> str:
        """SHA-256 of the signature, hex: what a replay entry keeps."""
        return sha256(self.signature).hexdigest()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of ours and the id under which its public half is served."""

    key_id: str
    private: RSAPrivateKey

    def sign(self, base: bytes) -> bytes:
        """Return the RSASSA-PKCS1-v1_5 signature with SHA-256 of `base`."""
        return self.private.sign(base, PKCS1v15(), SHA256())


def check_window(claim: Claim, now: datetime) -> None:
    """Raise Refused("sig-stale") unless `now` lies in the claim's window, ends included."""
    if not claim.since <= now <= claim.until:
        raise Refused("sig-stale")


def public_key(pem: str) -> RSAPublicKey:
    """Return the RSA key in `pem`; raise Refused("key-owner") for any other, a short one or an unusual exponent."""
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("key-owner", why="not a public key") from error
    if not isinstance(key, RSAPublicKey) or key.public_numbers().e != EXPONENT:
        raise Refused("key-owner", why="not a usual RSA key")
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise Refused("key-owner", why="key size")
    return key


def verify(claim: Claim, key: RSAPublicKey) -> bool:
    """Whether `key` made the claim's signature (RSASSA-PKCS1-v1_5, SHA-256: the key decides, never the sender)."""
    try:
        key.verify(claim.signature, claim.base, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
