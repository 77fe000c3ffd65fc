"""Inboxes with a character, each on a port of its own: willing, failing, slow, moody, away. They note what they got.

`with Inboxes(seed, ["willing", "failing", "away"]) as peers:` serves them; `peers[2].open()` lets the last one answer.
A message takes effect at its first receipt, as in any inbox that knows ids; failures come before or after that.
"""

import asyncio
import json
import random
import re
import threading
from collections import Counter
from collections.abc import Callable

from tests.services import free_port

LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
SLOW_SECONDS = 12  # longer than a sender waits
Answer = tuple[int, str] | float | None  # status and further headers; seconds of silence; None: the connection is reset


def willing(_chance: random.Random) -> Answer:
    return 202, ""


def failing(chance: random.Random) -> Answer:
    return (chance.choice([500, 502]), "") if chance.random() < 0.1 else (202, "")


def slow(chance: random.Random) -> Answer:
    return float(SLOW_SECONDS) if chance.random() < 0.002 else (202, "")


def moody(chance: random.Random) -> Answer:
    mood = chance.random()
    if mood < 0.05:
        return None
    return (429, "Retry-After: 5\r\n") if mood < 0.055 else (202, "")


CHARACTERS: dict[str, Callable[[random.Random], Answer]] = {
    "willing": willing,
    "failing": failing,
    "slow": slow,
    "moody": moody,
    "away": willing,
}


class Inbox:
    """One inbox: how it is, which messages it got how often, and in which order they took effect."""

    def __init__(self, inboxes: "Inboxes", character: str, seed: int) -> None:
        self.inboxes, self.character = inboxes, character
        self.chance = random.Random(seed)
        self.port = free_port()
        self.receipts: Counter[str] = Counter()
        self.effects: list[dict] = []
        self.failures = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/inbox"

    def open(self) -> None:
        """Begin to listen."""
        asyncio.run_coroutine_threadsafe(self._listen(), self.inboxes.loop).result(30)

    async def _listen(self) -> None:
        server = await self.inboxes.loop.create_server(lambda: _Link(self), "127.0.0.1", self.port, backlog=128)
        self.inboxes.servers.append(server)

    def take(self, message: dict) -> Answer:
        """Receive a message; return what is answered."""
        answer = CHARACTERS[self.character](self.chance)
        refused = isinstance(answer, tuple) and answer[0] != 202
        self.failures += refused or not isinstance(answer, tuple)
        if not refused and (answer is not None or self.chance.random() < 0.5):  # reset before, or after the effect
            if not self.receipts[message["id"]]:
                self.effects.append(message)
            self.receipts[message["id"]] += 1
        return answer


class _Link(asyncio.Protocol):
    def __init__(self, inbox: Inbox) -> None:
        self.inbox, self.kept = inbox, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.kept += data
        end = self.kept.find(b"\r\n\r\n") + 4
        length = LENGTH.search(self.kept[: end + 2]) if end > 3 else None
        if length is None or len(self.kept) < end + int(length[1]):
            return
        answer = self.inbox.take(json.loads(self.kept[end:]))
        self.kept = b""
        if answer is None:
            self.transport.abort()
        elif isinstance(answer, float):
            asyncio.get_running_loop().call_later(answer, self.answer, 202, "")
        else:
            self.answer(*answer)

    def answer(self, status: int, headers: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(f"HTTP/1.1 {status} x\r\n{headers}Content-Length: 0\r\n\r\n".encode())
            self.transport.close()


class Inboxes(list[Inbox]):
    """Inboxes with these characters, all but those that are away listening; they live in one thread."""

    def __init__(self, seed: int, characters: list[str]) -> None:
        super().__init__(Inbox(self, character, seed + number) for number, character in enumerate(characters))
        self.loop = asyncio.new_event_loop()
        self.servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> "Inboxes":
        self._thread.start()
        for inbox in self:
            if inbox.character != "away":
                inbox.open()
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self.servers:
            self.loop.call_soon_threadsafe(server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(30)
        self.loop.close()
