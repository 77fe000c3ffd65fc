"""An offer as an FEP-0837 Proposal, both ways. Written in the current dialect; read in that and the one of 2023."""

from datetime import UTC, datetime
from typing import Any

from federation.errors import Untranslatable
from federation.rules.delivery import Audience
from federation.rules.origins import is_uri, origin_of
from federation.rules.translate.attestations import exact
from federation.rules.translate.places import place_of, reach_of, read_place, read_reach
from federation.rules.translate.prices import Cost, quantity, read_cost, reciprocal, unit_based, unit_of
from federation.rules.translate.reading import Node, as2, boolean, instant, node, text, texts, types, vf
from federation.rules.vocabulary import DELIVER_SERVICE, OFFER_CONTEXT, OFFER_TERMS, PROPOSAL_TYPES, PUBLIC, TOILE
from network.rules.access import ACCESS, TAGS_MAX
from network.rules.cards import OfferCard

__all__ = ["is_proposal", "iso", "proposal", "read_proposal"]

TITLE_MAX, AVAILABILITY_MAX, SKILLS_PATH = 120, 200, "/skills/"
OPENINGS = frozenset({"open", "waiting", "closed"})
EVERYBODY = frozenset({PUBLIC, "as:Public", "Public"})  # three ways of writing it (ActivityPub, 5.6)


def proposal(card: OfferCard, *, page: str, audience: Audience) -> dict[str, Any]:
    """Return the Proposal document of `card`; `page` is the address of its web page."""
    extras = _extras(card)
    place = place_of(card)
    return _without_none(
        {
            "@context": [*OFFER_CONTEXT, OFFER_TERMS] if extras or "communeCode" in (place or {}) else OFFER_CONTEXT,
            "type": "Proposal",
            "id": card.uri,
            "purpose": card.purpose,
            "attributedTo": card.owner_uri,
            "name": card.title,
            "content": card.html or None,
            "published": iso(card.published_at),
            "updated": exact(card.updated_at) if card.updated_at > card.published_at else None,
            "endTime": iso(card.ends_at) if card.ends_at else None,
            "url": page,
            "preview": f"{card.uri}/note",
            "location": place,
            "eligibleLocation": reach_of(card),
            **intents(card),
            **extras,
            "to": list(audience.to),
            "cc": list(audience.cc),
        }
    )


def intents(card: OfferCard) -> dict[str, Any]:
    """Return `publishes`, `reciprocal` and `unitBased`: the service and its price model."""
    primary = {
        "type": "Intent",
        "id": f"{card.uri}#primary",
        "action": DELIVER_SERVICE,
        "resourceConformsTo": card.skill_uri or None,
        "resourceQuantity": quantity(unit_of(card.price)),
    }
    cost = Cost(card.price, card.amount_cents, card.currency)
    return {
        "publishes": _without_none(primary),
        "reciprocal": reciprocal(cost, card.uri),
        "unitBased": unit_based(card.price),
    }


def _extras(card: OfferCard) -> dict[str, Any]:
    """Return what departs from the ordinary, in terms of ours."""
    found = {
        "remote": True if card.remote else None,
        "opening": card.opening if card.opening != "open" else None,
        "availability": card.availability or None,
        "taxIncluded": None if card.tax_included else False,
        "access": list(card.access) or None,
        "keywords": list(card.tags) or None,
    }
    return _without_none(found)


def is_proposal(found: Node) -> bool:
    """Whether an expanded node is a Proposal of any dialect."""
    return bool(types(found) & (PROPOSAL_TYPES | {"_:Proposal"}))


def read_proposal(found: Node, *, now: datetime) -> OfferCard:
    """Return the card of an expanded Proposal; raise Untranslatable with the field that we cannot read."""
    primary = node(found, vf("publishes"))
    if primary is None:
        raise Untranslatable("publishes")
    uri, owner = _uri(found.get("@id"), "id"), _uri(text(found, as2("attributedTo")), "attributedTo")
    published = min(instant(found, as2("published")) or now, now)
    cost = read_cost(primary, node(found, vf("reciprocal")), boolean(found, vf("unitBased")))
    return OfferCard(
        uri=uri,
        origin=origin_of(uri),
        owner_uri=owner,
        purpose=_purpose(found, primary, owner),
        title=_title(found),
        html=text(found, as2("content")) or text(found, as2("summary")) or "",
        published_at=published,
        updated_at=min(instant(found, as2("updated")) or published, now),
        ends_at=instant(found, as2("endTime")),
        price=cost.price,
        amount_cents=cost.amount_cents,
        currency=cost.currency,
        **_read_skill(primary),
        **read_place(found),
        **read_reach(found),
        **_read_extras(found),
        **_read_audience(found),
    )


def _read_audience(found: Node) -> dict[str, Any]:
    """Return for whom it is; what names nobody at all is for everybody, as it is served to everybody."""
    named = [*texts(found, as2("to")), *texts(found, as2("cc"))]
    if not named or EVERYBODY.intersection(named):
        return {}
    for_members = any(uri.endswith("/members") for uri in named) and not any(
        uri.endswith("/followers") for uri in named
    )
    audience = tuple(dict.fromkeys(uri for uri in named if is_uri(uri)))
    return {"visibility": "members" if for_members else "followers", "audience": audience}


def _uri(value: str | None, field: str) -> str:
    if not is_uri(value):
        raise Untranslatable(field)
    return str(value)


def _title(found: Node) -> str:
    title = " ".join((text(found, as2("name")) or "").split())
    if not title:
        raise Untranslatable("name")
    return title[:TITLE_MAX]


def _purpose(found: Node, primary: Node, owner: str) -> str:
    """Say who gives: `purpose` today; in 2023 the owner was the provider or the receiver of the primary intent."""
    purpose = text(found, vf("purpose"))
    if purpose in {"offer", "request"}:
        return purpose
    if purpose is None and text(primary, vf("provider")) in {owner, None}:
        return "request" if text(primary, vf("receiver")) == owner else "offer"
    if purpose is None and text(primary, vf("receiver")) == owner:
        return "request"
    raise Untranslatable("purpose")


def _read_skill(primary: Node) -> dict[str, Any]:
    uri = text(primary, vf("resourceConformsTo")) or ""
    slug = uri.rpartition(SKILLS_PATH)[2] if SKILLS_PATH in uri else ""
    return {"skill_uri": uri[:500], "skill_slug": slug[:60]}


def _read_extras(found: Node) -> dict[str, Any]:
    opening = text(found, (TOILE + "opening",))
    return {
        "remote": bool(boolean(found, (TOILE + "remote",))),
        "opening": opening if opening in OPENINGS else "open",
        "availability": (text(found, (TOILE + "availability",)) or "")[:AVAILABILITY_MAX],
        "access": tuple(code for code in texts(found, (TOILE + "access",)) if code in ACCESS),
        "tags": tuple(texts(found, (TOILE + "keywords",)))[:TAGS_MAX],
        "tax_included": boolean(found, (TOILE + "taxIncluded",)) is not False,
    }


def iso(moment: datetime) -> str:
    """Return an instant in UTC, whole seconds, with Z.

    >>> from datetime import UTC
    >>> iso(datetime(2026, 11, 22, 8, 30, 15, 999, tzinfo=UTC))
    '2026-11-22T08:30:15Z'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _without_none(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value is not None}
