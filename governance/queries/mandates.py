"""Who had a role when, who must rest from it, and which mandates are about to end, while there is time to find the next
person."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from governance.models import Circle, Election, Lot, Mandate
from governance.queries.circles import reminder_days, running, succeeded
from governance.queries.waiting import Waiting
from governance.rules.charter import Terms
from governance.rules.electing import ENDED, ElectionStage
from governance.rules.lot_state import ENDED as LOT_ENDED
from governance.rules.mandates import ENDLESS, Stint, may_take, same_role
from governance.rules.room import RoomStage
from network.clock import day_of
from network.models import Member

__all__ = ["ending_mandates", "resting", "stints_of"]


def stints_of(circle: Circle, role: str, to_circle: Circle | None = None) -> dict[int, list[Stint]]:
    """Return, by person, the times that they had this role, or will have it; one ended before its day, until then."""
    found: dict[int, list[Stint]] = {}
    for each in Mandate.objects.filter(circle=circle, to_circle=to_circle):
        ended = day_of(each.ended_at) if each.ended_at else None
        if not same_role(each.role, role) or (ended and ended <= each.starts_on):
            continue  # ended before it had begun, or the same day: it was not held
        found.setdefault(each.member_id, []).append(Stint(each.starts_on, ended or each.ends_on or ENDLESS))
    return found


def resting(circle: Circle, role: str, months: int, people: Iterable[int], today: date, terms: Terms) -> list[int]:
    """Return who of these people the charter does not let take up the role next, for so many months."""
    held = stints_of(circle, role)
    return sorted(each for each in people if not may_take(held.get(each, []), today, months, terms))


def ending_mandates(member: Member, at: datetime) -> list[Waiting]:
    """Return a line for each mandate near its end, and without successor, in the circles where the member sits.

    Of their own, and of those of others for which nobody prepares an election or a lot yet: that is theirs to do too.
    """
    seats = member.circle_seats.filter(until=None).values("circle")
    active = member.memberships.filter(state="active").values("collective")
    circles = Circle.objects.filter(pk__in=seats, collective__in=active).select_related("collective")
    return [line for circle in circles for line in _ending(circle, member, at)]


def _ending(circle: Circle, member: Member, at: datetime) -> list[Waiting]:
    early = timedelta(days=reminder_days(circle))
    if not early:
        return []
    today = day_of(at)
    ending = list(running(today).filter(circle=circle, ends_on__lte=today + early).select_related("member"))
    others = list(Mandate.objects.filter(circle=circle)) if ending else []
    alone = [each for each in ending if not succeeded(each, others)]
    mine = [each for each in alone if each.member_id == member.pk]
    theirs = _unsought(circle, [each for each in alone if each.member_id != member.pk], at - early)
    return [
        _waiting(kind, circle, [each for each in some if each.ends_on == last], last, early)
        for kind, some in (("mandate_ending", mine), ("mandate_to_follow", theirs))
        for last in sorted({each.ends_on for each in some if each.ends_on})
    ]


def _unsought(circle: Circle, mandates: list[Mandate], since: datetime) -> list[Mandate]:
    """Return those whose next holder neither an election nor a lot of the circle seeks yet.

    It seeks while it is on a table or waits for the clock; one that nobody has touched since then seeks no more, nor
    does an election that found nobody.
    """
    if not mandates:
        return []
    recent = Q(changed_at__gte=since)
    over = [stage.value for stage in (*ENDED, ElectionStage.VACANT)]
    meeting = Q(assembly__stage__in=[RoomStage.OPEN.value, RoomStage.SUSPENDED.value])
    elections = Election.objects.filter(recent | meeting, circle=circle).exclude(stage__in=over)
    lots = Lot.objects.filter(recent | Q(next_at__isnull=False), circle=circle)
    lots = lots.exclude(stage__in=[stage.value for stage in LOT_ENDED])
    sought = [role for (role,) in elections.values_list("role").union(lots.values_list("role"))]
    return [
        each
        for each in mandates
        if each.to_circle_id is not None or not any(same_role(each.role, role) for role in sought)
    ]


def _waiting(kind: str, circle: Circle, mandates: list[Mandate], last_day: date, early: timedelta) -> Waiting:
    """Return the line for mandates of one circle that end on one day."""
    last, begun = datetime.combine(last_day, time(), UTC), min(each.starts_on for each in mandates)
    return Waiting(
        kind=kind,
        collective_id=circle.collective_id,
        title=circle.name,
        page="circle",
        args=(circle.pk,),
        since=max(last - early, datetime.combine(begun, time(), UTC)),
        due_at=last + timedelta(days=1),
    )
