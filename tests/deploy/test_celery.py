"""The worker's timetable and the tasks' patience, and worker and beat as processes of their own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError

from deploy.celery import TIMETABLE, app, heartbeat
from tests import services
from tests.services import BASE, GUARD_SECONDS


def test_every_entry_of_the_timetable_expires_before_it_comes_again() -> None:
    for name, entry in app.conf.beat_schedule.items():
        assert entry["options"]["expires"] == entry["schedule"] == TIMETABLE[name]


def test_a_heartbeat_leaves_a_fresh_note(settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    heartbeat()
    assert [path.name for path in tmp_path.iterdir()] == ["worker.heartbeat"]


def test_people_go_on_when_no_broker_takes_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(app, "send_task", away)
    monkeypatch.setattr("celery.app.base.Celery.send_task", away)
    monkeypatch.setattr("celery.app.amqp.AMQP.send_task_message", property(lambda self: away))
    assert heartbeat.delay() is None


@pytest.mark.processes
def test_worker_and_beat_work_alone_with_redis_as_broker(tmp_path: Path) -> None:
    """As the container runs them: the note proves that beat sent, Redis carried and the worker worked."""
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TOILE_", "DJANGO_"))}
    environ |= {
        "PYTHONPATH": str(BASE),
        "TOILE_DATA": str(data),
        "TOILE_BROKER_URL": services.redis().rpartition("/")[0] + "/9",
    }
    celery = [sys.executable, "-m", "celery", "-A", "deploy.celery"]
    commands = [
        [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"],
        [*celery, "beat", "--loglevel", "WARNING", "--pidfile", str(tmp_path / "beat.pid")],
    ]
    with (tmp_path / "log").open("wb") as out:
        running = [
            subprocess.Popen(command, cwd=elsewhere, env=environ, stdout=out, stderr=out) for command in commands
        ]
    try:
        limit = time.monotonic() + GUARD_SECONDS
        while not (data / "worker.heartbeat").exists():
            assert time.monotonic() < limit, (tmp_path / "log").read_text()
            time.sleep(0.2)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=GUARD_SECONDS)
    assert list(elsewhere.iterdir()) == []
