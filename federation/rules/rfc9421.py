"""HTTP Message Signatures (RFC 9421), one on each request, with the Content-Digest of RFC 9530.

Structured fields are read and written by http-sf; the signature base is built here, and what a signature must cover,
its window and the digest are our own rules.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

import http_sf

from federation.errors import Refused
from federation.rules.media import ACCEPT, ACTIVITY_JSON
from federation.rules.origins import origin_of
from federation.rules.signatures import ED25519, RSA, Claim, Message, SigningKey, http_date, target_of

__all__ = ["content_digest", "headers_for", "read", "signature_base"]

AGE = timedelta(seconds=300)
SKEW = timedelta(seconds=60)
LABEL = "sig1"
MAX_FIELD = 4096  # characters of Signature-Input, Signature or Content-Digest
TYPES = {"created": int, "expires": int, "keyid": str, "alg": str, "nonce": str, "tag": str}
TARGET = {"@authority", "@path", "@query"}  # together they say what @target-uri says

_FIELD_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_DERIVED: Mapping[str, Callable[[Message], str]] = {
    "@method": lambda message: message.method,
    "@target-uri": lambda message: message.origin + message.target,
    "@authority": lambda message: message.origin.partition("://")[2],
    "@scheme": lambda message: message.origin.partition("://")[0],
    "@request-target": lambda message: message.target,
    "@path": lambda message: message.target.partition("?")[0],
    "@query": lambda message: "?" + message.target.partition("?")[2],
}


def read(message: Message) -> Claim:
    """Return the claim of a request's one signature, whatever its label.

    Raises Refused: sig-malformed, sig-coverage (not all of @method, @target-uri or @authority with @path and @query
    and, for a POST, content-digest), or digest (absent, no SHA-256, or not that of the body).
    """
    covered, parameters, signature = _one_signature(message.headers)
    algorithm = parameters.get("alg", "")
    if algorithm not in {"", RSA, ED25519}:
        raise Refused("sig-malformed", why="alg")
    _check_coverage(covered, message.method)
    if message.method == "POST":
        _check_digest(message)
    created = _instant(parameters, "created")
    until = min(created + AGE, _instant(parameters, "expires")) if "expires" in parameters else created + AGE
    return Claim(
        key_id=parameters.get("keyid", ""),
        signature=signature,
        base=signature_base(covered, parameters, message),
        since=created - SKEW,
        until=until + SKEW,
        algorithm=algorithm,
    )


def headers_for(
    method: str, url: str, body: bytes | None, *, key: SigningKey, now: datetime, accept: str = ACCEPT
) -> dict[str, str]:
    """Return the headers of a signed request: Host, Date, with a body its type and digest, and the signature's two.

    `accept` is what a GET asks for. `now` is the instant of this attempt: each attempt is signed afresh.
    """
    headers = {"Host": urlsplit(url).netloc, "Date": http_date(now), "Accept": accept}
    covered = ["@method", "@target-uri", "@authority", "date"]
    if body is not None:
        headers |= {"Content-Type": ACTIVITY_JSON, "Content-Digest": content_digest(body)}
        covered += ["content-type", "content-digest"]
    parameters = {"created": int(now.timestamp()), "keyid": key.key_id, "alg": key.algorithm}
    lower = {name.lower(): value for name, value in headers.items()}
    base = signature_base(covered, parameters, Message(method, target_of(url), lower, origin=origin_of(url)))
    headers["Signature-Input"] = http_sf.ser({LABEL: _inner_list(covered, parameters)})
    headers["Signature"] = http_sf.ser({LABEL: key.sign(base)})
    return headers


def content_digest(body: bytes) -> str:
    """Return the value of the Content-Digest header (RFC 9530).

    >>> content_digest(b"")
    'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'
    """
    return str(http_sf.ser({"sha-256": sha256(body).digest()}))


def signature_base(covered: Sequence[str], parameters: Mapping[str, Any], message: Message) -> bytes:
    """Return what is signed (RFC 9421, 2.5): a line for each component, then the parameters in their order.

    Raises Refused("sig-malformed") if a component is absent, unknown or not ASCII.
    """
    lines = [f'"{name}": {_value(name, message)}' for name in covered]
    lines.append(f'"@signature-params": {http_sf.ser([_inner_list(covered, parameters)])}')
    try:
        return "\n".join(lines).encode("ascii")
    except UnicodeEncodeError as error:
        raise Refused("sig-malformed", why="not ASCII") from error


def _one_signature(headers: Mapping[str, str]) -> tuple[list[str], dict[str, Any], bytes]:
    """Return covered components, parameters and signature; both fields hold one member, under the same label."""
    inputs, signatures = (_dictionary(headers.get(name, "")) for name in ("signature-input", "signature"))
    if len(inputs) != 1 or list(inputs) != list(signatures):
        raise Refused("sig-malformed", why="not one signature")
    (described,), (made,) = inputs.values(), signatures.values()
    signature, items, parameters = made[0], described[0], described[1]
    if not isinstance(items, list) or not isinstance(signature, bytes) or not signature:
        raise Refused("sig-malformed", why="no components or no signature")
    return _components(items), _parameters(parameters), signature


def _dictionary(field: str) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return a dictionary field (RFC 9651, 3.2), each member once, as pairs of value and parameters."""
    if len(field) > MAX_FIELD:
        raise Refused("sig-malformed", why="too long")
    try:
        found: Any = http_sf.parse(field.encode("ascii"), tltype="dictionary", on_duplicate_key=_refuse_twice)
    except (ValueError, OverflowError) as error:
        raise Refused("sig-malformed", why="no structured field") from error
    return {name: member if isinstance(member, tuple) else (member, {}) for name, member in found.items()}


def _refuse_twice(_key: str, _context: str) -> None:
    raise Refused("sig-malformed", why="given twice")


def _components(items: Iterable[Any]) -> list[str]:
    """Return the covered names. Components with parameters are not among those we read."""
    pairs = [item if isinstance(item, tuple) else (item, {}) for item in items]
    names = [name for name, parameters in pairs if type(name) is str and not parameters and _is_component(name)]
    if len(names) != len(pairs) or len(set(names)) != len(names):
        raise Refused("sig-malformed", why="components")
    return names


def _is_component(name: str) -> bool:
    return name in _DERIVED or _FIELD_NAME.fullmatch(name) is not None


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters in their order; others than the registered ones (RFC 9421, 6.3) stay, unread."""
    wrong = any(type(value) is not TYPES.get(name, type(value)) for name, value in given.items())
    if wrong or "created" not in given or not given.get("keyid"):
        raise Refused("sig-malformed", why="parameters")
    return dict(given)


def _check_coverage(covered: Iterable[str], method: str) -> None:
    names = set(covered)
    needed = {"@method"} | ({"content-digest"} if method == "POST" else set())
    if not needed <= names or not ("@target-uri" in names or names >= TARGET):
        raise Refused("sig-coverage")


def _check_digest(message: Message) -> None:
    try:
        given = _dictionary(message.headers.get("content-digest", "")).get("sha-256", (None, {}))[0]
    except Refused as error:
        raise Refused("digest", why=error.why) from error
    if not isinstance(given, bytes) or not compare_digest(given, sha256(message.body).digest()):
        raise Refused("digest")


def _instant(parameters: Mapping[str, Any], name: str) -> datetime:
    try:
        return datetime.fromtimestamp(parameters[name], UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("sig-malformed", why=name) from error


def _value(name: str, message: Message) -> str:
    if name in _DERIVED:
        return _DERIVED[name](message)
    if name not in message.headers:
        raise Refused("sig-malformed", why="covers what is absent")
    return message.headers[name].strip(" \t")


def _inner_list(covered: Sequence[str], parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the library's type
    return ([(name, {}) for name in covered], dict(parameters))
