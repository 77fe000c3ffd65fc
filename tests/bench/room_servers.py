"""The servers that the bench of rooms compares, each in processes of its own, and what they use of the machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests import services
from tests.bench import counted_node
from tests.bench.room_cast import Meeting

CAST = "import django; django.setup(); from tests.bench import room_cast; room_cast.main()"
HALL = {"TOILE_HALL_NETWORKS": "127.0.0.0/8"}  # everybody here comes from one address


@dataclass
class Served:
    """A server that listens, and its processes that hold sockets."""

    ports: list[int]
    webs: list[psutil.Process]
    counters: list[object]
    origin: str = ""

    def cpu_ms(self) -> float:
        """Return the processor time used so far, of all processes that hold sockets."""
        times = [web.cpu_times() for web in self.webs]
        return sum(each.user + each.system for each in times) * 1000

    def uss(self) -> int:
        """Return the bytes of memory that are these processes' alone."""
        return sum(web.memory_full_info().uss for web in self.webs)

    def statements(self) -> int:
        """Return how many statements the databases were sent."""
        return sum(counted_node.statements(each) for each in self.counters)  # type: ignore[arg-type]

    def doors(self, meeting: Meeting) -> list[tuple[int, list[dict[str, str]]]]:
        """Return for each port the headers of those who come in there: people take turns."""
        name = f"toile-{self.ports[0]}-session"
        headers = [{"Origin": self.origin, "Cookie": f"{name}={key}"} for key in meeting.sessions]
        return [(port, headers[place :: len(self.ports)]) for place, port in enumerate(self.ports)]


@contextmanager
def node(data: Path, *sizes: int) -> Iterator[tuple[Served, list[Meeting]]]:
    """Serve an embedded node's web process on SQLite, with a room of each size."""
    one = services.new_node(data, env=HALL, from_template=False)
    meetings = _filled(one, sizes)
    with _web(one, one.port) as (web, counter):
        yield Served([one.port], [web], [counter], one.origin), meetings


@contextmanager
def site(data: Path, *sizes: int) -> Iterator[tuple[Served, list[Meeting]]]:
    """Serve two web processes that share PostgreSQL and Redis, as a larger site has them, with a room of each size."""
    database = services.new_database("bench_rooms")
    env = {**HALL, "TOILE_DATABASE_URL": database, "TOILE_REDIS_URL": services.redis()}
    one = services.new_node(data, env=env, from_template=False)
    meetings = _filled(one, sizes)
    with ExitStack() as stack:
        ports = [one.port, services.free_port()]
        webs = [stack.enter_context(_web(one, port)) for port in ports]
        yield Served(ports, [web for web, _ in webs], [counter for _, counter in webs], one.origin), meetings


def _filled(of: services.Node, sizes: tuple[int, ...]) -> list[Meeting]:
    """Prepare a node, then fill its rooms: preparing makes a pair of keys for each member who is there already."""
    of.manage("prepare")
    made = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CAST, *map(str, sizes)],
        env={**of.environ, "DJANGO_SETTINGS_MODULE": "deploy.settings"}, cwd=services.BASE, check=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    return [Meeting(**each) for each in json.loads(made.stdout.splitlines()[-1])]


@contextmanager
def other(kind: str, folder: Path) -> Iterator[Served]:
    """Serve `bare_room` or `plain_room`."""
    port = services.free_port()
    with (folder / f"{kind}.log").open("wb") as log:
        command = [sys.executable, "-m", f"tests.bench.{kind}_room", str(port)]
        server = subprocess.Popen(command, cwd=services.BASE, stdout=log, stderr=log)  # noqa: S603
    try:
        services.wait_for_port(port, server, folder / f"{kind}.log")
        yield Served([port], [psutil.Process(server.pid)], [])
    finally:
        _end(server)


@contextmanager
def _web(of: services.Node, port: int) -> Iterator[tuple[psutil.Process, object]]:
    """Serve a node's pages and sockets on `port`, statements counted; two may share its data and origin."""
    path, log = of.data / f"statements-{port}", of.data / f"web-{port}.log"
    counter = counted_node.shared(path)
    command = [sys.executable, "-m", "tests.bench.counted_node", str(path), "--web-only"]
    environment = {**of.environ, "DJANGO_SETTINGS_MODULE": "deploy.settings", "TOILE_PORT": str(port)}
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment, cwd=services.BASE, stdout=out, stderr=out)  # noqa: S603
    try:
        services.wait_for_port(port, server, log)
        children = psutil.Process(server.pid).children()
        web = next(each for each in children if any(c.laddr.port == port for c in each.net_connections("tcp")))
        yield web, counter
    finally:
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(timeout=30)
    if server.poll() is None:
        server.kill()
        server.wait()
