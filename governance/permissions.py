"""Who may do what around decisions. Inside a room the machines say it; these are the doors to it."""

from governance.models import Circle, CircleMember
from network.models import Member


def in_circle(member: Member | None, circle: Circle) -> bool:
    """Return whether this person sits in the circle today, as an active member of its collective."""
    seat = CircleMember.objects.filter(circle=circle, member=member, until=None)
    return can_follow(member, circle) and seat.exists()


def can_follow(member: Member | None, circle: Circle) -> bool:
    """Members of the collective may read what a circle does."""
    if member is None or member.gone_at is not None:
        return False
    return member.memberships.filter(collective_id=circle.collective_id, state="active").exists()


def can_propose(member: Member | None, circle: Circle) -> bool:
    """Members of the circle propose to it."""
    return in_circle(member, circle)


def can_convene(member: Member | None, circle: Circle) -> bool:
    """Members of the circle convene it."""
    return in_circle(member, circle)
