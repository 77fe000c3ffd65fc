"""A conversation between a client without an account and a member: its stages, its figures, its limits.

| step     | whose             | from                                  | to        |
|----------|-------------------|---------------------------------------|-----------|
| write    | client            | refused                               | open      |
| write    | both              | open, quoted, agreed, done            | the same  |
| quote    | provider          | open, quoted, refused                 | quoted    |
| accept   | client            | quoted                                | agreed    |
| decline  | client            | quoted                                | open      |
| refuse   | provider          | open, quoted                          | refused   |
| withdraw | client            | open, quoted, agreed, refused         | withdrawn |
| finish   | both              | agreed                                | done      |
| close    | provider          | open, quoted, refused, agreed, done   | closed    |
| leave    | the node          | open, quoted, refused, agreed, done   | closed    |
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from network.errors import NotEntitled, WrongState
from network.rules.offers import AMOUNT_CENTS
from network.rules.quotes import QUANTITY, Rate, settled_amount

__all__ = [
    "ENDS", "LEGAL", "LIMITS", "ContactDraft", "Limit", "Proposal", "Side", "Stage", "Step", "Way", "advance",
    "allowed", "check_contact", "check_proposal", "check_said", "expires_before", "is_mail", "stamp_problem",
    "total_of", "wait_until",
]  # fmt: skip

NAME_MAX, REACH_MAX, TEXT_MAX, REASON_MAX, TESTIMONY_MAX = 80, 254, 4000, 1000, 500  # characters
LEAST_SECONDS, MOST_HOURS = 3, 12  # between the drawing of a form and its sending
CURRENCY = "EUR"


class Stage(StrEnum):
    """Where a conversation stands."""

    OPEN = "open"
    QUOTED = "quoted"
    AGREED = "agreed"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    CLOSED = "closed"


class Side(StrEnum):
    """Who takes a step; the node itself only says that somebody has left."""

    CLIENT = "client"
    PROVIDER = "provider"
    NODE = "node"


class Step(StrEnum):
    """What somebody does."""

    WRITE = "write"
    QUOTE = "quote"
    ACCEPT = "accept"
    DECLINE = "decline"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    FINISH = "finish"
    CLOSE = "close"
    LEAVE = "leave"


ENDS = frozenset({Stage.WITHDRAWN, Stage.CLOSED})
STANDING = (Stage.OPEN, Stage.QUOTED, Stage.REFUSED, Stage.AGREED, Stage.DONE)
C, P, N = Side.CLIENT, Side.PROVIDER, Side.NODE
LEGAL: dict[tuple[Stage, Step, Side], Stage] = {
    (Stage.REFUSED, Step.WRITE, C): Stage.OPEN,
    **{(at, Step.WRITE, who): at for at in (Stage.OPEN, Stage.QUOTED, Stage.AGREED, Stage.DONE) for who in (C, P)},
    **{(at, Step.QUOTE, P): Stage.QUOTED for at in (Stage.OPEN, Stage.QUOTED, Stage.REFUSED)},
    (Stage.QUOTED, Step.ACCEPT, C): Stage.AGREED,
    (Stage.QUOTED, Step.DECLINE, C): Stage.OPEN,
    **{(at, Step.REFUSE, P): Stage.REFUSED for at in (Stage.OPEN, Stage.QUOTED)},
    **{(at, Step.WITHDRAW, C): Stage.WITHDRAWN for at in (Stage.OPEN, Stage.QUOTED, Stage.AGREED, Stage.REFUSED)},
    **{(Stage.AGREED, Step.FINISH, who): Stage.DONE for who in (C, P)},
    **{(at, Step.CLOSE, P): Stage.CLOSED for at in STANDING},
    **{(at, Step.LEAVE, N): Stage.CLOSED for at in STANDING},
}
_WHOSE = {(step, side) for _, step, side in LEGAL}


def advance(stage: Stage, step: Step, side: Side) -> Stage:
    """Return where `step` of `side` leads. NotEntitled("contact_not_yours") if it is never theirs,
    WrongState("contact_not_now") if it is not now.

    >>> advance(Stage.QUOTED, Step.ACCEPT, Side.CLIENT).value
    'agreed'
    """
    if (step, side) not in _WHOSE:
        raise NotEntitled("contact_not_yours")
    try:
        return LEGAL[stage, step, side]
    except KeyError:
        raise WrongState("contact_not_now", stage=stage.value, step=step.value) from None


def allowed(stage: Stage, side: Side) -> frozenset[Step]:
    """Return the steps that `side` may take now.

    >>> sorted(allowed(Stage.AGREED, Side.CLIENT)), allowed(Stage.CLOSED, Side.PROVIDER)
    ([<Step.FINISH: 'finish'>, <Step.WITHDRAW: 'withdraw'>, <Step.WRITE: 'write'>], frozenset())
    """
    return frozenset(step for at, step, who in LEGAL if (at, who) == (stage, side))


# --- what a client writes ---------------------------------------------------------------------------------

MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
PHONE = re.compile(r"\+?[0-9 .()/-]{6,30}")


@dataclass(frozen=True)
class ContactDraft:
    """What a client writes at first. `reach`: an address of mail or a telephone, or nothing. `quantity`,
    `amount_cents`: what is asked of an offer, as in a request for a quote; None where no quote is asked for."""

    name: str
    message: str
    reach: str = ""
    quantity: Decimal | None = None
    amount_cents: int | None = None


def is_mail(reach: str) -> bool:
    r"""Say whether `reach` is an address that a mail may be sent to; nothing that could end a header is.

    >>> [is_mail(text) for text in ("fanny@mail.example", "06 12 34 56 78", "a@b.example\nBcc: c@d.example", "a@b")]
    [True, False, False, False]
    """
    return len(reach) <= REACH_MAX and MAIL.fullmatch(reach) is not None


def check_contact(draft: ContactDraft) -> list[tuple[str, str]]:
    """Return what is wrong with a first message, as (field, code) pairs in the order of the form.

    >>> check_contact(ContactDraft("Fanny", "Bonjour", "rue des Lilas"))
    [('reach', 'reach_invalid')]
    """
    return [*_check_name(draft.name), *_check_reach(draft.reach), *check_said(draft.message, "message")]


def _check_name(name: str) -> Iterator[tuple[str, str]]:
    if not 2 <= len(name) <= NAME_MAX or not name.isprintable():
        yield "name", "contact_name_length"


def _check_reach(reach: str) -> Iterator[tuple[str, str]]:
    number = PHONE.fullmatch(reach) and sum(letter.isdigit() for letter in reach) >= 6
    if reach and not is_mail(reach) and not number:
        yield "reach", "reach_invalid"


def check_said(text: str, field: str = "text", *, needed: bool = True, most: int = TEXT_MAX) -> list[tuple[str, str]]:
    """Return what is wrong with words: none where some are needed, too many, or letters that no text has.

    >>> check_said("  "), check_said("", needed=False), check_said("é" * 4001)
    ([('text', 'text_missing')], [], [('text', 'text_too_long')])
    """
    if needed and not text.strip():
        return [(field, "text_missing")]
    if len(text) > most:
        return [(field, "text_too_long")]
    return [(field, "text_invalid")] if "\x00" in text else []


# --- what a provider proposes -----------------------------------------------------------------------------


class Way(StrEnum):
    """How a price is proposed: so much for each of so many, as a whole, or in words alone."""

    EACH = "each"
    WHOLE = "whole"
    WORDS = "words"


@dataclass(frozen=True)
class Proposal:
    """A price. `quantity` and `unit_cents` for EACH, `amount_cents` for WHOLE."""

    way: str = Way.WORDS
    quantity: Decimal | None = None
    unit_cents: int | None = None
    amount_cents: int | None = None
    currency: str = CURRENCY


def total_of(proposal: Proposal) -> int | None:
    """Return the cents that a proposal comes to; None for words, or where cents do not suffice.

    >>> total_of(Proposal(Way.EACH, Decimal("1.5"), 5500)), total_of(Proposal(Way.WHOLE, amount_cents=990))
    (8250, 990)
    """
    if proposal.way == Way.EACH and proposal.quantity is not None:
        return settled_amount(Rate("hourly", proposal.unit_cents), proposal.quantity)
    return proposal.amount_cents if proposal.way == Way.WHOLE else None


def check_proposal(proposal: Proposal, text: str) -> list[tuple[str, str]]:
    """Return what is wrong with a proposed price; one in words needs the words.

    >>> check_proposal(Proposal(Way.EACH, Decimal(3)), ""), check_proposal(Proposal(), "Un repas partagé.")
    ([('unit_cents', 'amount_missing')], [])
    """
    said = check_said(text, needed=proposal.way == Way.WORDS)
    if proposal.way == Way.EACH:
        return [*_check_each(proposal), *said]
    if proposal.way == Way.WHOLE:
        return [*_check_cents(proposal.amount_cents, "amount_cents"), *said]
    return said if proposal.way == Way.WORDS else [("way", "way_unknown")]


def _check_each(proposal: Proposal) -> Iterator[tuple[str, str]]:
    quantity = proposal.quantity
    if quantity is None or not quantity.is_finite():
        yield "quantity", "quantity_missing"
    elif not QUANTITY[0] <= quantity <= QUANTITY[1] or quantity != round(quantity, 2):
        yield "quantity", "quantity_bounds"
    else:
        wrong = list(_check_cents(proposal.unit_cents, "unit_cents"))
        yield from wrong or _check_total(proposal)


def _check_total(proposal: Proposal) -> Iterator[tuple[str, str]]:
    total = total_of(proposal)
    if total is None:
        yield "quantity", "quantity_inexact"
    elif not AMOUNT_CENTS[0] <= total <= AMOUNT_CENTS[1]:
        yield "quantity", "quote_too_much"


def _check_cents(cents: int | None, field: str) -> Iterator[tuple[str, str]]:
    if cents is None:
        yield field, "amount_missing"
    elif not AMOUNT_CENTS[0] <= cents <= AMOUNT_CENTS[1]:
        yield field, "amount_bounds"


# --- time -------------------------------------------------------------------------------------------------


def stamp_problem(drawn: datetime, now: datetime) -> str:
    """Return what the time between drawing a form and sending it says: nothing, or the code of a refusal.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> [stamp_problem(noon, noon + timedelta(seconds=passed)) for passed in (1, 3, 43_201)]
    ['contact_too_fast', '', 'contact_too_old']
    """
    passed = now - drawn
    if passed < timedelta(seconds=LEAST_SECONDS):
        return "contact_too_fast"
    return "contact_too_old" if passed > timedelta(hours=MOST_HOURS) else ""


@dataclass(frozen=True)
class Limit:
    """At most `most` first messages in `span`."""

    most: int
    span: timedelta


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS: dict[str, tuple[Limit, ...]] = {
    "sender": (Limit(5, HOUR), Limit(15, DAY)),  # of one address: a household, a small office
    "provider": (Limit(30, DAY),),
    "everybody": (Limit(500, DAY),),  # the whole node: what its members could still read
}


def wait_until(written: Iterable[datetime], limits: Iterable[Limit], now: datetime) -> datetime | None:
    """Return when one more first message is allowed, None if it is now; `written`: earlier ones, any order.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> wait_until([noon - HOUR / 2, noon], [Limit(2, HOUR)], noon).isoformat()
    '2026-11-22T12:30:00+00:00'
    >>> wait_until([noon - HOUR, noon], [Limit(2, HOUR)], noon) is None
    True
    """
    instants = sorted(written)
    ends = [again for limit in limits if (again := _again(instants, limit, now))]
    return max(ends, default=None)


def _again(instants: list[datetime], limit: Limit, now: datetime) -> datetime | None:
    recent = [instant for instant in instants if instant > now - limit.span]
    return recent[-limit.most] + limit.span if len(recent) >= limit.most else None


def expires_before(now: datetime, months: int) -> datetime:
    """Return the instant before which a conversation without news is deleted; a month is a twelfth of 365 days.

    >>> from datetime import UTC
    >>> expires_before(datetime(2026, 11, 22, tzinfo=UTC), 12).date().isoformat()
    '2025-11-22'
    """
    return now - timedelta(days=round(365 * months / 12))
