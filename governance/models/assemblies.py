"""Assemblies: the meeting, its agenda, its journal, and the minutes."""

from django.db import models

from governance.models.append_only import AppendOnly
from governance.models.charter import Charter
from governance.models.circles import Circle
from governance.rules.assemblies import RoomStage
from network.clock import now
from network.models import Member

STAGES = [(stage.value, stage.value) for stage in RoomStage]


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


class RoomStep(AppendOnly):
    """One act of the meeting, with the receipt that its author gets again if it is repeated."""

    assembly = models.ForeignKey(Assembly, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveBigIntegerField(help_text="of the meeting's own acts, from 1 without gaps")
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
            models.UniqueConstraint("assembly", "seq", name="room_step_seq_unique"),
            models.UniqueConstraint("assembly", "actor", "key", name="room_step_key_unique"),
        ]


class Minutes(AppendOnly):
    """One draft of the minutes of an assembly; the last one approved is the one that stands."""

    assembly = models.ForeignKey(Assembly, on_delete=models.PROTECT, related_name="minutes")
    version = models.PositiveIntegerField()
    text = models.TextField(help_text="Markdown")
    digest = models.CharField(max_length=80, help_text="sha256:<hex> of the text, UTF-8")
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    drawn_up_at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint("assembly", "version", name="minutes_version_unique")]
