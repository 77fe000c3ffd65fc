"""What moderators work on, what every member reads of it, and what an owner is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min

from network.clock import now
from network.models import ActWords, Hidden, Member, ModerationAct, RecordVote, Report, Verb
from network.queries.entries import Entry, entries_named, uris_of
from network.queries.hiding import hidden_rows

__all__ = [
    "ActLine", "Case", "HiddenLine", "Told", "case_at", "hidden_list", "log_page", "open_cases", "told_owner",
    "votes_on", "waiting_for_owners",
]  # fmt: skip

PAGE = 30
REPORTS_SHOWN = 5
ASKED_DAYS = 60


@dataclass(frozen=True)
class ActLine:
    """One line of the log. `who` is empty where members' votes did it; `words` and `title` may have been erased."""

    at: datetime
    verb: str
    who: str
    title: str
    words: str
    reports: int
    entry: Entry | None


@dataclass(frozen=True)
class Case:
    """An entry with the reports that wait, the first ones with their words, and what was done about it before.

    `seen` is the latest report at hand: acts settle those up to it. `entry` None: it is gone meanwhile.
    """

    uri: str
    entry: Entry | None
    reports: tuple[Report, ...]
    count: int
    seen: int
    since: datetime
    acts: tuple[ActLine, ...]
    hidden: Hidden | None


@dataclass(frozen=True)
class HiddenLine:
    """One line of the public list of what is hidden. `entry` None: it is gone meanwhile."""

    hidden: Hidden
    entry: Entry | None


@dataclass(frozen=True)
class Told:
    """What an owner is told at their account: moderators ask to confirm (with words), or have hidden something."""

    asked: tuple[tuple[Entry, ActLine], ...]
    hidden: tuple[HiddenLine, ...]

    @property
    def doubted(self) -> tuple[str, ...]:
        """Uris of what members' votes have hidden: its owner shows it again by confirming it."""
        return tuple(line.hidden.uri for line in self.hidden if line.hidden.by_id is None)


# --- for moderators --------------------------------------------------------------------------------------


def open_cases(*, number: int = 1) -> tuple[list[Case], int]:
    """Return a page of the entries with reports that wait, the longest waiting first, and how many pages there are."""
    waiting = Report.objects.filter(settled_at=None).values("uri").annotate(since=Min("at"), seen=Max("pk"))
    found = list(waiting.order_by("since", "uri"))
    number, pages = _page(number, len(found))
    rows = found[(number - 1) * PAGE : number * PAGE]
    return _cases([row["uri"] for row in rows]), pages


def case_at(uri: str) -> Case:
    """Return one entry with what waits and what was done, whether or not anything waits."""
    return _cases([uri])[0]


def _cases(uris: list[str]) -> list[Case]:
    entries, reports = entries_named(uris), _grouped(Report.objects.filter(uri__in=uris, settled_at=None))
    acts = _lines(ModerationAct.objects.filter(uri__in=uris).order_by("at", "pk"), entries)
    hidden = {row.uri: row for row in hidden_rows().filter(uri__in=uris)}
    return [_case(uri, entries.get(uri), reports.get(uri, []), acts.get(uri, []), hidden.get(uri)) for uri in uris]


def _grouped(rows: Iterable[Report]) -> dict[str, list[Report]]:
    found: dict[str, list[Report]] = {}
    for row in sorted(rows, key=lambda row: row.pk):
        found.setdefault(row.uri, []).append(row)
    return found


def _case(uri: str, entry: Entry | None, reports: list[Report], acts: list[ActLine], hidden: Hidden | None) -> Case:
    since = min((row.at for row in reports), default=now())
    seen = max((row.pk for row in reports), default=0)
    return Case(uri, entry, tuple(reports[:REPORTS_SHOWN]), len(reports), seen, since, tuple(acts), hidden)


def waiting_for_owners() -> list[tuple[Entry, ActLine]]:
    """Return entries whose owner was asked within sixty days and has not confirmed since, the longest waiting first."""
    recent = ModerationAct.objects.filter(verb=Verb.ASK, at__gt=now() - timedelta(days=ASKED_DAYS))
    return _unanswered(list(recent.values_list("uri", flat=True).distinct()))


def _unanswered(uris: list[str]) -> list[tuple[Entry, ActLine]]:
    entries = entries_named(uris)
    asked = _lines(ModerationAct.objects.filter(uri__in=uris, verb=Verb.ASK).order_by("at", "pk"), entries)
    latest = [(entry, asked[uri][-1]) for uri, entry in entries.items() if asked.get(uri)]
    return sorted((pair for pair in latest if pair[1].at > pair[0].renewed_at), key=lambda pair: pair[1].at)


def votes_on(uri: str, *, since: datetime) -> tuple[int, int]:
    """Return how many members say that an entry is no more, and how many that it holds, since `since`."""
    given = list(RecordVote.objects.filter(uri=uri, at__gt=since).values_list("gone", flat=True))
    return sum(given), len(given) - sum(given)


# --- for members, and for everybody ----------------------------------------------------------------------


def log_page(*, number: int = 1) -> tuple[list[ActLine], int]:
    """Return a page of the log, the latest first, and how many pages there are."""
    rows = ModerationAct.objects.order_by("-at", "-pk")
    number, pages = _page(number, rows.count())
    shown = list(rows[(number - 1) * PAGE : number * PAGE].values_list("pk", "uri"))
    entries = entries_named([uri for _pk, uri in shown])
    by_uri = _lines(rows.filter(pk__in=[pk for pk, _uri in shown]), entries)
    return sorted((line for lines in by_uri.values() for line in lines), key=lambda line: line.at, reverse=True), pages


def hidden_list(*, number: int = 1) -> tuple[list[HiddenLine], int]:
    """Return a page of what is hidden here, the latest first, and how many pages there are: for everybody."""
    rows = hidden_rows()
    number, pages = _page(number, rows.count())
    shown = list(rows[(number - 1) * PAGE : number * PAGE])
    entries = entries_named([row.uri for row in shown])
    return [HiddenLine(row, entries.get(row.uri)) for row in shown], pages


def _page(number: int, rows: int) -> tuple[int, int]:
    pages = max(1, -(-rows // PAGE))
    return min(max(number, 1), pages), pages


def _lines(acts: Iterable[ModerationAct], entries: dict[str, Entry]) -> dict[str, list[ActLine]]:
    rows = list(acts.select_related("actor"))  # type: ignore[attr-defined]
    words = {row.act_id: row for row in ActWords.objects.filter(act__in=rows)}
    found: dict[str, list[ActLine]] = {}
    for row in rows:
        said = words.get(row.pk)
        title, text = (said.title, said.text) if said else ("", "")
        who = row.actor.name if row.actor else ""
        line = ActLine(row.at, row.verb, who, title, text, row.reports, entries.get(row.uri))
        found.setdefault(row.uri, []).append(line)
    return found


# --- for owners ------------------------------------------------------------------------------------------


def told_owner(member: Member) -> Told:
    """Return what moderation has to tell a member about their own entries."""
    uris = list(entries_named(uris_of(member)))
    hidden = list(hidden_rows().filter(uri__in=uris))
    asked = ModerationAct.objects.filter(uri__in=uris, verb=Verb.ASK).values_list("uri", flat=True).distinct()
    entries = entries_named([row.uri for row in hidden])
    lines = tuple(HiddenLine(row, entries.get(row.uri)) for row in hidden)
    return Told(tuple(_unanswered(list(asked))), lines)
