"""Who may do what around decisions. Inside a room the machines say it; these are the doors to it."""

from governance.errors import IllegalStep, NotEntitled
from governance.models import CandidacyStep, Circle, CircleMember
from governance.rules.exercise import is_simulated
from network.models import Collective, Member, Membership, MembershipState

FOLLOWING = (MembershipState.ACTIVE, MembershipState.PROBATION, MembershipState.SUSPENDED)  # may read what circles do
HEARD = frozenset({"observe", "leave", "ask_to_speak", "withdraw_request", "end_turn"})  # in a room, by being heard


def in_circle(member: Member | None, circle: Circle) -> bool:
    """Return whether this person sits in the circle today, as an active member of its collective."""
    seat = CircleMember.objects.filter(circle=circle, member=member, until=None)
    return member is not None and belongs(member, circle.collective_id) and seat.exists()


def belongs(member: Member | None, collective_id: int) -> bool:
    """Return whether this person is an active member of the collective today."""
    return _is(member, collective_id, MembershipState.ACTIVE)


def _is(member: Member | None, collective_id: int, *states: str) -> bool:
    if member is None or member.gone_at is not None:
        return False
    return member.memberships.filter(collective_id=collective_id, state__in=states).exists()


def can_follow(member: Member | None, circle: Circle) -> bool:
    """Members of the collective may read what a circle does, and so may who is on probation, or suspended: they are
    heard."""
    return _is(member, circle.collective_id, *FOLLOWING)


def is_suspended(member: Member | None, collective_id: int) -> bool:
    """Return whether this person's membership is suspended while their exclusion is examined."""
    return _is(member, collective_id, MembershipState.SUSPENDED)


def suspended_in(collective_id: int) -> frozenset[int]:
    """Return the members of a collective whose membership is suspended."""
    rows = Membership.objects.filter(collective_id=collective_id, state=MembershipState.SUSPENDED)
    return frozenset(rows.values_list("member_id", flat=True))


def check_standing(member: Member, collective_id: int, act: str = "") -> None:
    """Refuse the acts of somebody suspended, wherever they were entitled to one before; they are still heard.

    Raises NotEntitled `membership_suspended`, with the instant since when.
    """
    if act in HEARD or not is_suspended(member, collective_id):
        return
    steps = CandidacyStep.objects.filter(candidacy__person=member, candidacy__collective=collective_id, kind="suspend")
    raise NotEntitled("membership_suspended", since=steps.order_by("-at").values_list("at", flat=True).first())


def check_spoken_for(person: int, circle: Circle) -> None:
    """Refuse that others let in or answer for somebody who could not act themself, but in what they may: be heard.

    Raises IllegalStep `person_unknown`, NotEntitled `person_suspended`.
    """
    if is_simulated(person):
        return
    member = Member.objects.filter(pk=person).first()
    if not can_follow(member, circle):
        raise IllegalStep("person_unknown", person=person)
    if is_suspended(member, circle.collective_id):
        raise NotEntitled("person_suspended", person=person)


def on_probation(member: Member | None, collective_id: int) -> bool:
    """Return whether this person is on probation in the collective: an advisory voice, and no position."""
    return _is(member, collective_id, MembershipState.PROBATION)


def check_gives_proxy(member: Member, circle: Circle) -> None:
    """Members of the circle give somebody of it a proxy; who enters from another node votes in person.

    No node signs a proxy: the holder's ballots would bind somebody whose own node never said so. Raises NotEntitled
    `membership_suspended`, `not_in_circle`, `proxy_elsewhere`.
    """
    check_standing(member, circle.collective_id)
    if not in_circle(member, circle):
        raise NotEntitled("not_in_circle")
    if not member.local:
        raise NotEntitled("proxy_elsewhere")


def check_holds_proxy(member: Member | None, circle: Circle) -> None:
    """Members of the circle hold proxies there: nobody on probation, suspended, or from outside.

    Raises NotEntitled `proxy_on_probation`, `person_suspended`, `proxy_outsider`.
    """
    if on_probation(member, circle.collective_id):
        raise NotEntitled("proxy_on_probation", field="holder")
    if is_suspended(member, circle.collective_id):
        raise NotEntitled("person_suspended", field="holder")
    if not in_circle(member, circle):
        raise NotEntitled("proxy_outsider", field="holder")


def can_open_circle(member: Member | None, collective: Collective) -> bool:
    """Members of the collective open circles in it."""
    return belongs(member, collective.pk)


def can_welcome(member: Member | None, circle: Circle) -> bool:
    """Members of the circle welcome others in it."""
    return in_circle(member, circle)


def can_mandate(member: Member | None, circle: Circle) -> bool:
    """Members of the circle give its mandates."""
    return in_circle(member, circle)


def can_propose(member: Member | None, circle: Circle) -> bool:
    """Members of the circle propose to it."""
    return in_circle(member, circle)


def can_convene(member: Member | None, circle: Circle) -> bool:
    """Members of the circle convene it."""
    return in_circle(member, circle)
