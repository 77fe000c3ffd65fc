"""Many inboxes in one process, each on a port of its own, that answer 202 after a while and remember what they got.

Run as `python -m tests.bench.inboxes 200 30` (number, milliseconds): prints the ports; for every line on its standard
input it prints what each inbox received since the last one, as JSON {port: [ids of activities]}.
"""

import asyncio
import json
import re
import sys
from collections import defaultdict

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
received: defaultdict[int, list[str]] = defaultdict(list)


class Inbox(asyncio.Protocol):
    """One connection to one of the inboxes."""

    def __init__(self, wait: float) -> None:
        self.wait, self.kept = wait, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def data_received(self, data: bytes) -> None:
        self.kept += data
        end = self.kept.find(b"\r\n\r\n") + 4
        length = LENGTH.search(self.kept[: end + 2]) if end > 3 else None
        if length is None or len(self.kept) < end + int(length[1]):
            return
        body, self.kept = self.kept[end : end + int(length[1])], self.kept[end + int(length[1]) :]
        asyncio.get_running_loop().call_later(self.wait, self.answer, json.loads(body)["id"])

    def answer(self, activity: str) -> None:
        received[self.port].append(activity)
        if not self.transport.is_closing():
            self.transport.write(ANSWER)  # type: ignore[attr-defined]


async def serve(number: int, wait: float) -> None:
    """Listen on `number` ports until the standard input ends."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: Inbox(wait), "127.0.0.1", 0, backlog=64) for _ in range(number)]
    print(*[server.sockets[0].getsockname()[1] for server in servers], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(received), flush=True)
        received.clear()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000))
