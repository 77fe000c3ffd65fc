"""Recompute the registers of this node and name the first entry that was altered."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.queries.register import check_register
from network.models import Collective


class Command(BaseCommand):
    """`manage.py verify_register [--collective SLUG]`: exit 0 if every chain holds, 1 otherwise."""

    help = "Recalcule les registres de ce nœud et nomme la première inscription altérée."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--collective", default="", help="nom court du collectif ; tous sans cela")

    def handle(self, *args: Any, **options: Any) -> None:
        collectives = Collective.objects.filter(local=True).order_by("pk")
        if options["collective"]:
            collectives = collectives.filter(slug=options["collective"])
        bad = [line for line in (self._check(collective) for collective in collectives) if line]
        if bad:
            raise CommandError("\n".join(bad), returncode=1)

    def _check(self, collective: Collective) -> str:
        whole = check_register(collective)
        if whole.first_bad is not None:
            return f"{collective.slug} : l’inscription n° {whole.first_bad} est altérée ou manque ({whole.why})."
        self.stdout.write(f"{collective.slug} : {whole.count} inscriptions, tête {whole.head}. Tout concorde.")
        return ""
