"""Votes on a text: the roll, frozen at the opening, and the ballots.

Secrecy is a matter of columns: of a secret vote nothing leads from a ballot to a person, neither a key, an instant nor
an order. A named vote has its ballots in a table of its own.
"""

import uuid

from django.db import models
from django.db.models import Q

from governance.models.append_only import AppendOnly
from governance.models.charter import Charter
from governance.models.consent import ConsentSession
from governance.models.register import Entry
from governance.rules.polls import CHOICES, Outcome, Tier
from network.clock import now
from network.models import Member

SAID = [(each, each) for each in CHOICES]


class Poll(models.Model):
    """A vote on the text that consent did not settle. Text, roll, figures and closing are frozen at its opening."""

    session = models.OneToOneField(ConsentSession, on_delete=models.PROTECT, related_name="poll")
    charter = models.ForeignKey(Charter, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(help_text="of the text that is voted on")
    title = models.CharField(max_length=200)
    text = models.TextField()
    terms = models.JSONField(help_text="the figures it obeys, shares as n/d")
    tier = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Tier])
    opened_at = models.DateTimeField(default=now)
    closes_at = models.DateTimeField(db_index=True)
    extended = models.BooleanField(default=False, help_text="once, where too few had cast a secret ballot")
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Outcome], blank=True)
    result = models.JSONField(default=dict, help_text="the count, once closed")
    opening = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="poll")

    def __str__(self) -> str:
        return self.title


class RollEntry(models.Model):
    """Somebody's place on the roll of a vote, and whether they have voted. Nothing here says what."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="roll")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="+", help_text="who may vote for them"
    )
    has_voted = models.BooleanField(default=False)
    by_holder = models.BooleanField(default=False, help_text="whether the ballot that counts is their proxy's")

    class Meta:
        constraints = [models.UniqueConstraint("poll", "member", name="one_place_on_roll")]


class NamedBallot(AppendOnly):
    """A choice in a named vote; the last one counts. `cast_by`: themself, or who holds their proxy."""

    place = models.ForeignKey(RollEntry, on_delete=models.PROTECT, related_name="ballots")
    choice = models.CharField(max_length=8, choices=SAID)
    cast_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    cast_at = models.DateTimeField()
    key = models.UUIDField(help_text="of the act")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(choice__in=CHOICES), name="named_choice_known"),
            models.UniqueConstraint("cast_by", "key", name="named_ballot_key_unique"),
        ]


class SecretBallot(models.Model):
    """A ballot of a secret vote: a random number and a choice. Whose it is stands nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="secret_ballots")
    choice = models.CharField(max_length=8, choices=SAID)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(choice__in=CHOICES), name="secret_choice_known")]


class VoteReceipt(models.Model):
    """The answer to a vote, given again if it is repeated under the same key. It says nothing of the choice."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="receipts")
    actor = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    body_digest = models.CharField(max_length=64, help_text="of a secret vote it covers no choice")
    receipt = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint("actor", "key", name="vote_key_unique")]


class Proxy(models.Model):
    """A power to vote for somebody of the same circle, until its day; what a vote opens with is frozen on its roll."""

    circle = models.ForeignKey("governance.Circle", on_delete=models.PROTECT, related_name="proxies")
    giver = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=now)
    ends_on = models.DateField(help_text="the last day on which it is worth anything")
    ended_at = models.DateTimeField(null=True, help_text="withdrawn, or given back")
    key = models.UUIDField(null=True, unique=True, help_text="of the act that gave it")

    class Meta:
        constraints = [
            models.UniqueConstraint("circle", "giver", condition=Q(ended_at=None), name="one_proxy_given"),
            models.CheckConstraint(condition=~Q(giver=models.F("holder")), name="proxy_of_another"),
        ]
