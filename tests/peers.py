"""Other nodes, honest and hostile, with real keys: real HTTP servers on loopback, and a signer that shares no code.

`with Peer() as p1:` serves; `p1.actor("alice")` has a key and a document; `request(alice, activity)` is a signed POST
as the gate receives it; `deliver_live(...)` sends one to a running node.
"""

import http.client
import json
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"
ACTIVITY_JSON = "application/activity+json"
COVERED = "(request-target) host date digest content-type"
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
        self.seen.append(Seen(method, handler.path, {k.lower(): v for k, v in handler.headers.items()}, body))
        page = self.pages.get(handler.path) or self._page(handler.path.partition("?")[0], method)
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


def new_key(bits: int = 2048, exponent: int = 65537) -> RSAPrivateKey:
    """Return a fresh RSA key."""
    return generate_private_key(exponent, bits)


def pem(private: RSAPrivateKey) -> str:
    """Return the public half as PEM."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(  # noqa: PLR0913 - every part can be got wrong on purpose
    actor: PeerActor,
    url: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    at: datetime | None = None,
    covered: str = COVERED,
    key_id: str = "",
    private: RSAPrivateKey | None = None,
    parameters: str = 'algorithm="rsa-sha256"',
    change: dict[str, str] | None = None,
) -> dict[str, str]:
    """Return the headers of a signed request; `change` replaces headers before signing."""
    parts = urlsplit(url)
    headers = {"Host": parts.netloc, "Date": format_datetime(at or datetime.now(UTC), usegmt=True)}
    if method == "POST":
        headers |= {"Digest": "SHA-256=" + b64encode(sha256(body).digest()).decode(), "Content-Type": ACTIVITY_JSON}
    headers |= change or {}
    known = {name.lower(): value for name, value in headers.items()}
    known["(request-target)"] = f"{method.lower()} {parts.path}" + (f"?{parts.query}" if parts.query else "")
    for part in parameters.split(","):
        name, _, value = part.partition("=")
        known[f"({name})"] = value.strip('"')
    base = "\n".join(f"{name}: {known[name]}" for name in covered.split()).encode()
    value = b64encode((private or actor.private).sign(base, PKCS1v15(), SHA256())).decode()
    given = f"{parameters}," if parameters else ""
    headers["Signature"] = f'keyId="{key_id or actor.key_id}",{given}headers="{covered}",signature="{value}"'
    return headers


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
