"""The cached door: documents for everybody, answered ahead of Django with the very answer that Django gave before.

Only plain GETs and HEADs come in here: no cookie, no signature, no language, nothing that could make the answer
another. An answer is good while the row of its document says the same; a process asks that at most four times a second.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error

from federation.rules.negotiation import prefers_html
from federation.served import tag_for_all

__all__ = ["Documents"]

FRESH_SECONDS = 0.25
MOST_BYTES, MOST_OF_ONE = 16 * 1024 * 1024, 256 * 1024  # kept in all, and of one answer
ENTRY_BYTES = 4 * 1024  # of an answer's headers and its key, which may be long
ADDRESS = re.compile(r"/(?:actor|[ug]/[^/]+|p/[^/]+(?:/note)?|e/[^/]+/[^/]+)")
GZIP = re.compile(rb"\bgzip\b")  # as Django's middleware reads it
STATUSES = {200, 304, 410}
SAYS_NOTHING = {
    b"accept",
    b"accept-encoding",
    b"cache-control",
    b"connection",
    b"host",
    b"if-none-match",
    b"pragma",
    b"user-agent",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-real-ip",
}  # fmt: skip  headers that change nothing about a document for everybody, or that are part of the key

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Key = tuple[Any, ...]


@dataclass(slots=True)
class Kept:
    """An answer as it was sent; `tag`: the digest of its document, `checked`: when the row was known to say so."""

    checked: float
    start: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""
    tag: str = ""
    asking: "asyncio.Future[bool] | None" = None

    @property
    def size(self) -> int:
        """About what it takes in memory: one without a body is kept under a key that the client wrote."""
        return len(self.body) + ENTRY_BYTES

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.checked <= FRESH_SECONDS

    @property
    def worth_keeping(self) -> bool:
        headers = {name.lower(): value for name, value in self.start.get("headers", ())}
        private = b"private" in headers.get(b"cache-control", b"") or b"set-cookie" in headers
        self.tag = headers.get(b"etag", b"").decode("latin-1").removeprefix("W/").strip('"')
        return bool(self.tag) and not private and self.start["status"] in STATUSES and len(self.body) <= MOST_OF_ONE


class Documents:
    """An ASGI application in front of another; what it cannot answer itself it hands on."""

    def __init__(self, behind: App) -> None:
        self._behind = behind
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self._behind(scope, receive, send)
        elif (kept := self._kept.get(key)) and (kept.is_fresh or await self._holds(key, kept, scope["path"])):
            await send(kept.start)
            await send({"type": "http.response.body", "body": kept.body})
        else:
            await self._ask(key, scope, receive, send)

    async def _holds(self, key: Key, kept: Kept, path: str) -> bool:
        """Ask whether the row still says what was kept; once for all requests that come meanwhile."""
        if kept.asking is None:
            kept.asking = asyncio.ensure_future(self._checked(key, kept, settings.ORIGIN + path))
        return await asyncio.shield(kept.asking)

    async def _checked(self, key: Key, kept: Kept, uri: str) -> bool:
        moment = time.monotonic()
        try:
            same = await database_sync_to_async(tag_for_all)(uri) == kept.tag
        except Error:
            same = False  # Django will say what it can
        finally:
            kept.asking = None
        if same:
            kept.checked = moment
        elif self._kept.get(key) is kept:
            self._drop(key)
        return same

    async def _ask(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and keep what it says."""
        kept = Kept(checked=time.monotonic())  # before it reads: what changes meanwhile is noticed in time

        async def overheard(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                kept.start = message
            elif len(kept.body) <= MOST_OF_ONE:
                kept.body += message.get("body", b"")
            await send(message)

        await self._behind(scope, receive, overheard)
        if kept.worth_keeping:
            self._drop(key)
            self._kept[key] = kept
            self._bytes += kept.size
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        if kept := self._kept.pop(key, None):
            self._bytes -= kept.size


def _key(scope: Scope) -> Key | None:
    """Return all that the answer depends on, or None for a request that is not for this door."""
    if scope["method"] not in {"GET", "HEAD"} or scope["query_string"] or not ADDRESS.fullmatch(scope["path"]):
        return None
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if not headers.keys() <= SAYS_NOTHING or len(headers) != len(scope["headers"]):
        return None
    if _wants_page(headers.get(b"accept", b"")):
        return None
    parts = (headers.get(name) for name in (b"host", b"if-none-match", b"x-forwarded-proto"))
    zipped = bool(GZIP.search(headers.get(b"accept-encoding", b"")))
    return (scope["method"], scope["path"], scope.get("scheme"), zipped, *parts)


@lru_cache(maxsize=256)
def _wants_page(accept: bytes) -> bool:
    return prefers_html(accept.decode("latin-1"))
