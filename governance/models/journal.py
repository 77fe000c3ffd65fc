"""The row of every journal: one step, written once."""

from django.db import models

from governance.models.append_only import AppendOnly
from network.models import Member


class JournalRow(AppendOnly):
    """One step, with the receipt that its author gets again if it is repeated."""

    seq = models.PositiveIntegerField()
    actor = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    key = models.UUIDField(null=True)
    body_digest = models.CharField(max_length=64, blank=True)
    receipt = models.JSONField(default=dict)

    class Meta:
        abstract = True
        ordering = ["seq"]
