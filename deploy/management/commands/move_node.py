"""`manage.py move_node --to https://new.example`: this node goes on living at another address."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deploy.resources import running
from federation import moves
from network.clock import now


class Command(BaseCommand):
    help = (
        "Move this node to another address: ids are rewritten, followers told, follows asked anew. Stop it first; "
        "look with --dry-run; afterwards start it at the new address, and let the old one lead there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="present public address of the node")
        parser.add_argument("--port", type=int, help="present port, when the origin is http://localhost:PORT")
        parser.add_argument("--to", required=True, metavar="ORIGIN", help="new public address: https://new.example")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        planned = moves.plan(options["to"])
        self._say(planned)
        troubles = list(planned.troubles)
        if running(settings.DATA / "node.pid"):
            troubles.append("the node is running: stop it first.")
        if troubles:
            raise CommandError("Nothing was changed: " + " ".join(troubles))
        if options["dry_run"]:
            self.stdout.write("Nothing was changed. Without --dry-run it is done, in one step.")
            return
        moves.move(options["to"], now=now())
        earlier = " ".join([planned.old, *settings.OLD_ORIGINS])
        self.stdout.write(
            f"Done. Now set TOILE_ORIGIN={planned.new} and TOILE_OLD_ORIGINS={earlier!r}, let both addresses lead "
            "here, and start the node: its worker tells the followers."
        )

    def _say(self, planned: moves.Plan) -> None:
        self.stdout.write(f"{planned.old} → {planned.new}")
        for name, number in planned.ids.items():
            self.stdout.write(f"{number:>7} {name}")
        self.stdout.write(f"{planned.followers:>7} followers to tell")
        self.stdout.write(f"{planned.follows:>7} follows to ask anew")
        if planned.waiting:
            self.stdout.write(f"{planned.waiting:>7} deliveries still open; they go on as they are")
