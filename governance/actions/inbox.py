"""What a person arranges around what waits for them. All of it is their own: nobody else sees it, or is told."""

import json
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from governance.errors import Invalid, NotEntitled, NotFound
from governance.models import (
    AsideLine,
    DigestChoice,
    RemindedLine,
    WaitingFeed,
    WaitingMail,
    WaitingSource,
)
from governance.permissions import belongs
from governance.queries.inbox import forget_count, token_digest
from governance.queries.sealed import keyed_digest, seal
from governance.rules.inbox import FAMILIES, SPANS, Rhythm, spread
from network.clock import now
from network.models import Member
from network.rules.contact import is_mail

__all__ = [
    "add_source", "choose_digest", "end_feed", "forget_inbox", "note_reading", "open_feed", "put_aside",
    "remove_source", "stop_digest", "take_back", "write_failure", "write_reading",
]  # fmt: skip

LINE = re.compile(r"[0-9a-f]{64}", re.ASCII)
FEED_PATH = re.compile(r"(?P<path>/flux/attente/[A-Za-z0-9_-]{20,100})(\.(json|atom|ics))?/?", re.ASCII)
FEEDS_MOST, SOURCES_MOST, ASIDE_MOST = 30, 30, 1000  # of one person: a guard against floods
SNOOZE_MOST = timedelta(days=92)
FIRST_LEAST, FIRST_MOST = timedelta(seconds=20), timedelta(minutes=15)  # until the first reading of a new source


def put_aside(*, actor: Member, line: str, until: datetime | None = None) -> None:
    """Mark a line as seen, or (`until`) as wanted again later. Private, replaceable. Raises Invalid."""
    if not LINE.fullmatch(line):
        raise Invalid("waiting_line_unknown")
    if until is not None and not now() < until <= now() + SNOOZE_MOST:
        raise Invalid("waiting_snooze_range", field="until")
    if AsideLine.objects.filter(member=actor).count() >= ASIDE_MOST:
        AsideLine.objects.filter(member=actor).order_by("made_at").first().delete()
    AsideLine.objects.update_or_create(member=actor, line=line, defaults={"until": until, "made_at": now()})
    forget_count(actor.pk)


def take_back(*, actor: Member, line: str) -> None:
    """Show a line again. Safe to repeat."""
    AsideLine.objects.filter(member=actor, line=line).delete()
    forget_count(actor.pk)


@transaction.atomic
def open_feed(*, actor: Member, collective_id: int | None = None) -> str:
    """Make a secret address for what waits in one collective, or in all; return its token, shown this once.

    For members of the collective. Raises NotEntitled `not_member`, Invalid `waiting_feeds_many`.
    """
    Member.objects.select_for_update().get(pk=actor.pk)
    if collective_id is not None and not belongs(actor, collective_id):
        raise NotEntitled("not_member")
    if WaitingFeed.objects.filter(member=actor, ended_at=None).count() >= FEEDS_MOST:
        raise Invalid("waiting_feeds_many", most=FEEDS_MOST)
    token = secrets.token_urlsafe(32)
    WaitingFeed.objects.create(member=actor, collective_id=collective_id, digest=token_digest(token))
    return token


def end_feed(*, actor: Member, feed_id: int) -> None:
    """Revoke a secret address of one's own; from now on it answers that it is gone. Safe to repeat."""
    rows = WaitingFeed.objects.filter(pk=feed_id, member=actor)
    if not rows.exists():
        raise NotFound("waiting_feed_unknown")
    rows.filter(ended_at=None).update(ended_at=now())


def note_reading(feed_id: int) -> None:
    """Write down the day on which a feed was read, so that its owner sees whether it serves. Nothing else is noted."""
    today = now().date()
    WaitingFeed.objects.filter(pk=feed_id).exclude(read_on=today).update(read_on=today)


@transaction.atomic
def add_source(*, actor: Member, address: str) -> WaitingSource:
    """Have this node read a feed of another one. It is first read within a quarter of an hour, drawn by chance.

    The address of any of the feed's three forms will do. Raises Invalid `waiting_address`, `waiting_sources_many`.
    """
    url = _json_address(address.strip())
    Member.objects.select_for_update().get(pk=actor.pk)
    if WaitingSource.objects.filter(member=actor).count() >= SOURCES_MOST:
        raise Invalid("waiting_sources_many", field="address", most=SOURCES_MOST)
    first = spread(now(), FIRST_LEAST, FIRST_MOST, secrets.randbelow)
    fields = {"address": seal(url), "next_at": first}
    return WaitingSource.objects.get_or_create(member=actor, mark=keyed_digest(url), defaults=fields)[0]


def _json_address(address: str) -> str:
    wrong = Invalid("waiting_address", field="address")
    if len(address) > 500 or not address.isascii():
        raise wrong
    try:
        parts = urlsplit(address)
    except ValueError:
        raise wrong from None
    path = FEED_PATH.fullmatch(parts.path)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc or not path:
        raise wrong
    origin = f"{parts.scheme}://{parts.netloc.lower()}"
    if origin == settings.ORIGIN:
        raise Invalid("waiting_address_here", field="address")
    return f"{origin}{path['path']}.json"


def remove_source(*, actor: Member, source_id: int) -> None:
    """Stop reading a feed of another node, and forget what it said."""
    WaitingSource.objects.filter(pk=source_id, member=actor).delete()
    forget_count(actor.pk)


def write_reading(source_id: int, document: object, *, next_at: datetime) -> None:
    """Keep what a source said, sealed."""
    said = seal(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    fields = {"said": said, "read_at": now(), "failure": "", "next_at": next_at}
    WaitingSource.objects.filter(pk=source_id).update(**fields)


def write_failure(source_id: int, code: str, *, next_at: datetime) -> None:
    """Keep that a source could not be read; what it said last stays, with its age."""
    WaitingSource.objects.filter(pk=source_id).update(failure=code, next_at=next_at)


def choose_digest(*, actor: Member, rhythm: str, email: str = "", left_out: Iterable[tuple[int, str]] = ()) -> None:
    """Say how often, where, and of what one wants to be told by mail; `never` forgets it all. Raises Invalid.

    `left_out`: (collective, family of lines) of which no mail tells. Lists, calendars and feeds stay whole.
    """
    try:
        wanted = Rhythm(rhythm)
    except ValueError:
        raise Invalid("waiting_rhythm", field="rhythm") from None
    if wanted is Rhythm.NEVER:
        stop_digest(member_id=actor.pk)
        return
    if not is_mail(email.strip()):
        raise Invalid("waiting_mail", field="email")
    quiet = sorted({(int(collective), family) for collective, family in left_out})
    if any(family not in FAMILIES for _, family in quiet):
        raise Invalid("field_malformed", field="left_out")
    fields = {"rhythm": wanted.value, "email": email.strip(), "next_at": now() + SPANS[wanted], "left_out": quiet}
    DigestChoice.objects.update_or_create(member=actor, defaults=fields)


def stop_digest(*, member_id: int) -> None:
    """End the mails of a person, those that wait to be sent too. Safe to repeat."""
    for model in (DigestChoice, WaitingMail, RemindedLine):
        model.objects.filter(member_id=member_id).delete()  # type: ignore[attr-defined]


def forget_inbox(member: Member) -> None:
    """Delete all that a person arranged: they have left."""
    stop_digest(member_id=member.pk)
    for model in (AsideLine, WaitingFeed, WaitingSource):
        model.objects.filter(member=member).delete()  # type: ignore[attr-defined]
    forget_count(member.pk)
