"""What the test of two lists asks of another process's node; each function prints one line of JSON."""

from governance.actions.charter import adopt_template
from governance.actions.circles import open_circle
from governance.actions.proposals import draft_proposal
from governance.models import Charter, Circle, WaitingSource
from network.clock import now
from network.models import Account
from network.queries.collectives import home_collective
from tests.federation import seed


def set_up(name: str, username: str, title: str) -> None:
    """Name the node; its first member has a draft in a circle."""
    seed.set_up(name, username)
    member, collective = Account.objects.get(username=username).member, home_collective()
    if not Charter.objects.filter(collective=collective).exists():
        adopt_template(collective=collective, template="six_values")
    circle = Circle.objects.filter(collective=collective, seats__member=member).first()
    circle = circle or open_circle(actor=member, collective=collective, name="Cercle", members=[member])
    seed.tell(proposal=draft_proposal(actor=member, circle_id=circle.pk, title=title).pk)


def due_now() -> None:
    """Have every source's hour come."""
    seed.tell(sources=WaitingSource.objects.update(next_at=now()))
