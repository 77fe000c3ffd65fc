"""The inboxes as a bare ASGI door, ahead of Django's own handling: what waits together is judged and kept together.

The gate is the same as behind the view (`gate.judge`); here one thread takes all messages that wait, at most `AT_ONCE`,
and 202 leaves only after their common transaction has committed. A message whose key must be fetched first goes to a
few threads and places of their own, so that slow peers keep nobody waiting whose key is known. An idle door judges one
message at a time, at once.
"""

import asyncio
import io
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections

from federation import gate, remote_keys, tasks
from federation.errors import Refused
from federation.steps import MAX_BODY, Knock

__all__ = ["Entrance", "is_inbox"]

AT_ONCE = 200  # messages in one transaction
FOR_KEYS = 64  # messages that may wait for their keys
INBOX = re.compile(r"/(?:(?:actor|[ug]/[^/]+)/)?inbox")
HEAD = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]

log = logging.getLogger("toile.federation")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Waiting = tuple[ASGIRequest, "asyncio.Future[gate.Outcome]"]


def is_inbox(scope: Scope) -> bool:
    """Whether this request brings a message to one of our inboxes."""
    return bool(scope["method"] == "POST" and settings.FEDERATION_ON and INBOX.fullmatch(scope["path"]))


class Entrance:
    """An ASGI application for POSTs to inboxes. Its threads start with the first message: after the fork."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Waiting] = SimpleQueue()
        self._fetchers = ThreadPoolExecutor(remote_keys.AT_ONCE, thread_name_prefix="inbox-key")
        self._fetching: dict[str, asyncio.Future[gate.Outcome]] = {}
        self._starting = Lock()
        self._thread: Thread | None = None
        self._inside = self._for_keys = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one message: 202, or the gate's refusal as a problem."""
        body = await _body(receive)
        if body is None:
            return
        try:
            await self._judged(ASGIRequest(scope, io.BytesIO(body)))
        except Refused as refused:
            status, headers, problem = gate.problem(refused)
            await _answer(send, status, headers, json.dumps(problem).encode())
        else:
            await _answer(send, 202, {}, b"")

    async def _judged(self, request: ASGIRequest) -> gate.Admitted:
        if self._inside >= gate.CROWD:
            raise gate.crowded(request)
        self._inside += 1
        try:
            outcome = await self._outcome(request)
        finally:
            self._inside -= 1
        if isinstance(outcome, Knock):
            outcome = await self._with_its_key(outcome)
        if isinstance(outcome, Refused):
            raise outcome
        return outcome  # type: ignore[return-value]  # a Knock was finished above

    async def _outcome(self, request: ASGIRequest) -> gate.Outcome:
        answer: asyncio.Future[gate.Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.put((request, answer))
        if self._thread is None:
            self._start()
        return await answer

    async def _with_its_key(self, knock: Knock) -> gate.Outcome:
        """Go on once the key is there. Messages with one key wait for one fetch; places for them are few."""
        if self._for_keys >= FOR_KEYS:
            raise gate.crowded(knock.request)
        self._for_keys += 1
        try:
            while other := self._fetching.get(knock.key_id):
                await asyncio.wait([other])
            return await self._fetched(knock)
        finally:
            self._for_keys -= 1

    async def _fetched(self, knock: Knock) -> gate.Outcome:
        loop = asyncio.get_running_loop()
        self._fetching[knock.key_id] = fetching = loop.run_in_executor(self._fetchers, _finished, knock)
        try:
            return await fetching
        finally:
            del self._fetching[knock.key_id]

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="inbox", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            waiting = self._next()
            close_old_connections()
            try:
                outcomes = gate.judge([request for request, _ in waiting])
                _heed(outcomes)
            except Exception:  # whatever breaks here refuses; the door stays open
                log.exception("the inbox broke")
                outcomes = [Refused("unavailable", retry_after=gate.AGAIN) for _ in waiting]
            _tell([answer for _, answer in waiting], outcomes)

    def _next(self) -> list[Waiting]:
        """Wait for a message; return it with whatever has come in the meantime."""
        waiting = [self._waiting.get()]
        try:
            while len(waiting) < AT_ONCE:
                waiting.append(self._waiting.get_nowait())
        except Empty:
            pass
        return waiting


def _finished(knock: Knock) -> gate.Outcome:
    close_old_connections()
    try:
        admitted = gate.finish(knock)
    except Refused as refused:
        return refused
    _heed([admitted])
    return admitted


def _heed(outcomes: Iterable[gate.Outcome]) -> None:
    tasks.heed([outcome for outcome in outcomes if isinstance(outcome, gate.Admitted)])


def _tell(answers: list["asyncio.Future[gate.Outcome]"], outcomes: list[gate.Outcome]) -> None:
    def settle() -> None:
        for answer, outcome in zip(answers, outcomes, strict=True):
            if not answer.done():  # its client may have gone
                answer.set_result(outcome)

    answers[0].get_loop().call_soon_threadsafe(settle)


async def _body(receive: Receive) -> bytes | None:
    """Return the body, cut one byte beyond what the gate takes; None if the client hung up."""
    parts, size = [], 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        if size <= MAX_BODY:
            parts.append(event.get("body", b""))
            size += len(parts[-1])
        if not event.get("more_body"):
            return b"".join(parts)[: MAX_BODY + 1]


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    given = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*given, *HEAD, length]})
    await send({"type": "http.response.body", "body": body})
