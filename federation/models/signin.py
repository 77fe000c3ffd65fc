"""Entering a node with one's own: software that may ask us for our members, and where people of others come from.

Secrets are digests (ours to check) or sealed with the wrapping key (ours to use). None is kept in clear.
"""

from django.conf import settings
from django.db import models

from network.clock import now


class SignInClient(models.Model):
    """Software that registered itself here (RFC 7591), almost always another node."""

    client_id = models.CharField(max_length=64, unique=True)
    secret_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256, hex; empty: a public client")
    method = models.CharField(max_length=24, help_text="token_endpoint_auth_method")
    name = models.CharField(max_length=120, blank=True, help_text="what it calls itself: shown after its origin only")
    origin = models.CharField(max_length=255, db_index=True, help_text="of all its redirect addresses")
    redirect_uris = models.JSONField()
    created_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(null=True, help_text="when somebody last entered with it; unused ones are purged")


class SignInCode(models.Model):
    """A code that the browser carries: a minute long, once, for one client, address, person and PKCE challenge."""

    digest = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(SignInClient, on_delete=models.CASCADE)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    redirect_uri = models.CharField(max_length=500)
    scope = models.CharField(max_length=120)
    nonce = models.CharField(max_length=200, blank=True)
    challenge = models.CharField(max_length=128)
    auth_time = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class SignInToken(models.Model):
    """What a client may do for a person who let it: know who they are, have their acts signed."""

    digest = models.CharField(max_length=64, unique=True)
    code = models.ForeignKey(SignInCode, null=True, on_delete=models.SET_NULL, related_name="tokens")
    client = models.ForeignKey(SignInClient, on_delete=models.CASCADE, related_name="tokens")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=120)
    issued_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)


class SignedAct(models.Model):
    """An act at another node that this node signed for its member: under one key, one document."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(SignInClient, null=True, on_delete=models.SET_NULL, related_name="+")
    origin = models.CharField(max_length=255)
    key = models.UUIDField()
    document = models.JSONField(help_text="with its proof; a commitment, never the choice")
    signed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("account", "origin", "key", name="signed_act_once")]


class SignInIssuer(models.Model):
    """Another node, as people enter here with it: what it serves, and how we are registered there."""

    issuer = models.CharField(max_length=255, unique=True, help_text="its origin, exactly")
    client_id = models.CharField(max_length=500)
    secret_sealed = models.BinaryField(help_text="Fernet token of the client's secret")
    metadata = models.JSONField(help_text="the addresses that its configuration names, all on its own origin")
    registered_at = models.DateTimeField(default=now)


class Entrance(models.Model):
    """One session here of somebody whose home is another node. It lasts as long as the home node's token."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entrances")
    issuer = models.ForeignKey(SignInIssuer, on_delete=models.CASCADE, related_name="entrances")
    session_key = models.CharField(max_length=40, db_index=True)
    token_sealed = models.BinaryField(help_text="Fernet token of the access token")
    scope = models.CharField(max_length=120)
    entered_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    checked_at = models.DateTimeField(default=now, help_text="when its node last said that it holds")
    ended_at = models.DateTimeField(null=True)
    why_ended = models.CharField(max_length=20, blank=True, help_text="left, revoked, expired, not-spoken-with, gone")
    told_at = models.DateTimeField(null=True, help_text="when its node was told that it ended here")
