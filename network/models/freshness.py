"""How old what we show is: sources that fall silent, and what owners were reminded of."""

from django.db import models
from django.db.models import Q

from network.clock import now
from network.models.members import Member
from network.models.offers import Offer


class Departure(models.TextChoices):
    """Why what a node has given is no longer shown. SILENT alone ends by itself, when the node is heard again."""

    SILENT = "silent"
    DELETED = "deleted"
    MOVED = "moved"
    FORGOTTEN = "forgotten"


class Source(models.Model):
    """Another node as a source of copies. There is a row once it was missed, or has departed.

    What its members published is hidden while it is departed, and what they attest counts for nothing.
    """

    origin = models.CharField(max_length=255, unique=True, help_text="scheme, host and port")
    missed_on = models.JSONField(default=list, help_text="days (ISO) of the last 30 on which it could not be reached")
    silent_since = models.DateTimeField(null=True, help_text="first failure since it was last heard of")
    departed_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=10, choices=Departure, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(departed_at__isnull=True, why="") | ~Q(why=""), name="departed_why")
        ]


class Reminder(models.Model):
    """Somebody is to confirm their profile (`offer` empty) or an offer before `due_at`. Written once for each term.

    A page shows them; whoever can write to people may send them, and says so by `sent_at`.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="reminders")
    offer = models.ForeignKey(Offer, null=True, on_delete=models.CASCADE, related_name="reminders")
    due_at = models.DateTimeField(help_text="when the profile is a year old, or the offer ends")
    days = models.PositiveSmallIntegerField(help_text="how long before: 30, 7, or 0 when it is due")
    made_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("member", "due_at", "days", condition=Q(offer=None), name="one_profile_reminder"),
            models.UniqueConstraint("offer", "due_at", "days", name="one_offer_reminder"),
        ]
