"""`manage.py doctor`: what is wrong with this node, in plain words; ends with 1 when something is."""

import locale
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext as _

from deploy.health import Finding, examine
from deploy.resources import uses

MIB = 1024 * 1024


class Command(BaseCommand):
    help = "Say in plain words what is wrong with this node; exit with 1 when something is."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", help="folder of the node (default: data)")
        parser.add_argument("--origin", help="public address of the node")
        parser.add_argument("--port", type=int, help="port of the node")
        parser.add_argument("--resources", action="store_true", help="memory (PSS) of every process of the node")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(language()):
            well = self._resources() if options["resources"] else self._report(examine())
        if not well:
            sys.exit(1)

    def _report(self, findings: Iterable[Finding]) -> bool:
        well = True
        for finding in findings:
            well = well and finding.ok
            word = _("PROBLÈME") if not finding.ok else _("à noter") if finding.note else _("bien")
            line = _("%(subject)s : %(found)s") % {"subject": finding.subject, "found": finding.found}
            self.stdout.write(f"{word:<9} {line}")
            if finding.advice and (finding.note or not finding.ok):
                self.stdout.write(f"          → {finding.advice}")
        return well

    def _resources(self) -> bool:
        found = uses(settings.DATA / "node.pid")
        if not found:
            self.stdout.write(_("Le nœud est arrêté : rien à mesurer."))
            return False
        for use in found:
            self.stdout.write(f"{use.pss / MIB:8.1f} MiB  {use.name} ({use.pid})")
        self.stdout.write(f"{sum(use.pss for use in found) / MIB:8.1f} MiB  " + _("en tout (PSS)"))
        return True


def language() -> str:
    """Return the language of the person at the terminal: French when the environment says so, else English."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "fr" if (named or (locale.getlocale()[0] or "")).lower().startswith("fr") else "en"
