"""HTTP signatures as other software makes and checks them, in both forms; shares no code with the node.

`sign(actor, url, body)` returns the headers of a signed request, in the form that the actor's peer speaks; everything
can be got wrong on purpose. `checked(seen, public)` verifies a request that came from the node.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.stock import Stock

ACTIVITY_JSON = "application/activity+json"
RFC9421, CAVAGE = "rfc9421", "cavage"
BOTH = (RFC9421, CAVAGE)
COVERED = {
    (CAVAGE, "POST"): "(request-target) host date digest content-type",
    (CAVAGE, "GET"): "(request-target) host date",
    (RFC9421, "POST"): "@method @target-uri @authority date content-type content-digest",
    (RFC9421, "GET"): "@method @target-uri @authority date",
}
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


_stock = Stock(generate_private_key)


def new_key(bits: int = 2048, exponent: int = 65537) -> RSAPrivateKey:
    """Return a fresh RSA key."""
    return _stock.key(exponent, bits)


def pem(private: RSAPrivateKey | Ed25519PrivateKey) -> str:
    """Return the public half as PEM."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def multibase(raw: bytes) -> str:
    """Return an Ed25519 public key of 32 bytes as a Multikey writes it."""
    number, text = int.from_bytes(b"\xed\x01" + raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "z" + text


def sign(actor: Any, url: str, body: bytes = b"", *, form: str = "", **wrong: Any) -> dict[str, str]:
    """Return the headers of a request signed by `actor`, in `form` or in that of its peer.

    `wrong`: method, at, covered (names with spaces), key_id, private, parameters (as they stand in the header, with
    {created} and {key_id}), change (headers replaced before the signing), and for RFC 9421 label.
    """
    method = wrong.get("method", "POST")
    headers = {"Host": urlsplit(url).netloc}
    headers["Date"] = format_datetime(wrong.get("at") or datetime.now(UTC), usegmt=True)
    if method == "POST":
        headers["Content-Type"] = ACTIVITY_JSON
    form = form or actor.peer.form
    covered = wrong.get("covered") or COVERED[form, "POST" if method == "POST" else "GET"]
    made = _rfc9421 if form == RFC9421 else _cavage
    key_id, private = wrong.get("key_id") or actor.key_id, wrong.get("private") or actor.private
    return made(method, url, body, headers, covered.split(), key_id, private, wrong)


def _cavage(  # noqa: PLR0913
    method: str,
    url: str,
    body: bytes,
    headers: dict[str, str],
    covered: list[str],
    key_id: str,
    private: Any,
    wrong: Any,
) -> dict[str, str]:
    if method == "POST":
        headers["Digest"] = "SHA-256=" + b64encode(sha256(body).digest()).decode()
    headers |= wrong.get("change") or {}
    given = wrong.get("parameters", 'algorithm="rsa-sha256"')
    pseudo = {f"({name})": value.strip('"') for name, _, value in (part.partition("=") for part in given.split(","))}
    value = b64encode(_signed(private, _cavage_base(method, url, headers, covered, pseudo))).decode()
    names = f'headers="{" ".join(covered)}"'
    headers["Signature"] = ",".join(filter(None, (f'keyId="{key_id}"', given, names, f'signature="{value}"')))
    return headers


def _cavage_base(method: str, url: str, headers: Mapping[str, str], covered: list[str], pseudo: Any) -> bytes:
    parts = urlsplit(url)
    known = {name.lower(): value for name, value in headers.items()} | pseudo
    known["(request-target)"] = f"{method.lower()} {parts.path}" + (f"?{parts.query}" if parts.query else "")
    return "\n".join(f"{name}: {known[name]}" for name in covered).encode()


def _rfc9421(  # noqa: PLR0913
    method: str,
    url: str,
    body: bytes,
    headers: dict[str, str],
    covered: list[str],
    key_id: str,
    private: Any,
    wrong: Any,
) -> dict[str, str]:
    if method == "POST":
        headers["Content-Digest"] = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
    headers |= wrong.get("change") or {}
    created = int((wrong.get("at") or datetime.now(UTC)).timestamp())
    parameters = wrong.get("parameters", ';created={created};keyid="{key_id}"').format(created=created, key_id=key_id)
    listed = " ".join(f'"{name}"' for name in covered)
    base = _rfc9421_base(method, url, headers, covered, f"({listed}){parameters}")
    label = wrong.get("label", "sig1")
    headers["Signature-Input"] = f"{label}=({listed}){parameters}"
    headers["Signature"] = f"{label}=:{b64encode(_signed(private, base)).decode()}:"
    return headers


def _rfc9421_base(method: str, url: str, headers: Mapping[str, str], covered: list[str], parameters: str) -> bytes:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    known = {name.lower(): value for name, value in headers.items()}
    known["@method"], known["@authority"], known["@scheme"] = method, parts.netloc, parts.scheme
    known["@path"], known["@query"], known["@request-target"] = parts.path, query or "?", parts.path + query
    known["@target-uri"] = url
    return "\n".join([*(f'"{name}": {known[name]}' for name in covered), f'"@signature-params": {parameters}']).encode()


def _signed(private: Any, base: bytes) -> bytes:
    return private.sign(base) if isinstance(private, Ed25519PrivateKey) else private.sign(base, PKCS1v15(), SHA256())


def form_of(headers: Mapping[str, str]) -> str:
    """Return the form in which a request is signed, empty if it is not. Header names in lower case."""
    return RFC9421 if "signature-input" in headers else CAVAGE if "signature" in headers else ""


def checked(seen: Any, origin: str, public: Any) -> str:
    """Verify signature and digest of a request that a peer at `origin` has received, and return its form.

    Raises InvalidSignature, or AssertionError if it covers less than was agreed.
    """
    form = form_of(seen.headers)
    read = _read_rfc9421 if form == RFC9421 else _read_cavage
    covered, signature, base = read(seen, origin)
    assert covered == COVERED[form, seen.method].split()
    if isinstance(public, Ed25519PublicKey):
        public.verify(signature, base)
    else:
        public.verify(signature, base, PKCS1v15(), SHA256())
    return form


def _read_rfc9421(seen: Any, origin: str) -> tuple[list[str], bytes, bytes]:
    label, listed, parameters = re.fullmatch(r"(\w+)=\((.*?)\)(.*)", seen.headers["signature-input"]).groups()
    signature = b64decode(re.fullmatch(rf"{label}=:(.*):", seen.headers["signature"])[1])
    covered = re.findall(r'"([^"]+)"', listed)
    if seen.method == "POST":
        assert seen.headers["content-digest"] == f"sha-256=:{b64encode(sha256(seen.body).digest()).decode()}:"
    base = _rfc9421_base(seen.method, origin + seen.path, seen.headers, covered, f"({listed}){parameters}")
    return covered, signature, base


def _read_cavage(seen: Any, origin: str) -> tuple[list[str], bytes, bytes]:
    values = dict(re.findall(r'(\w+)="([^"]*)"', seen.headers["signature"]))
    covered = values["headers"].split()
    if seen.method == "POST":
        assert seen.headers["digest"] == "SHA-256=" + b64encode(sha256(seen.body).digest()).decode()
    return (
        covered,
        b64decode(values["signature"]),
        _cavage_base(seen.method, origin + seen.path, seen.headers, covered, {}),
    )
