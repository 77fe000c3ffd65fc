"""The companion of a Proposal: a Note that any software can show, with an FEP-0ea0 link to the offer."""

from html import escape
from typing import Any

from federation.rules.delivery import Audience
from federation.rules.origins import same_origin
from federation.rules.translate.attestations import exact
from federation.rules.translate.offers import intents, iso
from federation.rules.translate.prices import amount_text
from federation.rules.vocabulary import AS2_PROFILE, OFFER_CONTEXT, PROPOSAL_TYPES, VF_PROPOSAL
from network.rules.cards import OfferCard

__all__ = ["in_words", "note", "proposal_linked_from"]

SIGNS = {"EUR": "€", "GBP": "£"}
LINKS = PROPOSAL_TYPES | {"vf:Proposal"}


def note(card: OfferCard, *, page: str, audience: Audience) -> dict[str, Any]:
    """Return the companion Note of `card`, with the same author, audience and instants."""
    carried = {key: value for key, value in intents(card).items() if value is not None}
    changed = {"updated": exact(card.updated_at)} if card.updated_at > card.published_at else {}
    return {
        "@context": OFFER_CONTEXT,
        "type": "Note",
        "id": f"{card.uri}/note",
        "attributedTo": card.owner_uri,
        "published": iso(card.published_at),
        **changed,
        "url": page,
        "content": f'<p>{escape(in_words(card))} <a href="{escape(page)}">Voir l’offre</a></p>',
        "attachment": [_link(card)],
        "purpose": card.purpose,
        **carried,
        "to": list(audience.to),
        "cc": list(audience.cc),
    }


def _link(card: OfferCard) -> dict[str, Any]:
    rel = ["payment", VF_PROPOSAL]
    return {"type": "Link", "name": card.title, "href": card.uri, "mediaType": AS2_PROFILE, "rel": rel}


def in_words(card: OfferCard) -> str:
    """Return the offer as one French sentence: what, where, for how much. Federated text has one language.

    >>> from datetime import UTC, datetime
    >>> t = datetime(2026, 11, 22, tzinfo=UTC)
    >>> in_words(OfferCard("u", "o", "w", "offer", "Vélo", "", "hourly", t, t, place_name="Lens", amount_cents=1250))
    'Vélo autour de Lens, 12,50 € de l’heure.'
    """
    where = f" autour de {card.place_name}" if card.place_name and card.area == "circle" else ""
    where = where or (f" à {card.place_name}" if card.place_name else "")
    seeking = "Recherche : " if card.purpose == "request" else ""
    return f"{seeking}{card.title}{where}, {_price_in_words(card)}."


def _price_in_words(card: OfferCard) -> str:
    fixed = {"prix_libre": "prix libre", "gift": "gratuit", "barter": "contre un échange d’heures"}
    if card.amount_cents is None:
        return fixed.get(card.price, "")
    amount = f"{amount_text(card.amount_cents).replace('.', ',')} {SIGNS.get(card.currency, card.currency)}"
    return f"{amount} de l’heure" if card.price == "hourly" else amount


def proposal_linked_from(document: dict[str, Any]) -> str | None:
    """Return the address of the Proposal that a Note stands for, if it links one of its own origin (FEP-0ea0)."""
    found = document.get("attachment")
    for link in found if isinstance(found, list) else [found]:
        href = _proposal_href(link)
        if href and same_origin(href, str(document.get("id"))):
            return href
    return None


def _proposal_href(link: object) -> str | None:
    if not isinstance(link, dict) or link.get("type") != "Link":
        return None
    rel, href = link.get("rel"), link.get("href")
    rels = {word for word in (rel if isinstance(rel, list) else [rel]) if isinstance(word, str)}
    return href if isinstance(href, str) and rels & LINKS else None
