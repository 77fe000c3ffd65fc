"""A circle of three in a meeting, where consent was not reached; run in a node’s process."""

from datetime import timedelta

from governance.models import Proxy
from network.clock import day_of, now
from network.models import Member
from network.queries.collectives import home_collective
from tests.browser import circle_of_three
from tests.federation.seed import tell
from tests.governance.conftest import Cast
from tests.governance.polling import allow_votes, to_brink


def gather() -> None:
    """Bachir facilitates, Camille's objection stands twice; Alix may vote for Camille, should she not."""
    circle_of_three.gather()
    people = {name: Member.objects.get(handle=name) for name in ("alix", "bachir", "camille")}
    collective = home_collective()
    circle = collective.circles.first()
    cast = Cast(collective=collective, circle=circle, dominique=people["alix"], fanny=people["alix"], **people)
    allow_votes(cast)
    until = day_of(now()) + timedelta(days=90)
    Proxy.objects.create(circle=circle, giver=cast.camille, holder=cast.alix, ends_on=until)
    to_brink(cast)
    tell(assembly=cast.assembly.pk, proposal=cast.proposal.pk)
