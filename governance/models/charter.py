"""The adopted versions of a collective's charter, and the drafts of the next one."""

from django.db import models

from governance.models.append_only import AppendOnly
from network.clock import now
from network.models import Collective, Member


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


class CharterDraft(models.Model):
    """A change of the charter as its author prepares it. What cannot be read yet stays as it was typed."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="charter_drafts")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    base = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="drafts")
    document = models.JSONField(help_text="as Charter.document, perhaps faulty")
    revision = models.PositiveIntegerField(default=1, help_text="rises with every change, so that no tab overwrites")
    clashes = models.JSONField(default=list, help_text="places that it and the version in force both changed")
    proposal = models.OneToOneField(
        "governance.Proposal", null=True, on_delete=models.PROTECT, related_name="charter_draft"
    )
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)


class CharterDraftVersion(AppendOnly):
    """A draft as it was put to decision: the text decided on, and the one charter that this text stands for."""

    draft = models.ForeignKey(CharterDraft, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    base = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="+")
    document = models.JSONField()
    digest = models.CharField(max_length=80, help_text="sha256:<hex> of the canonical document")
    text = models.TextField(help_text="Markdown; ends with the digest")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint("draft", "number", name="charter_draft_version_unique")]
