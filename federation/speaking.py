"""Questions to another node that are no ActivityPub: a form or JSON sent to one address, with a token or a password.

Through the one window (`client.py`): its address rules, time and size. No redirect is followed, so that what proves
who we are goes to nobody else.
"""

import json
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from federation import client
from federation.errors import Refused, Unreachable
from federation.rules import strict_json
from federation.rules.media import is_media_type

__all__ = ["Reply", "basic", "bearer", "ask_json", "send_form", "send_json"]

FORM = "application/x-www-form-urlencoded"
MOVED = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: a status and, if it was a JSON object, that. Raw text is not kept: it may hold secrets."""

    status: int
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return self.status in {200, 201}


def basic(name: str, secret: str) -> str:
    """Return the Authorization header of RFC 6749 2.3.1: both parts are form-encoded first."""
    pair = f"{quote(name, safe='')}:{quote(secret, safe='')}"
    return "Basic " + b64encode(pair.encode()).decode()


def bearer(token: str) -> str:
    """Return the Authorization header of RFC 6750."""
    return f"Bearer {token}"


def send_form(url: str, fields: dict[str, str], *, authorization: str = "") -> Reply:
    """POST a form; raises Unreachable."""
    return _send("POST", url, FORM, urlencode(fields).encode(), authorization)


def send_json(url: str, document: dict[str, Any], *, authorization: str = "") -> Reply:
    """POST a JSON object; raises Unreachable."""
    return _send("POST", url, "application/json", json.dumps(document).encode(), authorization)


def ask_json(url: str, *, authorization: str) -> Reply:
    """GET a JSON object that is for the holder of a token only; raises Unreachable."""
    return _send("GET", url, "", None, authorization)


def _send(method: str, url: str, content_type: str, body: bytes | None, authorization: str) -> Reply:
    client.check(url)
    headers = {"Host": urlsplit(url).netloc, "Accept": "application/json"}
    headers |= {"Content-Type": content_type} if content_type else {}
    headers |= {"Authorization": authorization} if authorization else {}
    answer = client.ask(method, url, headers, body, time.monotonic() + client.DEADLINE)
    if answer.status >= MOVED and answer.status < 400:
        raise Unreachable("redirects", status=answer.status)
    if answer.status >= 500 or answer.status == 429:
        raise Unreachable("status", status=answer.status, retry_after=client.retry_after(answer.headers))
    if not is_media_type(answer.headers.get("content-type", ""), ("application/json", "application/problem+json")):
        return Reply(answer.status)
    try:
        return Reply(answer.status, strict_json.parse(answer.body))
    except Refused as error:
        raise Unreachable("json", status=answer.status) from error
