"""What members offer and need."""

from django.db import models

from network.clock import now
from network.models.members import Located, Member, Opening, Skill


class Purpose(models.TextChoices):
    """FEP-0837: does the owner give or seek?"""

    OFFER = "offer"
    REQUEST = "request"


class Price(models.TextChoices):
    """How it is paid. `prix libre`: the client chooses; no amount."""

    HOURLY = "hourly"
    FIXED = "fixed"
    FREE_PRICE = "prix_libre"
    GIFT = "gift"
    BARTER = "barter"
    UNSAID = "unsaid"  # of an unclaimed entry only: its source does not tell


class Area(models.TextChoices):
    """Where the owner comes to: a circle around the place, the whole country, or nowhere (on the spot)."""

    CIRCLE = "circle"
    COUNTRY = "country"
    ON_SITE = "on_site"


class Visibility(models.TextChoices):
    """Who may read an offer: everybody; those who follow its owner or node; members of the owner's collectives."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    MEMBERS = "members"


class OfferState(models.TextChoices):
    """A withdrawn offer never comes back; an expired one can be renewed."""

    LIVE = "live"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Offer(Located):
    """An offer or a need (`purpose`), of a local or a remote member; on the wire an FEP-0837 Proposal."""

    uri = models.CharField(max_length=500, unique=True)
    owner = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="offers")
    local = models.BooleanField(default=False)
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.OFFER)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="Markdown if local, else sanitised HTML")
    skill = models.ForeignKey(Skill, null=True, on_delete=models.PROTECT, related_name="offers")
    skill_uri = models.CharField(max_length=500, blank=True, help_text="of another node: the concept, as it came")
    tags = models.JSONField(default=list, help_text="free words of the owner")
    access = models.JSONField(default=list, help_text="how people can reach it, codes of rules/access.py")
    area = models.CharField(max_length=8, choices=Area, default=Area.CIRCLE)
    area_km = models.PositiveIntegerField(default=30)
    remote = models.BooleanField(default=False, help_text="can also be done at a distance")
    opening = models.CharField(max_length=10, choices=Opening, default=Opening.OPEN)
    availability = models.CharField(max_length=200, blank=True, help_text="in words: days, delay, hours a month")
    price = models.CharField(max_length=12, choices=Price)
    amount_cents = models.PositiveIntegerField(null=True, help_text="hourly and fixed only")
    currency = models.CharField(max_length=3, default="EUR")
    tax_included = models.BooleanField(default=True)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    audience = models.JSONField(default=list, help_text="remote and not public: uris it was addressed to")
    state = models.CharField(max_length=10, choices=OfferState, default=OfferState.LIVE)
    published_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField()
    renewed_at = models.DateTimeField(default=now, help_text="last confirmed by its owner")
    heard_at = models.DateTimeField(default=now, help_text="last received from its node")
    revision = models.PositiveIntegerField(default=1, help_text="rises with each change that others should learn")
    z = models.BigIntegerField(null=True, help_text="Morton code of the point, see rules/places.py")

    class Meta:
        indexes = [
            models.Index("state", "z", name="offer_state_z"),
            models.Index("owner", "state", name="offer_owner_state"),
            models.Index("state", "updated_at", name="offer_state_updated"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__in=[Price.HOURLY, Price.FIXED], amount_cents__isnull=False)
                | models.Q(
                    price__in=[Price.FREE_PRICE, Price.GIFT, Price.BARTER, Price.UNSAID], amount_cents__isnull=True
                ),
                name="offer_amount_iff_priced",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class OfferTerm(models.Model):
    """One searchable term of one offer: a normalised word or `skill:<slug>` (ancestors included)."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="terms")
    term = models.CharField(max_length=80)
    z = models.BigIntegerField(null=True, help_text="copied from the offer, so that one index answers")

    class Meta:
        indexes = [models.Index("term", "z", "offer", name="term_z_offer")]
        constraints = [models.UniqueConstraint("offer", "term", name="offer_term_unique")]


class QuoteState(models.TextChoices):
    """Where a request for a quote stands; AGREED and later carry an agreement."""

    ASKED = "asked"
    REFUSED = "refused"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DONE = "done"


class Quote(models.Model):
    """A client asks for so much of an offer; on the wire an FEP-0837 Offer(Agreement). At least one side is local."""

    uri = models.CharField(max_length=500, unique=True, help_text="id of the Offer activity")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="quotes")
    asker = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="quotes_asked")
    price = models.CharField(max_length=12, choices=Price, help_text="the offer's price model when asked")
    quantity = models.DecimalField(max_digits=9, decimal_places=2, help_text="of the unit that goes with the price")
    amount_cents = models.PositiveIntegerField(null=True, help_text="in return; null where the offer names no amount")
    currency = models.CharField(max_length=3, default="EUR")
    message = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=QuoteState, default=QuoteState.ASKED)
    answer = models.TextField(blank=True, help_text="the provider's words")
    agreement = models.CharField(max_length=500, blank=True, help_text="uri of the Agreement, once agreed")
    dialect = models.CharField(max_length=8, default="current", help_text="current or 2023, as the asker wrote it")
    asked_at = models.DateTimeField(default=now)
    answered_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, help_text="when one side said that it is done")
    revision = models.PositiveIntegerField(
        default=1, help_text="rises with each change that the other side should learn"
    )
