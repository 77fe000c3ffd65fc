"""The reference: `python -m tests.bench.bare_room PORT` hands each text to all, by `websockets`' own broadcast.

It decides nothing, stores nothing, draws nothing.
"""

import asyncio
import sys
from typing import Any

import websockets


async def _serve(port: int) -> None:
    clients: set[Any] = set()

    async def serve(socket: Any) -> None:
        clients.add(socket)
        async for text in socket:
            websockets.broadcast(clients, text)

    async with websockets.serve(serve, "127.0.0.1", port, compression=None, max_size=2**20, ping_interval=None):
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
