"""Who may do what around decisions. Inside a room the machines say it; these are the doors to it."""

from governance.models import Circle, CircleMember
from network.models import Collective, Member


def in_circle(member: Member | None, circle: Circle) -> bool:
    """Return whether this person sits in the circle today, as an active member of its collective."""
    seat = CircleMember.objects.filter(circle=circle, member=member, until=None)
    return can_follow(member, circle) and seat.exists()


def belongs(member: Member | None, collective_id: int) -> bool:
    """Return whether this person is an active member of the collective today."""
    if member is None or member.gone_at is not None:
        return False
    return member.memberships.filter(collective_id=collective_id, state="active").exists()


def can_follow(member: Member | None, circle: Circle) -> bool:
    """Members of the collective may read what a circle does."""
    return belongs(member, circle.collective_id)


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
