"""`manage.py demo`: two nodes on this machine, full of invented people, that follow each other."""

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deploy.demo import fill, is_filled, link, read_logins
from deploy.demo_data import LOIRE, NORTH, Half

HALVES = {"nord": NORTH, "loire": LOIRE}
READY_SECONDS = 120


@dataclass
class DemoNode:
    """One of the two nodes: where it is, and the environment of its processes."""

    half: Half
    data: Path
    port: int
    environ: dict[str, str]

    @property
    def origin(self) -> str:
        return self.environ["TOILE_ORIGIN"]

    def manage(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of `manage.py` on this node's data."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
        return subprocess.Popen(command, env=self.environ)  # noqa: S603

    def run(self, *words: str) -> None:
        """Run a command of `manage.py` on this node's data to its end."""
        if self.manage(*words).wait():
            raise CommandError(f"The demo stopped in `manage.py {' '.join(words)}`; the lines above say why.")

    def answers(self) -> bool:
        """Tell whether the node serves its pages."""
        door = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            door.request("GET", "/healthz", headers={"Host": f"localhost:{self.port}"})
            return door.getresponse().status == 200
        except OSError:
            return False
        finally:
            door.close()


class Command(BaseCommand):
    help = "Run two nodes full of invented people, following each other, and print their logins."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", default="demo", help="where the two data folders go (default: demo)")
        parser.add_argument("--first-port", type=int, default=8001, help="the second node takes the next one")
        parser.add_argument("--fill", choices=HALVES, help="(inner step) fill the node of this environment")
        parser.add_argument("--link", metavar="ORIGIN", help="(inner step) follow that node and attest across")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fill"]:
            return self._fill(HALVES[options["fill"]])
        if options["link"]:
            return link(options["link"], say=self.stdout.write)
        return self._run(_nodes(Path(options["folder"]).resolve(), options["first_port"]))

    def _fill(self, half: Half) -> None:
        if is_filled():
            return
        self.stdout.write(f"Inventing the people of “{half.node}”…")
        fill(half)

    def _run(self, nodes: list[DemoNode]) -> None:
        # A termination ends the children too: `finally` runs on SystemExit.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        for node in nodes:
            node.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            node.run("prepare")
            node.run("demo", "--fill", node.data.name)
        running = [node.manage("node") for node in nodes]
        try:
            self._wait(nodes, running)
            for node, other in zip(nodes, reversed(nodes), strict=True):
                node.run("demo", "--link", other.origin)
            self._print(nodes)
            for process in running:
                process.wait()
        except KeyboardInterrupt:
            self.stdout.write("The demo ends; its data stay in the folder.")
        finally:
            _end(running)

    def _wait(self, nodes: list[DemoNode], running: list[subprocess.Popen[bytes]]) -> None:
        limit = time.monotonic() + READY_SECONDS
        while not all(node.answers() for node in nodes):
            if any(process.poll() is not None for process in running) or time.monotonic() > limit:
                raise CommandError("A node of the demo did not start; the lines above say why.")
            time.sleep(0.2)

    def _print(self, nodes: list[DemoNode]) -> None:
        for node in nodes:
            self.stdout.write(f"\n{node.half.node}: {node.origin}  ({node.half.collective})")
            for login in read_logins(node.data)[:4]:
                self.stdout.write(f"  {login.username:<12} {login.password:<14} {login.name}")
            self.stdout.write(f"  All logins: {node.data / 'demo-logins.txt'}")
        self.stdout.write("\nEverybody here is invented. Ctrl-C ends both nodes.")


def _nodes(folder: Path, first_port: int) -> list[DemoNode]:
    ports = [first_port, first_port + 1]
    peers = " ".join(f"127.0.0.1:{port}" for port in ports)
    return [_node(name, half, folder, port, peers) for (name, half), port in zip(HALVES.items(), ports, strict=True)]


def _node(name: str, half: Half, folder: Path, port: int, peers: str) -> DemoNode:
    data = folder / name
    own = {
        "TOILE_DATA": str(data),
        "TOILE_PORT": str(port),
        "TOILE_ORIGIN": f"http://localhost:{port}",
        "TOILE_FEDERATION_TEST_PEERS": peers,
        "TOILE_CLOCK_OFFSET_FILE": str(data / "clock-offset"),
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TOILE_")}
    return DemoNode(half, data, port, kept | own)


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.terminate()
    for process in running:
        process.wait()
