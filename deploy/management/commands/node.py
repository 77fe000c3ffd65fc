"""`manage.py node`: prepare and serve one node, web server and background worker together."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.management.base import BaseCommand, CommandError

from deploy import launch
from deploy.preparation import is_prepared
from deploy.processes import Supervisor, aside


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
        if not is_prepared() and aside(lambda: execute_from_command_line(["manage.py", "prepare"])):
            raise CommandError("The node could not be prepared; the lines above say why.")
        self.stdout.write(f"Prepared in {time.monotonic() - started:.1f} s.")
