"""What waits, in order: which group a line falls in, when a reminder is due, and the list as nodes exchange it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from urllib.parse import urlsplit

from governance.errors import Invalid

__all__ = ["FAMILIES", "ITEMS_MOST", "SPANS", "FeedItem", "Group", "Rhythm", "family_of", "feed_document",
           "group_of", "line_key", "read_feed", "reminder_due", "spread"]  # fmt: skip

SOON = timedelta(days=7)  # how far « cette semaine » reaches, for the eye only
NOW_KINDS = frozenset({"assembly_now"})
ITEMS_MOST = 500  # of one list
TITLE_MOST = 300
DAYS_MOST = 366
KIND = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
ID = re.compile(r"[0-9a-f]{16,64}", re.ASCII)
NAME = "toile-waiting"


FAMILIES = ("assemblies", "decisions", "choosing", "people")  # what somebody may leave out of mails, by collective
_KINDS = {
    "assemblies": ("assembly_", "facilitate", "minutes_", "paper_"),
    "choosing": ("ballot", "election_", "accept_election", "lot_", "mandate_"),
    "people": ("sponsor", "candidacy_", "evaluate", "synthesis", "hearing", "conditions", "probation_", "appeal_",
               "renew", "exclusion_"),
}  # fmt: skip


def family_of(kind: str) -> str:
    """Return the family of a kind of line; what is no other is about decisions.

    >>> family_of("lot_commit"), family_of("position")
    ('choosing', 'decisions')
    """
    return next((family for family, starts in _KINDS.items() if kind.startswith(starts)), "decisions")


class Group(Enum):
    """Where a line stands in the list, in this order."""

    NOW = "now"
    LATE = "late"
    WEEK = "week"
    LATER = "later"
    OPEN = "open"


class Rhythm(Enum):
    """How often somebody wants a mail."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


SPANS = {Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}


@dataclass(frozen=True)
class FeedItem:
    """One line as a node tells it to its reader's other node. `remind_days`: how long before to remind, in days."""

    id: str
    kind: str
    title: str
    collective: str
    since: datetime
    due_at: datetime | None
    url: str
    remind_days: tuple[int, ...] = ()


def group_of(kind: str, due_at: datetime | None, at: datetime) -> Group:
    """Return the group of a line at an instant.

    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> [group_of("position", due, noon).value for due in (None, noon, noon + SOON, noon + 2 * SOON)]
    ['open', 'late', 'week', 'later']
    """
    if kind in NOW_KINDS:
        return Group.NOW
    if due_at is None:
        return Group.OPEN
    if due_at <= at:
        return Group.LATE
    return Group.WEEK if due_at - at <= SOON else Group.LATER


def line_key(*parts: object) -> str:
    """Return what tells a line from all others, however it is read: SHA-256 in hex of its parts."""
    return sha256("\0".join(str(part) for part in parts).encode()).hexdigest()


def reminder_due(due_at: datetime | None, days: Iterable[int], at: datetime) -> int | None:
    """Return which of the reminders (days before the deadline) is the one of this instant, if any; the latest wins.

    >>> day = datetime(2026, 11, 22, tzinfo=UTC)
    >>> [reminder_due(day, (7, 1), day - timedelta(days=n)) for n in (8, 7, 2, 1, 0)]
    [None, 7, 7, 1, None]
    """
    if due_at is None or due_at <= at:
        return None
    return min((each for each in days if due_at - at <= timedelta(days=each)), default=None)


def spread(at: datetime, least: timedelta, most: timedelta, draw: Callable[[int], int]) -> datetime:
    """Return an instant by chance between `at + least` and `at + most`; `draw(n)` is a whole number below n."""
    return at + least + timedelta(seconds=draw(int((most - least).total_seconds()) + 1))


def feed_document(node: str, title: str, items: Iterable[FeedItem]) -> dict[str, object]:
    """Return the list as JSON values; instants in RFC 3339, UTC."""
    return {"type": NAME, "version": 1, "node": node, "title": title, "items": [_item(each) for each in items]}


def _item(item: FeedItem) -> dict[str, object]:
    return {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "collective": item.collective,
        "since": _instant(item.since),
        "due": _instant(item.due_at) if item.due_at else None,
        "url": item.url,
        "remind_days": list(item.remind_days),
    }


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read_feed(document: Mapping[str, object], origin: str) -> tuple[FeedItem, ...]:
    """Return the lines of a list that the node at `origin` (scheme, host, port) gave.

    A line that is malformed, or leads to another node, is left out: it must not keep the others from their reader.
    Raises Invalid `waiting_feed_unreadable` if it is no such list at all.
    """
    items = document.get("items")
    if document.get("type") != NAME or document.get("version") != 1 or not isinstance(items, list):
        raise Invalid("waiting_feed_unreadable")
    read = (_read(each, origin) for each in items[:ITEMS_MOST] if isinstance(each, dict))
    return tuple(each for each in read if each is not None)


def _read(item: Mapping[str, object], origin: str) -> FeedItem | None:
    texts = [item.get(name) for name in ("id", "kind", "title", "collective", "since", "url")]
    if not all(isinstance(each, str) for each in texts):
        return None
    key, kind, title, collective, since, url = (str(each) for each in texts)
    begun, due = _moment(since), item.get("due")
    due_at = _moment(due) if isinstance(due, str) else None
    if not ID.fullmatch(key) or not KIND.fullmatch(kind) or begun is None or (due is not None and due_at is None):
        return None
    if not _is_of(url, origin):
        return None
    return FeedItem(key, kind, _line(title), _line(collective), begun, due_at, url, _days(item.get("remind_days")))


def _is_of(url: str, origin: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    printable = url.isascii() and url.isprintable() and " " not in url and len(url) <= 1000
    return printable and "@" not in parts.netloc and f"{parts.scheme}://{parts.netloc}" == origin


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _line(text: str) -> str:
    return " ".join(text.split())[:TITLE_MOST]


def _days(value: object) -> tuple[int, ...]:
    found = value if isinstance(value, list) else []
    days = {each for each in found if isinstance(each, int) and not isinstance(each, bool) and 0 < each <= DAYS_MOST}
    return tuple(sorted(days, reverse=True)[:4])
