"""How the client connects: a name is resolved once, every address it gave is judged, and one that passed is used.

Nothing else in the house opens a connection to the outside, and nothing asks the resolver a second time.
"""

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings

from federation.errors import Unreachable
from federation.rules.addresses import is_public

__all__ = ["MAX_TRIES", "Address", "Stream", "Window", "is_allowed", "judged"]

MAX_TRIES = 3  # addresses of one name

Address = tuple[Any, ...]  # as the resolver answers: family, type, protocol, name, (address, port, …)


@dataclass(slots=True)
class Window:
    """The engine's way out: connections whose every wait ends at `until` (monotonic clock, seconds).

    Without `secure` (plain http) only addresses of the test allowlist are used.
    """

    until: float
    secure: bool

    def connect_tcp(self, host: str, port: int, *_args: object, **_kwargs: object) -> "Stream":
        """Return a connection to one judged address of `host`. Raises Unreachable, TimeoutError or OSError."""
        return Stream(_connected(judged(host, port, secure=self.secure, until=self.until), self.until), self.until)


@dataclass(slots=True)
class Stream:
    """A connected socket, as the engine uses one; its own time-outs are replaced by the one deadline."""

    link: socket.socket
    until: float

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, waiting no longer than until the deadline."""
        self.link.settimeout(_left(self.until))
        return self.link.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`. A peer that stopped listening is no error yet: its answer may be waiting."""
        self.link.settimeout(_left(self.until))
        try:
            self.link.sendall(buffer)
        except (BrokenPipeError, ConnectionResetError):
            return

    def close(self) -> None:
        """End the connection."""
        self.link.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Return the same connection under TLS, the certificate verified for `server_hostname`."""
        self.link.settimeout(_left(self.until))
        try:
            return Stream(ssl_context.wrap_socket(self.link, server_hostname=server_hostname), self.until)
        except OSError:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the engine's signature
        """Answer the engine's questions about the connection: is it TLS, is it readable?"""
        if info == "ssl_object" and isinstance(self.link, ssl.SSLSocket):
            return self.link
        return self.link if info == "socket" else None


def judged(host: str, port: int, *, secure: bool, until: float) -> list[Address]:
    """Resolve `host` once and return, at most three, the addresses that may be connected to; their text is numeric.

    `secure`: https will be spoken. `until`: on the monotonic clock. Raises Unreachable: dns, address, timeout.
    """
    found = [address for address in _resolved(host, port, until) if is_allowed(address, secure)]
    if not found:
        raise Unreachable("address")
    return found[:MAX_TRIES]


def is_allowed(address: Address, secure: bool) -> bool:
    """Judge one answer of the resolver: public and https, or exactly on the test allowlist."""
    family, *_rest, (ip, port, *_scope) = address
    pair = f"[{ip}]:{port}" if family == socket.AF_INET6 else f"{ip}:{port}"
    return pair in settings.FEDERATION_TEST_PEERS or (secure and is_public(ip))


def _resolved(host: str, port: int, until: float) -> list[Address]:
    """Ask the resolver once, in a thread of its own since it knows no deadline."""
    answers: SimpleQueue[list[Address]] = SimpleQueue()
    threading.Thread(target=_resolve, args=(host, port, answers), daemon=True).start()
    try:
        found = answers.get(timeout=_left(until))
    except Empty as error:
        raise Unreachable("timeout") from error
    if not found:
        raise Unreachable("dns")
    return found


def _resolve(host: str, port: int, answers: "SimpleQueue[list[Address]]") -> None:
    try:
        answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        answers.put([])


def _connected(found: list[Address], until: float) -> socket.socket:
    """Connect to the first address that answers. The address is numeric: no name is looked up again."""
    failure: OSError = ConnectionError("no address")
    for family, kind, protocol, _name, address in found:
        link = socket.socket(family, kind, protocol)
        try:
            link.settimeout(_left(until))
            link.connect(address)
            return link
        except OSError as error:
            link.close()
            failure = error
    raise failure


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
