"""`manage.py export_directory --format csv --out FILE`: write the public directory, as the pages offer it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from network.clock import now
from network.queries.exports import EXPORTS, directory_cards, exported


class Command(BaseCommand):
    help = "Write the public directory to a file, in one of the formats that the pages offer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=sorted(EXPORTS), required=True)
        parser.add_argument("--out", type=Path, help="file to write (default: standard output)")
        parser.add_argument("--local", action="store_true", help="members of this node only")
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address of the node")
        parser.add_argument("--port", type=int, help="port of the node")

    def handle(self, *args: Any, **options: Any) -> None:
        cards = directory_cards(local=options["local"])
        text = exported(options["format"], cards, at=now())
        if options["out"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            options["out"].write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error}") from error
        lacks = ", ".join(EXPORTS[options["format"]].lacks)
        self.stdout.write(f"{len(cards)} entries in {options['out']}" + (f"; without {lacks}" if lacks else ""))
