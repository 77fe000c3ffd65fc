"""`manage.py import_nodes FILE`: take a list of nodes to block, limit or allow; all of it or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from federation import measures

PROBLEMS = {
    "list_address": "no address",
    "list_standing": "unknown measure: write blocked, limited or allowed",
    "list_own": "this node, or a domain that it belongs to",
    "list_twice": "listed before, with something else",
    "list_reason": "no reason, which is public: add one, or give --reason",
    "list_too_long": "more than 5,000 lines",
    "list_unreadable": "not readable as a list: a quote may be left open",
}


class Command(BaseCommand):
    help = "Take a list of nodes: one address a line, or CSV (origin, standing, reason; or domain, severity, comment)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="UTF-8 text")
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address of the node")
        parser.add_argument("--port", type=int, help="port of the node")
        parser.add_argument("--standing", choices=["blocked", "limited", "allowed"], default="blocked")
        parser.add_argument("--reason", default="", help="public; for lines that give none")
        parser.add_argument("--dry-run", action="store_true", help="say what the list would do, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        lines = measures.read_list(text, otherwise=options["standing"], reason=options["reason"])
        wrong = [line for line in lines if line.problem]
        for line in wrong:
            self.stderr.write(f"line {line.number}: {line.text}: {PROBLEMS[line.problem]}")
        if wrong:
            raise CommandError(f"{len(wrong)} lines to mend; nothing was changed.")
        if options["dry_run"]:
            for line in lines:
                self.stdout.write(f"{line.standing or 'nothing':<8} {line.origin}")
            return
        done = measures.apply_list(lines=lines, actor=None)
        self.stdout.write(", ".join(f"{number} {name}" for name, number in sorted(done.items())) or "nothing to do")
