"""What the API answers, as plain values. `api_schema.py` describes the same; a test holds them together."""

from typing import Any

from django.conf import settings

from network.models import Area, Member, Offer, Skill
from network.queries.freshness import Freshness
from network.queries.search import OfferHit, SearchAnswer
from network.queries.skills import skill_label
from network.queries.trust import Hop, TrustLine, Viewpoint
from network.rules.access import accesses_of
from network.rules.markdown import to_html
from network.rules.ranking import because

Json = dict[str, Any]


def place_json(row: Any) -> Json | None:
    """A place of a member or an offer; None when they said none."""
    if not row.place_name:
        return None
    return {"name": row.place_name, "dept": row.place_dept, "code": row.place_code, "lat": row.lat, "lon": row.lon}


def member_json(member: Member) -> Json:
    return {
        "id": member.pk,
        "uri": member.uri,
        "url": f"{settings.ORIGIN}/membres/{member.pk}",
        "name": member.name,
        "kind": member.kind,
        "place": place_json(member),
        "opening": member.opening,
        "languages": member.languages,
        "access": member.access,
        "origin": member.origin,
        "demo": member.demo,
        "unclaimed": member.unclaimed,
    }


def skill_json(skill: Skill | None) -> Json | None:
    return {"slug": skill.slug, "label": skill_label(skill)} if skill else None


def price_json(offer: Offer) -> Json:
    return {
        "model": offer.price,
        "amount_cents": offer.amount_cents,
        "currency": offer.currency if offer.amount_cents is not None else None,
        "tax_included": offer.tax_included if offer.amount_cents is not None else None,
    }


def offer_json(offer: Offer) -> Json:
    """One offer with its owner; HTML is always safe to show."""
    return {
        "id": offer.pk,
        "uri": offer.uri,
        "url": f"{settings.ORIGIN}/offres/{offer.pk}",
        "purpose": offer.purpose,
        "title": offer.title,
        "description_html": to_html(offer.description) if offer.local else offer.description,
        "skill": skill_json(offer.skill),
        "tags": offer.tags,
        "access": list(accesses_of(offer.owner.access, offer.access, remote=offer.remote)),
        "place": place_json(offer),
        "point": {"lat": offer.lat, "lon": offer.lon} if offer.lat is not None else None,
        "area": {"kind": offer.area, "km": offer.area_km if offer.area == Area.CIRCLE else None},
        "remote": offer.remote,
        "opening": offer.opening,
        "availability": offer.availability,
        "price": price_json(offer),
        "state": offer.state,
        "visibility": offer.visibility,
        "published_at": offer.published_at,
        "updated_at": offer.updated_at,
        "ends_at": offer.ends_at,
        "owner": member_json(offer.owner),
    }


def freshness_json(freshness: Freshness) -> Json:
    return {
        "state": freshness.state,
        "renewed_at": freshness.renewed_at,
        "heard_at": freshness.heard_at,
        "source_origin": freshness.source_origin or None,
        "attested_at": freshness.attested_at,
    }


def viewpoint_json(viewpoint: Viewpoint) -> Json:
    collective = viewpoint.collective.name if viewpoint.collective else None
    return {"kind": viewpoint.kind, "collective": collective, "basis": viewpoint.basis}


def trust_json(line: TrustLine, viewpoint: Viewpoint) -> Json:
    """A line of trust, each path also in words: « Vous → Atelier du Port → Fanny »."""
    return {
        "kappa": line.kappa,
        "accepted": line.accepted,
        "label": line.label,
        "viewpoint": viewpoint_json(viewpoint),
        "words": [" → ".join(hop.name or "Vous" for hop in path) for path in line.paths],
        "paths": [[_hop_json(hop) for hop in path] for path in line.paths],
    }


def _hop_json(hop: Hop) -> Json:
    return {
        "uri": hop.uri or None,
        "name": hop.name or "Vous",
        "member_id": hop.member_id,
        "level": hop.level or None,
        "issued_at": hop.issued_at,
        "renewed": hop.renewed,
    }


def hit_json(hit: OfferHit, viewpoint: Viewpoint) -> Json:
    km = None if hit.distance_km is None else round(hit.distance_km, 1)
    return offer_json(hit.offer) | {
        "distance_km": km,
        "reach": hit.reach or None,
        "trust": trust_json(hit.trust, viewpoint),
        "freshness": freshness_json(hit.freshness),
        "because": [{"code": code, "value": value} for code, value in because(hit)],
    }


def answer_json(answer: SearchAnswer, viewpoint: Viewpoint, notes: list[str]) -> Json:
    """A page of results and all that is to be said about it; `reason` says why there is none."""
    widening = answer.widening
    place = answer.place
    return {
        "total": answer.total,
        "capped": answer.capped,
        "page": answer.page,
        "pages": answer.pages,
        "reason": answer.reason or None,
        "notes": notes,
        "radius_km": answer.query.radius_km,
        "place": found_place_json(place.place) if place.place else None,
        "other_places": [found_place_json(other) for other in place.others],
        "widening": {
            "relaxed": widening.relaxed,
            "from_km": widening.from_km,
            "to_km": widening.to_km,
            "skill": widening.skill or None,
        }
        if widening
        else None,
        "understood": {
            "text": answer.line.text,
            "place": answer.place_typed or None,
            "aside": list(answer.line.asides),
        },
        "corrections": [{"typed": typed, "understood": understood} for typed, understood in answer.corrections],
        "facets": {
            name: [{"value": f.value, "label": f.label, "count": f.count} for f in facets]
            for name, facets in answer.facets.items()
        },
        "viewpoint": viewpoint_json(viewpoint),
        "results": [hit_json(hit, viewpoint) for hit in answer.hits],
    }


def found_place_json(place: Any) -> Json:
    """A place of the gazetteer; its label, given as `place`, leads back to it."""
    return {
        "id": place.id,
        "label": place.label,
        "name": place.name,
        "dept": place.dept,
        "code": place.code,
        "lat": place.lat,
        "lon": place.lon,
    }
