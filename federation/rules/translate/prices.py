"""The five price models as intents of FEP-0837, both ways.

| price      | reciprocal                                  | primary  | unitBased |
|------------|---------------------------------------------|----------|-----------|
| hourly     | transfer of a currency, amount              | 1 hour   | true      |
| fixed      | transfer of a currency, amount              | 1 one    | false     |
| prix libre | transfer of a currency, unit without amount | 1 one    | absent    |
| gift       | none                                        | 1 one    | false     |
| barter     | deliverService, 1 hour                      | 1 hour   | true      |
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from federation.errors import Untranslatable
from federation.rules.translate.reading import Node, number, om, text, vf
from federation.rules.vocabulary import CURRENCIES, CURRENCY_OF, DELIVER_SERVICE, HOUR, ONE, TRANSFER
from network.rules.offers import AMOUNT_CENTS

__all__ = ["Cost", "read_cost", "reciprocal", "unit_based", "unit_of"]

UNIT_BASED = {"hourly": True, "fixed": False, "gift": False, "barter": True}
BY_THE_HOUR = frozenset({"hourly", "barter"})


@dataclass(frozen=True)
class Cost:
    """A price model with its amount, cents of `currency`; None where the model names none."""

    price: str
    amount_cents: int | None = None
    currency: str = "EUR"


def unit_of(price: str) -> str:
    """Return the unit in which the service is counted.

    >>> unit_of("hourly"), unit_of("gift")
    ('hour', 'one')
    """
    return HOUR if price in BY_THE_HOUR else ONE


def unit_based(price: str) -> bool | None:
    """Say whether multiples may be asked; None (prix libre) is left out of the document."""
    return UNIT_BASED.get(price)


def quantity(unit: str, value: str | None = "1") -> dict[str, str]:
    """Return a quantity; numbers are strings on the wire."""
    return {"hasUnit": unit} | ({"hasNumericalValue": value} if value is not None else {})


def reciprocal(cost: Cost, uri: str) -> dict[str, Any] | None:
    """Return the intent that says what is given in return, or None for a gift.

    >>> reciprocal(Cost("hourly", 5500), "https://n.example/p/1")["resourceQuantity"]
    {'hasUnit': 'one', 'hasNumericalValue': '55'}
    """
    if cost.price == "gift":
        return None
    head = {"type": "Intent", "id": f"{uri}#reciprocal"}
    if cost.price == "barter":
        return {**head, "action": DELIVER_SERVICE, "resourceQuantity": quantity(HOUR)}
    amount = None if cost.amount_cents is None else amount_text(cost.amount_cents)
    money = {"action": TRANSFER, "resourceConformsTo": CURRENCIES[cost.currency]}
    return {**head, **money, "resourceQuantity": quantity(ONE, amount)}


def amount_text(cents: int) -> str:
    """Return cents as a decimal number without needless zeros.

    >>> amount_text(5500), amount_text(1250)
    ('55', '12.50')
    """
    return str(cents // 100) if cents % 100 == 0 else f"{cents // 100}.{cents % 100:02d}"


def read_cost(primary: Node, counter: Node | None, unit: bool | None) -> Cost:
    """Return the price model of two expanded intents and `unitBased`; raise Untranslatable for another one."""
    if counter is None:
        return Cost("gift")
    action = local_name(text(counter, vf("action")))
    if action in {DELIVER_SERVICE, "work"}:
        return Cost("barter")
    if action != TRANSFER:
        raise Untranslatable("reciprocal.action")
    return _read_money(_quantity(primary), counter, unit)


def _read_money(primary: tuple[str, Decimal | None], counter: Node, unit: bool | None) -> Cost:
    currency = CURRENCY_OF.get(text(counter, vf("resourceConformsTo")) or "")
    if currency is None:
        raise Untranslatable("reciprocal.resourceConformsTo")
    amount = _quantity(counter)[1]
    if amount is None:
        return Cost("prix_libre", None, currency)
    counted, times = primary
    if counted not in {HOUR, ONE} or (counted == HOUR and not unit):
        raise Untranslatable("publishes.resourceQuantity")
    return Cost("hourly" if counted == HOUR else "fixed", _cents(amount / (times or 1)), currency)


def _quantity(intent: Node) -> tuple[str, Decimal | None]:
    """Unit (one, if none is written) and value, which is None or above zero."""
    found: Node = next((item for iri in vf("resourceQuantity") for item in intent.get(iri, ())), {})
    value = number(found, om("hasNumericalValue"))
    return local_name(text(found, om("hasUnit"))) or ONE, value if value is None or value > 0 else None


def _cents(amount: Decimal) -> int:
    if not AMOUNT_CENTS[0] <= amount * 100 <= AMOUNT_CENTS[1]:
        raise Untranslatable("reciprocal.resourceQuantity")
    return int((amount * 100).to_integral_value())


def local_name(value: str | None) -> str:
    """Return the last part of an IRI or prefixed name.

    >>> local_name("om2:hour"), local_name("https://w3id.org/valueflows/ont/vf#transfer"), local_name("one")
    ('hour', 'transfer', 'one')
    """
    return (value or "").replace("#", "/").replace(":", "/").rsplit("/", 1)[-1]
