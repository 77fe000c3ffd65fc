"""Heads of registers: ours as told, those of others that we countersigned, and lies that two signatures prove."""

from django.db import models

from network.clock import now


class Watcher(models.Model):
    """A node that is told of the heads of a register of ours: up to where it holds, and what it was told last."""

    collective = models.CharField(max_length=500, help_text="uri of ours")
    origin = models.CharField(max_length=255)
    held = models.PositiveIntegerField(default=0, help_text="the number up to which it says it holds the register")
    told = models.PositiveIntegerField(default=0, help_text="number of the last head sent")
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("collective", "origin", name="watcher_unique")]


class SignedHead(models.Model):
    """A head that the Group of its collective signed: ours, or one that we verified and countersigned."""

    collective = models.CharField(max_length=500)
    local = models.BooleanField(help_text="of a collective of ours")
    n = models.PositiveIntegerField()
    since = models.PositiveIntegerField()
    head = models.CharField(max_length=64)
    body = models.BinaryField(help_text="the document with its proof, bytes as signed or received")
    made_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["n", "pk"]
        constraints = [models.UniqueConstraint("collective", "local", "n", "since", "head", name="signed_head_unique")]


class Confirmation(models.Model):
    """The countersignature of another node under a head of ours."""

    collective = models.CharField(max_length=500)
    witness = models.CharField(max_length=500, help_text="uri of the other node's Application")
    n = models.PositiveIntegerField()
    head = models.CharField(max_length=64)
    key_id = models.CharField(max_length=500)
    body = models.BinaryField()
    made_at = models.DateTimeField(help_text="`created` of its proof")

    class Meta:
        ordering = ["n", "pk"]
        constraints = [models.UniqueConstraint("collective", "witness", "n", name="confirmation_unique")]


class HeadConflict(models.Model):
    """Two heads of one register, both signed by its Group, that cannot both be true. Never removed by the software."""

    collective = models.CharField(max_length=500)
    local = models.BooleanField(help_text="of a collective of ours")
    kind = models.CharField(max_length=10, help_text="fork: two values; rollback: our rows end before what we signed")
    n = models.PositiveIntegerField(help_text="the first number at which they differ, or that is missing")
    first = models.BinaryField(help_text="the head known before")
    second = models.BinaryField(help_text="the head that contradicts it")
    told_by = models.CharField(max_length=500, blank=True, help_text="uri of the witness that showed it to us")
    found_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint("collective", "local", "kind", "n", name="head_conflict_unique")]
