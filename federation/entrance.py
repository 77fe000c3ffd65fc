"""The inboxes as a bare ASGI door, ahead of Django's own handling: what waits together is judged and kept together.

The gate is the same as behind the view (`gate.judge`); here one thread takes all messages that wait, at most `AT_ONCE`,
and 202 leaves only after their common transaction has committed. A message whose key must be fetched first goes to a
few threads of its own, so that a slow peer keeps nobody waiting. An idle door judges one message at a time, at once.
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

from federation import gate, tasks
from federation.errors import Refused
from federation.steps import MAX_BODY, Knock

__all__ = ["Entrance", "is_inbox"]

AT_ONCE = 200  # messages in one transaction
FETCHERS = 4  # threads that may wait for a key
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
        self._fetchers = ThreadPoolExecutor(FETCHERS, thread_name_prefix="inbox-key")
        self._starting = Lock()
        self._thread: Thread | None = None
        self._inside = 0

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
            if isinstance(outcome, Knock):
                loop = asyncio.get_running_loop()
                outcome = await loop.run_in_executor(self._fetchers, _finished, outcome)
        finally:
            self._inside -= 1
        if isinstance(outcome, Refused):
            raise outcome
        return outcome  # type: ignore[return-value]  # a Knock was finished above

    async def _outcome(self, request: ASGIRequest) -> gate.Outcome:
        answer: asyncio.Future[gate.Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.put((request, answer))
        if self._thread is None:
            self._start()
        return await answer

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
