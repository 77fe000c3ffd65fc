"""Nodes we know, keys, actors of others, and who follows whom."""

from django.db import models

from federation.errors import OriginError
from federation.rules.origins import host_of, parents_of
from network.clock import now


class Standing(models.TextChoices):
    """What we make of a node. PEER: followed and accepted, its members' offers are listed."""

    UNKNOWN = "unknown"
    PEER = "peer"
    LIMITED = "limited"
    BLOCKED = "blocked"


class NodeQuerySet(models.QuerySet["Node"]):
    def blocked_host(self, host: str) -> bool:
        """Whether `host` (lower case, A-labels) or a domain above it is blocked, on any port."""
        blocked = self.filter(standing=Standing.BLOCKED).values_list("origin", flat=True)
        return bool({_host(origin) for origin in blocked} & set(parents_of(host)))


def _host(origin: str) -> str:
    try:
        return host_of(origin)
    except OriginError:
        return ""


class Node(models.Model):
    """Another node, known by its origin."""

    origin = models.CharField(max_length=255, unique=True, help_text="scheme://host[:port], normalised")
    name = models.CharField(max_length=120, blank=True)
    software = models.CharField(max_length=60, blank=True, help_text="NodeInfo name, e.g. toile")
    actor = models.CharField(max_length=500, blank=True, help_text="uri of its Application actor")
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.UNKNOWN)
    reason = models.CharField(max_length=500, blank=True, help_text="why limited or blocked")
    first_seen_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(null=True, help_text="last admitted message or successful delivery")

    objects = NodeQuerySet.as_manager()


class LocalKey(models.Model):
    """A private key of an actor of ours, encrypted with the wrapping key that lies outside the database."""

    owner = models.CharField(max_length=500, db_index=True, help_text="actor uri")
    key_id = models.CharField(max_length=500, unique=True, help_text="<actor>#main-key or #ed25519-key")
    algorithm = models.CharField(max_length=10, help_text="rsa or ed25519")
    public_pem = models.TextField()
    private_sealed = models.BinaryField(help_text="Fernet token of the PKCS#8 PEM")
    created_at = models.DateTimeField(default=now)
    retired_at = models.DateTimeField(null=True)


class RemoteActor(models.Model):
    """What an actor's own origin last served at the actor's id, reduced to what we use."""

    uri = models.CharField(max_length=500, unique=True)
    origin = models.CharField(max_length=255, db_index=True)
    kind = models.CharField(max_length=20, help_text="Person, Organization, Group, Application, Service")
    username = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=200, blank=True)
    inbox = models.CharField(max_length=500)
    shared_inbox = models.CharField(max_length=500, blank=True)
    outbox = models.CharField(max_length=500, blank=True)
    followers = models.CharField(max_length=500, blank=True)
    fetched_at = models.DateTimeField(default=now)
    gone_at = models.DateTimeField(null=True)


class RemoteKey(models.Model):
    """A key proven, in both directions, to be `owner`'s."""

    key_id = models.CharField(max_length=500, unique=True)
    owner = models.CharField(max_length=500, db_index=True)
    public_pem = models.TextField()
    fetched_at = models.DateTimeField(default=now)


class FollowState(models.TextChoices):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Follow(models.Model):
    """`follower` follows `followed`; at least one of them is ours. Uris of actors."""

    follower = models.CharField(max_length=500)
    followed = models.CharField(max_length=500)
    activity = models.CharField(max_length=500, unique=True, help_text="id of the Follow activity")
    outgoing = models.BooleanField(help_text="the follower is ours")
    state = models.CharField(max_length=10, choices=FollowState, default=FollowState.PENDING)
    inbox = models.CharField(max_length=500, blank=True, help_text="incoming: where the follower receives")
    shared_inbox = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)
    caught_up_at = models.DateTimeField(null=True, help_text="outgoing: when what they had was last read")

    class Meta:
        constraints = [models.UniqueConstraint("follower", "followed", name="one_follow")]
