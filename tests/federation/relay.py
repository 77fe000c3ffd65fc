"""A front in front of a node: everything passes unchanged, but answers to messages can be held back."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GUARD_SECONDS = 120


class Relay:
    """Listens on `port` and forwards to `target`. While `hold` is set, POSTs get no answer until `release`."""

    def __init__(self) -> None:
        self.target = 0
        self.hold = threading.Event()
        self.held = threading.Event()
        self.release = threading.Event()
        self.posts: list[bytes] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_port

    def __enter__(self) -> "Relay":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def forward(self, handler: BaseHTTPRequestHandler) -> None:
        """Pass one request on; hold its answer back while told to."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        link = http.client.HTTPConnection("127.0.0.1", self.target, timeout=GUARD_SECONDS)
        link.request(handler.command, handler.path, body, dict(handler.headers))
        answer = link.getresponse()
        content = answer.read()
        link.close()
        if handler.command == "POST":
            self.posts.append(body)
            if self.hold.is_set():
                self.held.set()
                self.release.wait(GUARD_SECONDS)
                return  # the sender is dead by now: the connection closes without an answer
        handler.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "content-length", "server", "date"}:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = GUARD_SECONDS

        def do_GET(self) -> None:  # noqa: N802
            relay.forward(self)

        def do_POST(self) -> None:  # noqa: N802
            relay.forward(self)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler
