"""Servers of other people's making, started on free loopback ports and ended by their own handle.

Each has `origin`, an `address` for the node's test allowlist, `do(what, …)` to make it act, and what it `received`.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from federation.contexts import document_of
from tests.outside.install import HERE, Outside, installed
from tests.services import GUARD_SECONDS, free_port

SCRIPTS = HERE / "python"
CONTEXTS = (
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/data-integrity/v2",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/identity/v1",
    "https://www.w3.org/ns/did/v1",
)
MOVED = {  # other addresses of the same
    "https://w3id.org/did/v1": document_of("https://www.w3.org/ns/did/v1"),
    "https://w3c-ccg.github.io/security-vocab/contexts/security-v1.jsonld": document_of("https://w3id.org/security/v1"),
}


class Served:
    """A running server; `log` is the file of what it printed."""

    def __init__(self, name: str, command: list[str], port: int, folder: Path, ready: str = "/_understood") -> None:
        self.name, self.port, self.ready = name, port, ready
        self.origin, self.address = f"http://localhost:{port}", f"127.0.0.1:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"{name}.log"
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("TOILE_", "DJANGO_"))}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=out)

    def actor(self, name: str) -> str:
        """Return the id of this server's member `name`."""
        return f"{self.origin}/u/{name}"

    def wait(self) -> None:
        """Return once it answers; raise RuntimeError with what it printed if it does not start."""
        limit = time.monotonic() + GUARD_SECONDS
        while time.monotonic() < limit and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.request("GET", self.ready)
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start:\n{self.printed()}")

    def request(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        """Send one request to this server; return status and body of the answer."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GUARD_SECONDS)
        try:
            link.request(method, path, body if isinstance(body, str | None) else json.dumps(body), headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def do(self, what: str, **given: object) -> dict[str, Any]:
        """Make it act; return what it tells. What its own code raised is raised here."""
        status, body = self.request("POST", "/_do", {"what": what, **given})
        told = json.loads(body)
        if status != 200:
            raise AssertionError(f"{self.name} could not {what}: {told.get('error')}")
        return told

    def requests(self) -> list[dict[str, Any]]:
        """Return what reached its inboxes: path, text, headers and the status that it answered."""
        return json.loads(self.request("GET", "/_requests")[1])

    def understood(self, kind: str = "") -> list[dict[str, Any]]:
        """Return the activities (of this type) that it verified and parsed."""
        return [one for one in json.loads(self.request("GET", "/_understood")[1]) if not kind or one["type"] == kind]

    def printed(self) -> str:
        """Return what it printed so far."""
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def fedify(folder: Path, outside: Outside | None = None) -> Served:
    """Start the peer built on Fedify; not yet awaited."""
    outside, port = outside or installed(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "peer.mjs"  # Node looks for packages beside the script
    script.write_bytes((HERE / "fedify" / "peer.mjs").read_bytes())
    (folder / "node_modules").symlink_to(outside.fedify / "node_modules")
    return Served("fedify", [str(outside.node), str(script), str(port)], port, folder)


def apkit(folder: Path, outside: Outside | None = None) -> Served:
    """Start the peer built on apkit; not yet awaited."""
    outside, port = outside or installed(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    web = folder / "contexts.json"
    web.write_text(json.dumps({url: document_of(url) for url in CONTEXTS} | MOVED))
    return Served("apkit", [str(outside.python), str(SCRIPTS / "apkit_peer.py"), str(port), str(web)], port, folder)


def pasture(folder: Path, outside: Outside | None = None) -> Served:
    """Start pasture's prober of actors, which has no controls of ours; not yet awaited."""
    outside, port = outside or installed(), free_port()
    command = [str(outside.python), str(SCRIPTS / "pasture_actors.py"), str(port)]
    return Served("pasture", command, port, folder, ready="/")


def tell(script: str, *arguments: str, outside: Outside | None = None, folder: Path | None = None) -> Any:  # noqa: ANN401
    """Run `python/<script>.py` of ours with the libraries of others; return the JSON that it prints."""
    outside = outside or installed()
    command = [str(outside.python), str(SCRIPTS / f"{script}.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise AssertionError(f"{script} failed:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


@contextlib.contextmanager
def running(*served: Served) -> Iterator[None]:
    """Wait for servers that were started, and end them afterwards."""
    try:
        for one in served:
            one.wait()
        yield
    finally:
        for one in served:
            one.stop()
