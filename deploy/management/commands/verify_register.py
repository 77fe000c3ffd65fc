"""Recompute the registers of this node and name the first entry that was altered."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.queries.register import check_register
from governance.rules.register import Whole
from network.models import Collective

WHY = {
    "missing": "elle manque, ou n’est pas à sa place",
    "added": "elle a été ajoutée après coup",
    "document": "son contenu ne donne pas son empreinte",
    "head": "la chaîne ne mène pas à sa tête",
    "not_canonical": "son contenu n’a pas de forme canonique",
    "name": "un nom qu’elle cite ne donne pas son empreinte",
    "decision": "le texte de la décision n’est plus celui qui a été inscrit",
    "minutes": "le procès-verbal n’est plus celui qui a été approuvé",
    "record": "un acte du journal n’est plus celui que le procès-verbal cite",
    "charter": "la charte n’est plus celle qui a été adoptée, ou n’est plus là",
    "poll": "le vote n’est plus celui qui a été inscrit, ou n’est plus là",
    "roll": "la liste des personnes appelées à voter n’est plus celle qui a été inscrite",
    "ballot": "un bulletin n’est plus celui qui a été compté",
    "signature": "une signature d’un autre nœud n’est plus celle qu’elle cite",
}
JOURNALS = {"meeting": "réunion", "decision": "décision"}


def _act(whole: Whole) -> str:
    """Name the act of a journal that was altered, if it is known which."""
    kind, number, act = (whole.detail.split() + ["", "", ""])[:3]
    return f" ({JOURNALS.get(kind, kind)} {number}, acte {act})" if kind and act != "0" else ""


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
            at = f", du {whole.at:%d/%m/%Y}," if whole.at else ""
            why = f"{WHY.get(whole.why, whole.why)}{_act(whole)}"
            return f"{collective.slug} : l’inscription n° {whole.first_bad} {at}est altérée ou manque : {why}."
        self.stdout.write(f"{collective.slug} : {whole.count} inscriptions, tête {whole.head}. Tout concorde.")
        return ""
