"""Many signed messages, made beforehand, and a client that hands them over as fast as a server takes them."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from tests.peers import AS2, PUBLIC, Peer, PeerActor, encoded, sign

PEERS = 8  # one peer alone would meet its limit
CONNECTIONS = 64


@contextmanager
def senders() -> Iterator[list[PeerActor]]:
    """Serve one actor each at several origins of this machine."""
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer()) for _ in range(PEERS)]
        yield [peer.actor("alice") for peer in peers]


def note(actor: PeerActor, number: int) -> dict[str, object]:
    """Return a Create as other software sends it many times a day."""
    uri = f"{actor.uri}/notes/{number}"
    thing = {"type": "Note", "id": uri, "attributedTo": actor.uri, "content": "<p>Bonjour</p>", "to": [PUBLIC]}
    about = {"@context": [AS2, "https://w3id.org/security/v1"], "id": f"{uri}/create", "type": "Create"}
    return {**about, "actor": actor.uri, "to": [PUBLIC], "published": "2026-11-22T00:00:00Z", "object": thing}


def requests(actors: list[PeerActor], origin: str, numbers: range) -> list[bytes]:
    """Return whole HTTP requests to the shared inbox of `origin`, signed just now."""
    made = []
    for number in numbers:
        actor = actors[number % len(actors)]
        body = encoded(note(actor, number))
        headers = {**sign(actor, f"{origin}/inbox", body), "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode() + body)
    return made


def hand_over(origin: str, messages: list[bytes]) -> tuple[float, list[int]]:
    """Send all of them over a few lasting connections; return ms from first to last answer, and the statuses."""
    return asyncio.run(_hand_over(urlsplit(origin).port or 80, messages))


async def _hand_over(port: int, messages: list[bytes]) -> tuple[float, list[int]]:
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    waiting, statuses = iter(messages), list[int]()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for message in waiting:
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            statuses.append(int(head.split(b" ", 2)[1]))
            await _skip_body(reader, head.lower())

    started = time.perf_counter()
    await asyncio.gather(*(one(*line) for line in lines))
    took = (time.perf_counter() - started) * 1000
    for _, writer in lines:
        writer.close()
    return took, statuses


async def _skip_body(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"transfer-encoding: chunked" in head:
        await reader.readuntil(b"0\r\n\r\n")
        return
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    await reader.readexactly(int(lengths[0]) if lengths else 0)
