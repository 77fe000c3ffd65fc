"""Servers killed by seeded chance and started again: the node's two web processes, the whole node, and its Redis."""

import asyncio
import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from tests import services
from tests.services import Node

PORT_SECONDS = 30  # for which a port that is still taken is waited for
INTO_A_REPAIR = 0.1  # each second


class Redis:
    """A Redis of our own that keeps nothing: killed, it comes back empty on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, services.free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait until it listens."""
        keep = ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        command = [services.program("redis-server", "redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        with (self.folder / "redis.log").open("ab") as out:
            self.process = subprocess.Popen([*command, *keep], stdout=out, stderr=out)
        limit = time.monotonic() + services.GUARD_SECONDS
        while not _listens(self.port):
            assert self.process.poll() is None, "Redis did not start"
            assert time.monotonic() < limit
            time.sleep(0.05)

    def kill(self) -> None:
        """End it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _listens(port: int) -> bool:
    with suppress(OSError), services.socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def web_process(node: Node) -> psutil.Process | None:
    """Return the node's process that listens, None while there is none."""
    assert node.process is not None
    with suppress(psutil.Error):
        for each in psutil.Process(node.process.pid).children():
            if any(link.laddr.port == node.port for link in each.net_connections("tcp")):
                return each
    return None


def kill_web(node: Node) -> None:
    """Kill what listens; the node then ends by itself, and whoever keeps it starts it again."""
    web = web_process(node)
    if web is not None:
        with suppress(psutil.NoSuchProcess):
            web.kill()


def kill_node(node: Node) -> None:
    """Kill every process of the node at once."""
    assert node.process is not None
    family = [node.process.pid]
    with suppress(psutil.Error):
        family += [each.pid for each in psutil.Process(node.process.pid).children(recursive=True)]
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Weather:
    """Kills so many times, at random moments; what was killed is started again after a moment."""

    def __init__(self, chance: random.Random, nodes: list[tuple[Node, tuple[str, ...]]], redis: Redis) -> None:
        self.chance, self.nodes, self.redis = chance, nodes, redis
        self.kills: Counter[str] = Counter()
        self.down: set[str] = set()
        self.repairs: set[asyncio.Task[None]] = set()

    def start_all(self) -> None:
        """Start Redis, then the web processes."""
        self.redis.start()
        for node, options in self.nodes:
            node.start(*options)

    async def blow(self, kills: int, every: float) -> None:
        """Kill so many times, about so many seconds after the last repair, then wait until all is repaired.

        Now and then the next blow falls into a repair; were it always so, nobody would get anything done.
        """
        while sum(self.kills.values()) < kills:
            while self.down and self.chance.random() > INTO_A_REPAIR:
                await asyncio.sleep(1)
            await asyncio.sleep(self.chance.uniform(0.5 * every, 1.5 * every))
            self._strike(self.chance.choice(["redis", "redis", "web", "web", "node", "everything"]))
        await asyncio.gather(*self.repairs)

    def _strike(self, kind: str) -> None:
        if kind == "redis" and "redis" not in self.down:
            self._note(kind, self._redis_again())
        up = [place for place in range(len(self.nodes)) if str(place) not in self.down]
        if kind in {"web", "node"} and up:
            place = self.chance.choice(up)
            self._note(kind, self._node_again(place, kill_web if kind == "web" else kill_node))
        if kind == "everything" and len(up) == len(self.nodes) and "redis" not in self.down:
            again = [self._node_again(place, kill_node) for place in up]
            self._note(kind, self._redis_again(), *again)

    def _note(self, kind: str, *repairs) -> None:
        self.kills[kind] += 1
        for each in repairs:
            task = asyncio.create_task(each)
            self.repairs.add(task)

    async def _redis_again(self) -> None:
        self.down.add("redis")
        self.redis.kill()
        await asyncio.sleep(self.chance.uniform(0, 6))
        await asyncio.to_thread(self.redis.start)
        self.down.discard("redis")

    async def _node_again(self, place: int, kill) -> None:
        node, options = self.nodes[place]
        self.down.add(str(place))
        kill(node)
        await asyncio.sleep(self.chance.uniform(0, 2))
        await asyncio.to_thread(self._start_again, node, options)
        self.down.discard(str(place))

    def _start_again(self, node: Node, options: tuple[str, ...]) -> None:
        process, node.process = node.process, None
        assert process is not None
        process.wait(timeout=services.GUARD_SECONDS)
        limit = time.monotonic() + PORT_SECONDS
        while _listens(node.port) and time.monotonic() < limit:
            time.sleep(0.1)
        node.start(*options)

    def end(self) -> None:
        """End everything that still runs."""
        for node, _ in self.nodes:
            if node.process is not None:
                kill_node(node)
                node.stop()
        self.redis.kill()
