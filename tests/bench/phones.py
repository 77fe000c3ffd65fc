"""Many WebSocket clients that cost little: they take frames apart, count them, compare bytes, and nothing else.

A client library would spend more on each frame than the servers that are measured. Frames are those of RFC 6455;
none is compressed. All servers of one run are heard by the same clients.
"""

import asyncio
import re
import resource
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

GUARD_SECONDS = 120  # against hanging, never a measurement
QUIET_SECONDS = 0.3  # a room tells at most five states a second: each act waits until all is at rest
AT_ONCE = 20  # knocking together
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
STATE = re.compile(rb'<hx-partial hx-target="#top".{1,80}?<header id="top" data-seq="(\d+)"', re.DOTALL)
MASK = bytes(4)  # a mask of zeros leaves the payload as it is


@dataclass(eq=False)
class Hall:
    """Those who listen together: what came, when, and whether it was the same bytes for all.

    `stated`: only states of a room are counted, by their `seq`; else every text is, by order of arrival.
    """

    stated: bool
    phones: list["Phone"] = field(default_factory=list)
    heard_at: float = 0.0  # any frame at all
    counting: bool = False
    texts: dict[int, bytes] = field(default_factory=dict)  # what goes round now, by port: each process draws its own
    number: int = 0  # its number
    reached: int = 0
    last_at: float = 0.0
    faults: list[str] = field(default_factory=list)
    everyone: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, phone: "Phone", payload: bytes) -> None:
        """Take note of a text."""
        self.heard_at = time.perf_counter()
        found = STATE.match(payload[:300]) if self.stated else None
        if not self.counting or (self.stated and found is None):
            return  # a snapshot for newcomers, a personal part, or an answer
        number = int(found[1]) if found else phone.number + 1
        if number > self.number:
            self.texts, self.number, self.reached = {}, number, 0
        if number <= phone.number or payload != self.texts.setdefault(phone.port, payload):
            self.faults.append(f"{phone.number}, then {number} while {self.number} went round")
        phone.number, phone.frames = number, phone.frames + 1
        self.reached += 1
        if self.reached == len(self.phones):
            self.last_at = self.heard_at
            self.everyone.set()

    @property
    def text(self) -> str:
        """What went round last."""
        return next(iter(self.texts.values())).decode()

    async def rest(self) -> None:
        """Wait until nothing has come for a while."""
        while time.perf_counter() - self.heard_at < QUIET_SECONDS:
            await asyncio.sleep(0.02)

    async def count(self) -> None:
        """Begin to count, once newcomers have all that they are owed."""
        await self.rest()
        self.counting, self.number, self.faults = True, 0, []
        for phone in self.phones:
            phone.number = phone.frames = 0

    async def round(self, text: str) -> float:
        """Let the first say something; return ms until the last has what comes of it."""
        await self.rest()
        self.everyone.clear()
        self.reached, start = 0, time.perf_counter()
        self.phones[0].say(text)
        await asyncio.wait_for(self.everyone.wait(), GUARD_SECONDS)
        return (self.last_at - start) * 1000

    def complete(self, rounds: int) -> bool:
        """Return whether everybody had one frame for each round, in order, in the same bytes as all others there."""
        return not self.faults and all(phone.frames == rounds for phone in self.phones)


class Phone(asyncio.Protocol):
    """One client."""

    def __init__(self, hall: Hall, port: int, head: str) -> None:
        self.hall, self.port, self.head = hall, port, head
        self.data = bytearray()
        self.number = self.frames = 0
        self.open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Knock."""
        self.line = cast(asyncio.Transport, transport)
        self.line.write(self.head.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so to whoever waits at the door."""
        if not self.open.done():
            self.open.set_exception(ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Take apart what came: first the answer at the door, then frames."""
        self.data += data
        if not self.open.done():
            head, ended, rest = bytes(self.data).partition(b"\r\n\r\n")
            if not ended:
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self.open.set_exception(ConnectionError(head.decode("latin-1")))
                return
            self.open.set_result(None)
            self.data = bytearray(rest)
        while self._frame():
            pass

    def _frame(self) -> bool:
        """Take the first frame out, if it is whole."""
        data = self.data
        if len(data) < 2:
            return False
        size, start = data[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(data) < start:
                return False
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            return False
        kind, payload = data[0] & 0x0F, bytes(data[start : start + size])
        del data[: start + size]
        if kind == TEXT:
            self.hall.hear(self, payload)
        elif kind == PING:
            self._send(PONG, payload)
        elif kind == CLOSE:
            self.hall.faults.append(f"closed by the server: {payload!r}")
        return True

    def say(self, text: str) -> None:
        """Send one text."""
        self._send(TEXT, text.encode())

    def _send(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        short = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        length = short if size < 2**16 else b"\xff" + size.to_bytes(8, "big")
        self.line.write(bytes([0x80 | kind]) + length + MASK + payload)


async def connect(hall: Hall, port: int, path: str, headers: Iterable[dict[str, str]]) -> None:
    """Bring in one phone for each set of headers; they stay until the hall is emptied."""
    _allow_files()
    door, loop = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop()

    async def one(lines: dict[str, str]) -> Phone:
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        head = (
            f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{head}\r\n"
        )
        async with door:
            _, phone = await loop.create_connection(lambda: Phone(hall, port, head), "127.0.0.1", port)
            await asyncio.wait_for(phone.open, GUARD_SECONDS)
        return phone

    hall.counting = False
    hall.phones += await asyncio.gather(*(one(lines) for lines in headers))
    hall.heard_at = time.perf_counter()


@asynccontextmanager
async def hall(stated: bool) -> AsyncIterator[Hall]:
    """Keep a hall, and hang up for everybody at the end."""
    found = Hall(stated)
    try:
        yield found
    finally:
        for phone in found.phones:
            phone.line.abort()
        await asyncio.sleep(0)


def _allow_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
