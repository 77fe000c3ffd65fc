"""The decision register: entries that are never edited, and the names that can be forgotten without breaking it."""

from django.db import models

from governance.models.append_only import AppendOnly
from governance.models.assemblies import Assembly
from governance.models.consent import ConsentSession
from network.models import Collective, Member


class RegisterHead(models.Model):
    """The end of a collective's register; its row is locked to append."""

    collective = models.OneToOneField(Collective, on_delete=models.PROTECT, related_name="register_head")
    n = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64)
    at = models.DateTimeField(null=True)


class Entry(AppendOnly):
    """One chained entry. `digest` covers the other columns, `head` the digest and the head before."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=40, help_text="the entry's `type`")
    at = models.DateTimeField()
    node = models.CharField(max_length=255)
    collective_uri = models.CharField(max_length=500)
    terms = models.CharField(max_length=80)
    salt = models.CharField(max_length=64)
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    head = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint("collective", "seq", name="entry_seq_unique")]


class SealedName(models.Model):
    """A name that entries cite by commitment only. Deleting the row forgets the name; every hash still holds."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="sealed_names")
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    commitment = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    salt = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint("collective", "commitment", name="commitment_unique")]


class Decision(AppendOnly):
    """An adopted text: what applies, since when, until its review."""

    session = models.ForeignKey(ConsentSession, on_delete=models.PROTECT, related_name="decisions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    review_on = models.DateField()
    responsible = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="decision")
    assembly = models.ForeignKey(Assembly, null=True, on_delete=models.PROTECT, related_name="decisions")
    adopted_at = models.DateTimeField()
