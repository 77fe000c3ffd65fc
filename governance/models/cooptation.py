"""Who asks to join, and how belonging goes on: one journal a person, and beside it the words that can be erased."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThan

from governance.models.charter import Charter
from governance.models.circles import Circle
from governance.models.journal import JournalRow
from governance.rules.candidacy import ENDED, Stage
from network.clock import now
from network.models import Collective, Member

STAGES = [(stage.value, stage.value) for stage in Stage]


class Candidacy(models.Model):
    """One person's way into a collective and their belonging since. Its state is the fold of its journal."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="candidacies")
    person = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="candidacies")
    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="+", help_text="whose assembly decides")
    charter = models.ForeignKey(
        Charter, on_delete=models.PROTECT, related_name="+", help_text="that governs the process under way"
    )
    stage = models.CharField(max_length=16, choices=STAGES, default=Stage.NEW.value)
    seq = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(null=True, db_index=True, help_text="when the clock may have something to do")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "collective",
                "person",
                condition=~Q(stage__in=sorted(each.value for each in ENDED)),
                name="one_candidacy_under_way",
            ),
        ]


class CandidacyStep(JournalRow):
    """One step, the charter that governs it, and the receipt that its author gets again if it is repeated."""

    candidacy = models.ForeignKey(Candidacy, on_delete=models.PROTECT, related_name="steps")
    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="+")

    class Meta(JournalRow.Meta):
        constraints = [
            models.UniqueConstraint("candidacy", "seq", name="candidacy_step_seq_unique"),
            models.UniqueConstraint("candidacy", "actor", "key", name="candidacy_step_key_unique"),
        ]


class CandidacyText(models.Model):
    """Words that the journal knows by their commitment only: SHA-256 of salt and text. They can be erased."""

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="texts")
    author = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    role = models.CharField(max_length=20, help_text="answers, evaluation, synthesis, conditions, objection, …")
    article = models.CharField(max_length=80, blank=True)
    text = models.TextField()
    salt = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(default=now)
    erase_after = models.DateTimeField(null=True, help_text="null: once the candidacy has ended for that long")


class PersonObjection(models.Model):
    """R4: whoever objects to a person cites an article and a fact. The database itself refuses anything less."""

    candidacy = models.ForeignKey(Candidacy, on_delete=models.CASCADE, related_name="objection_rows")
    author = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    source = models.CharField(max_length=12, help_text="room, probation, exclusion or flag")
    article = models.CharField(max_length=80)
    fact = models.TextField()
    nature = models.CharField(max_length=20, default="values")
    at = models.DateTimeField(default=now)
    erase_after = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=GreaterThan(Length(Trim("article")), 0), name="objection_cites_article"),
            models.CheckConstraint(condition=GreaterThan(Length(Trim("fact")), 0), name="objection_says_fact"),
        ]
