"""What an event must be before it is published: each fault with the field and the code of its sentence."""

import re
from collections.abc import Iterator
from datetime import date, time

from network.rules.cards import plain
from network.rules.events import ACCESSIBILITY, DateDraft, EventDraft, VenueDraft, horizon, is_last, is_zone

__all__ = ["KINDS", "check_date", "check_draft"]

KINDS = frozenset({"install_fair", "workshop", "debate", "training", "assembly", "other"})
PRICES = frozenset({"gift", "prix_libre", "fixed", "unsaid"})
STATES = frozenset({"confirmed", "tentative"})
READERS = frozenset({"public", "members"})
RHYTHMS = frozenset({"once", "weekly", "fortnightly", "monthly", "monthly_last", "listed"})
CURRENCIES = frozenset({"EUR", "CHF", "GBP"})
TITLE = (3, 120)  # characters
DESCRIPTION_MAX = 10_000  # characters
LINE_MAX = 200  # characters
LINK_MAX = 500  # characters
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
LINK = re.compile(r"https?://[^\s<>\"]+")
AMOUNT_CENTS = (1, 100_000_000)  # one cent to a million
LANGUAGES_MAX, LISTED_MAX, PLACES_MAX = 20, 60, 4


def check_draft(draft: EventDraft, *, today: date, new: bool = True) -> list[tuple[str, str]]:
    """Return what is wrong with `draft`, as (field, code) pairs in the order of the form; empty if nothing is.

    A new event begins today at the earliest; one that is edited may have begun long ago.

    >>> check_draft(EventDraft("Ok", "fête", None, time(14), None), today=date(2026, 11, 22))[:3]
    [('title', 'title_length'), ('kind', 'event_kind_unknown'), ('first_on', 'date_missing')]
    """
    return [
        *_check_words(draft),
        *_check_when(draft, today, new=new),
        *_check_where(draft),
        *_check_terms(draft),
    ]


def _check_words(draft: EventDraft) -> Iterator[tuple[str, str]]:
    if not TITLE[0] <= len(plain(draft.title)) <= TITLE[1]:
        yield "title", "title_length"
    if draft.kind not in KINDS:
        yield "kind", "event_kind_unknown"
    if len(draft.description) > DESCRIPTION_MAX:
        yield "description", "description_too_long"
    for field in ("capacity", "registration"):
        if len(getattr(draft, field)) > LINE_MAX:
            yield field, "line_too_long"
    for field in ("title", "description", "capacity", "registration"):
        if "\x00" in getattr(draft, field):
            yield field, "text_invalid"


def _check_when(draft: EventDraft, today: date, *, new: bool) -> Iterator[tuple[str, str]]:
    yield from _check_hours(draft.first_on, draft.starts, draft.ends, "first_on", today)
    first = draft.first_on
    if draft.rhythm not in RHYTHMS:
        yield "rhythm", "rhythm_unknown"
    if first is None:
        return
    if new and first < today:
        yield "first_on", "event_date_past"
    if draft.rhythm == "monthly_last" and not is_last(first):
        yield "first_on", "not_the_last"
    if draft.rhythm == "listed" and not draft.listed:
        yield "listed", "dates_missing"
    if len(draft.listed) > LISTED_MAX:
        yield "listed", "dates_too_many"
    if any(day < first or day > horizon(today) for day in draft.listed) and draft.rhythm == "listed":
        yield "listed", "dates_out_of_range"
    if draft.until_on is not None and draft.until_on < first:
        yield "until_on", "until_before_first"


def _check_hours(
    day: date | None, starts: time | None, ends: time | None, field: str, today: date
) -> Iterator[tuple[str, str]]:
    if day is None:
        yield field, "date_missing"
    elif day > horizon(today):
        yield field, "date_too_far"
    if starts is None:
        yield "starts", "hour_missing"
    if ends is None:
        yield "ends", "hour_missing"
    if starts is not None and starts == ends:
        yield "ends", "hours_equal"


def _check_where(draft: EventDraft) -> Iterator[tuple[str, str]]:
    if not draft.venues and not draft.online:
        yield "place", "event_place_needed"
    if len(draft.venues) > PLACES_MAX:
        yield "place", "places_too_many"
    for venue in draft.venues:
        yield from _check_venue(venue)
    if draft.zone and not is_zone(draft.zone):
        yield "zone", "zone_unknown"
    for field in ("online", "registration_link"):
        link = getattr(draft, field)
        if link and (len(link) > LINK_MAX or not LINK.fullmatch(link)):
            yield field, "link_invalid"


def _check_venue(venue: VenueDraft) -> Iterator[tuple[str, str]]:
    if len(venue.venue) > LINE_MAX:
        yield "venue", "line_too_long"
    if "\x00" in venue.venue:
        yield "venue", "text_invalid"


def _check_terms(draft: EventDraft) -> Iterator[tuple[str, str]]:
    if draft.price not in PRICES:
        yield "price", "event_price_unknown"
    elif draft.price == "fixed" and draft.amount_cents is None:
        yield "amount_cents", "amount_missing"
    elif draft.price != "fixed" and draft.amount_cents is not None:
        yield "amount_cents", "event_amount_not_for_this_price"
    elif draft.amount_cents is not None and not AMOUNT_CENTS[0] <= draft.amount_cents <= AMOUNT_CENTS[1]:
        yield "amount_cents", "amount_bounds"
    if draft.currency not in CURRENCIES:
        yield "currency", "currency_unknown"
    if not set(draft.accessibility) <= set(ACCESSIBILITY):
        yield "accessibility", "accessibility_unknown"
    if len(draft.languages) > LANGUAGES_MAX:
        yield "languages", "languages_too_many"
    elif not all(LANGUAGE.fullmatch(tag) and len(tag) <= 35 for tag in draft.languages):
        yield "languages", "language_invalid"
    if draft.state not in STATES:
        yield "state", "event_state_unknown"
    if draft.visibility not in READERS:
        yield "visibility", "visibility_unknown"


def check_date(draft: DateDraft, *, today: date) -> list[tuple[str, str]]:
    """Return what is wrong with one date set by hand, as (field, code) pairs; empty if nothing is.

    >>> check_date(DateDraft(date(2026, 12, 5), time(14), time(14)), today=date(2026, 11, 22))
    [('ends', 'hours_equal')]
    """
    found = list(_check_hours(draft.on, draft.starts, draft.ends, "on", today))
    if draft.on is not None and draft.on < today:
        found.append(("on", "event_date_past"))
    if len(draft.note) > LINE_MAX:
        found.append(("note", "line_too_long"))
    if "\x00" in draft.note:
        found.append(("note", "text_invalid"))
    return found + (list(_check_venue(draft.venue)) if draft.venue else [])
