"""The web process: Daphne behind our front door. Import only after the fork: Daphne makes the event loop."""

import logging
import resource
import sys
from collections.abc import Callable
from typing import Any

from daphne.server import Server as Daphne
from django.conf import settings

from deploy.frontdoor import Doorman, Front
from deploy.limits import Limits, Network, is_within, networks, visitor
from deploy.sockets import Socket, unsent

logger = logging.getLogger("toile.security")

FILES_FOR_OTHERS = 200  # descriptors kept for the database, logs and static files
FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded", b"x-real-ip")


class Server(Daphne):
    """Daphne with limits, believing forwarding headers only from our own proxies."""

    connections: dict[Any, dict[str, Any]]
    ws_factory: Any

    def __init__(
        self,
        application: Any,
        *,
        bind: str,
        port: int,
        limits: Limits,
        proxies: tuple[Network, ...] = (),
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self.limits = limits
        self.ready = ready
        self.proxies = proxies
        self.bodies_held = 0
        self.failed = ""
        super().__init__(
            application,
            endpoints=[endpoint(bind, port)],
            ready_callable=self.on_ready,
            server_name="",  # nobody needs to know what serves them
            websocket_handshake_timeout=limits.handshake_seconds,
            websocket_connect_timeout=limits.handshake_seconds,
            websocket_max_message_size=limits.frame,
            websocket_max_frame_size=limits.frame,
        )

    @property
    def http_factory(self) -> Doorman:
        """What listens. Daphne makes its own when it runs; ours takes that place."""
        return self._door

    @http_factory.setter
    def http_factory(self, _: Any) -> None:
        self._door = Doorman(Front(self), self.limits)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Start the application for one request or socket, with the visitor's true address in its scope."""
        connection = (scope.get("client") or [""])[0]
        forwarded = [value.decode("latin1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        scope["client"] = [visitor(connection, forwarded, self.proxies), (scope.get("client") or ["", 0])[1]]
        if not self._is_proxy(connection):
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in FORWARDED]
        return super().create_application(protocol, scope)

    def listen_error(self, failure: Any) -> None:
        """Remember why we cannot listen; `run` says it."""
        self.failed = failure.getErrorMessage()
        self.stop()

    def kill_all_applications(self) -> Any:
        """End what still runs; connections that never came to a request have nothing to end."""
        self.connections = {who: of for who, of in self.connections.items() if "application_instance" in of}
        return super().kill_all_applications()

    def on_ready(self) -> None:
        """Make sockets write at once, and close with codes (1009: a heavy frame) and not with a cut; then tell."""
        self.ws_factory.setProtocolOptions(failByDrop=False, closeHandshakeTimeout=2)
        self.ws_factory.protocol = Socket
        self.ready()

    def timeout_checker(self) -> None:
        """Every two seconds: cut off sockets whose owner no longer reads, then look at Daphne's own time limits."""
        for connection in list(self.connections):
            if _is_socket(connection) and unsent(connection.transport) > self.limits.unsent:
                logger.info("front door closed a socket of %s: it does not read", connection.client_addr)
                connection.transport.abortConnection()
        super().timeout_checker()

    def _is_proxy(self, address: str) -> bool:
        return is_within(address, self.proxies)


def run(application: Any, *, bind: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; exit with 1 if the port cannot be had."""
    proxies = networks(settings.TRUSTED_PROXIES)
    server = Server(application, bind=bind, port=port, limits=node_limits(), proxies=proxies, ready=ready)
    server.run()
    if server.failed:
        sys.stderr.write(f"The web server cannot listen on {bind}:{port}: {server.failed}\n")
        sys.exit(1)


def _is_socket(connection: Any) -> bool:
    return getattr(connection, "application_type", "") == "websocket" and connection.transport is not None


def endpoint(bind: str, port: int) -> str:
    """Return the address to listen on in Twisted's words.

    >>> endpoint("127.0.0.1", 8000), endpoint("::1", 8000)
    ('tcp:8000:interface=127.0.0.1', 'tcp6:8000:interface=\\\\:\\\\:1')
    """
    kind = "tcp6" if ":" in bind else "tcp"
    return f"{kind}:{port}:interface=" + bind.replace(":", r"\:")


def node_limits() -> Limits:
    """Return the limits of this node, as its variables and the machine allow."""
    test_peers = [peer.rpartition(":")[0] for peer in settings.FEDERATION_TEST_PEERS]
    free = networks([*settings.TRUSTED_PROXIES, *settings.HALL_NETWORKS, *test_peers])
    return Limits(
        connections=min(settings.MAX_CONNECTIONS, _descriptors() - FILES_FOR_OTHERS),
        connections_per_address=settings.MAX_CONNECTIONS_PER_ADDRESS,
        without_address_limit=free,
    )


def _descriptors() -> int:
    """Raise the soft limit of open files to the hard one; return how many there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)
