"""The draft-cavage form of HTTP signatures: one `Signature` header over a list of others."""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlsplit

from federation.errors import Refused
from federation.rules.media import ACCEPT, ACTIVITY_JSON
from federation.rules.signatures import RSA, Claim, Message, SigningKey, http_date, target_of

__all__ = ["headers_for", "read"]

AGE = timedelta(hours=12)
SKEW = timedelta(hours=1)
ALGORITHMS = {None, "rsa-sha256", "hs2019"}
MAX_HEADER = 4096  # characters of a Signature header

_PARAMETER = re.compile(r'\s*([A-Za-z]+)=(?:"([^"\\]*)"|([0-9]+))\s*(?:,|\Z)')
_HEADER_NAME = re.compile(r"\(request-target\)|\(created\)|\(expires\)|[a-z0-9!#$%&'*+.^_`|~-]+")
_DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read(message: Message) -> Claim:
    """Return the claim of a request's one `Signature` header.

    Raises Refused: sig-missing, sig-malformed, sig-coverage (not all of (request-target), host, date or (created)
    and, for a POST, digest), or digest (absent, not SHA-256, or not that of the body).
    """
    header = message.headers.get("signature", "")
    if not header:
        raise Refused("sig-missing")
    values = _parameters(header)
    key_id, signature, covered = _key_id(values), _signature(values), _covered(values)
    _check_coverage(covered, message.method)
    if message.method == "POST":
        _check_digest(message)
    instants = _instants(values, covered, message)
    return Claim(
        key_id=key_id,
        signature=signature,
        base=_base(covered, values, message),
        since=max(instants) - SKEW,
        until=_until(values, min(instants)),
        algorithm=RSA,
    )


def headers_for(
    method: str, url: str, body: bytes | None, *, key: SigningKey, now: datetime, accept: str = ACCEPT
) -> dict[str, str]:
    """Return the headers of a signed request, Signature among them: Host, Date and, with a body, Digest and type.

    `accept` is what a GET asks for. `now` is the instant of this attempt: each attempt is signed afresh.
    """
    headers = {"Host": urlsplit(url).netloc, "Date": http_date(now), "Accept": accept}
    covered = ["(request-target)", "host", "date"]
    if body is not None:
        headers |= {"Digest": digest_of(body), "Content-Type": ACTIVITY_JSON}
        covered += ["digest", "content-type"]
    lower = {name.lower(): value for name, value in headers.items()}
    base = _base(covered, {}, Message(method, target_of(url), lower))
    headers["Signature"] = _header(key.key_id, covered, key.sign(base))
    return headers


def digest_of(body: bytes) -> str:
    """Return the value of the Digest header.

    >>> digest_of(b"")
    'SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return f"SHA-256={b64encode(sha256(body).digest()).decode()}"


def read_date(text: str) -> datetime:
    """Return the instant of a Date header in its one preferred form (RFC 9110, 5.6.7), else raise Refused.

    >>> read_date("Sun, 22 Nov 2026 09:05:00 GMT").isoformat()
    '2026-11-22T09:05:00+00:00'
    """
    found = _DATE.fullmatch(text)
    try:
        if found is None or found[2] not in _MONTHS:
            raise ValueError(text)
        day, year, hour, minute, second = (int(found[place]) for place in (1, 3, 4, 5, 6))
        return datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError as error:
        raise Refused("sig-malformed", why="date") from error


def _parameters(header: str) -> dict[str, str]:
    values: dict[str, str] = {}
    place = 0
    while place < len(header) and len(header) <= MAX_HEADER:
        found = _PARAMETER.match(header, place)
        if found is None or found[1] in values:
            raise Refused("sig-malformed", why="parameters")
        values[found[1]] = found[2] if found[2] is not None else found[3]
        place = found.end()
    if place < len(header) or values.get("algorithm") not in ALGORITHMS:
        raise Refused("sig-malformed", why="algorithm or length")
    return values


def _covered(values: dict[str, str]) -> list[str]:
    names = values.get("headers", "date").split(" ")
    if len(set(names)) != len(names) or not all(_HEADER_NAME.fullmatch(name) for name in names):
        raise Refused("sig-malformed", why="headers")
    if values.get("algorithm") == "rsa-sha256" and {"(created)", "(expires)"} & set(names):
        raise Refused("sig-malformed", why="(created) with rsa-sha256")
    return names


def _check_coverage(covered: Iterable[str], method: str) -> None:
    names = set(covered)
    needed = {"(request-target)", "host"} | ({"digest"} if method == "POST" else set())
    if not needed <= names or not {"date", "(created)"} & names:
        raise Refused("sig-coverage")


def _check_digest(message: Message) -> None:
    given = [part.strip().partition("=") for part in message.headers.get("digest", "").split(",")]
    values = [value for name, _, value in given if name.lower() == "sha-256"]
    expected = digest_of(message.body).partition("=")[2]
    if len(values) != 1 or not compare_digest(values[0].encode(), expected.encode()):
        raise Refused("digest")


def _instants(values: dict[str, str], covered: list[str], message: Message) -> list[datetime]:
    instants = []
    if "date" in covered:
        instants.append(read_date(message.headers.get("date", "")))
    if "(created)" in covered:
        instants.append(_epoch(values.get("created", "")))
    return instants


def _until(values: dict[str, str], oldest: datetime) -> datetime:
    until = oldest + AGE + SKEW
    return min(until, _epoch(values["expires"]) + SKEW) if "expires" in values else until


def _epoch(text: str) -> datetime:
    if not re.fullmatch(r"[0-9]{1,11}", text):
        raise Refused("sig-malformed", why="instant")
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError) as error:
        raise Refused("sig-malformed", why="instant") from error


def _key_id(values: dict[str, str]) -> str:
    if not values.get("keyId"):
        raise Refused("sig-malformed", why="keyId")
    return values["keyId"]


def _signature(values: dict[str, str]) -> bytes:
    try:
        signature = b64decode(values.get("signature", ""), validate=True)
    except (Base64Error, ValueError) as error:
        raise Refused("sig-malformed", why="base64") from error
    if not signature:
        raise Refused("sig-malformed", why="empty")
    return signature


def _base(covered: Iterable[str], values: dict[str, str], message: Message) -> bytes:
    return "\n".join(f"{name}: {_value(name, values, message)}" for name in covered).encode("latin-1")


def _value(name: str, values: dict[str, str], message: Message) -> str:
    if name == "(request-target)":
        return f"{message.method.lower()} {message.target}"
    source, key = (values, name[1:-1]) if name.startswith("(") else (message.headers, name)
    if key not in source:
        raise Refused("sig-malformed", why="covers what is absent")
    return source[key]


def _header(key_id: str, covered: list[str], signature: bytes) -> str:
    return (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",'
        f'signature="{b64encode(signature).decode()}"'
    )
