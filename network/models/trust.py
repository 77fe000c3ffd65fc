"""The stored facts of the web of trust (`rules/facts.py` says what they mean)."""

import uuid

from django.db import models

from network.clock import now
from network.models.members import Member


class Vouch(models.Model):
    """`issuer` vouches for `subject`. A renewal replaces the row's version under the same uri."""

    uri = models.CharField(max_length=500, help_text="unique for its issuer: nobody takes another's address away")
    issuer = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="vouches_given")
    subject = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="vouches_received")
    kind = models.CharField(max_length=500, default="charte", help_text="charte, competence:<IRI> or prestation")
    level = models.PositiveSmallIntegerField(help_text="1 know, 2 worked with, 3 answer for")
    statement = models.CharField(max_length=500, blank=True)
    known_since = models.CharField(max_length=80, blank=True, help_text="in the issuer's words; stays on this node")
    articles = models.JSONField(default=list, help_text="ids of the charter's articles seen; stays on this node")
    reason = models.CharField(max_length=500, blank=True, help_text="why it was withdrawn: for its issuer alone")
    charter = models.CharField(max_length=80, blank=True, help_text="sha256:… of the charter attested")
    public = models.BooleanField(default=True)
    issued_at = models.DateTimeField(default=now, help_text="of this version; rises with each renewal")
    entered_at = models.DateTimeField(default=now, help_text="first known to this node; the rate rule counts from it")
    expires_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1, help_text="rises with each change that others should learn")

    class Meta:
        constraints = [
            models.UniqueConstraint("uri", "issuer", name="vouch_unique"),
            models.CheckConstraint(condition=~models.Q(issuer=models.F("subject")), name="no_self_vouch"),
            models.CheckConstraint(condition=models.Q(level__in=[1, 2, 3]), name="vouch_level"),
        ]

    @property
    def renewed(self) -> bool:
        """Whether it was given again: of other nodes the dates alone do not tell, and a paper of ours that was signed
        anew after a key was stolen has a revision more."""
        return self.revision > 1 and not (self.issuer.local and self.issued_at <= self.entered_at)


class Tombstone(models.Model):
    """A revoked vouch: hashes only, so that it survives erasure. It beats every version of that issuer's."""

    uri_digest = models.CharField(max_length=64, help_text="SHA-256 of the uri, hex")
    issuer_digest = models.CharField(max_length=64, help_text="SHA-256 of the issuer's uri, hex")
    deleted_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("uri_digest", "issuer_digest", name="tombstone_unique")]


class WebVersion(models.Model):
    """One row: it changes in the transaction of every change to vouches or memberships.

    `mark` is new each time: after a restored backup the same number may stand for other facts.
    """

    number = models.PositiveBigIntegerField(default=0)
    mark = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_web_version")]


class WebChange(models.Model):
    """Whose attestations or memberships each version changed, so that a reader need not read everything again."""

    number = models.PositiveBigIntegerField(db_index=True)
    mark = models.UUIDField(help_text="of that version: after a restored backup the number alone would not say")
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+", help_text="null: nobody")
    everybody = models.BooleanField(default=False, help_text="who has changed is not known: it may be anybody")


class WebArrays(models.Model):
    """The web as arrays, kept because building it takes seconds. A cache: deleting it is always safe."""

    terms = models.CharField(max_length=80, unique=True, help_text="the figures that it depends on")
    number = models.PositiveBigIntegerField(help_text="of the version that it was read at, or later")
    mark = models.UUIDField()
    made_at = models.DateTimeField(default=now)
    body = models.BinaryField(help_text="numpy's savez, without pickle")
