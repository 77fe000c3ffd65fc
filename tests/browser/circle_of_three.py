"""A node with a circle of three who decide: run in its own process with `manage.py shell -c "from tests.browser…"`."""

from pathlib import Path

from governance.actions.charter import adopt_template
from governance.actions.circles import open_circle
from governance.actions.proposals import draft_proposal
from network.actions.collectives import admit_member
from network.actions.members import set_up_node
from network.models import Account, Member
from network.queries.collectives import home_collective
from tests.federation.seed import LIEVIN, tell

PASSWORD = "correct horse battery"


def gather() -> None:
    """Alix carries a proposal; Bachir and Camille sit in the circle with her."""
    first = {"node_name": "Lille", "collective_name": "Les Ateliers Réunis", "display_name": "Alix", "kind": "person"}
    alix = set_up_node(**first, username="alix", password=PASSWORD, place=LIEVIN).member
    collective = home_collective()
    others = [_joins(collective, name) for name in ("Bachir", "Camille")]
    circle = collective.circles.first()
    if circle is None:
        adopt_template(collective=collective, template="six_values")
        circle = open_circle(actor=alix, collective=collective, name="Cercle général", members=[alix])
    for member in others:
        circle.seats.get_or_create(member=member, until=None)
    proposal = draft_proposal(
        actor=alix,
        circle_id=circle.pk,
        title="Se réunir au local",
        driver="Nos réunions en ligne laissent des membres de côté.",
        text="Nous nous réunissons au local chaque premier mardi du mois, à 20 h.",
        review_on="2030-06-01",
        responsible_id=alix.pk,
        criteria="Au moins deux tiers de présence.",
    )
    tell(proposal=proposal.pk)


def _joins(collective, name: str) -> Member:
    base = Member.objects.get(handle="alix")
    member = Member.objects.create(
        uri=base.uri.replace("alix", name.lower()), origin=base.origin, handle=name.lower(), name=name, local=True
    )
    Account.objects.create_user(username=name.lower(), password=PASSWORD, member=member)
    admit_member(collective=collective, member=member)
    return member


def spend(hours: int) -> None:
    """Let hours pass, six at a time; each time the worker does what it does every half minute."""
    from django.conf import settings

    from governance.tasks import close_due

    clock = Path(settings.CLOCK_OFFSET_FILE)
    for _ in range(max(1, hours // 6)):
        ahead = int(clock.read_text()) if clock.exists() else 0
        clock.write_text(str(ahead + min(hours, 6) * 3600))
        done = close_due()
    tell(**done)
