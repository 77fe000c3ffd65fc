"""`manage.py rotate_keys`: new keys for one actor of this node, for sign-in, or for all.

Those who follow an actor are told. The key of sign-in is no actor's: other nodes look it up whenever somebody enters.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from federation.rotation import actors_of_ours, rotate
from federation.signin import issuer
from network.clock import now
from network.errors import NotFound


class Command(BaseCommand):
    help = (
        "Replace keys: of an actor of this node, of sign-in, or all. What the old ones signed counts, unless --stolen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address of the node")
        parser.add_argument("--port", type=int, help="port of the node")
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--actor", metavar="URI", help="whose keys, for example https://toile.example/u/alix")
        whose.add_argument("--sign-in", action="store_true", help="the key that says to other nodes who our people are")
        whose.add_argument("--all", action="store_true", help="of the node, of every member and collective, of sign-in")
        parser.add_argument("--stolen", action="store_true", help="nothing that the old keys signed counts any more")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sign_in"] or options["all"]:
            issuer.rotate(stolen=options["stolen"], now=now())
            self.stdout.write(f"new key of sign-in: {issuer.signing_key().kid}")
        for uri in actors_of_ours() if options["all"] else [uri for uri in [options["actor"]] if uri]:
            try:
                rotate(uri, stolen=options["stolen"], now=now())
            except NotFound as error:
                raise CommandError(f"{uri} is no actor of this node: {', '.join(actors_of_ours())}") from error
            self.stdout.write(f"new keys: {uri}")
        if options["sign_in"]:
            return
        self.stdout.write("The worker tells those who follow them; other nodes take the new keys after one look.")
