"""`manage.py import_directory FILE --source ADDRESS`: take entries of others, as the pages do; or undo it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from network.actions.imports import apply_import, start_import, undo_import
from network.clock import now
from network.errors import DomainError
from network.queries.import_plans import plan_of
from network.queries.readings import READERS
from network.rules.files import decoded


class Command(BaseCommand):
    help = "Take entries of another directory from a file; they stay unclaimed and leave after six months."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="CSV, GeoJSON, CHATONS properties, Murmurations, …")
        parser.add_argument("--source", default="", help="whose entries these are: a name or an address, shown to all")
        parser.add_argument("--format", choices=sorted(READERS), default="", help="told from the file by default")
        parser.add_argument("--dry-run", action="store_true", help="say what each line would do, and change nothing")
        parser.add_argument("--undo", type=int, metavar="NUMBER", help="undo the import of that number")
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address of the node")
        parser.add_argument("--port", type=int, help="port of the node")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["undo"]:
                self._undone(undo_import(actor=None, run_id=options["undo"]).report)
            else:
                self._take(options)
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _take(self, options: dict[str, Any]) -> None:
        file = options["file"]
        if file is None:
            raise CommandError("Name a file, or an import to --undo.")
        try:
            text, _note = decoded(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        run = start_import(
            actor=None, scope="entries", name=file.name, text=text, kind=options["format"], source=options["source"]
        )
        plan = plan_of(run, today=now().date())
        for step in plan.steps:
            problems = "; ".join(f"{each.field}: {each.code} {each.value}".strip() for each in step.problems)
            self.stdout.write(f"line {step.number}: {step.does} {step.label} {step.code}{problems}".rstrip())
        if options["dry_run"]:
            run.delete()
            return
        report = apply_import(actor=None, run_id=run.pk).report
        counts = ", ".join(
            f"{report[name]} {name}" for name in ("create", "update", "same", "skip", "refuse") if name in report
        )
        self.stdout.write(f"import {run.pk}: {counts or 'nothing'}")
        if report["unknown"]:
            self.stdout.write(f"fields not understood: {', '.join(report['unknown'])}")

    def _undone(self, report: dict[str, Any]) -> None:
        self.stdout.write(f"{report['undone']} changes undone")
        for each in report["kept"]:
            self.stdout.write(f"kept, {each['why']} since: {each['label']}")
