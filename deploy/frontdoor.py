"""The front door: connections, headers and bodies refused while they arrive, before memory or disk fill.

Daphne gathers a whole body before it calls the application, so these limits cannot live in middleware. Import only in
the web process: this module makes Twisted choose its event loop.
"""

import json
import logging
from collections import Counter
from io import BytesIO
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.interfaces import IAddress
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.http import HTTPChannel

from deploy.limits import Limits, bucket

logger = logging.getLogger("toile.security")

REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


# The names in camelCase below are Twisted's: its own classes call them.


class LimitedRequest(WebRequest):
    """A request whose body stays in memory, within its limit and within the budget of all requests together."""

    held = 0  # bytes of the body received so far

    def gotLength(self, length: int | None) -> None:
        """Refuse a declared body that is too long before reading any of it (`None`: sent in chunks)."""
        self.content = BytesIO()
        self.limit = self.server.limits.body_limit(self.channel._path)
        if length is not None and length > self.limit:
            self.channel.refuse(413)

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body, or refuse the request that has grown too long."""
        if self.channel.refused:
            return
        self.held += len(data)
        self.server.bodies_held += len(data)
        if self.held > self.limit:
            self.channel.refuse(413)
        elif self.server.bodies_held > self.server.limits.bodies_at_once:
            self.channel.refuse(503)
        else:
            self.content.write(data)

    def finish(self) -> None:
        self.release()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self.release()
        super().connectionLost(reason)

    def release(self) -> None:
        """Give the bytes of the body back to the common budget, and forget them."""
        self.server.bodies_held -= self.held
        self.held = 0
        if self.channel is not None and self.channel.refused:
            self.content = BytesIO()


class Channel(HTTPChannel):
    """One HTTP connection with a deadline for every request, and answers in place of silence when it refuses."""

    requestFactory = LimitedRequest
    refused = 0
    transport: Any
    _deadline: Any = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self._start_deadline()

    def dataReceived(self, data: bytes) -> None:
        if self.refused:
            return  # lingering: what still arrives is dropped, until the sender has read the answer
        if not self._handlingRequest:
            self._start_deadline()
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        if self.refused:
            return
        if self._receivedHeaderSize + len(line) > self.limits.headers:
            self.refuse(431)
        else:
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        self.refuse(431)

    def rawDataReceived(self, data: bytes) -> None:
        if not self.refused:
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        if not self.refused:
            self._stop_deadline()
            super().allContentReceived()

    def connectionLost(self, reason: Any = None) -> None:
        self._stop_deadline()
        super().connectionLost(reason)

    def refuse(self, status: int) -> None:
        """Answer once, stop listening to the sender, and close when they have read it or after a few seconds."""
        if self.refused:
            return
        self.refused = status
        logger.info("front door refused %s from %s", status, self.transport.getPeer().host)
        self._stop_deadline()
        self.setTimeout(None)
        self._networkProducer.unregisterProducer()
        self.transport.write(_answer(status))
        self.transport.loseWriteConnection()
        self._deadline = self.callLater(self.limits.lingering_seconds, self.transport.abortConnection)

    @property
    def limits(self) -> Limits:
        return self.factory.server.limits

    def _send100Continue(self) -> None:
        if not self.refused:
            super()._send100Continue()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(400)

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.callLater(self.limits.request_seconds, self._late)

    def _stop_deadline(self) -> None:
        deadline, self._deadline = self._deadline, None
        if deadline is not None and deadline.active():
            deadline.cancel()

    def _late(self) -> None:
        self._deadline = None
        self.refuse(408)


class Front(HTTPFactory):
    """Makes a limited channel for each connection."""

    def buildProtocol(self, addr: IAddress | None) -> Any:
        channel: Any = Channel()
        channel.factory = self
        channel.callLater = self.reactor.callLater
        channel.timeOut = self.server.limits.idle_seconds
        return channel


class Doorman(WrappingFactory):
    """Counts open connections, plain and upgraded alike, in all and for each address."""

    def __init__(self, front: Front, limits: Limits) -> None:
        super().__init__(front)
        self.limits = limits
        self.per_address: Counter[str] = Counter()

    def buildProtocol(self, addr: Any) -> Any:
        """Return a protocol, or `None`, upon which Twisted closes the connection at once."""
        crowded = self.per_address[bucket(addr.host)] >= self.limits.connections_per_address
        if len(self.protocols) >= self.limits.connections or (crowded and self.limits.counts(addr.host)):
            logger.info("front door refused a connection from %s: too many are open", addr.host)
            return None
        return super().buildProtocol(addr)

    def registerProtocol(self, p: ProtocolWrapper) -> None:
        super().registerProtocol(p)
        self.per_address[bucket(p.getPeer().host)] += 1

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:
        super().unregisterProtocol(p)
        name = bucket(p.getPeer().host)
        self.per_address[name] -= 1
        if not self.per_address[name]:
            del self.per_address[name]


def _answer(status: int) -> bytes:
    """Return a complete answer in the form of the API's errors (RFC 9457)."""
    body = json.dumps({"type": "about:blank", "title": REASONS[status], "status": status}).encode()
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
