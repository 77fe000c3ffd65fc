"""What an offer must be before it is published. Amounts in cents, distances in kilometres."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from network.rules.access import ACCESS, check_tags
from network.rules.cards import URI_MAX, OfferCard, is_point, plain

__all__ = ["OfferDraft", "check_card", "check_draft", "default_end", "is_priced", "latest_end", "leaves_out"]

PURPOSES = frozenset({"offer", "request"})
PRICES = frozenset({"hourly", "fixed", "prix_libre", "gift", "barter"})
PRICED = frozenset({"hourly", "fixed"})
AREAS = frozenset({"circle", "country", "on_site"})
OPENINGS = frozenset({"open", "waiting", "closed"})
VISIBILITIES = frozenset({"public", "followers", "members"})
CURRENCIES = frozenset({"EUR", "CHF", "GBP"})
CURRENCY = re.compile(r"[A-Z]{3}")  # ISO 4217, of other nodes
TITLE = (3, 120)  # characters
DESCRIPTION_MAX = 10_000  # characters
AVAILABILITY_MAX = 200  # characters
AREA_KM = (1, 1000)
AMOUNT_CENTS = (1, 100_000_000)  # one cent to a million
END_MONTHS, END_MONTHS_MAX = 6, 24


@dataclass(frozen=True)
class OfferDraft:
    """What a member writes in the form. `place` has name, dept, code, lat, lon (a PlaceHit), or is None."""

    title: str
    price: str
    purpose: str = "offer"
    description: str = ""  # Markdown
    skill: str = ""  # slug, or empty
    place: object | None = None
    area: str = "circle"
    area_km: int = 30
    remote: bool = False
    opening: str = "open"
    availability: str = ""
    amount_cents: int | None = None
    currency: str = "EUR"
    tax_included: bool = True
    ends_on: date | None = None  # None: six months from today
    visibility: str = "public"  # public, followers, members
    tags: tuple[str, ...] = ()
    access: tuple[str, ...] = ()  # codes of rules/access.py


def is_priced(price: str) -> bool:
    """Say whether this price model names an amount."""
    return price in PRICED


def leaves_out(before: str, after: str) -> bool:
    """Say whether somebody who could read an offer no longer can, once its visibility changes.

    >>> leaves_out("public", "members"), leaves_out("followers", "members"), leaves_out("members", "public")
    (True, True, False)
    """
    return before != after != "public"


def default_end(today: date) -> date:
    """Return the day six months after `today`, or the last day of that month if it has no such day.

    >>> default_end(date(2026, 8, 31))
    datetime.date(2027, 2, 28)
    """
    return _months_after(today, END_MONTHS)


def latest_end(today: date) -> date:
    """Return the last day that may be chosen as an end: two years after `today`."""
    return _months_after(today, END_MONTHS_MAX)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def check_draft(draft: OfferDraft, *, today: date) -> list[tuple[str, str]]:
    """Return what is wrong with `draft`, as (field, code) pairs in the order of the form; empty if nothing is.

    >>> check_draft(OfferDraft(title="Ok", price="hourly", remote=True), today=date(2026, 11, 22))
    [('title', 'title_length'), ('amount_cents', 'amount_missing')]
    """
    return [
        *_check_words(draft),
        *_check_choices(draft),
        *_check_extras(draft),
        *_check_reach(draft),
        *_check_price(draft),
        *_end(draft, today),
    ]


def _check_words(draft: OfferDraft) -> Iterator[tuple[str, str]]:
    if not TITLE[0] <= len(plain(draft.title)) <= TITLE[1]:
        yield "title", "title_length"
    if len(draft.description) > DESCRIPTION_MAX:
        yield "description", "description_too_long"
    if len(draft.availability) > AVAILABILITY_MAX:
        yield "availability", "availability_too_long"
    for field in ("title", "description", "availability"):
        if "\x00" in getattr(draft, field):
            yield field, "text_invalid"


def _check_choices(draft: OfferDraft) -> Iterator[tuple[str, str]]:
    if draft.purpose not in PURPOSES:
        yield "purpose", "purpose_unknown"
    if draft.opening not in OPENINGS:
        yield "opening", "opening_unknown"
    if draft.visibility not in VISIBILITIES:
        yield "visibility", "visibility_unknown"


def _check_extras(draft: OfferDraft) -> Iterator[tuple[str, str]]:
    if code := check_tags(draft.tags):
        yield "tags", code
    if not set(draft.access) <= set(ACCESS):
        yield "access", "access_unknown"


def _check_reach(draft: OfferDraft) -> Iterator[tuple[str, str]]:
    if draft.area not in AREAS:
        yield "area", "area_unknown"
    if draft.area == "circle" and not AREA_KM[0] <= draft.area_km <= AREA_KM[1]:
        yield "area_km", "area_km_bounds"
    if draft.place is None and draft.area != "country" and not draft.remote:
        yield "place", "place_needed"


def _check_price(draft: OfferDraft) -> Iterator[tuple[str, str]]:
    if draft.price not in PRICES:
        yield "price", "price_unknown"
    elif not is_priced(draft.price) and draft.amount_cents is not None:
        yield "amount_cents", "amount_not_for_this_price"
    elif is_priced(draft.price) and draft.amount_cents is None:
        yield "amount_cents", "amount_missing"
    elif draft.amount_cents is not None and not AMOUNT_CENTS[0] <= draft.amount_cents <= AMOUNT_CENTS[1]:
        yield "amount_cents", "amount_bounds"
    if draft.currency not in CURRENCIES:
        yield "currency", "currency_unknown"


def _end(draft: OfferDraft, today: date) -> Iterator[tuple[str, str]]:
    if draft.ends_on is not None and draft.ends_on <= today:
        yield "ends_on", "end_in_the_past"
    elif draft.ends_on is not None and draft.ends_on > latest_end(today):
        yield "ends_on", "end_too_late"


def check_card(card: OfferCard) -> list[tuple[str, str]]:
    """Return what makes the card of another node's offer unusable, as (field, code) pairs. What is merely long is
    cut by whoever stores it, what is merely unusual stays."""
    return [*_check_named(card), *_check_known(card), *_check_amount(card)]


def _check_named(card: OfferCard) -> Iterator[tuple[str, str]]:
    if not plain(card.title):
        yield "title", "title_length"
    if len(card.uri) > URI_MAX:
        yield "uri", "uri_too_long"
    if not is_point(card.lat, card.lon):
        yield "place", "point_invalid"


def _check_known(card: OfferCard) -> Iterator[tuple[str, str]]:
    known = (
        ("purpose", PURPOSES),
        ("price", PRICES),
        ("area", AREAS),
        ("opening", OPENINGS),
        ("visibility", VISIBILITIES),
    )
    for field, values in known:
        if getattr(card, field) not in values:
            yield field, f"{field}_unknown"


def _check_amount(card: OfferCard) -> Iterator[tuple[str, str]]:
    if is_priced(card.price) != (card.amount_cents is not None):
        yield "amount_cents", "amount_incoherent"
    elif card.amount_cents is not None and not 0 <= card.amount_cents <= AMOUNT_CENTS[1]:
        yield "amount_cents", "amount_bounds"
    if not CURRENCY.fullmatch(card.currency):
        yield "currency", "currency_unknown"
