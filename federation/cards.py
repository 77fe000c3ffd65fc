"""Rows of ours as cards: what the outside may know of a member or an offer."""

from network.models import Member, Offer
from network.rules.access import accesses_of
from network.rules.cards import MemberCard, OfferCard
from network.rules.markdown import to_html

__all__ = ["member_card", "offer_card"]


def offer_card(offer: Offer) -> OfferCard:
    """Return the card of a local offer (with `owner` and `skill` at hand); its description becomes HTML."""
    owner, slug = offer.owner, offer.skill.slug if offer.skill else ""
    return OfferCard(
        uri=offer.uri,
        origin=owner.origin,
        owner_uri=owner.uri,
        purpose=offer.purpose,
        title=offer.title,
        html=to_html(offer.description) if offer.description else "",
        price=offer.price,
        updated_at=offer.updated_at,
        published_at=offer.published_at,
        ends_at=offer.ends_at,
        skill_slug=slug,
        skill_uri=f"{owner.origin}/skills/{slug}" if slug else "",
        place_name=offer.place_name,
        place_dept=offer.place_dept,
        place_code=offer.place_code,
        lat=offer.lat,
        lon=offer.lon,
        area=offer.area,
        area_km=offer.area_km,
        remote=offer.remote,
        opening=offer.opening,
        availability=offer.availability,
        amount_cents=offer.amount_cents,
        currency=offer.currency,
        tax_included=offer.tax_included,
        tags=tuple(offer.tags),
        access=accesses_of(owner.access, offer.access),  # what goes for whoever offers it goes for the offer
    )


def member_card(member: Member) -> MemberCard:
    """Return the card of a local member; the summary becomes HTML."""
    return MemberCard(
        uri=member.uri,
        origin=member.origin,
        handle=member.handle,
        kind=member.kind,
        name=member.name,
        html=to_html(member.summary) if member.summary else "",
        languages=tuple(member.languages),
        skill_slugs=tuple(member.skills.order_by("slug").values_list("slug", flat=True)),
        opening=member.opening,
        access=tuple(member.access),
        website=member.website,
        place_name=member.place_name,
        place_dept=member.place_dept,
        place_code=member.place_code,
        lat=member.lat,
        lon=member.lon,
        renewed_at=member.renewed_at,
    )
