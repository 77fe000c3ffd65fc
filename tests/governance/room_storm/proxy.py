"""A bad line: a proxy that loses frames, requests and answers by seeded chance, and at times every receipt."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

HEAD_END = b"\r\n\r\n"
TEXT, CLOSE = 1, 8
RECEIPT = b'{"in_response"'
AWAY = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


class Proxy:
    """Stands before several servers, as a balancer does: each connection goes to one of them that listens."""

    def __init__(self, chance: random.Random, servers: list[int], loss: float) -> None:
        self.chance, self.servers, self.loss = chance, servers, loss
        self.deaf = False  # no receipt comes through
        self.calm = False  # everything comes through
        self.counts: Counter[str] = Counter()
        self.open: set[asyncio.StreamWriter] = set()
        self.serving: set[asyncio.Task[None]] = set()
        self.door: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        """Listen until the end."""
        self.door = await asyncio.start_server(self._accept, "127.0.0.1", port, limit=2**20)

    async def end(self) -> None:
        """Let nobody in any more, and let go who is there."""
        if self.door is not None:
            self.door.close()
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    def cut(self) -> None:
        """Break one line, whichever."""
        if self.open:
            self.counts["lines cut"] += 1
            self.chance.choice(sorted(self.open, key=id)).transport.abort()

    def _loses(self) -> bool:
        return not self.calm and self.chance.random() < self.loss

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(HEAD_END)
            server = await self._connect()
        except AWAY:
            writer.transport.abort()
            return
        serve = self._socket if b"\r\nupgrade: websocket" in head.lower() else self._page
        try:
            await serve(head, reader, writer, *server)
        except AWAY:
            pass
        finally:
            for each in (writer, server[1]):
                each.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        first, *others = self.chance.sample(self.servers, len(self.servers))
        for port in others and [first]:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        return await asyncio.open_connection("127.0.0.1", others[0] if others else first, limit=2**20)

    # --- pages ---------------------------------------------------------------------------------------------

    async def _page(
        self,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        body = await reader.readexactly(_length(head))
        if self._loses():
            self.counts["requests lost"] += 1
            return
        server.write(head + body)
        answer = await answers.read(-1)
        if self._loses() or (self.deaf and head.startswith(b"POST")):
            self.counts["answers lost"] += 1
            return
        writer.write(answer)
        await writer.drain()

    # --- sockets -------------------------------------------------------------------------------------------

    async def _socket(
        self,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        server.write(head)
        answer = await answers.readuntil(HEAD_END)
        writer.write(answer)
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            writer.write(await answers.read(-1))
            return
        self.open.add(writer)
        ways = [asyncio.create_task(self._pass(*way)) for way in ((reader, server), (answers, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.open.discard(writer)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            kind, payload, frame = await read_frame(reader)
            if not self._drops(kind, payload):
                writer.write(frame)
                await writer.drain()
            if kind == CLOSE:
                return

    def _drops(self, kind: int, payload: bytes) -> bool:
        """Decide on one frame; what the server sends is not masked, so receipts are known by their first bytes."""
        self.counts["frames"] += 1
        receipt = kind == TEXT and payload.startswith(RECEIPT)
        if receipt and self.deaf:
            self.counts["receipts dropped"] += 1
            return True
        if not self._loses():
            return False
        self.counts["frames dropped"] += 1
        self.counts["receipts dropped"] += receipt
        return True


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes, bytes]:
    """Return opcode, payload (masked if the sender masked it) and the whole frame (RFC 6455, section 5.2)."""
    head = await reader.readexactly(2)
    length, more = head[1] & 0x7F, b""
    if length >= 126:
        more = await reader.readexactly(2 if length == 126 else 8)
        length = int.from_bytes(more)
    mask = await reader.readexactly(4) if head[1] & 0x80 else b""
    payload = await reader.readexactly(length)
    return head[0] & 0x0F, payload, b"".join((head, more, mask, payload))


def _length(head: bytes) -> int:
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    return next((int(value) for name, _, value in lines if name == b"content-length"), 0)
