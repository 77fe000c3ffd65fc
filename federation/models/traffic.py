"""Messages in and out, as rows: the rows are the truth, the broker only hastens."""

from django.db import connection, models

from network.clock import now


class Outcome(models.TextChoices):
    """What became of an admitted message: a closed list, one word each."""

    WAITING = "waiting"
    APPLIED = "applied"
    IGNORED = "ignored"
    UNTRANSLATABLE = "untranslatable"
    EXPIRED = "expired"
    FAILED = "failed"
    REFUSED_PROOF = "refused proof"


Name = tuple[str, str]


class EnvelopeQuerySet(models.QuerySet["Envelope"]):
    def insert_new(self, rows: "list[Envelope]") -> dict[Name, int]:
        """Insert those that are not there yet, in one statement; return the ids of these alone, by (activity, actor).

        The database decides, so that of copies that come at once, in several processes, one alone is new.
        """
        if not rows:
            return {}
        fields = [field for field in self.model._meta.concrete_fields if not field.primary_key]
        quoted = connection.ops.quote_name
        columns = ", ".join(quoted(field.column) for field in fields)
        places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
        into = f"INSERT INTO {quoted(self.model._meta.db_table)} ({columns}) VALUES {places}"  # noqa: S608 - names of ours
        rows = sorted(rows, key=lambda row: (row.activity, row.actor))  # two processes meet in one order
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]
        with connection.cursor() as cursor:
            cursor.execute(f"{into} ON CONFLICT DO NOTHING RETURNING id, activity, actor", values)
            return {(activity, actor): pk for pk, activity, actor in cursor.fetchall()}


class Envelope(models.Model):
    """A message that the gate admitted. Its id is unique for its actor, for good; the body goes after 30 days.

    Not unique for all actors: whoever sends first under another's id must not keep that other's message out.
    """

    activity = models.CharField(max_length=500)
    actor = models.CharField(max_length=500, help_text="verified sender")
    body = models.BinaryField(help_text="raw bytes as received; empty once forgotten")
    received_at = models.DateTimeField(default=now)
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.WAITING)
    detail = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=now, db_index=True)

    objects = EnvelopeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("activity", "actor", name="envelope_unique")]


class Replay(models.Model):
    """A signature already seen, kept until its window has ended."""

    key_id = models.CharField(max_length=500)
    signature_digest = models.CharField(max_length=64, help_text="SHA-256 of the signature, hex")
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint("key_id", "signature_digest", name="replay_unique")]


class Activity(models.Model):
    """A message of ours, rendered once."""

    uri = models.CharField(max_length=500, unique=True)
    actor = models.CharField(max_length=500, db_index=True)
    object_uri = models.CharField(max_length=500, db_index=True)
    kind = models.CharField(max_length=20, help_text="Create, Update, Delete, Follow, Accept…")
    object_type = models.CharField(max_length=40, blank=True, help_text="Proposal, Note, Relationship…")
    body = models.BinaryField()
    public = models.BooleanField(default=False, help_text="listed in the outbox")
    created_at = models.DateTimeField(default=now)


class DeliveryState(models.TextChoices):
    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class Delivery(models.Model):
    """One activity to one inbox. A row waits while an earlier one for the same (inbox, object) is open."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="deliveries")
    inbox = models.CharField(max_length=500)
    host = models.CharField(max_length=255, db_index=True, help_text="origin of the inbox")
    object_uri = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    unauthorised = models.PositiveSmallIntegerField(default=0, help_text="answers 401: the fourth is the last")
    next_attempt_at = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    last_status = models.CharField(max_length=60, blank=True, help_text="HTTP status or error word")
    queued_at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("activity", "inbox", name="one_delivery")]
        indexes = [
            models.Index("state", "next_attempt_at", name="delivery_due"),
            models.Index("inbox", "object_uri", "id", name="delivery_order"),
        ]


class Rendered(models.Model):
    """The document served at an address of ours, rendered once per change, with whom it is for."""

    uri = models.CharField(max_length=500, unique=True)
    body = models.BinaryField()
    digest = models.CharField(max_length=64, help_text="SHA-256, hex: the ETag")
    public = models.BooleanField(default=True)
    audience = models.JSONField(default=list, help_text="uris of `to` and `cc`: who may read what is not public")
    gone = models.BooleanField(default=False, help_text="the body is a Tombstone; answered 410")
    rendered_at = models.DateTimeField(default=now)


class Announced(models.Model):
    """Up to which revision a thing of ours was told to others; a sweep finds what is behind."""

    uri = models.CharField(max_length=500, unique=True)
    revision = models.PositiveIntegerField()


class TombstoneSeen(models.Model):
    """An object of others that was deleted by its owner: later Creates with this id are ignored."""

    uri_digest = models.CharField(max_length=64, help_text="SHA-256 of the id, hex")
    owner = models.CharField(max_length=500, help_text="it counts against this actor's versions only")
    deleted_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("uri_digest", "owner", name="tombstone_seen_unique")]


class SignedKind(models.TextChoices):
    """What travels with a proof of its own (FEP-8b32)."""

    ATTESTATION = "attestation"
    MEMBERSHIP = "membership"
    DECISION = "decision"
    TOMBSTONE = "tombstone"


class SignedObject(models.Model):
    """A verified object with its proof, its bytes as received, so that it can be relayed and verified elsewhere."""

    uri = models.CharField(max_length=500)
    owner = models.CharField(max_length=500, db_index=True)
    kind = models.CharField(max_length=12, choices=SignedKind)
    about = models.CharField(max_length=500, blank=True, db_index=True, help_text="uri of whom or what it speaks of")
    body = models.BinaryField(help_text="the object alone, bytes as received or signed")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body, hex")
    key_id = models.CharField(max_length=500)
    made_at = models.DateTimeField(help_text="`created` of the proof")
    verified_at = models.DateTimeField(default=now)
    via = models.CharField(max_length=500, blank=True, help_text="actor that relayed it; empty: its owner")

    class Meta:
        constraints = [models.UniqueConstraint("uri", "owner", "kind", name="signed_object_unique")]
        indexes = [models.Index("kind", "made_at", name="signed_kind_made")]
