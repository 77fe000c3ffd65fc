"""Conversations with clients who have no account. Only digests of their private links are kept."""

import uuid

from django.db import models

from network.clock import now
from network.models.members import Member
from network.models.offers import Offer
from network.rules.contact import CURRENCY, REACH_MAX, Side, Stage, Step, Way


class Conversation(models.Model):
    """One client, one member of this node. `name` and `reach` are the client's, for that member's eyes alone."""

    key_digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the form's key: pressed twice, once"
    )
    body_digest = models.CharField(max_length=64, help_text="SHA-256 of what was first written, to tell two apart")
    provider = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="conversations")
    offer = models.ForeignKey(Offer, null=True, on_delete=models.SET_NULL, related_name="conversations")
    name = models.CharField(max_length=120, blank=True)
    reach = models.CharField(max_length=REACH_MAX, blank=True, help_text="mail or telephone")
    language = models.CharField(max_length=10, default="fr")
    sender = models.CharField(max_length=64, blank=True, help_text="keyed digest of where it was sent from")
    price = models.CharField(max_length=12, blank=True, help_text="the offer's price model, if a quote is asked for")
    quantity = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    amount_cents = models.PositiveIntegerField(null=True)
    currency = models.CharField(max_length=3, default=CURRENCY)
    state = models.CharField(max_length=10, choices=[(stage, stage) for stage in Stage], default=Stage.OPEN)
    opened_at = models.DateTimeField(default=now)
    moved_at = models.DateTimeField(default=now, help_text="of the last step; it expires some months after")
    client_at = models.DateTimeField(default=now, help_text="of the client's last step")
    read_at = models.DateTimeField(null=True, help_text="when the member last looked")
    erased_at = models.DateTimeField(null=True, help_text="the client's wish: no word of theirs is left")

    class Meta:
        indexes = [
            models.Index("provider", "moved_at", name="contact_provider"),
            models.Index("sender", "opened_at", name="contact_sender"),
            models.Index("moved_at", name="contact_moved"),
        ]


class ContactMessage(models.Model):
    """One step of a conversation, with its words; a proposal (`quote`) with its figures."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    author = models.CharField(max_length=8, choices=[(side, side) for side in Side])
    step = models.CharField(max_length=8, choices=[(step, step) for step in Step])
    text = models.TextField(blank=True)
    way = models.CharField(max_length=5, blank=True, choices=[(way, way) for way in Way])
    quantity = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    unit_cents = models.PositiveIntegerField(null=True)
    amount_cents = models.PositiveIntegerField(null=True, help_text="the total; null where the price is in words")
    currency = models.CharField(max_length=3, default=CURRENCY)
    written_at = models.DateTimeField(default=now)
    key = models.UUIDField(default=uuid.uuid4, help_text="of the form: pressed twice, written once")

    class Meta:
        constraints = [models.UniqueConstraint("conversation", "key", name="contact_message_once")]


class ContactLink(models.Model):
    """A private link of the client's: the one shown at first, and one in each mail. Renewing ends them all."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, hex")
    made_at = models.DateTimeField(default=now)


class ContactBlock(models.Model):
    """A member takes no more first messages from here: a digest of where it was sent from, or of `reach`."""

    provider = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="contact_blocks")
    sender = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("provider", "sender", name="contact_block_once")]


class ContactReport(models.Model):
    """A member shows a conversation to the moderators, with what the client had written until then."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="report")
    reason = models.TextField()
    words = models.TextField(help_text="the client's messages when it was reported")
    made_at = models.DateTimeField(default=now)


class ContactMail(models.Model):
    """A mail to be sent: at most one waits for each side. Gone once sent, or given up."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="mails")
    to = models.CharField(max_length=8, choices=[(side, side) for side in (Side.CLIENT, Side.PROVIDER)])
    first = models.BooleanField(default=False, help_text="carries the link for the first time")
    next_at = models.DateTimeField(default=now)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("conversation", "to", name="contact_mail_once")]


class ContactAddress(models.Model):
    """An address of mail that a client left: it was asked once whether news may come there, and nothing else goes
    there before whoever reads it agreed. A digest alone: it outlives the conversation, so that erasing and writing
    again does not ask anew."""

    mark = models.CharField(max_length=64, unique=True, help_text="keyed digest of the address, lower case")
    asked_at = models.DateTimeField(default=now)
    agreed_at = models.DateTimeField(null=True)


class Testimony(models.Model):
    """What a client without an account says once it is done: for the member alone, or on their page. Never signed."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="testimony")
    subject = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="testimonies")
    text = models.TextField()
    public = models.BooleanField(default=False)
    written_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("subject", "public", name="testimony_subject")]
