"""Choosing people: elections without candidate, and lots. Each is its journal; `stage`, `seq` are copies."""

from django.db import models

from governance.models.assemblies import Assembly
from governance.models.charter import Charter
from governance.models.circles import Circle, Mandate
from governance.models.journal import JournalRow
from governance.models.register import Entry
from governance.rules.electing import ElectionStage
from governance.rules.lot_state import LotStage
from network.clock import now
from network.models import Member


class Process(models.Model):
    """What both ways of choosing have in common."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="+")
    opener = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    charter = models.ForeignKey(Charter, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=60)
    months = models.PositiveIntegerField(default=0, help_text="length of the mandate")
    seq = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")
    mandates = models.ManyToManyField(Mandate, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.role


class Election(Process):
    """An election without candidate. Electorate and charter are frozen when it comes to the table of an assembly."""

    mission = models.TextField(blank=True)
    criteria = models.TextField(blank=True)
    electorate = models.JSONField(default=list, help_text="ids of the members, frozen at the opening")
    assembly = models.ForeignKey(Assembly, null=True, on_delete=models.PROTECT, related_name="elections")
    stage = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in ElectionStage], default=ElectionStage.NEW.value
    )
    texts = models.JSONField(default=dict, help_text="what the register cites by commitment: {commitment: salt, text}")


class ElectionStep(JournalRow):
    """One step of an election."""

    election = models.ForeignKey(Election, on_delete=models.PROTECT, related_name="steps")

    class Meta(JournalRow.Meta):
        constraints = [
            models.UniqueConstraint("election", "seq", name="election_step_seq_unique"),
            models.UniqueConstraint("election", "actor", "key", name="election_step_key_unique"),
        ]


class Lot(Process):
    """A verifiable draw: pool, seats, rules and the future beacon are frozen, and entered, before anything is drawn."""

    identifier = models.CharField(max_length=120, unique=True)
    election = models.ForeignKey(Election, null=True, on_delete=models.PROTECT, related_name="lots")
    stage = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in LotStage], default=LotStage.COMMITS.value
    )
    next_at = models.DateTimeField(null=True, help_text="when the clock alone moves it on, if it does")
    opening = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")
    ending = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")


class LotStep(JournalRow):
    """One step of a lot."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="steps")

    class Meta(JournalRow.Meta):
        constraints = [
            models.UniqueConstraint("lot", "seq", name="lot_step_seq_unique"),
            models.UniqueConstraint("lot", "actor", "key", name="lot_step_key_unique"),
        ]
