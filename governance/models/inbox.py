"""What a person sets up around what waits for them: lines put aside, secret feeds, lists of other nodes, mails.

All of it is theirs alone, and goes when they leave. Of a feed's address only a digest is kept; addresses of other
nodes' feeds, and what they said, are sealed with the node's wrapping key, like private keys.
"""

from django.db import models
from django.db.models import Q

from governance.rules.inbox import Rhythm
from network.clock import now
from network.models import Collective, Member


class AsideLine(models.Model):
    """A line that its reader has seen (`until` empty), or wants to see again at a time."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    line = models.CharField(max_length=64, help_text="the line's key (rules/inbox.py); with another deadline, another")
    until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("member", "line", name="aside_once")]


class WaitingFeed(models.Model):
    """A secret address at which a program reads what waits for somebody: in one collective, or (empty) in all."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="waiting_feeds")
    collective = models.ForeignKey(Collective, null=True, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, hex")
    made_at = models.DateTimeField(default=now)
    read_on = models.DateField(null=True, help_text="day of the last reading; never by whom")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index("member", condition=Q(ended_at=None), name="waiting_feed_live")]


class WaitingSource(models.Model):
    """A feed of another node that this node reads for one person. Nothing in it can be read without the key."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    mark = models.CharField(max_length=64, help_text="keyed digest of the address, to tell two apart")
    address = models.BinaryField(help_text="sealed")
    said = models.BinaryField(default=bytes, help_text="sealed: the last list, as JSON")
    read_at = models.DateTimeField(null=True, help_text="of the last list")
    next_at = models.DateTimeField(help_text="drawn by chance for each source, so that no two are read together")
    failure = models.CharField(max_length=40, blank=True, help_text="code of the last attempt, if it failed")
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("member", "mark", name="waiting_source_once")]
        indexes = [models.Index("next_at", name="waiting_source_due")]


class DigestChoice(models.Model):
    """Whether somebody wants to be told by mail, where, and how often. No row: never."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Rhythm])
    email = models.EmailField()
    next_at = models.DateTimeField(help_text="of the next digest")
    looked_at = models.DateTimeField(null=True, help_text="when deadlines were last looked at")
    left_out = models.JSONField(default=list, help_text="[[collective id, family of lines]]: what no mail tells of")


class WaitingMail(models.Model):
    """A mail to be sent: at most one of each sort waits. It holds no word; it is worded when it goes."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    sort = models.CharField(max_length=8, choices=[("digest", "digest"), ("reminder", "reminder")])
    next_at = models.DateTimeField(default=now)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("member", "sort", name="waiting_mail_once")]


class RemindedLine(models.Model):
    """Somebody was reminded of this line, so many days before its deadline: not twice."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    line = models.CharField(max_length=64)
    days = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("member", "line", "days", name="reminded_once")]
