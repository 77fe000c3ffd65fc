"""Circles: who decides together, and who holds which role."""

from django.db import models
from django.db.models import Q

from governance.models.append_only import AppendOnly
from network.clock import now
from network.models import Collective, Member


class Circle(models.Model):
    """Members of a collective who decide together on a purpose."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="circles")
    name = models.CharField(max_length=120)
    purpose = models.TextField(blank=True)
    opened_at = models.DateTimeField(default=now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("collective", "name", name="circle_name_unique")]

    def __str__(self) -> str:
        return self.name


class CircleMember(models.Model):
    """Somebody's time in a circle."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="seats")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="circle_seats")
    since = models.DateTimeField(default=now)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("circle", "member", condition=Q(until__isnull=True), name="one_seat_in_circle"),
        ]


class Mandate(models.Model):
    """A role held in a circle, from a day to a day; `ended_at` once it ended, at its term or before."""

    HOW = [("hand", "hand"), ("election", "election"), ("lot", "lot")]

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="mandates")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="mandates")
    role = models.CharField(max_length=60, help_text="facilitator, deputy, …, or a circle's own wording")
    mission = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    to_circle = models.ForeignKey(
        Circle, null=True, on_delete=models.PROTECT, related_name="represented_by"
    )  # where a representative speaks for the circle
    how = models.CharField(max_length=10, choices=HOW, default="hand")
    entry = models.ForeignKey("governance.Entry", null=True, on_delete=models.PROTECT, related_name="+")
    given_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(null=True, unique=True, help_text="of the act that gave it")
    ended_at = models.DateTimeField(null=True, help_text="ended before its day; gives no right any more")
    ended_reason = models.TextField(blank=True)


class CircleEvent(AppendOnly):
    """One line of a circle's journal: who changed what about its members and mandates. Without names, for erasure."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="journal")
    kind = models.CharField(max_length=20, help_text="opened, joined, left, mandate_given, mandate_ended, closed")
    actor = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    mandate = models.ForeignKey(Mandate, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
