"""Write the recount bundle of a register to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from federation.bundles import bundle
from network.models import Collective


class Command(BaseCommand):
    """`manage.py export_register [--collective SLUG] [--names] FILE`: docs/register.md says what is in it."""

    help = "Écrit le dossier de recomptage d’un registre, que verify_register.py vérifie sans ce logiciel."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path, help="fichier à écrire")
        parser.add_argument("--collective", default="", help="nom court du collectif ; celui de ce nœud sans cela")
        parser.add_argument("--names", action="store_true", help="avec les noms et leurs sels : à ne pas publier")

    def handle(self, *args: Any, **options: Any) -> None:
        collectives = Collective.objects.filter(local=True).order_by("pk")
        if options["collective"]:
            collectives = collectives.filter(slug=options["collective"])
        found = collectives.first()
        if found is None:
            raise CommandError("Ce collectif n’existe pas sur ce nœud.")
        data = bundle(found, with_names=options["names"])
        try:
            options["file"].write_bytes(data)
        except OSError as error:
            raise CommandError(f"Le fichier ne peut pas être écrit : {error}.") from error
        self.stdout.write(f"{found.slug} : {len(data)} octets écrits dans {options['file']}.")
