"""Who is who: logins, members of any node, single-use invitations, and the node itself."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models

from network.clock import now


class Kind(models.TextChoices):
    """What a member is; the ActivityStreams type of the actor follows (person → Person, else Organization)."""

    PERSON = "person"
    ASSOCIATION = "association"
    COMPANY = "company"
    COLLECTIVE = "collective"
    PUBLIC_BODY = "public_body"


class Opening(models.TextChoices):
    """Whether somebody takes new clients, or an offer is available."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class Located(models.Model):
    """A place, copied from the gazetteer so that a remote one has the same shape. Degrees, WGS 84."""

    place_name = models.CharField(max_length=120, blank=True)
    place_dept = models.CharField(max_length=8, blank=True, help_text="département, or country abroad")
    place_code = models.CharField(max_length=12, blank=True, help_text="INSEE code, if known")
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)

    class Meta:
        abstract = True

    @staticmethod
    def columns_of(place: Any) -> dict[str, Any]:
        """The columns that hold `place`, anything with name, dept, code, lat, lon; None empties them."""
        if place is None:
            return {"place_name": "", "place_dept": "", "place_code": "", "lat": None, "lon": None}
        said = {"place_name": place.name, "place_dept": place.dept, "place_code": place.code}
        return said | {"lat": place.lat, "lon": place.lon}


class Skill(models.Model):
    """A concept of the shared tree of skills; `broader` leads to the wider one."""

    slug = models.SlugField(max_length=60, unique=True)
    label_fr = models.CharField(max_length=120)
    label_en = models.CharField(max_length=120)
    synonyms = models.TextField(blank=True, help_text="words or phrases, one a line, any language")
    broader = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="narrower")
    exact_match = models.URLField(blank=True, help_text="the same concept elsewhere, for example at Wikidata")
    sensitive = models.BooleanField(
        default=False, help_text="gives root access or handles personal data, and so does everything under it"
    )
    added_by = models.ForeignKey(
        "network.Member", null=True, on_delete=models.SET_NULL, related_name="+", help_text="null: shipped with Toile"
    )
    added_at = models.DateTimeField(default=now)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged", help_text="this slug only leads there"
    )

    def __str__(self) -> str:
        return self.label_fr


class Member(Located):
    """A person or organisation, of this node (`handle` is set) or of another (known by `uri`)."""

    uri = models.CharField(max_length=500, unique=True)
    origin = models.CharField(max_length=255, db_index=True, help_text="scheme, host and port of the home node")
    handle = models.CharField(max_length=60, blank=True, help_text="name at the home node")
    local = models.BooleanField(default=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PERSON)
    name = models.CharField(max_length=120)
    summary = models.TextField(blank=True, help_text="Markdown if local, else sanitised HTML")
    languages = models.JSONField(default=list, help_text="BCP 47 tags")
    skills = models.ManyToManyField(Skill, blank=True)
    opening = models.CharField(max_length=10, choices=Opening, default=Opening.OPEN)
    website = models.URLField(blank=True)
    access = models.JSONField(default=list, help_text="how people can reach them, codes of rules/access.py")
    demo = models.BooleanField(default=False, help_text="invented, part of the demo data")
    joined_at = models.DateTimeField(default=now)
    renewed_at = models.DateTimeField(default=now, help_text="last confirmed by its owner")
    heard_at = models.DateTimeField(default=now, help_text="last received from its node; local: as renewed")
    gone_at = models.DateTimeField(null=True, help_text="left or erased: nothing of theirs is shown")
    muted = models.BooleanField(
        default=False, help_text="of a blocked or departed node: not shown, what they attest counts for nothing"
    )
    revision = models.PositiveIntegerField(default=1, help_text="rises with each change that others should learn")
    unclaimed = models.BooleanField(default=False, help_text="written from a file of others; no member of any node yet")

    class Meta:
        constraints = [
            models.UniqueConstraint("handle", condition=models.Q(local=True), name="local_handle_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Account(AbstractUser):
    """The login of a person at this node. Operators run the node and decide nothing."""

    member = models.OneToOneField(Member, null=True, on_delete=models.PROTECT, related_name="account")
    operator = models.BooleanField(default=False)


class Invitation(models.Model):
    """A link that lets one person create an account at this node, once."""

    token_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, hex")
    collective = models.ForeignKey("network.Collective", on_delete=models.CASCADE)
    issuer = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    issued_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    as_candidate = models.BooleanField(default=False, help_text="opens an account that still has to ask to join")


class NodeProfile(models.Model):
    """This node's own name. One row, written by the first-run page."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_node_profile")]
