"""`manage.py forget_node ORIGIN`: erase the copies of all that another node has given, for good."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from federation import forgetting, overview
from federation.forgetting import Erased
from network.errors import NotFound


class Command(BaseCommand):
    help = "Count what is held of another node; with --yes, erase it for good and stop following that node."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("origin", help="address of the node, for example https://annuaire.example")
        parser.add_argument("--yes", action="store_true", help="erase it; without this, only count")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            node_id = overview.node_at(options["origin"])
        except NotFound as error:
            raise CommandError(f"No node is known at {options['origin']}.") from error
        if not options["yes"]:
            self._say(forgetting.what_is_held(node_id))
            self.stdout.write("Nothing was changed. Add --yes to erase this for good.")
            return
        self._say(forgetting.forget_node(node_id=node_id, actor=None))
        self.stdout.write("Erased.")

    def _say(self, erased: Erased) -> None:
        held = erased.directory
        for number, what in (
            (held.offers, "offers"),
            (held.kept_offers, "offers emptied, kept for quotes of ours"),
            (held.members, "members"),
            (held.kept_members, "members of whom the address stays, since something of ours leads there"),
            (held.attestations, "attestations that its members gave"),
            (held.memberships, "memberships in its collectives"),
            (erased.actors, "actors"),
            (erased.papers, "signed papers"),
            (erased.messages, "messages emptied"),
        ):
            self.stdout.write(f"{number:>7} {what}")
