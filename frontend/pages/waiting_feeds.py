"""What waits for somebody, for programs: one secret address, as JSON (another node), Atom and iCalendar.

The address is the right: no login, no cookie. It is kept by no cache, named to no other page and found by no search
engine; a wrong one is not found (404), one that was revoked is gone (410). Who reads is not noted, only the day.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from html import escape
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from frontend.doors import private
from frontend.pages.errors import refused
from frontend.waiting import MEETINGS, Row, absolute, headline, row_of
from governance.actions.inbox import note_reading
from governance.formats.todo_ical import MEDIA_TYPE, TodoEntry, written
from governance.queries.inbox import Line, LiveFeed, at_hand, lines_for, live_feed, local_lines
from governance.rules.inbox import ITEMS_MOST, FeedItem, feed_document
from network import rates
from network.clock import now
from network.errors import NotFound, TooOften
from network.queries.members import this_node

READS, READS_SECONDS = 120, 3_600  # of one address
WRONG, WRONG_SECONDS = 30, 600  # addresses that lead nowhere, tried from one place
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # of a feed in which there is nothing

Feed = Callable[[LiveFeed], HttpResponse]


def by_secret_address(view: Feed) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Let whoever holds the address read; what they get stays with them."""

    @require_safe
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponseBase:
        answer = _answer(request, token, view)
        answer["Referrer-Policy"] = "no-referrer"
        answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return private(answer)

    return opened


def _answer(request: HttpRequest, token: str, view: Feed) -> HttpResponse:
    try:
        feed = live_feed(token)
    except NotFound as error:
        where = rates.address_bucket(rates.address_of(request.META))
        wait = rates.allow("wrong-link", where, WRONG, WRONG_SECONDS)
        return refused(request, TooOften("too_often", retry_after=wait) if wait else error)
    if feed is None:
        return HttpResponse(_("Cette adresse a été fermée."), status=410, content_type="text/plain; charset=utf-8")
    wait = rates.allow("waiting-feed", str(feed.id), READS, READS_SECONDS)
    if wait:
        return refused(request, TooOften("too_often", retry_after=wait))
    note_reading(feed.id)
    return view(feed)


def _local(feed: LiveFeed) -> list[Line]:
    lines = local_lines(feed.member, now())
    return [each for each in lines if feed.collective_id in {None, each.collective_id}][:ITEMS_MOST]


def _rows(feed: LiveFeed) -> list[Row]:
    """Return what a calendar or reader shows: of everything, with other nodes, less what is aside."""
    everything = feed.collective_id is None
    lines = at_hand(lines_for(feed.member, now()))[:ITEMS_MOST] if everything else _local(feed)
    return [row_of(line) for line in lines]


def _title(feed: LiveFeed) -> str:
    node = this_node()
    return f"{_('Ce qui m’attend')} · {feed.collective or (node.name if node else 'Toile')}"


@by_secret_address
def waiting_json(feed: LiveFeed) -> HttpResponse:
    """What waits here, for another node of the same person. What other nodes told this one is never in it."""
    items = [_item(row_of(line)) for line in _local(feed)]
    return JsonResponse(feed_document(settings.ORIGIN, _title(feed), items))


def _item(row: Row) -> FeedItem:
    line = row.line
    where = absolute(row)
    return FeedItem(line.key, line.kind, line.title, line.collective, line.since, line.due_at, where, line.remind_days)


@by_secret_address
def waiting_ics(feed: LiveFeed) -> HttpResponse:
    """What waits as a calendar: deadlines to do, assemblies to attend."""
    entries = [_entry(row) for row in _rows(feed)]
    data = written(entries, name=_title(feed), zone=ZoneInfo(settings.TIME_ZONE))
    answer = HttpResponse(data, content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = 'attachment; filename="a-faire.ics"'
    return answer


def _entry(row: Row) -> TodoEntry:
    line, url = row.line, absolute(row)
    uid = f"{line.key[:32]}@{settings.ORIGIN.partition('//')[2]}"
    text = f"{line.collective}\n\n{_said(row)}\n\n{url}"
    return TodoEntry(uid, headline(row), text, line.since, line.due_at, url, attend=line.kind in MEETINGS)


def _said(row: Row) -> str:
    return f"{row.words.expected} {_('Si je ne fais rien :')} {row.words.otherwise}"


class WaitingFeed(Atom1Feed):
    """Atom (RFC 4287) whose date is that of its newest line, and which does not repeat its own secret address."""

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=EPOCH)


@by_secret_address
def waiting_atom(feed: LiveFeed) -> HttpResponse:
    """What waits as a feed, the newest first."""
    home = settings.ORIGIN + reverse("waiting")
    atom = WaitingFeed(title=_title(feed), link=home, description="", language=get_language() or "fr", feed_guid=home)
    for row in sorted(_rows(feed), key=lambda each: (each.line.since, each.line.key), reverse=True):
        facts = " · ".join(fact for fact in (row.line.collective, row.line.host, row.due) if fact)
        atom.add_item(
            title=headline(row), link=absolute(row), unique_id=f"{home}#{row.line.key[:32]}", pubdate=row.line.since,
            updateddate=row.line.since, description=f"<p>{escape(facts)}</p><p>{escape(_said(row))}</p>",
        )  # fmt: skip
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
