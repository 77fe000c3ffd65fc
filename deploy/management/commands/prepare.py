"""`manage.py prepare`: tables, gazetteer, skills, keys, static files, translations. `node` calls it by itself."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from deploy.preparation import compile_translations, prepare


class Command(BaseCommand):
    help = "Make a node ready to serve: tables, gazetteer, keys, static files. Safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address, such as https://toile.example")
        parser.add_argument("--port", type=int, help="port, when the origin is http://localhost:PORT")
        parser.add_argument("--without-keys", action="store_true", help="leave out what belongs to one address")
        parser.add_argument("--translations-only", action="store_true", help="only translations (for images)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["translations_only"]:
            compile_translations()
            return
        prepare(self.stdout.write, without_keys=options["without_keys"])
