"""The adopted versions of a collective's charter."""

from django.db import models

from governance.models.append_only import AppendOnly
from network.models import Collective


class Charter(AppendOnly):
    """One adopted version: text and figures, and the digest that covers both. Never changed."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="charters")
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=80, help_text="sha256:<hex> of the canonical document")
    document = models.JSONField(help_text="title, preamble, articles, figures, classes")
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("collective", "version", name="charter_version_unique")]

    def __str__(self) -> str:
        return f"{self.collective} {self.version}"
