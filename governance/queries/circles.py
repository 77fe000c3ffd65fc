"""Circles and their mandates: which circle came first, which mandates count today, and a circle's whole page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.errors import NotFound, TermMissing
from governance.models import Assembly, Circle, CircleEvent, CircleMember, Decision, Mandate, Poll, Proposal
from governance.permissions import can_follow, can_open_circle
from governance.queries.consent_shapes import somebody
from governance.queries.register_search import states_of
from governance.queries.shapes import Person
from governance.queries.states import charter_of, seated, terms_of
from governance.rules.mandates import last_day, same_role
from network.clock import day_of, now
from network.models import Collective, Member

__all__ = [
    "CirclePage",
    "EventLine",
    "MandateLine",
    "circle_page",
    "first_circle",
    "holders_of",
    "is_first",
    "over",
    "running",
]

AGENDA = 5  # next meetings shown
JOURNAL = 30  # lines shown
LATEST = 20  # decisions and proposals shown
HOLDS = frozenset({"in_force", "to_review"})


def first_circle(collective: Collective) -> Circle | None:
    """Return the circle that the collective opened first; None before there is one.

    Anybody may open a circle. In the first one, only those who sit there let others in: what concerns everybody (the
    charter, moderation) is decided there, so that nobody decides it in a circle of their own.
    """
    return Circle.objects.filter(collective=collective).order_by("opened_at", "pk").first()


def is_first(circle: Circle) -> bool:
    """Return whether this is its collective's first circle."""
    return first_circle(circle.collective) == circle


def running(today: date) -> QuerySet[Mandate]:
    """Return the mandates that give a right today: begun, not past their last day, and not ended before."""
    unended = Q(ends_on=None) | Q(ends_on__gte=today)
    return Mandate.objects.filter(unended, starts_on__lte=today, ended_at=None)


def over(mandate: Mandate, today: date) -> bool:
    """Return whether a mandate has ended, at its term or before."""
    return mandate.ended_at is not None or (mandate.ends_on is not None and mandate.ends_on < today)


def holders_of(mandates: Iterable[Mandate], today: date) -> tuple[tuple[Person, date, date | None], ...]:
    """Return who holds these mandates, or will, with first and last day; of those that have ended, nobody."""
    left = [each for each in mandates if not over(each, today)]
    return tuple((somebody(each.member_id, each.member.name), each.starts_on, each.ends_on) for each in left)


@dataclass(frozen=True)
class MandateLine:
    """One mandate. `state`: now, to_come or past; `ending` when its end is near; `succeeded` when somebody follows."""

    id: int
    role: str
    person: Person
    mission: str
    starts_on: date
    ends_on: date | None
    state: str
    how: str
    entry_seq: int | None
    to_circle: Person | None
    circle: Person
    ended_on: datetime | None
    ended_reason: str
    ending: bool
    succeeded: bool
    may_end: bool


@dataclass(frozen=True)
class EventLine:
    """One line of a circle's journal; `role` of the mandate that it is about."""

    kind: str
    at: datetime
    actor: Person | None
    person: Person | None
    role: str


@dataclass(frozen=True)
class CirclePage:
    """Everything that the page of a circle shows."""

    id: int
    name: str
    purpose: str
    opened_at: datetime
    closed_at: datetime | None
    first: bool
    members: tuple[tuple[Person, datetime], ...]  # with since when
    mandates: tuple[MandateLine, ...]
    represented: tuple[MandateLine, ...]  # mandates of other circles' representatives here
    decisions: tuple[tuple[int, str, datetime, date], ...]  # entry, title, adopted, to review on
    meetings: tuple[tuple[int, str, datetime, str], ...]  # id, title, start, place
    proposals: tuple[tuple[int, str, str], ...]  # id, title, stage
    journal: tuple[EventLine, ...]
    mine: bool
    may_leave: bool
    may_close: bool
    longest: date | None  # last day of a mandate that begins today; None if the charter does not say


def circle_page(circle_id: int, *, viewer: Member | None) -> CirclePage:
    """Return a circle as a member of its collective sees it; raises NotFound for others."""
    circle = Circle.objects.select_related("collective").filter(pk=circle_id).first()
    if circle is None or not can_follow(viewer, circle):
        raise NotFound("circle_unknown")
    today, sitting = day_of(now()), seated(circle)
    seats = CircleMember.objects.filter(circle=circle, until=None, member__in=sitting).select_related("member")
    mine, first = viewer is not None and viewer.pk in sitting, is_first(circle)
    return CirclePage(
        id=circle.pk,
        name=circle.name,
        purpose=circle.purpose,
        opened_at=circle.opened_at,
        closed_at=circle.closed_at,
        first=first,
        members=tuple((somebody(s.member_id, s.member.name), s.since) for s in seats.order_by("member__name")),
        mandates=_mandates(circle.mandates.all(), viewer, mine, today),
        represented=_mandates(running(today).filter(to_circle=circle), viewer, False, today),
        decisions=_decisions(circle),
        meetings=_meetings(circle),
        proposals=_proposals(circle),
        journal=_journal(circle),
        mine=mine,
        may_leave=mine and not (first and len(sitting) == 1),
        may_close=circle.closed_at is None and not sitting and not first and can_open_circle(viewer, circle.collective),
        longest=_longest(circle, today),
    )


def _longest(circle: Circle, today: date) -> date | None:
    try:
        return last_day(today, terms_of(charter_of(circle.collective)))
    except TermMissing:
        return None


def reminder_days(circle: Circle) -> int:
    """Return how early a circle hears that a mandate ends; 0 while its charter does not say."""
    try:
        return terms_of(charter_of(circle.collective)).whole("mandate.reminder_days")
    except TermMissing:
        return 0


def succeeded(mandate: Mandate, others: list[Mandate]) -> bool:
    """Return whether somebody holds the same role in the circle after this mandate's last day."""
    return any(
        each.pk != mandate.pk
        and each.ended_at is None
        and same_role(each.role, mandate.role)
        and each.to_circle_id == mandate.to_circle_id
        and mandate.ends_on is not None
        and (each.ends_on is None or each.ends_on > mandate.ends_on)
        for each in others
    )


def _mandates(rows: QuerySet[Mandate], viewer: Member | None, mine: bool, today: date) -> tuple[MandateLine, ...]:
    found = list(rows.select_related("member", "entry", "to_circle", "circle").order_by("-starts_on", "-pk"))
    soon = today + timedelta(days=reminder_days(found[0].circle)) if found else today
    return tuple(_line(each, found, viewer, mine, today, soon) for each in found)


def _line(
    each: Mandate, others: list[Mandate], viewer: Member | None, mine: bool, today: date, soon: date
) -> MandateLine:
    ended = over(each, today)
    state = "past" if ended else "to_come" if each.starts_on > today else "now"
    own = viewer is not None and viewer.pk == each.member_id
    return MandateLine(
        id=each.pk,
        role=each.role,
        person=somebody(each.member_id, each.member.name),
        mission=each.mission,
        starts_on=each.starts_on,
        ends_on=each.ends_on,
        state=state,
        how=each.how,
        entry_seq=each.entry.seq if each.entry else None,
        to_circle=Person(each.to_circle_id, each.to_circle.name) if each.to_circle else None,
        circle=Person(each.circle_id, each.circle.name),
        ended_on=each.ended_at,
        ended_reason=each.ended_reason,
        ending=state == "now" and each.ends_on is not None and each.ends_on <= soon,
        succeeded=succeeded(each, others),
        may_end=not ended and (own or (mine and each.how == "hand")),
    )


def _decisions(circle: Circle) -> tuple[tuple[int, str, datetime, date], ...]:
    """The last decisions that hold, as the register has it; one whose review is due holds until it was reviewed."""
    rows = Decision.objects.filter(session__proposal__circle=circle).select_related("entry").order_by("-entry__seq")
    found = list(rows)
    states = states_of(circle.collective, [each.entry.seq for each in found])
    shown = [each for each in found if states.get(each.entry.seq) in HOLDS][:LATEST]
    return tuple((each.entry.seq, each.title, each.adopted_at, each.review_on) for each in shown)


def _meetings(circle: Circle) -> tuple[tuple[int, str, datetime, str], ...]:
    rows = Assembly.objects.filter(circle=circle, stage__in=["convened", "open", "suspended"]).order_by("starts_at")
    return tuple((each.pk, each.title, each.starts_at, each.place) for each in rows[:AGENDA])


def _proposals(circle: Circle) -> tuple[tuple[int, str, str], ...]:
    done = ("adopted", "closed", "referred", "withdrawn", "fallback")
    voting = Poll.objects.filter(session__proposal=OuterRef("pk"), closed_at=None)
    over = Q(session__stage__in=done) & ~Exists(voting)
    rows = Proposal.objects.filter(circle=circle).exclude(over).order_by("-changed_at")
    found = rows.values_list("pk", "title", "session__stage")[:LATEST]
    return tuple((pk, title, stage or "draft") for pk, title, stage in found)


def _journal(circle: Circle) -> tuple[EventLine, ...]:
    rows = CircleEvent.objects.filter(circle=circle).select_related("actor", "member", "mandate")
    return tuple(
        EventLine(
            each.kind,
            each.at,
            somebody(each.actor_id, each.actor.name) if each.actor else None,
            somebody(each.member_id, each.member.name) if each.member else None,
            each.mandate.role if each.mandate else "",
        )
        for each in rows.order_by("-at", "-pk")[:JOURNAL]
    )
