"""Mandates that are about to end: their circle hears of it while there is time to find the next person."""

from datetime import UTC, date, datetime, time, timedelta

from governance.models import Circle, Mandate
from governance.queries.circles import reminder_days, running, succeeded
from governance.queries.waiting import Waiting
from network.models import Member

__all__ = ["ending_mandates"]


def ending_mandates(member: Member, at: datetime) -> list[Waiting]:
    """Return a line for each mandate near its end, and without successor, in the circles where the member sits."""
    seats = member.circle_seats.filter(until=None).values("circle")
    active = member.memberships.filter(state="active").values("collective")
    circles = Circle.objects.filter(pk__in=seats, collective__in=active).select_related("collective")
    return [line for circle in circles for line in _ending(circle, at)]


def _ending(circle: Circle, at: datetime) -> list[Waiting]:
    early = timedelta(days=reminder_days(circle))
    if not early:
        return []
    today = at.date()
    ending = running(today).filter(circle=circle, ends_on__lte=today + early)
    others = list(Mandate.objects.filter(circle=circle)) if ending.exists() else []
    found = [(each, each.ends_on) for each in ending if not succeeded(each, others)]
    return [_waiting(circle, each, last, early) for each, last in found if last]


def _waiting(circle: Circle, mandate: Mandate, last_day: date, early: timedelta) -> Waiting:
    last = datetime.combine(last_day, time(), UTC)
    return Waiting(
        kind="mandate_ending",
        collective_id=circle.collective_id,
        title=circle.name,
        page="circle",
        args=(circle.pk,),
        since=max(last - early, datetime.combine(mandate.starts_on, time(), UTC)),
        due_at=last + timedelta(days=1),
    )
