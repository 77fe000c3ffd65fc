"""« Ce qui m'attend »: one list over all collectives of a person, here and, as last read, on other nodes."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from django.core.cache import cache

from governance.errors import Invalid, NotFound
from governance.models import AsideLine, DigestChoice, WaitingFeed, WaitingSource
from governance.queries.sealed import unseal
from governance.queries.waiting import Waiting, waiting_for
from governance.queries.waiting_sources import days_of, reminder_days
from governance.rules.inbox import FeedItem, Group, Rhythm, group_of, line_key, read_feed
from network.clock import now
from network.models import Member

__all__ = [
    "FeedView",
    "Line",
    "LiveFeed",
    "SourceView",
    "at_hand",
    "collectives_of",
    "digest_choice",
    "feeds_of",
    "forget_count",
    "lines_for",
    "live_feed",
    "local_lines",
    "note_count",
    "open_count",
    "sources_of",
    "token_digest",
]

COUNT_SECONDS = 60  # how old the count in the navigation may be


@dataclass(frozen=True)
class Line:
    """One thing that waits. `page` and `args` name the address here; `url` is set for one at the node `host`.

    `aside`: put aside by its reader; `aside_until`: when it comes back (None: it was marked as seen).
    """

    key: str
    kind: str
    title: str
    collective: str
    since: datetime
    due_at: datetime | None
    group: Group
    remind_days: tuple[int, ...] = ()
    page: str = ""
    args: tuple[object, ...] = ()
    url: str = ""
    host: str = ""
    aside: bool = False
    aside_until: datetime | None = None
    collective_id: int = 0


def local_lines(member: Member, at: datetime) -> list[Line]:
    """Return what waits on this node, each once, in order; in the collectives that the person belongs to today."""
    names = dict(member.memberships.values_list("collective_id", "collective__name"))
    horizons = days_of(list(names))
    found: dict[str, Line] = {}
    for each in waiting_for(member, at):
        line = _local(each, names.get(each.collective_id, ""), reminder_days(horizons.get(each.collective_id)), at)
        found.setdefault(line.key, line)
    return list(found.values())


def _local(each: Waiting, collective: str, days: tuple[int, ...], at: datetime) -> Line:
    key = line_key(each.kind, each.collective_id, each.page, each.args, each.due_at)
    group = group_of(each.kind, each.due_at, at)
    return Line(
        key, each.kind, each.title, collective, each.since, each.due_at, group, days, each.page, tuple(each.args),
        collective_id=each.collective_id,
    )  # fmt: skip


def _remote_lines(member: Member, at: datetime) -> list[Line]:
    rows = WaitingSource.objects.filter(member=member).exclude(said=b"")
    return [line for row in rows for line in _of_source(unseal(row.address), unseal(row.said), at)]


def _of_source(address: str, said: str, at: datetime) -> list[Line]:
    origin = origin_of(address)
    return [_remote(item, origin, at) for item in _items(said, origin)]


def _items(said: str, origin: str) -> tuple[FeedItem, ...]:
    try:
        return read_feed(json.loads(said), origin) if said else ()
    except (Invalid, ValueError):
        return ()


def _remote(item: FeedItem, origin: str, at: datetime) -> Line:
    return Line(
        line_key(origin, item.id), item.kind, item.title, item.collective, item.since, item.due_at,
        group_of(item.kind, item.due_at, at), item.remind_days, url=item.url, host=origin.partition("//")[2],
    )  # fmt: skip


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address that was checked when it came in."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def lines_for(member: Member, at: datetime) -> list[Line]:
    """Return everything that waits for somebody, here and elsewhere: by group, then what ends first."""
    aside = dict(AsideLine.objects.filter(member=member).values_list("line", "until"))
    lines = [_put_aside(line, aside, at) for line in (*local_lines(member, at), *_remote_lines(member, at))]
    order = list(Group)
    return sorted(lines, key=lambda each: (order.index(each.group), each.due_at or each.since, each.title))


def _put_aside(line: Line, aside: dict[str, datetime | None], at: datetime) -> Line:
    if line.key not in aside or ((until := aside[line.key]) is not None and until <= at):
        return line
    return Line(**{**line.__dict__, "aside": True, "aside_until": aside[line.key]})


def at_hand(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that nobody has put aside."""
    return [each for each in lines if not each.aside]


# --- the count in the navigation -----------------------------------------------------------------------------


def _count_key(member_id: int) -> str:
    return f"waiting-count:{member_id}"


def open_count(member: Member | None) -> int:
    """Return how many lines wait, at most a minute old: most pages ask the database nothing for it."""
    if member is None:
        return 0
    found: int | None = cache.get(_count_key(member.pk))
    if found is None:
        found = len(at_hand(lines_for(member, now())))
        note_count(member.pk, found)
    return found


def note_count(member_id: int, count: int) -> None:
    """Keep a count that was just taken for the list itself."""
    cache.set(_count_key(member_id), count, COUNT_SECONDS)


def forget_count(member_id: int) -> None:
    """Have the count taken anew at the next page."""
    cache.delete(_count_key(member_id))


# --- feeds, sources, mails: what their owner sees ------------------------------------------------------------


@dataclass(frozen=True)
class FeedView:
    """A feed as its owner sees it; the address itself is shown once only."""

    id: int
    collective: str
    made_at: datetime
    read_on: object


@dataclass(frozen=True)
class LiveFeed:
    """Whom a secret address speaks of, and in which collective (None: all)."""

    id: int
    member: Member
    collective_id: int | None
    collective: str


@dataclass(frozen=True)
class SourceView:
    """A list of another node, as its reader sees it. The address is theirs: its secret part is left out here."""

    id: int
    host: str
    read_at: datetime | None
    failure: str
    lines: int


def token_digest(token: str) -> str:
    """Return what is kept of a token: SHA-256, in hex."""
    return sha256(token.encode()).hexdigest()


def collectives_of(member: Member) -> list[tuple[int, str]]:
    """Return the collectives of this node that a person belongs to today: id and name."""
    mine = member.memberships.filter(state="active", collective__local=True).order_by("collective__name")
    return list(mine.values_list("collective_id", "collective__name"))


def feeds_of(member: Member) -> list[FeedView]:
    """Return the live feeds of a person, the oldest first."""
    rows = WaitingFeed.objects.filter(member=member, ended_at=None).select_related("collective").order_by("pk")
    return [FeedView(row.pk, row.collective.name if row.collective else "", row.made_at, row.read_on) for row in rows]


def live_feed(token: str) -> LiveFeed | None:
    """Return whose feed this is; None if it has ended, with the membership too. Raises NotFound for an unknown one."""
    row = WaitingFeed.objects.select_related("member", "collective").filter(digest=token_digest(token)).first()
    if row is None:
        raise NotFound("waiting_feed_unknown")
    belongs = row.member.memberships.filter(state="active")
    belongs = belongs.filter(collective=row.collective) if row.collective else belongs
    if row.ended_at is not None or row.member.gone_at is not None or not belongs.exists():
        return None
    return LiveFeed(row.pk, row.member, row.collective_id, row.collective.name if row.collective else "")


def sources_of(member: Member) -> list[SourceView]:
    """Return the lists of other nodes that this node reads for a person."""
    rows = WaitingSource.objects.filter(member=member).order_by("pk")
    return [_source(row, unseal(row.address)) for row in rows]


def _source(row: WaitingSource, address: str) -> SourceView:
    origin = origin_of(address)
    lines = len(_items(unseal(row.said), origin))
    return SourceView(row.pk, origin.partition("//")[2], row.read_at, row.failure, lines)


@dataclass(frozen=True)
class DigestView:
    """How often, where, and of what somebody wants no mail: (collective, family of lines)."""

    rhythm: Rhythm
    email: str
    left_out: frozenset[tuple[int, str]]


def digest_choice(member: Member) -> DigestView:
    """Return what somebody wants to be told by mail; nothing, where they never chose."""
    row = DigestChoice.objects.filter(member=member).first()
    if row is None:
        return DigestView(Rhythm.NEVER, "", frozenset())
    return DigestView(Rhythm(row.rhythm), row.email, frozenset((each[0], each[1]) for each in row.left_out))
