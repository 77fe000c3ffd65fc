"""A node as people start it: one command, two processes, several side by side, ended cleanly."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.services import BASE, GUARD_SECONDS, Node, new_node, start_node

pytestmark = pytest.mark.processes
MIB = 1024 * 1024


def roles(node: Node) -> dict[str, int]:
    """Return the processes that the node noted: name → pid."""
    lines = (node.data / "node.pid").read_text().splitlines()
    return {name: int(pid) for pid, name in (line.split(" ", 1) for line in lines)}


def wait_until(true, what: str) -> None:
    limit = time.monotonic() + GUARD_SECONDS
    while not true():
        assert time.monotonic() < limit, what
        time.sleep(0.1)


def worker_has_worked(node: Node) -> bool:
    return (node.data / "worker.heartbeat").exists()


def test_a_node_starts_from_nothing_serves_works_and_starts_again(tmp_path: Path) -> None:
    node = new_node(tmp_path / "node", from_template=False)
    try:
        node.start()
        assert node.request("GET", "/healthz")[::2] == (200, b"ok\n")
        wait_until(lambda: worker_has_worked(node), "the worker never worked")
        assert f"Toile is ready: {node.origin}" in node.printed()
        family = list(roles(node).values())
        assert node.stop() == 0
        assert not [pid for pid in family if psutil.pid_exists(pid)]
        assert not (node.data / "node.pid").exists()

        node.log.unlink()
        node.start()
        print(f"second start: {node.printed().splitlines()[0]}")
        assert "Preparing" not in node.printed()
    finally:
        node.stop()


def test_secrets_and_data_belong_to_the_node_alone(node: Node) -> None:
    for name in ("secret_key.secret", "wrapping_key.secret"):
        assert (node.data / name).stat().st_mode & 0o777 == 0o600
    environment = Path(f"/proc/{roles(node)['web']}/environ").read_bytes()
    assert (node.data / "secret_key.secret").read_bytes().strip() not in environment


def test_memory_of_web_and_worker_stays_within_the_budget(node: Node) -> None:
    wait_until(lambda: worker_has_worked(node), "the worker never worked")
    node.request("GET", "/")
    report = node.manage("doctor", "--resources").stdout
    print(report)
    lines = [line.split(maxsplit=3) for line in report.splitlines()]
    assert {line[2] for line in lines[:-1]} == {"node", "web", "worker"}
    total = float(lines[-1][0])
    assert total == pytest.approx(sum(float(line[0]) for line in lines[:-1]), abs=0.2)
    assert total <= 250


def test_two_nodes_live_side_by_side(tmp_path: Path) -> None:
    with start_node(tmp_path / "lille") as lille, start_node(tmp_path / "tours") as tours:
        assert lille.answers()
        assert tours.answers()
        assert lille.port != tours.port


def test_a_killed_worker_is_started_again_and_the_web_goes_on(node: Node) -> None:
    before = roles(node)
    os.kill(before["worker"], signal.SIGKILL)
    wait_until(lambda: roles(node).get("worker", before["worker"]) != before["worker"], "no new worker")
    assert roles(node)["web"] == before["web"]
    assert node.answers()
    (node.data / "worker.heartbeat").unlink(missing_ok=True)
    wait_until(lambda: worker_has_worked(node), "the new worker does not work")


def test_when_the_web_process_dies_the_node_ends_and_says_so_by_its_code(node: Node) -> None:
    family = roles(node)
    os.kill(family["web"], signal.SIGKILL)
    assert node.process is not None
    assert node.process.wait(timeout=GUARD_SECONDS) != 0
    assert not psutil.pid_exists(family["worker"])


def test_children_do_not_outlive_a_killed_parent(node: Node) -> None:
    family = roles(node)
    assert node.process is not None
    node.process.kill()
    node.process.wait()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in family.values()), "a child is left")


def test_interrupt_from_the_terminal_ends_both(node: Node) -> None:
    family = roles(node)
    assert node.stop(signal.SIGINT) == 0
    assert not any(psutil.pid_exists(pid) for pid in family.values())


def test_a_taken_port_is_said_in_plain_words(node: Node, tmp_path: Path) -> None:
    second = new_node(tmp_path / "second", port=node.port)
    done = second.manage("node", "--port", str(node.port), check=False, timeout=GUARD_SECONDS)
    assert done.returncode == 1
    assert f"Port {node.port} is already taken on this machine" in done.stderr
    assert "Traceback" not in done.stderr


def test_opening_a_node_to_the_network_asks_for_its_address(tmp_path: Path) -> None:
    node = new_node(tmp_path / "node", env={"TOILE_BIND": "0.0.0.0"})  # noqa: S104
    done = node.manage("node", check=False, timeout=GUARD_SECONDS)
    assert done.returncode == 1
    assert "--origin" in done.stderr


def test_federation_over_plain_http_is_refused_on_a_network(tmp_path: Path) -> None:
    node = new_node(tmp_path / "node", origin="http://192.0.2.20:8000", env={"TOILE_FEDERATION": "on"})
    done = node.manage("check", check=False, timeout=GUARD_SECONDS)
    assert done.returncode != 0
    assert "Federation needs https" in done.stderr


def test_switches_for_tests_are_said_at_start(tmp_path: Path) -> None:
    peers = {"TOILE_FEDERATION_TEST_PEERS": "127.0.0.1:9"}
    with start_node(tmp_path / "node", env=peers) as node:
        assert "For tests only, and in use: TOILE_FEDERATION_TEST_PEERS." in node.printed()


def test_options_before_settings_reach_every_process_and_nothing_is_written_elsewhere(tmp_path: Path) -> None:
    """`--data` and `--port` alone, without any variable, started from a folder of no interest."""
    node = new_node(tmp_path / "node")
    bare = {name: value for name, value in node.environ.items() if not name.startswith("TOILE_")}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, str(BASE / "manage.py"), "node", "--data", str(node.data), "--port", str(node.port)]
    with (tmp_path / "log").open("wb") as out:
        process = subprocess.Popen(command, cwd=elsewhere, env=bare, stdout=out, stderr=out)
    try:
        wait_until(node.answers, "the node does not answer")
        wait_until(lambda: worker_has_worked(node), "the worker never worked")
        assert (node.data / "node.pid").exists()
    finally:
        process.terminate()
        assert process.wait(timeout=GUARD_SECONDS) == 0
    assert list(elsewhere.iterdir()) == []
