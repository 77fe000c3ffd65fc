"""What may be asked of an offer, and what it then comes to. Exact: hours with two decimals, money in whole cents.

| price      | quantity                  | in return                               |
|------------|---------------------------|-----------------------------------------|
| hourly     | hours, any number         | the same factor of the hour's price     |
| fixed      | one                       | its amount                              |
| prix libre | one, or as many as wished | an amount of the asker's choice, or none |
| gift       | one                       | nothing                                 |
| barter     | hours, any number         | as many hours                           |
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from network.rules.offers import AMOUNT_CENTS

__all__ = [
    "QUOTES_A_DAY", "QuoteDraft", "Rate", "ask_again_at", "check_answer", "check_quote", "is_counted", "settled_amount",
]  # fmt: skip

QUOTES_A_DAY = 10  # requests of one member in twenty-four hours
DAY = timedelta(days=1)
MESSAGE_MAX, ANSWER_MAX = 4000, 4000  # characters
QUANTITY = (Decimal("0.01"), Decimal(10_000))
ONE = Decimal(1)
CENT = Decimal("0.01")
BY_THE_HOUR = frozenset({"hourly", "barter"})
ONCE_ONLY = frozenset({"fixed", "gift"})


@dataclass(frozen=True)
class Rate:
    """What an offer asks in return: price model, cents (hourly and fixed only), currency."""

    price: str
    amount_cents: int | None = None
    currency: str = "EUR"


@dataclass(frozen=True)
class QuoteDraft:
    """What the asker writes. `amount_cents` counts for prix libre; elsewhere it may be left out or must be right."""

    quantity: Decimal | None = ONE
    amount_cents: int | None = None
    message: str = ""


def is_counted(price: str) -> bool:
    """Say whether the service is counted in hours, so that the asker says how many.

    >>> is_counted("hourly"), is_counted("fixed")
    (True, False)
    """
    return price in BY_THE_HOUR


def settled_amount(rate: Rate, quantity: Decimal) -> int | None:
    """Return the cents that `quantity` comes to; None where the offer names no amount, or where cents do not suffice.

    >>> [settled_amount(Rate("hourly", 5500), Decimal(hours)) for hours in ("3", "1.5", "0.01")]
    [16500, 8250, 55]
    >>> settled_amount(Rate("hourly", 5501), Decimal("1.5")) is None, settled_amount(Rate("gift"), ONE) is None
    (True, True)
    """
    if rate.amount_cents is None:
        return None
    exact = rate.amount_cents * quantity
    return int(exact) if exact == exact.to_integral_value() else None


def check_quote(rate: Rate, draft: QuoteDraft) -> list[tuple[str, str]]:
    """Return what is wrong with a request, as (field, code) pairs in the order of the form; empty if nothing is.

    >>> check_quote(Rate("hourly", 5500), QuoteDraft(Decimal(3), 15000))
    [('amount_cents', 'quote_amount_other')]
    """
    return [*_check_quantity(rate, draft), *_check_words(draft.message, "message", MESSAGE_MAX)]


def _check_quantity(rate: Rate, draft: QuoteDraft) -> Iterator[tuple[str, str]]:
    quantity = draft.quantity
    if quantity is None or not quantity.is_finite():
        yield "quantity", "quantity_missing"
    elif not QUANTITY[0] <= quantity <= QUANTITY[1] or quantity != quantity.quantize(CENT):
        yield "quantity", "quantity_bounds"
    elif rate.price in ONCE_ONLY and quantity != ONE:
        yield "quantity", "quantity_not_one"
    else:
        yield from _check_amount(rate, quantity, draft.amount_cents)


def _check_amount(rate: Rate, quantity: Decimal, given: int | None) -> Iterator[tuple[str, str]]:
    if rate.amount_cents is not None:
        amount = settled_amount(rate, quantity)
        if amount is None:
            yield "quantity", "quantity_inexact"
        elif amount > AMOUNT_CENTS[1]:
            yield "quantity", "quote_too_much"
        elif given not in {None, amount}:
            yield "amount_cents", "quote_amount_other"
    elif given is not None and rate.price != "prix_libre":
        yield "amount_cents", "amount_not_for_this_price"
    elif given is not None and not AMOUNT_CENTS[0] <= given <= AMOUNT_CENTS[1]:
        yield "amount_cents", "amount_bounds"


def check_answer(words: str, *, needed: bool) -> list[tuple[str, str]]:
    """Return what is wrong with the words of an answer; a refusal needs some.

    >>> check_answer(" ", needed=True), check_answer("", needed=False)
    ([('answer', 'answer_missing')], [])
    """
    if needed and not words.strip():
        return [("answer", "answer_missing")]
    return list(_check_words(words, "answer", ANSWER_MAX))


def _check_words(text: str, field: str, most: int) -> Iterator[tuple[str, str]]:
    if len(text) > most:
        yield field, f"{field}_too_long"
    if "\x00" in text:
        yield field, "text_invalid"


def ask_again_at(asked: list[datetime], now: datetime, most: int = QUOTES_A_DAY) -> datetime | None:
    """Return when one more request is allowed, None if it is now; `asked`: the instants of earlier ones, any order.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> ask_again_at([noon - DAY / 2, noon - DAY / 4], noon, most=2).isoformat()
    '2026-11-23T00:00:00+00:00'
    >>> ask_again_at([noon - DAY, noon], noon, most=2) is None
    True
    """
    recent = sorted(instant for instant in asked if instant > now - DAY)
    return recent[-most] + DAY if len(recent) >= most else None
