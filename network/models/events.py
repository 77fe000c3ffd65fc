"""Install fairs, workshops, debates, trainings, open assemblies: what is said once, and each of its dates."""

from django.db import models

from network.clock import now
from network.models.members import Located, Member


class EventKind(models.TextChoices):
    """What it is; OTHER is for events of other software, which say it in other words."""

    INSTALL_FAIR = "install_fair"
    WORKSHOP = "workshop"
    DEBATE = "debate"
    TRAINING = "training"
    ASSEMBLY = "assembly"
    OTHER = "other"


class EventState(models.TextChoices):
    """A cancelled event is still shown, so that nobody comes in vain; a withdrawn one never comes back."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class RhythmKind(models.TextChoices):
    """When it comes again. MONTHLY: the same weekday of the month (first Saturday); LAST: the last such weekday."""

    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    LAST = "monthly_last"
    LISTED = "listed"


class EventPrice(models.TextChoices):
    """How it is paid. UNSAID is for events of other nodes."""

    GIFT = "gift"
    FREE_PRICE = "prix_libre"
    FIXED = "fixed"
    UNSAID = "unsaid"


class EventReaders(models.TextChoices):
    """Everybody, here and elsewhere; or the members of the organiser's collectives, on this node alone."""

    PUBLIC = "public"
    MEMBERS = "members"


class Event(models.Model):
    """What all dates of an event have in common. One of another node has exactly one date, with the same uri."""

    uri = models.CharField(max_length=500, unique=True)
    organiser = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="events")
    partners = models.ManyToManyField(Member, blank=True, related_name="events_shared", help_text="who organises too")
    local = models.BooleanField(default=False)
    kind = models.CharField(max_length=14, choices=EventKind, default=EventKind.OTHER)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="Markdown if local, else sanitised HTML")
    zone = models.CharField(max_length=60, default="Europe/Paris", help_text="IANA name: its hours are of there")
    rhythm = models.CharField(max_length=12, choices=RhythmKind, default=RhythmKind.ONCE)
    first_on = models.DateField(null=True, help_text="local: the first day of the rhythm")
    until_on = models.DateField(null=True, help_text="local: the last day of the rhythm; none: it goes on")
    listed = models.JSONField(default=list, help_text="local: days, ISO 8601, of the rhythm `listed`")
    starts = models.TimeField(null=True, help_text="local: hour at the place")
    ends = models.TimeField(null=True, help_text="local; not after `starts`: on the next day")
    places = models.JSONField(default=list, help_text="local: where, in turn: name, dept, code, lat, lon, venue")
    online = models.URLField(max_length=500, blank=True, help_text="where to follow it from afar")
    price = models.CharField(max_length=10, choices=EventPrice, default=EventPrice.UNSAID)
    amount_cents = models.PositiveIntegerField(null=True, help_text="fixed only")
    currency = models.CharField(max_length=3, default="EUR")
    accessibility = models.JSONField(default=list, help_text="values of rules.events.ACCESSIBILITY")
    languages = models.JSONField(default=list, help_text="BCP 47 tags")
    capacity = models.CharField(max_length=200, blank=True, help_text="in words")
    registration = models.CharField(max_length=200, blank=True, help_text="in words")
    registration_link = models.URLField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=EventState, default=EventState.CONFIRMED)
    visibility = models.CharField(max_length=8, choices=EventReaders, default=EventReaders.PUBLIC)
    page = models.URLField(max_length=500, blank=True, help_text="of another node: its web page")
    demo = models.BooleanField(default=False, help_text="invented, part of the demo data")
    published_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    heard_at = models.DateTimeField(default=now, help_text="last received from its node")

    class Meta:
        indexes = [models.Index("organiser", "state", name="event_organiser_state")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price=EventPrice.FIXED, amount_cents__isnull=False)
                | (~models.Q(price=EventPrice.FIXED) & models.Q(amount_cents__isnull=True)),
                name="event_amount_iff_fixed",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class EventDate(Located):
    """One day of an event, with its own hours and place; on the wire an AS2 Event, in calendars a VEVENT."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="dates")
    uri = models.CharField(max_length=500, unique=True)
    slot = models.DateField(help_text="the day for which it was first planned: its name for good")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="not before `starts_at`")
    venue = models.CharField(max_length=200, blank=True, help_text="a public place within the commune")
    note = models.CharField(max_length=200, blank=True, help_text="what is special this time")
    state = models.CharField(max_length=10, choices=EventState, default=EventState.CONFIRMED)
    by_hand = models.BooleanField(default=False, help_text="hours and place set for this date: the rhythm spares it")
    sequence = models.PositiveIntegerField(default=0, help_text="rises when hours, place or state change (RFC 5545)")
    revision = models.PositiveIntegerField(default=1, help_text="rises with each change that others should learn")
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint("event", "slot", name="event_slot_unique")]
        indexes = [models.Index("ends_at", "starts_at", name="event_date_when")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.slot}"
