"""Proposals, and the decisions taken on them by consent."""

from django.db import models

from governance.models.append_only import AppendOnly
from governance.models.assemblies import Assembly
from governance.models.charter import Charter
from governance.models.circles import Circle
from governance.rules.session import Stage
from network.clock import now
from network.models import Member

STAGES = [(stage.value, stage.value) for stage in Stage]


class Proposal(models.Model):
    """A proposal as its author prepares it. Once a session is open its versions are steps of that session."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="proposals")
    proposer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="proposals")
    title = models.CharField(max_length=200)
    driver = models.TextField(blank=True)
    text = models.TextField(blank=True)
    decision_class = models.CharField(max_length=40, default="ordinary")
    review_on = models.DateField(null=True)
    responsible = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    criteria = models.TextField(blank=True)
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    follows = models.ForeignKey(
        "governance.Decision", null=True, on_delete=models.PROTECT, related_name="followers"
    )  # the decision that this draft reviews

    def __str__(self) -> str:
        return self.title


class ConsentSession(models.Model):
    """A decision by consent: electorate and charter frozen at its opening; `stage`, `seq` copy its steps' fold."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="session")
    assembly = models.ForeignKey(Assembly, null=True, on_delete=models.PROTECT, related_name="sessions")
    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="+")
    electorate = models.JSONField(help_text="ids of the members, frozen at the opening")
    stage = models.CharField(max_length=16, choices=STAGES, default=Stage.NEW.value)
    seq = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)


class Step(AppendOnly):
    """One step of a decision, with the receipt that its author gets again if it is repeated."""

    session = models.ForeignKey(ConsentSession, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    actor = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    key = models.UUIDField(null=True)
    body_digest = models.CharField(max_length=64, blank=True)
    receipt = models.JSONField(default=dict)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint("session", "seq", name="step_seq_unique"),
            models.UniqueConstraint("session", "actor", "key", name="step_key_unique"),
        ]
