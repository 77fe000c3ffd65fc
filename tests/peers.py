"""Other nodes, honest and hostile, with real keys: real HTTP servers on loopback, and a signer that shares no code.

`with Peer() as p1:` serves; `p1.actor("alice")` has a key and a document; `sign(alice, url, body)` returns the headers
of a signed POST (see tests/signing.py); `deliver_live(...)` sends one to a running node.
"""

import http.client
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.signing import ACTIVITY_JSON, BOTH, CAVAGE, form_of, new_key, pem, sign

__all__ = [
    "ACTIVITY_JSON",
    "AS2",
    "PUBLIC",
    "Page",
    "Peer",
    "PeerActor",
    "Seen",
    "deliver",
    "deliver_live",
    "encoded",
    "new_key",
    "pem",
    "sign",
]

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"
_numbers = count(1)


@dataclass
class Seen:
    """A request that a peer received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Page:
    """What a peer serves at one path."""

    body: bytes
    content_type: str = ACTIVITY_JSON
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_request: object) -> None:
        """Say nothing when a client hangs up, as ours does in the middle of what is too large."""


class Peer:
    """A node that speaks ActivityPub on a random loopback port; `origin` is its http://localhost:PORT."""

    def __init__(self) -> None:
        self.pages: dict[str, Page | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.actors: dict[str, PeerActor] = {}
        self.seen: list[Seen] = []
        self.inbox_status = 202
        self.inbox_headers: dict[str, str] = {}
        self.form = CAVAGE  # in which its actors sign
        self.reads: tuple[str, ...] = BOTH  # the forms it takes; 401 to the others
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port = self._server.server_port
        self.address = f"127.0.0.1:{self.port}"
        self.origin = f"http://localhost:{self.port}"

    def __enter__(self) -> "Peer":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def actor(self, name: str, kind: str = "Person") -> "PeerActor":
        """Return the actor `name`, made at first call, served at /u/<name>."""
        return self.actors.setdefault(name, PeerActor(self, name, kind))

    def serve(self, path: str, document: object, **page: object) -> str:
        """Serve `document` (JSON, or bytes as they are) at `path`; return its address."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.pages[path] = Page(body, **page)  # type: ignore[arg-type]
        return self.origin + path

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Answer `path` with a redirect; return its address."""
        return self.serve(path, b"", status=status, headers={"Location": to})

    def asked(self, path: str = "") -> list[Seen]:
        """Return the GET requests received, for `path` or for any."""
        return [seen for seen in self.seen if seen.method == "GET" and (not path or seen.path == path)]

    def answer(self, handler: BaseHTTPRequestHandler, method: str) -> None:
        """Serve one request: an inbox takes POSTs, pages and actors answer GETs."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        seen = Seen(method, handler.path, {k.lower(): v for k, v in handler.headers.items()}, body)
        self.seen.append(seen)
        handler.seen = seen  # type: ignore[attr-defined]  # for a page that answers by what it was sent
        page = self.pages.get(handler.path) or self._page(handler.path.partition("?")[0], method)
        if form_of(seen.headers) not in ("", *self.reads):
            page = Page(b"", status=401)
        if callable(page):
            page(handler)
            return
        handler.send_response(page.status)
        for name, value in {"Content-Type": page.content_type, **page.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(page.body)))
        handler.end_headers()
        handler.wfile.write(page.body)

    def _page(self, path: str, method: str) -> Page:
        if method == "POST":
            return Page(b"", status=self.inbox_status, headers=self.inbox_headers)
        for actor in self.actors.values():
            if path == f"/u/{actor.name}":
                return Page(json.dumps(actor.document()).encode())
        return Page(b"{}", status=404)


class PeerActor:
    """An actor of a peer with a real RSA key."""

    def __init__(self, peer: Peer, name: str, kind: str) -> None:
        self.peer, self.name, self.kind = peer, name, kind
        self.uri = f"{peer.origin}/u/{name}"
        self.inbox = f"{self.uri}/inbox"
        self.key_id = f"{self.uri}#main-key"
        self.private = new_key()
        self.extra: dict[str, object] = {}

    def rotate(self) -> RSAPrivateKey:
        """Take a new key under the same id; return the old one."""
        old, self.private = self.private, new_key()
        return old

    def document(self) -> dict[str, object]:
        """Return what this actor's address serves."""
        return {
            "@context": [AS2, "https://w3id.org/security/v1"],
            "id": self.uri,
            "type": self.kind,
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": self.inbox,
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "endpoints": {"sharedInbox": f"{self.peer.origin}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": pem(self.private)},
            **self.extra,
        }

    def activity(self, kind: str, thing: object = None, **fields: object) -> dict[str, object]:
        """Return an activity of this actor with an id never used before."""
        return {
            "@context": AS2,
            "id": f"{self.peer.origin}/a/{next(_numbers)}",
            "type": kind,
            "actor": self.uri,
            "to": [PUBLIC],
            **({} if thing is None else {"object": thing}),
            **fields,
        }

    def note(self, **fields: object) -> dict[str, object]:
        """Return a Create of a small Note."""
        uri = f"{self.peer.origin}/n/{next(_numbers)}"
        thing = {"id": uri, "type": "Note", "attributedTo": self.uri, "content": "<p>Bonjour</p>", "to": [PUBLIC]}
        return self.activity("Create", thing, **fields)


def encoded(activity: object) -> bytes:
    """Return the bytes of a message; bytes stay as they are."""
    return activity if isinstance(activity, bytes) else json.dumps(activity).encode()


def deliver(client, actor: PeerActor, path: str, activity: object, origin: str, **signing: object):
    """POST a signed activity through a Django test client to `path` of the node `origin`; return its response."""
    body = encoded(activity)
    headers = sign(actor, origin + path, body, **signing)  # type: ignore[arg-type]
    content_type = headers.pop("Content-Type", ACTIVITY_JSON)
    return client.post(path, data=body, content_type=content_type, headers=headers)


def deliver_live(
    url: str, headers: dict[str, str], body: bytes, method: str = "POST"
) -> tuple[int, dict[str, str], bytes]:
    """Send a request to a running node; return status, headers and body of the answer."""
    parts = urlsplit(url)
    link = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
    try:
        link.request(
            method, parts.path + (f"?{parts.query}" if parts.query else ""), body, {"Host": parts.netloc, **headers}
        )
        answer = link.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        link.close()


def _handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:  # noqa: N802
            peer.answer(self, "GET")

        def do_POST(self) -> None:  # noqa: N802
            peer.answer(self, "POST")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler
