"""A decision as its collective announces it: a Note for people, and the figures that anyone can check."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from federation.errors import Untranslatable
from federation.rules.delivery import Audience
from federation.rules.origins import same_origin
from federation.rules.translate.attestations import exact, one
from federation.rules.translate.reading import Node, as2, instant, node, number, text
from federation.rules.vocabulary import SIGNED_CONTEXT, TOILE

__all__ = ["ADOPTED", "CARRIED", "DecisionCard", "decision", "decision_uri", "in_words", "read_decision"]

HEX, TEXT_MAX, SEQ_MAX = 64, 80, 2**31 - 1
ADOPTED, CARRIED = "adopted", "carried"  # by consent; by the vote that took its place


@dataclass(frozen=True)
class DecisionCard:
    """What is told of a decision: its place in the register, and nothing of what or who it is about."""

    collective: str
    collective_name: str
    seq: int
    entry_digest: str
    head: str
    terms: str
    published: datetime
    in_force: datetime | None
    review: datetime | None
    page: str
    outcome: str = ADOPTED


def decision_uri(collective: str, seq: int) -> str:
    """Return the id of the announcement of entry `seq` of a collective's register.

    >>> decision_uri("https://n.example/g/lievin", 41)
    'https://n.example/g/lievin/decisions/41'
    """
    return f"{collective}/decisions/{seq}"


def in_words(card: DecisionCard) -> str:
    """Return the announcement as one French sentence: what was voted is never called consent. It has one language.

    >>> t = datetime(2026, 11, 22)
    >>> in_words(DecisionCard("https://n.example/g/l", "Les Lilas", 4, "", "", "", t, None, None, ""))
    'Les Lilas : décision n° 4 du registre, adoptée par consentement.'
    """
    how = "par un vote, faute de consentement" if card.outcome == CARRIED else "par consentement"
    return f"{card.collective_name} : décision n° {card.seq} du registre, adoptée {how}."


def decision(card: DecisionCard, *, audience: Audience) -> dict[str, Any]:
    """Return the Note that announces a decision, still to be signed by the collective's Group."""
    figures = {
        "collective": card.collective,
        "seq": card.seq,
        "entryDigest": card.entry_digest,
        "head": card.head,
        "outcome": card.outcome,
        "terms": card.terms,
        "inForce": exact(card.in_force) if card.in_force else None,
        "review": exact(card.review) if card.review else None,
    }
    link = f'<a href="{escape(card.page)}">Lire au registre</a>'
    return {
        "@context": SIGNED_CONTEXT,
        "type": "Note",
        "id": decision_uri(card.collective, card.seq),
        "attributedTo": card.collective,
        "content": f"<p>{escape(in_words(card))} {link}</p>",
        "published": exact(card.published),
        "url": card.page,
        "decision": {name: value for name, value in figures.items() if value is not None},
        "to": list(audience.to),
        "cc": list(audience.cc),
    }


def read_decision(found: Node) -> DecisionCard | None:
    """Return the figures of an expanded Note that announces a decision, None for another Note.

    Raises Untranslatable naming the field at fault. The name of the collective is its actor's business.
    """
    figures = node(found, (TOILE + "decision",))
    if figures is None:
        return None
    owner, seq = one(found, as2("attributedTo")), number(figures, (TOILE + "seq",))
    published, page = instant(found, as2("published")), text(found, as2("url")) or ""
    if one(figures, (TOILE + "collective",)) != owner:
        raise Untranslatable("collective")
    if seq is None or seq != int(seq) or not 0 < seq <= SEQ_MAX:
        raise Untranslatable("seq")
    if published is None:
        raise Untranslatable("published")
    return DecisionCard(
        collective=owner,
        collective_name="",
        seq=int(seq),
        entry_digest=_hex(figures, "entryDigest"),
        head=_hex(figures, "head"),
        terms=(text(figures, (TOILE + "terms",)) or "")[:TEXT_MAX],
        published=published,
        in_force=instant(figures, (TOILE + "inForce",)),
        review=instant(figures, (TOILE + "review",)),
        page=page if page and same_origin(page, owner) else "",
        outcome=(text(figures, (TOILE + "outcome",)) or "")[:TEXT_MAX],
    )


def _hex(figures: Node, name: str) -> str:
    value = text(figures, (TOILE + name,)) or ""
    if len(value) != HEX or not set(value) <= set("0123456789abcdef"):
        raise Untranslatable(name)
    return value
