"""Lines that wait, as people read them: on the page, in feeds and in calendars with the same words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.sentences.waiting import WaitingWords, waiting_words
from frontend.templatetags.ui import moment
from governance.queries.inbox import Line
from governance.rules.inbox import NOW_KINDS, Group

__all__ = ["MEETINGS", "Row", "absolute", "groups_of", "headline", "row_of", "when_due"]

GROUPS = {
    Group.NOW: gettext_lazy("En ce moment"),
    Group.LATE: gettext_lazy("En retard"),
    Group.WEEK: gettext_lazy("Dans les sept jours"),
    Group.LATER: gettext_lazy("Plus tard"),
    Group.OPEN: gettext_lazy("Sans échéance"),
}
MEETINGS = frozenset({"assembly_soon", "assembly_now", "facilitate"})  # `due_at` is when they begin


@dataclass(frozen=True)
class Row:
    """A line with its words and its address."""

    line: Line
    words: WaitingWords
    url: str
    due: str


def row_of(line: Line) -> Row:
    """Return a line as the page draws it."""
    return Row(line, waiting_words(line.kind), line.url or _address(line), when_due(line))


def _address(line: Line) -> str:
    """Return where to do it; the list itself, should a process name a page that this version does not have."""
    try:
        return reverse(line.page, args=line.args)
    except NoReverseMatch:
        return reverse("waiting")


def absolute(row: Row) -> str:
    """Return the whole address, for programs and mails."""
    return row.url if row.line.url else f"{settings.ORIGIN}{row.url}"


def when_due(line: Line) -> str:
    """Say until when: « avant le 3 décembre 2026, 18 h 00 »; empty without a deadline."""
    if line.due_at is None:
        return ""
    said = {"moment": moment(line.due_at)}
    if line.kind in NOW_KINDS:
        return _("depuis le %(moment)s") % said
    if line.kind in MEETINGS:
        return _("le %(moment)s") % said
    return _("avant le %(moment)s") % said


def groups_of(lines: Iterable[Line]) -> list[dict[str, object]]:
    """Return the lines by group, in order; empty groups are left out."""
    rows = [row_of(line) for line in lines]
    found = [(group, [row for row in rows if row.line.group == group]) for group in Group]
    return [{"code": group.value, "label": GROUPS[group], "rows": some} for group, some in found if some]


def headline(row: Row) -> str:
    """Return one line for a feed: what it is, and of what."""
    return f"{row.words.name} · {row.line.title}" if row.line.title else str(row.words.name)
