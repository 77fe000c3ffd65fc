"""Reminders of decisions in writing that leave by mail: kept, for silence may count only after those that left."""

from django.db import models
from django.db.models import Q

from governance.models.consent import ConsentSession
from network.clock import now
from network.models import Member


class ReminderMail(models.Model):
    """One reminder for one person: `number` of the reminders of `window`. Waits until `sent_at`, or is given up."""

    session = models.ForeignKey(ConsentSession, on_delete=models.CASCADE, related_name="reminder_mails")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="reminder_mails")
    window = models.PositiveIntegerField()
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=now)
    next_at = models.DateTimeField(null=True, default=now, help_text="of the next try; none once sent or given up")
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("session", "member", "window", "number", name="reminder_mail_once")]
        indexes = [models.Index("next_at", condition=Q(next_at__isnull=False), name="reminder_mail_waits")]
