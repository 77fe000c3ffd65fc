"""The window: the one place from which the node contacts the outside. Every address is judged before it is used.

https only, to public addresses only, except exact `address:port` pairs of settings.FEDERATION_TEST_PEERS. Names are
resolved once, the resolved addresses judged, and one that passed is connected to; certificates and Host stay those of
the name. Proxy variables and netrc are never read. Redirects are followed by hand, at most three, each judged anew.

What is signed is signed with RFC 9421 first, and upon 400 or 401 at once in the older form (see federation/forms.py).
"""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from federation import forms
from federation.errors import OriginError, Refused, Unreachable
from federation.rules import strict_json
from federation.rules.inflate import TooLarge, inflate
from federation.rules.media import ACCEPT, is_activity_type, is_media_type
from federation.rules.origins import host_of, id_of, origin_of, port_of, same_origin
from federation.rules.signatures import SigningKey, target_of
from federation.sockets import Window
from network.clock import now

__all__ = [
    "DEADLINE",
    "MAX_BODY",
    "MAX_HEADERS",
    "Answer",
    "Fetched",
    "agent",
    "ask",
    "check",
    "get_document",
    "get_json",
    "get_text",
    "max_age",
    "post",
    "post_as",
    "retry_after",
    "trust",
]

DEADLINE = 10.0  # seconds, from resolution to the last byte, redirects and second knocks included
MAX_REDIRECTS = 3
MAX_HEADERS = 64 * 1024  # bytes
MAX_BODY = 1024 * 1024  # bytes, after decompression
REDIRECTS = {301, 302, 303, 307, 308}
JSON_TYPES = ("application/json", "application/jrd+json")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document and the address, after redirects, that served it."""

    url: str
    document: dict[str, Any]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What an inbox answered: `status` 0 if it did not, then `error` is a code of Unreachable. Seconds."""

    status: int
    retry_after: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Response:
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def get_document(url: str, *, signer: SigningKey | None = None) -> Fetched:
    """Return the ActivityPub document at `url`; it must have the media type, and an id on the origin that served it.

    `signer` signs the request for the origin of `url`, and is not shown to any other. Raises Unreachable.
    """
    response = _get(url, accept=ACCEPT, signer=signer)
    if not is_activity_type(response.headers.get("content-type", "")):
        raise Unreachable("media-type", status=response.status)
    fetched = Fetched(response.url, _parsed(response), response.body)
    if not same_origin(response.url, id_of(fetched.document) or ""):
        raise Unreachable("origin", status=response.status)
    return fetched


def get_json(url: str, *, media_types: tuple[str, ...] = JSON_TYPES, signer: SigningKey | None = None) -> Fetched:
    """Return the JSON object at `url` (WebFinger, NodeInfo): a hint to be confirmed. Raises Unreachable."""
    response = _get(url, accept=", ".join(media_types), signer=signer)
    if not is_media_type(response.headers.get("content-type", ""), media_types):
        raise Unreachable("media-type", status=response.status)
    return Fetched(response.url, _parsed(response), response.body)


def get_text(url: str, *, media_types: tuple[str, ...]) -> tuple[str, bytes, int | None]:
    """Return the address that answered for a file of another directory, its bytes, and how many seconds it is fresh.

    Raises Unreachable.
    """
    response = _get(url, accept=", ".join((*media_types, "*/*;q=0.1")), signer=None)
    if not is_media_type(response.headers.get("content-type", "text/plain"), media_types):
        raise Unreachable("media-type", status=response.status)
    return response.url, response.body, max_age(response.headers)


def post(url: str, body: bytes, *, signer: SigningKey, activity_id: str = "") -> Answer:
    """Deliver `body` to the inbox `url`, signed afresh. Follows no redirect, and returns the failure it met, if any.

    `activity_id` is for the reader of a call: what is delivered.
    """
    try:
        check(url)
    except Unreachable as error:
        return Answer(0, error=error.code)
    answer, let_in = post_as(forms.form_for(origin_of(url)), url, body, signer=signer)
    if let_in:
        forms.learn_form(origin_of(url), let_in)
    return answer


def post_as(form: str, url: str, body: bytes, *, signer: SigningKey) -> tuple[Answer, str]:
    """Do as `post`, trying `form` first, without a look at any row: for threads.

    Returns also the form that was let in, to be learnt (federation.forms.learn_form); empty if none was.
    """
    try:
        check(url)
        until = time.monotonic() + DEADLINE
        response, form = _knock(form, "POST", url, body, key=signer, accept=ACCEPT, until=until)
    except Unreachable as error:
        return Answer(error.status, error.retry_after, error.code), ""
    answer = Answer(response.status, retry_after(response.headers))
    return answer, form if forms.was_let_in(response.status) else ""


def _get(url: str, *, accept: str, signer: SigningKey | None) -> _Response:
    until, first = time.monotonic() + DEADLINE, url
    for _hop in range(MAX_REDIRECTS + 1):
        check(url)
        if signer is not None and same_origin(first, url):
            response = _signed_get(url, accept, signer, until)
        else:
            response = ask("GET", url, {"Host": urlsplit(url).netloc, "Accept": accept}, None, until)
        if response.status not in REDIRECTS:
            break
        url = _joined(url, response.headers.get("location", ""))
    else:
        raise Unreachable("redirects", status=response.status)
    if response.status != 200:
        raise Unreachable("status", status=response.status, retry_after=retry_after(response.headers))
    return response


def _signed_get(url: str, accept: str, key: SigningKey, until: float) -> _Response:
    origin = origin_of(url)
    first = forms.form_for(origin)
    response, form = _knock(first, "GET", url, None, key=key, accept=accept, until=until)
    if form != first and forms.was_let_in(response.status):
        forms.learn_form(origin, form, kept=False)
    return response


def _knock(  # noqa: PLR0913 - a request has these parts
    first: str, method: str, url: str, body: bytes | None, *, key: SigningKey, accept: str, until: float
) -> tuple[_Response, str]:
    """Ask with a signature in the form `first`, and if that was the trouble once more in the other; return which."""
    for form in (first, forms.other(first)):
        headers = forms.headers_for(form, method, url, body, key=key, now=now(), accept=accept)
        response = ask(method, url, headers, body, until)
        if not forms.asks_for_other(response.status):
            break
    return response, form


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Unreachable("url") from error


def check(url: str) -> None:
    """Raise Unreachable unless federation is on and `url` https (or http, given a test allowlist)."""
    if not settings.FEDERATION_ON:
        raise Unreachable("federation-off")
    try:
        origin = origin_of(url)
    except OriginError as error:
        raise Unreachable("url") from error
    if not origin.startswith("https://") and not settings.FEDERATION_TEST_PEERS:
        raise Unreachable("scheme")


def ask(method: str, url: str, headers: dict[str, str], body: bytes | None, until: float) -> _Response:
    """Send one request and read its whole answer before `until`; every failure is an Unreachable."""
    engine = _engine()
    try:
        with _connection(engine, url, until) as connection:
            return _read(url, connection.handle_request(_request(engine, method, url, headers, body)))
    except TooLarge as error:
        raise Unreachable("size") from error
    except ssl.SSLError as error:
        raise Unreachable("tls") from error
    except TimeoutError as error:
        raise Unreachable("timeout") from error
    except OSError as error:
        raise Unreachable("connect") from error
    except (engine.ProtocolError, engine.NetworkError, ValueError) as error:
        raise Unreachable("protocol") from error


def _connection(engine: Any, url: str, until: float) -> Any:  # noqa: ANN401 - the engine's types
    secure = origin_of(url).startswith("https://")
    origin = engine.Origin(b"https" if secure else b"http", host_of(url).strip("[]").encode(), port_of(url))
    window = Window(until=until, secure=secure)
    return engine.HTTPConnection(origin, ssl_context=trust() if secure else None, network_backend=window)


def _request(engine: Any, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Any:  # noqa: ANN401
    parts = urlsplit(url)
    sent = {**headers, "User-Agent": agent(), "Accept-Encoding": "gzip", "Connection": "close"}
    if body is not None:
        sent["Content-Length"] = str(len(body))
    address = engine.URL(
        scheme=parts.scheme.lower(), host=host_of(url).strip("[]"), port=port_of(url), target=target_of(url)
    )
    return engine.Request(method, address, headers=list(sent.items()), content=body or b"")


def _engine() -> Any:  # noqa: ANN401 - a module
    """Load the HTTP engine at first use: the web process starts without it."""
    import httpcore

    return httpcore


def _read(url: str, response: Any) -> _Response:  # noqa: ANN401 - the engine's type
    if sum(len(name) + len(value) for name, value in response.headers) > MAX_HEADERS:
        raise Unreachable("headers")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    body = inflate(response.iter_stream(), headers.get("content-encoding", ""), MAX_BODY)
    return _Response(url, response.status, headers, body)


def _parsed(response: _Response) -> dict[str, Any]:
    try:
        return strict_json.parse(response.body)
    except Refused as error:
        raise Unreachable("json", status=response.status) from error


def trust() -> ssl.SSLContext:
    """Return how certificates are verified: the usual roots, and one more if FEDERATION_CA_FILE names it."""
    return _context(settings.FEDERATION_CA_FILE)


@lru_cache(maxsize=4)
def _context(ca_file: str) -> ssl.SSLContext:
    import certifi  # here: only https reads the roots

    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


def agent() -> str:
    """Return how this node names itself to others."""
    return f"{settings.FEDERATION['SOFTWARE_NAME']}/{settings.FEDERATION['SOFTWARE_VERSION']} (+{settings.ORIGIN}/)"


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds in Retry-After; the form with a date is left to the usual back-off."""
    text = headers.get("retry-after", "")
    return min(int(text), 86_400) if text.isascii() and text.isdigit() and len(text) < 9 else None


def max_age(headers: Mapping[str, str]) -> int | None:
    """Return the seconds of max-age in Cache-Control, 0 for no-store and no-cache; None if it says neither."""
    parts = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if {"no-store", "no-cache"} & set(parts):
        return 0
    ages = [part.removeprefix("max-age=") for part in parts if part.startswith("max-age=")]
    return (
        min(int(ages[0]), 86_400 * 365)
        if ages and ages[0].isascii() and ages[0].isdigit() and len(ages[0]) < 10
        else None
    )
