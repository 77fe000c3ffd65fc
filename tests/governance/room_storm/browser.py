"""One person's browser in a storm: the page, its socket that comes back by itself, its form, its asking when all is
still. What it does is what `live.js` and hx-ws do, with the spans that the page sets."""

import asyncio
import json
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import websockets

from tests.governance.room_storm.page import Page

RECONNECT = frozenset({1001, 1005, 1006, 1011, 1012, 1013, 1014, 4408})  # as the page's settings say
FIRST_DELAY, LONGEST_DELAY, JITTER = 0.5, 10.0, 0.3  # seconds; hx-ws and the page's settings
SILENCE = 8.0  # seconds without news, after which the page asks
PAGE_GUARD, OPEN_GUARD = 30.0, 30.0
TOKEN = "a" * 32
AWAY = (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError)


@dataclass
class Browser:
    """Shows one room to one person, through one door (the proxy)."""

    name: str
    port: int
    assembly: int
    session: str
    chance: random.Random
    counts: Counter[str]
    page: Page = field(default_factory=Page)
    socket: Any = None
    answers: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    heard: float = 0.0
    shut: int = 0  # the code with which the socket was closed for good

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def path(self) -> str:
        return f"/assemblees/{self.assembly}"

    def headers(self) -> dict[str, str]:
        cookies = f"toile-{self.port}-session={self.session}; toile-{self.port}-csrf={TOKEN}"
        return {"Cookie": cookies, "Accept-Language": "fr"}

    async def live(self) -> None:
        """Keep the page alive until cancelled."""
        await asyncio.gather(self._line(), self._ask_when_still())

    # --- the socket ----------------------------------------------------------------------------------------

    async def _line(self) -> None:
        attempt = 0
        while not self.shut:
            try:
                async with self._connect() as socket:
                    self.socket, attempt = socket, 0
                    self.counts["connections"] += 1
                    async for message in socket:
                        self._hear(message)
            except (*AWAY, websockets.WebSocketException) as error:
                self._closed(error)
            finally:
                self.socket = None
            attempt += 1
            delay = min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
            await asyncio.sleep(delay * self.chance.uniform(1 - JITTER, 1 + JITTER))

    def _connect(self) -> Any:
        return websockets.connect(
            f"ws://localhost:{self.port}/ws{self.path}",
            origin=self.origin,
            additional_headers=self.headers(),
            compression=None,
            proxy=None,
            ping_interval=None,  # browsers send none
            open_timeout=OPEN_GUARD,
            close_timeout=1,
            max_size=2**21,
        )

    def _closed(self, error: Exception) -> None:
        code = error.rcvd.code if isinstance(error, websockets.ConnectionClosed) and error.rcvd else 1006
        self.counts[f"closed {code}"] += 1
        if code not in RECONNECT:
            self.shut = code

    def _hear(self, message: str) -> None:
        if not message.startswith("{"):
            self._show(message)
            return
        told = json.loads(message)
        waiting = self.answers.get(told.get("in_response"))
        if waiting is not None and not waiting.done():
            waiting.set_result(told)

    def _show(self, text: str) -> None:
        if self.page.swap(text):
            self.heard = time.monotonic()

    async def send(self, kind: str, payload: dict[str, str], key: str, patience: float) -> dict[str, Any] | None:
        """Send one act by socket; return what was answered, None if nothing came in time."""
        socket, waiting = self.socket, asyncio.get_running_loop().create_future()
        if socket is None:
            return None
        self.answers[key] = waiting
        with suppress(TimeoutError, websockets.WebSocketException):
            await socket.send(json.dumps({"kind": kind, "payload": payload, "key": key}))
            return await asyncio.wait_for(waiting, patience)
        return None

    # --- pages ---------------------------------------------------------------------------------------------

    async def _ask_when_still(self) -> None:
        asked = 0.0
        while True:
            if time.monotonic() - max(self.heard, asked) > SILENCE:
                asked = time.monotonic()
                self.counts["pages asked"] += 1
                await self.look()
            await asyncio.sleep(1)

    async def look(self) -> bool:
        """Ask for the room by HTTP, as the page does; return whether an answer came."""
        status, text = await self.fetch("GET", self.path)
        if status == 200:
            self._show(text)
        return status == 200

    async def post(self, fields: dict[str, str]) -> int:
        """Send the page's form; return the status, 0 if no answer came."""
        status, text = await self.fetch("POST", f"{self.path}/acte", {**fields, "csrfmiddlewaretoken": TOKEN})
        if status == 200:
            self._show(text)
        return status

    async def fetch(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Make one request of the live page; return status and text, 0 if the line or the server failed."""
        body = urlencode(fields or {}).encode() if method == "POST" else b""
        head = {
            "Host": f"localhost:{self.port}",
            "Connection": "close",
            "HX-Request": "true",
            "Origin": self.origin,
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
            **self.headers(),
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        try:
            async with asyncio.timeout(PAGE_GUARD):
                status, text = await self._exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        except AWAY:
            return 0, ""
        self.counts[f"status {status}"] += 1
        return status, text

    async def _exchange(self, request: bytes) -> tuple[int, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
            text = await (reader.readexactly(int(lengths[0].partition(":")[2])) if lengths else reader.read(-1))
        finally:
            writer.close()
        return int(head.split(" ", 2)[1]), text.decode()
