"""What came in from files: each import as a whole, what it changed, and the entries that nobody has claimed."""

from django.db import models

from network.clock import now
from network.models.members import Member
from network.models.offers import Offer


class ImportScope(models.TextChoices):
    """For whom: one's own offers, or entries about others, which stay unclaimed until they claim them."""

    OWN = "own"
    ENTRIES = "entries"


class ImportState(models.TextChoices):
    """READ shows what would be done; FETCHING reads a directory file by file first."""

    FETCHING = "fetching"
    READ = "read"
    APPLIED = "applied"
    UNDONE = "undone"


class ImportRun(models.Model):
    """One file, or one directory read from its address, and what became of it."""

    actor = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    scope = models.CharField(max_length=8, choices=ImportScope)
    format = models.CharField(max_length=16)
    name = models.CharField(max_length=300, help_text="of the file, or its address")
    source = models.CharField(max_length=500, help_text="who says so: an address or a name")
    content = models.TextField(blank=True, help_text="what was read, until it is applied")
    progress = models.JSONField(default=dict, help_text="of reading a directory: waiting, read, failed")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.READ)
    report = models.JSONField(default=dict, help_text="created, updated, same, skipped, unknown; after undoing kept")
    created_at = models.DateTimeField(default=now)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index("actor", "created_at", name="import_of_actor")]


class ImportedChange(models.Model):
    """One thing that an import made or changed: as it was (empty if made), and as the import left it. Of one's own,
    also what it read again and found the same: both empty."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="changes")
    line = models.PositiveIntegerField()
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    offer = models.ForeignKey(Offer, null=True, on_delete=models.SET_NULL, related_name="+")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)


class RecordState(models.TextChoices):
    """CLAIMED and REMOVED stay so: the source cannot bring such an entry back."""

    UNCLAIMED = "unclaimed"
    CLAIMED = "claimed"
    REMOVED = "removed"
    LAPSED = "lapsed"


class SourceRecord(models.Model):
    """Where an unclaimed entry comes from. Its digest survives the entry, so that what its owner removed stays away."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what tells it from all others, hex")
    source = models.CharField(max_length=500)
    url = models.CharField(max_length=500, blank=True, help_text="where its source shows it")
    member = models.OneToOneField(Member, null=True, on_delete=models.SET_NULL, related_name="record")
    offer_ids = models.JSONField(default=dict, help_text="offer of the source → id here")
    state = models.CharField(max_length=10, choices=RecordState, default=RecordState.UNCLAIMED)
    heard_at = models.DateTimeField(default=now, help_text="last read from its source")
    leaves_at = models.DateTimeField(help_text="leaves the results then, unless read again or claimed")

    class Meta:
        indexes = [models.Index("state", "leaves_at", name="record_due")]


class ClaimState(models.TextChoices):
    """UNDONE: it had been accepted, and an operator gave the entry back to nobody."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDONE = "undone"


class Claim(models.Model):
    """Somebody says that an unclaimed entry is theirs; or asks that it be removed (`wants` claim or remove)."""

    record = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="claims")
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+")
    wants = models.CharField(max_length=8)
    contact = models.CharField(max_length=200, blank=True, help_text="of somebody without account; erased once settled")
    message = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=ClaimState, default=ClaimState.ASKED)
    asked_at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    proof = models.CharField(max_length=500, blank=True, help_text="page that showed the member's code")
    title = models.CharField(max_length=120, blank=True, help_text="what the entry that was taken over was called")
    uri = models.CharField(max_length=500, blank=True, help_text="address of that entry, which now leads to the member")
    kept = models.JSONField(default=dict, help_text="that entry and what became of it, as long as this can be undone")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")


class SourceFile(models.Model):
    """A file of another directory as last fetched, kept as long as its server lets us."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of its address, hex")
    url = models.CharField(max_length=500)
    text = models.TextField()
    fetched_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
