"""Sockets that write at once: a text for many is made a WebSocket frame once, and handed straight to the system.

Daphne makes a frame for each socket, and its event loop writes it when it comes round, which costs three system calls
instead of one. What the system does not take at once waits as it always does, and counts as unsent (see `server.py`).
The limit on messages is for what others send us; what we send is not cut off by it.
"""

from functools import lru_cache
from typing import Any

from autobahn.websocket.protocol import PreparedMessage
from daphne.ws_protocol import WebSocketProtocol

__all__ = ["Socket", "unsent"]

NORMAL = 1000  # close code of a socket that simply ends
FRAMES_KEPT = 8  # a room is told in a few looks and languages at a time


class Socket(WebSocketProtocol):
    """Daphne's socket, quicker at telling many the same, closed with the code that the application gives, and small:
    what was said at the door, and the HTTP channel that heard it, go once it is open."""

    clean_headers: list[tuple[bytes, bytes]]
    http_headers: dict[str, str]

    def onOpen(self) -> None:
        super().onOpen()
        self.request, self.clean_headers, self.http_headers, self.http_request_data = None, [], {}, b""
        self.transport.unregisterProducer()

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send one text or bytes; raises as Daphne's own does when the other side is gone."""
        if binary or self.state != self.STATE_OPEN or self.send_queue or self._perMessageCompress is not None:
            super().serverSend(content, binary)
        else:
            _write(self.transport, frame(content))

    def serverClose(self, code: int | None = None) -> None:
        """Close with the code that the application gives. Autobahn keeps those below 3000 to itself; those of a refusal
        (RFC 6455, 7.4.1) are the application's to say."""
        self.sendCloseFrame(code=code or NORMAL, isReply=False)


@lru_cache(FRAMES_KEPT)
def frame(text: str) -> bytes:
    """Return a text as one frame of a server (RFC 6455, 5.2).

    >>> frame("é")
    b'\\x81\\x02\\xc3\\xa9'
    """
    return bytes(PreparedMessage(text.encode(), False, False, True).payloadHybi)


def unsent(transport: Any) -> int:
    """Return how many bytes wait in this process for the other side to read (Twisted keeps them in two places)."""
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def _write(transport: Any, data: bytes) -> None:
    """Hand bytes to the system; what it does not take, or a line that is lost, is Twisted's to deal with."""
    sent = 0 if unsent(transport) else transport.writeSomeData(data)
    taken = sent if isinstance(sent, int) else 0
    if taken < len(data):
        transport.write(data[taken:])
