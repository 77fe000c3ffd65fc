"""Binding acts of members of other nodes, and the signature of their node: beside the step, under its key."""

from django.db import models

from governance.models.assemblies import Assembly
from governance.models.choosing import Election, Lot
from governance.models.consent import ConsentSession
from governance.models.cooptation import Candidacy
from governance.models.polls import Poll
from governance.models.register import Entry
from governance.rules.polls import Tier
from network.clock import now
from network.models import Member


class SignatureState(models.TextChoices):
    """WAITING: their node could not be asked yet. MISSING: it did not sign in the time that the charter gives."""

    WAITING = "waiting"
    SIGNED = "signed"
    MISSING = "missing"


class ActSignature(models.Model):
    """What a member's node signed, or is still to sign, of one act. The payload is the step's, found by the key."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="act_signatures")
    key = models.UUIDField()
    kind = models.CharField(max_length=40)
    session = models.ForeignKey(ConsentSession, null=True, on_delete=models.PROTECT, related_name="signatures")
    assembly = models.ForeignKey(Assembly, null=True, on_delete=models.PROTECT, related_name="signatures")
    election = models.ForeignKey(Election, null=True, on_delete=models.PROTECT, related_name="signatures")
    candidacy = models.ForeignKey(Candidacy, null=True, on_delete=models.PROTECT, related_name="signatures")
    poll = models.ForeignKey(Poll, null=True, on_delete=models.PROTECT, related_name="signatures")
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="signatures")
    salt = models.CharField(
        max_length=64, blank=True, help_text="32 bytes, hex: of the commitment that is signed; erased with the words"
    )
    facts = models.JSONField(help_text="what is to be signed (rules/remote.py: act_facts)")
    proof = models.JSONField(null=True, help_text="the signed document, with its FEP-8b32 proof")
    proof_salt = models.CharField(max_length=64, help_text="of the commitment by which the register cites the proof")
    state = models.CharField(max_length=10, choices=SignatureState, default=SignatureState.WAITING)
    why = models.CharField(max_length=40, blank=True, help_text="code of the last failure to have it signed")
    made_at = models.DateTimeField(default=now)
    wait_until = models.DateTimeField(db_index=True)
    signed_at = models.DateTimeField(null=True)
    entry = models.ForeignKey(
        Entry, null=True, on_delete=models.PROTECT, related_name="signatures", help_text="the entry that cites it"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint("member", "key", name="one_signature_an_act")]

    @property
    def secret(self) -> bool:
        """Whether it is part of a secret vote, of which nobody else reads who took part."""
        return self.poll is not None and self.poll.tier == Tier.SECRET
