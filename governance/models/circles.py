"""Circles: who decides together, and who holds which role."""

from django.db import models
from django.db.models import Q

from network.clock import now
from network.models import Collective, Member


class Circle(models.Model):
    """Members of a collective who decide together on a purpose."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="circles")
    name = models.CharField(max_length=120)
    purpose = models.TextField(blank=True)
    opened_at = models.DateTimeField(default=now)

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
    """A role held in a circle, from a day to a day."""

    circle = models.ForeignKey(Circle, on_delete=models.PROTECT, related_name="mandates")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="mandates")
    role = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
