"""Collectives and who belongs to them."""

from django.db import models

from network.clock import now
from network.models.members import Member


class Collective(models.Model):
    """A self-governed group, hosted by one home node; an ActivityStreams Group."""

    uri = models.CharField(max_length=500, unique=True)
    origin = models.CharField(max_length=255)
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    local = models.BooleanField(default=False)
    trust_terms = models.JSONField(default=dict, help_text="figures of trust.* handed down by the charter, as text")
    charter = models.CharField(max_length=80, blank=True, help_text="sha256:… of the charter in force, handed down")
    founded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint("slug", condition=models.Q(local=True), name="local_collective_slug_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipState(models.TextChoices):
    """Where a membership stands; only ACTIVE counts for trust and decisions."""

    CANDIDATE = "candidate"
    PROBATION = "probation"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Membership(models.Model):
    """One member's belonging to one collective, with its register number there."""

    collective = models.ForeignKey(Collective, on_delete=models.PROTECT, related_name="memberships")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="memberships")
    number = models.PositiveIntegerField(
        null=True, help_text="number of the member in this collective's register; unknown for one of another node"
    )
    state = models.CharField(max_length=12, choices=MembershipState, default=MembershipState.ACTIVE)
    since = models.DateTimeField(default=now)
    until = models.DateTimeField(null=True, help_text="its end; of another node: until when its paper says so")
    uri = models.CharField(max_length=500, blank=True, help_text="id of the signed paper, new at each admission")
    renewed_at = models.DateTimeField(default=now, help_text="when it was last confirmed: its paper lasts a year")
    revision = models.PositiveIntegerField(default=1, help_text="rises with each change that others should learn")

    class Meta:
        constraints = [
            models.UniqueConstraint("collective", "member", name="one_membership"),
            models.UniqueConstraint("collective", "number", name="membership_number_unique"),
        ]
