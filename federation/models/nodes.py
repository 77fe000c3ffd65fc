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
    def blocked_hosts(self) -> frozenset[str]:
        """Return the hosts that are blocked, in lower case and A-labels; what lies below them is blocked too."""
        blocked = self.filter(standing=Standing.BLOCKED).values_list("origin", flat=True)
        return frozenset(host for origin in blocked if (host := _host(origin)))

    def blocked_host(self, host: str) -> bool:
        """Whether `host` (lower case, A-labels) or a domain above it is blocked, on any port."""
        return bool(self.blocked_hosts().intersection(parents_of(host)))


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
    version = models.CharField(max_length=40, blank=True, help_text="NodeInfo version of that software")
    actor = models.CharField(max_length=500, blank=True, help_text="uri of its Application actor")
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.UNKNOWN)
    reason = models.CharField(max_length=500, blank=True, help_text="why limited or blocked")
    first_seen_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(null=True, help_text="last admitted message or successful delivery")
    allowed = models.BooleanField(default=False, help_text="on the list of a closed collective")

    objects = NodeQuerySet.as_manager()


class Host(models.Model):
    """How one origin takes what we send: which signatures it reads, and whether it answers at all."""

    origin = models.CharField(max_length=255, unique=True)
    form = models.CharField(max_length=8, blank=True, help_text="rfc9421 or cavage: what it took; empty: not known")
    form_at = models.DateTimeField(null=True, help_text="when the form was learnt; forgotten after 30 days")
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    open_until = models.DateTimeField(null=True, help_text="circuit breaker: nothing but a probe is sent before")
    probe_until = models.DateTimeField(null=True, help_text="lease of the one probe")


class Reading(models.Model):
    """Whether one origin reads one type of object, as its answers tell."""

    origin = models.CharField(max_length=255)
    object_type = models.CharField(max_length=40)
    accepted_at = models.DateTimeField(null=True, help_text="last 2xx to this type")
    failures = models.PositiveIntegerField(default=0, help_text="5xx since, while nothing was ever accepted")
    first_failed_at = models.DateTimeField(null=True)
    unread = models.BooleanField(default=False, help_text="given up: it gets the companion form instead")

    class Meta:
        constraints = [models.UniqueConstraint("origin", "object_type", name="one_reading")]


class LocalKey(models.Model):
    """A private key of an actor of ours, encrypted with the wrapping key that lies outside the database."""

    owner = models.CharField(max_length=500, db_index=True, help_text="actor uri")
    key_id = models.CharField(max_length=500, unique=True, help_text="<actor>#main-key or #ed25519-key")
    algorithm = models.CharField(max_length=10, help_text="rsa or ed25519")
    public_pem = models.TextField()
    private_sealed = models.BinaryField(help_text="Fernet token of the PKCS#8 PEM")
    created_at = models.DateTimeField(default=now)
    retired_at = models.DateTimeField(null=True, help_text="rotated: what it signed before still counts")
    revoked_at = models.DateTimeField(null=True, help_text="stolen: nothing it signed counts")


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
    also_known_as = models.JSONField(default=list, help_text="uris it says are itself")
    moved_to = models.CharField(max_length=500, blank=True, help_text="uri, confirmed in both directions")
    moved_at = models.DateTimeField(null=True)


class RemoteKey(models.Model):
    """A key proven, in both directions, to be `owner`'s."""

    key_id = models.CharField(max_length=500, unique=True)
    owner = models.CharField(max_length=500, db_index=True)
    public_pem = models.TextField()
    fetched_at = models.DateTimeField(default=now)


class ProofKey(models.Model):
    """A Multikey that its owner lists under `assertionMethod` (FEP-521a), kept with its dates after it is retired."""

    key_id = models.CharField(max_length=500, unique=True)
    owner = models.CharField(max_length=500, db_index=True)
    multibase = models.CharField(max_length=80, help_text="z6Mk…: Ed25519")
    fetched_at = models.DateTimeField(default=now)
    retired_at = models.DateTimeField(null=True, help_text="`expires`, or since when it is no longer listed")
    revoked_at = models.DateTimeField(null=True, help_text="`revoked`: declared stolen")


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
    newest_seen = models.CharField(max_length=500, blank=True, help_text="outgoing: newest outbox item applied")

    class Meta:
        constraints = [models.UniqueConstraint("follower", "followed", name="one_follow")]


class MovedId(models.Model):
    """An id of this node under an earlier origin, and where it lives now."""

    old_uri = models.CharField(max_length=500, unique=True)
    new_uri = models.CharField(max_length=500)
    moved_at = models.DateTimeField(default=now)


class Policy(models.Model):
    """One row: how open this node is. `closed`: only allowed nodes are spoken with."""

    closed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_policy")]


class Heartbeat(models.Model):
    """When the worker last was at work: a gap tells that messages were missed."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(default=now)


class Notice(models.Model):
    """Something the operator should know; the sentence is the page's."""

    code = models.CharField(max_length=60)
    about = models.CharField(max_length=500, blank=True, help_text="origin or uri concerned")
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)
