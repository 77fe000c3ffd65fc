"""Run inside a collective's node, for the story of a candidacy across two nodes."""

from datetime import timedelta

from governance.actions.circles import join_circle
from governance.models import Circle
from network.actions.collectives import admit_member
from network.clock import now
from network.models import Member, Membership
from network.queries.collectives import home_collective
from tests.federation.seed import tell


def welcome(uri: str) -> None:
    """Make somebody of another node a member of long standing, seated in the first circle."""
    member, circle, collective = Member.objects.get(uri=uri), Circle.objects.get(), home_collective()
    admit_member(collective=collective, member=member)
    Membership.objects.filter(collective=collective).update(since=now() - timedelta(days=340))
    join_circle(actor=Member.objects.get(handle="alix"), circle_id=circle.pk, member=member)
    tell(member=member.pk)
