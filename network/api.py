"""The directory under /api/v1/: search and reads for everybody, one's own offers for members.

Reading needs no account; writing needs a session and its CSRF token. Answers depend on who looks (trust), so they
are kept by no shared cache. What somebody searches is never logged.
"""

from collections.abc import Collection
from dataclasses import fields, replace
from math import isfinite
from typing import Any, TypeVar

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from network import api_schema as schema
from network.actions.offers import edit_offer, publish_offer, withdraw_offer
from network.api_listings import CSVRenderer, GeoJSONRenderer
from network.api_problems import MEDIA_TYPE, problem
from network.api_shapes import (
    answer_json,
    found_place_json,
    freshness_json,
    member_json,
    offer_json,
    skill_json,
    trust_json,
)
from network.clock import now
from network.errors import Invalid, NotEntitled, NotFound
from network.models import Kind, Member, Opening, Price, Purpose
from network.queries.collectives import home_collective
from network.queries.freshness import freshness_of, member_freshness
from network.queries.members import MemberPage, counts, member_for, member_page, this_node
from network.queries.offers import OfferPage, draft_of, offer_page
from network.queries.places import PlaceHit, find_place
from network.queries.search import find_offers
from network.queries.skills import all_skills, sensitive_skills
from network.queries.trust import trust_lines, viewpoint_for
from network.rules.access import ACCESS
from network.rules.markdown import to_html
from network.rules.offers import OfferDraft
from network.rules.search import PAGE_SIZE, SearchQuery, read_page, read_radius
from network.rules.skills import read_synonyms
from network.search_rates import spare

__all__ = ["problem"]  # named by the settings as the handler of exceptions

Page = TypeVar("Page", MemberPage, OfferPage)
DRAFT_FIELDS = frozenset(field.name for field in fields(OfferDraft))
PROBLEMS = dict.fromkeys((400, 403, 404, 409), schema.ProblemOut)
READ = dict.fromkeys((404, 429), schema.ProblemOut)


class ReadAll(BasePermission):
    """Reading for everybody, writing for who is signed in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or IsAuthenticated().has_permission(request, view)


class Door(APIView):
    """What all of these have in common."""

    permission_classes: Any = [AllowAny]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response.setdefault("Cache-Control", "private, no-cache")
        return super().finalize_response(request, response, *args, **kwargs)

    def looker(self) -> Member | None:
        """The member who is signed in, if any."""
        return member_for(self.request.user)

    def spared(self, what: str) -> Member | None:
        """The same, for what is dear to answer: visitors are counted by address; TooOften beyond the limit."""
        looker = self.looker()
        if looker is None:
            spare(self.request.META, what)
        return looker

    def actor(self) -> Member:
        member = self.looker()
        if member is None:
            raise NotEntitled("not_a_member")
        return member


SEARCH_PARAMETERS = [
    OpenApiParameter("q", str, description="words, all of them needed; « Nextcloud près de Liévin » is understood"),
    OpenApiParameter("skill", str, many=True, description="slug of a skill, everything narrower included"),
    OpenApiParameter("place", str, description="commune or postcode, or a label from /places"),
    OpenApiParameter("lat", float, description="with `lon`, instead of `place`"),
    OpenApiParameter("lon", float),
    OpenApiParameter("radius", str, description="km, 30 by default, 1 to 1000; or `france`"),
    OpenApiParameter("purpose", str, many=True, enum=["offer", "request"], description="offers when not given"),
    OpenApiParameter("kind", str, many=True, description=f"of the owner: {', '.join(Kind.values)}"),
    OpenApiParameter("price", str, many=True, description=", ".join(Price.values)),
    OpenApiParameter("language", str, many=True, description="BCP 47; primary subtag"),
    OpenApiParameter("opening", str, many=True, description=", ".join(Opening.values)),
    OpenApiParameter("access", str, many=True, description=", ".join(ACCESS)),
    OpenApiParameter("accepted", bool, description="only what is accepted from the viewpoint"),
    OpenApiParameter("literal", bool, description="read no place and no phrase out of `q`"),
    OpenApiParameter("faded", bool, description="also what nobody has confirmed, or heard of, for long"),
    OpenApiParameter("page", int, description="1 to 30"),
    OpenApiParameter("size", int, description="results a page, 20 by default, 1 to 100"),
    OpenApiParameter(
        "format", str, enum=["json", "geojson", "csv"], description="RFC 7946, or a table; JSON by default"
    ),
]
SIZE_MOST = 100  # results a page


SEARCH_ANSWERS = {
    (200, "application/json"): schema.AnswerOut,
    (200, GeoJSONRenderer.media_type): OpenApiTypes.OBJECT,
    (200, CSVRenderer.media_type): OpenApiTypes.STR,
    (429, MEDIA_TYPE): schema.ProblemOut,
}


class Offers(Door):
    """Search, and publish."""

    permission_classes = [ReadAll]
    renderer_classes = [JSONRenderer, GeoJSONRenderer, CSVRenderer]

    @extend_schema(operation_id="search_offers", parameters=SEARCH_PARAMETERS, responses=SEARCH_ANSWERS)
    def get(self, request: Request) -> Response:
        """Find offers by need, place and radius, in the order of trust, then distance. A facet given several times
        takes any of its values. What is unknown is ignored; what is out of bounds is brought within them."""
        looker = self.spared("search")
        query, notes = read_query(request.query_params)
        viewpoint = viewpoint_for(member=looker)
        answer = find_offers(query, viewpoint=viewpoint, size=_size(request.query_params.get("size")))
        return Response(answer_json(answer, viewpoint, notes))

    @extend_schema(operation_id="publish_offer", request=schema.OfferIn, responses={201: schema.OfferOut} | PROBLEMS)
    def post(self, request: Request) -> Response:
        """Publish an offer or a need of one's own."""
        actor, given = self.actor(), _given(request, partial=False)
        offer = publish_offer(actor=actor, draft=OfferDraft(**given))
        return Response(offer_json(offer), status=201, headers={"Location": f"/api/v1/offers/{offer.pk}"})


class OfferDetail(Door):
    """One offer."""

    permission_classes = [ReadAll]

    @extend_schema(operation_id="read_offer", responses=READ | {200: schema.OfferDetailOut})
    def get(self, request: Request, offer_id: int) -> Response:
        """Read one offer, with trust and freshness."""
        looker = self.looker()
        offer = shown(offer_page(offer_id, viewer=looker)).offer
        self.spared("member")
        return Response(
            offer_json(offer)
            | {"trust": _trust(looker, offer.owner), "freshness": freshness_json(freshness_of(offer, at=now()))}
        )

    @extend_schema(operation_id="edit_offer", request=schema.OfferIn, responses={200: schema.OfferOut} | PROBLEMS)
    def patch(self, request: Request, offer_id: int) -> Response:
        """Change one's own offer; what is not given stays. This confirms it too."""
        actor = self.actor()
        draft = draft_of(offer_page(offer_id, viewer=actor).offer)
        draft = replace(draft, **_given(request, partial=True))
        return Response(offer_json(edit_offer(actor=actor, offer_id=offer_id, draft=draft)))

    @extend_schema(operation_id="withdraw_offer", responses={204: None} | PROBLEMS)
    def delete(self, request: Request, offer_id: int) -> Response:
        """Take one's own offer back, for good."""
        withdraw_offer(actor=self.actor(), offer_id=offer_id)
        return Response(status=204)


class Places(Door):
    """The gazetteer."""

    @extend_schema(
        operation_id="find_place",
        parameters=[OpenApiParameter("q", str, required=True)],
        responses={200: schema.PlacesOut, 429: schema.ProblemOut},
    )
    def get(self, request: Request) -> Response:
        """Say which place a name or a postcode means, and which others it may mean."""
        self.spared("places")
        answer = find_place(request.query_params.get("q", ""))
        return Response(
            {
                "place": found_place_json(answer.place) if answer.place else None,
                "others": [found_place_json(other) for other in answer.others],
                "reason": answer.reason or None,
            }
        )


class Skills(Door):
    """The tree of skills."""

    @extend_schema(operation_id="list_skills", responses={200: schema.SkillNodeOut(many=True), 429: schema.ProblemOut})
    def get(self, request: Request) -> Response:
        """List every skill; `broader` makes the tree."""
        self.spared("skills")
        sensitive = sensitive_skills()
        return Response(
            [
                {
                    **(skill_json(skill) or {}),
                    "broader": skill.broader.slug if skill.broader else None,
                    "synonyms": [word for words in read_synonyms(skill.synonyms) for word in words],
                    "exact_match": skill.exact_match or None,
                    "sensitive": skill.pk in sensitive,
                    "uri": f"{settings.ORIGIN}/skills/{skill.slug}",
                }
                for skill in all_skills()
            ]
        )


class MemberDetail(Door):
    """One member."""

    @extend_schema(operation_id="read_member", responses=READ | {200: schema.MemberDetailOut})
    def get(self, request: Request, member_id: int) -> Response:
        """Read one member with what they offer and need, and trust."""
        looker = self.looker()
        page = shown(member_page(member_id, viewer=looker))
        self.spared("member")
        member = page.member
        return Response(
            member_json(member)
            | {
                "summary_html": to_html(member.summary) if member.local else member.summary,
                "website": member.website,
                "skills": [skill_json(skill) for skill in member.skills.all()],
                "offers": [offer_json(offer) for offer in page.offers],
                "requests": [offer_json(offer) for offer in page.requests],
                "trust": _trust(looker, member),
                "freshness": freshness_json(member_freshness(member, at=now(), attested=True)),
            }
        )


class Node(Door):
    """This node."""

    @extend_schema(operation_id="read_node", responses=schema.NodeOut)
    def get(self, request: Request) -> Response:
        """Say what this node is and how much it holds."""
        profile, collective, held = this_node(), home_collective(), counts()
        return Response(
            {
                "name": profile.name if profile else None,
                "origin": settings.ORIGIN,
                "software": "toile",
                "version": settings.VERSION,
                "collective": collective.name if collective else None,
                "counts": {name: getattr(held, name) for name in held.__dataclass_fields__},
            }
        )


# --- reading what was asked --------------------------------------------------------------------------------


def read_query(given: Any) -> tuple[SearchQuery, list[str]]:
    """Return the question and notes on what was understood otherwise than typed; never an error."""
    radius, note = read_radius(given.get("radius"))
    lat, lon = _degrees(given.get("lat"), 90), _degrees(given.get("lon"), 180)
    both = lat is not None and lon is not None
    query = SearchQuery(
        text=_text(given, "q", 200),
        skill=_values(given, "skill", 60),
        place=_text(given, "place", 120),
        lat=lat if both else None,
        lon=lon if both else None,
        radius_km=radius,
        purpose=_values(given, "purpose", 10, among=Purpose.values) or ("offer",),
        kind=_values(given, "kind", 20, among=Kind.values),
        price=_values(given, "price", 20, among=Price.values),
        language=_values(given, "language", 35),
        opening=_values(given, "opening", 10, among=Opening.values),
        access=_values(given, "access", 20, among=ACCESS),
        accepted_only=_said_yes(given, "accepted"),
        literal=_said_yes(given, "literal"),
        faded=_said_yes(given, "faded"),
        page=read_page(given.get("page")),
    )
    return query, ["radius_clamped"] if note else []


def _text(given: Any, name: str, most: int) -> str:
    return str(given.get(name, "").replace("\x00", "")[:most])


def _values(given: Any, name: str, most: int, *, among: Collection[str] = ()) -> tuple[str, ...]:
    """Return the values of a facet, unknown ones left out."""
    cut = (value.replace("\x00", "").strip()[:most] for value in given.getlist(name))
    return tuple(value for value in cut if value and (not among or value in among))


def _said_yes(given: Any, name: str) -> bool:
    return given.get(name, "").lower() in {"1", "true", "on", "oui"}


def _size(typed: str | None) -> int:
    """Return how many results a page has: within bounds, the usual number for what is no number."""
    try:
        return min(max(int(typed or PAGE_SIZE), 1), SIZE_MOST)
    except ValueError:
        return PAGE_SIZE


def _degrees(typed: str | None, most: int) -> float | None:
    try:
        value = float((typed or "").replace(",", "."))
    except ValueError:
        return None
    return value if isfinite(value) and abs(value) <= most else None


def _given(request: Request, *, partial: bool) -> dict[str, Any]:
    """Return what was given, as fields of a draft; a place by name is looked up. Invalid for what is malformed."""
    form = schema.OfferIn(data=request.data, partial=partial)
    form.is_valid(raise_exception=True)
    given = {name: value for name, value in form.validated_data.items() if name in DRAFT_FIELDS}
    if "place" in given:
        given["place"] = _place(given["place"])
    return given


def _place(typed: str) -> PlaceHit | None:
    answer = find_place(typed)
    if answer.reason in {"unknown", "ambiguous"}:
        others = [other.label for other in answer.others]
        raise Invalid(f"place_{answer.reason}", field="place", typed=typed, others=others)
    return answer.place


def shown(page: Page) -> Page:
    """Return the page of an entry unless it is concealed; NotFound("entry_hidden") with the public reason."""
    if page.concealed:
        raise NotFound("entry_hidden", reason=page.concealed.reason)
    return page


def _trust(looker: Member | None, subject: Member) -> dict[str, Any]:
    viewpoint = viewpoint_for(member=looker)
    return trust_json(trust_lines(viewpoint, [subject])[subject.pk], viewpoint)
