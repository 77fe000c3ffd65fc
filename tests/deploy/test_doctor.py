"""The doctor finds what is wrong, says it in words, and is content with a healthy node."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.services import GUARD_SECONDS, Node, new_node, start_node

pytestmark = pytest.mark.processes
ENGLISH = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def once_prepared(tmp_path_factory: pytest.TempPathFactory) -> Node:
    node = new_node(tmp_path_factory.mktemp("prepared") / "node", env=ENGLISH)
    node.manage("prepare")
    return node


@pytest.fixture
def prepared(once_prepared: Node, tmp_path: Path) -> Node:
    """A copy of a node that is ready to serve but off."""
    data = tmp_path / "node"
    shutil.copytree(once_prepared.data, data)
    environ = {**once_prepared.environ, "TOILE_DATA": str(data)}
    return Node(once_prepared.port, once_prepared.origin, data, data / "node.log", environ)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with start_node(tmp_path_factory.mktemp("doctor") / "node", env=ENGLISH) as node:
        limit = time.monotonic() + GUARD_SECONDS
        while not (node.data / "worker.heartbeat").exists():
            assert time.monotonic() < limit
            time.sleep(0.1)
        yield node


def doctor(node: Node) -> tuple[int, str]:
    done = node.manage("doctor", check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def problems(report: str) -> list[str]:
    return [line for line in report.splitlines() if line.startswith(("PROBLEM", "PROBLÈME"))]


def test_a_healthy_node_has_no_problem(running: Node) -> None:
    code, report = doctor(running)
    assert (code, problems(report)) == (0, []), report


def test_every_part_is_reported(running: Node) -> None:
    _, report = doctor(running)
    for subject in ("Database", "Secrets", "Web server", "Public address", "Background", "Queue", "Clock", "Disk"):
        assert subject in report


def test_french_for_a_french_terminal(running: Node) -> None:
    french = Node(running.port, running.origin, running.data, running.log, {**running.environ, "LC_ALL": "fr_FR.UTF-8"})
    assert "Base de données" in doctor(french)[1]


def test_switches_for_tests_are_named(running: Node) -> None:
    environ = {**running.environ, "TOILE_FEDERATION_TEST_PEERS": "127.0.0.1:9"}
    _, report = doctor(Node(running.port, running.origin, running.data, running.log, environ))
    assert "TOILE_FEDERATION_TEST_PEERS" in report


def test_a_node_that_is_off_is_said_to_be_off(prepared: Node) -> None:
    code, report = doctor(prepared)
    assert code == 1
    assert any("Web server" in line for line in problems(report))
    assert any("Background" in line for line in problems(report))


def test_a_silent_worker_is_noticed(prepared: Node) -> None:
    note = prepared.data / "worker.heartbeat"
    note.touch()
    os.utime(note, (time.time() - 3600, time.time() - 3600))
    _, report = doctor(prepared)
    assert any("Background" in line and "no sign of life" in line for line in problems(report))


def test_missing_tables_are_noticed(prepared: Node) -> None:
    with closing(sqlite3.connect(prepared.data / "toile.sqlite3")) as link, link:
        link.execute("DELETE FROM django_migrations WHERE app = 'network'")
    _, report = doctor(prepared)
    assert any("Database" in line for line in problems(report))


def test_an_unreachable_database_is_noticed(prepared: Node) -> None:
    prepared.environ["TOILE_DATABASE_URL"] = "postgresql://toile@127.0.0.1:9/toile"
    code, report = doctor(prepared)
    assert code == 1
    assert any("Database" in line for line in problems(report))


def test_a_clock_set_back_is_noticed(prepared: Node) -> None:
    ahead = time.time() + 7200
    os.utime(prepared.data / "prepared", (ahead, ahead))
    _, report = doctor(prepared)
    assert any("Clock" in line for line in problems(report))


def test_secrets_open_to_others_are_noticed(prepared: Node) -> None:
    (prepared.data / "wrapping_key.secret").chmod(0o644)
    _, report = doctor(prepared)
    assert any("Secrets" in line for line in problems(report))


def test_keys_sealed_with_a_lost_wrapping_key_are_noticed(prepared: Node) -> None:
    (prepared.data / "wrapping_key.secret").unlink()
    _, report = doctor(prepared)
    assert problems(report)
    assert any("federation" in line.lower() or "key" in line.lower() for line in problems(report)), report


def test_an_unreachable_broker_is_noticed(prepared: Node) -> None:
    prepared.environ["TOILE_BROKER_URL"] = "redis://127.0.0.1:9/0"
    _, report = doctor(prepared)
    assert any("Queue" in line for line in problems(report))


def test_an_older_preparation_is_noticed(running: Node) -> None:
    mark = running.data / "prepared"
    good = mark.read_text()
    mark.write_text("another version")
    _, report = doctor(running)
    mark.write_text(good)
    assert any("Preparation" in line for line in problems(report))


def test_debug_is_noticed(prepared: Node) -> None:
    prepared.environ["TOILE_DEBUG"] = "on"
    _, report = doctor(prepared)
    assert any("TOILE_DEBUG" in line or "DEBUG" in line for line in problems(report))


def test_memory_of_a_node_that_is_off_cannot_be_measured(prepared: Node) -> None:
    done = prepared.manage("doctor", "--resources", check=False)
    assert done.returncode == 1
