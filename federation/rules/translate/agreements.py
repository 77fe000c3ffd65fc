"""A request for a quote as an FEP-0837 Offer(Agreement), and its answers, both ways.

The dialect of 2023 (Offer(Commitment) with `inReplyTo`, an agreement with `commitments`) is read, and written to
whoever used it. Its Offer says nothing of what is given in return: that follows from the proposal.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from federation.errors import Untranslatable
from federation.rules.origins import same_origin
from federation.rules.translate.prices import amount_text, local_name, unit_of
from federation.rules.translate.reading import Node, as2, items, node, number, om, text, texts, types, vf
from federation.rules.translate.wording import to_html, to_words
from federation.rules.vocabulary import AS2, HOUR, OFFER_CONTEXT, OM2, ONE, VF_2023, VF_DIALECTS
from network.errors import DomainError
from network.rules.offers import AMOUNT_CENTS
from network.rules.quotes import CENT, QuoteDraft

__all__ = [
    "Asked", "Bargain", "Commitment", "Intents", "Mismatch", "accept_fields", "bargain_of", "draft_of",
    "intents_of", "is_asked", "keeps", "offer_fields", "read_addressed", "read_answer", "read_asked", "read_context",
    "read_intents", "read_result",
]  # fmt: skip

CURRENT, OLD = "current", "2023"
TERMS_2023: dict[str, Any] = {
    "vf": VF_2023,
    "om2": OM2,
    "Agreement": "vf:Agreement",
    "Commitment": "vf:Commitment",
    "commitments": "vf:commitments",
    "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
    "resourceQuantity": "vf:resourceQuantity",
    "hasUnit": "om2:hasUnit",
    "hasNumericalValue": "om2:hasNumericalValue",
}
CONTEXTS: dict[str, list[Any]] = {CURRENT: OFFER_CONTEXT, OLD: [AS2, TERMS_2023]}
PRIMARY = (*vf("stipulates"), *vf("stiplulates"))  # the second spelling stood in an example of the FEP


class Mismatch(DomainError):
    """What an Offer asks does not fit its proposal; `wording.reason(code)` says why."""


@dataclass(frozen=True)
class Intents:
    """The addresses of a proposal's two intents, and in which dialect it is written."""

    primary: str
    reciprocal: str
    dialect: str = CURRENT


@dataclass(frozen=True)
class Commitment:
    """One direction of a bargain: so many units, for the intent it satisfies. `value` None: left open."""

    satisfies: str
    unit: str
    value: Decimal | None


@dataclass(frozen=True)
class Bargain:
    """Both directions; `reciprocal` None where nothing is given in return, or where the dialect leaves it out."""

    primary: Commitment
    reciprocal: Commitment | None


@dataclass(frozen=True)
class Asked:
    """What an Offer asks. `proposal`: the address it names, `to`: whom it is addressed to."""

    bargain: Bargain
    dialect: str
    proposal: str
    message: str


# --- what an offer's price makes of a request ---------------------------------------------------------------


def intents_of(uri: str) -> Intents:
    """Return the addresses that the FEP recommends, which are ours.

    >>> intents_of("https://n.example/p/1").primary
    'https://n.example/p/1#primary'
    """
    return Intents(f"{uri}#primary", f"{uri}#reciprocal")


def bargain_of(price: str, quantity: Decimal, amount_cents: int | None, intents: Intents) -> Bargain:
    """Return both directions of a request for `quantity` at a price model; `amount_cents` None leaves money open."""
    primary = Commitment(intents.primary, unit_of(price), quantity)
    if price == "gift":
        return Bargain(primary, None)
    if price == "barter":
        return Bargain(primary, Commitment(intents.reciprocal, HOUR, quantity))
    value = None if amount_cents is None else Decimal(amount_cents) / 100
    return Bargain(primary, Commitment(intents.reciprocal, ONE, value))


def draft_of(asked: Asked, *, offer_uri: str, price: str) -> QuoteDraft:
    """Return what is asked of our offer, as a member would have written it; raise Mismatch where it cannot fit.

    Checked here: intents, units, a reciprocal if and only if the proposal has one. Amounts are the domain's.
    """
    ours, primary = intents_of(offer_uri), asked.bargain.primary
    if primary.satisfies != ours.primary or asked.proposal != offer_uri:
        raise Mismatch("intent_unknown")
    if primary.unit != unit_of(price):
        raise Mismatch("unit_mismatch")
    if primary.value is None:
        raise Mismatch("quantity_missing")
    amount = None if asked.dialect == OLD else _amount(asked.bargain, ours, price)
    return QuoteDraft(primary.value, amount, asked.message)


def _amount(bargain: Bargain, ours: Intents, price: str) -> int | None:
    given = bargain.reciprocal
    if given is None or price == "gift":
        if (given is None) != (price == "gift"):
            raise Mismatch("reciprocal_missing" if given is None else "reciprocal_unasked")
        return None
    if given.satisfies != ours.reciprocal:
        raise Mismatch("intent_unknown")
    if given.unit != (HOUR if price == "barter" else ONE):
        raise Mismatch("unit_mismatch")
    if price != "barter":
        return _cents(given.value, price)
    if given.value != bargain.primary.value:
        raise Mismatch("quote_amount_other")
    return None


def _cents(value: Decimal | None, price: str) -> int | None:
    if value is None:
        if price == "prix_libre":
            return None
        raise Mismatch("reciprocal_missing")
    if not 0 < value <= AMOUNT_CENTS[1] // 100:  # first: an exponent of a million would overflow below
        raise Mismatch("amount_bounds")
    if value != value.quantize(CENT):
        raise Mismatch("quote_amount_other")
    return int(value * 100)


def keeps(result: Bargain, asked: Bargain) -> bool:
    """Whether an agreement holds exactly what was asked: the same intents, units and quantities.

    An intent that was not named in the question (2023 names the primary only) may have any address.
    """
    if (result.reciprocal is None) != (asked.reciprocal is None):
        return False
    pairs = [(result.primary, asked.primary)]
    if result.reciprocal and asked.reciprocal:
        pairs.append((result.reciprocal, asked.reciprocal))
    return all(
        ours.satisfies in {"", theirs.satisfies} and (ours.unit, ours.value) == (theirs.unit, theirs.value)
        for theirs, ours in pairs
    )


# --- writing ------------------------------------------------------------------------------------------------


def offer_fields(bargain: Bargain, *, dialect: str, proposal: str, message: str) -> dict[str, Any]:
    """Return `@context`, `object` and what else an Offer says beside its head; `message` travels as `content`."""
    fields: dict[str, Any] = {"@context": CONTEXTS[dialect]}
    if dialect == OLD:
        fields |= {"object": _commitment(bargain.primary), "inReplyTo": proposal}
    else:
        fields |= {"object": _agreement(bargain)}
    return fields | ({"content": to_html(message)} if message else {})


def accept_fields(bargain: Bargain, *, dialect: str, uri: str, owner: str, answer: str) -> dict[str, Any]:
    """Return `@context`, `result` and `content` of an Accept: the final Agreement at `uri`."""
    head = {"type": "Agreement", "id": uri, "attributedTo": owner}
    if dialect == OLD:
        both = [_commitment(bargain.primary, f"{uri}#primary")]
        if bargain.reciprocal:
            both.append(_commitment(bargain.reciprocal, f"{uri}#reciprocal"))
        result = {**head, "commitments": both}
    else:
        result = {**head, **_agreement(bargain, uri)}
    return {"@context": CONTEXTS[dialect], "result": result} | ({"content": to_html(answer)} if answer else {})


def _agreement(bargain: Bargain, uri: str = "") -> dict[str, Any]:
    sides = {"stipulates": bargain.primary, "stipulatesReciprocal": bargain.reciprocal}
    names = {"stipulates": "#primary", "stipulatesReciprocal": "#reciprocal"}
    return {"type": "Agreement"} | {
        side: _commitment(found, uri + names[side] if uri else "") for side, found in sides.items() if found
    }


def _commitment(found: Commitment, uri: str = "") -> dict[str, Any]:
    quantity = {"hasUnit": found.unit}
    if found.value is not None:
        quantity["hasNumericalValue"] = number_text(found.value)
    head = {"type": "Commitment"} | ({"id": uri} if uri else {})
    return {**head, "satisfies": found.satisfies, "resourceQuantity": quantity}


def number_text(value: Decimal) -> str:
    """Return a number without needless zeros; money with two decimals if it has cents.

    >>> number_text(Decimal("3.00")), number_text(Decimal("82.50")), number_text(Decimal("0.25"))
    ('3', '82.50', '0.25')
    """
    return amount_text(int(value * 100))


# --- reading ------------------------------------------------------------------------------------------------


def is_asked(found: Node) -> bool:
    """Whether an expanded activity offers an Agreement or, in 2023, a Commitment."""
    inner = node(found, as2("object"))
    return inner is not None and bool(types(inner) & (_named("Agreement") | _named("Commitment")))


def _named(name: str) -> frozenset[str]:
    return frozenset({*(dialect + name for dialect in VF_DIALECTS), f"_:{name}"})


def read_asked(found: Node) -> Asked:
    """Return what an expanded Offer asks; raise Untranslatable with the field that we cannot read."""
    inner = node(found, as2("object"))
    if inner is None:
        raise Untranslatable("object")
    old = bool(types(inner) & _named("Commitment"))
    bargain = Bargain(_read_commitment(inner), None) if old else _read_bargain(inner)
    named = bargain.primary.satisfies.partition("#")[0]
    proposal = (text(found, as2("inReplyTo")) or named) if old else named
    return Asked(bargain, OLD if old else CURRENT, proposal, to_words(text(found, as2("content")) or ""))


def read_addressed(found: Node) -> frozenset[str]:
    """Return whom an expanded activity names in `to` and `cc`."""
    return frozenset(texts(found, (*as2("to"), *as2("cc"))))


def read_result(found: Node) -> tuple[str, Bargain]:
    """Return id and content of the agreement in an expanded Accept; raise Untranslatable if there is none."""
    result = node(found, as2("result"))
    if result is None or not isinstance(result.get("@id"), str):
        raise Untranslatable("result")
    return result["@id"], _read_bargain(result)


def read_answer(found: Node) -> str:
    """Return the words that come with an expanded Accept or Reject."""
    return to_words(text(found, as2("content")) or "")


def read_context(found: Node) -> str | None:
    """Return the agreement that an expanded Document is about."""
    return text(found, as2("context"))


def read_intents(found: Node, uri: str) -> Intents:
    """Return the intents of the expanded proposal at `uri`; those that it does not name get the usual addresses."""
    usual = intents_of(uri)
    named = [(node(found, vf(part)) or {}).get("@id") for part in ("publishes", "reciprocal")]
    primary, given = (name if isinstance(name, str) and same_origin(name, uri) else "" for name in named)
    old = VF_2023 + "Proposal" in types(found)
    return Intents(primary or usual.primary, given or usual.reciprocal, OLD if old else CURRENT)


def _read_bargain(found: Node) -> Bargain:
    listed = list(items(found, vf("commitments")))
    first = node(found, PRIMARY) or (listed[0] if listed else None)
    second = node(found, vf("stipulatesReciprocal")) or (listed[1] if len(listed) > 1 else None)
    if first is None:
        raise Untranslatable("stipulates")
    return Bargain(_read_commitment(first), _read_commitment(second) if second else None)


def _read_commitment(found: Node) -> Commitment:
    satisfied = text(found, vf("satisfies"))
    quantity = node(found, vf("resourceQuantity"))
    if satisfied is None:
        raise Untranslatable("satisfies")
    if quantity is None:
        raise Untranslatable("resourceQuantity")
    unit = local_name(text(quantity, om("hasUnit"))) or ONE
    return Commitment(satisfied, unit, number(quantity, om("hasNumericalValue")))
