"""The shapes of the API's answers and questions; the OpenAPI description is drawn from them."""

from typing import Any

from rest_framework import serializers

from network.models import Area, Kind, OfferState, Opening, Price, Purpose, Visibility
from network.rules.access import ACCESS

# --- what may be written ----------------------------------------------------------------------------------


class OfferIn(serializers.Serializer[Any]):
    """What a member writes. `place` is a name, a postcode or a label; amounts are cents."""

    title = serializers.CharField(max_length=120)
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.OFFER)
    description = serializers.CharField(required=False, allow_blank=True, max_length=10_000, help_text="Markdown")
    skill = serializers.CharField(required=False, allow_blank=True, help_text="slug, see /skills")
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=10)
    access = serializers.ListField(child=serializers.ChoiceField([(code, code) for code in ACCESS]), required=False)
    place = serializers.CharField(required=False, allow_blank=True)
    area = serializers.ChoiceField(Area.choices, required=False)
    area_km = serializers.IntegerField(required=False, min_value=1, max_value=1000)
    remote = serializers.BooleanField(required=False)
    opening = serializers.ChoiceField(Opening.choices, required=False)
    availability = serializers.CharField(required=False, allow_blank=True, max_length=200)
    price = serializers.ChoiceField(Price.choices)
    amount_cents = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    currency = serializers.CharField(required=False, max_length=3)
    tax_included = serializers.BooleanField(required=False)
    ends_on = serializers.DateField(required=False, allow_null=True)
    visibility = serializers.ChoiceField(
        Visibility.choices, required=False, help_text="who may read it; narrowed, the offer gets a new `uri`"
    )


# --- what answers look like ------------------------------------------------------------


class PlaceOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    dept = serializers.CharField(help_text="département, or country abroad")
    code = serializers.CharField(help_text="INSEE code, if known")
    lat = serializers.FloatField(allow_null=True)
    lon = serializers.FloatField(allow_null=True)


class FoundPlaceOut(PlaceOut):
    id = serializers.IntegerField()
    label = serializers.CharField(help_text="given as `place`, it leads back here")


class SkillOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    label = serializers.CharField()


class SkillNodeOut(SkillOut):
    broader = serializers.CharField(allow_null=True)
    synonyms = serializers.ListField(child=serializers.CharField())
    exact_match = serializers.CharField(allow_null=True, help_text="the same concept at Wikidata")
    sensitive = serializers.BooleanField(
        help_text="offers of it give root access or handle personal data: more paths are asked for"
    )
    uri = serializers.CharField(help_text="SKOS as JSON-LD is served there")


class ViewpointOut(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="mine, collective")
    collective = serializers.CharField(allow_null=True)
    basis = serializers.CharField()


class HopOut(serializers.Serializer[Any]):
    uri = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    member_id = serializers.IntegerField(allow_null=True)
    level = serializers.IntegerField(allow_null=True)
    issued_at = serializers.DateTimeField(allow_null=True)
    renewed = serializers.BooleanField()


class TrustOut(serializers.Serializer[Any]):
    kappa = serializers.IntegerField(help_text="disjoint paths, at most 3")
    accepted = serializers.BooleanField()
    label = serializers.CharField()
    viewpoint = ViewpointOut()
    words = serializers.ListField(child=serializers.CharField(), help_text="« Vous → … → … », one text a path")
    paths = serializers.ListField(child=HopOut(many=True))


class FreshnessOut(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="fresh, to_confirm, unsteady, old_copy, faded, expired")
    renewed_at = serializers.DateTimeField(help_text="confirmed by its owner")
    heard_at = serializers.DateTimeField(help_text="last received from its node")
    source_origin = serializers.CharField(allow_null=True, help_text="null: of this node")
    attested_at = serializers.DateTimeField(allow_null=True, help_text="last attested by a peer; of members only")


class MemberOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    uri = serializers.CharField()
    url = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text=", ".join(Kind.values))
    place = PlaceOut(allow_null=True)
    opening = serializers.CharField(help_text=", ".join(Opening.values))
    languages = serializers.ListField(child=serializers.CharField())
    access = serializers.ListField(child=serializers.CharField(), help_text=", ".join(ACCESS))
    origin = serializers.CharField()
    demo = serializers.BooleanField()
    unclaimed = serializers.BooleanField(help_text="written from a file of others; nobody here answers for it")


class PointOut(serializers.Serializer[Any]):
    lat = serializers.FloatField(help_text="degrees, WGS 84")
    lon = serializers.FloatField()


class AreaOut(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text=", ".join(Area.values))
    km = serializers.IntegerField(allow_null=True)


class PriceOut(serializers.Serializer[Any]):
    model = serializers.CharField(help_text=", ".join(Price.values))
    amount_cents = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    tax_included = serializers.BooleanField(allow_null=True)


class OfferOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    uri = serializers.CharField()
    url = serializers.CharField()
    purpose = serializers.CharField(help_text=", ".join(Purpose.values))
    title = serializers.CharField()
    description_html = serializers.CharField()
    skill = SkillOut(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), help_text="free words of the owner")
    access = serializers.ListField(child=serializers.CharField(), help_text=", ".join(ACCESS))
    place = PlaceOut(allow_null=True)
    point = PointOut(allow_null=True)
    area = AreaOut()
    remote = serializers.BooleanField()
    opening = serializers.CharField(help_text=", ".join(Opening.values))
    availability = serializers.CharField()
    price = PriceOut()
    state = serializers.CharField(help_text=", ".join(OfferState.values))
    visibility = serializers.CharField(help_text=", ".join(Visibility.values))
    published_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    owner = MemberOut()


class HitOut(OfferOut):
    distance_km = serializers.FloatField(allow_null=True)
    reach = serializers.CharField(allow_null=True, help_text="near, comes, remote")
    trust = TrustOut()
    freshness = FreshnessOut()
    because = serializers.ListField(
        child=serializers.DictField(), help_text="code and value, in the order that decides"
    )


class OfferDetailOut(OfferOut):
    trust = TrustOut()
    freshness = FreshnessOut()


class MemberDetailOut(MemberOut):
    summary_html = serializers.CharField()
    website = serializers.CharField()
    skills = SkillOut(many=True)
    offers = OfferOut(many=True)
    requests = OfferOut(many=True)
    trust = TrustOut()
    freshness = FreshnessOut()


class WideningOut(serializers.Serializer[Any]):
    relaxed = serializers.CharField(help_text="radius, skill, words")
    from_km = serializers.IntegerField(allow_null=True)
    to_km = serializers.IntegerField(allow_null=True, help_text="null: the whole country")
    skill = serializers.CharField(allow_null=True)


class UnderstoodOut(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="what is left to search for")
    place = serializers.CharField(allow_null=True, help_text="as typed in `q`, or misspelt in `place`")
    aside = serializers.ListField(child=serializers.CharField(), help_text="phrases that exclude nobody")


class AnswerOut(serializers.Serializer[Any]):
    total = serializers.IntegerField(help_text="of the matches ranked")
    capped = serializers.BooleanField(help_text="there are more; the nearest were ranked")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True, help_text="nothing, unknown_place, ambiguous_place, empty_node")
    notes = serializers.ListField(child=serializers.CharField(), help_text="radius_clamped")
    radius_km = serializers.IntegerField(allow_null=True, help_text="as answered; null: the whole country")
    place = FoundPlaceOut(allow_null=True)
    other_places = FoundPlaceOut(many=True)
    widening = WideningOut(allow_null=True)
    understood = UnderstoodOut()
    corrections = serializers.ListField(child=serializers.DictField())
    facets = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))
    viewpoint = ViewpointOut()
    results = HitOut(many=True)


class PlacesOut(serializers.Serializer[Any]):
    place = FoundPlaceOut(allow_null=True, help_text="the one meant, if it can be told")
    others = FoundPlaceOut(many=True)
    reason = serializers.CharField(allow_null=True, help_text="unknown, ambiguous, empty")


class NodeOut(serializers.Serializer[Any]):
    name = serializers.CharField(allow_null=True)
    origin = serializers.CharField()
    software = serializers.CharField()
    version = serializers.CharField()
    collective = serializers.CharField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class ProblemOut(serializers.Serializer[Any]):
    """RFC 9457, as application/problem+json."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="stable")
    facts = serializers.DictField()
