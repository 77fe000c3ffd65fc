"""Assemblies: the meeting, its agenda, its journal, and the minutes."""

from typing import Any

from django.db import models

from governance.models.append_only import AppendOnly
from governance.models.charter import Charter
from governance.models.circles import Circle
from governance.models.journal import JournalRow
from governance.rules.assemblies import RoomStage
from network.clock import now
from network.models import Member

STAGES = [(stage.value, stage.value) for stage in RoomStage]


class ForReal(models.Manager[Any]):
    """Rows of real meetings: an exercise is in no list, count, task or register unless one asks for `everything`."""

    is_exercise = "exercise"

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows that no exercise made."""
        return super().get_queryset().filter(**{self.is_exercise: False})


class Assembly(models.Model):
    """One meeting of a circle. Its state is the fold of its journal; `stage` and `seq` are copies, for lists."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="assemblies")
    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    place = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    convened_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    convened_at = models.DateTimeField(default=now)
    invited = models.JSONField(help_text="ids of the members invited")
    stage = models.CharField(max_length=16, choices=STAGES, default=RoomStage.CONVENED.value)
    seq = models.PositiveBigIntegerField(default=0, help_text="rises with every act, of the meeting or of a decision")
    exercise = models.BooleanField(default=False, help_text="people practise: nothing of it is ever registered")
    cast = models.JSONField(default=dict, help_text="of an exercise: who is simulated, under which names and roles")

    objects = ForReal()
    everything = models.Manager["Assembly"]()

    def __str__(self) -> str:
        return self.title


class AgendaItem(models.Model):
    """A point of the agenda, as the notice gave it. Points added later live in the journal."""

    assembly = models.ForeignKey(Assembly, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    proposal = models.ForeignKey(
        "governance.Proposal", null=True, on_delete=models.PROTECT, related_name="agenda_items"
    )
    election = models.ForeignKey(
        "governance.Election", null=True, on_delete=models.PROTECT, related_name="agenda_items"
    )

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint("assembly", "position", name="agenda_position_unique")]


class Attendance(models.Model):
    """Somebody's signs of life in an assembly. Who counts as present is a fact of the journal."""

    assembly = models.ForeignKey(Assembly, on_delete=models.CASCADE, related_name="attendances")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="attendances")
    seen_at = models.DateTimeField()
    by_socket = models.BooleanField(default=False, help_text="the last sign of life came through a live socket")
    present = models.BooleanField(default=True, help_text="copy of the journal, so that lapses are found in one query")
    expected = models.BooleanField(default=True, help_text="checked in and did not leave: a sign of life brings back")

    class Meta:
        constraints = [models.UniqueConstraint("assembly", "member", name="attendance_unique")]


class RoomStep(JournalRow):
    """One act of the meeting, with the receipt that its author gets again if it is repeated."""

    assembly = models.ForeignKey(Assembly, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveBigIntegerField(help_text="of the meeting's own acts, from 1 without gaps")

    class Meta(JournalRow.Meta):
        constraints = [
            models.UniqueConstraint("assembly", "seq", name="room_step_seq_unique"),
            models.UniqueConstraint("assembly", "actor", "key", name="room_step_key_unique"),
        ]


class Minutes(AppendOnly):
    """One draft of the minutes of an assembly; the last one approved is the one that stands."""

    assembly = models.ForeignKey(Assembly, on_delete=models.PROTECT, related_name="minutes")
    version = models.PositiveIntegerField()
    text = models.TextField(help_text="Markdown, in French, with a mark for each person: ⟦1⟧ is the first of `people`")
    digest = models.CharField(max_length=80, help_text="sha256:<hex> of the text, UTF-8")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    drawn_up_at = models.DateTimeField()
    people = models.JSONField(default=list, help_text="[{number, name}]: register number and sealed name of each mark")
    journals = models.JSONField(default=list, help_text="[{kind, id, marks}]: the digest of each act it rests on")

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint("assembly", "version", name="minutes_version_unique")]
