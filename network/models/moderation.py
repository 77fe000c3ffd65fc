"""Reports, what they led to, and what is hidden here. About records, by their uri; never about people."""

from django.db import models
from django.db.models import Q

from network.clock import now
from network.models.append_only import AppendOnly
from network.models.members import Member


class Complaint(models.TextChoices):
    """What somebody says of an entry."""

    GONE = "gone"
    ERROR = "error"
    ABUSE = "abuse"


class Report(models.Model):
    """Somebody, perhaps without an account, says that something is wrong with an entry. No address is kept."""

    uri = models.CharField(max_length=500, db_index=True, help_text="of the entry")
    kind = models.CharField(max_length=6, choices=Complaint)
    words = models.TextField(blank=True)
    reporter = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index("settled_at", "at", name="report_open")]


class Hidden(models.Model):
    """An entry hidden here, whatever node it is from, with a public reason. Lifted, the row stays as history.

    `by` is empty when members' votes said that the entry is no more. Its owner may answer once.
    """

    uri = models.CharField(max_length=500, help_text="of the entry")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)
    lifted_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("uri", condition=Q(lifted_at__isnull=True), name="hidden_once"),
        ]


class Verb(models.TextChoices):
    """What was done about an entry."""

    DISMISS = "dismiss"
    ASK = "ask"
    HIDE = "hide"
    UNHIDE = "unhide"
    ANSWER = "answer"


class ModerationAct(AppendOnly):
    """One line of the log of moderation: who did what to which entry, and when. Never changed.

    `actor` is empty where members' votes did it. The words are beside it (`ActWords`), so that they can be erased with
    the person they speak of.
    """

    uri = models.CharField(max_length=500, db_index=True, help_text="of the entry")
    verb = models.CharField(max_length=8, choices=Verb)
    actor = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)
    reports = models.PositiveIntegerField(default=0, help_text="how many reports it settled")


class ActWords(models.Model):
    """Why, and what the entry was called then."""

    act = models.OneToOneField(ModerationAct, on_delete=models.PROTECT, related_name="words")
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)


class RecordVote(models.Model):
    """A member says of an entry that it is no more, or that it still holds. About the record, never the person."""

    uri = models.CharField(max_length=500, help_text="of the entry")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    gone = models.BooleanField()
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("uri", "member", name="one_vote_on_a_record")]
