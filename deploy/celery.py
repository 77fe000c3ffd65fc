"""The background worker's application and its timetable: `celery -A deploy.celery worker` and `… beat`.

Rows are the truth: every task here sweeps what is due, so a message lost or repeated changes nothing.
"""

import logging
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from kombu.exceptions import KombuError

from deploy import filequeue

logger = logging.getLogger(__name__)

HOUR = 3600.0
DAY = 24 * HOUR
# Files as broker means one small machine: looking often is cheap there, and nothing else wakes the worker.
SWEEP_SECONDS = 5.0 if settings.BROKER_URL.startswith("filesystem") else 60.0

# name of the task → seconds between two runs. A sweep that could not start in time is dropped: the next does its work.
TIMETABLE = {
    "deploy.heartbeat": 10.0,
    "federation.tasks.sweep": SWEEP_SECONDS,
    "federation.tasks.read_waiting": 30.0,
    "federation.tasks.tidy": HOUR,
    "federation.tasks.keep_entrances": 20.0,
    "federation.tasks.forget_traffic": DAY,
    "governance.tasks.close_due": 30.0,
    "network.tasks.expire": HOUR,
    "network.tasks.keep_web": HOUR / 6,
    "network.tasks.forget": DAY,
    "frontend.tasks.send_mails": 20.0,
    "network.tasks.remind": DAY,
    "network.tasks.plan_ahead": 6 * HOUR,
}


class PatientTask(DjangoTask):
    """A task whose message may be lost: with the broker away, people go on and the next sweep finds the rows."""

    abstract = True

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Send the message; return `None` if no broker takes it."""
        try:
            return super().apply_async(*args, **kwargs)
        except (KombuError, OSError) as error:
            logger.warning("no broker for %s (%s): the next sweep will do it", self.name, error)
            return None


filequeue.install()
app = Celery("toile", task_cls=PatientTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # the web process asks from other threads than the one that made this
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}} for name, seconds in TIMETABLE.items()
}


@app.task(name="deploy.heartbeat")
def heartbeat() -> None:
    """Note in DATA that broker, timetable and worker are all alive; `doctor` reads the age of the note."""
    draft = settings.DATA / f".worker.heartbeat.{os.getpid()}"
    draft.touch()
    draft.replace(settings.DATA / "worker.heartbeat")
