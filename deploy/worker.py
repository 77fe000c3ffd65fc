"""The embedded worker: Celery with a few threads and the timetable in one more, on files under DATA."""

import tempfile
import warnings

from celery import signals
from celery.apps.worker import Worker
from celery.beat import EmbeddedService
from celery.exceptions import SecurityWarning
from django.conf import settings

from deploy.celery import TIMETABLE, app

THREADS = 4


def load() -> None:
    """Import everything a worker needs, so that forked processes share it."""
    app.loader.import_default_modules()
    app.finalize()


def run() -> None:
    """Work until SIGTERM. Running tasks are finished first; unfinished rows are found again by the sweeps."""
    warnings.simplefilter("ignore", SecurityWarning)  # as root: said once by `node`, messages are JSON only
    tempfile.tempdir = str(settings.DATA / "queue-done")  # where the file broker unpacks a message: same disk, private
    timetable = EmbeddedService(app, thread=True, scheduler_cls=app.conf.beat_scheduler)
    signals.worker_ready.connect(_begin, weak=False)
    worker = Worker(
        app=app,
        pool="threads",
        concurrency=THREADS,
        quiet=True,
        loglevel="WARNING",
        without_mingle=True,
        without_gossip=True,
        without_heartbeat=True,
    )
    timetable.start()
    try:
        worker.start()
    finally:
        timetable.stop()


def _begin(**_: object) -> None:
    """Run every entry of the timetable once at start: what came due while the node was off is not left waiting."""
    for name, seconds in TIMETABLE.items():
        app.send_task(name, expires=seconds)
