"""`manage.py node`: prepare and serve one node, web server and background worker together."""

import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deploy import launch
from deploy.preparation import is_prepared
from deploy.processes import Supervisor


class Command(BaseCommand):
    help = "Prepare and serve one node: web server and background worker, nothing else needed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="port to listen on (default: 8000)")
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address, such as https://toile.example")
        parser.add_argument("--web-only", action="store_true", help="no worker: it runs elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        refusal = launch.refusal()
        if refusal:
            raise CommandError(refusal)
        self._prepare()
        if launch.switches():
            self.stdout.write(f"For tests only, and in use: {', '.join(launch.switches())}.")
        jobs = launch.jobs(say=self.stdout.write, with_worker=not options["web_only"])
        code = Supervisor(jobs, settings.DATA / "node.pid").run()
        if code:
            sys.exit(code)

    def _prepare(self) -> None:
        started = time.monotonic()
        if not is_prepared():
            # A process of its own: what preparation imports and reads does not stay in the node's memory.
            command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "prepare"]
            if subprocess.run(command, check=False).returncode:  # noqa: S603
                raise CommandError("The node could not be prepared; the lines above say why.")
        self.stdout.write(f"Prepared in {time.monotonic() - started:.1f} s.")
