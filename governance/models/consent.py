"""Proposals, and the decisions taken on them by consent."""

from django.db import models

from governance.models.assemblies import Assembly, ForReal
from governance.models.charter import Charter
from governance.models.circles import Circle
from governance.models.journal import JournalRow
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
    effect = models.JSONField(default=dict, help_text='what its adoption changes by itself: {"kind": …, …}, or nothing')
    exercise = models.BooleanField(default=False, help_text="people practise on it: it decides nothing")

    objects = ForReal()
    everything = models.Manager["Proposal"]()

    def __str__(self) -> str:
        return self.title


class ForRealDecisions(ForReal):
    """Decisions of real proposals."""

    is_exercise = "proposal__exercise"


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
    written = models.BooleanField(default=False, help_text="goes on in writing; copy of its steps' fold")
    due_at = models.DateTimeField(
        null=True, db_index=True, help_text="when the clock has a step to take; copy of its steps' fold"
    )

    objects = ForRealDecisions()
    everything = models.Manager["ConsentSession"]()


class Step(JournalRow):
    """One step of a decision, with the receipt that its author gets again if it is repeated."""

    session = models.ForeignKey(ConsentSession, on_delete=models.PROTECT, related_name="steps")

    class Meta(JournalRow.Meta):
        constraints = [
            models.UniqueConstraint("session", "seq", name="step_seq_unique"),
            models.UniqueConstraint("session", "actor", "key", name="step_key_unique"),
        ]
