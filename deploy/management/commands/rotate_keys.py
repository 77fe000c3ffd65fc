"""`manage.py rotate_keys`: new keys for one actor of this node or for all, told to those who follow them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from federation.rotation import actors_of_ours, rotate
from network.clock import now
from network.errors import NotFound


class Command(BaseCommand):
    help = "Replace the keys of an actor of this node, or of all. What the old ones signed counts, unless --stolen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address of the node")
        parser.add_argument("--port", type=int, help="port of the node")
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--actor", metavar="URI", help="whose keys, for example https://toile.example/u/alix")
        whose.add_argument("--all", action="store_true", help="the node's, every member's, every collective's")
        parser.add_argument("--stolen", action="store_true", help="nothing that the old keys signed counts any more")

    def handle(self, *args: Any, **options: Any) -> None:
        for uri in actors_of_ours() if options["all"] else [options["actor"]]:
            try:
                rotate(uri, stolen=options["stolen"], now=now())
            except NotFound as error:
                raise CommandError(f"{uri} is no actor of this node: {', '.join(actors_of_ours())}") from error
            self.stdout.write(f"new keys: {uri}")
        self.stdout.write("The worker tells those who follow them; other nodes take the new keys after one look.")
