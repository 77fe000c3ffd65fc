"""What waits today, process by process: assemblies and their minutes, proposals and reviews.

Each source asks a fixed number of questions of the database, however much there is: the count stands on every page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from governance.errors import Invalid, TermMissing
from governance.models import Assembly, Charter, Decision, Minutes, Proposal, RoomStep
from governance.queries.states import room_of, terms_of
from governance.queries.waiting import Waiting, add_source
from governance.rules.assemblies import RoomStage
from governance.rules.session import Stage
from network.models import Member

__all__ = ["FIGURES", "Horizon", "days_of", "missing_figures", "register", "reminder_days"]

REMINDERS = ("inbox.reminder_days", "inbox.last_reminder_days")
FIGURES = (*REMINDERS, "inbox.review_days")
LIVE_ROOM = (RoomStage.OPEN.value, RoomStage.SUSPENDED.value)
RESTING = (Stage.CLOSED.value, Stage.FALLBACK.value)  # of decisions by consent, and by the vote that took its place
MOST_UNWRITTEN = 5  # closed assemblies whose journal is read to know who may draw up the minutes


@dataclass(frozen=True)
class Horizon:
    """The figures of one collective that say how early something waits: days by name, and those not set."""

    days: Mapping[str, int]
    missing: tuple[str, ...]


def _collectives(member: Member) -> list[int]:
    return list(member.memberships.filter(state="active").values_list("collective_id", flat=True))


def days_of(collectives: list[int]) -> dict[int, Horizon]:
    """Return the horizons of the charters in force, in one query; a collective without charter has none."""
    newer = Charter.objects.filter(collective=OuterRef("collective"), version__gt=OuterRef("version"))
    charters = Charter.objects.filter(collective__in=collectives).filter(~Exists(newer))
    return {charter.collective_id: _horizon(charter) for charter in charters}


def _horizon(charter: Charter) -> Horizon:
    terms, found, missing = terms_of(charter), {}, []
    for name in FIGURES:
        try:
            found[name] = terms.whole(name)
        except (TermMissing, Invalid):
            missing.append(name)
    return Horizon(found, tuple(missing))


def reminder_days(horizon: Horizon | None) -> tuple[int, ...]:
    """Return how many days before a deadline the charter wants people reminded."""
    return tuple(horizon.days[name] for name in REMINDERS if name in horizon.days) if horizon else ()


def missing_figures(member: Member) -> list[tuple[str, tuple[str, ...]]]:
    """Return, for collectives whose charter leaves some open, their name and the figures: nothing is guessed."""
    names = dict(member.memberships.filter(state="active").values_list("collective_id", "collective__name"))
    return [(names[pk], horizon.missing) for pk, horizon in days_of(list(names)).items() if horizon.missing]


def end_of(day: date) -> datetime:
    """Return the last minute of a day, where the node is."""
    return datetime.combine(day, time(23, 59), ZoneInfo(settings.TIME_ZONE))


def _today(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


# --- assemblies ----------------------------------------------------------------------------------------------


def _assemblies(member: Member, at: datetime) -> list[Waiting]:
    """Assemblies to come or going on in one's circles; minutes to draw up, to approve or to contest."""
    waits = [*LIVE_ROOM, RoomStage.CONVENED.value, RoomStage.CLOSED.value, RoomStage.MINUTES_DRAFT.value]
    rows = Assembly.objects.filter(stage__in=waits, circle__collective__in=_collectives(member))
    mine = [each for each in rows.select_related("circle", "charter") if member.pk in each.invited]
    unwritten = [each for each in mine if each.stage == RoomStage.CLOSED.value][:MOST_UNWRITTEN]
    drafted = [each.pk for each in mine if each.stage == RoomStage.MINUTES_DRAFT.value]
    unread = _unread_minutes(member, drafted) if drafted else {}
    lines = [_assembly(each, member) for each in mine if each.stage in {*LIVE_ROOM, RoomStage.CONVENED.value}]
    lines += [_line("minutes_write", each, each.starts_at) for each in unwritten if _writes(each, member)]
    return lines + [_line("minutes_approve", each, unread[each.pk], "minutes") for each in mine if each.pk in unread]


def _assembly(row: Assembly, member: Member) -> Waiting:
    if row.stage in LIVE_ROOM:
        return _line("assembly_now", row, row.starts_at, due_at=row.starts_at)
    kind = "facilitate" if row.convened_by_id == member.pk else "assembly_soon"
    return _line(kind, row, row.convened_at, due_at=row.starts_at)


def _line(kind: str, row: Assembly, since: datetime, page: str = "assembly", due_at: datetime | None = None) -> Waiting:
    return Waiting(kind, row.circle.collective_id, row.title, page, (row.pk,), since, due_at)


def _writes(row: Assembly, member: Member) -> bool:
    room = room_of(row)
    return member.pk in {room.facilitator, room.secretary}


def _unread_minutes(member: Member, assemblies: list[int]) -> dict[int, datetime]:
    """Return when the last draft was written, by assembly, where this person came and said nothing of it yet."""
    came = RoomStep.objects.filter(assembly=OuterRef("assembly"), actor=member, kind="check_in")
    newer = Minutes.objects.filter(assembly=OuterRef("assembly"), version__gt=OuterRef("version"))
    answers = RoomStep.objects.filter(assembly=OuterRef("assembly"), actor=member, at__gte=OuterRef("drawn_up_at"))
    answered = answers.filter(kind__in=["approve_minutes", "contest_minutes"])
    found = Minutes.objects.filter(Exists(came), ~Exists(newer), ~Exists(answered), assembly__in=assemblies)
    return dict(found.values_list("assembly_id", "drawn_up_at"))


# --- proposals -----------------------------------------------------------------------------------------------


def _proposals(member: Member, at: datetime) -> list[Waiting]:
    """Drafts of mine that nobody decides on yet; decisions that I answer for and whose review is near."""
    collectives = _collectives(member)
    drafts = Proposal.objects.filter(proposer=member, circle__collective__in=collectives, agenda_items=None)
    drafts = drafts.filter(session=None).annotate(collective=F("circle__collective"))
    lines = [_draft(each) for each in drafts]
    return [*lines, *_reviews(member, at, days_of(collectives))]


def _draft(row: Proposal) -> Waiting:
    whole = row.text and row.driver and row.review_on and row.responsible_id and row.criteria
    kind = "review" if row.follows_id else "draft_ready" if whole else "draft"
    return Waiting(kind, row.collective, row.title, "proposition", (row.pk,), row.created_at)


def _reviews(member: Member, at: datetime, horizons: Mapping[int, Horizon]) -> list[Waiting]:
    newer = Decision.objects.filter(session=OuterRef("session"), pk__gt=OuterRef("pk"))
    rows = Decision.objects.filter(responsible=member, session__stage__in=RESTING)
    rows = rows.filter(~Exists(newer), followers=None)
    rows = rows.filter(session__proposal__circle__collective__in=list(horizons))
    found = []
    for row in rows.select_related("session__proposal__circle"):
        proposal = row.session.proposal
        days = horizons[proposal.circle.collective_id].days.get("inbox.review_days")
        if proposal.effect.get("candidacy"):
            continue  # of decisions about somebody there is no review
        if days is not None and row.review_on <= _today(at) + timedelta(days=days):
            where = (proposal.circle.collective_id, row.title, "proposition", (proposal.pk,))
            found.append(Waiting("review_due", *where, row.adopted_at, end_of(row.review_on)))
    return found


def register() -> None:
    """Add these sources; once, at start."""
    for name, source in (("assemblies", _assemblies), ("proposals", _proposals)):
        add_source(name, source)
