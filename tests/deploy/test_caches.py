"""A node goes on while Redis is away."""

import socket
import subprocess
import time

import pytest

from tests import services


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def away(monkeypatch):
    """A Redis that is not there yet; call it to start one."""
    from deploy import caches

    monkeypatch.setattr(caches, "AWAY_SECONDS", 0.0)
    port, running = services.free_port(), []

    def start() -> subprocess.Popen[bytes]:
        command = [services.program("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
        running.append(subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL))
        limit = time.monotonic() + services.GUARD_SECONDS
        while not listens(port):
            assert time.monotonic() < limit
            time.sleep(0.02)
        return running[-1]

    yield start, caches.Cache(f"redis://127.0.0.1:{port}/0", {})
    for process in running:
        process.kill()
        process.wait()


def test_each_process_remembers_by_itself_until_redis_comes_back(away):
    start, cache = away
    assert cache.get("a", "nothing") == "nothing"
    cache.set("a", 1, 60)
    assert cache.incr("a") == 2
    assert cache.add("a", 5) is False
    assert cache.get_many(["a", "b"]) == {"a": 2}
    first = start()
    assert cache.get("a") is None  # Redis came empty
    cache.set("a", 7, 60)
    first.kill()
    first.wait()
    assert cache.get("a") is None  # neither what Redis held nor what was kept in an earlier absence
    assert cache.add("a", 8) is True
    start()
    assert cache.get("a") is None


def test_the_doctor_is_told_that_redis_is_away(settings):
    from deploy import health

    settings.REDIS_URL = f"redis://127.0.0.1:{services.free_port()}/0"
    (finding,) = health.redis()
    assert not finding.ok
