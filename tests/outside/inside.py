"""A node of ours as a test sees it: its rows, and a process that acts in its name."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.outside.seed import PREFIX
from tests.services import BASE, Node

GUARD_SECONDS = 60  # generous: a guard against hanging, never a measurement


def wait_for(found: Callable[[], Any], what: str) -> Any:  # noqa: ANN401
    """Return the first truthy answer of `found()`; fail when the guard has passed."""
    limit = time.monotonic() + GUARD_SECONDS
    while time.monotonic() < limit:
        answer = found()
        if answer:
            return answer
        time.sleep(0.1)
    return pytest.fail(f"waited {GUARD_SECONDS} s for: {what}")


class Inside:
    """A node, running or not. What tests/outside/seed.py answers to are its methods: `lille.publish("alix", …)`."""

    def __init__(self, node: Node) -> None:
        self.node, self.origin = node, node.origin
        code = "from tests.outside.seed import serve; serve()"
        self.process = subprocess.Popen(
            [sys.executable, str(BASE / "manage.py"), "shell", "--no-imports", "-c", code],
            env=node.environ, cwd=BASE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *given, **named: self._call(name, given, named)

    def _call(self, name: str, given: tuple[object, ...], named: dict[str, object]) -> Any:  # noqa: ANN401
        if self.process.stdin is None:
            raise AssertionError("no input")
        self._ready()
        self.process.stdin.write(json.dumps([name, given, named]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self._line())
        if "error" in answer:
            raise AssertionError(f"{name}{given}:\n{answer['error']}")
        return answer["told"]

    def _ready(self) -> None:
        """Wait for the first line, once."""
        if "said_ready" not in self.__dict__:
            self.said_ready = self._line()

    def _line(self) -> str:
        for line in self.process.stdout or ():
            if line.startswith(PREFIX):
                return line.removeprefix(PREFIX)
        raise AssertionError(f"the process inside ended with {self.process.wait()}; see its errors above")

    def close(self) -> None:
        """End the process inside, not the node."""
        if self.process.stdin:
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        if self.process.poll() is None:
            self.process.kill()

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """Read the node's database from outside."""
        path = f"file:{self.node.data}/toile.sqlite3?mode=ro"
        with closing(sqlite3.connect(path, uri=True, timeout=30)) as link:
            return link.execute(sql, values).fetchall()

    def outcome(self, activity: str) -> tuple[str, str] | None:
        """Return outcome and detail of a message received; None if it is unknown, or not dealt with yet."""
        found = self.rows("SELECT outcome, detail FROM federation_envelope WHERE activity = ?", activity)
        return found[0] if found and found[0][0] != "waiting" else None

    def knows(self, activity: str) -> bool:
        """Whether anything was kept of this message."""
        return bool(self.rows("SELECT 1 FROM federation_envelope WHERE activity = ?", activity))

    def text(self, uri: str) -> str:
        """Return what an address of this node serves, also of what is gone, exactly."""
        path = uri.removeprefix(self.origin).partition("#")[0]
        status, _, body = self.node.request("GET", path, headers={"Accept": "application/activity+json"})
        if status not in {200, 410}:
            raise AssertionError(f"{uri}: {status}")
        return body.decode()

    def document(self, uri: str) -> dict[str, Any]:
        """Return the document served at an address of this node."""
        return json.loads(self.text(uri))

    def refusals(self) -> list[str]:
        """Return the lines that the gate wrote about what it refused."""
        return [line for line in self.node.printed().splitlines() if "gate code=" in line]


@contextlib.contextmanager
def inside(node: Node) -> Iterator[Inside]:
    """Open a process inside a node, ended with the block; the node goes on."""
    opened = Inside(node)
    try:
        yield opened
    finally:
        opened.close()
